#include "activity/freeze.h"

#include <optional>

#include "base/ordered_map.h"
#include "base/text.h"
#include "json/document.h"
#include "json/edit.h"
#include "json/writer.h"
#include "objects/no_match.h"
#include "objects/registry.h"

namespace dbxark::activity {
namespace {

enum RecordType : uint8_t { kFrozen = 1, kThawed = 2 };

std::string Binding(const std::string& workspace_id) {
  return json::Writer().BeginObject().Member("freeze", workspace_id).EndObject().Take();
}

Status Take(FreezeLog::State& state, uint8_t type, std::string_view payload) {
  auto document = json::Document::Parse(std::string(payload));
  if (!document.ok()) return Error(ErrorCode::kCorruption, "a record is not JSON");
  const json::Node record = document->root();
  const FreezeLog::Key key{record["kind"].text(), record["id"].text(), record["path"].text()};
  if (type == kFrozen) {
    state.frozen[key] = {record["key"].text(), record["on"].text(), record["at"].AsInt64().value_or(0)};
    state.thawed.erase(key);
  } else if (type == kThawed) {
    if (auto place = state.frozen.extract(key)) state.thawed.insert(std::move(place));
  }
  return {};
}

}  // namespace

std::string FreezeLog::DefaultPath(const std::string& folder, const std::string& workspace_id) {
  return folder + "/freeze-" + UrlEncode(workspace_id) + ".journal";
}

Result<std::unique_ptr<FreezeLog>> FreezeLog::Open(FileSystem& files, const std::string& path,
                                                   const std::string& workspace_id) {
  if (Status made = files.MakeFolders(FolderOf(path)); !made.ok()) return std::move(made).error().Within("journal");
  std::unique_ptr<FreezeLog> log(new FreezeLog);
  auto records =
      format::RecordLog::Open(files, path, Binding(workspace_id),
                              [&](uint8_t type, std::string_view payload) { return Take(log->state_, type, payload); });
  if (!records.ok()) return std::move(records).error().Within("journal");
  log->log_ = std::move(*records);
  return log;
}

Result<FreezeLog::State> FreezeLog::Read(FileSystem& files, const std::string& path, const std::string& workspace_id) {
  State state;
  const Status read =
      format::RecordLog::Read(files, path, Binding(workspace_id),
                              [&](uint8_t type, std::string_view payload) { return Take(state, type, payload); });
  if (!read.ok()) return read.error().Within("journal");
  return state;
}

Status FreezeLog::Append(uint8_t type, const std::string& payload) {
  if (Status appended = log_->Append(type, payload); !appended.ok())
    return std::move(appended).error().Within("journal");
  std::lock_guard lock(mutex_);
  return Take(state_, type, payload);
}

Status FreezeLog::RecordFrozen(const Item& item, int64_t now_ms) {
  json::Writer out;
  out.BeginObject().Member("kind", item.kind->name).Member("id", item.id).Member("path", item.path);
  out.Member("key", item.natural_key).Member("at", now_ms).Member("on", item.on_value);
  return Append(kFrozen, out.EndObject().Take());
}

Status FreezeLog::RecordThawed(const Key& place) {
  const auto& [kind, id, path] = place;
  json::Writer out;
  out.BeginObject().Member("kind", kind).Member("id", id).Member("path", path);
  return Append(kThawed, out.EndObject().Take());
}

FreezeLog::Key FreezeLog::KeyOf(const Item& item) { return {std::string(item.kind->name), item.id, item.path}; }

FreezeLog::State FreezeLog::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

bool FreezeLog::IsFrozen(const Key& place) const {
  std::lock_guard lock(mutex_);
  return state_.frozen.contains(place);
}

FreezeLog::Places FreezeLog::State::Ever() const {
  Places ever = frozen;
  ever.insert(thawed.begin(), thawed.end());
  return ever;
}

const FreezeLog::Place* WhatFroze(const FreezeLog::Key& key, bool on, const FreezeLog::Places& frozen) {
  const auto place = frozen.find(key);
  return on || place == frozen.end() ? nullptr : &place->second;
}

Result<std::string> WithFrozenOn(const objects::ObjectDescriptor& kind, const std::string& id, std::string definition,
                                 const FreezeLog::Places& frozen) {
  if (kind.activities.empty() || frozen.empty()) return definition;
  const auto document = json::Document::Parse(definition);
  if (!document.ok()) return document.error();
  json::Editor editor(*document);
  for (const objects::FoundActivity& activity : objects::FindActivities(kind, document->root())) {
    const FreezeLog::Place* place = WhatFroze({std::string(kind.name), id, activity.path}, activity.on, frozen);
    if (place != nullptr) editor.Set(activity.container, activity.activity->member, place->on_value);
  }
  return editor.Apply();
}

Result<std::vector<Target>> FreezeTargets(workspace::Client& client, const objects::Selection& selection,
                                          const workspace::InventoryOptions& options,
                                          const std::function<void(const workspace::Gap&)>& on_gap,
                                          std::stop_token stop) {
  std::vector<Target> targets;
  objects::NameCheck names(selection);
  size_t gaps = 0;
  workspace::Inventory inventory(client, options);
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    if (kind->activities.empty() || !selection.MayMatch(kind->name)) continue;
    auto listed = inventory.List(
        *kind,
        [&](const workspace::Gap& gap) {
          ++gaps;
          on_gap(gap);
        },
        stop);
    if (!listed.ok()) return std::move(listed).error();
    std::erase_if(*listed, [&](const objects::Object& object) {
      names.See(kind->name, object.id, object.natural_key);
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
  if (gaps > 0) return targets;
  // What is left on by mistake is as bad as what is switched off by mistake.
  if (Status met = names.Finish("nothing that runs by itself"); !met.ok()) return std::move(met).error();
  return targets;
}

Result<std::vector<Target>> ThawTargets(const FreezeLog::State& state, const objects::Selection& selection) {
  objects::NameCheck names(selection);
  for (const auto& [key, place] : state.Ever()) {
    const auto& [kind_name, id, path] = key;
    names.See(kind_name, id, place.natural_key);
  }
  Status met = names.Finish("nothing that a freeze has switched off");
  if (!met.ok()) return std::move(met).error();
  std::vector<Target> targets;
  for (const auto& [key, place] : state.frozen) {
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
