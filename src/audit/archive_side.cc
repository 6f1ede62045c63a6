#include "audit/archive_side.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <tuple>

#include "json/document.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

Item ItemOf(const objects::ObjectDescriptor& kind, const format::Row& row, const ArchiveFacts& facts) {
  Item item;
  item.id = row.id;
  item.natural_key = row.natural_key;
  item.size = row.size;
  if (const auto digest = FromHex(row.sha256_hex); digest && digest->size() == item.sha256.size()) {
    std::copy(digest->begin(), digest->end(), item.sha256.begin());
    item.has_digest = true;
  }
  if (row.info.empty()) return item;
  const auto info = json::Document::Parse(row.info);
  if (!info.ok()) return item;
  const json::Node root = info->root();
  item.pinned = root["pinned"].AsBool().value_or(false);
  if (&kind == &objects::kNotebook) {
    item.format = Interned(root["format"].IsString() ? root["format"].text() : facts.notebook_format);
    item.language = Interned(root["language"].IsString() ? root["language"].text() : root["node"]["language"].text());
  }
  return item;
}

}  // namespace

std::string_view Interned(std::string_view word) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> words;
  std::lock_guard lock(mutex);
  const auto known = words.find(word);
  return known != words.end() ? *known : *words.emplace(word).first;
}

ArchiveSide::ArchiveSide(std::unique_ptr<format::ArchiveReader> reader, std::string name, const Spool& spool)
    : reader_(std::move(reader)),
      name_(std::move(name)),
      spool_(spool),
      facts_(FactsOf(reader_->manifest())),
      coverage_(facts_.Scope(), facts_.dbfs_roots) {
  for (const auto* list : {&facts_.failed, &facts_.out_of_reach, &facts_.excluded}) {
    for (const Missing& missing : *list) coverage_.AddMissing(missing);
  }
}

Result<std::unique_ptr<ArchiveSide>> ArchiveSide::Open(FileSystem& files, const std::string& path, const Spool& spool) {
  auto reader = format::ArchiveReader::Open(files, path);
  if (!reader.ok()) return std::move(reader).error();
  std::unique_ptr<ArchiveSide> side(new ArchiveSide(std::move(*reader), path, spool));
  if (Status status = side->ReadIndex(); !status.ok()) return std::move(status).error();
  return side;
}

Status ArchiveSide::ReadIndex() {
  Status status = reader_->ForEachRow([&](const format::Row& row) {
    const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
    // A kind of a newer version: this one cannot compare what it does not know.
    if (kind == nullptr) return true;
    Item item = ItemOf(*kind, row, facts_);
    item.handle = places_.size();
    places_.push_back({row.member, row.at, row.size, row.modified_ms});
    items_[kind].push_back(std::move(item));
    coverage_.AddPresent(kind->name);
    return true;
  });
  return status;
}

Result<std::vector<Item>> ArchiveSide::Load(const objects::ObjectDescriptor& kind, std::stop_token stop) {
  std::vector<Item> items = std::move(items_[&kind]);
  items_.erase(&kind);
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return std::tie(a.natural_key, a.id) < std::tie(b.natural_key, b.id); });
  if (&kind != &objects::kGlobalInitScript) return items;
  for (Item& item : items) {
    auto definition = Definition(kind, item, stop);
    if (!definition.ok()) return std::move(definition).error();
    const auto document = json::Document::Parse(std::move(*definition));
    if (document.ok()) item.position = document->root()["position"].AsInt64().value_or(-1);
  }
  return items;
}

format::Row ArchiveSide::RowOf(const objects::ObjectDescriptor& kind, const Item& item) const {
  const Place& place = places_[item.handle];
  format::Row row;
  row.kind = kind.name;
  row.id = item.id;
  row.natural_key = item.natural_key;
  row.member = place.member;
  row.at = place.at;
  row.size = place.size;
  row.modified_ms = place.modified_ms;
  row.sha256_hex = item.has_digest ? ToHex(item.sha256) : "";
  return row;
}

Result<std::string> ArchiveSide::Definition(const objects::ObjectDescriptor& kind, const Item& item, std::stop_token) {
  return reader_->Read(RowOf(kind, item));
}

Result<Body> ArchiveSide::Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view,
                                  std::stop_token) {
  SpoolWriter writer(spool_);
  if (Status status = reader_->ReadTo(RowOf(kind, item), writer); !status.ok()) return std::move(status).error();
  return writer.Finish();
}

}  // namespace dbxark::audit
