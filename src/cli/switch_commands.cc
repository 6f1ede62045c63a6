#include "cli/switch_commands.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "activity/cutover.h"
#include "activity/freeze.h"
#include "audit/listing.h"
#include "base/text.h"
#include "cli/consent.h"
#include "cli/interrupt.h"
#include "cli/layout.h"
#include "cli/progress.h"
#include "cli/restore_memory.h"
#include "json/writer.h"
#include "restore/restore.h"
#include "restore/rights.h"

namespace dbxark::cli {
namespace {

using activity::Item;
using activity::State;

constexpr size_t kMostLines = 40;

// What both commands do once they know their targets.
class Switching {
 public:
  Switching(std::string command, const SwitchFlags& flags, Session& session, Console& console, std::stop_token stop)
      : command_(std::move(command)), flags_(flags), session_(session), console_(console), stop_(std::move(stop)) {
    options_.workers = flags.tuning.workers;
  }

  activity::SwitchOptions& options() { return options_; }
  // Lines that come after the items; without their marks, the document's notes.
  void AddLine(const std::string& line) { lines_.push_back(line); }
  // Not all that should be switched can be.
  void AddShortcoming(const std::string& line) {
    short_ = true;
    AddLine(line);
  }
  void AddFailed(const std::string& line) {
    ++failed_elsewhere_;
    AddLine(line);
  }

  int Run(const std::vector<activity::Target>& targets) {
    if (flags_.dry_run || !flags_.yes) {
      auto looked = Phase("look", targets, activity::Look);
      if (!looked.ok()) return console_.Fail(std::move(looked).error().Within(command_));
      Say(*looked);
      if (flags_.dry_run) {
        console_.Verdict("Plan: " + Counts(*looked) + ". Nothing was changed.");
        return Finish(*looked);
      }
    }
    if (Status meant = AskConsent({flags_.dry_run, flags_.yes}, session_.connection().host, console_); !meant.ok()) {
      return console_.Fail(meant.error());
    }
    const int64_t began_ms = Clock::Real().SteadyMs();
    auto done = Phase("switch", targets, activity::Carry);
    if (!done.ok()) return console_.Fail(std::move(done).error().Within(command_));
    Say(*done);
    console_.Verdict("Done: " + Counts(*done) + "; " + Counted(session_.requests(), "request") + "  " +
                     Elapsed(Clock::Real().SteadyMs() - began_ms));
    return Finish(*done);
  }

 private:
  // What is asked for after each object belongs to the phase that changes something.
  Result<std::vector<Item>> Phase(std::string_view word, const std::vector<activity::Target>& targets,
                                  decltype(&activity::Look) work) {
    Progress progress(console_, Clock::Real(), session_.Sources());
    progress.Begin(word);
    progress.SetTotal(targets.size());
    activity::SwitchOptions options = options_;
    options.after = [&](const std::vector<Item>& items) {
      if (CountOf(items, State::kFailed) > 0) progress.Failed();
      progress.Step();
      if (work == activity::Carry && options_.after) options_.after(items);
    };
    auto items = work(session_.client(), targets, options, stop_);
    if (items.ok()) progress.End(Counted(targets.size(), "object"));
    return items;
  }

  static size_t CountOf(const std::vector<Item>& items, State state) {
    return static_cast<size_t>(
        std::count_if(items.begin(), items.end(), [&](const Item& item) { return item.state == state; }));
  }

  std::string LineOf(const Item& item) const {
    std::string line = console_.Mark(item.state == State::kAlready                                      ? "="
                                     : item.state == State::kImpossible || item.state == State::kFailed ? "!"
                                     : item.on                                                          ? "+"
                                                                                                        : "-");
    line += " " + PadRight(item.kind->name, 19) + " " + PadRight(Shorten(Printable(item.natural_key), 30), 30) + "  " +
            PadRight(activity::PlaceWord(*item.kind, item.path), 14) + "  ";
    const std::string on_off = item.on ? "on" : "off";
    switch (item.state) {
      case State::kAlready:
        return line + "is " + on_off + " already";
      case State::kImpossible:
      case State::kFailed:
        return line + Printable(item.reason);
      case State::kToDo:
        return line + (item.reason.empty() ? "" : item.reason + ": ") + Change(item);
      case State::kDone:
        break;
    }
    return line + Change(item);
  }

