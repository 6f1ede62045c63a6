#include "format/verifier.h"

#include <algorithm>

#include "base/ordered_map.h"
#include "base/text.h"
#include "format/archive_reader.h"
#include "format/index_row.h"
#include "format/limits.h"
#include "format/second_reader.h"
#include "format/tar_header.h"

namespace dbxark::format {
namespace {

struct Piece {
  size_t frame = 0;
  std::string bytes;
};

// The size field of a tar header in its octal form; nothing that README.txt may have is larger.
uint64_t SizeField(std::string_view header) {
  uint64_t size = 0;
  for (const char c : header.substr(124, 11))
    size = size * 8 + static_cast<uint64_t>(c >= '0' && c <= '7' ? c - '0' : 0);
  return size;
}

}  // namespace

Verifier::Verifier(const Container& container, OnFinding on_finding)
    : container_(container), on_finding_(std::move(on_finding)), cursor_(container) {}

void Verifier::Find(const std::string& finding) {
  ++findings_;
  on_finding_(finding);
}

bool Verifier::NextRow() {
  auto row = cursor_.Next();
  next_row_.reset();
  if (!row.ok()) {
    Find(row.error().message());
    return false;
  }
  if (!*row) return false;
  next_row_ = std::move(**row);
  const std::string_view name = next_row_->member;
  if (!names_.Insert(Xxh64Of(name.substr(0, name.size() - (next_row_->folder ? 1 : 0))))) {
    Find(Describe(*next_row_) + ": its member's name occurs twice");
  }
  if (!ids_.Insert(Xxh64Of(next_row_->kind + '\0' + next_row_->id))) {
    Find(Describe(*next_row_) + ": its kind and id occur twice");
  }
  return true;
}

Result<uint64_t> Verifier::CheckRows() {
  while (NextRow()) {
  }
  return findings_;
}

bool Verifier::NextItem() {
  const uint64_t data_end = container_.footer().index.tar_offset;
  auto item = std::make_unique<Item>();
  if (position_ == 0) {
    NextRow();
    item->header_end = kTarBlock;
    item->content_end = item->end = next_row_ ? next_row_->at : data_end;
  } else {
    // Without rows there is nothing to compare with; the frames are still decoded.
    if (!next_row_) return false;
    item->row = std::move(next_row_);
    item->header_end = item->row->at + TarHeaderSize(item->row->member);
    item->content_end = item->header_end + item->row->size;
    item->end = item->header_end + PaddedSize(item->row->size);
    NextRow();
  }
  item_ = std::move(item);
  return true;
}

void Verifier::Feed(std::string_view bytes, uint64_t size, bool lost) {
  while (size > 0) {
    if (!item_ && !NextItem()) return;
    const uint64_t count = std::min(size, item_->end - position_);
    if (lost) {
      item_->lost = true;
    } else {
      Consume(bytes.substr(0, static_cast<size_t>(count)));
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    position_ += count;
    size -= count;
    if (position_ == item_->end) CloseItem();
  }
}

// `piece` begins at position_ and stays inside the item.
void Verifier::Consume(std::string_view piece) {
  uint64_t at = position_;
  const auto part_until = [&](uint64_t end) {
    const std::string_view part =
        at < end ? piece.substr(0, static_cast<size_t>(std::min<uint64_t>(piece.size(), end - at))) : "";
    piece.remove_prefix(part.size());
    at += part.size();
    return part;
  };
  item_->header += part_until(item_->header_end);
  item_->hash.Update(part_until(item_->content_end));
  if (piece.find_first_not_of('\0') != std::string_view::npos) item_->dirty_padding = true;
}

void Verifier::CloseItem() {
  if (item_->lost) {
    Find((item_->row ? Describe(*item_->row) : std::string(kReadmeName)) + ": is lost with a damaged frame");
  } else if (item_->row) {
    CheckItem();
  } else {
    CheckReadme();
  }
  item_.reset();
}

void Verifier::CheckItem() {
  const Row& row = *item_->row;
  const TarMember member{row.member, row.size, HeaderTime(row.modified_ms, container_.footer().identity.created_ms),
                         row.folder};
  if (item_->header != EncodeTarHeader(member)) {
    Find(Describe(row) + ": " + ExplainTarHeader(item_->header, member));
  } else if (!row.folder && ToHex(item_->hash.Finish()) != row.sha256_hex) {
    Find(Describe(row) + ": its bytes do not have the SHA-256 that the index says");
  } else if (item_->dirty_padding) {
    Find(Describe(row) + ": the zeros behind it are not zero");
  } else if (const auto finding = FindSecondOpinion(item_->header, member)) {
    Find(Describe(row) + ": " + *finding);
  }
}

void Verifier::CheckReadme() {
  const uint64_t size = SizeField(item_->header);
  const TarMember member{kReadmeName, size, HeaderTime(0, container_.footer().identity.created_ms), false};
  if (size > kMaxReadme || kTarBlock + PaddedSize(size) != item_->end || item_->header != EncodeTarHeader(member)) {
    Find(std::string(kReadmeName) + ": " + ExplainTarHeader(item_->header, member));
  }
}

void Verifier::TakeFrame(size_t frame, const Result<std::string>& content) {
  if (!content.ok()) Find(content.error().message());
  const uint64_t data_end = container_.footer().index.tar_offset;
  const uint64_t offset = container_.ContentOffset(frame);
  if (offset < data_end) {
    Feed(content.ok() ? std::string_view(*content) : std::string_view(), container_.ContentSize(frame), !content.ok());
  } else if (offset == container_.footer().tar_size - kEndBlocks && content.ok() &&
             content->find_first_not_of('\0') != std::string::npos) {
    Find(container_.NameOf(frame) + ": the end of the tar is not zero");
  }
}

Result<uint64_t> Verifier::CheckAll(size_t threads) {
  Sha256 hash;
  size_t next_frame = 0;
  std::optional<Error> read_error;
  const auto next = [&]() -> std::optional<Piece> {
    if (next_frame == container_.frame_count()) return std::nullopt;
    auto bytes = container_.ReadFrame(next_frame);
    if (!bytes.ok()) {
      read_error = std::move(bytes).error();
      return std::nullopt;
    }
    hash.Update(*bytes);
    return Piece{next_frame++, std::move(*bytes)};
  };
  const auto decode = [this](Piece& piece) -> Result<std::string> {
    if (container_.ContentSize(piece.frame) == 0) {
      if (IsSkippableFrame(piece.bytes)) return std::string();
      return Error(ErrorCode::kCorruption, container_.NameOf(piece.frame) + ": is no skippable frame");
    }
    return container_.DecodeFrame(piece.frame, piece.bytes);
  };
  const auto take = [this](Piece& piece, Result<std::string>& content) {
    TakeFrame(piece.frame, content);
    return true;
  };
  OrderedMap<Piece, Result<std::string>>(threads, threads + 1, next, decode, take);
  if (read_error) return *read_error;
  if (findings_ == 0 && hash.Finish() != container_.footer().sha256_before) {
    Find("the bytes before the footer are not those that were written (SHA-256), though each frame can be decoded");
  }
  return findings_;
}

Status ArchiveReader::Verify(bool quick, size_t threads,
                             const std::function<void(const std::string& finding)>& on_finding) const {
  std::string first;
  Verifier verifier(*container_, [&](const std::string& finding) {
    if (first.empty()) first = finding;
    if (on_finding) on_finding(finding);
  });
  const auto findings = quick ? verifier.CheckRows() : verifier.CheckAll(std::max<size_t>(threads, 1));
  if (!findings.ok()) return container_->Named(findings.error());
  if (*findings == 0) return {};
  const std::string more = *findings > 1 ? " (and " + Counted(*findings - 1, "finding") + " more)" : "";
  return container_->Named(Error(ErrorCode::kCorruption, first + more));
}

}  // namespace dbxark::format
