#include "cli/export_command.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "backup/backup.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::cli {
namespace {

using workspace::Gap;

// "1GiB", "200 MB", "4096".
Result<uint64_t> ParseSize(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit =
      ToLowerAscii(Trim(std::string_view(end, static_cast<size_t>(text.data() + text.size() - end))));
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"", 1},
                                                              {"b", 1},
                                                              {"k", 1 << 10},
                                                              {"kib", 1 << 10},
                                                              {"kb", 1000},
                                                              {"m", 1 << 20},
                                                              {"mib", 1 << 20},
                                                              {"mb", 1000 * 1000},
                                                              {"g", uint64_t{1} << 30},
                                                              {"gib", uint64_t{1} << 30},
                                                              {"gb", 1000ull * 1000 * 1000}};
  for (const auto& [name, factor] : kUnits) {
    if (error == std::errc() && unit == name && number <= UINT64_MAX / factor) return number * factor;
  }
  return Error(ErrorCode::kUsage, "--dbfs-max-file takes a size like 200MiB or 1GiB, not " + ShellQuote(text));
}

// The observer of an export, as a progress line and events.
class ExportProgress : public backup::BackupObserver {
 public:
  ExportProgress(Progress& progress, Console& console) : progress_(progress), console_(console) {
    progress_.Begin("list");
  }
  void OnList(const objects::ObjectDescriptor& kind) override { progress_.Subject(kind.plural); }
  void OnSeen(size_t objects) override { progress_.Step(objects); }
  void OnListed(size_t objects, size_t kinds) override {
    progress_.End(Counted(objects, "object") + ", " + Counted(kinds, "kind"));
    progress_.Begin("read");
    progress_.SetTotal(objects);
  }
  void OnRead(const objects::ObjectDescriptor& kind) override { progress_.Subject(kind.plural); }
  void OnObject(const objects::Object&, uint64_t bytes) override {
    bytes_ += bytes;
    ++read_;
    progress_.Step();
  }
  void OnGap(const Gap& gap) override {
    if (gap.gap_class != Gap::Class::kFailed) return;
    progress_.Failed(gap.count);
    json::Writer event;
    event.BeginObject().Member("schema", "dbxark.event.v1").Member("event", "failed").Member("kind", gap.kind);
    event.Member("id", gap.id).Member("natural_key", gap.natural_key).Member("reason", gap.reason);
    console_.Document(event.EndObject().text());
  }
  void End() { progress_.End(Counted(read_, "object") + ", " + HumanSize(bytes_)); }

 private:
  Progress& progress_;
  Console& console_;
  uint64_t read_ = 0, bytes_ = 0;
};

// One acknowledged failure a line: `kind name-or-path`; # begins a comment.
Result<std::set<std::string>> ReadAccepted(const std::string& path) {
  std::set<std::string> accepted;
  if (path.empty()) return accepted;
  auto text = ReadSmallFile(FileSystem::Real(), path, 16 << 20);
  if (!text.ok()) return std::move(text).error().Within("--accept");
  for (const std::string_view line : Split(*text, '\n')) {
    const std::string_view entry = Trim(line);
    if (!entry.empty() && entry[0] != '#') accepted.emplace(entry);
  }
  return accepted;
}

std::string WhatToDo(const std::string& reason) {
  if (reason.starts_with("nothing matches ")) return "correct the selector, or leave it out";
  for (const char* word : {"INVALID_ACCESS_TOKEN", "UNAUTHENTICATED", "SCIM_401", ": 401"}) {
    if (reason.find(word) != std::string::npos) return "the token is no longer taken: get a new one, and export again";
  }
  if (reason.find("PERMISSION_DENIED") != std::string::npos || reason.find(": 403") != std::string::npos) {
    return "grant this caller the right to read it";
  }
  if (reason.find("gone since") != std::string::npos) return "deleted during the export; nothing to do";
  if (ContainsIgnoreCase(reason, "exceed") || ContainsIgnoreCase(reason, "larger than")) {
    return "ask its owner to make it smaller";
  }
  return "run the export again; if it stays, report it";
}

std::string NameOf(const Gap& gap) { return gap.natural_key.empty() ? "(all)" : Shorten(gap.natural_key, 60); }

void SayFailures(const std::vector<const Gap*>& failed, Console& console) {
  constexpr size_t kMost = 20;
  console.Say("failed " + WithSeparators(failed.size()) + ":");
  for (size_t i = 0; i < std::min(failed.size(), kMost); ++i) {
    console.Say("  " + failed[i]->kind + "  " + NameOf(*failed[i]) + "  " + Printable(failed[i]->reason));
    console.Say("      -> " + WhatToDo(failed[i]->reason));
  }
  if (failed.size() > kMost) console.Say("  and " + WithSeparators(failed.size() - kMost) + " more");
}

