// A map applied to what a restore is about to make, and held against the target before anything is sent.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/mapping.h"
#include "restore/archived.h"
#include "restore/id_map.h"
#include "restore/journal.h"
#include "restore/plan.h"
#include "restore/target_inventory.h"
#include "workspace/client.h"

namespace dbxark::restore {

class AppliedMap {
 public:
  // `mapping` outlives it and the archive that it is applied to.
  explicit AppliedMap(const mapping::Mapping& mapping) : mapping_(mapping), uses_(mapping.NoUses()) {}

  // Paths and definitions of what is wanted become what they are to be; from here on the archive reads so. kUsage if
  // two objects would lie at one path.
  Status Apply(ArchivedWorkspace& archive, const std::vector<bool>& wanted, std::stop_token stop);

  // By kind: names and ids of the target that rules lead to.
  std::map<std::string, std::set<std::string>, std::less<>> Sought(const ArchivedWorkspace& archive,
                                                                   const std::vector<bool>& wanted) const;

  // Which of the target's objects the rules make counterparts, by archived object. What is in the target and not in the
  // archive goes into `ids`, as does what no restore handles. kNotFound, naming the rule, if the target has no such
  // thing; what it does not tell is noted.
  Result<std::map<ObjectKey, std::string>> Check(const ArchivedWorkspace& archive, const std::vector<bool>& wanted,
                                                 const TargetInventory& target, workspace::Client& client, IdMap& ids,
                                                 std::stop_token stop);

  std::vector<RuleUse> Uses() const;
  // Rules that never applied, what could not be checked, what stays where it is: lines for people.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Status ApplyToNode(ArchivedWorkspace& archive, size_t index, std::map<std::string, size_t>& taken);
  Status CheckOffers(workspace::Client& client, std::stop_token stop);
  Error Missing(size_t rule, const std::string& to) const;

  const mapping::Mapping& mapping_;
  mapping::RuleUses uses_;
  std::vector<std::string> notes_;
  uint64_t left_in_dbfs_ = 0;
};

}  // namespace dbxark::restore
