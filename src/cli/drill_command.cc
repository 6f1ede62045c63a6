#include "cli/drill_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "activity/freeze.h"
#include "audit/archive_side.h"
#include "audit/listing.h"
#include "audit/mapped_side.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/layout.h"
#include "cli/live_comparison.h"
#include "cli/map_command.h"
#include "cli/restore_memory.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::cli {
namespace {

using audit::Change;
using What = audit::Change::What;

constexpr size_t kMostObjects = 40;  // that are missing or differ, without --full

// What was asked for, before anything is compared.
struct Scope {
  objects::Selection selection;
  uint64_t of_unknown_kinds = 0;  // objects that this version cannot look for
};

Result<Scope> ScopeOf(const DrillFlags& flags, const format::ArchiveReader& reader) {
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return std::move(selection).error();
  Scope scope{std::move(*selection)};
  // A drill of nothing would pass.
  if (Status met = audit::CheckSelection(reader, scope.selection); !met.ok()) return std::move(met).error();
  if (!scope.selection.Everything()) return scope;
  const Status read = reader.ForEachRow([&](const format::Row& row) {
    if (objects::FindKind(row.kind) == nullptr) ++scope.of_unknown_kinds;
    return true;
  });
  if (!read.ok()) return read.error();
  return scope;
}

enum class Verdict { kHolds, kDiffers, kUndecided };

class Drill {
 public:
  Drill(const DrillFlags& flags, const Scope& scope, Console& console)
      : flags_(flags), scope_(scope), console_(console) {}

  void Begin(const Session& session, const audit::Side& archive, const audit::Side& target,
             const RestoreMemory& memory) {
    by_journal_ = memory.id_map != nullptr;
    by_id_ = archive.workspace_id() == target.workspace_id() && !archive.workspace_id().empty();
    if (const auto& [fail_back, path] = memory.forward; !fail_back->empty()) {
      console_.Note("back  on the way of " + Counted(fail_back->size(), "object") + " that came from there, by " +
                    ShellQuote(path));
    }
    const std::string place = ShellQuote(memory.path);
    if (by_journal_) {
      console_.Note("by the restore's journal " + place + (by_id_ ? ", else by id" : ", else by name"));
    } else if (by_id_) {
      console_.Note("by id: the target is the archive's own workspace");
    } else {
      console_.Warn("no journal of a restore (" + place + "): by name, and what it announced is not known");
    }
    if (!console_.json()) return;
    json::Writer head;
    head.BeginObject().Member("schema", "dbxark.drill.v1").Member("archive", flags_.archive);
    head.Key("target").BeginObject().Member("host", session.connection().host);
    head.Member("workspace_id", target.workspace_id()).EndObject();
    head.Member("matched_by", by_journal_ ? "journal" : by_id_ ? "id" : "name");
    if (by_journal_) head.Member("journal", memory.path);
    if (!memory.forward.path.empty()) head.Member("forward_journal", memory.forward.path);
    console_.Out(head.text() + ",\"changes\":[");
  }

  bool OnChange(const Change& change) {
    if (console_.json()) {
      console_.Out((first_ ? "\n" : ",\n") + audit::JsonOf(change));
      first_ = false;
      return true;
    }
    const bool wrong = change.what == What::kGone || change.what == What::kChanged;
    if (flags_.full || (wrong && shown_ < kMostObjects)) {
      SayChange(change, audit::Wording::kDrill, console_);
      shown_ += wrong;
    } else {
      ++hidden_;
    }
    return true;  // all of it, also where nobody reads on: the verdict is about everything
  }

  int Abort(const Error& error) {
    if (console_.json()) console_.OutLine("],\"complete\":false}");
    return console_.Fail(error);
  }

