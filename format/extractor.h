// Members of an archive as files in a folder.
//
// Files bear their members' names, which are what tar and bsdtar give too: escaped, cut and told apart where file
// systems need it. The true path of each stands in the index. Nothing that an archive says can make this write
// outside of the folder, through a link, or over an existing file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "format/archive_reader.h"

namespace dbxark::format {

struct ExtractOptions {
  std::function<bool(const Row&)> select;  // empty: everything
  bool keep_going = false;                 // past members that are damaged or in the way
  // For each member that could not be extracted; no file is left of it.
  std::function<void(const Row&, const Error&)> on_failed;
  std::function<void(const Row&)> on_extracted;
};

struct ExtractSummary {
  uint64_t files = 0;
  uint64_t folders = 0;
  uint64_t bytes = 0;
  uint64_t failed = 0;
};

// Creates `folder` (and its parents) if it is not there; existing folders inside are used, existing files are
// kAlreadyExists. Without keep_going the first failure ends it; a full disk always does.
Result<ExtractSummary> Extract(const ArchiveReader& reader, const std::string& folder, const ExtractOptions& options);

}  // namespace dbxark::format
