#include "restore/planner.h"

#include <algorithm>

#include "objects/registry.h"
#include "restore/planner_steps.h"

namespace dbxark::restore {

using objects::FieldEdit;
using objects::ObjectDescriptor;

Result<Plan> Planner::Run(std::stop_token stop) {
  if (options_.same_workspace) KnowOwnIds();
  if (options_.drop_missing) ids_.DropMissing();
  plan_.steps.reserve(static_cast<size_t>(std::count(in_.wanted.begin(), in_.wanted.end(), true)));
  for (size_t group = 0; group < in_.graph.order().size(); ++group) {
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
    std::vector<uint32_t> members;
    for (const uint32_t member : in_.graph.order()[group]) {
      if (in_.wanted[member]) members.push_back(member);
    }
    if (members.empty()) continue;
    const bool cycle = in_.graph.InCycle(members.front());
    if (Status planned = cycle ? PlanCycle(members) : PlanOne(members.front()); !planned.ok()) {
      return std::move(planned).error();
    }
  }
  PlanVanished();
  return std::move(plan_);
}

const Progress* Planner::ProgressOf(const ArchivedObject& object) const {
  const auto found = in_.progress.find({object.row.kind, object.row.id});
  return found == in_.progress.end() || found->second.removed ? nullptr : &found->second;
}

void Planner::KnowOwnIds() {
  ids_.KeepForeignIds();
  for (const auto& [kind, objects] : in_.target.objects) {
    for (const TargetObject& object : objects) {
      if (!ids_.ResolveExisting(kind, object.id)) ids_.Set(kind, object.id, object.id);
    }
  }
}

Step Planner::NewStep(size_t index) const {
  const ArchivedObject& object = Object(index);
  Step step;
  step.kind = object.kind;
  step.object = index;
  step.id = object.row.id;
  step.natural_key = object.row.natural_key;
  step.dependency = !in_.asked[index];
  for (const uint32_t need : in_.graph.Needs(index)) {
    if (step_of_[need] != kNoStep) step.needs.push_back(step_of_[need]);
  }
  return step;
}

void Planner::AddStep(size_t index, Step step) {
  step_of_[index] = plan_.steps.size();
  if (const Progress* progress = ProgressOf(Object(index)); progress != nullptr && step.op == Op::kUpdate) {
    step.was_written = progress->written.fingerprint;
  }
  plan_.steps.push_back(std::move(step));
}

void Planner::AddMapEdits(Step& step) const {
  const auto edits = in_.archive.map_edits.find(step.object);
  if (edits != in_.archive.map_edits.end()) {
    step.edits.insert(step.edits.begin(), edits->second.begin(), edits->second.end());
  }
}

bool Planner::MayUpdate(const Step& step) const {
  return OnConflictOf(step) == OnConflict::kUpdate && !step.dependency && !step.kind->update.path.empty();
}

std::string Planner::WhyFixed(const Step& step) {
  for (const objects::Difference& difference : step.differences) {
    const std::string member = difference.path.substr(0, difference.path.find_first_of(".["));
    for (const objects::FixedField& field : step.kind->fixed_fields) {
      if (field.member != member) continue;
      return "no update changes " + member + ": delete it in the target, and the next restore makes it anew";
    }
  }
  return {};
}

namespace {

void CountHeldBack(Plan& plan) {
  for (const Step& step : plan.steps) {
    if (step.op != Op::kCreate && step.op != Op::kUpdate) continue;
    if (!step.kind->stop_path.empty() && step.op == Op::kCreate) ++plan.held_back[std::string(step.kind->name)];
    for (const FieldEdit& edit : step.edits) {
      if (edit.why == FieldEdit::Why::kHeldBack) ++plan.held_back[HeldBackWord(edit.path, *step.kind)];
    }
  }
}

// The family that making it counts for (its descriptor has that of reading it).
std::string FamilyOf(const ObjectDescriptor& kind) {
  if (&kind == &objects::kDirectory) return "workspace/mkdirs";
  if (kind.storage == objects::Storage::kTree) return "workspace/import";
  return std::string(kind.family) + (kind.storage == objects::Storage::kDefinition ? "/create" : "");
}

// A script that is made goes to the end, behind those that an earlier restore made.
void PutScriptsInOrder(Plan& plan) {
  std::vector<std::string> later;
  std::string first;  // of those, its name
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
    if (step->kind != &objects::kGlobalInitScript) continue;
    if (step->op == Op::kCreate && !later.empty()) {
      step->runs_before = later;
      if (step->reason.empty()) step->reason = "goes before " + first + ", which is there";
    }
    if (step->new_id.empty()) continue;
    later.push_back(step->new_id);
    first = step->natural_key;
  }
}

void EstimateRequests(Plan& plan) {
  for (const Step& step : plan.steps) {
    const bool makes = step.op == Op::kCreate;
    if (makes || step.op == Op::kUpdate || step.op == Op::kComplete || step.op == Op::kRemove) {
      ++plan.requests[FamilyOf(*step.kind)];
    }
    // It is read once more before it goes, and what is pinned is unpinned.
    if (step.op == Op::kRemove) {
      plan.requests[std::string(step.kind->family)] += step.kind->unpin_path.empty() ? 1 : 2;
    }
    if (makes && step.make_parent) ++plan.requests["workspace/mkdirs"];
    if ((makes || step.op == Op::kFinish) && !step.follow.empty()) {
      plan.requests[std::string(step.kind->family)] += step.follow.size();
    }
    if (makes && !step.kind->stop_path.empty()) ++plan.cluster_starts;
  }
}

}  // namespace

Result<Plan> BuildPlan(const PlanInputs& inputs, const PlanOptions& options, IdMap& ids, std::stop_token stop) {
  auto plan = Planner(inputs, options, ids).Run(stop);
  if (!plan.ok()) return plan;
  plan->archive_id = inputs.archive.archive_id;
  plan->source_host = inputs.archive.host;
  plan->source_workspace_id = inputs.archive.workspace_id;
  for (const std::string& kind : inputs.archive.unknown_kinds) {
    plan->notes.push_back("the archive has objects of kind " + kind + ", which this version does not know");
  }
  for (const std::string& text : inputs.graph.unread()) plan->notes.push_back(text);
  PutScriptsInOrder(*plan);
  CountHeldBack(*plan);
  EstimateRequests(*plan);
  return plan;
}

}  // namespace dbxark::restore
