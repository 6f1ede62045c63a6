#include "format/archive_reader.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "format/index_row.h"
#include "format/limits.h"
#include "format/manifest.h"
#include "format/row_cursor.h"
#include "format/tar_header.h"
#include "json/document.h"

namespace dbxark::format {

namespace {

Error Bad(const std::string& finding) { return Error(ErrorCode::kCorruption, finding); }

}  // namespace

ArchiveReader::ArchiveReader(std::unique_ptr<Container> container)
    : container_(std::move(container)), archive_id_(FormatUuid(container_->footer().identity.uuid)) {}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::Open(FileSystem& files, const std::string& path) {
  auto container = Container::Open(files, path);
  if (!container.ok()) return std::move(container).error();
  std::unique_ptr<ArchiveReader> reader(new ArchiveReader(std::move(*container)));
  if (auto status = reader->ReadManifest(); !status.ok()) {
    return reader->container_->Named(std::move(status).error());
  }
  if (auto status = reader->CheckIndex(); !status.ok()) {
    return reader->container_->Named(std::move(status).error());
  }
  return reader;
}

Status ArchiveReader::ReadManifest() {
  const MetaPart& part = container_->footer().manifest;
  const TarMember member{kManifestName, part.size, HeaderTime(0, created_ms()), false};
  std::string bytes;
  const auto append = [&](std::string_view piece) {
    bytes += piece;
    return Status();
  };
  const uint64_t size = kTarBlock + PaddedSize(part.size);
  if (auto status = ReadTar(part.tar_offset, size, append); !status.ok()) return status;
  const std::string header = bytes.substr(0, kTarBlock);
  if (header != EncodeTarHeader(member)) return Bad("manifest: " + ExplainTarHeader(header, member));
  if (bytes.find_first_not_of('\0', kTarBlock + part.size) != std::string::npos) {
    return Bad("manifest: the zeros behind it are not zero");
  }
  manifest_ = bytes.substr(kTarBlock, static_cast<size_t>(part.size));
  if (Sha256Of(manifest_) != part.sha256) return Bad("manifest: its SHA-256 is not the footer's");
  if (IsTooLargeManifest(manifest_)) return Bad("manifest: has over 4 million values");
  const auto document = json::Document::Parse(manifest_);
  if (!document.ok() || !document->root().IsObject()) return Bad("manifest: is not a JSON object");
  const json::Node root = document->root();
  if (root["archive_id"].text() != archive_id_) return Bad("manifest: bears another archive's id");
  const auto objects = root["objects"].AsInt64();
  if (!objects || *objects < 0 || static_cast<uint64_t>(*objects) != object_count()) {
    return Bad("manifest: its count of objects is not the footer's");
  }
  return {};
}

Status ArchiveReader::CheckIndex() const {
  const MetaPart& part = container_->footer().index;
  const TarMember member{kIndexName, part.size, HeaderTime(0, created_ms()), false};
  std::string header;
  const auto append = [&](std::string_view piece) {
    header += piece;
    return Status();
  };
  if (auto status = ReadTar(part.tar_offset, kTarBlock, append); !status.ok()) return status;
  if (header != EncodeTarHeader(member)) return Bad("index: " + ExplainTarHeader(header, member));
  // Only bytes here: rows are parsed when somebody wants them.
  Sha256 hash;
  uint64_t left = part.size;
  const auto take = [&](std::string_view piece) {
    const std::string_view used = piece.substr(0, static_cast<size_t>(std::min<uint64_t>(piece.size(), left)));
    hash.Update(used);
    left -= used.size();
    return Status();
  };
  if (auto status = ReadTar(part.tar_offset + kTarBlock, PaddedSize(part.size), take); !status.ok()) return status;
  if (hash.Finish() != part.sha256) return Bad("index: its SHA-256 is not the footer's");
  return {};
}

Status ArchiveReader::ForEachRow(const std::function<bool(const Row&)>& visit) const {
  RowCursor cursor(*container_);
  while (true) {
    const auto row = cursor.Next();
    if (!row.ok()) return container_->Named(row.error());
    if (!*row || !visit(**row)) return {};
  }
}

Result<std::shared_ptr<const std::string>> ArchiveReader::CachedContent(size_t frame) const {
  {
    std::lock_guard lock(cache_mutex_);
    if (cached_ && cached_frame_ == frame) return cached_;
  }
  auto content = container_->Content(frame);
  if (!content.ok()) return std::move(content).error();
  auto shared = std::make_shared<const std::string>(std::move(*content));
  std::lock_guard lock(cache_mutex_);
  cached_ = shared;
  cached_frame_ = frame;
  return shared;
}

Status ArchiveReader::ReadTar(uint64_t offset, uint64_t size,
                              const std::function<Status(std::string_view)>& take) const {
  while (size > 0) {
    if (offset >= tar_bytes()) return Bad("ends before a member does");
    const size_t frame = container_->FindFrame(offset);
    const auto content = CachedContent(frame);
    if (!content.ok()) return content.error();
    const auto skip = static_cast<size_t>(offset - container_->ContentOffset(frame));
    const std::string_view piece =
        std::string_view(**content).substr(skip, static_cast<size_t>(std::min<uint64_t>(size, kMaxFrameContent)));
    if (auto status = take(piece); !status.ok()) return status;
    offset += piece.size();
    size -= piece.size();
  }
  return {};
}

Status ArchiveReader::ReadHeader(const Row& row) const {
  std::string header;
  const auto append = [&](std::string_view piece) {
    header += piece;
    return Status();
  };
  if (auto status = ReadTar(row.at, TarHeaderSize(row.member), append); !status.ok()) return status;
  const TarMember member{row.member, row.size, HeaderTime(row.modified_ms, created_ms()), row.folder};
  if (header != EncodeTarHeader(member)) return Bad(ExplainTarHeader(header, member));
  return {};
}

Status ArchiveReader::ReadTo(const Row& row, ByteSink& sink) const {
  Sha256 hash;
  Status sunk;
  const auto take = [&](std::string_view piece) {
    hash.Update(piece);
    sunk = sink.Write(piece);
    return sunk;
  };
  Status status = ReadHeader(row);
  if (status.ok() && !row.folder) {
    status = ReadTar(row.at + TarHeaderSize(row.member), row.size, take);
    if (status.ok() && ToHex(hash.Finish()) != row.sha256_hex) {
      status = Bad("its bytes do not have the SHA-256 that the index says");
    }
  }
  if (status.ok() || !sunk.ok()) return status;
  return container_->Named(std::move(status).error().Within(Describe(row)));
}

Result<std::string> ArchiveReader::Read(const Row& row, uint64_t limit_bytes) const {
  if (row.size > limit_bytes) {
    return Error(ErrorCode::kUsage,
                 Describe(row) + ": has " + HumanSize(row.size) + ", more than " + HumanSize(limit_bytes));
  }
  StringSink sink;
  if (auto status = ReadTo(row, sink); !status.ok()) return std::move(status).error();
  return sink.Take();
}

}  // namespace dbxark::format
