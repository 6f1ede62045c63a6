// Plan = f(archive, target, journal, options): nothing is sent, nothing is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "restore/archived.h"
#include "restore/id_map.h"
#include "restore/journal.h"
#include "restore/object_graph.h"
#include "restore/plan.h"
#include "restore/target_inventory.h"

namespace dbxark::restore {

// What becomes of an object that is there and differs. `kAdopt` leaves it as it is, and shows the differences.
enum class OnConflict { kAdopt, kUpdate, kFail };

struct PlanOptions {
  OnConflict on_conflict = OnConflict::kAdopt;
  bool same_workspace = false;  // the target is the source: ids match themselves
  bool retry_unknown = false;   // make again what may have been made before
};

struct PlanInputs {
  const ArchivedWorkspace& archive;
  const ObjectGraph& graph;
  const TargetInventory& target;
  const ProgressMap& progress;
  // Of each archived object: whether it was asked for; whether it is looked at (asked for, or needed by such); whether
  // it must not be made (it is only adopted, if something needs it).
  const std::vector<bool>& asked;
  const std::vector<bool>& wanted;
  const std::vector<bool>& refused;
};

// `ids` is filled: counterparts that are there, and placeholders for what will be.
Result<Plan> BuildPlan(const PlanInputs& inputs, const PlanOptions& options, IdMap& ids, std::stop_token stop);

}  // namespace dbxark::restore