void SayNotSaved(const backup::BackupReport& report, Console& console) {
  for (const auto& [gap_class, word] :
       {std::pair{Gap::Class::kOutOfReach, "out of reach"}, std::pair{Gap::Class::kExcluded, "not saved"}}) {
    std::map<std::string, std::pair<uint64_t, uint64_t>> kinds;
    for (const Gap* gap : report.Of(gap_class)) {
      auto& [count, bytes] = kinds[gap->kind];
      count += gap->count;
      bytes += gap->size_bytes;
    }
    for (const auto& [kind, totals] : kinds) {
      console.Say(std::string(word) + "  " + kind + "  " + WithSeparators(totals.first) +
                  (totals.second > 0 ? "  " + HumanSize(totals.second) : ""));
    }
  }
}

void SayDangling(const std::vector<objects::Dangling>& dangling, Console& console) {
  constexpr size_t kMost = 10;
  std::vector<const objects::Dangling*> broken;
  size_t unsaved = 0;
  for (const objects::Dangling& reference : dangling) {
    if (reference.handled) {
      broken.push_back(&reference);
    } else {
      ++unsaved;
    }
  }
  if (!broken.empty()) {
    console.Say(Counted(broken.size(), "reference") + " that nothing in the archive answers:");
    for (size_t i = 0; i < std::min(broken.size(), kMost); ++i) {
      console.Say("  " + broken[i]->kind + "  " + Shorten(broken[i]->natural_key, 40) + "  " + broken[i]->path +
                  " -> " + broken[i]->target + " " + Shorten(broken[i]->value, 60));
    }
    if (broken.size() > kMost) console.Say("  and " + WithSeparators(broken.size() - kMost) + " more (dbxark info)");
  }
  if (unsaved > 0)
    console.Say(Counted(unsaved, "reference") + " to kinds that are not saved (dbxark verify --restorable)");
}

std::string ReportJson(const ExportFlags& flags, const backup::BackupReport& report, uint64_t requests, int exit) {
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.export.v1").Member("archive", flags.output);
  out.Member("archive_id", report.summary.archive_id).Member("sha256", report.summary.sha256_hex);
  out.Member("archive_bytes", report.summary.archive_bytes).Member("bytes", report.bytes);
  out.Member("workspace_id", report.workspace_id).Member("user_name", report.caller.user_name);
  out.Member("partial", report.partial_view).Member("requests", requests).Member("exit", exit);
  out.Key("counts").BeginObject();
  for (const auto& [kind, count] : report.counts) out.Member(kind, count);
  out.EndObject();
  for (const auto& [gap_class, key] :
       {std::pair{Gap::Class::kFailed, "failed"}, std::pair{Gap::Class::kOutOfReach, "out_of_reach"},
        std::pair{Gap::Class::kExcluded, "excluded"}}) {
    out.Key(key).BeginArray();
    for (const Gap* gap : report.Of(gap_class)) {
      out.BeginObject().Member("kind", gap->kind).Member("id", gap->id).Member("natural_key", gap->natural_key);
      out.Member("reason", gap->reason).Member("size_bytes", gap->size_bytes).Member("count", gap->count).EndObject();
    }
    out.EndArray();
  }
  out.Key("dangling").BeginArray();
  for (const objects::Dangling& reference : report.dangling) {
    out.BeginObject().Member("kind", reference.kind).Member("id", reference.id);
    out.Member("natural_key", reference.natural_key).Member("path", reference.path);
    out.Member("target", reference.target).Member("value", reference.value);
    out.Member("saved_kind", reference.handled).EndObject();
  }
  out.EndArray().Member("credential_shapes", report.credentials.count());
  return out.EndObject().Take();
}

Result<backup::BackupOptions> OptionsOf(const ExportFlags& flags, const Session& session) {
  backup::BackupOptions options;
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return std::move(selection).error();
  auto max_file = ParseSize(flags.dbfs_max_file);
  if (!max_file.ok()) return std::move(max_file).error();
  options.path = flags.output;
  options.selection = std::move(*selection);
  options.notebook_format =
      flags.notebook_format == "jupyter" ? workspace::NotebookFormat::kJupyter : workspace::NotebookFormat::kSource;
  options.inventory.workers = options.workers = flags.tuning.workers;
  options.inventory.dbfs_max_bytes = *max_file;
  if (!flags.dbfs_roots.empty()) {
    options.inventory.dbfs_roots.clear();
    for (std::string root : flags.dbfs_roots) {
      root = objects::BarePath(root);
      while (root.size() > 1 && root.ends_with('/')) root.pop_back();
      if (!root.starts_with('/'))
        return Error(ErrorCode::kUsage, "--dbfs-root takes an absolute path, not " + ShellQuote(root));
      options.inventory.dbfs_roots.push_back(root);
    }
  }
  options.writer.level = flags.level;
  options.writer.archive_id = flags.archive_id;
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch != nullptr) {
    options.writer.clock_ms = std::strtoll(epoch, nullptr, 10) * 1000;
  }
  options.host = session.connection().host;
  options.refuse_plain_secrets = flags.refuse_plain_secrets;
  return options;
}

}  // namespace

