// Planning the libraries of clusters.
#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/planner_steps.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {

using objects::FieldEdit;
using objects::ObjectDescriptor;

Status Planner::PlanLibraries(size_t index, Step step, const json::Document& document) {
  auto prepared = objects::Prepare(*step.kind, document, ids_, {});
  if (!prepared.ok()) return PlanUnreadable(index, prepared.error());
  const Progress* progress = ProgressOf(Object(index));
  const auto cluster = ids_.ResolveExisting("cluster", step.id);
  if (!prepared->blockers.empty()) {
    step.blockers = std::move(prepared->blockers);
    Block(step, DescribeBlockers(step));
  } else if (auto body = json::Document::Parse(prepared->body); body.ok() && body->root()["libraries"].size() == 0) {
    step.op = Op::kSkip;
    step.reason = "nothing is left to install";
  } else if (cluster && options_.standby && !step.dependency) {
    PlanLibrariesThere(step, prepared->body, *cluster);
  } else if (cluster && progress != nullptr && progress->done && progress->new_id == *cluster) {
    step.op = Op::kAdopt;
    step.new_id = *cluster;
  } else if (!cluster || MadeByUs(step.id, *cluster)) {
    step.op = Op::kCreate;
  } else {
    PlanLibrariesThere(step, prepared->body, *cluster);
  }
  if (step.op == Op::kCreate) Settle(step, document);
  AddStep(index, std::move(step));
  return {};
}

bool Planner::MadeByUs(const std::string& old_id, const std::string& cluster) const {
  const auto found = in_.progress.find({"cluster", old_id});
  if (found == in_.progress.end()) return false;
  const Progress& progress = found->second;
  return progress.open || (progress.new_id == cluster && progress.how != "adopted");
}

void Planner::PlanLibrariesThere(Step& step, const std::string& body, const std::string& cluster) const {
  step.new_id = cluster;
  step.op = Op::kAdopt;
  size_t missing = 0, more = 0;
  const TargetObject* there = matcher_.ById(step.kind->name, cluster);
  if (there == nullptr) {
    missing = 1;
  } else if (auto differences = Matcher::Compare(*step.kind, body, *there); differences.ok()) {
    for (const objects::Difference& difference : *differences) (difference.left.empty() ? more : missing) += 1;
  }
  const bool kept_like_source = options_.standby && !step.dependency;
  const bool follows = kept_like_source && MadeByUs(step.id, cluster);
  if (missing > 0 && (follows || (OnConflictOf(step) == OnConflict::kUpdate && !step.dependency))) {
    step.op = Op::kCreate;  // an install adds to what is there
    return;
  }
  if (kept_like_source && missing + more > 0 && OnConflictOf(step) != OnConflict::kFail) {
    step.op = Op::kConflict;
    step.reason = missing > 0 ? "the cluster was there before, without all of these libraries"
                              : "has " + Counted(more, "more library", "more libraries") +
                                    " than the source, and restores uninstall none";
    return;
  }
  if (missing == 0) return;
  step.op = OnConflictOf(step) == OnConflict::kFail && !step.dependency ? Op::kBlocked : Op::kSkip;
  step.reason = "the cluster was there before, without all of these libraries";
}

}  // namespace dbxark::restore
