// Planning what has a definition: counterparts, edits, what blocks it.
#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/planner_steps.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {

using objects::FieldEdit;
using objects::ObjectDescriptor;

namespace {

// As whom a job runs; empty of other kinds.
std::string RunsAsOf(const ObjectDescriptor& kind, json::Node definition) {
  return &kind == &objects::kJob ? std::string(definition["run_as_user_name"].text()) : "";
}

}  // namespace

Status Planner::PlanOne(size_t index) {
  const ArchivedObject& object = Object(index);
  const ObjectDescriptor& kind = *object.kind;
  if (kind.storage == objects::Storage::kCatalogue) {
    PlanCatalogue(index);
    return {};
  }
  if (!HasDefinition(kind)) {
    PlanNode(index);
    return {};
  }
  auto text = in_.archive.read(object.row);
  if (!text.ok()) return PlanUnreadable(index, text.error());
  auto document = json::Document::Parse(std::move(*text));
  if (!document.ok()) return PlanUnreadable(index, document.error());
  return PlanDefinition(index, *document);
}

Status Planner::PlanUnreadable(size_t index, const Error& error) {
  if (error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kInterrupted) return error;
  Step step = NewStep(index);
  step.op = Op::kBlocked;
  step.reason = error.message();
  AddStep(index, std::move(step));
  return {};
}

void Planner::PlanCatalogue(size_t index) {
  Step step = NewStep(index);
  if (matcher_.ById(step.kind->name, step.id) != nullptr) {
    step.op = Op::kAdopt;
    step.new_id = step.id;
    ids_.Set(step.kind->name, step.id, step.id);
  } else {
    step.op = Op::kSkip;
    step.reason = "comes with the workspace, and this one does not have it";
  }
  AddStep(index, std::move(step));
}

Status Planner::PlanDefinition(size_t index, const json::Document& document) {
  const ArchivedObject& object = Object(index);
  const ObjectDescriptor& kind = *object.kind;
  Step step = NewStep(index);
  if (const auto why = in_.target.unreadable.find(kind.name); why != in_.target.unreadable.end()) {
    step.op = Op::kBlocked;
    step.reason = "what is there is not known: " + why->second;
    AddStep(index, std::move(step));
    return {};
  }
  if (!document.root()["settings"]["run_as"]) step.ran_as = RunsAsOf(kind, document.root());
  if (&kind == &objects::kClusterLibraries && !in_.refused[index])
    return PlanLibraries(index, std::move(step), document);
  auto body = objects::Prepare(kind, document, ids_, {.hold_back = false});
  if (!body.ok()) return PlanUnreadable(index, body.error());
  const TargetObject* counterpart = matcher_.ByIdentity(object);
  const bool sure = counterpart != nullptr;
  if (!sure && body->blockers.empty()) counterpart = EqualCounterpart(object, body->body);
  if (counterpart != nullptr) {
    if (!step.ran_as.empty()) {
      const auto there = json::Document::Parse(counterpart->definition);
      if (there.ok()) step.runs_as = RunsAsOf(kind, there->root());
    }
    PlanCounterpart(step, *counterpart, body->body, document);
    const size_t others = matcher_.ByKey(kind.name, object.row.natural_key, true).size() - 1;
    if (!sure && others > 0 && step.op == Op::kAdopt && step.reason.empty()) {
      step.reason = "told from " + Counted(others, "other") + " of its name by its definition";
    }
  } else {
    PlanNew(step, body->body, document);
  }
  Settle(step, document);
  AddStep(index, std::move(step));
  AddSecondPass(step_of_[index], {});
  return {};
}

const TargetObject* Planner::EqualCounterpart(const ArchivedObject& object, const std::string& body) {
  std::vector<const TargetObject*> candidates = matcher_.ByKey(object.kind->name, object.row.natural_key, false);
  if (const Progress* progress = ProgressOf(object); progress != nullptr && progress->open) {
    const auto& known = progress->open->known_ids;
    std::erase_if(candidates, [&](const TargetObject* candidate) {
      return std::find(known.begin(), known.end(), candidate->id) != known.end();
    });
  }
  const auto equal = Matcher::Equal(*object.kind, body, std::move(candidates));
  const Progress* progress = ProgressOf(object);
  const bool ambiguous = equal.size() > 1 && progress != nullptr && progress->open;
  if (equal.empty() || ambiguous) return nullptr;
  matcher_.Take(object.kind->name, equal.front()->id);
  return equal.front();
}

