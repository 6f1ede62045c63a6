#include "format/member_name.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "format/limits.h"

namespace dbxark::format {
namespace {

constexpr size_t kMaxExtension = 10;  // with its dot

void AppendEscaped(std::string& out, char c) {
  out += '%';
  for (const char digit : ToHex(std::string_view(&c, 1))) {
    out += digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
  }
}

// How many bytes the UTF-8 character at the front has; 0 if it is none.
size_t CharacterSize(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  return size > 0 && size <= text.size() && IsValidUtf8(text.substr(0, size)) ? size : 0;
}

// ".py" of "load.py"; nothing where what follows the dot does not look like an extension.
std::string_view ExtensionOf(std::string_view component) {
  const size_t dot = component.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || component.size() - dot > kMaxExtension) return {};
  const std::string_view extension = component.substr(dot);
  for (const char c : extension.substr(1)) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return {};
  }
  return extension;
}

// A prefix that cuts neither a character nor an escape.
std::string_view PrefixOf(std::string_view component, size_t limit) {
  std::string_view prefix = Utf8Prefix(component, limit);
  if (prefix.size() < component.size()) {
    const size_t percent = prefix.rfind('%');
    if (percent != std::string_view::npos && prefix.size() - percent < 3) prefix = prefix.substr(0, percent);
  }
  return prefix;
}

std::string WithSuffix(std::string_view component, const std::string& hex, bool folder) {
  const std::string_view extension = folder ? std::string_view() : ExtensionOf(component);
  const size_t room = kMaxComponent - extension.size() - 1 - hex.size();
  const std::string_view stem = component.substr(0, component.size() - extension.size());
  return std::string(PrefixOf(stem, room)) + "~" + hex + std::string(extension);
}

std::string HexOf(std::string_view text, size_t digits) { return ToHex(Sha256Of(text)).substr(0, digits); }

// Not XXH64: whoever names objects must not be able to make two of them collide.
uint64_t HashOf(std::string_view tag, std::string_view a, std::string_view b = {}) {
  std::string text(tag);
  text += a;
  text += '\0';
  text += b;
  const Sha256Digest digest = Sha256Of(text);
  uint64_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash;
}

std::string Shortened(const std::string& escaped, const std::string& truth, bool folder) {
  return escaped.size() > kMaxComponent ? WithSuffix(escaped, HexOf(truth, 8), folder) : escaped;
}

uint32_t FoldPoint(uint32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;  // Latin-1
  if (c >= 0x0100 && c <= 0x0137) return c | 1;            // Latin Extended-A: pairs, upper case even
  if (c >= 0x014A && c <= 0x0177) return c | 1;
  if ((c >= 0x0139 && c <= 0x0148) || (c >= 0x0179 && c <= 0x017E)) return c + (c & 1);  // upper case odd
  if (c >= 0x0391 && c <= 0x03A9) return c + 32;                                         // Greek
  if (c >= 0x0410 && c <= 0x042F) return c + 32;                                         // Cyrillic
  if (c >= 0x0400 && c <= 0x040F) return c + 80;
  return c;
}

}  // namespace

std::string EscapeComponent(std::string_view component) {
  std::string out;
  const bool dots = component == "." || component == "..";
  for (size_t i = 0; i < component.size();) {
    const char c = component[i];
    const size_t size = CharacterSize(component.substr(i));
    const bool last = i + 1 == component.size();
    const bool plain = size > 1 || (size == 1 && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '%' &&
                                    c != '\\' && !(c == '.' && (dots || last)) && !(c == ' ' && last));
    if (plain) {
      out += component.substr(i, size);
      i += size;
    } else {
      AppendEscaped(out, c);
      ++i;
    }
  }
  return out;
}

std::string FoldCase(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t size = CharacterSize(text.substr(i));
    if (size == 1) {
      out += static_cast<char>(FoldPoint(static_cast<unsigned char>(text[i])));
    } else if (size == 2) {
      const uint32_t folded = FoldPoint((static_cast<unsigned char>(text[i]) & 0x1Fu) << 6 |
                                        (static_cast<unsigned char>(text[i + 1]) & 0x3Fu));
      out += static_cast<char>(0xC0 | folded >> 6);
      out += static_cast<char>(0x80 | (folded & 0x3F));
    } else {
      out += text.substr(i, std::max<size_t>(size, 1));
    }
    i += std::max<size_t>(size, 1);
  }
  return out;
}

