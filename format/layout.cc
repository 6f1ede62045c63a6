#include "format/layout.h"

#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <random>

namespace dbxark::format {
namespace {

constexpr uint32_t kSkippable = 0x184D2A5D;
constexpr uint32_t kTableMagic = 0x184D2A5E;
constexpr uint32_t kSeekableMagic = 0x8F92EAB1;
constexpr std::string_view kStartMagic = "DBXARK-S";
constexpr std::string_view kFooterMagic = "DBXARK-F";
constexpr size_t kFooterZerosAt = 288;
constexpr size_t kFooterTableHashAt = 368;
constexpr size_t kFooterHashAt = 376;

void PutInt(std::string& out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

template <typename Array>
void PutArray(std::string& out, const Array& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  uint64_t Int(size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(width);
    return value;
  }
  uint16_t U16() { return static_cast<uint16_t>(Int(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Int(4)); }
  std::string_view Text(size_t width) {
    const std::string_view text = rest_.substr(0, width);
    rest_.remove_prefix(width);
    return text;
  }
  template <typename Array>
  void Into(Array& bytes) {
    const std::string_view text = Text(bytes.size());
    std::copy(text.begin(), text.end(), bytes.begin());
  }

 private:
  std::string_view rest_;
};

void PutIdentity(std::string& out, const Identity& identity) {
  PutInt(out, identity.major, 2);
  PutInt(out, identity.minor, 2);
  PutInt(out, identity.flags, 4);
  PutArray(out, identity.uuid);
  PutInt(out, static_cast<uint64_t>(identity.created_ms), 8);
}

Identity TakeIdentity(Fields& fields) {
  Identity identity;
  identity.major = fields.U16();
  identity.minor = fields.U16();
  identity.flags = fields.U32();
  fields.Into(identity.uuid);
  identity.created_ms = static_cast<int64_t>(fields.Int(8));
  return identity;
}

void PutPart(std::string& out, const MetaPart& part) {
  for (const uint64_t number : {part.offset, part.length, part.tar_offset, part.size}) PutInt(out, number, 8);
}

void TakePart(Fields& fields, MetaPart& part) {
  part.offset = fields.Int(8);
  part.length = fields.Int(8);
  part.tar_offset = fields.Int(8);
  part.size = fields.Int(8);
}

}  // namespace

std::string FormatUuid(const Uuid& uuid) {
  std::string text = ToHex(std::string_view(reinterpret_cast<const char*>(uuid.data()), uuid.size()));
  for (const size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

std::optional<Uuid> ParseUuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) digits += text[i];
  }
  const auto bytes = FromHex(digits);
  if (!bytes) return std::nullopt;
  Uuid uuid{};
  std::copy(bytes->begin(), bytes->end(), uuid.begin());
  return uuid;
}

Uuid RandomUuid() {
  Uuid uuid{};
  if (::getrandom(uuid.data(), uuid.size(), 0) != static_cast<ssize_t>(uuid.size())) {
    std::random_device device;
    for (auto& byte : uuid) byte = static_cast<unsigned char>(device());
  }
  uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0F) | 0x40);
  uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

bool IsSkippableFrame(std::string_view bytes) {
  if (bytes.size() < 8) return false;
  Fields fields(bytes);
  return fields.U32() == kSkippable && fields.U32() == bytes.size() - 8;
}

std::string EncodeStart(const Identity& identity) {
  std::string out;
  PutInt(out, kSkippable, 4);
  PutInt(out, kStartSize - 8, 4);
  out += kStartMagic;
  PutIdentity(out, identity);
  assert(out.size() == kStartSize);
  return out;
}

std::optional<Identity> DecodeStart(std::string_view bytes) {
  if (bytes.size() != kStartSize) return std::nullopt;
  Fields fields(bytes);
  if (fields.U32() != kSkippable || fields.U32() != kStartSize - 8 || fields.Text(8) != kStartMagic) {
    return std::nullopt;
  }
  return TakeIdentity(fields);
}

std::string EncodeFooter(const Footer& footer) {
  std::string out;
  PutInt(out, kSkippable, 4);
  PutInt(out, kFooterSize - 8, 4);
  out += kFooterMagic;
  PutIdentity(out, footer.identity);
  PutInt(out, footer.tar_size, 8);
  PutInt(out, footer.object_count, 8);
  PutPart(out, footer.index);
  PutPart(out, footer.manifest);
  PutInt(out, footer.signature_offset, 8);
  PutInt(out, footer.signature_length, 8);
  PutArray(out, footer.index.sha256);
  PutArray(out, footer.manifest.sha256);
  PutArray(out, footer.sha256_before);
  PutArray(out, footer.base_uuid);
  PutArray(out, footer.base_sha256);
  assert(out.size() == kFooterZerosAt);
  out.resize(kFooterTableHashAt, '\0');
  PutInt(out, footer.table_xxh64, 8);
  PutInt(out, Xxh64Of(out), 8);
  assert(out.size() == kFooterSize);
  return out;
}

std::optional<std::string> DecodeFooter(std::string_view bytes, Footer& footer) {
  assert(bytes.size() == kFooterSize);
  Fields fields(bytes);
  if (fields.U32() != kSkippable || fields.U32() != kFooterSize - 8 || fields.Text(8) != kFooterMagic) {
    return "there is no footer where the seek table says";
  }
  Fields hashes(bytes.substr(kFooterTableHashAt));
  footer.table_xxh64 = hashes.Int(8);
  if (hashes.Int(8) != Xxh64Of(bytes.substr(0, kFooterHashAt))) return "the footer's checksum is wrong";
  footer.identity = TakeIdentity(fields);
  footer.tar_size = fields.Int(8);
  footer.object_count = fields.Int(8);
  TakePart(fields, footer.index);
  TakePart(fields, footer.manifest);
  footer.signature_offset = fields.Int(8);
  footer.signature_length = fields.Int(8);
  fields.Into(footer.index.sha256);
  fields.Into(footer.manifest.sha256);
  fields.Into(footer.sha256_before);
  fields.Into(footer.base_uuid);
  fields.Into(footer.base_sha256);
  const std::string_view zeros = fields.Text(kFooterTableHashAt - kFooterZerosAt);
  if (footer.identity.minor <= kMinor && zeros.find_first_not_of('\0') != std::string_view::npos) {
    return "reserved bytes of the footer are not zero";
  }
  return std::nullopt;
}

std::string EncodeTable(const std::vector<TableEntry>& entries) {
  std::string out;
  out.reserve(TableSize(entries.size()));
  PutInt(out, kTableMagic, 4);
  PutInt(out, TableSize(entries.size()) - 8, 4);
  for (const TableEntry& entry : entries) {
    PutInt(out, entry.compressed_size, 4);
    PutInt(out, entry.content_size, 4);
  }
  PutInt(out, entries.size(), 4);
  PutInt(out, 0, 1);
  PutInt(out, kSeekableMagic, 4);
  return out;
}

std::optional<uint64_t> DecodeTableTail(std::string_view bytes) {
  assert(bytes.size() == kTableTailSize);
  Fields fields(bytes);
  const uint64_t count = fields.Int(4);
  const uint64_t descriptor = fields.Int(1);
  if (fields.U32() != kSeekableMagic || descriptor != 0) return std::nullopt;
  return count;
}

std::optional<std::string> DecodeTable(std::string_view bytes, std::vector<TableEntry>& entries) {
  Fields fields(bytes);
  if (fields.U32() != kTableMagic || fields.U32() != bytes.size() - 8) return "the seek table's header is wrong";
  const size_t count = (bytes.size() - 8 - kTableTailSize) / 8;
  entries.resize(count);
  for (TableEntry& entry : entries) {
    entry.compressed_size = fields.U32();
    entry.content_size = fields.U32();
  }
  return std::nullopt;
}

}  // namespace dbxark::format
