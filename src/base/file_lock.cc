#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dbxark {

Result<FileLock> FileLock::Acquire(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return Error(errno == EACCES ? ErrorCode::kDenied : ErrorCode::kFailed, path + ": " + std::strerror(errno));
  }
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    const bool held = errno == EWOULDBLOCK;
    const std::string reason = held ? "another run uses it" : std::strerror(errno);
    ::close(file);
    return Error(held ? ErrorCode::kLocked : ErrorCode::kFailed, path + ": " + reason);
  }
  return FileLock(file);
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace dbxark
