#include "format/row_cursor.h"

#include <algorithm>

#include "base/text.h"
#include "format/index_row.h"
#include "format/limits.h"
#include "format/tar_header.h"

namespace dbxark::format {

RowCursor::RowCursor(const Container& container)
    : container_(container),
      frame_(container.FindFrame(container.footer().index.tar_offset) + 1),
      end_frame_(container.FindFrame(container.footer().manifest.tar_offset)),
      left_(container.footer().index.size) {}

Error RowCursor::Bad(const std::string& finding) const {
  return Error(ErrorCode::kCorruption, "index, row " + WithSeparators(rows_ + 1) + ": " + finding);
}

Result<bool> RowCursor::NextFrame() {
  if (frame_ >= end_frame_) return false;
  auto content = container_.Content(frame_);
  if (!content.ok()) return std::move(content).error();
  content_ = std::move(*content);
  const size_t used = static_cast<size_t>(std::min<uint64_t>(content_.size(), left_));
  if (content_.find_first_not_of('\0', used) != std::string::npos)
    return Bad("the zeros behind the index are not zero");
  left_ -= used;
  ++frame_;
  rest_ = std::string_view(content_).substr(0, used);
  if (!rest_.empty() && rest_.back() != '\n') return Bad("does not end where its frame ends");
  return true;
}

Result<bool> RowCursor::NextLine(std::string_view& line) {
  while (rest_.empty()) {
    auto more = NextFrame();
    if (!more.ok() || !*more) return more;
  }
  const size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return true;
}

Result<std::optional<Row>> RowCursor::Next() {
  if (ended_) return std::optional<Row>();
  ended_ = true;  // until it is known that it is not
  std::string_view line;
  const auto more = NextLine(line);
  if (!more.ok()) return more.error();
  const Footer& footer = container_.footer();
  if (!*more) {
    if (rows_ != footer.object_count) {
      return Error(ErrorCode::kCorruption,
                   "index: has " + Counted(rows_, "row") + ", the footer says " + WithSeparators(footer.object_count));
    }
    if (rows_ > 0 && next_at_ != footer.index.tar_offset) return Bad("the last member does not end at the index");
    return std::optional<Row>();
  }
  auto row = DecodeRow(line);
  if (!row.ok()) return Bad(row.error().message());
  // Sizes are below 2^62: no sum of these overflows.
  const uint64_t end = row->at + TarHeaderSize(row->member) + PaddedSize(row->size);
  if (row->at % kTarBlock != 0 || row->at < kTarBlock || end > footer.index.tar_offset ||
      (next_at_ != 0 && row->at != next_at_)) {
    return Bad(Describe(*row) + ": is not where its neighbours leave room for it");
  }
  next_at_ = end;
  if (++rows_ > footer.object_count) return Bad("more rows than the footer says");
  ended_ = false;
  return std::optional<Row>(std::move(*row));
}

}  // namespace dbxark::format
