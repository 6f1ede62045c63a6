// Which lines of a text changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/document.h"

namespace dbxark::audit {

struct TextDiff {
  uint64_t added = 0, removed = 0;  // lines; the fewest possible, unless the texts differ in thousands of places
  std::string patch;                // unified, with three lines of context; empty unless it was asked for
};

// `left_name` and `right_name` head the patch.
TextDiff DiffTexts(std::string_view left, std::string_view right, bool with_patch, std::string_view left_name,
                   std::string_view right_name);

// Whether it makes sense to speak of lines.
bool LooksLikeText(std::string_view bytes);

// The same value with members in alphabetical order, indented: so that two of them differ only in what they say.
std::string SortedPretty(json::Node node);

}  // namespace dbxark::audit
