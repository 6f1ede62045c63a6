#include "cli/diff_command.h"

#include <memory>
#include <optional>

#include "audit/archive_side.h"
#include "audit/change_text.h"
#include "audit/live_side.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/layout.h"
#include "cli/progress.h"
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

Result<std::unique_ptr<audit::Side>> OpenLive(const std::string& name, const DiffFlags& flags,
                                              const std::vector<std::string>& dbfs_roots, Console& console,
                                              std::stop_token stop, std::unique_ptr<Session>& session) {
  ConnectionFlags connection;
  connection.profile = name.substr(kLive.size());
  auto opened = Session::Open(connection, flags.tuning, console);
  if (!opened.ok()) return std::move(opened).error();
  session = std::move(*opened);
  auto identity = session->Introduce("live", console, stop);
  if (!identity.ok()) return std::move(identity).error();
  if (!identity->admin) console.Warn(identity->user_name + " is no administrator: what it cannot see will seem gone");
  workspace::InventoryOptions options;
  options.workers = flags.tuning.workers;
  if (!dbfs_roots.empty()) options.dbfs_roots = dbfs_roots;
  return std::unique_ptr<audit::Side>(
      std::make_unique<audit::LiveSide>(name, session->client(), session->content(), options));
}

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
    auto live = OpenLive(*names[side], flags, dbfs_roots, console, stop, opened.sessions[side]);
    if (!live.ok()) return std::move(live).error();
    opened.sides[side] = std::move(*live);
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
    } else if (!console_.quiet()) {
      const std::vector<std::string> lines = audit::LinesOf(change);
      console_.Say(console_.Mark(audit::SymbolOf(change)) + " " + lines.front());
      for (size_t i = 1; i < lines.size(); ++i) console_.Say(lines[i]);
      if (!change.lines.patch.empty()) console_.Out(change.lines.patch);
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
    for (const audit::NotCompared& one : tally.not_compared) {
      if (console_.json()) break;
      console_.OutLine(console_.Mark("!") + " " + one.kind + "  " + Printable(one.natural_key) +
                       (one.natural_key.empty() ? "" : "  ") + "not compared: " + Printable(one.reason));
    }
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
    auto opened = open_journal(flags, left.workspace_id(), right.workspace_id());
    if (!opened.ok()) return console.Fail(opened.error());
    memory = std::move(*opened);
  }
  NoteMatching(*sides, memory, console);

  audit::CompareOptions options;
  options.selection = std::move(*selection);
  options.raw = flags.raw;
  options.patch = flags.patch;
  options.workers = IsLive(flags.left) || IsLive(flags.right) ? flags.tuning.workers : 2;
  options.id_map = memory.id_map;
  options.announced = std::move(memory.announced);
  // Two archives take no time worth telling.
  std::optional<Progress> progress;
  if ((IsLive(flags.left) || IsLive(flags.right)) && !console.json()) {
    progress.emplace(console, Clock::Real());
    progress->Begin("read");
    options.on_matched = [&](size_t more) { progress->AddTotal(more); };
    options.on_compared = [&] { progress->Step(); };
  }
  Reporter reporter(flags, console);
  reporter.Begin();
  const auto report = [&](const audit::Change& change) { return reporter.OnChange(change); };
  const auto tally = audit::CompareSides(left, right, options, report, stop);
  progress.reset();
  if (!tally.ok()) return reporter.Abort(tally.error());
  return reporter.End(*tally);
}

}  // namespace dbxark::cli
