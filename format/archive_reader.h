// Reads archives, and trusts no byte of them.
//
// Promises: no input makes it crash, write anywhere, or use more memory than a few frames (4 MiB each), the manifest
// (64 MiB at most) and 16 bytes a frame; what it returns as a member's bytes has the size and SHA-256 that the index
// says. Does not promise that an archive is authentic: who can write the file can make a valid one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/result.h"
#include "format/container.h"
#include "format/entry.h"

namespace dbxark::format {

// More than this is not taken into memory at once: no definition is so long.
constexpr uint64_t kLongestDefinition = uint64_t{256} << 20;

// Safe for concurrent use.
class ArchiveReader {
 public:
  // Checks start frame, footer, seek table, manifest and the index's hash. kCorruption with one line that says where;
  // kFailed for a newer major format.
  static Result<std::unique_ptr<ArchiveReader>> Open(FileSystem& files, const std::string& path);

  const std::string& path() const { return container_->path(); }
  const std::string& manifest() const { return manifest_; }  // JSON text, an object
  const std::string& archive_id() const { return archive_id_; }
  int64_t created_ms() const { return container_->footer().identity.created_ms; }
  uint64_t object_count() const { return container_->footer().object_count; }
  uint64_t size_bytes() const { return container_->size(); }
  uint64_t tar_bytes() const { return container_->footer().tar_size; }
  const Container& container() const { return *container_; }

  // Rows in the order of their members; `visit` returns false to stop. A row is checked as far as it goes by itself.
  Status ForEachRow(const std::function<bool(const Row&)>& visit) const;

  // A member's bytes. kCorruption if they are not what the row says; kUsage if they are more than `limit_bytes`.
  // Members of one group cost one decompression if they are read one after the other.
  Result<std::string> Read(const Row& row, uint64_t limit_bytes = kLongestDefinition) const;
  // The same in pieces. kCorruption may come after the last byte, if only the hash disagrees.
  Status ReadTo(const Row& row, ByteSink& sink) const;

  // Everything there is to check: the hash of the whole file, frames, tar headers, every member's size and SHA-256,
  // rows against members, names that occur twice. `quick` leaves the members' frames unread. Each finding is one line
  // that says where; what is lost through damage elsewhere is named object by object. kCorruption if there was any
  // finding.
  Status Verify(bool quick, size_t threads, const std::function<void(const std::string& finding)>& on_finding) const;

 private:
  explicit ArchiveReader(std::unique_ptr<Container> container);
  Status ReadManifest();
  Status CheckIndex() const;
  Status ReadHeader(const Row& row) const;
  Status ReadTar(uint64_t offset, uint64_t size, const std::function<Status(std::string_view)>& take) const;
  Result<std::shared_ptr<const std::string>> CachedContent(size_t frame) const;

  const std::unique_ptr<Container> container_;
  const std::string archive_id_;
  std::string manifest_;

  mutable std::mutex cache_mutex_;
  mutable size_t cached_frame_ = 0;
  mutable std::shared_ptr<const std::string> cached_;
};

}  // namespace dbxark::format
