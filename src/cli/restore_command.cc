#include "cli/restore_command.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>

#include "base/text.h"
#include "cli/consent.h"
#include "cli/interrupt.h"
#include "cli/map_command.h"
#include "cli/progress.h"
#include "cli/report_file.h"
#include "restore/plan_text.h"
#include "restore/restore.h"
#include "restore/restore_report.h"
#include "restore/rights.h"
#include "restore/saved_plan.h"
#include "restore/status.h"

namespace dbxark::cli {
namespace {

// "update" for all kinds, "jobs=fail" for one.
Result<restore::ConflictRules> RulesOf(const std::vector<std::string>& words) {
  static const std::map<std::string_view, restore::OnConflict> kWords = {{"adopt", restore::OnConflict::kAdopt},
                                                                         {"update", restore::OnConflict::kUpdate},
                                                                         {"fail", restore::OnConflict::kFail}};
  restore::ConflictRules rules;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const auto found = kWords.find(equals == std::string::npos ? word : std::string_view(word).substr(equals + 1));
    if (found == kWords.end()) {
      return Error(ErrorCode::kUsage, "--on-conflict " + ShellQuote(word) +
                                          ": adopt, update or fail; for one kind with its name before, as jobs=update");
    }
    if (equals == std::string::npos) {
      rules.all = found->second;
      continue;
    }
    auto kind = objects::Selector::Parse(word.substr(0, equals));
    if (!kind.ok()) return std::move(kind).error().Within("--on-conflict");
    if (!kind->glob().empty()) {
      return Error(ErrorCode::kUsage, "--on-conflict " + ShellQuote(word) + ": takes a kind, not a name");
    }
    rules.of_kind[std::string(kind->kind().name)] = found->second;
  }
  return rules;
}

// What the rates leave: each family has its own, unless one was given for all.
double LeastSeconds(const restore::Plan& plan, double requests_per_second) {
  if (requests_per_second == 0) return 0;
  if (requests_per_second > 0) return static_cast<double>(plan.Requests()) / requests_per_second;
  double longest = 0;
  for (const auto& [family, count] : plan.requests) {
    longest = std::max(longest, static_cast<double>(count) / http::PublishedRate(family));
  }
  return longest;
}

// The saved plan is what would be done now, or else what changed is said.
Status CheckPlan(const std::string& path, const restore::Restore& restore, Console& console) {
  constexpr uint64_t kLongestPlan = uint64_t{1} << 30;
  constexpr size_t kMost = 20;
  auto saved = ReadSmallFile(FileSystem::Real(), path, kLongestPlan);
  if (!saved.ok()) return std::move(saved).error();
  auto changes = restore::ChangesSince(*saved, restore.plan(), restore.progress());
  if (!changes.ok()) return std::move(changes).error().Within(Printable(path));
  if (changes->empty()) {
    console.Note("plan  as " + ShellQuote(path) + " says");
    return {};
  }
  for (size_t i = 0; i < std::min(kMost, changes->size()); ++i) console.Warn((*changes)[i]);
  if (changes->size() > kMost) console.Warn(Counted(changes->size() - kMost, "more change") + " not shown");
  return Error(ErrorCode::kAlreadyExists,
               "since " + ShellQuote(path) + " was saved, " + Counted(changes->size(), "step has", "steps have") +
                   " changed; nothing was done: give the options that it was saved with, or look with "
                   "--dry-run, and save a new plan");
}

Result<restore::RestoreOptions> OptionsOf(const RestoreFlags& flags) {
  restore::RestoreOptions options;
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return std::move(selection).error();
  options.selection = std::move(*selection);
  options.dry_run = flags.dry_run;
  auto rules = RulesOf(flags.on_conflict);
  if (!rules.ok()) return std::move(rules).error();
  options.on_conflict = std::move(*rules);
  options.twins = flags.adopt_by_name   ? restore::Twins::kAdopt
                  : flags.create_anyway ? restore::Twins::kCreate
                                        : restore::Twins::kStop;
  options.drop_missing = flags.on_missing == "drop";
  auto map = ReadMap(flags.map);
  if (!map.ok()) return std::move(map).error();
  options.map = std::move(*map);
  const objects::PathPlace place = objects::PlaceOf(flags.to + "/");
  const bool elsewhere = place != objects::PathPlace::kWorkspace && place != objects::PathPlace::kNone;
  const bool odd = flags.to.find("//") != std::string::npos || (flags.to + "/").find("/../") != std::string::npos ||
                   (flags.to + "/").find("/./") != std::string::npos;
  if (!flags.to.empty() && (!flags.to.starts_with('/') || odd || elsewhere)) {
    return Error(ErrorCode::kUsage, "--to " + ShellQuote(flags.to) + ": a folder of the workspace, such as /Restored");
  }
  options.to = flags.to;
  options.retry_unknown = flags.retry_unknown;
  options.same_workspace = flags.same_workspace;
  options.standby = flags.standby;
  options.prune = flags.prune;
  options.allow_older = flags.allow_older;
  options.forward_journal = flags.forward_journal;
  if (flags.prune && !flags.standby) {
    return Error(ErrorCode::kUsage,
                 "--prune goes with --standby: it removes from a standby what its source has no more");
  }
  if (flags.allow_older && !flags.standby) {
    return Error(ErrorCode::kUsage, "--allow-older goes with --standby: without it no restore goes back on anything");
  }
  if (flags.standby && flags.same_workspace) {
    return Error(ErrorCode::kUsage, "--standby is for another workspace than the archive's own");
  }
  options.workers = flags.tuning.workers;
  options.read_back = flags.read_back == "none"      ? restore::ReadBackLevel::kNone
                      : flags.read_back == "content" ? restore::ReadBackLevel::kContent
                                                     : restore::ReadBackLevel::kLists;
  options.settle_ms = flags.settle_s * 1000;
  options.patience_ms = flags.tuning.patience_s * 1000;
  options.spool.folder = flags.tuning.spool;
  return options;
}

// "--include jobs --include 'notebooks:/Shared/**'"
void AddWords(std::string& words, const std::string& option, const std::string& value) {
  if (!value.empty()) words += (words.empty() ? "" : " ") + option + " " + ShellQuote(value);
}

restore::ReportFacts FactsOf(const RestoreFlags& flags, const restore::SourceFacts& source, int64_t began_ms) {
  restore::ReportFacts facts;
  facts.archive_path = flags.archive;
  facts.archive_created = source.created;
  facts.began_ms = began_ms;
  AddWords(facts.connection, "--profile", flags.connection.profile);
  AddWords(facts.connection, "--host", flags.connection.host);
  AddWords(facts.profile, "--profile", flags.connection.profile);
  for (const std::string& selector : flags.include) AddWords(facts.selection, "--include", selector);
  for (const std::string& selector : flags.exclude) AddWords(facts.selection, "--exclude", selector);
  AddWords(facts.journal, "--journal", flags.journal);
  for (const std::string& rule : flags.on_conflict) AddWords(facts.restore_options, "--on-conflict", rule);
  AddWords(facts.placing, "--map", flags.map);
  AddWords(facts.placing, "--to", flags.to);
  if (flags.standby) facts.standby = flags.prune ? "--standby --prune" : "--standby";
  if (flags.on_missing != "block") AddWords(facts.restore_options, "--on-missing", flags.on_missing);
  AddWords(facts.restore_options, "--forward-journal", flags.forward_journal);
  AddWords(facts.restore_options, "--report", flags.report);
  if (flags.read_back != "lists") AddWords(facts.restore_options, "--read-back", flags.read_back);
  const auto add_flag = [&](bool given, const char* word) {
    if (given) facts.restore_options += (facts.restore_options.empty() ? "" : " ") + std::string(word);
  };
  add_flag(flags.allow_older, "--allow-older");
  add_flag(flags.adopt_by_name, "--adopt-by-name");
  add_flag(flags.create_anyway, "--create-anyway");
  add_flag(flags.same_workspace, "--same-workspace");
  add_flag(flags.standby, "--standby");
  add_flag(flags.prune, "--prune");
  return facts;
}

// What is written to --report, and to where.
struct Reporting {
  std::unique_ptr<ReportFile> file;  // none: nothing was asked for
  restore::ReportFacts facts;
};

Status WriteReport(Reporting& reporting, const restore::Restore& restore, const restore::Report& report,
                   const Session& session) {
  if (!reporting.file) return {};
  reporting.facts.ended_ms = Clock::Real().NowMs();
  reporting.facts.requests = session.requests();
  const auto made = restore::MakeRestoreReport(restore.plan(), report, restore.Facts(), std::move(reporting.facts));
  const Status written = reporting.file->Write(reporting.file->json() ? restore::RestoreReportJson(made)
                                                                      : restore::RestoreReportMarkdown(made));
  return written.ok() ? written : Status(Error(written.error()).Within("the report was not written"));
}

int SayReport(const restore::Report& report, const restore::Plan& plan, Session& session, int64_t began_ms,
              const Reporting& reporting, const Status& written, bool full, Console& console) {
  const bool interrupted = report.interrupted || report.read_back.interrupted;
  const ExitCode code = interrupted                         ? static_cast<ExitCode>(InterruptExitCode())
                        : report.Damaged()                  ? ExitCode::kDamaged
                        : report.Complete() && written.ok() ? ExitCode::kDone
                                                            : ExitCode::kPartial;
  if (!written.ok()) console.Warn(written.error().message());
  if (console.wants_documents()) console.Document(restore::ReportJson(report, plan));
  if (console.json()) return console.Finish(code);
  const std::vector<std::string> lines = restore::ReportText(report, {.full = full});
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i + 1 < lines.size()) {
      console.Say(lines[i]);
    } else {
      console.Verdict(lines[i] + "; " + Counted(session.requests(), "request") + "  " +
                      Elapsed(Clock::Real().SteadyMs() - began_ms));
    }
  }
  console.Verdict("      journal " + ShellQuote(report.journal_path));
  if (reporting.file && written.ok()) console.Verdict("      report  " + ShellQuote(reporting.file->path()));
  if (report.interrupted) {
    return console.Finish(code, "interrupted; run the same command again to go on where it stopped");
  }
  if (interrupted) return console.Finish(code, "interrupted after all was made, while it was read back");
  if (report.Damaged()) {
    return console.Finish(code,
                          "the archive is damaged: what else could be restored is there; verify names all that "
                          "is to be taken from another archive");
  }
  if (report.Complete() && !written.ok()) return console.Finish(code, "all is restored, but the report is missing");
  if (code == ExitCode::kDone) return console.Finish(code, "");
  const size_t open = report.Count(restore::Outcome::kFailed) + report.Count(restore::Outcome::kUnknown);
  const bool all_made = open + report.Count(restore::Outcome::kBlocked) == 0;
  if (all_made) {
    return console.Finish(code, "all was made, but the target did not keep all that was sent: it is listed above");
  }
  return console.Finish(code, open > 0
                                  ? "what could be restored is there; the rest is listed above, and a second run "
                                    "takes it up"
                                  : "what could be restored is there; what is blocked is listed above, with what it "
                                    "lacks");
}