void Planner::PlanCounterpart(Step& step, const TargetObject& counterpart, const std::string& body,
                              const json::Document& document) {
  step.new_id = counterpart.id;
  ids_.Set(step.kind->name, step.id, counterpart.id);
  const Progress* progress = ProgressOf(Object(step.object));
  const bool made_by_us = progress != nullptr && !progress->done && progress->new_id == counterpart.id;
  auto differences = Matcher::Compare(*step.kind, body, counterpart);
  // Its answer was lost, and this is it.
  const bool found = progress != nullptr && progress->open && differences.ok() &&
                     (OnlyHeldBack(*differences) || IsFirstOfTwo(step, counterpart, document));
  if (made_by_us || found) {
    step.op = Op::kFinish;
    step.follow = made_by_us ? progress->follow : FollowOf(step);
    step.reason = "made by an earlier restore that was interrupted";
    return;
  }
  step.op = Op::kAdopt;
  if (in_.counterparts.contains({std::string(step.kind->name), step.id})) step.reason = "named by the map";
  if (!counterpart.unreadable.empty()) {
    step.reason = "is there, and cannot be compared: " + counterpart.unreadable;
    return;
  }
  const bool built_in = IsBuiltIn(*step.kind, document.root());
  if (built_in) step.reason = "comes with the workspace";
  if (!differences.ok()) {
    step.reason = "cannot be compared: " + differences.error().message();
    return;
  }
  LeaveSwitches(step, counterpart, document, *differences);
  for (const objects::Difference& difference : *differences) {
    if (difference.held_back) step.off_there.push_back(difference.path);
  }
  std::erase_if(*differences, [](const objects::Difference& difference) { return difference.held_back; });
  if (differences->empty() && !built_in) NoteEqual(step, counterpart);
  if (differences->empty() || built_in) return;
  step.differences = std::move(*differences);
  if (options_.standby && !step.dependency) {
    PlanChanged(step, counterpart);
  } else if (MayUpdate(step)) {
    Decide(step, nullptr, true, {});
  } else if (OnConflictOf(step) == OnConflict::kFail && !step.dependency) {
    step.op = Op::kBlocked;
    step.reason = "is there and differs (--on-conflict fail)";
  } else {
    step.reason = "is there and differs: left as it is";
  }
}

bool Planner::IsFirstOfTwo(const Step& step, const TargetObject& counterpart, const json::Document& document) const {
  if (!step.first_of_two) return false;
  auto first = objects::Prepare(*step.kind, document, ids_, {.hold_back = false, .first_of_two = true});
  if (!first.ok()) return false;
  auto differences = Matcher::Compare(*step.kind, first->body, counterpart);
  return differences.ok() && OnlyHeldBack(*differences);
}

std::vector<std::string> Planner::FollowOf(const Step& step) const {
  std::vector<std::string> follow;
  if (step.first_of_two) follow.push_back("complete");
  if (!step.kind->stop_path.empty()) follow.push_back("stop");
  const ArchivedObject& object = Object(step.object);
  if (!step.kind->pin_path.empty() && (IsPinned(object.row.info) || in_.graph.NeededByJob(step.object))) {
    follow.push_back("pin");
  }
  return follow;
}

void Planner::PlanNew(Step& step, const std::string& body, const json::Document& document) {
  const Progress* progress = ProgressOf(Object(step.object));
  if (in_.refused[step.object]) {
    step.op = Op::kSkip;
    step.reason = kLeftOut;
    return;
  }
  if (IsBuiltIn(*step.kind, document.root())) {
    step.op = Op::kSkip;
    step.reason = "comes with the workspace, and this one does not have it";
    return;
  }
  if (step.kind->unique_key && step.natural_key.empty()) {
    step.op = Op::kBlocked;
    step.reason = "has no name, and none can be made without";
    return;
  }
  if (const std::string* owner = matcher_.OwnerOfName(Object(step.object))) {
    step.op = Op::kBlocked;
    step.reason = "names are unique, and " + KindWords(step.kind->name) + " " + *owner + " has the same";
    return;
  }
  if (progress != nullptr && !progress->unknown.empty() && !options_.retry_unknown) {
    step.op = Op::kBlocked;
    step.reason =
        std::string(kMayHaveBeenMade) + progress->unknown + " (--retry-unknown makes it, perhaps a second time)";
    return;
  }
  for (const TargetObject* other : matcher_.ByKey(step.kind->name, step.natural_key, false)) {
    if (other->unreadable.empty()) continue;
    step.op = Op::kBlocked;
    step.reason = "one of this name is there, and cannot be read: " + other->unreadable;
    return;
  }
  if (PlanTwin(step, body, document)) return;
  step.op = Op::kCreate;
  step.follow = FollowOf(step);
  step.look_up = progress != nullptr && progress->open && progress->unknown.empty();
  for (const TargetObject* other : matcher_.ByKey(step.kind->name, step.natural_key, true)) {
    step.same_name_ids.push_back(other->id);
  }
  if (!step.same_name_ids.empty()) {
    step.reason = "the target has " +
                  (step.same_name_ids.size() == 1 ? std::string("another")
                                                  : std::to_string(step.same_name_ids.size()) + " others") +
                  " of this name";
  }
}

