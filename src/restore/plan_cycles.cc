// Planning objects that refer to each other in a circle, in two passes.
#include <algorithm>
#include <functional>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/planner_steps.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {

using objects::FieldEdit;
using objects::ObjectDescriptor;

// Which object of the target a member of a circle may be: so many guesses beyond one for each.
constexpr size_t kMostGuesses = 200;

Status Planner::PlanCycle(const std::vector<uint32_t>& indices) {
  std::vector<Member> members;
  for (const uint32_t index : indices) {
    const ArchivedObject& object = Object(index);
    auto text = in_.archive.read(object.row);
    auto document = text.ok() ? json::Document::Parse(std::move(*text)) : Result<json::Document>(text.error());
    if (!document.ok()) {
      if (Status planned = PlanUnreadable(index, document.error()); !planned.ok()) return planned;
      continue;
    }
    if (in_.target.unreadable.contains(object.kind->name) || object.kind->cycle_members.empty()) {
      // No list to look at, or no way to make it in two passes: by itself, and its circle may block it.
      if (Status planned = PlanDefinition(index, *document); !planned.ok()) return planned;
      continue;
    }
    Step step = NewStep(index);
    step.first_of_two = true;
    members.push_back({index, std::move(*document), std::move(step), matcher_.ByIdentity(object)});
  }
  MatchCycle(members);
  ExpectCycle(members);
  // What is there may get the ids of what is made.
  std::stable_partition(members.begin(), members.end(),
                        [](const Member& member) { return member.counterpart == nullptr; });
  for (Member& member : members) FinishMember(member);
  std::vector<size_t> firsts;
  for (const Member& member : members) firsts.push_back(step_of_[member.index]);
  for (const size_t first : firsts) {
    if (plan_.steps[first].op != Op::kUpdate) continue;
    for (const size_t other : firsts) {
      const Op op = plan_.steps[other].op;
      if (other < first && (op == Op::kCreate || op == Op::kFinish)) plan_.steps[first].needs.push_back(other);
    }
  }
  for (const size_t first : firsts) AddSecondPass(first, firsts);
  return {};
}

void Planner::MatchCycle(std::vector<Member>& members) {
  std::vector<Member*> open;
  std::vector<std::vector<const TargetObject*>> candidates;
  for (Member& member : members) {
    if (member.counterpart != nullptr) {
      ids_.Set(member.step.kind->name, member.step.id, member.counterpart->id);
      continue;
    }
    open.push_back(&member);
    candidates.push_back(matcher_.ByKey(member.step.kind->name, member.step.natural_key, false));
  }
  std::vector<const TargetObject*> guesses;
  size_t left = kMostGuesses + open.size();
  const std::function<bool()> guess = [&] {
    if (guesses.size() == open.size()) return AllEqual(open, guesses);
    for (const TargetObject* candidate : candidates[guesses.size()]) {
      if (std::find(guesses.begin(), guesses.end(), candidate) != guesses.end()) continue;
      if (left == 0) return false;
      --left;
      guesses.push_back(candidate);
      if (guess()) return true;
      guesses.pop_back();
    }
    return false;
  };
  if (open.empty() || !guess()) return;
  for (size_t i = 0; i < open.size(); ++i) {
    open[i]->counterpart = guesses[i];
    matcher_.Take(open[i]->step.kind->name, guesses[i]->id);
  }
}

bool Planner::AllEqual(const std::vector<Member*>& open, const std::vector<const TargetObject*>& guesses) {
  for (size_t i = 0; i < open.size(); ++i) ids_.Set(open[i]->step.kind->name, open[i]->step.id, guesses[i]->id);
  bool all_equal = true;
  for (size_t i = 0; i < open.size() && all_equal; ++i) {
    auto body = objects::Prepare(*open[i]->step.kind, open[i]->document, ids_, {.hold_back = false});
    all_equal =
        body.ok() && body->blockers.empty() && !Matcher::Equal(*open[i]->step.kind, body->body, {guesses[i]}).empty();
  }
  if (all_equal) return true;
  for (const Member* member : open) ids_.Forget(member->step.kind->name, member->step.id);
  return false;
}

void Planner::ExpectCycle(const std::vector<Member>& members) {
  for (const Member& member : members) {
    if (member.counterpart == nullptr) {
      ids_.Expect(member.step.kind->name, member.step.id, member.step.natural_key);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const Member& member : members) {
      if (member.counterpart != nullptr || !ids_.Resolve(member.step.kind->name, member.step.id)) continue;
      auto prepared = objects::Prepare(*member.step.kind, member.document, ids_, {});
      if (prepared.ok() && prepared->blockers.empty()) continue;
      ids_.Forget(member.step.kind->name, member.step.id);
      changed = true;
    }
  }
}

void Planner::FinishMember(Member& member) {
  Step& step = member.step;
  auto body = objects::Prepare(*step.kind, member.document, ids_, {.hold_back = false});
  if (!body.ok()) {
    Block(step, body.error().message());
  } else if (member.counterpart != nullptr) {
    PlanCounterpart(step, *member.counterpart, body->body, member.document);
  } else {
    PlanNew(step, body->body, member.document);
  }
  Settle(step, member.document);
  AddStep(member.index, step);
}

void Planner::AddSecondPass(size_t first_index, const std::vector<size_t>& circle) {
  Step& first = plan_.steps[first_index];
  auto& follow = first.follow;
  const auto complete = std::find(follow.begin(), follow.end(), "complete");
  first.first_of_two = (first.op == Op::kCreate || first.op == Op::kFinish) && complete != follow.end();
  if (!first.first_of_two) return;
  follow.erase(complete);
  Step second;
  second.op = Op::kComplete;
  second.kind = first.kind;
  second.object = first.object;
  second.id = first.id;
  second.natural_key = first.natural_key;
  second.new_id = first.new_id;
  second.dependency = first.dependency;
  second.reason = "with all members, now that what it refers to is there";
  second.needs = first.needs;
  second.needs.push_back(first_index);
  for (const size_t other : circle) {
    if (other != first_index) second.needs.push_back(other);
  }
  plan_.steps.push_back(std::move(second));
}

}  // namespace dbxark::restore