  static std::string Change(const Item& item) {
    if (item.before.empty() && item.after.empty()) return item.on ? "on" : "off";
    const bool numbers = item.before.find('"') == std::string::npos && item.before != "true" && item.before != "false";
    if (numbers && !item.before.empty()) return item.before + " -> " + item.after;
    return item.on ? "off -> on" : "on -> off";
  }

  // The risky ones first; those that need nothing only where all are asked for.
  void Say(const std::vector<Item>& items) {
    std::vector<const Item*> shown;
    for (const bool bad : {true, false}) {
      for (const Item& item : items) {
        const bool is_bad = item.state == State::kImpossible || item.state == State::kFailed;
        if (is_bad == bad && (flags_.full || item.state != State::kAlready)) shown.push_back(&item);
      }
    }
    const size_t most = flags_.full ? shown.size() : std::min(shown.size(), kMostLines);
    for (size_t i = 0; i < most; ++i) console_.Say(LineOf(*shown[i]));
    if (most < shown.size()) {
      console_.Say("(" + WithSeparators(shown.size() - most) + " more hidden: --full or --json shows all)");
    }
    for (; said_ < lines_.size(); ++said_) console_.Say(lines_[said_]);
  }

  std::string Counts(const std::vector<Item>& items) const {
    const std::string on_off = flags_.reverse == (command_ == "cutover") ? "off" : "on";
    std::string text;
    const auto add = [&](size_t count, const std::string& words) {
      if (count > 0) text += (text.empty() ? "" : ", ") + WithSeparators(count) + " " + words;
    };
    add(CountOf(items, State::kToDo), flags_.dry_run ? "to switch " + on_off : "not begun");
    add(CountOf(items, State::kDone), "switched " + on_off);
    add(CountOf(items, State::kAlready), on_off + " already");
    add(CountOf(items, State::kImpossible), "not there any more");
    add(CountOf(items, State::kFailed) + failed_elsewhere_, "failed");
    return text.empty() ? "nothing to switch " + on_off : text;
  }

  int Finish(const std::vector<Item>& items) {
    const bool interrupted = stop_.stop_requested() && !flags_.dry_run;
    const bool bad =
        short_ || CountOf(items, State::kImpossible) + CountOf(items, State::kFailed) + failed_elsewhere_ > 0;
    const ExitCode code = interrupted ? static_cast<ExitCode>(InterruptExitCode())
                          : bad       ? ExitCode::kPartial
                                      : ExitCode::kDone;
    if (console_.wants_documents()) console_.Document(Json(items, static_cast<int>(code)));
    if (interrupted) return console_.Finish(code, "interrupted; run the same command again to go on where it stopped");
    return console_.Finish(code, bad ? "what could be switched is; the rest is listed above" : "");
  }

  std::string Json(const std::vector<Item>& items, int exit) const {
    json::Writer out;
    out.BeginObject().Member("schema", "dbxark." + command_ + ".v1").Member("dry_run", flags_.dry_run);
    out.Member("workspace_id", session_.workspace_id()).Member("exit", exit);
    out.Key("items").BeginArray();
    for (const Item& item : items) {
      out.BeginObject().Member("kind", item.kind->name).Member("id", item.id).Member("natural_key", item.natural_key);
      out.Member("path", item.path).Member("on", item.on).Member("state", activity::StateName(item.state));
      if (!item.before.empty()) out.Key("before").Raw(item.before);
      if (!item.after.empty()) out.Key("after").Raw(item.after);
      if (!item.reason.empty()) out.Member("reason", item.reason);
      out.EndObject();
    }
    out.EndArray().Key("notes").BeginArray();
    for (const std::string& line : lines_) out.String(line.substr(std::min(line.size(), line.find_first_not_of(" !"))));
    return out.EndArray().EndObject().Take();
  }

