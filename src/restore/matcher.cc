#include "restore/matcher.h"

#include <algorithm>

#include "json/document.h"

namespace dbxark::restore {

Matcher::Matcher(const ArchivedWorkspace& archive, const TargetInventory& target, const ProgressMap& progress,
                 const std::map<ObjectKey, std::string>& counterparts, const std::vector<bool>& chosen,
                 bool same_workspace)
    : progress_(progress), counterparts_(counterparts), same_workspace_(same_workspace) {
  for (const auto& [kind, objects] : target.objects) {
    for (const TargetObject& object : objects) {
      by_id_[{kind, object.id}] = &object;
      by_key_[{kind, object.natural_key}].push_back(&object);
    }
  }
  // Whose counterpart is known, then who may be made, then anybody; the first of each.
  for (const int round : {0, 1, 2}) {
    for (size_t i = 0; i < archive.objects.size(); ++i) {
      const ArchivedObject& object = archive.objects[i];
      if (!object.kind->unique_key || !HasDefinition(*object.kind)) continue;
      const bool comes = round == 0 ? ByKnownId(object) != nullptr : round == 2 || chosen[i];
      if (comes) owners_.try_emplace({object.row.kind, object.row.natural_key}, object.row.id);
    }
  }
  // What surely belongs to one is no candidate for another.
  for (const ArchivedObject& object : archive.objects) {
    if (const TargetObject* counterpart = ByIdentity(object)) {
      Take(object.kind->name, counterpart->id);
    } else if (!object.kind->unique_key) {
      ++open_[{object.row.kind, object.row.natural_key}];
    }
  }
}

const TargetObject* Matcher::ById(std::string_view kind, const std::string& id) const {
  const auto found = by_id_.find({std::string(kind), id});
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<const TargetObject*> Matcher::ByKey(std::string_view kind, const std::string& natural_key,
                                                bool taken_too) const {
  std::vector<const TargetObject*> matches;
  const auto found = by_key_.find({std::string(kind), natural_key});
  if (found == by_key_.end()) return matches;
  for (const TargetObject* object : found->second) {
    if (taken_too || !IsTaken(kind, object->id)) matches.push_back(object);
  }
  return matches;
}

const std::string* Matcher::OwnerOfName(const ArchivedObject& object) const {
  const auto owner = owners_.find({object.row.kind, object.row.natural_key});
  return owner == owners_.end() || owner->second == object.row.id ? nullptr : &owner->second;
}

size_t Matcher::OpenRivals(const ArchivedObject& object) const {
  const auto found = open_.find({object.row.kind, object.row.natural_key});
  return found == open_.end() || ByIdentity(object) != nullptr ? 0 : found->second - 1;
}

const TargetObject* Matcher::ByKnownId(const ArchivedObject& object) const {
  const std::string_view kind = object.kind->name;
  if (const auto named = counterparts_.find({object.row.kind, object.row.id}); named != counterparts_.end()) {
    return ById(kind, named->second);
  }
  if (same_workspace_) {
    if (const TargetObject* counterpart = ById(kind, object.row.id)) return counterpart;
  }
  const auto known = progress_.find({object.row.kind, object.row.id});
  if (known != progress_.end() && !known->second.new_id.empty()) {
    if (const TargetObject* counterpart = ById(kind, known->second.new_id)) return counterpart;
  }
  return nullptr;
}

const TargetObject* Matcher::ByIdentity(const ArchivedObject& object) const {
  if (const TargetObject* counterpart = ByKnownId(object)) return counterpart;
  if (!object.kind->unique_key || OwnerOfName(object) != nullptr) return nullptr;
  const auto found = by_key_.find({object.row.kind, object.row.natural_key});
  return found == by_key_.end() ? nullptr : found->second.front();
}

Result<std::vector<objects::Difference>> Matcher::Compare(const objects::ObjectDescriptor& kind,
                                                          const std::string& body, const TargetObject& counterpart) {
  auto definition = json::Document::Parse(counterpart.definition);
  if (!definition.ok()) return std::move(definition).error();
  auto prepared = objects::Prepare(kind, *definition, objects::Identity(), {.hold_back = false});
  if (!prepared.ok()) return std::move(prepared).error();
  return objects::Compare(kind, body, prepared->body);
}

std::vector<const TargetObject*> Matcher::Equal(const objects::ObjectDescriptor& kind, const std::string& body,
                                                std::vector<const TargetObject*> candidates) {
  std::erase_if(candidates, [&](const TargetObject* candidate) {
    auto differences = Compare(kind, body, *candidate);
    return !differences.ok() || !OnlyHeldBack(*differences);
  });
  return candidates;
}

bool OnlyHeldBack(const std::vector<objects::Difference>& differences) {
  return std::all_of(differences.begin(), differences.end(),
                     [](const objects::Difference& difference) { return difference.held_back; });
}

}  // namespace dbxark::restore
