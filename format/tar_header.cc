#include "format/tar_header.h"

#include <algorithm>
#include <cassert>
#include <cstdio>

#include "base/text.h"
#include "format/limits.h"

namespace dbxark::format {
namespace {

constexpr size_t kNameField = 100;
constexpr size_t kTypeAt = 156;
constexpr size_t kChecksumAt = 148;

void PutOctal(std::string& block, size_t at, size_t digits, uint64_t value) {
  for (size_t i = digits; i-- > 0; value >>= 3) block[at + i] = static_cast<char>('0' + (value & 7));
  assert(value == 0);
}

// 11 octal digits reach to 8 GiB; above, GNU's binary form: a set high bit and big-endian bytes.
void PutNumber(std::string& block, size_t at, uint64_t value) {
  if (value < uint64_t{1} << 33) return PutOctal(block, at, 11, value);
  block[at] = static_cast<char>(0x80);
  for (size_t i = 11; i > 0; --i, value >>= 8) block[at + i] = static_cast<char>(value & 0xFF);
}

unsigned ChecksumOf(std::string_view block) {
  unsigned sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    sum += i >= kChecksumAt && i < kChecksumAt + 8 ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

std::string Block(std::string_view name, uint64_t size, uint64_t mtime_s, unsigned mode, char type) {
  std::string block(kTarBlock, '\0');
  name.copy(block.data(), kNameField);
  PutOctal(block, 100, 7, mode);
  PutOctal(block, 108, 7, 0);  // uid
  PutOctal(block, 116, 7, 0);  // gid
  PutNumber(block, 124, size);
  PutNumber(block, 136, mtime_s);
  block[kTypeAt] = type;
  std::string_view("ustar  ").copy(block.data() + 257, 7);
  PutOctal(block, kChecksumAt, 6, ChecksumOf(block));
  block[kChecksumAt + 7] = ' ';
  return block;
}

std::optional<std::string> ExplainBlock(std::string_view block) {
  if (block.find_first_not_of('\0') == std::string_view::npos) return "the tar ends before its time";
  char said[8] = {};
  std::snprintf(said, sizeof said, "%06o", ChecksumOf(block));
  if (block.substr(kChecksumAt, 6) != std::string_view(said, 6)) return "its tar header has a wrong checksum";
  switch (block[kTypeAt]) {
    case '0':
    case '5':
    case 'L':
      return std::nullopt;
    case '1':
      return "is a hard link, which no archive holds";
    case '2':
      return "is a symbolic link, which no archive holds";
    case '3':
    case '4':
    case '6':
      return "is a device or a pipe, which no archive holds";
    case 'S':
      return "is a sparse file, which no archive holds";
    default:
      return "is of a type that no archive holds";
  }
}

}  // namespace

size_t TarHeaderSize(std::string_view name) {
  return name.size() < kNameField ? kTarBlock : 2 * kTarBlock + static_cast<size_t>(PaddedSize(name.size() + 1));
}

std::string EncodeTarHeader(const TarMember& member) {
  assert(member.mtime_s >= 0 && !member.name.empty());
  const unsigned mode = member.folder ? 0755 : 0644;
  const char type = member.folder ? '5' : '0';
  const auto mtime = static_cast<uint64_t>(member.mtime_s);
  std::string header;
  if (member.name.size() >= kNameField) {
    header = Block("././@LongLink", member.name.size() + 1, 0, 0644, 'L');
    header += member.name;
    header.resize(kTarBlock + static_cast<size_t>(PaddedSize(member.name.size() + 1)), '\0');
  }
  header += Block(std::string_view(member.name).substr(0, kNameField), member.size, mtime, mode, type);
  assert(header.size() == TarHeaderSize(member.name));
  return header;
}

std::string ExplainTarHeader(std::string_view header, const TarMember& member) {
  if (header.size() < kTarBlock) return "its tar header is cut short";
  if (auto finding = ExplainBlock(header.substr(0, kTarBlock))) return *finding;
  if (auto finding = ExplainBlock(header.substr(header.size() - kTarBlock))) return *finding;
  const std::string wanted = EncodeTarHeader(member);
  const bool long_name = wanted.size() > kTarBlock;
  const size_t name_at = long_name ? kTarBlock : 0;
  const size_t name_end = long_name ? wanted.size() - kTarBlock : kNameField;
  if (wanted.substr(name_at, name_end - name_at) != header.substr(name_at, name_end - name_at)) {
    return "its tar header bears another name than its index row";
  }
  return "its tar header is not the one that belongs to its index row";
}

std::optional<std::string> FindUnsafeName(std::string_view name, bool folder) {
  if (name.empty()) return "has an empty name";
  if (name.size() > kMaxStoredName) return "has a name of over 4,000 bytes";
  if (name.front() == '/') return "has an absolute name";
  if (!IsValidUtf8(name)) return "has a name that is not UTF-8";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\') return "has a name with unescaped characters";
  }
  if (folder != (name.back() == '/')) return folder ? "is a folder named like a file" : "is a file named like a folder";
  if (folder) name.remove_suffix(1);
  for (const std::string_view component : Split(name, '/')) {
    if (component.empty()) return "has an empty component in its name";
    if (component == "." || component == "..") return "has '.' or '..' in its name";
  }
  return std::nullopt;
}

}  // namespace dbxark::format