  const std::string command_;
  const SwitchFlags& flags_;
  Session& session_;
  Console& console_;
  const std::stop_token stop_;
  activity::SwitchOptions options_;
  std::vector<std::string> lines_;
  size_t said_ = 0;  // of them
  size_t failed_elsewhere_ = 0;
  bool short_ = false;
};

struct Connected {
  std::unique_ptr<Session> session;
  workspace::Identity caller;
};

// It is the right workspace, and meant.
Result<Connected> Connect(const SwitchFlags& flags, const std::string& what, std::string_view preposition,
                          Console& console, std::stop_token stop) {
  if (auto status = CheckConsent({flags.dry_run, flags.yes}, flags.connection, what); !status.ok()) {
    return status.error();
  }
  auto session = Session::Open(flags.connection, flags.tuning, console);
  if (!session.ok()) return std::move(session).error();
  auto me = (*session)->Introduce(preposition, console, stop);
  if (!me.ok()) return std::move(me).error();
  return Connected{std::move(*session), std::move(*me)};
}

// What is on in the source and does not become so here, and what was restored and has no switch.
void SayLeftOut(const activity::CutoverList& list, Switching& switching) {
  for (const activity::LeftAlone& left : list.left_alone) {
    switching.AddLine("  left alone: " + left.kind + " " + Shorten(Printable(left.natural_key), 40) + "  " +
                      Printable(left.reason));
  }
  if (list.adopted > 0) {
    switching.AddLine(
        "  what was in the target before the restore is switched, too, with --also-adopted: when a restore's "
        "journal was lost, say");
  }
  if (list.unfinished > 0) {
    switching.AddShortcoming("! the restore is not finished with " + Counted(list.unfinished, "object") +
                             " that was selected: run it again, then this");
  } else if (list.not_restored > 0) {
    switching.AddLine("! " + Counted(list.not_restored, "of them was", "of them were") +
                      " in no restore yet: if they are to come, restore first, then this");
  }
  if (list.stopped_clusters > 0) {
    switching.AddLine("  " + Counted(list.stopped_clusters, "restored cluster is", "restored clusters are") +
                      " stopped; each starts when it is needed");
  }
}

void SayFrozen(const activity::CutoverList& list, bool frozen_known, Switching& switching) {
  if (list.frozen > 0) {
    switching.AddLine("  off in the archive, and on in the source before a freeze" +
                      (list.frozen_ms > 0 ? " of " + FormatTime(list.frozen_ms) : "") + ": " +
                      WithSeparators(list.frozen) + " of these");
  }
  if (list.targets.empty() && list.left_alone.empty() && list.off > 0 && !frozen_known) {
    switching.AddLine("! nothing that was selected is on in the archive, and " +
                      Counted(list.off, "schedule or the like is", "schedules and the like are") + " off");
    switching.AddLine("  if it was made after a freeze of its workspace, --freeze-journal tells what was on before");
  }
}

Error NoJournal(const std::string& path, const std::string& source, const std::string& target) {
  if (source == target) {
    return Error(ErrorCode::kAlreadyExists,
                 "the archive was made of this very workspace: a cut-over is for the one that it was restored into");
  }
  return Error(ErrorCode::kNotFound, "there is no journal " + ShellQuote(path) + " of a restore from workspace " +
                                         source + " into this one: restore first, or name it with --journal");
}

// All that tells a cut-over what is to be on.
struct CutoverSources {
  std::unique_ptr<restore::Journal> journal;  // held while things are changed, so that no restore goes on meanwhile
  restore::ProgressMap progress;
  restore::ForwardJournal forward;
  activity::FreezeLog::State frozen_there, frozen_here;  // in the archive's workspace, in the target
  std::unique_ptr<activity::FreezeLog> freeze_log;       // of the target, if there is one and things are changed
};

Result<CutoverSources> OpenSources(const CutoverFlags& flags, const std::string& source, const std::string& target) {
  FileSystem& files = FileSystem::Real();
  const std::string path = RestoreJournalPath(flags.journal, source, target);
  if (!files.Exists(path)) return NoJournal(path, source, target);
  CutoverSources sources;
  if (flags.dry_run) {
    auto read = restore::ReadJournal(files, path, source, target);
    if (!read.ok()) return std::move(read).error();
    sources.progress = std::move(read->progress);
  } else {
    auto opened = restore::Journal::Open(files, path, source, target);
    if (!opened.ok()) return std::move(opened).error();
    sources.journal = std::move(*opened);
    sources.progress = sources.journal->progress();
  }
  auto forward = OpenForwardJournal(flags.forward_journal, source, target);
  if (!forward.ok()) return std::move(forward).error();
  sources.forward = std::move(*forward);
  auto there = ReadFreezeLog(flags.freeze_journal, source), here = ReadFreezeLog({}, target);
  if (!there.ok()) return std::move(there).error();
  if (!here.ok()) return std::move(here).error();
  sources.frozen_there = std::move(*there);
  sources.frozen_here = std::move(*here);
  if (!flags.dry_run && !sources.frozen_here.Ever().empty()) {
    const std::string usual = activity::FreezeLog::DefaultPath(StateFolderOfProcess(), target);
    auto opened = activity::FreezeLog::Open(files, usual, target);
    if (!opened.ok()) return std::move(opened).error();
    sources.freeze_log = std::move(*opened);
  }
  return sources;
}

// Writes down what a cut-over does: that what it switched on is not frozen any more, and was off for nobody's sake if
// it is off later. Its way back takes both back.
class CutoverNotes {
 public:
  explicit CutoverNotes(CutoverSources& sources) : sources_(sources), ever_frozen_(sources.frozen_here.Ever()) {
    for (const auto& [key, known] : sources.progress) old_ids_[{key.kind, known.new_id}] = key.id;
  }

