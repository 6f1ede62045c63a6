// One line of META/index.ndjson.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/entry.h"

namespace dbxark::format {

// kUsage where an entry cannot become a row: kind or id missing or not UTF-8, an origin that is no UUID, `info` that is
// no JSON object, or so much text that the row could be longer than kMaxRow.
Status CheckEntry(const Entry& entry);

// With its newline. The row's entry has passed CheckEntry.
std::string EncodeRow(const Row& row);

// `line` is without its newline. kCorruption if a member is missing or no reader may accept it (unsafe name, a size
// that cannot be, no hash). Unknown members are ignored.
Result<Row> DecodeRow(std::string_view line);

// "notebook /Users/ana/x", for messages.
std::string Describe(const Row& row);

// The whole seconds that a member's tar header bears: when it was modified if that is known and not later than the
// archive, else when the archive was made.
int64_t HeaderTime(int64_t modified_ms, int64_t created_ms);

}  // namespace dbxark::format
