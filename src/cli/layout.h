// Lines of text in columns. Widths are in characters, not bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbxark::cli {

size_t WidthOf(std::string_view text);
std::string PadRight(std::string_view text, size_t width);
std::string PadLeft(std::string_view text, size_t width);
// The beginning, with an ellipsis where something is left out.
std::string Truncated(std::string_view text, size_t width);

// "label     words that go on\n          here": lines of at most 80 characters, without the last one's end. A word that
// is longer stands alone.
std::string Labelled(std::string_view label, std::string_view text, size_t label_width = 10);

}  // namespace dbxark::cli
