#include "emulator/codec.h"

#include <array>
#include <cstdint>

namespace emulator {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::array<int8_t, 256> MakeValues() {
  std::array<int8_t, 256> values;
  values.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A parameter of a header's value: name="value" or name=value.
std::string Parameter(std::string_view header, std::string_view name) {
  size_t at = 0;
  while ((at = header.find(';', at)) != std::string_view::npos) {
    std::string_view rest = Trim(header.substr(++at));
    if (rest.size() <= name.size() || ToLower(rest.substr(0, name.size())) != name || rest[name.size()] != '=')
      continue;
    rest.remove_prefix(name.size() + 1);
    if (rest.empty() || rest.front() != '"') return std::string(Trim(rest.substr(0, rest.find(';'))));
    std::string value;
    for (size_t i = 1; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
      value += rest[i];
    }
    return value;
  }
  return {};
}

Part ParsePart(std::string_view headers, std::string_view content) {
  Part part;
  part.content = std::string(content);
  while (!headers.empty()) {
    const size_t end = headers.find("\r\n");
    const std::string_view line = headers.substr(0, end);
    headers = end == std::string_view::npos ? std::string_view() : headers.substr(end + 2);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string field = ToLower(line.substr(0, colon));
    const std::string_view value = Trim(line.substr(colon + 1));
    if (field == "content-disposition") {
      part.name = Parameter(value, "name");
      part.filename = Parameter(value, "filename");
    } else if (field == "content-type") {
      part.content_type = std::string(value);
    }
  }
  return part;
}

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const auto byte = [&](size_t k) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i + k])); };
    const uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kAlphabet[group >> shift & 63];
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    uint32_t group = static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) << 16;
    if (rest > 1) group |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8;
    for (size_t k = 0; k <= rest; ++k) *out++ = kAlphabet[group >> (18 - 6 * k) & 63];
  }
  return text;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  static const std::array<int8_t, 256> values = MakeValues();
  std::string bytes(text.size() / 4 * 3, '\0');
  // Whole groups first, as megabytes have them; what is not so regular character by character.
  size_t at = 0, size = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const auto value = [&](size_t k) { return static_cast<int>(values[static_cast<unsigned char>(text[at + k])]); };
    const int a = value(0), b = value(1), c = value(2), d = value(3);
    if ((a | b | c | d) < 0) break;
    bytes[size++] = static_cast<char>(a << 2 | b >> 4);
    bytes[size++] = static_cast<char>(b << 4 | c >> 2);
    bytes[size++] = static_cast<char>(c << 6 | d);
  }
  bytes.resize(size);
  uint32_t group = 0;
  int bits = 0;
  bool padded = false;
  for (const char c : text.substr(at)) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      padded = true;
      continue;
    }
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0 || padded) return std::nullopt;
    group = (group << 6 | static_cast<uint32_t>(value)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xff);
    }
  }
  if (bits >= 6) return std::nullopt;  // a lone last character carries no whole byte
  return bytes;
}

std::string PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view field = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (field.empty()) continue;
    const size_t equals = field.find('=');
    fields.emplace_back(PercentDecode(field.substr(0, equals), true),
                        equals == std::string_view::npos ? "" : PercentDecode(field.substr(equals + 1), true));
  }
  return fields;
}

std::string MultipartBoundary(std::string_view content_type) {
  if (ToLower(content_type.substr(0, 19)) != "multipart/form-data") return {};
  return Parameter(content_type, "boundary");
}

std::vector<Part> ParseMultipart(std::string_view body, std::string_view boundary) {
  const ApiError malformed{400, "MALFORMED_REQUEST", "The multipart body cannot be parsed."};
  const std::string opening = "--" + std::string(boundary);
  const std::string delimiter = "\r\n" + opening;
  std::vector<Part> parts;
  size_t at = body.find(opening);
  if (at == std::string_view::npos) throw malformed;
  at += opening.size();
  while (body.substr(at, 2) != "--") {
    const size_t line_end = body.find("\r\n", at);
    if (line_end == std::string_view::npos) throw malformed;
    const size_t end = body.find(delimiter, line_end);
    if (end == std::string_view::npos) throw malformed;
    // The line end that closes the delimiter may be the one that opens an empty part's own end.
    const std::string_view part = body.substr(line_end + 2, end > line_end + 2 ? end - line_end - 2 : 0);
    const size_t blank = part.substr(0, 2) == "\r\n" ? 0 : part.find("\r\n\r\n");
    if (blank == std::string_view::npos) throw malformed;
    parts.push_back(ParsePart(part.substr(0, blank), part.substr(blank == 0 ? 2 : blank + 4)));
    at = end + delimiter.size();
  }
  return parts;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = first < 0x80                    ? 0
                     : first >= 0xc2 && first < 0xe0 ? 1
                     : first >= 0xe0 && first < 0xf0 ? 2
                     : first >= 0xf0 && first < 0xf5 ? 3
                                                     : -1;
    if (more < 0 || i + static_cast<size_t>(more) >= text.size() + (more == 0 ? 1 : 0)) return false;
    for (int k = 1; k <= more; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + static_cast<size_t>(k)]);
      if ((byte & 0xc0) != 0x80) return false;
      if (k == 1 && ((first == 0xe0 && byte < 0xa0) || (first == 0xed && byte > 0x9f) ||
                     (first == 0xf0 && byte < 0x90) || (first == 0xf4 && byte > 0x8f))) {
        return false;
      }
    }
    i += static_cast<size_t>(more) + 1;
  }
  return true;
}

bool GlobMatches(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && (glob[g] == '?' || (glob[g] == text[t] && glob[g] != '*'))) {
      ++g, ++t;
    } else if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t end = path.find('/');
    if (end != 0) parts.emplace_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return parts;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace emulator
