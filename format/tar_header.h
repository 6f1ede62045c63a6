// Tar headers, in GNU's old form: names are plain bytes that every tar takes as they are, in any locale.
//
// All fields but name, size, time and type are constant, so that a header can be made again from its index row and
// compared byte by byte. archive_format.md tells why libarchive does not write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dbxark::format {

struct TarMember {
  std::string name;  // with a final '/' if it is a folder
  uint64_t size = 0;
  int64_t mtime_s = 0;  // never negative
  bool folder = false;
  bool operator==(const TarMember&) const = default;
};

// One block, or four and more where the name has over 99 bytes. A multiple of kTarBlock.
std::string EncodeTarHeader(const TarMember& member);

// How long the header of a name is.
size_t TarHeaderSize(std::string_view name);

// Content and the zeros behind it, up to a whole block.
constexpr uint64_t PaddedSize(uint64_t size) { return (size + 511) / 512 * 512; }

// Why `header` is not what EncodeTarHeader makes of `member`: for a person, with the usual frauds named.
std::string ExplainTarHeader(std::string_view header, const TarMember& member);

// Why a name cannot be a member's, or nothing: empty, absolute, "..", "." or empty components, control characters,
// backslash, too long, bytes that are no UTF-8, a '/' at the end of a file or none at the end of a folder.
std::optional<std::string> FindUnsafeName(std::string_view name, bool folder);

}  // namespace dbxark::format
