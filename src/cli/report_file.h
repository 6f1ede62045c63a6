// Where a restore's report goes: found to be writable before anything is changed, and there whole or not at all.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"

namespace dbxark::cli {

class ReportFile {
 public:
  // Makes a file beside `path` (0600) that is going to take its place. kAlreadyExists if what is there is no report of
  // a restore; else what the disk says.
  static Result<std::unique_ptr<ReportFile>> Reserve(FileSystem& files, const std::string& path);
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  // What was not written leaves nothing behind, and what was there before is there still.
  ~ReportFile();

  // Whether the name asks for JSON.
  bool json() const;
  const std::string& path() const { return path_; }

  // Once. Returns when it is on the disk under its name.
  Status Write(std::string_view text);

 private:
  ReportFile(FileSystem& files, std::string path, std::string temporary, std::unique_ptr<OutputFile> file)
      : files_(files), path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}

  FileSystem& files_;
  const std::string path_;
  std::string temporary_;  // empty once it has taken its place
  std::unique_ptr<OutputFile> file_;
};

}  // namespace dbxark::cli
