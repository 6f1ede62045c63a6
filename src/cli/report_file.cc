#include "cli/report_file.h"

#include <algorithm>

#include "base/text.h"
#include "restore/restore_report.h"

namespace dbxark::cli {
namespace {

constexpr uint64_t kLook = 200;  // a report says in its beginning what it is

Status CheckReplaceable(FileSystem& files, const std::string& path) {
  if (!files.Exists(path)) return {};
  auto file = files.OpenRead(path);
  if (!file.ok()) return std::move(file).error();
  std::string head(std::min((*file)->size(), kLook), '\0');
  if (Status read = (*file)->ReadAt(0, head.data(), head.size()); !read.ok()) return read;
  const std::string schema = "{\n  \"schema\": \"" + std::string(restore::kRestoreReportSchema) + "\"";
  if (head.starts_with(restore::kRestoreReportTitle) || head.starts_with(schema)) return {};
  return Error(ErrorCode::kAlreadyExists, Printable(path) + " is there, and is no report of a restore: not replaced");
}

}  // namespace

Result<std::unique_ptr<ReportFile>> ReportFile::Reserve(FileSystem& files, const std::string& path) {
  if (path.empty() || path.ends_with('/')) return Error(ErrorCode::kUsage, "--report takes the name of a file");
  if (Status free = CheckReplaceable(files, path); !free.ok()) return std::move(free).error().Within("--report");
  std::string temporary = TemporaryBeside(files, path);
  auto file = files.CreateExclusive(temporary);
  if (!file.ok()) return std::move(file).error().Within("--report");
  return std::unique_ptr<ReportFile>(new ReportFile(files, path, std::move(temporary), std::move(*file)));
}

ReportFile::~ReportFile() {
  file_.reset();
  if (!temporary_.empty()) (void)files_.Remove(temporary_);
}

bool ReportFile::json() const { return ToLowerAscii(path_).ends_with(".json"); }

Status ReportFile::Write(std::string_view text) {
  if (Status written = file_->Write(text); !written.ok()) return written;
  if (Status synced = file_->Sync(); !synced.ok()) return synced;
  if (Status closed = file_->Close(); !closed.ok()) return closed;
  // Somebody may have put something else there meanwhile.
  if (Status free = CheckReplaceable(files_, path_); !free.ok()) return free;
  if (Status renamed = files_.RenameReplacing(temporary_, path_); !renamed.ok()) return renamed;
  temporary_.clear();
  return files_.SyncFolder(FolderOf(path_));
}

}  // namespace dbxark::cli
