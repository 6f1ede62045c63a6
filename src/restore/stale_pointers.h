// Live objects that point at what is gone, where an archive brings it back under another id.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "restore/plan.h"
#include "restore/target_inventory.h"
#include "workspace/client.h"

namespace dbxark::restore {

// For a restore into the archive's own workspace: a line for each object of the target that refers by id to something
// that `plan` makes again, or cannot be read. Reads the definitions of kinds that may refer to such, and only where
// there is such. Errors: kInterrupted.
Result<std::vector<std::string>> FindStalePointers(const Plan& plan, const TargetInventory& target,
                                                   workspace::Client& client, size_t workers, std::stop_token stop);

}  // namespace dbxark::restore
