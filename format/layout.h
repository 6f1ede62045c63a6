// The fixed-size parts of an archive, byte by byte: start frame (S0), footer (F) and seek table (T).
// archive_format.md has the same as tables.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "format/limits.h"

namespace dbxark::format {

using Uuid = std::array<unsigned char, 16>;

// 36 characters, lower case; parsing takes either case.
std::string FormatUuid(const Uuid& uuid);
std::optional<Uuid> ParseUuid(std::string_view text);
// Version 4, from the system's random numbers.
Uuid RandomUuid();

// What start frame and footer both say.
struct Identity {
  uint16_t major = kMajor;
  uint16_t minor = kMinor;
  uint32_t flags = 0;
  Uuid uuid{};
  int64_t created_ms = 0;
  bool operator==(const Identity&) const = default;
};

// A member of META: where its frames stand in the file, and where it stands in the tar.
struct MetaPart {
  uint64_t offset = 0;      // of its first frame, in the file
  uint64_t length = 0;      // of all its frames, in the file
  uint64_t tar_offset = 0;  // of its header block, in the tar
  uint64_t size = 0;        // of its content
  Sha256Digest sha256{};    // of its content
};

struct Footer {
  Identity identity;
  uint64_t tar_size = 0;
  uint64_t object_count = 0;
  MetaPart index;
  MetaPart manifest;
  uint64_t signature_offset = 0;  // reserved
  uint64_t signature_length = 0;  // reserved
  Sha256Digest sha256_before{};   // of all bytes before the footer
  Uuid base_uuid{};               // reserved: zeros
  Sha256Digest base_sha256{};     // reserved: zeros
  uint64_t table_xxh64 = 0;
};

struct TableEntry {
  uint32_t compressed_size = 0;
  uint32_t content_size = 0;
};

constexpr size_t kStartSize = 48;
constexpr size_t kFooterSize = 384;
constexpr size_t kTableTailSize = 9;
constexpr size_t TableSize(uint64_t entries) { return 8 + 8 * entries + kTableTailSize; }
constexpr uint32_t kFlagsThatMayBeIgnored = 0x0000FFFF;

// Whether that is one skippable frame of the kind that start frame and footer are, and nothing more.
bool IsSkippableFrame(std::string_view bytes);

std::string EncodeStart(const Identity& identity);
// Nothing if it is not a start frame at all.
std::optional<Identity> DecodeStart(std::string_view bytes);

std::string EncodeFooter(const Footer& footer);
// What is wrong, or nothing. `bytes` are kFooterSize long.
std::optional<std::string> DecodeFooter(std::string_view bytes, Footer& footer);

std::string EncodeTable(const std::vector<TableEntry>& entries);
// The number of entries, from the last kTableTailSize bytes of a file.
std::optional<uint64_t> DecodeTableTail(std::string_view bytes);
// What is wrong, or nothing. `bytes` are the whole table.
std::optional<std::string> DecodeTable(std::string_view bytes, std::vector<TableEntry>& entries);

}  // namespace dbxark::format
