#include "restore/restore.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "json/document.h"
#include "json/edit.h"
#include "objects/no_match.h"
#include "objects/registry.h"
#include "restore/applied_map.h"
#include "restore/stale_pointers.h"
#include "workspace/connection.h"

namespace dbxark::restore {
namespace {

// What is known of a node beside its own description, which is long and, where the language stands beside it, not
// needed to make it again.
std::string WithoutNode(const std::string& info) {
  auto document = json::Document::Parse(info);
  if (!document.ok() || !document->root()["node"]) return info;
  if (document->root()["node"]["language"] && !document->root()["language"]) return info;
  json::Editor editor(*document);
  editor.Remove(document->root()["node"]);
  return editor.Apply();
}

Result<Body> SpoolContent(const format::ArchiveReader& reader, const Spool& spool, const format::Row& row) {
  SpoolWriter writer(spool);
  if (Status read = reader.ReadTo(row, writer); !read.ok()) return std::move(read).error();
  return writer.Finish();
}

}  // namespace

Result<SourceFacts> ReadSource(const format::ArchiveReader& reader) {
  auto manifest = json::Document::Parse(reader.manifest());
  if (!manifest.ok()) return Error(ErrorCode::kCorruption, reader.path() + ": the manifest is not JSON");
  const json::Node source = manifest->root()["source"];
  return SourceFacts{source["host"].text(), source["workspace_id"].TextOrNumber(),
                     manifest->root()["created"].TextOrNumber(), manifest->root()["created_ms"].AsInt64().value_or(0)};
}

Status CheckTarget(const SourceFacts& source, const std::string& target_workspace_id, bool same_workspace) {
  if (target_workspace_id.empty()) {
    return Error(ErrorCode::kFailed, "the target does not say which workspace it is (no X-Databricks-Org-Id)");
  }
  if (target_workspace_id == source.workspace_id && !same_workspace) {
    return Error(ErrorCode::kAlreadyExists, "workspace " + target_workspace_id +
                                                " is the one that the archive was made of: --same-workspace restores "
                                                "into it all the same");
  }
  return {};
}

Status Restore::ReadArchive(const format::ArchiveReader& reader) {
  auto source = ReadSource(reader);
  if (!source.ok()) return std::move(source).error();
  source_ = std::move(*source);
  archive_path_ = reader.path();
  archive_.archive_id = reader.archive_id();
  archive_.host = source_.host;
  archive_.workspace_id = source_.workspace_id;
  archive_.read = [&reader](const format::Row& row) { return reader.Read(row); };
  archive_.read_content = [&reader, spool = options_.spool](const format::Row& row) {
    return SpoolContent(reader, spool, row);
  };
  std::set<std::string> unknown;
  // What the archive says is not proved before the end, so it is not believed beyond reason.
  archive_.objects.reserve(static_cast<size_t>(std::min<uint64_t>(reader.object_count(), 1 << 20)));
  Status read = reader.ForEachRow([&](const format::Row& row) {
    if (const objects::ObjectDescriptor* kind = objects::FindKind(row.kind)) {
      archive_.objects.push_back({kind, row});
      format::Row& kept = archive_.objects.back().row;
      std::string().swap(kept.name);  // what the extracted file is called: not needed here
      if (!kept.info.empty()) kept.info = WithoutNode(kept.info);
    } else {
      unknown.insert(row.kind);
    }
    return true;
  });
  archive_.unknown_kinds.assign(unknown.begin(), unknown.end());
  return read;
}

Status Restore::Select(std::vector<bool>& asked, std::vector<bool>& refused) {
  objects::MatchTally tally(options_.selection.include()), excluded(options_.selection.exclude());
  for (size_t i = 0; i < archive_.objects.size(); ++i) {
    const format::Row& row = archive_.objects[i].row;
    refused[i] = options_.selection.Excludes(row.kind, row.id, row.natural_key);
    asked[i] = options_.selection.Matches(row.kind, row.id, row.natural_key);
    tally.See(row.kind, row.id, row.natural_key);
    excluded.See(row.kind, row.id, row.natural_key);
  }
  unmatched_ = tally.Unmatched();
  if (options_.standby) return {};  // what the archive has no more may be meant
  if (!unmatched_.empty()) return NothingMatches(unmatched_);
  if (const auto idle = excluded.UnmatchedNames(); !idle.empty()) {
    notes_.push_back("--exclude: " + NothingMatches(idle).message());
  }
  const bool any = options_.selection.include().empty() || std::find(asked.begin(), asked.end(), true) != asked.end();
  return any ? Status() : objects::NothingLeft(archive_path_, options_.selection);
}

void Restore::MoveContent(const std::vector<bool>& wanted) {
  if (options_.to.empty()) return;
  std::set<std::string> paths;
  for (size_t i = 0; i < archive_.objects.size(); ++i) {
    const ArchivedObject& object = archive_.objects[i];
    if (wanted[i] && IsInTree(*object.kind)) paths.insert(object.row.natural_key);
  }
  mapping_.MoveContent(options_.to, std::move(paths));
}

Error Restore::NothingMatches(const std::vector<objects::Selector>& unmatched) const {
  const auto each = [&](const objects::NameVisitor& visit) {
    for (const ArchivedObject& object : archive_.objects) visit(object.kind->name, object.row.natural_key);
    return Status();
  };
  return objects::NothingMatches("nothing in " + archive_path_, unmatched, each, {});
}

Status Restore::ReadOwnJournal(FileSystem& files) {
  if (options_.dry_run) {
    auto known = ReadJournal(files, options_.journal_path, source_.workspace_id, target_workspace_id_);
    if (!known.ok()) return known.error().code() == ErrorCode::kNotFound ? Status() : known.error();
    progress_ = std::move(known->progress);
    return CheckAge(known->followed);
  }
  auto journal = Journal::Open(files, options_.journal_path, source_.workspace_id, target_workspace_id_);
  if (!journal.ok()) return std::move(journal).error();
  journal_ = std::move(*journal);
  progress_ = journal_->progress();
  return CheckAge(journal_->followed());
}

void Restore::NoteClouds() {
  const std::string_view theirs = workspace::CloudOf(source_.host), ours = workspace::CloudOf(options_.target_host);
  if (theirs.empty() || ours.empty() || theirs == ours || !options_.map.cloud().target.empty()) return;
  notes_.push_back("the archive is of a workspace on " + std::string(theirs) + ", and the target is on " +
                   std::string(ours) +
                   ": it refuses node types and attributes of the other cloud; dbxark map --template "
                   "writes a map of all that has no counterpart, with [cloud]");
}

void Restore::NoteRunAs() {
  constexpr size_t kMost = 3;
  std::vector<std::string> jobs;
  for (Step& step : plan_.steps) {
    if (step.ran_as.empty()) continue;
    auto mapped = mapping_.rules().Find("user", step.ran_as);
    if (!mapped) mapped = mapping_.rules().Find("service_principal", step.ran_as);
    if (mapped) step.ran_as = mapped->text;
    if (step.op != Op::kCreate || !RunsAsAnother(step, options_.caller)) continue;
    jobs.push_back(step.natural_key + " (" + step.ran_as + ")");
  }
  if (jobs.empty()) return;
  std::string names = Join({jobs.begin(), jobs.begin() + static_cast<ptrdiff_t>(std::min(kMost, jobs.size()))}, ", ");
  if (jobs.size() > kMost) names += " and " + WithSeparators(jobs.size() - kMost) + " more";
  plan_.notes.push_back(Counted(jobs.size(), "job does", "jobs do") + " not say whom " +
                        (jobs.size() == 1 ? "it runs" : "they run") + " as, and will run as " + options_.caller +
                        " here, not as in the source: " + names);
}

Status Restore::CheckAge(const UsedArchive& followed) {
  if (!options_.standby || source_.created_ms == 0 || followed.created_ms <= source_.created_ms) return {};
  std::string older = "this archive is of " + FormatTime(source_.created_ms) +
                      ", and the target has had a newer one, of " + FormatTime(followed.created_ms) +
                      ": what came between is taken for changed or gone";
  if (!options_.allow_older) older += "; --allow-older goes back to it all the same";
  if (!options_.dry_run && !options_.allow_older) return Error(ErrorCode::kAlreadyExists, std::move(older));
  notes_.push_back(std::move(older));
  return {};
}

Status Restore::ReadForward(FileSystem& files) {
  const bool named = !options_.forward_journal.empty();
  auto forward = ReadForwardJournal(files, named ? options_.forward_journal : options_.usual_forward_journal, named,
                                    source_.workspace_id, target_workspace_id_);
  if (!forward.ok()) return std::move(forward).error();
  forward_ = std::move(*forward);
  FailBack& back = *forward_.fail_back;
  if (back.empty()) return {};
  if (back.moved() > 0 && !mapping_.MovesPaths()) {
    notes_.push_back(Counted(back.moved(), "notebook or file lies", "notebooks and files lie") +
                     " on another path in the source than here, where a restore had put them: without a map that says "
                     "so they come back to that path, beside the originals; one with [path] or [user] puts them back "
                     "in their places");
  }
  back.AddTo(progress_);
  back.AddForeignIds(ids_);
  archive_.read = [read = archive_.read, back = forward_.fail_back](const format::Row& row) -> Result<std::string> {
    auto definition = read(row);
    if (!definition.ok()) return definition;
    return back->Undo(row.kind, row.id, std::move(*definition));
  };
  return {};
}

Result<std::vector<Vanished>> Restore::LookForVanished(const format::ArchiveReader& reader) {
  std::vector<Vanished> vanished;
  if (!options_.standby && forward_.fail_back->empty()) return vanished;
  const Coverage coverage = Coverage::Of(reader.manifest());
  if (!coverage.nothing_because().empty()) {
    notes_.push_back("what is gone from the source is not known: " + coverage.nothing_because());
  }
  const bool moved = mapping_.MovesPaths() || !options_.to.empty();
  if (moved) {
    notes_.push_back("which notebooks and files are gone from the source is not known: the map, or --to, moves paths");
  }
  vanished = FindVanished(archive_, progress_, coverage, options_.selection, !moved);
  objects::MatchTally tally(unmatched_);
  for (const Vanished& one : vanished) {
    tally.See(one.kind->name, one.id, HasDefinition(*one.kind) ? one.natural_key : one.place);
  }
  if (const auto unmatched = tally.Unmatched(); !unmatched.empty()) return NothingMatches(unmatched);
  return vanished;
}

Result<std::unique_ptr<Restore>> Restore::Prepare(const format::ArchiveReader& reader, workspace::Client& client,
                                                  workspace::ContentSource& content, workspace::ContentWriter& writer,
                                                  FileSystem& files, Clock& clock, RestoreOptions options,
                                                  std::stop_token stop) {
  std::unique_ptr<Restore> restore(new Restore(client, content, writer, clock, std::move(options)));
  const RestoreOptions& chosen = restore->options_;
  if (Status read = restore->ReadArchive(reader); !read.ok()) return std::move(read).error();
  const size_t count = restore->archive_.objects.size();
  std::vector<bool> asked(count), refused(count);
  if (Status selected = restore->Select(asked, refused); !selected.ok()) return std::move(selected).error();

  if (client.workspace_id().empty()) {
    if (auto me = client.Me(stop); !me.ok()) return std::move(me).error();
  }
  restore->target_workspace_id_ = client.workspace_id();
  const Status right = CheckTarget(restore->source_, restore->target_workspace_id_, chosen.same_workspace);
  if (!right.ok()) return right.error();
  restore->NoteClouds();
  if (Status known = restore->ReadOwnJournal(files); !known.ok()) return std::move(known).error();
  const ProgressMap& progress = restore->progress_;
  if (Status read = restore->ReadForward(files); !read.ok()) return std::move(read).error();
  auto vanished = restore->LookForVanished(reader);
  if (!vanished.ok()) return std::move(vanished).error();
  const bool look_for_vanished = chosen.standby || !restore->forward_.fail_back->empty();

  auto graph = ObjectGraph::Build(restore->archive_, stop);
  if (!graph.ok()) return std::move(graph).error();
  const std::vector<bool> wanted = graph->Closure(asked);
  restore->MoveContent(wanted);
  AppliedMap map(restore->mapping_);
  if (Status applied = map.Apply(restore->archive_, wanted, stop); !applied.ok()) return std::move(applied).error();
  const bool same = restore->source_.workspace_id == restore->target_workspace_id_;
  auto target = CollectTarget(client, content, restore->archive_, wanted, progress,
                              {.workers = chosen.workers,
                               .sought = map.Sought(restore->archive_, wanted),
                               .every_kind = same,
                               .all_content = chosen.standby,
                               .vanished = &*vanished,
                               .vanished_content = chosen.prune,
                               .on_seen = chosen.on_seen},
                              stop);
  if (!target.ok()) return std::move(target).error();
  auto counterparts = map.Check(restore->archive_, wanted, *target, client, restore->ids_, stop);
  if (!counterparts.ok()) return std::move(counterparts).error();
  auto plan = BuildPlan({restore->archive_, *graph, *target, progress, *counterparts, asked, wanted, refused,
                         look_for_vanished ? &*vanished : nullptr},
                        {.on_conflict = chosen.on_conflict,
                         .twins = chosen.twins,
                         .drop_missing = chosen.drop_missing,
                         .same_workspace = same,
                         .retry_unknown = chosen.retry_unknown,
                         .standby = chosen.standby,
                         .prune = chosen.prune},
                        restore->ids_, stop);
  if (!plan.ok()) return std::move(plan).error();
  if (same) {
    auto stale = FindStalePointers(*plan, *target, client, chosen.workers, stop);
    if (!stale.ok()) return std::move(stale).error();
    plan->notes.insert(plan->notes.end(), stale->begin(), stale->end());
  }
  for (const auto& [key, known] : progress) {
    if (!known.new_id.empty()) restore->owned_.Add(key.kind, known.natural_key, known.new_id);
  }
  restore->plan_ = std::move(*plan);
  restore->plan_.map = map.Uses();
  restore->plan_.notes.insert(restore->plan_.notes.end(), map.notes().begin(), map.notes().end());
  for (const std::string& note : restore->notes_) restore->plan_.notes.push_back(note);
  for (Step& step : restore->plan_.steps) {
    if (step.op == Op::kComplete || step.object == kNotArchived) continue;
    for (auto& edit : restore->forward_.fail_back->EditsOf(step.kind->name, step.id))
      step.edits.push_back(std::move(edit));
  }
  EstimateReadBack(restore->plan_, chosen.read_back);
  restore->NoteRunAs();
  restore->plan_.caller = chosen.caller;
  restore->plan_.target_host = chosen.target_host;
  restore->plan_.target_workspace_id = restore->target_workspace_id_;
  for (const Step& step : restore->plan_.steps) {
    if (!step.new_id.empty()) restore->owned_.Add(step.kind->name, step.natural_key, step.new_id);
  }
  return restore;
}

Result<Report> Restore::Replay(const ReplayObserver& observer, std::stop_token stop) {
  assert(journal_ != nullptr);
  const UsedArchive used{archive_.archive_id, source_.created_ms}, followed = journal_->followed();
  if (used.id != followed.id && (used.created_ms >= followed.created_ms || options_.standby)) {
    if (Status noted = journal_->RecordArchive(used); !noted.ok()) return std::move(noted).error();
  }
  const Workshop shop{archive_, client_, content_, writer_, clock_, *journal_, ids_, owned_, options_.settle_ms};
  const ReadBackOptions read_back{.level = options_.read_back,
                                  .workers = options_.workers,
                                  .settle_ms = options_.settle_ms,
                                  .on_begin = options_.on_read_back_begin,
                                  .on_seen = options_.on_read_back};
  return restore::Replay(plan_, shop,
                         {.workers = options_.workers, .patience_ms = options_.patience_ms, .read_back = read_back},
                         observer, stop);
}

}  // namespace dbxark::restore
