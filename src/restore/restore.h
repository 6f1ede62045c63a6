// Restore: archive -> plan -> replay, as three separate things.
//
//   auto restore = Restore::Prepare(reader, session.client(), session.content(), session.content_writer(), files,
//   clock,
//                                   options, stop);          // sends only reads
//   restore->plan()                                           // a value: print it (plan_text.h), or stop here
//   auto report = restore->Replay(observer, stop);            // changes the target
//
// Promises: what a plan says is what is done; a create is never repeated blindly; nothing that is made runs or costs
// before cut-over; an id without counterpart is never sent; what was sent and is not there is said. Does not promise:
// that what is there already becomes equal (only with OnConflict::kUpdate, or as a standby), or that what the source
// has no more goes (only with `prune`).
//
// Into the workspace that an archive's workspace was once restored from, it goes back: see fail_back.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "base/spool.h"
#include "format/archive_reader.h"
#include "mapping/mapping.h"
#include "objects/selector.h"
#include "restore/archived.h"
#include "restore/fail_back.h"
#include "restore/id_map.h"
#include "restore/journal.h"
#include "restore/plan.h"
#include "restore/planner.h"
#include "restore/read_back.h"
#include "restore/replayer.h"
#include "restore/report.h"
#include "restore/restore_report.h"
#include "workspace/client.h"
#include "workspace/content.h"

namespace dbxark::restore {

struct RestoreOptions {
  std::string target_host;   // "https://...", for people; and its domain tells in which cloud the target is
  std::string caller;        // who restores, by the user name: jobs that do not say whom they run as will run as that
  std::string journal_path;  // DefaultJournalPath(...) where the person names none
  // Where the journal of restores in the other direction would lie: it is read if it is there.
  std::string usual_forward_journal;
  bool dry_run = false;          // Replay is not going to be called: the journal is read, but not locked or made
  objects::Selection selection;  // what included objects need comes too, unless excluded
  ConflictRules on_conflict;
  Twins twins = Twins::kStop;
  bool drop_missing = false;
  mapping::MapRules map;  // what is called otherwise in the target
  std::string to;         // a folder of the tree that all of its content goes under; empty: none
  bool retry_unknown = false;
  bool standby = false;         // the target is kept like the source: see PlanOptions
  bool prune = false;           // remove what restores made and the source has no more; only with `standby`
  bool allow_older = false;     // a standby may go back to an older archive than it had
  std::string forward_journal;  // of restores from this target to this source; not empty: it must be there
  bool same_workspace = false;  // restore into the workspace that the archive is of
  size_t workers = 16;
  int64_t settle_ms = 60'000;  // how long to look for what a lost answer may have made
  ReadBackLevel read_back = ReadBackLevel::kLists;
  int64_t patience_ms = 300'000;  // how long to wait for room under a quota
  Spool spool;
  std::function<void(size_t)> on_seen = {};  // so many more of the target's objects were looked at; from any thread
  std::function<void(size_t)> on_read_back_begin = {}, on_read_back = {};  // as in ReadBackOptions
};

// What the archive's manifest says of where it comes from.
struct SourceFacts {
  std::string host, workspace_id, created;
  int64_t created_ms = 0;  // 0: it does not say
};
Result<SourceFacts> ReadSource(const format::ArchiveReader& reader);

// kAlreadyExists, naming the workspace, if the target is the source and that was not asked for; kFailed if the target
// does not say which workspace it is.
Status CheckTarget(const SourceFacts& source, const std::string& target_workspace_id, bool same_workspace);

class Restore {
 public:
  // All but `options` outlive it. `client` has spoken to the target before (so that workspace_id() is known), or is
  // asked who it is. kNotFound if an include matches nothing, or excludes leave nothing of them; kAlreadyExists as
  // CheckTarget, or if a standby would go back to an older archive; kLocked, kCorruption (archive or journal).
  static Result<std::unique_ptr<Restore>> Prepare(const format::ArchiveReader& reader, workspace::Client& client,
                                                  workspace::ContentSource& content, workspace::ContentWriter& writer,
                                                  FileSystem& files, Clock& clock, RestoreOptions options,
                                                  std::stop_token stop);

  const Plan& plan() const { return plan_; }
  // What earlier restores between these two have done.
  const ProgressMap& progress() const { return progress_; }
  const SourceFacts& source() const { return source_; }
  const std::string& target_workspace_id() const { return target_workspace_id_; }
  const std::string& journal_path() const { return options_.journal_path; }
  // What restores in the other direction have told; empty if there was none.
  const ForwardJournal& forward() const { return forward_; }
  // What the definitions of the plan's objects say; reads the archive. After Replay.
  DefinitionFacts Facts() const { return CollectFacts(archive_, plan_, ids_.existing(), journal_->progress()); }

  // Once. Not after a dry run.
  Result<Report> Replay(const ReplayObserver& observer, std::stop_token stop);

 private:
  Restore(workspace::Client& client, workspace::ContentSource& content, workspace::ContentWriter& writer, Clock& clock,
          RestoreOptions options)
      : client_(client),
        content_(content),
        writer_(writer),
        clock_(clock),
        options_(std::move(options)),
        mapping_(options_.map) {}
  Status ReadArchive(const format::ArchiveReader& reader);
  void MoveContent(const std::vector<bool>& wanted);
  Status ReadOwnJournal(FileSystem& files);
  // Where the target is in another cloud, and no map says so.
  void NoteClouds();
  // Which jobs are going to run as somebody else.
  void NoteRunAs();
  // Of a standby, that the target has not followed a newer archive already.
  Status CheckAge(const UsedArchive& followed);
  Status ReadForward(FileSystem& files);
  // What restores know of and the archive has no more, where somebody asks.
  Result<std::vector<Vanished>> LookForVanished(const format::ArchiveReader& reader);
  Status Select(std::vector<bool>& asked, std::vector<bool>& refused);
  Error NothingMatches(const std::vector<objects::Selector>& unmatched) const;

  workspace::Client& client_;
  workspace::ContentSource& content_;
  workspace::ContentWriter& writer_;
  Clock& clock_;
  const RestoreOptions options_;
  mapping::Mapping mapping_;
  SourceFacts source_;
  std::string target_workspace_id_;
  std::string archive_path_;
  ArchivedWorkspace archive_;
  ForwardJournal forward_;
  std::vector<objects::Selector> unmatched_;  // includes that match nothing in the archive
  std::vector<std::string> notes_;            // of what was found before there was a plan
  std::unique_ptr<Journal> journal_;          // none in a dry run
  ProgressMap progress_;                      // as it was before the replay
  IdMap ids_;
  OwnedIds owned_;
  Plan plan_;
};

}  // namespace dbxark::restore
