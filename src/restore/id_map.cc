#include "restore/id_map.h"

#include <mutex>

#include "objects/registry.h"

namespace dbxark::restore {
namespace {

std::pair<std::string, std::string> KeyOf(std::string_view kind, const std::string& id) {
  return {std::string(kind), id};
}

// Ids in JSON are strings or numbers; digits are good as both. The service's own are smaller.
constexpr uint64_t kFirstPlaceholder = 9'100'000'000'000'000'000;
constexpr char kPlaceholderStart[] = "91000000";
constexpr size_t kPlaceholderSize = 19;

}  // namespace

void IdMap::Set(std::string_view kind, const std::string& old_id, const std::string& new_id) {
  std::unique_lock lock(mutex_);
  counterparts_[KeyOf(kind, old_id)] = {new_id, true, false};
}

void IdMap::Expect(std::string_view kind, const std::string& old_id, const std::string& name) {
  std::unique_lock lock(mutex_);
  Counterpart& counterpart = counterparts_[KeyOf(kind, old_id)];
  if (counterpart.exists || !counterpart.id.empty()) return;
  counterpart.id = std::to_string(kFirstPlaceholder + placeholders_.size());
  placeholders_[counterpart.id] = name;
}

void IdMap::Forget(std::string_view kind, const std::string& old_id) {
  std::unique_lock lock(mutex_);
  counterparts_.erase(KeyOf(kind, old_id));
}

void IdMap::Lose(std::string_view kind, const std::string& old_id) {
  std::unique_lock lock(mutex_);
  counterparts_[KeyOf(kind, old_id)] = {{}, false, true};
}

bool IdMap::Knows(std::string_view kind, const std::string& old_id) const {
  std::shared_lock lock(mutex_);
  return counterparts_.contains(KeyOf(kind, old_id));
}

std::optional<std::string> IdMap::Foreign(std::string_view kind, const std::string& old_id) const {
  if (objects::FindKind(kind) != nullptr) return std::nullopt;
  if (foreign_) {
    if (auto mapped = foreign_(kind, old_id)) return mapped;
  }
  if (!keep_foreign_ids_) return std::nullopt;
  return old_id;
}

std::optional<std::string> IdMap::Resolve(std::string_view kind, const std::string& old_id) const {
  std::shared_lock lock(mutex_);
  const auto found = counterparts_.find(KeyOf(kind, old_id));
  if (found != counterparts_.end() && found->second.lost) return std::nullopt;
  if (found != counterparts_.end()) return found->second.id;
  return Foreign(kind, old_id);
}

std::optional<std::string> IdMap::ResolveExisting(std::string_view kind, const std::string& old_id) const {
  std::shared_lock lock(mutex_);
  const auto found = counterparts_.find(KeyOf(kind, old_id));
  if (found == counterparts_.end()) return Foreign(kind, old_id);
  if (!found->second.exists) return std::nullopt;
  return found->second.id;
}

std::string IdMap::Explain(const std::string& json_value) const {
  std::shared_lock lock(mutex_);
  std::string explained = json_value;
  for (size_t at = explained.find(kPlaceholderStart); at != std::string::npos;
       at = explained.find(kPlaceholderStart, at + 1)) {
    const auto found = placeholders_.find(explained.substr(at, kPlaceholderSize));
    if (found != placeholders_.end()) explained.replace(at, kPlaceholderSize, "(new) " + found->second);
  }
  return explained;
}

}  // namespace dbxark::restore
