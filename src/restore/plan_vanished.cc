// Planning what the archive has no more: it is listed, and removed where that was asked for, restores have made it, and
// nobody changed it or counts on it.
#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "objects/fingerprint.h"
#include "objects/registry.h"
#include "restore/planner_steps.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {

using objects::ObjectDescriptor;

namespace {

constexpr char kPath[] = "a path";  // what refers to a path does not say of what kind it is

}  // namespace

void Planner::CollectReferrers() {
  for (const auto& [name, found] : in_.target.objects) {
    const ObjectDescriptor* kind = objects::FindKind(name);
    if (kind == nullptr) continue;
    for (const TargetObject& object : found) {
      const auto definition = json::Document::Parse(object.definition);
      if (!definition.ok()) continue;
      for (const objects::FoundReference& reference : objects::FindReferences(*kind, definition->root())) {
        // A part of it is no reason to keep it.
        if (reference.reference->need == objects::Need::kPart) continue;
        const bool id = reference.reference->form == objects::ReferenceForm::kId;
        const Place place =
            id ? Place(reference.reference->target, reference.value) : Place(kPath, objects::BarePath(reference.value));
        referrers_[place].push_back({kind, object.id, object.natural_key});
      }
    }
  }
}

void Planner::PlanVanished() {
  if (in_.vanished == nullptr || in_.vanished->empty()) return;
  if (options_.prune) CollectReferrers();
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const Step& step = plan_.steps[i];
    const Place place{std::string(step.kind->name), step.new_id};
    if (step.op == Op::kUpdate) updates_[place] = i;
    if (step.op == Op::kAdopt && step.differences.empty()) equal_.insert(place);
  }
  for (const Vanished& vanished : *in_.vanished) PlanOneVanished(vanished);
}

void Planner::PlanOneVanished(const Vanished& vanished) {
  const ObjectDescriptor& kind = *vanished.kind;
  Step step;
  step.op = Op::kGone;
  step.kind = &kind;
  step.object = kNotArchived;
  step.id = vanished.id;
  step.natural_key = HasDefinition(kind) ? vanished.natural_key : vanished.place;
  if (HasDefinition(kind)) {
    // The counterpart of something that the archive has, perhaps under another id.
    if (matcher_.ById(kind.name, vanished.place) == nullptr || matcher_.IsTaken(kind.name, vanished.place)) return;
    step.new_id = vanished.place;
  } else {
    const auto& nodes = IsInTree(kind) ? in_.target.tree : in_.target.dbfs;
    const auto node = nodes.find(vanished.place);
    if (node == nodes.end() || node->second.type != NodeTypeOf(kind)) return;
  }
  step.reason = "gone from the source";
  if (options_.prune) {
    const std::string kept = WhyKept(vanished, step);
    if (kept.empty()) {
      step.op = Op::kRemove;
      removals_[{HasDefinition(kind) ? std::string(kind.name) : kPath, vanished.place}] = plan_.steps.size();
    } else {
      step.reason += ", and stays: " + kept;
    }
  }
  plan_.steps.push_back(std::move(step));
}

// Empty: it may go. Fills what it waits for, and what it has to be still when it goes.
std::string Planner::WhyKept(const Vanished& vanished, Step& step) {
  const ObjectDescriptor& kind = *vanished.kind;
  if (HasDefinition(kind) && kind.remove.path.empty()) return "restores do not remove such";
  if (!vanished.ours) return "was in the target before any restore";
  if (&kind == &objects::kDirectory) return WhyFolderKept(vanished, step);
  if (HasDefinition(kind)) {
    const TargetObject& there = *matcher_.ById(kind.name, vanished.place);
    const auto print = objects::FingerprintOfDefinition(kind, there.definition);
    if (!there.read || !print.ok()) return "cannot be read: " + there.unreadable;
    step.fingerprint = *print;
  } else {
    step.fingerprint = (IsInTree(kind) ? in_.target.tree : in_.target.dbfs).at(vanished.place).fingerprint;
    if (step.fingerprint.empty()) return "cannot be read";
  }
  if (vanished.fingerprints.empty()) return "no restore kept a record of what it wrote";
  if (!vanished.fingerprints.contains(step.fingerprint)) return "changed in the target since it was restored";
  const auto referrers = referrers_.find({HasDefinition(kind) ? std::string(kind.name) : kPath, vanished.place});
  if (referrers == referrers_.end()) return {};
  const auto named = [](const Referrer& one) {
    return KindWords(one.kind->name) + " " + (one.natural_key.empty() ? one.id : one.natural_key);
  };
  for (const Referrer& referrer : referrers->second) {
    const Place place{std::string(referrer.kind->name), referrer.id};
    const bool itself = referrer.kind == &kind && referrer.id == vanished.place;
    // What is as in the source counts on it there too, and there it is gone.
    if (equal_.contains(place)) continue;
    const auto removal = removals_.find(place), update = updates_.find(place);
    if (removal != removals_.end()) {
      step.needs.push_back(removal->second);
    } else if (update != updates_.end()) {
      step.needs.push_back(update->second);
    } else if (referrer.kind != &kind) {
      return named(referrer) + " in the target refers to it";
    } else if (!itself) {
      // Two that call each other go together, if they go.
      const auto goes = std::find_if(in_.vanished->begin(), in_.vanished->end(), [&](const Vanished& other) {
        return other.kind == &kind && other.place == referrer.id && other.ours;
      });
      if (goes == in_.vanished->end()) {
        return named(referrer) + " in the target refers to it";
      }
    }
  }
  return {};
}

// A folder goes when all that is in it has gone.
std::string Planner::WhyFolderKept(const Vanished& vanished, Step& step) const {
  const auto& tree = in_.target.tree;
  if (in_.target.closed_folders.contains(vanished.place)) return "cannot be looked into";
  const std::string prefix = vanished.place + "/";
  for (auto node = tree.lower_bound(prefix); node != tree.end() && node->first.starts_with(prefix); ++node) {
    const auto removal = removals_.find({kPath, node->first});
    if (removal == removals_.end()) return "holds " + node->first;
    if (ParentOf(node->first) == vanished.place) step.needs.push_back(removal->second);
  }
  return {};
}

}  // namespace dbxark::restore
