// A plan that was saved, held against the one that would be made now: whoever approved it gets that and nothing else.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "restore/journal.h"
#include "restore/plan.h"

namespace dbxark::restore {

// What has changed since, a line a step; empty: the same would be done. What restores between these two have done
// meanwhile by their journal (`progress`) is no change: a plan that was carried out in part can be taken up again.
// `saved` is what PlanJson made. kFailed: it is no plan; kAlreadyExists: it is of another archive or target.
Result<std::vector<std::string>> ChangesSince(const std::string& saved, const Plan& now, const ProgressMap& progress);

}  // namespace dbxark::restore
