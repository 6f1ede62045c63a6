// Which object of one side is which of the other.
//
// Within one workspace by id (what lies in a tree by path first: what was deleted and imported again is still the same
// path), then by the id map of a restore into it; between two by that map, else by natural key. Where names are not
// unique, objects that are equal find each other first, then those that differ least.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/side.h"
#include "objects/definition.h"

namespace dbxark::audit {

// The counterpart's id on the right side, where a restore has made it: its journal.
using IdMap = std::function<std::optional<std::string>(std::string_view kind, const std::string& left_id)>;

inline constexpr size_t kNobody = static_cast<size_t>(-1);

// Indices into the items of both sides; one of them may be kNobody.
struct Pair {
  size_t left = kNobody, right = kNobody;
};

class Matcher : public objects::Resolver {
 public:
  // How much two objects of one kind and name differ, given what is matched so far.
  using CountDifferences = std::function<size_t(const Item& left, const Item& right)>;

  // With `same_workspace`, ids mean the same on both sides, unless the map says otherwise.
  Matcher(bool same_workspace, IdMap id_map) : same_workspace_(same_workspace), id_map_(std::move(id_map)) {}

  // Kinds have to come in the registry's order. The pairs are sorted by natural key.
  std::vector<Pair> Match(const objects::ObjectDescriptor& kind, const std::vector<Item>& left,
                          const std::vector<Item>& right, const CountDifferences& count_differences);

  // The right side's id for an id of the left side. Not while Match runs in another thread.
  std::optional<std::string> Resolve(std::string_view kind, const std::string& left_id) const override;

 private:
  struct Run;
  void MatchById(Run& run, const std::function<std::optional<std::string>(const std::string&)>& right_id) const;
  void MatchByKey(Run& run) const;
  void MatchNamesakes(Run& run, const std::vector<size_t>& left, const std::vector<size_t>& right) const;

  const bool same_workspace_;
  const IdMap id_map_;
  std::map<std::string, std::unordered_map<std::string, std::string>, std::less<>> ids_;
};

}  // namespace dbxark::audit
