// Whether the caller may make what a plan makes, as far as reads tell.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "restore/plan.h"
#include "workspace/client.h"

namespace dbxark::restore {

struct Rights {
  std::string refusal;                // not empty: what of the plan surely cannot be made, and what to do about it
  std::vector<std::string> warnings;  // what may be refused
};

// Sends nothing for an administrator, or where the plan changes nothing; else at most one read. An error only where the
// workspace does not answer.
Result<Rights> CheckRights(const Plan& plan, const workspace::Identity& caller, workspace::Client& client,
                           std::stop_token stop);

// Whether the caller is an administrator for all that can be told; where its groups are not told, a list that only
// administrators get is read. kInterrupted.
Result<bool> SeemsAdministrator(const workspace::Identity& caller, workspace::Client& client, std::stop_token stop);

}  // namespace dbxark::restore