  // Of one object.
  Status Note(const std::vector<Item>& items) {
    if (items.empty()) return {};
    const std::string kind(items.front().kind->name);
    const restore::ObjectKey key{kind, old_ids_[{kind, items.front().id}]};
    const auto known = sources_.journal->Find(key);
    std::set<std::string> switched;
    for (const Item& item : items) {
      if (item.state != State::kDone && item.state != State::kAlready) continue;
      if (!known || known->cut_over.contains(item.path) != item.on) switched.insert(item.path);
      if (Status noted = NoteFrozen(item); !noted.ok()) return noted;
    }
    return switched.empty() ? Status() : sources_.journal->RecordSwitched(key, switched, items.front().on);
  }

  Status NoteSettled(const std::vector<activity::FreezeLog::Key>& places) {
    for (const activity::FreezeLog::Key& place : places) {
      if (sources_.freeze_log == nullptr) break;
      if (Status noted = sources_.freeze_log->RecordThawed(place); !noted.ok()) return noted;
    }
    return {};
  }

 private:
  Status NoteFrozen(const Item& item) {
    activity::FreezeLog* log = sources_.freeze_log.get();
    const activity::FreezeLog::Key place = activity::FreezeLog::KeyOf(item);
    if (log == nullptr || !ever_frozen_.contains(place) || log->IsFrozen(place) != item.on) return {};
    return item.on ? log->RecordThawed(place) : log->RecordFrozen(item, Clock::Real().NowMs());
  }