int ShowStatus(const format::ArchiveReader& reader, const std::string& journal_path, const RestoreFlags& flags,
               Console& console) {
  auto state = restore::ReadJournal(FileSystem::Real(), journal_path);
  if (!state.ok()) {
    if (state.error().code() != ErrorCode::kNotFound) return console.Fail(state.error());
    return console.Fail(Error(ErrorCode::kNotFound, "no restore of this archive's workspace has begun there (" +
                                                        ShellQuote(journal_path) + ")"));
  }
  auto standings = restore::StandingsOf(reader, state->progress);
  if (!standings.ok()) return console.Fail(std::move(standings).error().Within(flags.archive));
  if (console.wants_documents()) console.Document(restore::StandingsJson(*standings, journal_path));
  const std::vector<std::string> lines = restore::StandingsText(*standings, flags.full);
  for (const std::string& line : lines) &line == &lines.back() ? console.Verdict(line) : console.Say(line);
  console.Verdict("      journal " + ShellQuote(journal_path));
  if (standings->Settled()) return console.Finish(ExitCode::kDone);
  return console.Finish(ExitCode::kPartial, "the restore is not complete; a second run takes up what can be done");
}

}  // namespace

int RunRestore(const RestoreFlags& flags, Console& console) {
  const std::stop_token stop = StopOnSignals();
  const ConsentFlags consent{flags.dry_run || flags.status, flags.yes};
  if (auto status = CheckConsent(consent, flags.connection, "a restore"); !status.ok()) {
    return console.Fail(status.error());
  }
  auto options = OptionsOf(flags);
  if (!options.ok()) return console.Fail(options.error());
  if (!flags.report.empty() && (flags.dry_run || flags.status)) {
    return console.Fail(Error(ErrorCode::kUsage,
                              "--report tells what a restore did, and this one is to do nothing: "
                              "--json tells what it would do"));
  }
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  auto source = restore::ReadSource(**reader);
  if (!source.ok()) return console.Fail(std::move(source).error().Within(flags.archive));
  if (flags.status && !flags.journal.empty()) return ShowStatus(**reader, flags.journal, flags, console);
  Reporting reporting{nullptr, FactsOf(flags, *source, Clock::Real().NowMs())};
  if (!flags.report.empty()) {
    auto file = ReportFile::Reserve(FileSystem::Real(), flags.report);
    if (!file.ok()) return console.Fail(file.error());
    reporting.file = std::move(*file);
  }
  auto session = Session::Open(flags.connection, flags.tuning, console);
  if (!session.ok()) return console.Fail(session.error());
  const int64_t began_ms = Clock::Real().SteadyMs();
  auto me = (*session)->Introduce("to  ", console, stop);
  if (!me.ok()) return console.Fail(me.error());
  options->journal_path = RestoreJournalPath(flags.journal, source->workspace_id, (*session)->workspace_id());
  if (flags.status) return ShowStatus(**reader, options->journal_path, flags, console);
  options->target_host = (*session)->connection().host;
  options->caller = me->user_name;
  options->usual_forward_journal = RestoreJournalPath({}, (*session)->workspace_id(), source->workspace_id);

  std::optional<Progress> progress(std::in_place, console, Clock::Real(), (*session)->Sources());
  progress->Begin("look");
  std::atomic<size_t> seen = 0;
  options->on_seen = [&](size_t objects) {
    seen += objects;
    progress->Step(objects);
  };
  std::string steps, read_back;  // in words; empty until then
  options->on_read_back_begin = [&](size_t objects) {
    progress->End(steps);
    read_back = Counted(objects, "look") + " at what was made";
    progress->Begin("check");
    progress->SetTotal(objects);
  };
  options->on_read_back = [&](size_t objects) { progress->Step(objects); };
  auto prepared =
      restore::Restore::Prepare(**reader, (*session)->client(), (*session)->content(), (*session)->content_writer(),
                                FileSystem::Real(), Clock::Real(), *options, stop);
  if (prepared.ok()) progress->End(Counted(seen, "object") + " of the target looked at");
  progress.reset();
  if (!prepared.ok()) return console.Fail(std::move(prepared).error().Within("restore " + ShellQuote(flags.archive)));
  restore::Restore& restore = **prepared;
  if (const auto& [fail_back, path] = restore.forward(); !fail_back->empty()) {
    console.Note("back  on the way of " + Counted(fail_back->size(), "object") + " that came from here, by " +
                 ShellQuote(path));
  }
  if (!flags.plan.empty()) {
    if (Status same = CheckPlan(flags.plan, restore, console); !same.ok()) return console.Fail(same.error());
  }
  if (!flags.save_plan.empty()) {
    const Status saved = WriteNewFile(FileSystem::Real(), flags.save_plan, restore::PlanJson(restore.plan()) + "\n");
    if (!saved.ok()) return console.Fail(std::move(saved).error().Within("--save-plan"));
  }
  if (flags.dry_run) {
    if (console.wants_documents()) console.Document(restore::PlanJson(restore.plan()));
    if (console.json()) return console.Finish(ExitCode::kDone);
  }
  restore::PlanTextOptions text;
  text.full = flags.full;
  text.seconds = LeastSeconds(restore.plan(), flags.tuning.requests_per_second);
  for (const std::string& line : restore::PlanText(restore.plan(), text)) console.Say(line);
  auto rights = restore::CheckRights(restore.plan(), *me, (*session)->client(), stop);
  if (!rights.ok()) return console.Fail(std::move(rights).error());
  for (const std::string& warning : rights->warnings) console.Warn(warning);
  if (!rights->refusal.empty() && !flags.dry_run) return console.Fail(Error(ErrorCode::kDenied, rights->refusal));
  if (!rights->refusal.empty()) console.Warn(rights->refusal);
  if (flags.dry_run) {
    console.Verdict("Nothing was changed.");
    return console.Finish(ExitCode::kDone);
  }
  if (auto status = AskConsent(consent, (*session)->connection().host, console); !status.ok()) {
    return console.Fail(status.error());
  }

  progress.emplace(console, Clock::Real(), (*session)->Sources());
  progress->Begin("make");
  progress->SetTotal(restore.plan().steps.size());
  steps = Counted(restore.plan().steps.size(), "step");
  restore::Report observed;  // should the restore end by an error
  auto report = restore.Replay(
      [&](const restore::Step& step, const restore::StepResult& result, size_t, size_t) {
        progress->Step();
        if (reporting.file) observed.Add(step, result);
        if (result.outcome == restore::Outcome::kFailed || result.outcome == restore::Outcome::kUnknown) {
          progress->Failed();
        }
        const std::string event = restore::StepEventJson(step, result);
        if (console.wants_documents() && !event.empty()) console.Document(event);
      },
      stop);
  if (report.ok()) progress->End(read_back.empty() ? steps : read_back);
  progress.reset();
  if (!report.ok()) {
    observed.journal_path = restore.journal_path();
    reporting.facts.error = report.error().message();
    if (const Status written = WriteReport(reporting, restore, observed, **session); !written.ok()) {
      console.Warn(written.error().message());
    }
    return console.Fail(std::move(report).error().Within("restore " + ShellQuote(flags.archive)));
  }
  const Status written = WriteReport(reporting, restore, *report, **session);
  return SayReport(*report, restore.plan(), **session, began_ms, reporting, written, flags.full, console);
}

}  // namespace dbxark::cli
