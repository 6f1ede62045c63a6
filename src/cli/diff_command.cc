#include "cli/diff_command.h"

#include <memory>

#include "audit/archive_side.h"
#include "audit/change_text.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/layout.h"
#include "cli/live_comparison.h"
#include "json/writer.h"

namespace dbxark::cli {
namespace {

constexpr std::string_view kLive = "live:";

bool IsLive(const std::string& side) { return side.starts_with(kLive); }

// Both sides, and the connections that live ones need.
struct Sides {
  std::unique_ptr<Session> sessions[2];
  std::unique_ptr<audit::Side> sides[2];
};

Result<Sides> OpenSides(const DiffFlags& flags, Console& console, std::stop_token stop) {
  Sides opened;
  const std::string* const names[2] = {&flags.left, &flags.right};
  std::vector<std::string> dbfs_roots;
  Spool spool;
  spool.folder = flags.tuning.spool;
  // Archives first: they say where in DBFS a live side has to look, and cost no request if they are damaged.
  for (size_t side = 0; side < 2; ++side) {
    if (IsLive(*names[side])) continue;
    auto archive = audit::ArchiveSide::Open(FileSystem::Real(), *names[side], spool);
    if (!archive.ok()) return std::move(archive).error();
    dbfs_roots = (*archive)->facts().dbfs_roots;
    opened.sides[side] = std::move(*archive);
  }
  for (size_t side = 0; side < 2; ++side) {
    if (!IsLive(*names[side])) continue;
    const ConnectionFlags connection{names[side]->substr(kLive.size()), {}};
    auto live = OpenLive(*names[side], connection, flags.tuning, dbfs_roots, console, stop);
    if (!live.ok()) return std::move(live).error();
    opened.sessions[side] = std::move(live->session);
    opened.sides[side] = std::move(live->side);
  }
  return opened;
}

// Says how objects find each other, since everything that follows hangs on it.
void NoteMatching(const Sides& sides, const RestoreMemory& memory, Console& console) {
  const std::string left = sides.sides[0]->workspace_id(), right = sides.sides[1]->workspace_id();
  if (left.empty() || right.empty()) {
    console.Note("by name: one side does not say which workspace it is");
  } else if (left == right) {
    console.Note("by id: both are workspace " + Printable(left));
  } else {
    console.Note("workspace " + Printable(left) + " against " + Printable(right) + ": " +
                 (memory.id_map ? "by the restore's journal, else by name" : "by name"));
  }
}

// Prints changes as they come.
class Reporter {
 public:
  Reporter(const DiffFlags& flags, Console& console) : flags_(flags), console_(console) {}

  void Begin() {
    if (!console_.json()) return;
    console_.Out("{\"schema\":\"dbxark.diff.v1\",\"left\":" + json::Quote(flags_.left) +
                 ",\"right\":" + json::Quote(flags_.right) + ",\"changes\":[");
  }

  bool OnChange(const audit::Change& change) {
    if (console_.json()) {
      console_.Out((first_ ? "\n" : ",\n") + audit::JsonOf(change));
    } else {
      SayChange(change, audit::Wording::kDiff, console_);
    }
    first_ = false;
    return !console_.reader_gone();
  }

  // The comparison could not be finished; what was found so far stays a document.
  int Abort(const Error& error) {
    if (console_.json()) console_.OutLine("],\"complete\":false}");
    return console_.Fail(error);
  }

  int End(const audit::Tally& tally) {
    if (console_.json()) {
      // The tally is an object of its own; here its members join the document.
      console_.OutLine("]," + audit::JsonOf(tally).substr(1));
    }
    for (const std::string& line : audit::AsideLines(tally)) console_.Say(Labelled("", line, 2).substr(2));
    if (!console_.json()) SayNotCompared(tally, console_);
    if (tally.nothing_matches) return console_.Fail(*tally.nothing_matches);
    console_.Verdict(audit::VerdictOf(tally));
    if (flags_.exit_code && tally.Differs()) return console_.Finish(ExitCode::kDifferent);
    if (!tally.not_compared.empty()) {
      return console_.Finish(ExitCode::kPartial,
                             Counted(tally.not_compared.size(), "object") + " or more could not be compared");
    }
    return console_.Finish(ExitCode::kDone);
  }

 private:
  const DiffFlags& flags_;
  Console& console_;
  bool first_ = true;
};

}  // namespace

int RunDiff(const DiffFlags& flags, Console& console, const JournalOpener& open_journal) {
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return console.Fail(selection.error());
  const std::stop_token stop = StopOnSignals();
  auto sides = OpenSides(flags, console, stop);
  if (!sides.ok()) return console.Fail(sides.error());
  audit::Side& left = *sides->sides[0];
  audit::Side& right = *sides->sides[1];

  RestoreMemory memory;
  if (open_journal && left.workspace_id() != right.workspace_id()) {
    auto opened = open_journal(flags.journal, left.workspace_id(), right.workspace_id());
    if (!opened.ok()) return console.Fail(opened.error());
    memory = std::move(*opened);
  }
  NoteMatching(*sides, memory, console);

  audit::CompareOptions options;
  options.selection = std::move(*selection);
  options.raw = flags.raw;
  options.patch = flags.patch;
  const bool live = IsLive(flags.left) || IsLive(flags.right);
  options.workers = live ? flags.tuning.workers : 2;
  options.id_map = memory.id_map;
  // A difference is a difference, whatever a restore says of it, but for what it never meant to make.
  std::erase_if(memory.told, [](const auto& one) { return one.second.how != audit::Told::How::kBlocked; });
  options.told = std::move(memory.told);
  Reporter reporter(flags, console);
  reporter.Begin();
  const auto report = [&](const audit::Change& change) { return reporter.OnChange(change); };
  // Two archives take no time worth telling.
  const auto tally = live ? CompareLive(left, right, std::move(options), report, console, stop)
                          : audit::CompareSides(left, right, options, report, stop);
  if (!tally.ok()) return reporter.Abort(tally.error());
  return reporter.End(*tally);
}

}  // namespace dbxark::cli
