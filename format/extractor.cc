#include "format/extractor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"
#include "format/index_row.h"

namespace dbxark::format {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool Close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

Error SystemError(const std::string& what, int number) {
  ErrorCode code = ErrorCode::kFailed;
  if (number == EEXIST) code = ErrorCode::kAlreadyExists;
  if (number == ENOSPC || number == EDQUOT) code = ErrorCode::kNoSpace;
  // What O_NOFOLLOW says of a link, and O_DIRECTORY of anything that is no folder.
  if (number == ELOOP || number == ENOTDIR)
    return Error(ErrorCode::kAlreadyExists, what + ": a link or file is in the way");
  return Error(code, what + ": " + std::strerror(number));
}

class FileSink : public ByteSink {
 public:
  explicit FileSink(int fd) : fd_(fd) {}
  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return SystemError("cannot write", errno);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }

 private:
  int fd_;
};

// Walks down from the folder it was given, one component at a time, never through a link.
class Tree {
 public:
  explicit Tree(int root) : root_(root) {}

  // The folder of that member name (empty: the root itself), made if it is not there.
  Result<int> Folder(std::string_view name) {
    if (name.empty()) return root_;
    if (current_.get() >= 0 && name == current_name_) return current_.get();
    Descriptor folder;
    for (const std::string_view component : Split(name, '/')) {
      const int parent = folder.get() >= 0 ? folder.get() : root_;
      const std::string text(component);
      if (::mkdirat(parent, text.c_str(), 0755) != 0 && errno != EEXIST)
        return SystemError("cannot make a folder", errno);
      Descriptor next(::openat(parent, text.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (next.get() < 0) return SystemError("cannot open folder " + Printable(name), errno);
      folder = std::move(next);
    }
    current_ = std::move(folder);
    current_name_ = name;
    return current_.get();
  }

 private:
  const int root_;
  Descriptor current_;
  std::string current_name_;
};

void SetTime(int fd, int64_t seconds) {
  const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(seconds), 0}};
  (void)::futimens(fd, times);  // a file without its time is better than none
}

Status ExtractFile(const ArchiveReader& reader, const Row& row, Tree& tree) {
  const size_t slash = row.member.rfind('/');
  const std::string_view parent = slash == std::string::npos ? "" : std::string_view(row.member).substr(0, slash);
  const std::string leaf = slash == std::string::npos ? row.member : row.member.substr(slash + 1);
  const auto folder = tree.Folder(parent);
  if (!folder.ok()) return folder.error();
  Descriptor file(::openat(*folder, leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (file.get() < 0) return SystemError("cannot create " + Printable(row.member), errno);
  FileSink sink(file.get());
  Status status = reader.ReadTo(row, sink);
  if (status.ok()) {
    SetTime(file.get(), HeaderTime(row.modified_ms, reader.created_ms()));
    if (!file.Close()) status = SystemError("cannot close " + Printable(row.member), errno);
  }
  // Ours for certain: it was created here, exclusively.
  if (!status.ok()) (void)::unlinkat(*folder, leaf.c_str(), 0);
  return status;
}

Status ExtractMember(const ArchiveReader& reader, const Row& row, Tree& tree) {
  if (!row.folder) return ExtractFile(reader, row, tree);
  StringSink nothing;
  if (auto status = reader.ReadTo(row, nothing); !status.ok()) return status;
  const auto folder = tree.Folder(std::string_view(row.member).substr(0, row.member.size() - 1));
  return folder.ok() ? Status() : Status(folder.error());
}

}  // namespace

Result<ExtractSummary> Extract(const ArchiveReader& reader, const std::string& folder, const ExtractOptions& options) {
  if (auto status = FileSystem::Real().MakeFolders(folder); !status.ok()) return std::move(status).error();
  const Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return SystemError("cannot open folder " + Printable(folder), errno);
  Tree tree(root.get());
  ExtractSummary summary;
  std::optional<Error> end;
  const auto visit = [&](const Row& row) {
    if (options.select && !options.select(row)) return true;
    if (auto status = ExtractMember(reader, row, tree); !status.ok()) {
      ++summary.failed;
      if (options.on_failed) options.on_failed(row, status.error());
      if (!options.keep_going || status.error().code() == ErrorCode::kNoSpace) end = std::move(status).error();
      return !end;
    }
    ++(row.folder ? summary.folders : summary.files);
    summary.bytes += row.size;
    if (options.on_extracted) options.on_extracted(row);
    return true;
  };
  if (auto status = reader.ForEachRow(visit); !status.ok()) return std::move(status).error();
  if (end) return *end;
  return summary;
}

}  // namespace dbxark::format