  int End(const audit::Tally& tally, size_t failed_in_archive) {
    const Verdict verdict = VerdictOf(tally);
    if (console_.json()) {
      json::Writer end;
      end.BeginObject().Member("complete", true).Member("verdict", NameOf(verdict));
      end.Member("unseen", tally.left_outside).Member("of_unknown_kinds", scope_.of_unknown_kinds);
      end.Member("failed_in_archive", static_cast<uint64_t>(failed_in_archive));
      // Both are objects of their own; here their members join the document.
      console_.OutLine("]," + end.text().substr(1) + "," + audit::JsonOf(tally).substr(1));
    } else {
      SayAside(tally, failed_in_archive);
      console_.Verdict(Sentence(verdict, tally));
    }
    if (verdict == Verdict::kHolds) return console_.Finish(ExitCode::kDone);
    if (verdict == Verdict::kUndecided) {
      return console_.Finish(ExitCode::kPartial, "what could be compared is there; not all of it could");
    }
    return console_.Finish(ExitCode::kDifferent, "the target does not hold what the archive has");
  }

 private:
  // What is in the target alone takes nothing away.
  Verdict VerdictOf(const audit::Tally& tally) const {
    if (tally.gone + tally.changed > 0) return Verdict::kDiffers;
    const bool all = tally.not_compared.empty() && tally.left_outside + scope_.of_unknown_kinds == 0;
    return all ? Verdict::kHolds : Verdict::kUndecided;
  }

  static std::string_view NameOf(Verdict verdict) {
    return verdict == Verdict::kHolds ? "holds" : verdict == Verdict::kDiffers ? "differs" : "undecided";
  }

  void SayAside(const audit::Tally& tally, size_t failed_in_archive) const {
    if (hidden_ > 0) console_.Say("(" + Counted(hidden_, "object") + " not shown: --full or --json shows all)");
    for (const std::string& line : audit::AsideLines(tally)) console_.Say(Labelled("", line, 2).substr(2));
    if (tally.added > 0) console_.Say("only in the target: " + WithSeparators(tally.added));
    if (scope_.of_unknown_kinds > 0) {
      console_.Say("of kinds that this version does not know: " + WithSeparators(scope_.of_unknown_kinds));
    }
    if (failed_in_archive > 0) {
      console_.Say("never in the archive, since its export could not read it: " + WithSeparators(failed_in_archive) +
                   "   (dbxark info --failed " + ShellQuote(flags_.archive) + ")");
    }
    SayNotCompared(tally, console_);
  }

  std::string Sentence(Verdict verdict, const audit::Tally& tally) const {
    std::vector<std::string> parts;
    const auto add = [&](uint64_t count, const char* what) {
      if (count > 0) parts.push_back(WithSeparators(count) + " " + what);
    };
    add(tally.gone, "missing");
    add(tally.changed, "changed");
    add(tally.not_compared.size() + tally.left_outside + scope_.of_unknown_kinds, "could not be compared");
    parts.push_back(Counted(tally.same, "object") + (tally.same == 1 ? " is" : " are") + " as in the archive");
    add(tally.announced, "missing as announced");
    const std::string_view head = verdict == Verdict::kHolds     ? "Drill passed: "
                                  : verdict == Verdict::kDiffers ? "Drill failed: "
                                                                 : "Drill undecided: ";
    return std::string(head) + Join(parts, ", ") + (by_journal_ || by_id_ ? "" : " (by name, without a journal)");
  }

  const DrillFlags& flags_;
  const Scope& scope_;
  Console& console_;
  bool first_ = true, by_journal_ = false, by_id_ = false;
  size_t shown_ = 0, hidden_ = 0;
};

// An archive as it is to be in the target: what a freeze of its workspace had switched off is on, and what an earlier
// restore had made of what comes back is undone.
class SideAsMeant : public audit::SideOver {
 public:
  // `side` and `fail_back` outlive it.
  SideAsMeant(audit::Side& side, restore::FailBack& fail_back, activity::FreezeLog::Places frozen)
      : SideOver(side), fail_back_(fail_back), frozen_(std::move(frozen)) {}

  Result<std::string> Definition(const objects::ObjectDescriptor& kind, const audit::Item& item,
                                 std::stop_token stop) override {
    auto definition = SideOver::Definition(kind, item, std::move(stop));
    if (definition.ok()) definition = fail_back_.Undo(kind.name, item.id, std::move(*definition));
    if (definition.ok()) definition = activity::WithFrozenOn(kind, item.id, std::move(*definition), frozen_);
    return definition;
  }

