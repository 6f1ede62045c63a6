// Makes an archive: Add ... Finish, in one pass.
//
// Promises: the final name appears only when the archive is complete and on the disk, and never replaces anything;
// memory does not grow with the archive but for about 30 bytes a member (names already given); the same calls with the
// same id, clock and libzstd make the same bytes, whatever the number of threads. Does not promise: an order of members
// (they stand as they were added), or that two members differ in anything but name.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/result.h"
#include "format/entry.h"
#include "format/frame_pipeline.h"
#include "format/index_spool.h"
#include "format/layout.h"
#include "format/member_name.h"

namespace dbxark::format {

struct WriterOptions {
  std::string archive_id;  // a UUID; empty: random
  int64_t clock_ms = 0;    // when the archive is made, as it shall say
  int level = 3;           // of zstd, 1 to 19
  size_t threads = 2;
};

struct Summary {
  uint64_t objects = 0;
  uint64_t tar_bytes = 0;
  uint64_t archive_bytes = 0;
  std::string sha256_hex;  // of the whole file
  std::string archive_id;
};

// One thread at a time. `files` must outlive it.
class ArchiveWriter {
 public:
  // Writes to a temporary file beside `path`. kAlreadyExists if `path` exists, kUsage for options that make no sense.
  static Result<std::unique_ptr<ArchiveWriter>> Create(FileSystem& files, const std::string& path,
                                                       const WriterOptions& options);
  // Without a successful Finish: removes the temporary file.
  ~ArchiveWriter();

  // kUsage (a name missing, text that is no UTF-8) and kAlreadyExists (the same kind and id once more) leave the writer
  // as it was. Any other error is final: every later call returns it.
  Status Add(const Entry& entry, std::string_view bytes);
  // `source` must give exactly `size` bytes. If it does not or fails: a member under 1 MiB is left out and the
  // writer stays usable; for a larger one, whose beginning may be written already, the error is final. Spool first what
  // may change while it is read.
  Status Add(const Entry& entry, ByteSource& source, uint64_t size);

  // `manifest_members` is a JSON object's text whose members go into the manifest. kUsage as in BuildManifest leaves
  // the writer as it was; kAlreadyExists if the final name has appeared meanwhile.
  Result<Summary> Finish(std::string_view manifest_members);

  const std::string& archive_id() const { return archive_id_; }
  uint64_t bytes_written() const { return offset_; }

 private:
  ArchiveWriter(FileSystem& files, std::string path, const WriterOptions& options);
  Status Open();
  Status Check(const Entry& entry) const;
  Result<Row> Begin(const Entry& entry, uint64_t size);
  Status AddLarge(const Entry& entry, ByteSource& source, uint64_t size);
  Status AddRow(const Row& row);
  Status AddReadyRows();
  Status TakePacked(const FramePipeline::Packed& packed);
  Status AppendToGroup(std::string_view header, std::string_view bytes);
  Status Submit(std::string piece, std::vector<FramePipeline::Span> members = {});
  Status SubmitSliced(std::string_view bytes);
  Status FlushGroup();
  Status FlushIndexChunk();
  Status WriteIndex(MetaPart& part);
  Status WriteManifest(std::string_view text, MetaPart& part);
  Status WriteEnd(Footer footer);
  Status WriteBytes(std::string_view bytes);
  Status WriteFrame(std::string_view frame, size_t content_size);
  Status EncodeAndWrite(std::string_view content);
  std::string HeaderOf(const std::string& name, uint64_t size, int64_t modified_ms, bool folder) const;
  Status Fail(Error error);

  FileSystem& files_;
  const std::string path_;
  std::string temporary_;
  const WriterOptions options_;
  Identity identity_;
  std::string archive_id_;
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<IndexSpool> spool_;
  std::optional<Error> error_;
  bool finished_ = false;

  Sha256 whole_;
  uint64_t offset_ = 0;      // in the file
  uint64_t tar_offset_ = 0;  // in the tar, of the next member's header
  std::vector<TableEntry> table_;
  std::string group_;
  std::vector<FramePipeline::Span> group_members_;
  // A row follows all that were begun before it, and its hash.
  struct WaitingRow {
    Row row;
    bool hashed;
  };
  std::deque<WaitingRow> waiting_;
  MemberNamer namer_;
  HashSet64 ids_;

  std::string index_chunk_;
  Sha256 index_hash_;
  uint64_t index_size_ = 0;
  uint64_t objects_ = 0;
  uint64_t content_bytes_ = 0;
  std::unique_ptr<FramePipeline> pipeline_;  // last: its threads end first
};

}  // namespace dbxark::format
