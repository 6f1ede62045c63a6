// Planning for a target that is kept like its source, night after night: whose is what is there, and did anybody change
// it since?
#include <algorithm>

#include "json/document.h"
#include "objects/fingerprint.h"
#include "objects/registry.h"
#include "restore/planner_steps.h"

namespace dbxark::restore {

using objects::FoundActivity;
using objects::ObjectDescriptor;

namespace {

// "settings.schedule.pause_status" is "schedule.pause_status" of a body.
std::string InBody(const ObjectDescriptor& kind, const std::string& path) {
  const std::string nest = kind.bodies.empty() ? "" : std::string(kind.bodies.front()) + ".";
  return nest.size() > 1 && path.starts_with(nest) ? path.substr(nest.size()) : path;
}

// Of an array of triggers, how many there are: where that is not the same, which is which cannot be told.
size_t CountLike(const std::vector<FoundActivity>& places, const FoundActivity& place) {
  return static_cast<size_t>(std::count_if(
      places.begin(), places.end(), [&](const FoundActivity& other) { return other.activity == place.activity; }));
}

constexpr char kUnchanged[] = "made by an earlier restore, and nobody changed it since";

}  // namespace

void Planner::LeaveSwitches(Step& step, const TargetObject& counterpart, const json::Document& document,
                            std::vector<objects::Difference>& differences) const {
  auto there = json::Document::Parse(counterpart.definition);
  if (!there.ok() || step.kind->activities.empty()) return;
  const auto ours = objects::FindActivities(*step.kind, document.root());
  const auto theirs = objects::FindActivities(*step.kind, there->root());
  for (const FoundActivity& place : ours) {
    const auto match = std::find_if(theirs.begin(), theirs.end(),
                                    [&](const FoundActivity& other) { return other.path == place.path; });
    if (match == theirs.end() || !match->on || CountLike(ours, place) != CountLike(theirs, *match)) continue;
    if (place.on) {
      step.stay_on.push_back({place.path, place.value.empty() ? place.OnValue() : place.value});
    } else if (options_.standby) {
      // Cut-over, or somebody, switched it on here; that it is off there now is no reason to switch it off.
      step.stay_on.push_back({place.path, match->OnValue()});
      std::erase_if(differences, [&](const objects::Difference& difference) {
        return difference.path == InBody(*step.kind, place.path);
      });
    }
  }
}

std::string Planner::WhyConflict(const Trace* trace) const {
  if (trace == nullptr || !trace->ours) return "was in the target before any restore, and differs: left as it is";
  if (trace->fingerprints.empty()) {
    return "differs, and no restore kept a record of what it wrote: left as it is";
  }
  return "changed in the target since it was restored: left as it is";
}

void Planner::PlanChanged(Step& step, const TargetObject& counterpart) const {
  const Trace* trace = written_.Find(step.kind->name, counterpart.id);
  const auto print = objects::FingerprintOfDefinition(*step.kind, counterpart.definition);
  const bool unchanged = trace != nullptr && trace->ours && print.ok() && trace->fingerprints.contains(*print);
  const bool follows = unchanged && !step.kind->update.path.empty();
  Decide(step, trace, follows || MayUpdate(step), unchanged ? kUnchanged : "");
}

void Planner::PlanChangedNode(Step& step, const TargetNode& node) const {
  const Trace* trace = written_.Find(step.kind->name, step.natural_key);
  const bool unchanged = trace != nullptr && trace->ours && trace->fingerprints.contains(node.fingerprint);
  const bool updates = unchanged || OnConflictOf(step) == OnConflict::kUpdate;
  Decide(step, trace, updates, unchanged ? kUnchanged : "its content differs");
}

void Planner::Decide(Step& step, const Trace* trace, bool updates, std::string why_updated) const {
  if (const std::string fixed = WhyFixed(step); updates && !fixed.empty()) {
    step.op = Op::kConflict;
    step.reason = "differs, and " + fixed;
  } else if (updates) {
    step.op = Op::kUpdate;
    step.reason = std::move(why_updated);
  } else if (OnConflictOf(step) == OnConflict::kFail) {
    step.op = Op::kBlocked;
    step.reason = WhyConflict(trace) + " (--on-conflict fail)";
  } else {
    step.op = Op::kConflict;
    step.reason = WhyConflict(trace);
  }
}

void Planner::NoteEqual(Step& step, const TargetObject& counterpart) const {
  const Trace* trace = written_.Find(step.kind->name, counterpart.id);
  if (!options_.standby || trace == nullptr || !trace->ours) return;
  const auto print = objects::FingerprintOfDefinition(*step.kind, counterpart.definition);
  if (print.ok() && !trace->fingerprints.contains(*print)) step.fingerprint = *print;
}

void Planner::NoteEqualNode(Step& step, const TargetNode& node) const {
  const Trace* trace = written_.Find(step.kind->name, step.natural_key);
  if (!options_.standby || trace == nullptr || !trace->ours || node.fingerprint.empty()) return;
  if (!trace->fingerprints.contains(node.fingerprint)) step.fingerprint = node.fingerprint;
}

}  // namespace dbxark::restore
