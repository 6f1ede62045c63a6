#include "restore/manual_steps.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "restore/plan_text.h"

namespace dbxark::restore {
namespace {

constexpr size_t kMostNames = 5;  // in one line

std::string NameOf(const std::string& kind, const std::string& id, const std::string& natural_key) {
  return KindWords(kind) + " " + (natural_key.empty() ? id : natural_key);
}

// "job a, job b and 3 more"
std::string NamesOf(const std::vector<std::string>& names) {
  const std::vector<std::string> first(names.begin(), names.begin() + std::min(names.size(), kMostNames));
  return Join(first, ", ") +
         (names.size() > kMostNames ? " and " + WithSeparators(names.size() - kMostNames) + " more" : "");
}

// The reasons of all objects of an outcome, and whose they are.
std::vector<std::string> ReasonsOf(const std::vector<const ReportedObject*>& objects) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const ReportedObject* object : objects) {
    const auto same = [&](const auto& group) { return group.first == object->item.reason; };
    auto group = std::find_if(groups.begin(), groups.end(), same);
    if (group == groups.end()) group = groups.insert(groups.end(), {object->item.reason, {}});
    group->second.push_back(NameOf(object->item.kind, object->item.id, object->item.natural_key));
  }
  std::vector<std::string> lines;
  for (const auto& [reason, names] : groups) {
    lines.push_back(reason.empty() ? NamesOf(names) : NamesOf(names) + ": " + reason);
  }
  return lines;
}

// The steps that are left, in their order.
class ManualSteps {
 public:
  explicit ManualSteps(RestoreReport& report) : report_(report) {
    const ReportFacts& facts = report.facts;
    const std::string archive = ShellQuote(facts.archive_path);
    std::string same = archive;
    for (const std::string* words : {&facts.connection, &facts.selection, &facts.journal}) {
      if (!words->empty()) same += " " + *words;
    }
    const std::string placed = same + (facts.placing.empty() ? "" : " " + facts.placing);
    overwrite_ = "dbxark restore " + placed + (facts.standby.empty() ? "" : " " + facts.standby);
    again_ = "dbxark restore " + placed + (facts.restore_options.empty() ? "" : " " + facts.restore_options);
    drill_ = "dbxark drill " + placed;
    cutover_ = "dbxark cutover " + same;
    vendor_ = facts.profile.empty() ? "" : " " + facts.profile;
  }

  void Run() {
    GoOn();
    SupplySecrets();
    SupplyPasswords();
    SetRunAs();
    LookAtOutcomes();
    LookAtLosses();
    LookAtDifferences();
    LookAtGone();
    LookAtDropped();
    Add("drill", "Ask whether the target holds what the archive has.", {}, {drill_});
    CutOver();
  }

 private:
  void Add(std::string name, std::string what, std::vector<std::string> details, std::vector<std::string> commands) {
    report_.to_do.push_back({std::move(name), std::move(what), std::move(details), std::move(commands)});
  }

  void GoOn() {
    if (!report_.interrupted) return;
    std::vector<std::string> details;
    if (const size_t left = report_.Of("not_begun").size(); left > 0) {
      details.push_back(Counted(left, "object") + (left == 1 ? " was" : " were") + " not begun");
    }
    if (!report_.facts.error.empty()) details.push_back("it ended by: " + report_.facts.error);
    Add("go_on", "Run the restore again: it goes on where it stopped.", std::move(details), {again_ + " --yes"});
  }

  void SupplySecrets() {
    if (report_.secrets.empty()) return;
    std::vector<std::string> details, commands;
    std::set<std::string> scopes;
    for (const auto& [name, uses] : report_.secrets) {
      std::vector<std::string> names;
      for (const FieldOf& use : uses) {
        const std::string user = NameOf(use.kind, use.id, use.natural_key);
        if (std::find(names.begin(), names.end(), user) == names.end()) names.push_back(user);
      }
      details.push_back(name.scope + "/" + name.key + ", for " + NamesOf(names));
      if (scopes.insert(name.scope).second) {
        commands.push_back("databricks secrets create-scope " + ShellQuote(name.scope) + vendor_);
      }
      commands.push_back("databricks secrets put-secret " + ShellQuote(name.scope) + " " + ShellQuote(name.key) +
                         vendor_);
    }
    Add("supply_secrets",
        "Supply the secrets that definitions refer to (those that notebooks ask for by themselves are not listed).",
        std::move(details), std::move(commands));
  }

  void SupplyPasswords() {
    if (report_.passwords.empty()) return;
    std::vector<std::string> details;
    for (const FieldOf& field : report_.passwords) {
      details.push_back(NameOf(field.kind, field.id, field.natural_key) + ": " + field.path);
    }
    Add("supply_passwords", "Set the passwords that the source did not show.", std::move(details), {});
  }

  void SetRunAs() {
    if (report_.run_as.empty()) return;
    std::vector<std::string> details;
    for (const auto& [job, before, now] : report_.run_as) {
      details.push_back(NameOf(job.kind, job.id, job.natural_key) + ": ran as " + before + ", runs as " + now);
    }
    Add("set_run_as",
        "Say whom these jobs run as (Run as, or their owner): their definitions do not, so that they run as whoever "
        "made them.",
        std::move(details), {});
  }

