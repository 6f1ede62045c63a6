// Goes through the index row by row, with one frame of it in memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/container.h"
#include "format/entry.h"

namespace dbxark::format {

// One thread; `container` must outlive it.
class RowCursor {
 public:
  explicit RowCursor(const Container& container);

  // The next row, nothing at the end. Each row's member must begin where the one before ends, and the last one end
  // where the index begins; rows must be as many as the footer says. Otherwise kCorruption, and the cursor is at its
  // end.
  Result<std::optional<Row>> Next();

 private:
  Result<bool> NextLine(std::string_view& line);
  Result<bool> NextFrame();
  Error Bad(const std::string& finding) const;

  const Container& container_;
  size_t frame_, end_frame_;
  uint64_t left_;  // bytes of the index behind the current frame
  std::string content_;
  std::string_view rest_;
  uint64_t rows_ = 0;
  uint64_t next_at_ = 0;  // where the next member must begin; 0: after README.txt, wherever that ends
  bool ended_ = false;
};

}  // namespace dbxark::format
