#include "cli/layout.h"

#include <algorithm>

#include "base/text.h"

namespace dbxark::cli {

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string PadRight(std::string_view text, size_t width) {
  const size_t own = WidthOf(text);
  return std::string(text) + std::string(own < width ? width - own : 0, ' ');
}

std::string PadLeft(std::string_view text, size_t width) {
  const size_t own = WidthOf(text);
  return std::string(own < width ? width - own : 0, ' ') + std::string(text);
}

std::string Truncated(std::string_view text, size_t width) {
  if (WidthOf(text) <= width) return std::string(text);
  std::string kept;
  size_t characters = 1;  // the ellipsis
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++characters > width) break;
    kept += c;
  }
  return width == 0 ? "" : kept + "…";
}

std::string Labelled(std::string_view label, std::string_view text, size_t label_width) {
  constexpr size_t kColumns = 80;
  std::string lines = PadRight(label, label_width);
  size_t column = std::max(label_width, WidthOf(label));
  bool first = true;
  for (const std::string_view word : Split(text, ' ')) {
    const size_t width = WidthOf(word);
    if (!first && column + 1 + width > kColumns) {
      lines += "\n" + std::string(label_width, ' ');
      column = label_width;
    } else if (!first) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += width;
    first = false;
  }
  return lines;
}

}  // namespace dbxark::cli
