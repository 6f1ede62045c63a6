#include "audit/live_side.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "json/document.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

Item ItemOf(const objects::Object& object) {
  Item item;
  item.id = object.id;
  item.natural_key = object.natural_key;
  if (!object.facts.empty()) {
    const auto facts = json::Document::Parse(object.facts);
    if (facts.ok()) item.pinned = facts->root()["pinned"].AsBool().value_or(false);
  }
  const bool looks = object.kind == &objects::kNotebook || object.kind == &objects::kGlobalInitScript;
  if (!looks) return item;
  const auto definition = json::Document::Parse(object.definition);
  if (!definition.ok()) return item;
  item.language = Interned(definition->root()["language"].text());
  item.position = definition->root()["position"].AsInt64().value_or(-1);
  return item;
}

workspace::ContentRequest RequestOf(const objects::ObjectDescriptor& kind, const objects::Object& object,
                                    std::string_view format) {
  workspace::ContentRequest request;
  request.path = object.natural_key;
  request.kind = &kind == &objects::kNotebook        ? workspace::ContentKind::kNotebook
                 : &kind == &objects::kWorkspaceFile ? workspace::ContentKind::kWorkspaceFile
                                                     : workspace::ContentKind::kDbfsFile;
  if (format == "JUPYTER") request.format = workspace::NotebookFormat::kJupyter;
  if (&kind == &objects::kDbfsFile) {
    if (const auto file = json::Document::Parse(object.definition); file.ok()) {
      request.listed_size = file->root()["file_size"].AsInt64();
      request.listed_modification_time = file->root()["modification_time"].AsInt64();
    }
  }
  return request;
}

}  // namespace

LiveSide::LiveSide(std::string name, workspace::Client& client, workspace::ContentSource& content,
                   workspace::InventoryOptions options)
    : name_(std::move(name)),
      client_(client),
      content_(content),
      inventory_(client, options),
      coverage_(objects::Selection(), options.dbfs_roots) {}

void LiveSide::NoteGap(const workspace::Gap& gap) {
  Missing missing{gap.kind, gap.id, gap.natural_key, gap.reason, gap.size_bytes, gap.count};
  coverage_.AddMissing(missing);
  if (gap.gap_class == workspace::Gap::Class::kFailed) failures_.push_back(std::move(missing));
}

Result<std::vector<Item>> LiveSide::Load(const objects::ObjectDescriptor& kind, std::stop_token stop) {
  objects_.clear();
  auto listed = inventory_.ListAny(
      kind, [this](workspace::Gap gap) { NoteGap(gap); }, stop);
  if (!listed.ok()) return std::move(listed).error();
  objects_ = std::move(*listed);
  if (!objects_.empty()) coverage_.AddPresent(kind.name);
  std::vector<Item> items;
  items.reserve(objects_.size());
  for (size_t i = 0; i < objects_.size(); ++i) {
    items.push_back(ItemOf(objects_[i]));
    items.back().handle = i;
    if (kind.storage == objects::Storage::kTree) objects_[i].definition = {};  // said all that it has to say
  }
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return std::tie(a.natural_key, a.id) < std::tie(b.natural_key, b.id); });
  return items;
}

Result<std::string> LiveSide::Definition(const objects::ObjectDescriptor&, const Item& item, std::stop_token stop) {
  return inventory_.Read(objects_[item.handle], stop);
}

Result<Body> LiveSide::Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view format,
                               std::stop_token stop) {
  const workspace::ContentRequest request = RequestOf(kind, objects_[item.handle], format);
  std::optional<Result<Body>> answer;
  content_.Fetch(
      std::span(&request, 1), [&](size_t, Result<Body> body) { answer.emplace(std::move(body)); }, stop);
  if (!answer) return Error(ErrorCode::kInterrupted, "not read");
  return std::move(*answer);
}

}  // namespace dbxark::audit
