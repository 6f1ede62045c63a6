// An append-only file of checksummed records that survives a crash at any moment.
//
// What was appended is there when Append returns. What a crash leaves behind at the end (a torn record) is cut off when
// the log is opened again; a bad record with a good one after it is damage, and is never passed over.
// record_log_format.md has the bytes. Records are opaque here: a type and a payload.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_lock.h"
#include "base/file_system.h"
#include "base/result.h"

namespace dbxark::format {

constexpr uint16_t kLogMajor = 1;
constexpr uint16_t kLogMinor = 0;
constexpr size_t kMaxLogPayload = 16 << 20;
constexpr size_t kMaxLogBinding = 4096;

class RecordLog {
 public:
  using Visitor = std::function<Status(uint8_t type, std::string_view payload)>;

  // Opens the log at `path`, or makes it, for this process alone (kLocked), and gives every record that it holds to
  // `visit`, whose error is returned. `binding` is what the log belongs to, written when it is made: a log of another
  // binding is kAlreadyExists. kCorruption for damage. `files` must outlive it.
  static Result<std::unique_ptr<RecordLog>> Open(FileSystem& files, const std::string& path, std::string_view binding,
                                                 const Visitor& visit);
  // Only reads, whoever has it open; a torn end is left alone. `binding` as above; empty: of any. kNotFound.
  static Status Read(FileSystem& files, const std::string& path, std::string_view binding, const Visitor& visit);

  // Returns once the record is on the disk. Any thread; those that wait at the same time share one fsync. After an
  // error nothing more can be appended: what is on the disk is not known any more.
  Status Append(uint8_t type, std::string_view payload);

  // How many bytes of a torn end were cut off by Open.
  uint64_t cut_bytes() const { return cut_bytes_; }

 private:
  RecordLog(FileLock lock, std::unique_ptr<OutputFile> file, uint64_t size, uint64_t cut_bytes)
      : lock_(std::move(lock)), file_(std::move(file)), size_(size), cut_bytes_(cut_bytes) {}

  FileLock lock_;
  std::unique_ptr<OutputFile> file_;
  std::mutex mutex_;
  std::condition_variable written_;
  std::string pending_;   // encoded, not yet handed to the file
  uint64_t size_ = 0;     // of the file with all that is pending
  uint64_t durable_ = 0;  // so much of it is on the disk
  bool writing_ = false;  // one thread writes for all
  std::optional<Error> error_;
  const uint64_t cut_bytes_;
};

}  // namespace dbxark::format
