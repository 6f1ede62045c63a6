// Where finished index frames wait for the end of the archive: a file without a name, beside it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "format/layout.h"

namespace dbxark::format {

class IndexSpool {
 public:
  IndexSpool(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Status Append(std::string_view frame, size_t content_size);
  // Hands back every frame in order.
  Status ForEach(const std::function<Status(std::string_view frame, size_t content_size)>& take);

 private:
  Status Open();

  FileSystem& files_;
  const std::string path_;
  std::unique_ptr<OutputFile> out_;
  std::unique_ptr<InputFile> in_;
  std::vector<TableEntry> frames_;
};

}  // namespace dbxark::format
