// An archive as a file: frames, where they stand, and the parts that hold it together. Knows nothing of members.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "format/layout.h"

namespace dbxark::format {

// Everything read from the file is hostile until checked. After Open: table, footer and start frame agree, all sums
// add up, and the META parts lie on frame starts. What is inside the frames has not been looked at.
// Immutable, safe for concurrent use.
class Container {
 public:
  // kCorruption for a damaged, cut or forged file; kFailed for a format that this program is too old for.
  static Result<std::unique_ptr<Container>> Open(FileSystem& files, const std::string& path);

  const std::string& path() const { return path_; }
  const Footer& footer() const { return footer_; }
  uint64_t size() const { return file_->size(); }

  // Frames before the footer; 0 is the start frame. Skippable ones have no content.
  size_t frame_count() const { return file_offsets_.size() - 1; }
  uint64_t FrameOffset(size_t frame) const { return file_offsets_[frame]; }
  uint64_t FrameSize(size_t frame) const { return file_offsets_[frame + 1] - file_offsets_[frame]; }
  uint64_t ContentOffset(size_t frame) const { return tar_offsets_[frame]; }
  size_t ContentSize(size_t frame) const { return static_cast<size_t>(tar_offsets_[frame + 1] - tar_offsets_[frame]); }
  // The frame with that byte of the tar; `tar_offset` is below the tar's size.
  size_t FindFrame(uint64_t tar_offset) const;

  Result<std::string> ReadFrame(size_t frame) const;
  // Errors say which frame and where, but not in which file.
  Result<std::string> DecodeFrame(size_t frame, std::string_view bytes) const;
  Result<std::string> Content(size_t frame) const;

  // The same with the file's name in front, where it does not stand there already.
  Error Named(Error error) const;
  // "frame 3 at byte 1,234", and what it belongs to if that is the index or the manifest.
  std::string NameOf(size_t frame) const;

 private:
  Container(std::string path, std::unique_ptr<InputFile> file) : path_(std::move(path)), file_(std::move(file)) {}
  Result<std::string> ReadRange(uint64_t offset, size_t size) const;
  Status CheckStart(bool& ours, Identity& identity) const;
  Status ReadEnd();
  Status TakeTable(const std::vector<TableEntry>& entries, uint64_t footer_at);
  Status CheckParts() const;
  Status CheckPart(const MetaPart& part, const char* name, size_t first, size_t end) const;

  const std::string path_;
  const std::unique_ptr<InputFile> file_;
  Footer footer_;
  std::vector<uint64_t> file_offsets_, tar_offsets_;  // of each frame before the footer, and of its end
};

}  // namespace dbxark::format
