// Which object of the target is the counterpart of an archived one.
//
// Order of trust: what the map says; the same id, where the target is the source; the journal's word; a natural key
// that no two can have; else a name together with everything else being equal. Each object of the target is the
// counterpart of at most one, so that two of one name stay two.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "objects/definition.h"
#include "restore/archived.h"
#include "restore/journal.h"
#include "restore/target_inventory.h"

namespace dbxark::restore {

class Matcher {
 public:
  // All outlive it but `chosen`, which says of each archived object whether it may be made. `counterparts` are those
  // that a person has named.
  Matcher(const ArchivedWorkspace& archive, const TargetInventory& target, const ProgressMap& progress,
          const std::map<ObjectKey, std::string>& counterparts, const std::vector<bool>& chosen, bool same_workspace);

  const TargetObject* ById(std::string_view kind, const std::string& id) const;
  // In the target's order; of other objects' counterparts only with `taken_too`.
  std::vector<const TargetObject*> ByKey(std::string_view kind, const std::string& natural_key, bool taken_too) const;

  // Nothing, or the id of the archived object that has this one's name, where only one can have it: old workspaces hold
  // several all the same.
  const std::string* OwnerOfName(const ArchivedObject& object) const;

  // How many other archived objects bear the object's name and have no counterpart that is sure.
  size_t OpenRivals(const ArchivedObject& object) const;

  // By id, by the journal, by a unique natural key. Nothing if there is none.
  const TargetObject* ByIdentity(const ArchivedObject& object) const;

  // Differences between the body that is made of the archived definition and the counterpart's.
  static Result<std::vector<objects::Difference>> Compare(const objects::ObjectDescriptor& kind,
                                                          const std::string& body, const TargetObject& counterpart);
  // Those of the candidates that are equal, but for what a restore holds back.
  static std::vector<const TargetObject*> Equal(const objects::ObjectDescriptor& kind, const std::string& body,
                                                std::vector<const TargetObject*> candidates);

  void Take(std::string_view kind, const std::string& id) { taken_.insert({std::string(kind), id}); }
  bool IsTaken(std::string_view kind, const std::string& id) const { return taken_.contains({std::string(kind), id}); }

 private:
  using Key = std::pair<std::string, std::string>;
  const TargetObject* ByKnownId(const ArchivedObject& object) const;
  const ProgressMap& progress_;
  const std::map<ObjectKey, std::string>& counterparts_;
  const bool same_workspace_;
  std::map<Key, const TargetObject*> by_id_;
  std::map<Key, std::vector<const TargetObject*>> by_key_;
  std::map<Key, std::string> owners_;  // of unique natural keys: archived ids
  std::map<Key, size_t> open_;         // of others: how many archived objects have no counterpart that is sure
  std::set<Key> taken_;
};

// Differences that count: what a restore holds back does not.
bool OnlyHeldBack(const std::vector<objects::Difference>& differences);

}  // namespace dbxark::restore