 private:
  restore::FailBack& fail_back_;
  const activity::FreezeLog::Places frozen_;
};

// For sides whose names are not the archive's.
objects::Selection KindsOf(const objects::Selection& selection) {
  std::vector<std::string> kinds, without;
  for (const objects::Selector& selector : selection.include()) kinds.emplace_back(selector.kind().name);
  for (const objects::Selector& selector : selection.exclude()) {
    if (selector.glob().empty()) without.emplace_back(selector.kind().name);
  }
  auto all_of_them = objects::Selection::Parse(kinds, without);
  return all_of_them.ok() ? std::move(*all_of_them) : objects::Selection();
}

bool SelectsNames(const objects::Selection& selection) {
  const auto named = [](const objects::Selector& selector) { return !selector.glob().empty(); };
  return std::any_of(selection.include().begin(), selection.include().end(), named) ||
         std::any_of(selection.exclude().begin(), selection.exclude().end(), named);
}

// What no restore handles is in no journal: the map has it.
audit::IdMap WithMap(audit::IdMap journal, const mapping::Mapping& mapping) {
  if (mapping.empty()) return journal;
  return [journal = std::move(journal), &mapping](std::string_view kind, const std::string& old_id) {
    auto id = journal ? journal(kind, old_id) : std::nullopt;
    return id ? id : mapping.IdOf(kind, old_id);
  };
}

}  // namespace

int RunDrill(const DrillFlags& flags, Console& console) {
  const std::stop_token stop = StopOnSignals();
  Spool spool;
  spool.folder = flags.tuning.spool;
  // The archive first: it costs no request if it is damaged.
  auto archive = audit::ArchiveSide::Open(FileSystem::Real(), flags.archive, spool);
  if (!archive.ok()) return console.Fail(archive.error());
  auto rules = ReadMap(flags.map);
  if (!rules.ok()) return console.Fail(rules.error());
  mapping::Mapping mapping(std::move(*rules));
  if (!flags.to.empty()) {
    std::set<std::string> paths;
    const Status read = (*archive)->reader().ForEachRow([&](const format::Row& row) {
      const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
      if (kind != nullptr && kind->storage == objects::Storage::kTree) paths.insert(row.natural_key);
      return true;
    });
    if (!read.ok()) return console.Fail(read.error());
    mapping.MoveContent(flags.to, std::move(paths));
  }
  const auto scope = ScopeOf(flags, (*archive)->reader());
  if (!scope.ok()) return console.Fail(scope.error());
  const std::string name = flags.connection.profile.empty() ? "" : "live:" + flags.connection.profile;
  auto live = OpenLive(name, flags.connection, flags.tuning, (*archive)->facts().dbfs_roots, console, stop);
  if (!live.ok()) return console.Fail(live.error());
  auto memory =
      OpenBothMemories(flags.journal, flags.forward_journal, (*archive)->workspace_id(), live->side->workspace_id());
  if (!memory.ok()) return console.Fail(memory.error());
  auto frozen = ReadFreezeLog(flags.freeze_journal, (*archive)->workspace_id());
  if (!frozen.ok()) return console.Fail(std::move(frozen).error().Within("drill"));
  SideAsMeant meant(**archive, *memory->forward.fail_back, frozen->Ever());
  audit::MappedSide mapped(meant, mapping, scope->selection);

  audit::CompareOptions options;
  options.selection = mapping.empty() ? scope->selection : KindsOf(scope->selection);
  options.workers = flags.tuning.workers;
  options.id_map = WithMap(memory->id_map, mapping);
  options.told = std::move(memory->told);
  options.account_for_left = true;
  options.pins_may_be_ours = !memory->forward.fail_back->empty();
  options.left_selects = !mapping.empty() && SelectsNames(scope->selection);
  Drill drill(flags, *scope, console);
  drill.Begin(*live->session, **archive, *live->side, *memory);
  const auto tally = CompareLive(
      mapped, *live->side, std::move(options), [&](const Change& change) { return drill.OnChange(change); }, console,
      stop);
  if (!tally.ok()) return drill.Abort(tally.error());
  return drill.End(*tally, (*archive)->facts().failed.size());
}

}  // namespace dbxark::cli