size_t HashSet64::SlotOf(uint64_t hash) const {
  size_t slot = static_cast<size_t>(hash % slots_.size());
  while (slots_[slot] != 0 && slots_[slot] != hash) slot = slot + 1 == slots_.size() ? 0 : slot + 1;
  return slot;
}

bool HashSet64::Contains(uint64_t hash) const {
  if (hash == 0) hash = 1;
  return !slots_.empty() && slots_[SlotOf(hash)] == hash;
}

bool HashSet64::Insert(uint64_t hash) {
  if (hash == 0) hash = 1;  // 0 marks an empty slot
  if (count_ * 5 >= slots_.size() * 4) Grow();
  uint64_t& slot = slots_[SlotOf(hash)];
  if (slot == hash) return false;
  slot = hash;
  ++count_;
  return true;
}

void HashSet64::Grow() {
  std::vector<uint64_t> old(std::max<size_t>(64, slots_.size() / 2 * 3));
  old.swap(slots_);
  for (const uint64_t hash : old) {
    if (hash != 0) slots_[SlotOf(hash)] = hash;
  }
}

std::string MemberNamer::Claim(const std::string& parent, const Piece& piece, bool folder, std::string_view salt) {
  for (int attempt = 0;; ++attempt) {
    std::string component = piece.plain;
    if (attempt == 1) component = WithSuffix(piece.plain, HexOf(piece.truth, 8), folder);
    if (attempt > 1) {
      component = WithSuffix(piece.plain, HexOf(std::string(salt) + std::to_string(attempt) + piece.truth, 16), folder);
    }
    std::string name = parent + component;
    const std::string folded = FoldCase(name);
    const uint64_t place = HashOf("n", folded), owner = HashOf("d", folded, piece.truth);
    if (taken_.Insert(place)) {
      if (folder) taken_.Insert(owner);
      return name;
    }
    if (folder && taken_.Contains(owner)) return name;
  }
}

std::string MemberNamer::AssignFolder(const std::vector<Piece>& pieces, size_t count) {
  if (count == 0) return {};
  if (pieces[count - 1].truth == last_truth_) return last_folder_;
  std::string folder = AssignFolder(pieces, count - 1);
  folder = Claim(folder, pieces[count - 1], true, "folder") + "/";
  last_truth_ = pieces[count - 1].truth;
  last_folder_ = folder;
  return folder;
}

Result<std::string> MemberNamer::Assign(const Entry& entry) {
  std::vector<Piece> pieces;
  std::string truth;
  size_t length = 0;
  std::vector<std::string_view> components;
  for (const std::string_view component : Split(entry.name, '/')) {
    if (!component.empty()) components.push_back(component);
  }
  if (components.empty()) return Error(ErrorCode::kUsage, "a member needs a name");
  for (size_t i = 0; i < components.size(); ++i) {
    const bool folder = i + 1 < components.size() || entry.folder;
    if (i > 0) truth += '/';
    truth += components[i];
    pieces.push_back({Shortened(EscapeComponent(components[i]), truth, folder), truth});
    length += pieces.back().plain.size() + 1;
  }
  if (length > kMaxName && pieces.size() > 2) {
    // The way there is longer than systems take: the folder goes by its hash, the last component stays readable.
    const std::string folder_truth = pieces[pieces.size() - 2].truth;
    const std::string first_truth = pieces.front().truth;
    pieces = {pieces.front(),
              {"~deep", first_truth + std::string("\0~deep", 6)},
              {HexOf(folder_truth, 16), std::string("\0", 1) + folder_truth},
              pieces.back()};
  }
  if (pieces.front().plain == "META" || FoldCase(pieces.front().plain) == "meta" ||
      (pieces.size() == 1 && FoldCase(pieces.front().plain) == FoldCase(kReadmeName))) {
    pieces.front().plain = WithSuffix(pieces.front().plain, HexOf(pieces.front().truth, 8), pieces.size() > 1);
  }
  const std::string parent = AssignFolder(pieces, pieces.size() - 1);
  const std::string salt = entry.kind + '\0' + entry.id + '\0';
  return Claim(parent, pieces.back(), entry.folder, salt) + (entry.folder ? "/" : "");
}

}  // namespace dbxark::format