  void LookAtOutcomes() {
    std::vector<const ReportedObject*> blocked, unknown = report_.Of("unknown");
    for (const ReportedObject* object : report_.Of("blocked")) {
      // What an earlier run left open is to be looked at, not supplied.
      (object->item.reason.starts_with(kMayHaveBeenMade) ? unknown : blocked).push_back(object);
    }
    if (!blocked.empty()) {
      Add("unblock", "Supply what blocked objects need, or accept that they stay away, and run the restore again.",
          ReasonsOf(blocked), {overwrite_ + " --dry-run", again_ + " --yes"});
    }
    std::vector<const ReportedObject*> failed, damaged;
    for (const ReportedObject* object : report_.Of("failed")) {
      (object->item.reason.starts_with(kArchiveDamaged) ? damaged : failed).push_back(object);
    }
    if (!damaged.empty()) {
      Add("replace_damaged", "Take from another archive what this one cannot give any more: it is damaged there.",
          ReasonsOf(damaged), {"dbxark verify " + ShellQuote(report_.facts.archive_path)});
    }
    if (!failed.empty()) {
      Add("retry_failed", "Remove the cause of what failed, and run the restore again.", ReasonsOf(failed),
          {again_ + " --yes"});
    }
    if (!unknown.empty()) {
      Add("check_unknown",
          "Look in the target whether these were made: their answers were lost. Where one was not, this makes it; "
          "where "
          "it was, it makes a second one.",
          ReasonsOf(unknown), {again_ + " --retry-unknown --yes"});
    }
  }

  void LookAtLosses() {
    std::vector<std::string> vanished, differing, commands;
    for (const Loss& loss : report_.read_back.losses) {
      const std::string name = NameOf(loss.kind, loss.id, loss.natural_key);
      if (loss.vanished) vanished.push_back(name);
      for (const LostField& field : loss.fields) {
        differing.push_back(name + ": " + DescribeLoss(field));
        // What runs costs by the minute.
        const char* command = loss.kind != "cluster"   ? nullptr
                              : field.path == "state"  ? "databricks clusters delete "
                              : field.path == "pinned" ? "databricks clusters pin "
                                                       : nullptr;
        if (command != nullptr) commands.push_back(command + ShellQuote(loss.new_id) + vendor_);
      }
    }
    if (!differing.empty()) {
      commands.push_back(overwrite_ + " --on-conflict update --dry-run");
      Add("set_lost",
          "Look at what was sent and not kept: a setting, a policy or the region of the target may forbid it. Send it "
          "again, or set it by hand.",
          std::move(differing), std::move(commands));
    }
    if (!vanished.empty()) {
      Add("make_vanished_again",
          "Find out who or what removed these: they were made, and are not there. Run the restore again to make them "
          "again.",
          std::move(vanished), {again_ + " --yes"});
    }
    std::vector<std::string> unread;
    if (report_.read_back.interrupted) unread.push_back("it was interrupted before all was read back");
    for (const Unread& one : report_.read_back.unread) {
      unread.push_back(KindWords(one.kind) + (one.natural_key.empty() ? "" : " " + one.natural_key) + ": " +
                       one.reason);
    }
    if (!unread.empty()) {
      Add("look_at_unread", "Look at what could not be read back: whether it is as it was sent is not known.",
          std::move(unread), {drill_});
    }
  }

  void LookAtDifferences() {
    std::vector<std::string> details;
    for (const ReportedObject& object : report_.objects) {
      const bool left = (object.outcome == "adopted" && !object.differences.empty()) || object.outcome == "conflict";
      if (!left && object.outcome != "skipped") continue;
      details.push_back(NameOf(object.item.kind, object.item.id, object.item.natural_key) + ": " + object.item.reason);
    }
    if (details.empty()) return;
    Add("decide_differences",
        "Decide about what was there and differs, or was skipped; it was left as it is. This would overwrite it:",
        std::move(details), {overwrite_ + " --on-conflict update --dry-run"});
  }

  void LookAtGone() {
    const auto gone = report_.Of("gone");
    if (gone.empty()) return;
    Add("decide_gone", "Decide about what the source has no more; it was left in the target.", ReasonsOf(gone), {});
  }

  void LookAtDropped() {
    std::vector<std::string> details;
    for (const ReportedObject& object : report_.objects) {
      for (const ReportedField& edit : object.edits) {
        // Of another cloud there is nothing that could be put back.
        if (edit.reason == objects::kOfAnotherCloud) continue;
        if (edit.why != "dropped" || object.outcome == "not_begun" || object.outcome == "blocked") continue;
        details.push_back(NameOf(object.item.kind, object.item.id, object.item.natural_key) + ": " + edit.path +
                          (edit.old_value.empty() ? "" : " " + edit.old_value));
      }
    }
    if (details.empty()) return;
    Add("put_back_dropped", "Put back by hand what was dropped, if it is wanted: nothing in the target answers to it.",
        std::move(details), {});
  }

  void CutOver() {
    if (report_.held_back.empty() && !report_.any_activity) return;
    std::vector<std::string> details;
    if (!report_.held_back.empty()) details.push_back("off until then: " + HeldBackText(report_.held_back));
    details.push_back(
        "if the source still runs, freeze it first, so that nothing runs twice: dbxark freeze --profile SOURCE");
    Add("cut_over", "Cut over: switch on in the target what was on in the source.", std::move(details),
        {cutover_ + " --dry-run", cutover_ + " --yes"});
  }

  RestoreReport& report_;
  std::string overwrite_, again_, drill_, cutover_, vendor_;
};

}  // namespace

void AddManualSteps(RestoreReport& report) { ManualSteps(report).Run(); }

}  // namespace dbxark::restore
