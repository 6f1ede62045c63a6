// Finding what a create whose answer was lost may have made.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "objects/descriptor.h"
#include "workspace/client.h"

namespace dbxark::restore {

// The ids of the target that are spoken for. Safe for concurrent use.
class OwnedIds {
 public:
  void Add(std::string_view kind, const std::string& natural_key, const std::string& id);
  bool Contains(std::string_view kind, const std::string& id) const;
  // Those that were added under that name.
  std::vector<std::string> OfName(std::string_view kind, const std::string& natural_key) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::pair<std::string, std::string>> ids_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_name_;
};

struct LostCreate {
  const objects::ObjectDescriptor* kind = nullptr;
  std::string natural_key;
  std::string body;                    // what was sent
  std::vector<std::string> known_ids;  // that bore the name before
};

// Ids that are not known, nobody's, and equal to what was sent. Lists until there is one, or `until_ms` (by
// Clock::NowMs) has passed; at least once.
Result<std::vector<std::string>> FindLostCreate(workspace::Client& client, Clock& clock, const LostCreate& lost,
                                                const OwnedIds& owned, int64_t until_ms, std::stop_token stop);

}  // namespace dbxark::restore
