#include "restore/lost_create.h"

#include <algorithm>

#include "restore/matcher.h"
#include "workspace/inventory.h"

namespace dbxark::restore {
namespace {

constexpr int64_t kPauseMs = 2'000;

Result<std::vector<std::string>> LookOnce(workspace::Client& client, const LostCreate& lost, const OwnedIds& owned,
                                          std::stop_token stop) {
  workspace::Inventory inventory(client, {});
  std::string unreadable;
  auto listed = inventory.List(
      *lost.kind,
      [&](const workspace::Gap& gap) {
        if (gap.id.empty() && gap.natural_key.empty()) unreadable = gap.reason;
      },
      stop);
  if (!listed.ok()) return std::move(listed).error();
  if (listed->empty() && !unreadable.empty()) return Error(ErrorCode::kFailed, unreadable);
  std::vector<std::string> found;
  for (const objects::Object& object : *listed) {
    const bool known = std::find(lost.known_ids.begin(), lost.known_ids.end(), object.id) != lost.known_ids.end();
    if (object.natural_key != lost.natural_key || known || owned.Contains(lost.kind->name, object.id)) continue;
    auto definition = inventory.Read(object, stop);
    if (!definition.ok()) {
      // A list may show what a read does not yet.
      if (definition.error().code() == ErrorCode::kNotFound) continue;
      return std::move(definition).error();
    }
    const TargetObject candidate{object.id, object.natural_key, std::move(*definition), true, false, {}};
    auto differences = Matcher::Compare(*lost.kind, lost.body, candidate);
    if (differences.ok() && differences->empty()) found.push_back(object.id);
  }
  return found;
}

}  // namespace

void OwnedIds::Add(std::string_view kind, const std::string& natural_key, const std::string& id) {
  std::lock_guard lock(mutex_);
  ids_.insert({std::string(kind), id});
  by_name_[{std::string(kind), natural_key}].push_back(id);
}

bool OwnedIds::Contains(std::string_view kind, const std::string& id) const {
  std::lock_guard lock(mutex_);
  return ids_.contains({std::string(kind), id});
}

std::vector<std::string> OwnedIds::OfName(std::string_view kind, const std::string& natural_key) const {
  std::lock_guard lock(mutex_);
  const auto found = by_name_.find({std::string(kind), natural_key});
  return found == by_name_.end() ? std::vector<std::string>() : found->second;
}

Result<std::vector<std::string>> FindLostCreate(workspace::Client& client, Clock& clock, const LostCreate& lost,
                                                const OwnedIds& owned, int64_t until_ms, std::stop_token stop) {
  while (true) {
    // An object that shows up in the last moment counts: the look comes after the time.
    const bool last = clock.NowMs() >= until_ms;
    auto found = LookOnce(client, lost, owned, stop);
    if (!found.ok() || !found->empty() || last) return found;
    if (!clock.SleepMs(std::min(kPauseMs, std::max<int64_t>(1, until_ms - clock.NowMs())), stop)) {
      return Error(ErrorCode::kInterrupted, "interrupted");
    }
  }
}

}  // namespace dbxark::restore