bool Planner::PlanTwin(Step& step, const std::string& body, const json::Document& document) {
  if (options_.twins == Twins::kCreate || step.kind->unique_key) return false;
  // It was begun before, whatever bore its name then.
  if (const Progress* progress = ProgressOf(Object(step.object)); progress != nullptr && progress->open) return false;
  const auto others = matcher_.ByKey(step.kind->name, step.natural_key, false);
  if (others.empty()) return false;
  const size_t rivals = matcher_.OpenRivals(Object(step.object));
  if (options_.twins == Twins::kAdopt && others.size() == 1 && rivals == 0) {
    matcher_.Take(step.kind->name, others.front()->id);
    PlanCounterpart(step, *others.front(), body, document);
    return true;
  }
  step.op = Op::kBlocked;
  const std::string there = others.size() == 1 ? "another" : std::to_string(others.size()) + " others";
  if (options_.twins == Twins::kAdopt) {
    step.reason = "cannot be told which of its name it is: " + std::to_string(rivals + 1) + " in the archive, " +
                  std::to_string(others.size()) + " in the target (--create-anyway makes one beside)";
  } else {
    step.reason = "the target has " + there +
                  " of this name, not equal: --adopt-by-name takes it, --create-anyway "
                  "makes one beside";
  }
  return true;
}

void Planner::Settle(Step& step, const json::Document& document) {
  const bool sends = step.op == Op::kCreate || step.op == Op::kUpdate || step.op == Op::kFinish;
  if (!sends) {
    if (step.new_id.empty()) ids_.Forget(step.kind->name, step.id);
    return;
  }
  auto prepared = objects::Prepare(*step.kind, document, ids_, {.stay_on = &step.stay_on});
  if (!prepared.ok()) {
    Block(step, prepared.error().message());
    return;
  }
  if (!prepared->blockers.empty() && step.op != Op::kFinish) {
    step.blockers = std::move(prepared->blockers);
    Block(step, DescribeBlockers(step));
    return;
  }
  for (FieldEdit& edit : prepared->edits) {
    edit.old_value = Utf8Prefix(edit.old_value, kLongestValue);
    edit.new_value = Utf8Prefix(ids_.Explain(edit.new_value), kLongestValue);
  }
  step.edits = std::move(prepared->edits);
  AddMapEdits(step);
  if (step.op == Op::kCreate) ids_.Expect(step.kind->name, step.id, step.natural_key);
}

void Planner::Block(Step& step, std::string reason) {
  step.op = Op::kBlocked;
  step.reason = std::move(reason);
  step.follow.clear();
  if (step.new_id.empty()) ids_.Forget(step.kind->name, step.id);
}

std::string Planner::DescribeBlockers(const Step& step) const {
  const objects::Blocker& first = step.blockers.front();
  std::string text = "needs " + KindWords(first.target) + " " + first.id + ": " + WhyMissing(first);
  if (step.blockers.size() > 1) text += " (and " + Counted(step.blockers.size() - 1, "more thing") + ")";
  return text;
}

std::string Planner::WhyMissing(const objects::Blocker& blocker) const {
  if (objects::FindKind(blocker.target) == nullptr) return "this version does not restore that kind";
  for (size_t i = 0; i < in_.archive.objects.size(); ++i) {
    if (Object(i).kind->name != blocker.target || Object(i).row.id != blocker.id) continue;
    if (in_.refused[i]) return kLeftOut;
    return "which cannot be restored itself";
  }
  return "not in the archive, not in the target";
}

}  // namespace dbxark::restore
