#include "restore/restore_report.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "json/writer.h"
#include "objects/credential_shapes.h"
#include "restore/plan_text.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;

constexpr std::string_view kSecretBegin = "{{secrets/", kSecretEnd = "}}";

void AddSecrets(const std::string& text, const FieldOf& field, DefinitionFacts& facts) {
  for (size_t at = text.find(kSecretBegin); at != std::string::npos; at = text.find(kSecretBegin, at + 1)) {
    const size_t begin = at + kSecretBegin.size(), end = text.find(kSecretEnd, begin);
    if (end == std::string::npos) return;
    const std::string name = text.substr(begin, end - begin);
    const size_t slash = name.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) continue;
    auto& uses = facts.secrets[{name.substr(0, slash), name.substr(slash + 1)}];
    const bool known = !uses.empty() && uses.back().id == field.id && uses.back().path == field.path;
    if (!known) uses.push_back(field);
  }
}

void AddStrings(json::Node node, FieldOf& field, DefinitionFacts& facts) {
  if (node.IsString()) AddSecrets(node.text(), field, facts);
  const std::string path = field.path;
  for (const json::Node& member : node.members()) {
    field.path = path + (path.empty() ? "" : ".") + member.key();
    AddStrings(member, field, facts);
  }
  size_t index = 0;
  for (const json::Node& element : node.elements()) {
    field.path = path + "[" + std::to_string(index++) + "]";
    AddStrings(element, field, facts);
  }
  field.path = path;
}

// Makes the report of one restore.
class Maker {
 public:
  Maker(const Plan& plan, const Report& report, const DefinitionFacts& definitions, ReportFacts facts)
      : plan_(plan), in_(report), definitions_(definitions) {
    out_.facts = std::move(facts);
    for (const Step& step : plan.steps) {
      if (step.op != Op::kComplete) steps_[{std::string(step.kind->name), step.id}] = &step;
    }
    for (const auto& [outcome, items] : report.items) {
      for (const ReportItem& item : items) {
        if (!item.new_id.empty()) made_[{item.kind, item.id}] = item.new_id;
      }
    }
  }

  RestoreReport Run() {
    out_.archive_id = plan_.archive_id;
    out_.source_host = plan_.source_host;
    out_.source_workspace_id = plan_.source_workspace_id;
    out_.target_host = plan_.target_host;
    out_.target_workspace_id = plan_.target_workspace_id;
    out_.journal_path = in_.journal_path;
    out_.interrupted = in_.interrupted || !out_.facts.error.empty();
    out_.complete = in_.Complete() && out_.facts.error.empty();
    out_.facts.error = objects::WithoutCredentials(out_.facts.error);
    out_.held_back = in_.held_back;
    for (const std::string& note : plan_.notes) out_.notes.push_back(objects::WithoutCredentials(note));
    for (const auto& [outcome, items] : in_.items) {
      for (const ReportItem& item : items) AddObject(std::string(OutcomeName(outcome)), item);
    }
    AddNotBegun();
    AddReadBack();
    for (const auto& [name, uses] : definitions_.secrets) {
      for (const FieldOf& use : uses) out_.secrets[name].push_back(Shown(use));
    }
    AddManualSteps();
    return std::move(out_);
  }

 private:
  static FieldOf Shown(FieldOf field) {
    field.natural_key = objects::WithoutCredentials(field.natural_key);
    return field;
  }

  // A message may quote what was sent.
  std::string ShownReason(const ReportItem& item) const {
    std::string reason = objects::WithoutCredentials(item.reason);
    const auto known = definitions_.credentials.find({item.kind, item.id});
    if (known == definitions_.credentials.end()) return reason;
    for (const std::string& value : known->second) {
      for (size_t at = reason.find(value); at != std::string::npos; at = reason.find(value, at)) {
        reason.replace(at, value.size(), objects::kHidden);
      }
    }
    return reason;
  }

  void AddObject(std::string outcome, ReportItem item) {
    const auto found = steps_.find({item.kind, item.id});
    seen_.insert({item.kind, item.id});
    item.reason = ShownReason(item);
    item.natural_key = objects::WithoutCredentials(item.natural_key);
    ReportedObject object{std::move(outcome), std::move(item), {}, {}};
    if (found != steps_.end()) AddFields(*found->second, object);
    out_.objects.push_back(std::move(object));
  }

  void AddFields(const Step& step, ReportedObject& object) {
    const auto earlier = definitions_.earlier_edits.find({object.item.kind, object.item.id});
    const bool is_earlier = object.outcome == "adopted" && earlier != definitions_.earlier_edits.end();
    for (const FieldEdit& edit : is_earlier ? earlier->second : step.edits) {
      if (is_earlier && edit.why == FieldEdit::Why::kHeldBack) ++out_.held_back[HeldBackWord(edit.path, *step.kind)];
      ReportedField field{std::string(WhyName(edit.why)), edit.path, OldValueOf(edit), NewValueOf(edit), edit.reason};
      const bool sent = !object.item.new_id.empty() || object.outcome == "created" || object.outcome == "updated";
      if (edit.why == FieldEdit::Why::kNotSent && edit.reason == objects::kNotShown && sent) {
        out_.passwords.push_back({object.item.kind, object.item.id, object.item.natural_key, edit.path});
      }
      object.edits.push_back(std::move(field));
    }
    for (const objects::Difference& difference : step.differences) {
      object.differences.push_back({"differs", difference.path, objects::ShownValue(difference.path, difference.left),
                                    objects::ShownValue(difference.path, difference.right), ""});
    }
  }

