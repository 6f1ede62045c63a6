// What people need after a restore: what became of every object, what was changed on the way, and what is left to do by
// hand, in the order to do it.
//
// A value, made from the plan, what came of it and the archive's definitions; printed as JSON or as Markdown. No
// credential's value is in it: a value is shown only where it is a single one, in a field whose name speaks of no
// secret and in which nobody writes what he likes (parameters, environment variables, Spark configuration), and what
// has the shape of a credential is hidden wherever it stands, messages of the service and names included.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.h"
#include "restore/archived.h"
#include "restore/journal.h"
#include "restore/plan.h"
#include "restore/read_back.h"
#include "restore/report.h"

namespace dbxark::restore {

// One field of one object that was, or was not, sent.
struct ReportedField {
  std::string why;  // "mapped", "dropped", "held_back", "not_sent", "unknown"; "differs"
  std::string path;
  // As they may be shown: JSON text, or words in brackets; empty where there is none.
  std::string old_value, new_value;
  std::string reason;
};

struct ReportedObject {
  std::string outcome;  // "created", ..., "unknown"; "not_begun"
  ReportItem item;
  std::vector<ReportedField> edits;  // of what was sent, also by earlier runs; of what was not made, would have been
  std::vector<ReportedField> differences;  // between archive (old) and target (new)
};

// {{secrets/scope/key}} in a definition.
struct SecretName {
  std::string scope, key;
  auto operator<=>(const SecretName&) const = default;
};
struct FieldOf {
  std::string kind, id, natural_key, path;
};

// What the definitions of the plan's objects say beside the plan.
struct DefinitionFacts {
  std::map<SecretName, std::vector<FieldOf>> secrets;
  std::vector<FieldOf> activities;  // on in the source
  // By kind and id: edits of what earlier runs made and this one found.
  std::map<std::pair<std::string, std::string>, std::vector<objects::FieldEdit>> earlier_edits;
  // By kind and id: values that must not be repeated, whoever quotes them.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> credentials;
};
// Reads every definition that the plan is about; one that cannot be read says nothing (its step says why).
// `ids` and `progress`: after the run.
DefinitionFacts CollectFacts(const ArchivedWorkspace& archive, const Plan& plan, const objects::Resolver& ids,
                             const ProgressMap& progress);
// Adds what one definition says.
void AddFacts(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& natural_key,
              json::Node definition, DefinitionFacts& facts);

// One thing to do by hand.
struct ManualStep {
  std::string name;  // for programs: "supply_secrets"
  std::string what;  // a sentence
  std::vector<std::string> details;
  std::vector<std::string> commands;  // to paste into a shell
};

// What the caller knows beside plan and report.
struct ReportFacts {
  std::string archive_path, archive_created;
  // As a shell takes them, to run a command for the same target and objects again; each may be empty.
  std::string connection;       // "--profile secondary"
  std::string selection;        // "--include jobs --exclude jobs:test"
  std::string journal;          // "--journal FILE"
  std::string placing;          // "--map aws.toml --to /Restored": what becomes of what is where; of restore and drill
  std::string standby;          // "--standby", or empty
  std::string restore_options;  // of restore alone: "--on-conflict update"
  std::string profile;          // of the vendor's tools: "--profile secondary"
  int64_t began_ms = 0, ended_ms = 0;
  uint64_t requests = 0;
  std::string error;  // not empty: what ended the restore before its end
};

struct RestoreReport {
  ReportFacts facts;
  std::string archive_id, source_host, source_workspace_id, target_host, target_workspace_id;
  std::string journal_path;
  bool interrupted = false, complete = false;
  HeldBack held_back;         // made by this run or an earlier one, and off
  bool any_activity = false;  // something was on in the source
  std::vector<std::string> notes;
  std::vector<ReportedObject> objects;  // by outcome, each in the plan's order
  std::map<SecretName, std::vector<FieldOf>> secrets;
  std::vector<FieldOf> passwords;  // that the source did not show
  struct RunAs {
    FieldOf job;
    std::string before, now;  // in the source, in the target
  };
  std::vector<RunAs> run_as;  // jobs that restores made, and that ran as somebody else in the source
  ReadBack read_back;
  std::vector<ManualStep> to_do;

  std::vector<const ReportedObject*> Of(std::string_view outcome) const;
};

RestoreReport MakeRestoreReport(const Plan& plan, const Report& report, const DefinitionFacts& definitions,
                                ReportFacts facts);

// In the order in which they are told: what needs somebody comes first.
inline constexpr std::string_view kReportedOutcomes[] = {"unknown",   "failed",  "blocked", "conflict",
                                                         "not_begun", "skipped", "gone",    "removed",
                                                         "updated",   "adopted", "created", "finished"};

// How a report begins, so that a later one may take its place.
inline constexpr std::string_view kRestoreReportSchema = "dbxark.restore_report.v1";
inline constexpr std::string_view kRestoreReportTitle = "# dbxark restore report\n";

std::string RestoreReportJson(const RestoreReport& report);
std::string RestoreReportMarkdown(const RestoreReport& report);

}  // namespace dbxark::restore
