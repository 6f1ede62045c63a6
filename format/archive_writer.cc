#include "format/archive_writer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "format/frame.h"
#include "format/index_row.h"
#include "format/limits.h"
#include "format/manifest.h"
#include "format/tar_header.h"

namespace dbxark::format {
namespace {

uint64_t IdHash(const Entry& entry) {
  const Sha256Digest digest = Sha256Of(entry.kind + '\0' + entry.id);
  uint64_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash;
}

// Reads up to `size` bytes; fewer only at the source's end.
Result<std::string> ReadUpTo(ByteSource& source, size_t size) {
  std::string bytes(size, '\0');
  size_t filled = 0;
  while (filled < size) {
    auto count = source.Read(bytes.data() + filled, size - filled);
    if (!count.ok()) return std::move(count).error();
    if (*count == 0) break;
    filled += *count;
  }
  bytes.resize(filled);
  return bytes;
}

Status CheckEnd(ByteSource& source, uint64_t got, uint64_t size) {
  char more = 0;
  const auto count = got < size ? Result<size_t>(size_t{0}) : source.Read(&more, 1);
  if (!count.ok()) return count.error();
  if (got == size && *count == 0) return {};
  return Error(ErrorCode::kFailed, got < size
                                       ? "ended after " + std::to_string(got) + " of " + std::to_string(size) + " bytes"
                                       : "has more than the " + std::to_string(size) + " bytes that were said");
}

}  // namespace

ArchiveWriter::ArchiveWriter(FileSystem& files, std::string path, const WriterOptions& options)
    : files_(files), path_(std::move(path)), options_(options) {}

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::Create(FileSystem& files, const std::string& path,
                                                             const WriterOptions& options) {
  if (path.empty() || path.back() == '/') return Error(ErrorCode::kUsage, "an archive needs a file name");
  if (options.level < 1 || options.level > 19) return Error(ErrorCode::kUsage, "compression levels are 1 to 19");
  if (!options.archive_id.empty() && !ParseUuid(options.archive_id)) {
    return Error(ErrorCode::kUsage, "an archive id is a UUID, not \"" + Printable(options.archive_id) + "\"");
  }
  if (files.Exists(path)) return Error(ErrorCode::kAlreadyExists, Printable(path) + ": exists already");
  std::unique_ptr<ArchiveWriter> writer(new ArchiveWriter(files, path, options));
  if (auto status = writer->Open(); !status.ok()) return std::move(status).error();
  return writer;
}

ArchiveWriter::~ArchiveWriter() {
  pipeline_.reset();
  file_.reset();
  if (!finished_ && !temporary_.empty()) (void)files_.Remove(temporary_);
}

Status ArchiveWriter::Open() {
  identity_.uuid = options_.archive_id.empty() ? RandomUuid() : *ParseUuid(options_.archive_id);
  identity_.created_ms = options_.clock_ms;
  archive_id_ = FormatUuid(identity_.uuid);
  const std::string temporary = TemporaryBeside(files_, path_);
  auto file = files_.CreateExclusive(temporary);
  if (!file.ok()) return std::move(file).error();
  temporary_ = temporary;
  file_ = std::move(*file);
  spool_ = std::make_unique<IndexSpool>(files_, TemporaryBeside(files_, path_, "index"));
  pipeline_ = std::make_unique<FramePipeline>(
      options_.threads, options_.level, [this](const FramePipeline::Packed& packed) { return TakePacked(packed); });
  const std::string start = EncodeStart(identity_);
  if (auto status = WriteFrame(start, 0); !status.ok()) return Fail(std::move(status).error());
  const std::string_view readme = ReadmeText();
  return AppendToGroup(HeaderOf(kReadmeName, readme.size(), 0, false), readme);
}

Status ArchiveWriter::Fail(Error error) {
  if (error.code() == ErrorCode::kNoSpace)
    error = std::move(error).Within("the archive is not finished and is removed");
  if (!error_) error_ = error;
  return error;
}

std::string ArchiveWriter::HeaderOf(const std::string& name, uint64_t size, int64_t modified_ms, bool folder) const {
  return EncodeTarHeader({name, size, HeaderTime(modified_ms, identity_.created_ms), folder});
}

Status ArchiveWriter::Check(const Entry& entry) const {
  if (error_) return *error_;
  assert(!finished_);
  if (auto status = CheckEntry(entry); !status.ok()) return status;
  if (ids_.Contains(IdHash(entry))) {
    return Error(ErrorCode::kAlreadyExists,
                 Printable(entry.kind) + " " + Printable(entry.natural_key) + ": is in the archive already");
  }
  return {};
}

Result<Row> ArchiveWriter::Begin(const Entry& entry, uint64_t size) {
  Row row;
  static_cast<Entry&>(row) = entry;
  auto member = namer_.Assign(entry);
  if (!member.ok()) return std::move(member).error();
  row.member = std::move(*member);
  row.size = size;
  row.at = tar_offset_;
  ids_.Insert(IdHash(entry));
  return row;
}

Status ArchiveWriter::Add(const Entry& entry, std::string_view bytes) {
  if (auto status = Check(entry); !status.ok()) return status;
  if (entry.folder && !bytes.empty()) return Error(ErrorCode::kUsage, "a folder has no bytes");
  if (bytes.size() >= kLargeMember) {
    StringSource source(bytes);
    return AddLarge(entry, source, bytes.size());
  }
  auto row = Begin(entry, bytes.size());
  if (!row.ok()) return std::move(row).error();
  const std::string header = HeaderOf(row->member, row->size, row->modified_ms, row->folder);
  if (!row->folder) group_members_.push_back({group_.size() + header.size(), bytes.size()});
  waiting_.push_back({std::move(*row), entry.folder});
  if (auto status = AppendToGroup(header, bytes); !status.ok()) return status;
  return AddReadyRows();
}

Status ArchiveWriter::Add(const Entry& entry, ByteSource& source, uint64_t size) {
  if (auto status = Check(entry); !status.ok()) return status;
  if (size > kMaxMember) return Error(ErrorCode::kUsage, "no member can have " + std::to_string(size) + " bytes");
  if (size >= kLargeMember) return AddLarge(entry, source, size);
  auto bytes = ReadUpTo(source, static_cast<size_t>(size));
  if (!bytes.ok()) return std::move(bytes).error();
  if (auto status = CheckEnd(source, bytes->size(), size); !status.ok()) return status;
  return Add(entry, *bytes);
}

Status ArchiveWriter::AddLarge(const Entry& entry, ByteSource& source, uint64_t size) {
  if (entry.folder) return Error(ErrorCode::kUsage, "a folder has no bytes");
  auto row = Begin(entry, size);
  if (!row.ok()) return std::move(row).error();
  if (auto status = FlushGroup(); !status.ok()) return status;
  Sha256 hash;
  std::string piece = HeaderOf(row->member, size, row->modified_ms, false);
  tar_offset_ += piece.size() + PaddedSize(size);
  uint64_t got = 0;
  while (got < size) {
    const uint64_t room = std::min<uint64_t>(kMaxFrameContent - piece.size(), size - got);
    auto bytes = ReadUpTo(source, static_cast<size_t>(room));
    if (!bytes.ok()) return Fail(std::move(bytes).error());
    if (bytes->size() < room) return Fail(CheckEnd(source, got + bytes->size(), size).error());
    hash.Update(*bytes);
    got += bytes->size();
    piece += *bytes;
    if (piece.size() < kMaxFrameContent) continue;
    if (auto status = Submit(std::exchange(piece, {})); !status.ok()) return status;
  }
  if (auto status = CheckEnd(source, got, size); !status.ok()) return Fail(std::move(status).error());
  piece.append(PaddedSize(size) - size, '\0');
  if (auto status = SubmitSliced(piece); !status.ok()) return status;
  row->sha256_hex = ToHex(hash.Finish());
  waiting_.push_back({std::move(*row), true});
  return AddReadyRows();
}

Status ArchiveWriter::TakePacked(const FramePipeline::Packed& packed) {
  if (auto status = WriteFrame(packed.frame, packed.content_size); !status.ok()) return status;
  for (const Sha256Digest& digest : packed.members) {
    assert(!waiting_.empty() && !waiting_.front().hashed);
    waiting_.front().row.sha256_hex = ToHex(digest);
    waiting_.front().hashed = true;
    if (auto status = AddReadyRows(); !status.ok()) return status;
  }
  return {};
}

Status ArchiveWriter::AddReadyRows() {
  while (!waiting_.empty() && waiting_.front().hashed) {
    if (auto status = AddRow(waiting_.front().row); !status.ok()) return status;
    waiting_.pop_front();
  }
  return {};
}

Status ArchiveWriter::AddRow(const Row& row) {
  const std::string line = EncodeRow(row);
  index_hash_.Update(line);
  index_size_ += line.size();
  index_chunk_ += line;
  ++objects_;
  content_bytes_ += row.size;
  if (index_chunk_.size() < kIndexChunk) return {};
  return FlushIndexChunk();
}

Status ArchiveWriter::FlushIndexChunk() {
  FrameEncoder encoder(options_.level);
  auto frame = encoder.Encode(index_chunk_);
  if (!frame.ok()) return Fail(std::move(frame).error());
  if (auto status = spool_->Append(*frame, index_chunk_.size()); !status.ok()) return Fail(std::move(status).error());
  index_chunk_.clear();
  return {};
}

Status ArchiveWriter::AppendToGroup(std::string_view header, std::string_view bytes) {
  tar_offset_ += header.size() + PaddedSize(bytes.size());
  group_ += header;
  group_ += bytes;
  group_.append(PaddedSize(bytes.size()) - bytes.size(), '\0');
  return group_.size() >= kGroupBytes ? FlushGroup() : Status();
}

Status ArchiveWriter::FlushGroup() {
  return group_.empty() ? Status() : Submit(std::exchange(group_, {}), std::exchange(group_members_, {}));
}

Status ArchiveWriter::Submit(std::string piece, std::vector<FramePipeline::Span> members) {
  if (auto status = pipeline_->Submit(std::move(piece), std::move(members)); !status.ok())
    return Fail(std::move(status).error());
  return {};
}

Status ArchiveWriter::SubmitSliced(std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kMaxFrameContent))) {
    if (auto status = Submit(std::string(bytes.substr(0, kMaxFrameContent))); !status.ok()) return status;
  }
  return {};
}

