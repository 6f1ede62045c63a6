#include "emulator/zip.h"

#include <cstdint>

#include <zlib.h>

#include "emulator/http.h"

namespace emulator {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr uint16_t kUtf8Names = 1 << 11;
constexpr uint16_t kDate = (2020 - 1980) << 9 | 1 << 5 | 1;  // always the same: an archive depends on its content alone
constexpr size_t kMaxUnpacked = size_t{1} << 30;

[[noreturn]] void Refuse() {
  throw ApiError{400, "INVALID_PARAMETER_VALUE", "The content is not a readable zip archive."};
}

void Put(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

uint32_t Get(std::string_view bytes, size_t at, int count) {
  if (at > bytes.size() || bytes.size() - at < static_cast<size_t>(count)) Refuse();
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<size_t>(i)]);
  return value;
}

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string Inflate(std::string_view packed, size_t size) {
  if (size > kMaxUnpacked) Refuse();
  std::string bytes(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) Refuse();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) Refuse();
  return bytes;
}

}  // namespace

std::string Deflate(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string WriteZip(const std::vector<ZipEntry>& entries) {
  std::string archive, central;
  for (const ZipEntry& entry : entries) {
    const bool directory = entry.name.ends_with('/');
    const std::string packed = directory ? std::string() : Deflate(entry.bytes);
    const uint16_t method = directory ? 0 : 8;
    std::string common;  // what the two headers share
    Put(common, 20, 2);
    Put(common, kUtf8Names, 2);
    Put(common, method, 2);
    Put(common, 0, 2);
    Put(common, kDate, 2);
    Put(common, Crc(entry.bytes), 4);
    Put(common, packed.size(), 4);
    Put(common, entry.bytes.size(), 4);
    Put(common, entry.name.size(), 2);
    Put(common, 0, 2);
    Put(central, kCentral, 4);
    Put(central, 20, 2);
    central += common;
    Put(central, 0, 2 + 2 + 2);
    Put(central, directory ? 0x10 : 0, 4);
    Put(central, archive.size(), 4);
    central += entry.name;
    Put(archive, kLocal, 4);
    archive += common + entry.name + packed;
  }
  const size_t central_at = archive.size();
  archive += central;
  Put(archive, kEnd, 4);
  Put(archive, 0, 4);
  Put(archive, entries.size(), 2);
  Put(archive, entries.size(), 2);
  Put(archive, central.size(), 4);
  Put(archive, central_at, 4);
  Put(archive, 0, 2);
  return archive;
}

bool LooksLikeZip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06"); }

std::vector<ZipEntry> ReadZip(std::string_view bytes) {
  const size_t end = bytes.rfind("PK\x05\x06");
  if (end == std::string_view::npos) Refuse();
  const uint32_t count = Get(bytes, end + 10, 2);
  size_t at = Get(bytes, end + 16, 4);
  if (bytes.size() - end != 22 + Get(bytes, end + 20, 2)) Refuse();
  std::vector<ZipEntry> entries;
  size_t unpacked = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (Get(bytes, at, 4) != kCentral) Refuse();
    const uint32_t method = Get(bytes, at + 10, 2), crc = Get(bytes, at + 16, 4);
    const size_t packed = Get(bytes, at + 20, 4), size = Get(bytes, at + 24, 4), name = Get(bytes, at + 28, 2);
    const size_t more = Get(bytes, at + 30, 2) + Get(bytes, at + 32, 2), local = Get(bytes, at + 42, 4);
    if (bytes.size() - at < 46 + name || Get(bytes, local, 4) != kLocal) Refuse();
    ZipEntry entry{std::string(bytes.substr(at + 46, name)), {}};
    const size_t content = local + 30 + Get(bytes, local + 26, 2) + Get(bytes, local + 28, 2);
    if (content > bytes.size() || bytes.size() - content < packed || (unpacked += size) > kMaxUnpacked) Refuse();
    if (method == 0) {
      entry.bytes = bytes.substr(content, packed);
    } else if (method == 8) {
      entry.bytes = Inflate(bytes.substr(content, packed), size);
    } else {
      Refuse();
    }
    if (Crc(entry.bytes) != crc) Refuse();
    entries.push_back(std::move(entry));
    at += 46 + name + more;
  }
  return entries;
}

}  // namespace emulator
