// Plan = f(archive, target, journal, options): nothing is sent, nothing is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "restore/archived.h"
#include "restore/id_map.h"
#include "restore/journal.h"
#include "restore/object_graph.h"
#include "restore/plan.h"
#include "restore/target_inventory.h"
#include "restore/vanished.h"

namespace dbxark::restore {

// What becomes of an object that is there and differs. `kAdopt` leaves it as it is, and shows the differences.
enum class OnConflict { kAdopt, kUpdate, kFail };

// For all kinds, but for those that have a word of their own.
struct ConflictRules {
  OnConflict all = OnConflict::kAdopt;
  std::map<std::string, OnConflict, std::less<>> of_kind;  // by name

  OnConflict Of(std::string_view kind) const {
    const auto found = of_kind.find(kind);
    return found == of_kind.end() ? all : found->second;
  }
};

// What becomes of an object whose name another one in the target bears, where names do not tell objects apart and the
// two are not equal: they may be the same one, changed since, or two.
enum class Twins { kStop, kAdopt, kCreate };

struct PlanOptions {
  ConflictRules on_conflict;
  Twins twins = Twins::kStop;
  bool drop_missing = false;    // what has no counterpart is left out of definitions, also where they need it
  bool same_workspace = false;  // the target is the source: ids match themselves
  bool retry_unknown = false;   // make again what may have been made before
  // The target is kept like the source: what restores made and nobody changed since becomes what the archive has; what
  // else differs is a conflict.
  bool standby = false;
  bool prune = false;  // what restores made, nobody changed since and the archive has no more is removed
};

struct PlanInputs {
  const ArchivedWorkspace& archive;
  const ObjectGraph& graph;
  const TargetInventory& target;
  const ProgressMap& progress;
  const std::map<ObjectKey, std::string>& counterparts;  // that the map names: target ids, by archived object
  // Of each archived object: whether it was asked for; whether it is looked at (asked for, or needed by such); whether
  // it must not be made (it is only adopted, if something needs it).
  const std::vector<bool>& asked;
  const std::vector<bool>& wanted;
  const std::vector<bool>& refused;
  // What the archive has no more, in the order of removing; none: nobody asks.
  const std::vector<Vanished>* vanished = nullptr;
};

// `ids` is filled: counterparts that are there, and placeholders for what will be.
Result<Plan> BuildPlan(const PlanInputs& inputs, const PlanOptions& options, IdMap& ids, std::stop_token stop);

}  // namespace dbxark::restore
