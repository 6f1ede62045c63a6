#include "format/container.h"

#include <algorithm>

#include "base/text.h"
#include "format/frame.h"
#include "format/tar_header.h"

namespace dbxark::format {
namespace {

constexpr uint64_t kSmallestFile = kStartSize + kFooterSize + TableSize(2);

Error Bad(const std::string& finding) { return Error(ErrorCode::kCorruption, finding); }

std::string At(uint64_t offset) { return " at byte " + WithSeparators(offset); }

}  // namespace

Error Container::Named(Error error) const {
  return error.code() == ErrorCode::kCorruption ? std::move(error).Within(Printable(path_)) : error;
}

std::string Container::NameOf(size_t frame) const { return "frame " + WithSeparators(frame) + At(FrameOffset(frame)); }

Result<std::string> Container::ReadRange(uint64_t offset, size_t size) const {
  std::string bytes(size, '\0');
  if (auto status = file_->ReadAt(offset, bytes.data(), size); !status.ok()) return std::move(status).error();
  return bytes;
}

Result<std::unique_ptr<Container>> Container::Open(FileSystem& files, const std::string& path) {
  auto file = files.OpenRead(path);
  if (!file.ok()) return std::move(file).error();
  std::unique_ptr<Container> container(new Container(path, std::move(*file)));
  bool ours = false;
  Identity identity;
  if (auto status = container->CheckStart(ours, identity); !status.ok()) {
    return container->Named(std::move(status).error());
  }
  auto status = container->ReadEnd();
  if (!status.ok()) {
    // Only now: a flipped bit in the version must not pass for a newer format.
    if (identity.major > kMajor) {
      return Error(ErrorCode::kFailed, Printable(path) + ": was made in format " + std::to_string(identity.major) +
                                           "." + std::to_string(identity.minor) + ", this dbxark reads up to " +
                                           std::to_string(kMajor) + ".x: use a newer one");
    }
    return container->Named(std::move(status).error());
  }
  if (!(identity == container->footer_.identity)) {
    return container->Named(Bad("start frame at byte 0 and footer do not agree on version, flags, id or time"));
  }
  return container;
}

Status Container::CheckStart(bool& ours, Identity& identity) const {
  if (size() < kStartSize) {
    return Bad(size() == 0 ? "is empty" : "has " + Counted(size(), "byte") + ": too short for an archive");
  }
  const auto bytes = ReadRange(0, kStartSize);
  if (!bytes.ok()) return bytes.error();
  const auto start = DecodeStart(*bytes);
  if (!start) return Bad("is not a dbxark archive, or its first 16 bytes are damaged");
  ours = true;
  identity = *start;
  return {};
}

Status Container::ReadEnd() {
  const auto incomplete = [&](const std::string& why) {
    return Bad("is incomplete or cut short" + At(size()) + ": " + why);
  };
  if (size() < kSmallestFile) return incomplete("there is no seek table");
  const auto tail = ReadRange(size() - kTableTailSize, kTableTailSize);
  if (!tail.ok()) return tail.error();
  const auto count = DecodeTableTail(*tail);
  if (!count) return incomplete("it does not end in a seek table");
  if (*count < 3 || *count > kMaxFrames + 1)
    return Bad("seek table: cannot have " + Counted(*count, "entry", "entries"));
  const uint64_t table_size = TableSize(*count);
  if (table_size + kStartSize + kFooterSize > size()) return Bad("seek table: is said to be larger than the file");
  const uint64_t table_at = size() - table_size, footer_at = table_at - kFooterSize;

  const auto footer = ReadRange(footer_at, kFooterSize);
  if (!footer.ok()) return footer.error();
  if (const auto finding = DecodeFooter(*footer, footer_)) return Bad("footer" + At(footer_at) + ": " + *finding);
  const auto table = ReadRange(table_at, static_cast<size_t>(table_size));
  if (!table.ok()) return table.error();
  if (Xxh64Of(*table) != footer_.table_xxh64) return Bad("seek table" + At(table_at) + ": its checksum is wrong");
  std::vector<TableEntry> entries;
  if (const auto finding = DecodeTable(*table, entries)) return Bad("seek table" + At(table_at) + ": " + *finding);

  if (footer_.identity.major != kMajor) {
    return Bad("footer" + At(footer_at) + ": says format " + std::to_string(footer_.identity.major));
  }
  if (footer_.identity.flags & ~kFlagsThatMayBeIgnored) {
    return Error(ErrorCode::kFailed,
                 Printable(path_) + ": uses features that this dbxark does not know: use a newer one");
  }
  if (auto status = TakeTable(entries, footer_at); !status.ok()) return status;
  return CheckParts();
}

Status Container::TakeTable(const std::vector<TableEntry>& entries, uint64_t footer_at) {
  if (entries.front().compressed_size != kStartSize || entries.front().content_size != 0) {
    return Bad("seek table: its first entry is not the start frame");
  }
  if (entries.back().compressed_size != kFooterSize || entries.back().content_size != 0) {
    return Bad("seek table: its last entry is not the footer");
  }
  file_offsets_.reserve(entries.size());
  tar_offsets_.reserve(entries.size());
  uint64_t file_offset = 0, tar_offset = 0;  // at most 2^23 entries of 2^32: cannot overflow
  for (size_t i = 0; i + 1 < entries.size(); ++i) {
    const TableEntry& entry = entries[i];
    file_offsets_.push_back(file_offset);
    tar_offsets_.push_back(tar_offset);
    const std::string where = "seek table: entry " + WithSeparators(i);
    if (entry.content_size > kMaxFrameContent) return Bad(where + " decodes to more than 4 MiB");
    // Later minor versions may have skippable frames between the end of the tar and the footer; CheckParts sees to it
    // that they are nowhere else.
    if (i > 0 && entry.content_size == 0 && footer_.identity.minor <= kMinor) return Bad(where + " has no content");
    if (entry.content_size > 0 && entry.compressed_size > MaxCompressedSize(entry.content_size)) {
      return Bad(where + " is larger than its content can make it");
    }
    if (entry.compressed_size < 8) return Bad(where + " is too small for a frame");
    file_offset += entry.compressed_size;
    tar_offset += entry.content_size;
  }
  file_offsets_.push_back(file_offset);
  tar_offsets_.push_back(tar_offset);
  if (file_offset != footer_at) {
    return Bad("seek table: its frames end at byte " + WithSeparators(file_offset) + ", the footer begins" +
               At(footer_at));
  }
  if (tar_offset != footer_.tar_size) return Bad("seek table: its contents do not add up to the footer's tar size");
  return {};
}

Status Container::CheckPart(const MetaPart& part, const char* name, size_t first, size_t end) const {
  const std::string where = std::string("footer: the place of the ") + name + " ";
  if (part.offset > size() || part.length > size() || part.offset != FrameOffset(first) ||
      part.length != FrameOffset(end) - FrameOffset(first)) {
    return Bad(where + "is not on frames");
  }
  const uint64_t room = ContentOffset(end) - ContentOffset(first);
  if (part.tar_offset != ContentOffset(first) || part.size > room || PaddedSize(part.size) + kTarBlock != room) {
    return Bad(where + "does not fit its size");
  }
  return {};
}

Status Container::CheckParts() const {
  const auto frame_at = [&](uint64_t offset) {
    return static_cast<size_t>(std::lower_bound(file_offsets_.begin(), file_offsets_.end(), offset) -
                               file_offsets_.begin());
  };
  size_t last = frame_count() - 1;
  while (last > 0 && ContentSize(last) == 0) --last;
  for (size_t i = 1; i < last; ++i) {
    if (ContentSize(i) == 0) return Bad("seek table: entry " + WithSeparators(i) + " has no content");
  }
  if (ContentSize(last) != kEndBlocks) return Bad("the last frame is not the end of a tar");
  const size_t index = frame_at(footer_.index.offset), manifest = frame_at(footer_.manifest.offset);
  if (index < 1 || index >= manifest || manifest >= last)
    return Bad("footer: index and manifest are not in their places");
  if (auto status = CheckPart(footer_.index, "index", index, manifest); !status.ok()) return status;
  if (auto status = CheckPart(footer_.manifest, "manifest", manifest, last); !status.ok()) return status;
  if (ContentSize(index) != kTarBlock) return Bad("the index's first frame is not its tar header");
  if (footer_.manifest.size > kMaxManifest) return Bad("footer: the manifest is said to be over 64 MiB");
  // A row has a kind, an id and a member, so it cannot be shorter; what is reserved for objects is thus bounded.
  if (footer_.object_count > footer_.index.size / 16) return Bad("footer: more objects than the index has room for");
  return {};
}

size_t Container::FindFrame(uint64_t tar_offset) const {
  const auto after = std::upper_bound(tar_offsets_.begin(), tar_offsets_.end(), tar_offset);
  return static_cast<size_t>(after - tar_offsets_.begin()) - 1;
}

Result<std::string> Container::ReadFrame(size_t frame) const {
  return ReadRange(FrameOffset(frame), static_cast<size_t>(FrameSize(frame)));
}

Result<std::string> Container::DecodeFrame(size_t frame, std::string_view bytes) const {
  auto content = format::DecodeFrame(bytes, ContentSize(frame));
  if (!content.ok()) {
    return std::move(content).error().Within(NameOf(frame));
  }
  return content;
}

Result<std::string> Container::Content(size_t frame) const {
  const auto bytes = ReadFrame(frame);
  if (!bytes.ok()) return bytes.error();
  return DecodeFrame(frame, *bytes);
}

}  // namespace dbxark::format
