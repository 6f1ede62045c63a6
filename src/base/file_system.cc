#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace dbxark {
namespace {

Error SystemError(const std::string& path, const char* what, int number) {
  ErrorCode code = ErrorCode::kFailed;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EEXIST) code = ErrorCode::kAlreadyExists;
  if (number == ENOSPC || number == EDQUOT) code = ErrorCode::kNoSpace;
  return Error(code, Printable(path) + ": cannot " + what + ": " + std::strerror(number));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

class RealOutputFile : public OutputFile {
 public:
  // The lock belongs to the open file, whichever descriptor is closed first; `hold` keeps it beyond Close.
  RealOutputFile(std::string path, int fd, int hold = -1) : path_(std::move(path)), fd_(fd), hold_(hold) {}

  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0) {
        if (errno == EINTR) continue;
        return SystemError(path_, "write", errno);
      }
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }
  Status Sync() override {
    if (::fsync(fd_.get()) != 0) return SystemError(path_, "sync", errno);
    return {};
  }
  Status Close() override {
    if (::close(fd_.Release()) != 0) return SystemError(path_, "close", errno);
    return {};
  }

 private:
  std::string path_;
  Descriptor fd_;
  Descriptor hold_;
};

bool HasName(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) != 0 || facts.st_nlink > 0;
}

class RealInputFile : public InputFile {
 public:
  RealInputFile(std::string path, int fd, uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}

  uint64_t size() const override { return size_; }
  Status ReadAt(uint64_t offset, char* buffer, size_t count) const override {
    while (count > 0) {
      const ssize_t got = ::pread(fd_.get(), buffer, count, static_cast<off_t>(offset));
      if (got < 0) {
        if (errno == EINTR) continue;
        return SystemError(path_, "read", errno);
      }
      if (got == 0) {
        return Error(ErrorCode::kCorruption,
                     Printable(path_) + ": ends at byte " + std::to_string(offset) + ", where more should follow");
      }
      offset += static_cast<uint64_t>(got);
      buffer += got;
      count -= static_cast<size_t>(got);
    }
    return {};
  }

