// One run at a time.
#pragma once

#include <string>

#include "base/result.h"

namespace dbxark {

// Held from Acquire until destruction, and gone when the process ends, however it ends.
class FileLock {
 public:
  // Locks `path`, which is made (0600) if it is not there. kLocked if another holds it.
  static Result<FileLock> Acquire(const std::string& path);
  FileLock(FileLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int file) : file_(file) {}
  int file_;
};

}  // namespace dbxark
