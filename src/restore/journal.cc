#include "restore/journal.h"

#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"

namespace dbxark::restore {

bool IsMoved(const Written& written) {
  constexpr std::string_view kPath = "path";
  return std::any_of(written.edits.begin(), written.edits.end(),
                     [&](const WrittenEdit& edit) { return edit.path == kPath; }) ||
         std::find(written.edits_left_out.begin(), written.edits_left_out.end(), kPath) != written.edits_left_out.end();
}

namespace {

enum RecordType : uint8_t {
  kIntended = 1,
  kMade = 2,
  kDone = 3,
  kRefused = 4,
  kUnknown = 5,
  kBlocked = 6,
  kRemoved = 7,
  kArchive = 8,
  kSwitched = 9
};

std::string Binding(const std::string& source, const std::string& target) {
  return json::Writer().BeginObject().Member("source", source).Member("target", target).EndObject().Take();
}

void WriteList(json::Writer& writer, std::string_view key, const std::vector<std::string>& items) {
  if (items.empty()) return;
  writer.Key(key).BeginArray();
  for (const std::string& item : items) writer.String(item);
  writer.EndArray();
}

std::vector<std::string> ReadList(json::Node array) {
  std::vector<std::string> items;
  for (const json::Node& element : array.elements()) items.push_back(element.text());
  return items;
}

json::Writer Begin(const ObjectKey& key) {
  json::Writer writer;
  writer.BeginObject().Member("kind", key.kind).Member("id", key.id);
  return writer;
}

std::string IntendedPayload(const ObjectKey& key, const Intention& intention) {
  json::Writer writer = Begin(key);
  writer.Member("op", intention.op).Member("key", intention.natural_key).Member("at", intention.at_ms);
  WriteList(writer, "known", intention.known_ids);
  if (!intention.token.empty()) writer.Member("token", intention.token);
  if (!intention.fingerprint.empty()) writer.Member("wrote", intention.fingerprint);
  return writer.EndObject().Take();
}

json::Writer BeginResult(const ObjectKey& key, const std::string& natural_key, const std::string& new_id,
                         const std::string& how) {
  json::Writer writer = Begin(key);
  writer.Member("key", natural_key).Member("new", new_id).Member("how", how);
  return writer;
}

void WriteWritten(json::Writer& writer, const Written& written) {
  if (!written.fingerprint.empty()) writer.Member("wrote", written.fingerprint);
  if (!written.edits.empty()) {
    writer.Key("edits").BeginArray();
    for (const WrittenEdit& edit : written.edits) {
      writer.BeginObject().Member("path", edit.path);
      if (!edit.old_value.empty()) writer.Key("old").Raw(edit.old_value);
      if (!edit.new_value.empty()) writer.Key("new").Raw(edit.new_value);
      if (!edit.reference.empty()) writer.Member("of", edit.reference);
      writer.EndObject();
    }
    writer.EndArray();
  }
  WriteList(writer, "edits_left_out", written.edits_left_out);
}

Written ReadWritten(json::Node record) {
  Written written{record["wrote"].text(), {}, ReadList(record["edits_left_out"])};
  for (const json::Node& edit : record["edits"].elements()) {
    written.edits.push_back(
        {edit["path"].text(), std::string(edit["old"].raw()), std::string(edit["new"].raw()), edit["of"].text()});
  }
  return written;
}

std::string ReasonPayload(const ObjectKey& key, const std::string& reason) {
  return Begin(key).Member("reason", reason).EndObject().Take();
}

// Whether what is there now was made by restores, and not only found or changed by them.
bool IsOurs(const Progress& before, json::Node record) {
  const std::string how = record["how"].text();
  if (how == "created") return true;
  if (how == "found" && !record["new"].text().empty()) return true;
  const bool same =
      before.new_id == record["new"].text() && (!before.new_id.empty() || before.natural_key == record["key"].text());
  return how == "updated" && same && before.ours;
}

void TakeResult(Progress& progress, json::Node record, bool done) {
  const bool moved = record["new"].text().empty() && progress.done && progress.natural_key != record["key"].text();
  if (moved && !progress.natural_key.empty()) {
    progress.former.push_back(
        {progress.natural_key, progress.written.fingerprint, progress.ours, IsMoved(progress.written)});
  }
  std::erase_if(progress.former, [&](const FormerPlace& place) { return place.natural_key == record["key"].text(); });
  progress.ours = IsOurs(progress, record);
  progress.removed = false;
  progress.written = ReadWritten(record);
  progress.open.reset();
  progress.unknown.clear();
  progress.blocked.clear();
  progress.refused.clear();
  progress.natural_key = record["key"].text();
  progress.new_id = record["new"].text();
  progress.how = record["how"].text();
  if (progress.how == "created") progress.cut_over.clear();
  progress.follow = ReadList(record["follow"]);
  progress.done = done;
}

void TakeRemoved(Progress& progress, const std::string& natural_key) {
  const size_t before = progress.former.size();
  std::erase_if(progress.former, [&](const FormerPlace& place) { return place.natural_key == natural_key; });
  if (progress.former.size() < before) return;
  Progress removed;
  removed.removed = true;
  removed.natural_key = natural_key;
  removed.former = std::move(progress.former);
  progress = std::move(removed);
}

Status Take(JournalState& state, uint8_t type, std::string_view payload) {
  auto document = json::Document::Parse(std::string(payload));
  if (!document.ok()) return Error(ErrorCode::kCorruption, "a record is not JSON");
  const json::Node record = document->root();
  const ObjectKey key{record["kind"].text(), record["id"].text()};
  ProgressMap& map = state.progress;
  switch (type) {
    case kArchive:
      state.followed = {record["archive"].text(), record["created"].AsInt64().value_or(0)};
      break;
    case kIntended: {
      Progress& progress = map[key];
      progress.natural_key = record["key"].text();
      progress.unknown.clear();
      progress.open = Intention{record["op"].text(),       record["key"].text(),   record["at"].AsInt64().value_or(0),
                                ReadList(record["known"]), record["token"].text(), record["wrote"].text()};
      break;
    }
    case kMade:
    case kDone:
      TakeResult(map[key], record, type == kDone);
      break;
    case kRefused:
      map[key].open.reset();
      map[key].unknown.clear();
      map[key].blocked.clear();
      map[key].refused = record["reason"].text();
      break;
    case kUnknown:
      map[key].unknown = record["reason"].text();
      break;
    case kRemoved:
      TakeRemoved(map[key], record["key"].text());
      break;
    case kSwitched:
      for (const std::string& path : ReadList(record["paths"])) {
        if (record["on"].AsBool().value_or(false)) {
          map[key].cut_over.insert(path);
        } else {
          map[key].cut_over.erase(path);
        }
      }
      break;
    case kBlocked:
      map[key].refused.clear();
      map[key].blocked = record["reason"].text();
      break;
    default:
      break;  // of a newer minor version
  }
  return {};
}

}  // namespace

std::string DefaultJournalPath(const std::string& folder, const std::string& source_workspace_id,
                               const std::string& target_workspace_id) {
  return folder + "/restore-" + UrlEncode(source_workspace_id) + "-to-" + UrlEncode(target_workspace_id) + ".journal";
}

namespace {

// `binding`: whose it has to be; empty: anybody's.
Result<JournalState> ReadBoundJournal(FileSystem& files, const std::string& path, const std::string& binding) {
  JournalState state;
  const Status read = format::RecordLog::Read(
      files, path, binding, [&](uint8_t type, std::string_view payload) { return Take(state, type, payload); });
  if (!read.ok()) return read.error().Within("journal");
  return state;
}

}  // namespace

Result<JournalState> ReadJournal(FileSystem& files, const std::string& path) {
  return ReadBoundJournal(files, path, {});
}

Result<JournalState> ReadJournal(FileSystem& files, const std::string& path, const std::string& source_workspace_id,
                                 const std::string& target_workspace_id) {
  return ReadBoundJournal(files, path, Binding(source_workspace_id, target_workspace_id));
}

Result<std::optional<JournalState>> FindJournal(FileSystem& files, const std::string& path, bool must_exist,
                                                const std::string& source_workspace_id,
                                                const std::string& target_workspace_id) {
  const bool any = source_workspace_id.empty() || target_workspace_id.empty();
  auto state = ReadBoundJournal(files, path, any ? "" : Binding(source_workspace_id, target_workspace_id));
  if (state.ok()) return std::optional(std::move(*state));
  if (!must_exist && state.error().code() == ErrorCode::kNotFound) return std::optional<JournalState>();
  return std::move(state).error();
}

Result<std::unique_ptr<Journal>> Journal::Open(FileSystem& files, const std::string& path,
                                               const std::string& source_workspace_id,
                                               const std::string& target_workspace_id) {
  if (Status made = files.MakeFolders(FolderOf(path)); !made.ok()) return std::move(made).error().Within("journal");
  std::unique_ptr<Journal> journal(new Journal(path));
  auto log = format::RecordLog::Open(
      files, path, Binding(source_workspace_id, target_workspace_id),
      [&](uint8_t type, std::string_view payload) { return Take(journal->state_, type, payload); });
  if (!log.ok()) return std::move(log).error().Within("journal");
  journal->log_ = std::move(*log);
  return journal;
}

Status Journal::Append(uint8_t type, const std::string& payload) {
  if (Status appended = log_->Append(type, payload); !appended.ok()) {
    return std::move(appended).error().Within("journal " + path_);
  }
  std::lock_guard lock(mutex_);
  return Take(state_, type, payload);
}

Status Journal::RecordArchive(const UsedArchive& archive) {
  return Append(kArchive, json::Writer()
                              .BeginObject()
                              .Member("archive", archive.id)
                              .Member("created", archive.created_ms)
                              .EndObject()
                              .Take());
}

Status Journal::RecordIntended(const ObjectKey& key, Intention intention) {
  return Append(kIntended, IntendedPayload(key, intention));
}

Status Journal::RecordMade(const ObjectKey& key, const std::string& natural_key, const std::string& new_id,
                           const std::string& how, const std::vector<std::string>& follow, const Written& written) {
  json::Writer writer = BeginResult(key, natural_key, new_id, how);
  WriteList(writer, "follow", follow);
  WriteWritten(writer, written);
  return Append(kMade, writer.EndObject().Take());
}

Status Journal::RecordDone(const ObjectKey& key, const std::string& natural_key, const std::string& new_id,
                           const std::string& how, const std::vector<std::string>& dropped,
                           const std::vector<std::string>& held_back, const Written& written) {
  json::Writer writer = BeginResult(key, natural_key, new_id, how);
  WriteList(writer, "dropped", dropped);
  WriteList(writer, "held_back", held_back);
  WriteWritten(writer, written);
  return Append(kDone, writer.EndObject().Take());
}

Status Journal::RecordSwitched(const ObjectKey& key, const std::set<std::string>& paths, bool on) {
  json::Writer writer = Begin(key);
  writer.Member("on", on);
  WriteList(writer, "paths", {paths.begin(), paths.end()});
  return Append(kSwitched, writer.EndObject().Take());
}

Status Journal::RecordRefused(const ObjectKey& key, const std::string& reason) {
  return Append(kRefused, ReasonPayload(key, reason));
}

Status Journal::RecordUnknown(const ObjectKey& key, const std::string& reason) {
  return Append(kUnknown, ReasonPayload(key, reason));
}

Status Journal::RecordBlocked(const ObjectKey& key, const std::string& reason) {
  return Append(kBlocked, ReasonPayload(key, reason));
}

Status Journal::RecordRemoved(const ObjectKey& key, const std::string& natural_key) {
  return Append(kRemoved, Begin(key).Member("key", natural_key).EndObject().Take());
}

ProgressMap Journal::progress() const {
  std::lock_guard lock(mutex_);
  return state_.progress;
}

UsedArchive Journal::followed() const {
  std::lock_guard lock(mutex_);
  return state_.followed;
}

std::optional<Progress> Journal::Find(const ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  const auto found = state_.progress.find(key);
  if (found == state_.progress.end()) return std::nullopt;
  return found->second;
}

}  // namespace dbxark::restore