Status ArchiveWriter::WriteBytes(std::string_view bytes) {
  if (auto status = file_->Write(bytes); !status.ok()) return status;
  whole_.Update(bytes);
  offset_ += bytes.size();
  return {};
}

Status ArchiveWriter::WriteFrame(std::string_view frame, size_t content_size) {
  if (table_.size() >= kMaxFrames) return Error(ErrorCode::kFailed, "an archive cannot have more frames");
  table_.push_back({static_cast<uint32_t>(frame.size()), static_cast<uint32_t>(content_size)});
  return WriteBytes(frame);
}

Status ArchiveWriter::EncodeAndWrite(std::string_view content) {
  FrameEncoder encoder(options_.level);
  auto frame = encoder.Encode(content);
  if (!frame.ok()) return std::move(frame).error();
  return WriteFrame(*frame, content.size());
}

// The header has a frame of its own, because the size is known only now; then the rows; zeros fill the last frame.
Status ArchiveWriter::WriteIndex(MetaPart& part) {
  part.offset = offset_;
  part.tar_offset = tar_offset_;
  part.size = index_size_;
  part.sha256 = index_hash_.Finish();
  const std::string header = HeaderOf(kIndexName, index_size_, 0, false);
  if (auto status = EncodeAndWrite(header); !status.ok()) return status;
  const auto write = [this](std::string_view frame, size_t content_size) { return WriteFrame(frame, content_size); };
  if (auto status = spool_->ForEach(write); !status.ok()) return status;
  index_chunk_.append(PaddedSize(index_size_) - index_size_, '\0');
  if (!index_chunk_.empty()) {
    if (auto status = EncodeAndWrite(index_chunk_); !status.ok()) return status;
  }
  tar_offset_ += header.size() + PaddedSize(index_size_);
  part.length = offset_ - part.offset;
  return {};
}