  // Of what goes with all that encloses it ({"id":"x"}), the reference itself.
  static std::string OldValueOf(const FieldEdit& edit) {
    if (edit.why == FieldEdit::Why::kDropped) {
      const auto old = json::Document::Parse(edit.old_value);
      const json::Node member = old.ok() ? old->root()[edit.path.substr(edit.path.rfind('.') + 1)] : json::Node();
      if (member) return objects::ShownValue(edit.path, member.raw());
    }
    return objects::ShownValue(edit.path, edit.old_value);
  }

  // The plan has placeholders for ids that were still to come.
  std::string NewValueOf(const FieldEdit& edit) const {
    if (edit.why == FieldEdit::Why::kMapped) {
      const auto old = json::Document::Parse(edit.old_value);
      const auto made = old.ok() ? made_.find({edit.reason, old->root().TextOrNumber()}) : made_.end();
      if (made != made_.end()) return old->root().IsString() ? json::Quote(made->second) : made->second;
      if (edit.new_value.starts_with("(new) ")) return objects::WithoutCredentials(edit.new_value);
    }
    return objects::ShownValue(edit.path, edit.new_value);
  }

  void AddNotBegun() {
    for (const Step& step : plan_.steps) {
      const std::pair key{std::string(step.kind->name), step.id};
      if (step.op == Op::kComplete || seen_.contains(key)) continue;
      AddObject("not_begun", {key.first, step.id, step.natural_key, step.new_id, ""});
    }
  }

  // Values are shown as reports may show them already.
  void AddReadBack() {
    out_.read_back = in_.read_back;
    for (Loss& loss : out_.read_back.losses) loss.natural_key = objects::WithoutCredentials(loss.natural_key);
    for (Unread& unread : out_.read_back.unread) {
      unread.natural_key = objects::WithoutCredentials(unread.natural_key);
      unread.reason = objects::WithoutCredentials(unread.reason);
    }
  }

  void AddManualSteps();

  const Plan& plan_;
  const Report& in_;
  const DefinitionFacts& definitions_;
  RestoreReport out_;
  std::map<std::pair<std::string, std::string>, const Step*> steps_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::map<std::pair<std::string, std::string>, std::string> made_;  // and what it is in the target
};

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
    overwrite_ = "dbxark restore " + same;
    again_ = overwrite_ + (facts.restore_options.empty() ? "" : " " + facts.restore_options);
    drill_ = "dbxark drill " + same + (facts.map.empty() ? "" : " " + facts.map);
    cutover_ = "dbxark cutover " + same;
    vendor_ = facts.profile.empty() ? "" : " " + facts.profile;
  }

  void Run() {
    GoOn();
    SupplySecrets();
    SupplyPasswords();
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
    if (const auto failed = report_.Of("failed"); !failed.empty()) {
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

void Maker::AddManualSteps() {
  out_.any_activity = !definitions_.activities.empty();
  ManualSteps(out_).Run();
}

}  // namespace

void AddFacts(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& natural_key,
              json::Node definition, DefinitionFacts& facts) {
  FieldOf field{std::string(kind.name), id, natural_key, {}};
  AddStrings(definition, field, facts);
  for (const objects::FoundActivity& activity : objects::FindActivities(kind, definition)) {
    if (activity.on) facts.activities.push_back({field.kind, id, natural_key, activity.path});
  }
  if (auto values = objects::CredentialValues(definition); !values.empty()) {
    facts.credentials[{field.kind, id}] = std::move(values);
  }
}

DefinitionFacts CollectFacts(const ArchivedWorkspace& archive, const Plan& plan, const objects::Resolver& ids,
                             const ProgressMap& progress) {
  DefinitionFacts facts;
  for (const Step& step : plan.steps) {
    if (step.op == Op::kComplete || step.object == kNotArchived || !HasDefinition(*step.kind)) continue;
    auto text = archive.read(archive.objects[step.object].row);
    if (!text.ok()) continue;
    const auto document = json::Document::Parse(std::move(*text));
    if (!document.ok()) continue;
    AddFacts(*step.kind, step.id, step.natural_key, document->root(), facts);
    const auto known = progress.find({std::string(step.kind->name), step.id});
    const bool ours = known != progress.end() && known->second.done && known->second.how != "adopted";
    if (step.op != Op::kAdopt || !ours) continue;
    auto prepared = objects::Prepare(*step.kind, *document, ids, {});
    if (!prepared.ok()) continue;
    // What was switched on since is held back no more.
    std::erase_if(prepared->edits, [&](const FieldEdit& edit) {
      return edit.why == FieldEdit::Why::kHeldBack &&
             std::none_of(step.off_there.begin(), step.off_there.end(),
                          [&](const std::string& off) { return edit.path.ends_with(off); });
    });
    facts.earlier_edits[{std::string(step.kind->name), step.id}] = std::move(prepared->edits);
  }
  return facts;
}

std::vector<const ReportedObject*> RestoreReport::Of(std::string_view outcome) const {
  std::vector<const ReportedObject*> found;
  for (const ReportedObject& object : objects) {
    if (object.outcome == outcome) found.push_back(&object);
  }
  return found;
}

RestoreReport MakeRestoreReport(const Plan& plan, const Report& report, const DefinitionFacts& definitions,
                                ReportFacts facts) {
  return Maker(plan, report, definitions, std::move(facts)).Run();
}

}  // namespace dbxark::restore
