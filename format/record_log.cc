#include "format/record_log.h"

#include <algorithm>

#include "base/digest.h"

namespace dbxark::format {
namespace {

// The high bit and the line end show a transfer that "repaired" the file as text.
constexpr std::string_view kMagic(
    "\x89"
    "DBXLG\r\n",
    8);
constexpr std::string_view kMarker("\xF3REC", 4);
constexpr size_t kHeaderFixed = 16, kRecordFixed = 12, kChecksum = 8;

void PutLittle(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

uint64_t GetLittle(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

std::string EncodeHeader(std::string_view binding) {
  std::string header(kMagic);
  PutLittle(header, kLogMajor, 2);
  PutLittle(header, kLogMinor, 2);
  PutLittle(header, binding.size(), 4);
  header += binding;
  PutLittle(header, Xxh64Of(header), kChecksum);
  return header;
}

// The offset is hashed too, so that a record is good at its own place alone.
uint64_t ChecksumOf(uint64_t offset, std::string_view record) {
  std::string hashed;
  hashed.reserve(8 + record.size());
  PutLittle(hashed, offset, 8);
  hashed += record;
  return Xxh64Of(hashed);
}

std::string EncodeRecord(uint64_t offset, uint8_t type, std::string_view payload) {
  std::string record(kMarker);
  PutLittle(record, payload.size(), 4);
  PutLittle(record, type, 4);
  record += payload;
  PutLittle(record, ChecksumOf(offset, record), kChecksum);
  return record;
}

struct Record {
  uint8_t type;
  std::string payload;
  uint64_t size;  // with everything around the payload
};

Result<std::string> ReadBytes(const InputFile& file, uint64_t offset, size_t count) {
  std::string bytes(count, '\0');
  if (Status read = file.ReadAt(offset, bytes.data(), count); !read.ok()) return std::move(read).error();
  return bytes;
}

// Nothing if there is no whole and good record at `offset`.
Result<std::optional<Record>> ReadRecord(const InputFile& file, uint64_t offset) {
  const uint64_t rest = file.size() - offset;
  if (rest < kRecordFixed + kChecksum) return std::optional<Record>();
  auto head = ReadBytes(file, offset, kRecordFixed);
  if (!head.ok()) return std::move(head).error();
  const uint64_t length = GetLittle(*head, 4, 4), type = GetLittle(*head, 8, 4);
  if (!head->starts_with(kMarker) || type > 0xFF || length > kMaxLogPayload ||
      length > rest - kRecordFixed - kChecksum) {
    return std::optional<Record>();
  }
  const size_t checked = kRecordFixed + static_cast<size_t>(length);
  auto bytes = ReadBytes(file, offset, checked + kChecksum);
  if (!bytes.ok()) return std::move(bytes).error();
  const uint64_t checksum = ChecksumOf(offset, std::string_view(*bytes).substr(0, checked));
  if (checksum != GetLittle(*bytes, checked, kChecksum)) return std::optional<Record>();
  return std::optional<Record>(
      Record{static_cast<uint8_t>(type), bytes->substr(kRecordFixed, checked - kRecordFixed), checked + kChecksum});
}

// Whether a good record begins anywhere after `offset`.
Result<std::optional<uint64_t>> FindRecordAfter(const InputFile& file, uint64_t offset) {
  constexpr size_t kChunk = 1 << 20;
  for (uint64_t at = offset + 1; at + kRecordFixed + kChecksum <= file.size();) {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(kChunk, file.size() - at));
    auto chunk = ReadBytes(file, at, count);
    if (!chunk.ok()) return std::move(chunk).error();
    for (size_t hit = chunk->find(kMarker); hit != std::string::npos; hit = chunk->find(kMarker, hit + 1)) {
      auto record = ReadRecord(file, at + hit);
      if (!record.ok()) return std::move(record).error();
      if (*record) return std::optional<uint64_t>(at + hit);
    }
    // A marker may lie across two chunks.
    at += count < kChunk ? count : count - (kMarker.size() - 1);
  }
  return std::optional<uint64_t>();
}

struct Scan {
  std::string binding;
  uint64_t good_size = 0;  // header and whole records; 0: not even a header
};

Error Damaged(const std::string& path, uint64_t offset, const std::string& what) {
  return Error(ErrorCode::kCorruption, path + ": damaged at byte " + std::to_string(offset) + ": " + what);
}

Result<Scan> ScanHeader(const InputFile& file, const std::string& path) {
  auto fixed = ReadBytes(file, 0, static_cast<size_t>(std::min<uint64_t>(kHeaderFixed, file.size())));
  if (!fixed.ok()) return std::move(fixed).error();
  if (!fixed->starts_with(kMagic.substr(0, fixed->size()))) return Damaged(path, 0, "this is no record log");
  if (fixed->size() < kHeaderFixed) return Scan{};
  const uint64_t major = GetLittle(*fixed, 8, 2), binding_size = GetLittle(*fixed, 12, 4);
  if (binding_size > kMaxLogBinding) return Damaged(path, 12, "the header's length cannot be");
  const size_t checked = kHeaderFixed + static_cast<size_t>(binding_size);
  if (file.size() < checked + kChecksum) return Scan{};
  auto header = ReadBytes(file, 0, checked + kChecksum);
  if (!header.ok()) return std::move(header).error();
  if (Xxh64Of(std::string_view(*header).substr(0, checked)) != GetLittle(*header, checked, kChecksum)) {
    return Damaged(path, checked, "the header's checksum does not agree");
  }
  if (major != kLogMajor) {
    return Error(ErrorCode::kFailed, path + ": record log of version " + std::to_string(major) +
                                         ", which a newer dbxark wrote and this one cannot read");
  }
  return Scan{header->substr(kHeaderFixed, checked - kHeaderFixed), checked + kChecksum};
}

Result<Scan> ScanFile(FileSystem& files, const std::string& path, const RecordLog::Visitor& visit) {
  auto file = files.OpenRead(path);
  if (!file.ok()) return std::move(file).error();
  auto scan = ScanHeader(**file, path);
  if (!scan.ok()) return scan;
  if (scan->good_size == 0) {
    // A header that is cut short is a log whose making was interrupted, unless something follows it.
    auto later = FindRecordAfter(**file, 0);
    if (!later.ok()) return std::move(later).error();
    if (*later) return Damaged(path, 0, "the header");
    return scan;
  }
  while (scan->good_size < (*file)->size()) {
    auto record = ReadRecord(**file, scan->good_size);
    if (!record.ok()) return std::move(record).error();
    if (!*record) {
      auto later = FindRecordAfter(**file, scan->good_size);
      if (!later.ok()) return std::move(later).error();
      if (*later) return Damaged(path, scan->good_size, "a record, with a good one at byte " + std::to_string(**later));
      return scan;
    }
    if (Status seen = visit((*record)->type, (*record)->payload); !seen.ok()) {
      return std::move(seen).error().Within(path);
    }
    scan->good_size += (*record)->size;
  }
  return scan;
}

Status CheckBinding(const Scan& scan, const std::string& path, std::string_view binding) {
  if (scan.good_size == 0 || scan.binding == binding) return {};
  return Error(ErrorCode::kAlreadyExists, path + ": belongs to " + scan.binding + ", not to " + std::string(binding));
}

Status Persist(FileSystem& files, const std::string& path, OutputFile& file, std::string_view bytes) {
  if (Status written = file.Write(bytes); !written.ok()) return written;
  if (Status synced = file.Sync(); !synced.ok()) return synced;
  return files.SyncFolder(FolderOf(path));
}

}  // namespace

Result<std::unique_ptr<RecordLog>> RecordLog::Open(FileSystem& files, const std::string& path, std::string_view binding,
                                                   const Visitor& visit) {
  assert(binding.size() <= kMaxLogBinding);
  auto lock = FileLock::Acquire(path);
  if (!lock.ok()) return std::move(lock).error();
  auto scan = ScanFile(files, path, visit);
  if (!scan.ok()) return std::move(scan).error();
  if (Status ours = CheckBinding(*scan, path, binding); !ours.ok()) return std::move(ours).error();
  auto whole = files.OpenRead(path);
  if (!whole.ok()) return std::move(whole).error();
  const uint64_t cut = (*whole)->size() - scan->good_size;
  whole->reset();
  if (cut > 0) {
    if (Status cut_off = files.Truncate(path, scan->good_size); !cut_off.ok()) return std::move(cut_off).error();
  }
  auto file = files.OpenAppend(path);
  if (!file.ok()) return std::move(file).error();
  uint64_t size = scan->good_size;
  if (size == 0) {
    const std::string header = EncodeHeader(binding);
    if (Status made = Persist(files, path, **file, header); !made.ok()) return std::move(made).error();
    size = header.size();
  }
  auto log = std::unique_ptr<RecordLog>(new RecordLog(std::move(*lock), std::move(*file), size, cut));
  log->durable_ = size;
  return log;
}

Status RecordLog::Read(FileSystem& files, const std::string& path, std::string_view binding, const Visitor& visit) {
  const auto scan = ScanFile(files, path, visit);
  if (!scan.ok()) return scan.error();
  return binding.empty() ? Status() : CheckBinding(*scan, path, binding);
}

Status RecordLog::Append(uint8_t type, std::string_view payload) {
  if (payload.size() > kMaxLogPayload) {
    return Error(ErrorCode::kFailed, "a record of " + std::to_string(payload.size()) + " bytes is too long");
  }
  std::unique_lock lock(mutex_);
  if (error_) return *error_;
  const std::string record = EncodeRecord(size_, type, payload);
  pending_ += record;
  size_ += record.size();
  const uint64_t mine = size_;
  while (durable_ < mine && !error_) {
    if (writing_) {
      written_.wait(lock);
      continue;
    }
    writing_ = true;
    const std::string batch = std::move(pending_);
    pending_.clear();
    const uint64_t end = size_;
    lock.unlock();
    Status done = file_->Write(batch);
    if (done.ok()) done = file_->Sync();
    lock.lock();
    writing_ = false;
    if (done.ok()) {
      durable_ = end;
    } else {
      error_ = std::move(done).error();
    }
    written_.notify_all();
  }
  if (durable_ < mine) return *error_;
  return {};
}

}  // namespace dbxark::format
