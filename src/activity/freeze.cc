#include "activity/freeze.h"

#include <optional>

#include "base/ordered_map.h"
#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::activity {
namespace {

enum RecordType : uint8_t { kFrozen = 1, kThawed = 2 };

std::string Binding(const std::string& workspace_id) {
  return json::Writer().BeginObject().Member("freeze", workspace_id).EndObject().Take();
}

Status Take(FreezeLog::Places& places, uint8_t type, std::string_view payload) {
  auto document = json::Document::Parse(std::string(payload));
  if (!document.ok()) return Error(ErrorCode::kCorruption, "a record is not JSON");
  const json::Node record = document->root();
  const FreezeLog::Key key{record["kind"].text(), record["id"].text(), record["path"].text()};
  if (type == kFrozen) places[key] = {record["key"].text(), record["on"].text()};
  if (type == kThawed) places.erase(key);
  return {};
}

json::Writer Begin(const Item& item) {
  json::Writer out;
  out.BeginObject().Member("kind", item.kind->name).Member("id", item.id).Member("path", item.path);
  return out;
}

}  // namespace

std::string FreezeLog::DefaultPath(const std::string& folder, const std::string& workspace_id) {
  return folder + "/freeze-" + UrlEncode(workspace_id) + ".journal";
}

Result<std::unique_ptr<FreezeLog>> FreezeLog::Open(FileSystem& files, const std::string& path,
                                                   const std::string& workspace_id) {
  if (Status made = files.MakeFolders(FolderOf(path)); !made.ok()) return std::move(made).error().Within("journal");
  std::unique_ptr<FreezeLog> log(new FreezeLog);
  auto records = format::RecordLog::Open(
      files, path, Binding(workspace_id),
      [&](uint8_t type, std::string_view payload) { return Take(log->places_, type, payload); });
  if (!records.ok()) return std::move(records).error().Within("journal");
  log->log_ = std::move(*records);
  return log;
}

Result<FreezeLog::Places> FreezeLog::Read(FileSystem& files, const std::string& path, const std::string& workspace_id) {
  Places places;
  auto binding = format::RecordLog::Read(
      files, path, [&](uint8_t type, std::string_view payload) { return Take(places, type, payload); });
  if (!binding.ok()) return std::move(binding).error().Within("journal");
  if (const std::string ours = Binding(workspace_id); *binding != ours) {
    return Error(ErrorCode::kAlreadyExists, "journal: " + path + ": belongs to " + *binding + ", not to " + ours);
  }
  return places;
}

Status FreezeLog::Append(uint8_t type, const std::string& payload) {
  if (Status appended = log_->Append(type, payload); !appended.ok())
    return std::move(appended).error().Within("journal");
  std::lock_guard lock(mutex_);
  return Take(places_, type, payload);
}

Status FreezeLog::RecordFrozen(const Item& item) {
  return Append(kFrozen, Begin(item).Member("key", item.natural_key).Member("on", item.on_value).EndObject().Take());
}

Status FreezeLog::RecordThawed(const Item& item) { return Append(kThawed, Begin(item).EndObject().Take()); }

FreezeLog::Places FreezeLog::places() const {
  std::lock_guard lock(mutex_);
  return places_;
}

Result<std::vector<Target>> FreezeTargets(workspace::Client& client, const objects::Selection& selection,
                                          const workspace::InventoryOptions& options,
                                          const std::function<void(const workspace::Gap&)>& on_gap,
                                          std::stop_token stop) {
  std::vector<Target> targets;
  workspace::Inventory inventory(client, options);
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    if (kind->activities.empty() || !selection.MayMatch(kind->name)) continue;
    auto listed = inventory.List(*kind, on_gap, stop);
    if (!listed.ok()) return std::move(listed).error();
    std::erase_if(*listed, [&](const objects::Object& object) {
      return !selection.Matches(kind->name, object.id, object.natural_key);
    });
    std::optional<Error> failure;
    OrderedForEach<Result<std::string>>(
        options.workers, *listed, stop, [&](const objects::Object& object) { return inventory.Read(object, stop); },
        [&](const objects::Object& object, Result<std::string>& text) {
          auto definition = text.ok() ? json::Document::Parse(std::move(*text)) : Result<json::Document>(text.error());
          if (!definition.ok()) {
            const Error& error = definition.error();
            if (error.code() == ErrorCode::kInterrupted) failure = error;
            // Gone since it was listed: nothing of it runs any more.
            if (error.code() != ErrorCode::kNotFound && !failure) {
              on_gap({workspace::Gap::Class::kFailed, std::string(kind->name), object.id, object.natural_key,
                      error.message(), 0, 1});
            }
            return !failure;
          }
          Target target{kind, object.id, object.natural_key, {}};
          for (const objects::FoundActivity& activity : objects::FindActivities(*kind, definition->root())) {
            if (activity.on) target.wanted.push_back({activity.path, false, activity.OnValue()});
          }
          if (!target.wanted.empty()) targets.push_back(std::move(target));
          return true;
        });
    if (failure) return std::move(*failure);
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
  }
  return targets;
}

std::vector<Target> ThawTargets(const FreezeLog::Places& places, const objects::Selection& selection) {
  std::vector<Target> targets;
  for (const auto& [key, place] : places) {
    const auto& [kind_name, id, path] = key;
    const objects::ObjectDescriptor* kind = objects::FindKind(kind_name);
    if (kind == nullptr || !selection.Matches(kind_name, id, place.natural_key)) continue;
    if (targets.empty() || targets.back().kind != kind || targets.back().id != id) {
      targets.push_back({kind, id, place.natural_key, {}});
    }
    targets.back().wanted.push_back({path, true, place.on_value});
  }
  return targets;
}

}  // namespace dbxark::activity