 private:
  std::string path_;
  Descriptor fd_;
  uint64_t size_;
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<OutputFile>> CreateExclusive(const std::string& path) override {
    while (true) {
      Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      if (fd.get() < 0) return SystemError(path, "create", errno);
      const bool taken = ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      // Somebody who removes what is abandoned was here before the lock was; file systems without locks go without.
      if (taken || !HasName(fd.get())) continue;
      const int hold = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
      return std::unique_ptr<OutputFile>(std::make_unique<RealOutputFile>(path, fd.Release(), hold));
    }
  }
  Result<std::unique_ptr<OutputFile>> OpenAppend(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return SystemError(path, "open for appending", errno);
    return std::unique_ptr<OutputFile>(std::make_unique<RealOutputFile>(path, fd));
  }
  Result<std::unique_ptr<InputFile>> OpenRead(const std::string& path) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) return SystemError(path, "open", errno);
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0) return SystemError(path, "look at", errno);
    if (!S_ISREG(facts.st_mode)) {
      return Error(ErrorCode::kFailed, Printable(path) + (S_ISDIR(facts.st_mode) ? ": is a folder, not a file"
                                                                                 : ": is not a regular file"));
    }
    return std::unique_ptr<InputFile>(
        std::make_unique<RealInputFile>(path, fd.Release(), static_cast<uint64_t>(facts.st_size)));
  }
  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return SystemError(to, "rename to it", errno);
    // File systems without RENAME_NOREPLACE: a hard link never replaces either.
    if (::link(from.c_str(), to.c_str()) != 0) return SystemError(to, "link to it", errno);
    if (::unlink(from.c_str()) != 0) return SystemError(from, "remove", errno);
    return {};
  }
  Status RenameReplacing(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return SystemError(to, "rename to it", errno);
    return {};
  }
  Status SyncFolder(const std::string& path) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return SystemError(path, "open", errno);
    // Some file systems cannot sync a folder and say EINVAL; there is nothing more to be had from them.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return SystemError(path, "sync", errno);
    return {};
  }
  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return SystemError(path, "remove", errno);
    return {};
  }
  void RemoveAbandoned(const std::string& prefix) override {
    const std::string folder = FolderOf(prefix);
    const std::string begin = prefix.substr(prefix.find_last_of('/') + 1);  // npos + 1 is 0
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), &::closedir);
    if (!listing) return;
    while (const dirent* entry = ::readdir(listing.get())) {
      const std::string_view name = entry->d_name;
      if (name.size() <= begin.size() || !name.starts_with(begin)) continue;
      if (name.find_first_not_of("0123456789", begin.size()) != name.npos) continue;
      const int at = ::dirfd(listing.get());
      const Descriptor fd(::openat(at, entry->d_name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      struct stat facts {};
      if (fd.get() < 0 || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
      if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(at, entry->d_name, 0);
    }
  }
  Status Truncate(const std::string& path, uint64_t size) override {
    if (::truncate(path.c_str(), static_cast<off_t>(size)) != 0) return SystemError(path, "cut", errno);
    return {};
  }
  bool Exists(const std::string& path) override {
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0;
  }
  Status MakeFolders(const std::string& path) override {
    if (path.empty() || path == "/") return {};
    if (::mkdir(path.c_str(), 0700) == 0) return {};
    if (errno == EEXIST) {
      struct stat facts {};
      if (::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) return {};
      return SystemError(path, "make a folder", EEXIST);
    }
    if (errno != ENOENT) return SystemError(path, "make a folder", errno);
    if (auto status = MakeFolders(FolderOf(path)); !status.ok()) return status;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return SystemError(path, "make a folder", errno);
    return {};
  }
};

}  // namespace

FileSystem& FileSystem::Real() {
  static RealFileSystem files;
  return files;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string StateFolder(const std::string& xdg_state_home, const std::string& home) {
  return (!xdg_state_home.empty() ? xdg_state_home : home + "/.local/state") + "/dbxark";
}

std::string TemporaryBeside(FileSystem& files, const std::string& path, std::string_view what) {
  const size_t name_at = path.find_last_of('/') + 1;  // npos + 1 is 0
  const std::string prefix = path.substr(0, name_at) + "." + path.substr(name_at) + "." + std::string(what) + "-";
  files.RemoveAbandoned(prefix);
  return prefix + std::to_string(::getpid());
}

Status WriteNewFile(FileSystem& files, const std::string& path, std::string_view bytes) {
  if (files.Exists(path)) return Error(ErrorCode::kAlreadyExists, Printable(path) + ": exists already");
  const std::string temporary = TemporaryBeside(files, path);
  auto file = files.CreateExclusive(temporary);
  if (!file.ok()) return std::move(file).error();
  Status written = (*file)->Write(bytes);
  if (written.ok()) written = (*file)->Sync();
  if (written.ok()) written = (*file)->Close();
  if (written.ok()) written = files.RenameNoReplace(temporary, path);
  if (!written.ok()) {
    static_cast<void>(files.Remove(temporary));
    return written;
  }
  return files.SyncFolder(FolderOf(path));
}

Result<std::string> ReadSmallFile(FileSystem& files, const std::string& path, uint64_t limit_bytes) {
  auto file = files.OpenRead(path);
  if (!file.ok()) return std::move(file).error();
  const uint64_t size = (*file)->size();
  if (size > limit_bytes) {
    return Error(ErrorCode::kFailed, Printable(path) + ": is larger than " + HumanSize(limit_bytes));
  }
  std::string text(size, '\0');
  if (auto status = (*file)->ReadAt(0, text.data(), text.size()); !status.ok()) return std::move(status).error();
  return text;
}

}  // namespace dbxark
