#include "restore/restore_report.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "json/writer.h"
#include "objects/credential_shapes.h"
#include "restore/manual_steps.h"
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
    out_.any_activity = !definitions_.activities.empty();
    AddManualSteps(out_);
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
    const bool made = is_earlier || object.outcome == "created" || object.outcome == "finished";
    if (made && RunsAsAnother(step, plan_.caller)) {
      out_.run_as.push_back({{object.item.kind, object.item.id, object.item.natural_key, "run_as_user_name"},
                             step.ran_as,
                             RunsAs(step, plan_.caller)});
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

  const Plan& plan_;
  const Report& in_;
  const DefinitionFacts& definitions_;
  RestoreReport out_;
  std::map<std::pair<std::string, std::string>, const Step*> steps_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::map<std::pair<std::string, std::string>, std::string> made_;  // and what it is in the target
};

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