Status ArchiveWriter::WriteManifest(std::string_view text, MetaPart& part) {
  part.offset = offset_;
  part.tar_offset = tar_offset_;
  part.size = text.size();
  part.sha256 = Sha256Of(text);
  std::string bytes = HeaderOf(kManifestName, text.size(), 0, false);
  bytes += text;
  bytes.append(PaddedSize(text.size()) - text.size(), '\0');
  tar_offset_ += bytes.size();
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kMaxFrameContent))) {
    if (auto status = EncodeAndWrite(rest.substr(0, kMaxFrameContent)); !status.ok()) return status;
  }
  part.length = offset_ - part.offset;
  return {};
}

Status ArchiveWriter::WriteEnd(Footer footer) {
  if (auto status = EncodeAndWrite(std::string(kEndBlocks, '\0')); !status.ok()) return status;
  tar_offset_ += kEndBlocks;
  table_.push_back({kFooterSize, 0});
  const std::string table = EncodeTable(table_);
  footer.identity = identity_;
  footer.tar_size = tar_offset_;
  footer.object_count = objects_;
  footer.sha256_before = Sha256(whole_).Finish();
  footer.table_xxh64 = Xxh64Of(table);
  if (auto status = WriteBytes(EncodeFooter(footer)); !status.ok()) return status;
  if (auto status = WriteBytes(table); !status.ok()) return status;
  if (auto status = file_->Sync(); !status.ok()) return status;
  return file_->Close();
}

Result<Summary> ArchiveWriter::Finish(std::string_view manifest_members) {
  if (error_) return *error_;
  assert(!finished_);
  // Asked first with figures that do not matter: what the caller got wrong must not cost the archive.
  if (auto check = BuildManifest({}, manifest_members); !check.ok()) return std::move(check).error();
  if (auto status = FlushGroup(); !status.ok()) return std::move(status).error();
  if (auto status = pipeline_->Drain(); !status.ok()) return Fail(std::move(status).error()).error();
  assert(waiting_.empty());
  Footer footer;
  if (auto status = WriteIndex(footer.index); !status.ok()) return Fail(std::move(status).error()).error();
  const auto manifest = BuildManifest(
      {identity_, objects_, content_bytes_, index_size_, footer.index.sha256, options_.level}, manifest_members);
  if (!manifest.ok()) return Fail(manifest.error()).error();
  if (auto status = WriteManifest(*manifest, footer.manifest); !status.ok())
    return Fail(std::move(status).error()).error();
  if (auto status = WriteEnd(footer); !status.ok()) return Fail(std::move(status).error()).error();
  if (auto status = files_.RenameNoReplace(temporary_, path_); !status.ok())
    return Fail(std::move(status).error()).error();
  finished_ = true;
  if (auto status = files_.SyncFolder(FolderOf(path_)); !status.ok()) return Fail(std::move(status).error()).error();
  return Summary{objects_, tar_offset_, offset_, ToHex(whole_.Finish()), archive_id_};
}

}  // namespace dbxark::format
