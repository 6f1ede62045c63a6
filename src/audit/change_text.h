// Differences as people and programs read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/comparison.h"

namespace dbxark::audit {

// "+", "-", "~" or, of what is announced, "!".
std::string_view SymbolOf(const Change& change);

// A difference is new or gone; a drill says that something is missing, or in the target alone.
enum class Wording { kDiff, kDrill };

// Without symbol: "job             etl-daily           2 fields differ", then a line or two for each of the first
// fields. Lines have 80 characters with the symbol, unless a name or path is longer.
std::vector<std::string> LinesOf(const Change& change, Wording wording = Wording::kDiff);

std::string JsonOf(const Change& change);

// What was seen beside the differences, a line each: "off until cutover: 4".
std::vector<std::string> AsideLines(const Tally& tally);

// "1 new, 1 changed, 1 gone, 14,203 the same"
std::string VerdictOf(const Tally& tally);

// {"new":1,"changed":1,...}
std::string JsonOf(const Tally& tally);

}  // namespace dbxark::audit