int RunExport(const ExportFlags& flags, Console& console) {
  const std::stop_token stop = StopOnSignals();
  auto accepted = ReadAccepted(flags.accept_file);
  if (!accepted.ok()) return console.Fail(accepted.error());
  if (FileSystem::Real().Exists(flags.output)) {
    return console.Fail(Error(ErrorCode::kAlreadyExists, ShellQuote(flags.output) +
                                                             " exists already, and an archive is never overwritten: "
                                                             "choose another name (-o)"));
  }
  auto session = Session::Open(flags.connection, flags.tuning, console);
  if (!session.ok()) return console.Fail(session.error());
  auto options = OptionsOf(flags, **session);
  if (!options.ok()) return console.Fail(options.error());
  const int64_t began_ms = Clock::Real().SteadyMs();
  auto me = (*session)->Introduce("from", console, stop);
  if (!me.ok()) return console.Fail(me.error());

  std::optional<Progress> progress(std::in_place, console, Clock::Real(), (*session)->Sources());
  ExportProgress observer(*progress, console);
  auto report = backup::Backup((*session)->client(), (*session)->content(), FileSystem::Real(), Clock::Real(), *options,
                               observer, stop);
  if (report.ok()) observer.End();
  progress.reset();
  if (!report.ok()) return console.Fail(std::move(report).error().Within("export"));

  const auto failed = report->Of(Gap::Class::kFailed);
  std::vector<const Gap*> alarming;
  std::copy_if(failed.begin(), failed.end(), std::back_inserter(alarming), [&](const Gap* gap) {
    return !accepted->contains(gap->kind + " " + (gap->natural_key.empty() ? "*" : gap->natural_key));
  });
  const bool partial = report->partial_view && !flags.partial_ok;
  const ExitCode code = alarming.empty() && !partial ? ExitCode::kDone : ExitCode::kPartial;
  if (console.wants_documents()) {
    console.Document(ReportJson(flags, *report, (*session)->requests(), static_cast<int>(code)));
  }
  if (console.json()) return console.Finish(code);
  uint64_t saved = report->summary.objects;
  uint64_t lost = 0;
  for (const Gap* gap : failed) lost += gap->count;
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    if (const auto count = report->counts.find(std::string(kind->plural)); count != report->counts.end()) {
      const std::string number = WithSeparators(count->second);
      console.Say("  " + std::string(number.size() < 10 ? 10 - number.size() : 0, ' ') + number + "  " + count->first);
    }
  }
  SayNotSaved(*report, console);
  SayDangling(report->dangling, console);
  if (report->credentials.count() > 0) {
    console.Say(Counted(report->credentials.count(), "place looks", "places look") +
                " like a credential in clear text (dbxark info shows of which kind)");
  }
  if (!failed.empty()) SayFailures(failed, console);
  if (report->partial_view) {
    console.Say("partial view: " + Printable(report->caller.user_name) +
                " is no administrator, so there may be objects that this export could not see");
  }
  console.Verdict("done  " + WithSeparators(saved) + " of " + WithSeparators(saved + lost) + " objects, " +
                  HumanSize(report->bytes) + " -> " + HumanSize(report->summary.archive_bytes) + ", " +
                  Counted((*session)->requests(), "request") +
                  ((*session)->retries() > 0 ? ", " + Counted((*session)->retries(), "retry", "retries") : "") + "  " +
                  Elapsed(Clock::Real().SteadyMs() - began_ms));
  console.Verdict("      " + ShellQuote(flags.output) + "  sha256 " + report->summary.sha256_hex);
  if (code == ExitCode::kDone) return console.Finish(code);
  std::string meaning = "the archive is valid; ";
  if (!alarming.empty()) {
    meaning += Counted(alarming.size(), "failure is", "failures are") + " listed in it   (dbxark info --failed " +
               ShellQuote(flags.output) + ")";
  } else {
    meaning += "it is a partial view (--partial-ok accepts that)";
  }
  return console.Finish(code, meaning);
}

}  // namespace dbxark::cli
