#include "audit/matching.h"

#include <algorithm>
#include <tuple>

#include "objects/registry.h"

namespace dbxark::audit {
namespace {

// Namesakes beyond that are paired as they come: each comparison reads two definitions.
constexpr size_t kMostNamesakes = 50;

}  // namespace

// One kind's items and who has found whom.
struct Matcher::Run {
  const objects::ObjectDescriptor& kind;
  const std::vector<Item>& left;
  const std::vector<Item>& right;
  const CountDifferences& count_differences;
  std::vector<size_t> of_left = std::vector<size_t>(left.size(), kNobody);
  std::vector<size_t> of_right = std::vector<size_t>(right.size(), kNobody);

  void Join(size_t a, size_t b) {
    of_left[a] = b;
    of_right[b] = a;
  }
};

void Matcher::MatchById(Run& run, const std::function<std::optional<std::string>(const std::string&)>& right_id) const {
  std::unordered_map<std::string_view, size_t> by_id;
  for (size_t i = 0; i < run.right.size(); ++i) {
    if (run.of_right[i] == kNobody) by_id.emplace(run.right[i].id, i);
  }
  for (size_t i = 0; i < run.left.size(); ++i) {
    if (run.of_left[i] != kNobody) continue;
    const std::optional<std::string> id = right_id(run.left[i].id);
    if (!id) continue;
    const auto found = by_id.find(*id);
    if (found != by_id.end() && run.of_right[found->second] == kNobody) run.Join(i, found->second);
  }
}

void Matcher::MatchByKey(Run& run) const {
  // Both are sorted by natural key: walk along them, one name at a time.
  size_t a = 0, b = 0;
  while (a < run.left.size() && b < run.right.size()) {
    const std::string& key = std::min(run.left[a].natural_key, run.right[b].natural_key);
    std::vector<size_t> left, right;
    for (; a < run.left.size() && run.left[a].natural_key == key; ++a) {
      if (run.of_left[a] == kNobody) left.push_back(a);
    }
    for (; b < run.right.size() && run.right[b].natural_key == key; ++b) {
      if (run.of_right[b] == kNobody) right.push_back(b);
    }
    if (left.size() == 1 && right.size() == 1) {
      run.Join(left[0], right[0]);
    } else if (!left.empty() && !right.empty()) {
      MatchNamesakes(run, left, right);
    }
  }
}

void Matcher::MatchNamesakes(Run& run, const std::vector<size_t>& left, const std::vector<size_t>& right) const {
  std::vector<std::tuple<size_t, size_t, size_t>> candidates;  // differences, left, right
  if (left.size() <= kMostNamesakes && right.size() <= kMostNamesakes) {
    for (const size_t a : left) {
      for (const size_t b : right) candidates.emplace_back(run.count_differences(run.left[a], run.right[b]), a, b);
    }
  } else {
    for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) candidates.emplace_back(0, left[i], right[i]);
  }
  std::sort(candidates.begin(), candidates.end());
  for (const auto& [differences, a, b] : candidates) {
    if (run.of_left[a] == kNobody && run.of_right[b] == kNobody) run.Join(a, b);
  }
}

std::vector<Pair> Matcher::Match(const objects::ObjectDescriptor& kind, const std::vector<Item>& left,
                                 const std::vector<Item>& right, const CountDifferences& count_differences) {
  Run run{kind, left, right, count_differences};
  const auto same_id = [](const std::string& id) { return std::optional(id); };
  if (IsTree(kind)) {
    MatchByKey(run);
    if (same_workspace_ && kind.storage == objects::Storage::kTree) MatchById(run, same_id);
  } else if (kind.storage == objects::Storage::kCatalogue) {
    MatchById(run, same_id);
  } else {
    if (same_workspace_) MatchById(run, same_id);
    if (&kind == &objects::kClusterLibraries) {
      MatchById(run, [this](const std::string& id) { return Resolve("cluster", id); });
    } else if (id_map_) {
      // Within one workspace: what a restore made again bears another id.
      MatchById(run, [&](const std::string& id) { return id_map_(kind.name, id); });
    }
    if (!same_workspace_ && &kind != &objects::kClusterLibraries) MatchByKey(run);
  }

  std::vector<Pair> pairs;
  for (size_t a = 0; a < left.size(); ++a) pairs.push_back({a, run.of_left[a]});
  for (size_t b = 0; b < right.size(); ++b) {
    if (run.of_right[b] == kNobody) pairs.push_back({kNobody, b});
  }
  const auto key = [&](const Pair& pair) -> const std::string& {
    return pair.left != kNobody ? left[pair.left].natural_key : right[pair.right].natural_key;
  };
  std::stable_sort(pairs.begin(), pairs.end(), [&](const Pair& a, const Pair& b) { return key(a) < key(b); });
  if (kind.storage == objects::Storage::kDefinition) {
    auto& ids = ids_[std::string(kind.name)];
    for (const Pair& pair : pairs) {
      if (pair.left == kNobody || pair.right == kNobody) continue;
      const std::string &left_id = left[pair.left].id, &right_id = right[pair.right].id;
      if (!same_workspace_ || left_id != right_id) ids.emplace(left_id, right_id);
    }
  }
  return pairs;
}

std::optional<std::string> Matcher::Resolve(std::string_view kind, const std::string& left_id) const {
  // The vendor's families are the same everywhere.
  if (kind == objects::kPolicyFamily.name) return left_id;
  if (const auto ids = ids_.find(kind); ids != ids_.end()) {
    if (const auto found = ids->second.find(left_id); found != ids->second.end()) return found->second;
    // Of a kind that was matched, what has no counterpart has none, whatever the journal believed.
    if (!same_workspace_) return std::nullopt;
  }
  if (same_workspace_) return left_id;
  return id_map_ ? id_map_(kind, left_id) : std::nullopt;
}

}  // namespace dbxark::audit
