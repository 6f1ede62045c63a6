#include "format/index_row.h"

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/text.h"
#include "format/layout.h"
#include "format/limits.h"
#include "format/tar_header.h"
#include "json/document.h"
#include "json/writer.h"

namespace dbxark::format {
namespace {

Error Bad(const std::string& finding) { return Error(ErrorCode::kCorruption, finding); }

// Bytes that are no UTF-8 cannot stand in JSON; they travel as base64 under another key.
void PutBytes(json::Writer& out, const std::string& key, const std::string& bytes) {
  if (IsValidUtf8(bytes)) {
    out.Member(key, bytes);
  } else {
    out.Member(key + "_base64", ToBase64(bytes));
  }
}

std::optional<std::string> TakeBytes(json::Node row, const std::string& key) {
  if (row[key].IsString()) return row[key].text();
  if (row[key + "_base64"].IsString()) return FromBase64(row[key + "_base64"].text());
  return std::nullopt;
}

// Line breaks can stand in JSON only between values.
std::string OnOneLine(std::string json) {
  std::replace_if(
      json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return json;
}

bool TakeNumber(json::Node node, int64_t& number) {
  if (!node) return true;
  if (node.type() != json::Type::kNumber) return false;
  const auto value = node.AsInt64();
  if (value) number = *value;
  return value.has_value();
}

}  // namespace

Status CheckEntry(const Entry& entry) {
  const auto bad = [&](const std::string& finding) {
    return Error(ErrorCode::kUsage, Printable(entry.kind) + " " + Printable(entry.natural_key) + ": " + finding);
  };
  if (entry.kind.empty() || entry.id.empty() || !IsValidUtf8(entry.kind) || !IsValidUtf8(entry.id)) {
    return bad("kind and id must be there, and be UTF-8");
  }
  if (!entry.origin_archive.empty() && !ParseUuid(entry.origin_archive)) return bad("its origin is no UUID");
  // A byte takes at most six in JSON; the rest of a row is its member name and numbers.
  const size_t text = entry.kind.size() + entry.id.size() + entry.natural_key.size() + entry.name.size();
  if (6 * text + entry.info.size() + 8 * kMaxStoredName > kMaxRow) return bad("its index row could be over 2 MiB");
  if (!entry.info.empty()) {
    const auto info = json::Document::Parse(entry.info);
    if (!info.ok() || !info->root().IsObject()) return bad("info is not a JSON object");
  }
  return {};
}

std::string EncodeRow(const Row& row) {
  json::Writer out;
  out.BeginObject().Member("kind", row.kind).Member("id", row.id);
  PutBytes(out, "key", row.natural_key);
  out.Member("member", row.member);
  const std::string_view plain = std::string_view(row.member).substr(0, row.member.size() - (row.folder ? 1 : 0));
  if (row.name != plain) PutBytes(out, "name", row.name);
  if (!row.folder) out.Member("size", row.size).Member("sha256", row.sha256_hex);
  out.Member("at", row.at);
  if (row.modified_ms != 0) out.Member("modified_ms", row.modified_ms);
  if (row.read_ms != 0) out.Member("read_ms", row.read_ms);
  if (!row.origin_archive.empty()) out.Member("origin", row.origin_archive);
  if (!row.info.empty()) out.Key("info").Raw(OnOneLine(row.info));
  out.EndObject();
  return out.Take() + "\n";
}

Result<Row> DecodeRow(std::string_view line) {
  if (line.size() > kMaxRow) return Bad("is over 2 MiB");
  const auto document = json::Document::Parse(std::string(line));
  if (!document.ok()) return Bad("is not JSON: " + document.error().message());
  const json::Node root = document->root();
  if (!root.IsObject() || !root["kind"].IsString() || !root["id"].IsString() || !root["member"].IsString()) {
    return Bad("lacks kind, id or member");
  }
  Row row;
  row.kind = root["kind"].text();
  row.id = root["id"].text();
  row.member = root["member"].text();
  row.folder = !row.member.empty() && row.member.back() == '/';
  if (auto unsafe = FindUnsafeName(row.member, row.folder)) return Bad(*unsafe);
  auto key = TakeBytes(root, "key");
  if (!key) return Bad("lacks the natural key");
  row.natural_key = std::move(*key);
  auto name = TakeBytes(root, "name");
  row.name = name ? std::move(*name) : row.member.substr(0, row.member.size() - (row.folder ? 1 : 0));
  int64_t size = 0, at = -1;
  if (!TakeNumber(root["size"], size) || !TakeNumber(root["at"], at) ||
      !TakeNumber(root["modified_ms"], row.modified_ms) || !TakeNumber(root["read_ms"], row.read_ms)) {
    return Bad("has a number that is none");
  }
  const auto limit = static_cast<int64_t>(kMaxMember);
  if (size < 0 || size > limit || at < 0 || at > limit) return Bad("says a size or place that cannot be");
  row.size = static_cast<uint64_t>(size);
  row.at = static_cast<uint64_t>(at);
  row.sha256_hex = ToLowerAscii(root["sha256"].text());
  const auto digest = FromHex(row.sha256_hex);
  if (!digest || (row.folder ? !digest->empty() || row.size != 0 : digest->size() != Sha256Digest().size())) {
    return Bad("lacks size or SHA-256");
  }
  row.origin_archive = root["origin"].text();
  if (!row.origin_archive.empty() && !ParseUuid(row.origin_archive)) return Bad("has an origin that is no UUID");
  if (root["info"].IsObject()) row.info = std::string(root["info"].raw());
  return row;
}

std::string Describe(const Row& row) {
  return Printable(row.kind) + " " + Printable(row.natural_key.empty() ? row.id : row.natural_key);
}

int64_t HeaderTime(int64_t modified_ms, int64_t created_ms) {
  const int64_t created_s = std::max<int64_t>(created_ms / 1000, 0), modified_s = modified_ms / 1000;
  return modified_s > 0 && modified_s <= created_s ? modified_s : created_s;
}

}  // namespace dbxark::format
