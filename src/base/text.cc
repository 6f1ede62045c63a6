#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace dbxark {
namespace {

// The length of the valid UTF-8 character at the front of `text`, 0 if there is none.
size_t CharacterLength(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if (first == 0xE0 && at(1) < 0xA0) return 0;
  if (first == 0xED && at(1) > 0x9F) return 0;
  if (first == 0xF0 && at(1) < 0x90) return 0;
  if (first == 0xF4 && at(1) > 0x8F) return 0;
  return length;
}

// `classes` is "a-z]..." after the '['. Consumes through the ']' and says whether `c` is in it.
bool MatchClass(std::string_view& classes, char c) {
  bool negated = false, found = false;
  if (!classes.empty() && (classes[0] == '!' || classes[0] == '^')) {
    negated = true;
    classes.remove_prefix(1);
  }
  bool first = true;
  while (!classes.empty() && (classes[0] != ']' || first)) {
    first = false;
    if (classes.size() >= 3 && classes[1] == '-' && classes[2] != ']') {
      found = found || (c >= classes[0] && c <= classes[2]);
      classes.remove_prefix(3);
    } else {
      found = found || c == classes[0];
      classes.remove_prefix(1);
    }
  }
  if (!classes.empty()) classes.remove_prefix(1);
  return found != negated;
}

bool GlobMatchFrom(std::string_view pattern, std::string_view text, int& budget) {
  if (--budget < 0) return false;
  while (!pattern.empty()) {
    if (pattern.substr(0, 2) == "**") {
      pattern.remove_prefix(2);
      for (size_t i = 0;; ++i) {
        if (GlobMatchFrom(pattern, text.substr(i), budget)) return true;
        if (i >= text.size() || budget < 0) return false;
      }
    }
    if (pattern[0] == '*') {
      pattern.remove_prefix(1);
      for (size_t i = 0;; ++i) {
        if (GlobMatchFrom(pattern, text.substr(i), budget)) return true;
        if (i >= text.size() || text[i] == '/' || budget < 0) return false;
      }
    }
    // "/**" at the end matches the folder itself too.
    if (text.empty()) return pattern == "/**";
    if (pattern[0] == '?') {
      if (text[0] == '/') return false;
      const size_t length = std::max<size_t>(1, CharacterLength(text));
      text.remove_prefix(length);
      pattern.remove_prefix(1);
    } else if (pattern[0] == '[' && pattern.find(']', 2) != std::string_view::npos) {
      pattern.remove_prefix(1);
      if (text[0] == '/' || !MatchClass(pattern, text[0])) return false;
      text.remove_prefix(1);
    } else {
      if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
      if (pattern[0] != text[0]) return false;
      pattern.remove_prefix(1);
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

}  // namespace

std::string ToLowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

bool ContainsIgnoreCase(std::string_view text, std::string_view part) {
  return ToLowerAscii(text).find(ToLowerAscii(part)) != std::string::npos;
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    uint64_t eight = 0;
    while (text.size() >= sizeof eight) {
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080) != 0) break;
      text.remove_prefix(sizeof eight);
    }
    if (text.empty()) return true;
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view Utf8Prefix(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t length = limit;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

namespace {

// What turns the direction of the text around it, breaks its line or takes no room (a joiner of letters or of emoji
// does not count): two names would look the same, or one like another. 0 for anything else.
uint32_t HiddenPoint(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(character[i])); };
  const uint32_t point = (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  const bool hidden = point == 0x200B || point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
                      (point >= 0x2060 && point <= 0x2069) || point == 0xFEFF;
  return hidden ? point : 0;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  char escape[16];
  while (!text.empty()) {
    size_t length = CharacterLength(text);
    const unsigned char first = static_cast<unsigned char>(text[0]);
    if (const uint32_t hidden = length == 3 ? HiddenPoint(text) : 0; hidden != 0) {
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(hidden));
      printable += escape;
      text.remove_prefix(length);
      continue;
    }
    // C1 controls are C2 80 .. C2 9F.
    const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || first < 0x20 || first == 0x7F || c1) {
      if (length == 0) length = 1;
      for (size_t i = 0; i < length; ++i) {
        if (text[i] == '\n') {
          printable += "\\n";
        } else if (text[i] == '\t') {
          printable += "\\t";
        } else if (text[i] == '\r') {
          printable += "\\r";
        } else {
          std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[i])));
          printable += escape;
        }
      }
    } else {
      printable += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return printable;
}

std::string Shorten(std::string_view text, size_t width) {
  const std::string printable = Printable(text);
  std::vector<std::string_view> characters;
  std::string_view rest = printable;
  while (!rest.empty()) {
    const size_t length = CharacterLength(rest);
    characters.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (characters.size() <= width) return printable;
  if (width == 0) return {};
  std::string shortened;
  const size_t head = (width - 1) / 2, tail = width - 1 - head;
  for (size_t i = 0; i < head; ++i) shortened += characters[i];
  shortened += "…";
  for (size_t i = characters.size() - tail; i < characters.size(); ++i) shortened += characters[i];
  return shortened;
}

std::string ShellQuote(std::string_view text) {
  constexpr std::string_view kSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./-_";
  if (!text.empty() && text.find_first_not_of(kSafe) == std::string_view::npos) return std::string(text);
  const std::string printable = Printable(text);
  if (printable != text) {
    std::string quoted = "$'";
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view character = rest.substr(0, std::max<size_t>(1, CharacterLength(rest)));
      if (character == "'" || character == "\\") quoted += '\\';
      quoted += Printable(character);
      rest.remove_prefix(character.size());
    }
    return quoted + "'";
  }
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string WithSeparators(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string HumanSize(uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  // What would be shown as 1024 of a unit is 1.0 of the next.
  while (size >= (unit == 0 ? 1024 : 1023.5) && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  char text[40];
  std::snprintf(text, sizeof text, unit == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string Counted(uint64_t count, std::string_view singular, std::string_view plural) {
  std::string text = WithSeparators(count) + " ";
  if (count == 1) return text.append(singular);
  if (!plural.empty()) return text.append(plural);
  return text.append(singular).append("s");
}

bool GlobMatch(std::string_view pattern, std::string_view text) {
  int budget = 200000;  // a pattern of many stars on a long text must end
  return GlobMatchFrom(pattern, text, budget);
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] =
          std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

std::string UrlEncode(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  char escape[16];
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos || (keep_slashes && c == '/')) {
      encoded += c;
    } else {
      std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      encoded += escape;
    }
  }
  return encoded;
}

}  // namespace dbxark
