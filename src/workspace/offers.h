// What a workspace offers that definitions name and no restore makes: node types, people, warehouses.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "workspace/client.h"

namespace dbxark::workspace {

struct Offer {
  std::string id;     // as definitions refer to it
  std::string label;  // for people; may be empty
};

// Whether this version knows how to ask for what a reference's `target` names ("node_type", "user", "warehouse").
bool CanListOffers(std::string_view target);

// All of them, in the service's order. kFailed, kDenied, kNotFound: the service does not say.
Result<std::vector<Offer>> ListOffers(Client& client, std::string_view target, std::stop_token stop);

}  // namespace dbxark::workspace
