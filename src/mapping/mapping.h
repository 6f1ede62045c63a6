// What a map makes of an archive's objects before they are restored or compared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mapping/map_rules.h"
#include "mapping/text_map.h"
#include "objects/rewrite.h"

namespace dbxark::mapping {

// A new name that a rule led to.
struct RuleResult {
  size_t rule = 0;
  bool named = false;  // by a definition; else it is only whose home folder moved
};

// What the rules led to, gathered where it is asked for.
struct RuleUses {
  std::vector<uint64_t> count;  // by rule: at so many places
  // By table and new name, so that it can be checked whether the target has it.
  std::map<std::pair<std::string, std::string>, RuleResult> results;
};

// Safe for concurrent use once it is set up.
class Mapping {
 public:
  explicit Mapping(MapRules rules = {});
  Mapping(const Mapping&) = delete;

  // Besides what the rules say, objects at these paths of the tree go under `folder`, and what refers to them follows.
  void MoveContent(std::string folder, std::set<std::string> paths);

  const MapRules& rules() const { return rules_; }
  bool empty() const { return rules_.rules().empty() && rules_.cloud().target.empty() && folder_.empty(); }
  // Whether objects of the tree or of DBFS may lie elsewhere than in the archive.
  bool MovesPaths() const;
  RuleUses NoUses() const { return {std::vector<uint64_t>(rules_.rules().size()), {}}; }

  // The definition as it is to be made. kFailed: it makes no sense then. `uses` may be null.
  Result<objects::Rewritten> Apply(const objects::ObjectDescriptor& kind, std::string definition, RuleUses* uses) const;
  // Where an object of the tree or of DBFS goes; nothing if the map has it where no such object can be.
  std::optional<std::string> PathOf(const objects::ObjectDescriptor& kind, const std::string& path,
                                    RuleUses* uses) const;
  // The target's id of what no restore handles.
  std::optional<std::string> IdOf(std::string_view target, const std::string& old_id) const;

 private:
  std::optional<objects::NewText> Rewrite(const objects::ReferencePlace& place, RuleUses* uses) const;
  std::optional<objects::NewText> RewriteText(const objects::ReferencePlace& place, RuleUses* uses) const;
  std::optional<RuleMatch> Person(std::string_view name) const;
  std::string Reason(size_t rule) const;
  static void Count(RuleUses* uses, size_t rule);

  const MapRules rules_;
  TextMap texts_;
  std::string folder_;
  std::set<std::string> moved_;
};

}  // namespace dbxark::mapping
