// What restores between two workspaces have done so far.
//
// `intended` is on the disk before a request that makes something, `made` or `done` with the new id after it, so that a
// restore that ends at any moment can be taken up again. It is also the map from old ids to new ones, for later
// restores and for comparing. format/record_log_format.md has the records.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "format/record_log.h"

namespace dbxark::restore {

// What a restore changed in a definition, beside ids: to be undone when an archive of the target comes back.
struct WrittenEdit {
  std::string path;                  // relative to the definition
  std::string old_value, new_value;  // JSON text, empty: absent
  // Not empty: they are ids of this kind, which no restore handles ("warehouse"). Without a new value, what held such
  // an id was dropped, since nothing answered to it.
  std::string reference;
  bool operator==(const WrittenEdit&) const = default;
};

// What was written, to know it again.
struct Written {
  std::string fingerprint;  // of the body sent, or of the content; empty: not known
  std::vector<WrittenEdit> edits;
  std::vector<std::string> edits_left_out;  // paths of edits whose values must not stand in a journal
};

// Whether what lies in a tree was put elsewhere than where the source has it: then its path says nothing of the source.
bool IsMoved(const Written& written);

struct Intention {
  std::string op;  // "create", "update"
  std::string natural_key;
  int64_t at_ms = 0;
  std::vector<std::string> known_ids;  // that bore the same name before
  std::string token;                   // idempotency token
  std::string fingerprint = {};        // of what was sent
};

// Where something was that lies elsewhere now.
struct FormerPlace {
  std::string natural_key, fingerprint;
  bool ours = false;
  bool moved = false;  // a map, or --to, had put it there
};

// All that the journal says of one object of the archive.
struct Progress {
  std::optional<Intention> open;  // intended, and nothing is known since
  std::string natural_key;
  std::string new_id;               // made or found; empty for what has no id of its own
  std::string how;                  // "created", "updated", "adopted", "found"; empty: nothing was made
  std::vector<std::string> follow;  // what is still to be done with it
  bool done = false;                // made, and nothing is left to do
  std::string unknown;              // not empty: whether anything was made is not known, and why
  std::string blocked;              // not empty: why it could not be restored the last time
  std::string refused;              // not empty: what the service said the last time
  Written written;                  // as it was made or updated the last time
  bool ours = false;                // restores have made what is there, and not only found it
  bool removed = false;             // restores have taken it away again
  std::set<std::string> cut_over;   // places, as paths of edits, that a cut-over has switched on since
  std::vector<FormerPlace> former;  // of what lies in trees: paths that it had in the source before
};

struct ObjectKey {
  std::string kind, id;
  auto operator<=>(const ObjectKey&) const = default;
};

using ProgressMap = std::map<ObjectKey, Progress>;

// An archive that was restored.
struct UsedArchive {
  std::string id;
  int64_t created_ms = 0;  // since 1970
};

// All that a journal says.
struct JournalState {
  ProgressMap progress;
  UsedArchive followed;  // the last one that RecordArchive was told of; without id: none
};

// Where the journal of these two lies if nobody says otherwise. `folder` is StateFolder(...).
std::string DefaultJournalPath(const std::string& folder, const std::string& source_workspace_id,
                               const std::string& target_workspace_id);

// Only reads; nothing is locked or changed. kNotFound, kCorruption.
Result<JournalState> ReadJournal(FileSystem& files, const std::string& path);
// The same, of restores between these two: kAlreadyExists if it belongs to others.
Result<JournalState> ReadJournal(FileSystem& files, const std::string& path, const std::string& source_workspace_id,
                                 const std::string& target_workspace_id);
// The same where there may be none, unless it `must_exist`. An archive that does not say where it is from is taken at
// its word: if one of the ids is empty, the journal may be of any two.
Result<std::optional<JournalState>> FindJournal(FileSystem& files, const std::string& path, bool must_exist,
                                                const std::string& source_workspace_id,
                                                const std::string& target_workspace_id);

// Safe for concurrent use. Every Record... returns once the record is on the disk.
class Journal {
 public:
  // Makes it (and its folder) if it is not there. kLocked if another run has it, kAlreadyExists if it belongs to other
  // workspaces, kCorruption.
  static Result<std::unique_ptr<Journal>> Open(FileSystem& files, const std::string& path,
                                               const std::string& source_workspace_id,
                                               const std::string& target_workspace_id);

  // Before anything of it is restored: what a standby is not to go back behind.
  Status RecordArchive(const UsedArchive& archive);
  Status RecordIntended(const ObjectKey& key, Intention intention);
  Status RecordMade(const ObjectKey& key, const std::string& natural_key, const std::string& new_id,
                    const std::string& how, const std::vector<std::string>& follow, const Written& written = {});
  Status RecordDone(const ObjectKey& key, const std::string& natural_key, const std::string& new_id,
                    const std::string& how, const std::vector<std::string>& dropped,
                    const std::vector<std::string>& held_back, const Written& written = {});
  // What was there under that name is there no more.
  Status RecordRemoved(const ObjectKey& key, const std::string& natural_key);
  // A cut-over, or its way back, has switched places of it on (or off again).
  Status RecordSwitched(const ObjectKey& key, const std::set<std::string>& paths, bool on);
  Status RecordRefused(const ObjectKey& key, const std::string& reason);
  Status RecordUnknown(const ObjectKey& key, const std::string& reason);
  Status RecordBlocked(const ObjectKey& key, const std::string& reason);

  // As it stands now.
  ProgressMap progress() const;
  UsedArchive followed() const;
  std::optional<Progress> Find(const ObjectKey& key) const;
  const std::string& path() const { return path_; }

 private:
  explicit Journal(std::string path) : path_(std::move(path)) {}
  Status Append(uint8_t type, const std::string& payload);

  const std::string path_;
  std::unique_ptr<format::RecordLog> log_;
  mutable std::mutex mutex_;
  JournalState state_;
};

}  // namespace dbxark::restore
