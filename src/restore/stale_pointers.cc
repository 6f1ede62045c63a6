#include "restore/stale_pointers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ordered_map.h"
#include "base/text.h"
#include "json/document.h"
#include "objects/definition.h"
#include "objects/registry.h"
#include "restore/archived.h"

namespace dbxark::restore {
namespace {

using objects::ObjectDescriptor;
using objects::ReferenceForm;

// What comes back under another id: kind and old id.
using Gone = std::set<std::pair<std::string, std::string>, std::less<>>;

Gone GoneIds(const Plan& plan) {
  Gone gone;
  for (const Step& step : plan.steps) {
    if (step.op == Op::kCreate && HasDefinition(*step.kind)) gone.emplace(step.kind->name, step.id);
  }
  return gone;
}

bool MayPointAt(const ObjectDescriptor& kind, const Gone& gone) {
  for (const objects::ReferenceMount& mount : kind.references) {
    for (const objects::Reference& reference : mount.references) {
      if (reference.form != ReferenceForm::kId) continue;
      if (std::any_of(gone.begin(), gone.end(), [&](const auto& one) { return one.first == reference.target; })) {
        return true;
      }
    }
  }
  return false;
}

// Lines of one object.
std::vector<std::string> PointersOf(const ObjectDescriptor& kind, const TargetObject& object,
                                    const std::string& definition, const Gone& gone) {
  std::vector<std::string> lines;
  const auto document = json::Document::Parse(definition);
  if (!document.ok()) return lines;
  std::set<std::string> seen;
  for (const objects::FoundReference& found : objects::FindReferences(kind, document->root())) {
    const std::string target(found.reference->target);
    if (found.reference->form != ReferenceForm::kId || !gone.contains({target, found.value})) continue;
    if (found.value == object.id || !seen.insert(found.path).second) continue;
    lines.push_back(KindWords(kind.name) + " " + object.id + " " + Printable(object.natural_key) + " points at " +
                    KindWords(target) + " " + found.value + " (" + found.path +
                    "), which comes back under another id: to be changed by hand");
  }
  return lines;
}

}  // namespace

Result<std::vector<std::string>> FindStalePointers(const Plan& plan, const TargetInventory& target,
                                                   workspace::Client& client, size_t workers, std::stop_token stop) {
  std::vector<std::string> lines;
  const Gone gone = GoneIds(plan);
  for (const ObjectDescriptor* kind : objects::AllKinds()) {
    const auto objects = target.objects.find(kind->name);
    if (objects == target.objects.end() || !MayPointAt(*kind, gone)) continue;
    std::vector<const TargetObject*> there;
    for (const TargetObject& object : objects->second) there.push_back(&object);
    OrderedForEach<std::vector<std::string>>(
        workers, there, {},
        [&](const TargetObject* object) -> std::vector<std::string> {
          if (object->read || kind->read.path.empty()) return PointersOf(*kind, *object, object->definition, gone);
          auto definition = client.Read(*kind, object->id, stop);
          if (!definition.ok()) {
            if (definition.error().code() == ErrorCode::kNotFound) return {};
            return {KindWords(kind->name) + " " + object->id + " " + Printable(object->natural_key) +
                    " may point at what comes back under another id, and cannot be read: " +
                    Printable(definition.error().message())};
          }
          return PointersOf(*kind, *object, *definition, gone);
        },
        [&](const TargetObject*, std::vector<std::string>& found) {
          lines.insert(lines.end(), found.begin(), found.end());
          return !stop.stop_requested();
        });
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
  }
  return lines;
}

}  // namespace dbxark::restore