  CutoverSources& sources_;
  const activity::FreezeLog::Places ever_frozen_;
  std::map<std::pair<std::string, std::string>, std::string> old_ids_;  // by kind and id in the target
};

}  // namespace

int RunCutover(const CutoverFlags& flags, Console& console) {
  const std::stop_token stop = StopOnSignals();
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return console.Fail(selection.error());
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  Status met = audit::CheckSelection(**reader, *selection);
  if (met.ok()) met = audit::CheckExcluded(**reader, *selection);
  if (!met.ok()) return console.Fail(std::move(met).error().Within("cutover"));
  auto source = restore::ReadSource(**reader);
  if (!source.ok()) return console.Fail(std::move(source).error().Within(flags.archive));
  auto connected = Connect(flags, "a cut-over", "to  ", console, stop);
  if (!connected.ok()) return console.Fail(connected.error());
  Session& session = *connected->session;
  auto sources = OpenSources(flags, source->workspace_id, session.workspace_id());
  if (!sources.ok()) return console.Fail(std::move(sources).error().Within("cutover"));

  // The way back is of what was thawed since, too.
  const auto relevant = [&](const activity::FreezeLog::State& state) {
    return flags.reverse ? state.Ever() : state.frozen;
  };
  const activity::FreezeLog::Places there = relevant(sources->frozen_there), here = relevant(sources->frozen_here);
  auto list = activity::CutoverTargets(
      **reader, {sources->progress, there, here, *sources->forward.fail_back, flags.also_adopted}, *selection,
      !flags.reverse);
  if (!list.ok()) return console.Fail(std::move(list).error().Within("cutover"));
  CutoverNotes notes(*sources);
  Switching switching("cutover", flags, session, console, stop);
  switching.options().after = [&](const std::vector<Item>& items) {
    if (Status noted = notes.Note(items); !noted.ok()) switching.AddFailed("! " + Printable(noted.error().message()));
  };
  if (!flags.reverse) SayLeftOut(*list, switching);
  SayFrozen(*list, !there.empty(), switching);
  const int code = switching.Run(list->targets);
  if (flags.dry_run || flags.reverse || code != static_cast<int>(ExitCode::kDone)) return code;
  if (Status noted = notes.NoteSettled(list->settled); !noted.ok()) return console.Fail(noted.error());
  return code;
}

int RunFreeze(const SwitchFlags& flags, Console& console) {
  const std::stop_token stop = StopOnSignals();
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return console.Fail(selection.error());
  auto connected = Connect(flags, "a freeze", "at  ", console, stop);
  if (!connected.ok()) return console.Fail(connected.error());
  Session& session = *connected->session;
  const std::string workspace_id = session.workspace_id();
  if (workspace_id.empty()) {
    return console.Fail(
        Error(ErrorCode::kFailed, "the workspace does not say which one it is (no X-Databricks-Org-Id)"));
  }
  const std::string path =
      !flags.journal.empty() ? flags.journal : activity::FreezeLog::DefaultPath(StateFolderOfProcess(), workspace_id);
  std::unique_ptr<activity::FreezeLog> log;
  activity::FreezeLog::State state;
  const bool none_yet = !FileSystem::Real().Exists(path);
  if (flags.reverse && none_yet) {
    return console.Fail(Error(ErrorCode::kNotFound, "there is no journal " + ShellQuote(path) +
                                                        " of a freeze of this workspace: name it with --journal"));
  }
  if (!flags.dry_run) {
    auto opened = activity::FreezeLog::Open(FileSystem::Real(), path, workspace_id);
    if (!opened.ok()) return console.Fail(std::move(opened).error().Within("freeze"));
    log = std::move(*opened);
    state = log->state();
  } else if (!none_yet) {
    auto read = activity::FreezeLog::Read(FileSystem::Real(), path, workspace_id);
    if (!read.ok()) return console.Fail(read.error());
    state = std::move(*read);
  }

  Switching switching("freeze", flags, session, console, stop);
  std::vector<activity::Target> targets;
  if (flags.reverse) {
    if (state.frozen.empty()) switching.AddLine("  nothing is frozen by the journal " + ShellQuote(path) + " any more");
    auto found = activity::ThawTargets(state, *selection);
    if (!found.ok()) return console.Fail(std::move(found).error().Within("freeze"));
    targets = std::move(*found);
    // What is on, or gone, is not frozen any more.
    switching.options().after = [&](const std::vector<Item>& items) {
      for (const Item& item : items) {
        if (item.state == State::kFailed || item.state == State::kToDo) continue;
        if (Status noted = log->RecordThawed(activity::FreezeLog::KeyOf(item)); !noted.ok()) {
          switching.AddFailed("! " + Printable(noted.error().message()));
        }
      }
    };
  } else {
    const auto on_gap = [&](const workspace::Gap& gap) {
      if (gap.gap_class != workspace::Gap::Class::kFailed) return;
      switching.AddFailed("! " + gap.kind + " " + Printable(gap.natural_key) + "  " + Printable(gap.reason));
    };
    std::optional<Progress> progress(std::in_place, console, Clock::Real(), session.Sources());
    progress->Begin("list");
    const auto on_seen = [&](size_t objects) { progress->Step(objects); };
    auto found = activity::FreezeTargets(session.client(), *selection,
                                         {.workers = flags.tuning.workers, .on_seen = on_seen}, on_gap, stop);
    if (!found.ok()) return console.Fail(std::move(found).error().Within("freeze"));
    targets = std::move(*found);
    progress->End(Counted(targets.size(), "object") + " on");
    progress.reset();
    switching.options().before = [&](const std::vector<Item>& items) {
      for (const Item& item : items) {
        if (Status noted = log->RecordFrozen(item, Clock::Real().NowMs()); !noted.ok()) return noted;
      }
      return Status();
    };
    const auto admin = restore::SeemsAdministrator(connected->caller, session.client(), stop);
    if (!admin.ok()) return console.Fail(admin.error());
    if (!*admin) {
      switching.AddShortcoming("! " + Printable(connected->caller.user_name) +
                               " is no administrator: what other people have on is not seen here, and stays on");
    }
    switching.AddLine("  runs that have begun go on, and running clusters stay");
    if (!flags.dry_run) switching.AddLine("  journal " + ShellQuote(path));
  }
  return switching.Run(targets);
}

}  // namespace dbxark::cli
