// Cluster policies and the catalogue of policy families. Some policies are built in: every workspace has them.
#pragma once

#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

class PolicyTable {
 public:
  explicit PolicyTable(Emulator& emulator) : emulator_(emulator) {}

  void AddRoutes(std::vector<Route>& routes);  // makes the built-in policies too
  Json Save() const { return policies_.Save(); }
  void Load(const Json& state) { policies_.Load(state); }

  const Json* Find(const std::string& policy_id) const { return policies_.Find(policy_id); }
  // 400 where there is no such policy.
  void CheckExists(const std::string& policy_id) const;

 private:
  Response List(Context& context);
  Response Get(Context& context);
  Response Create(Context& context);
  Response Edit(Context& context);
  Response Delete(Context& context);
  Response ListFamilies(Context& context);
  Response GetFamily(Context& context);

  void AddBuiltIns();
  Json& Require(Context& context);
  // The fields as they are kept, with the definition made from the family where there is one.
  Json Accept(Context& context, const std::string& except_id) const;

  Emulator& emulator_;
  RecordTable policies_;
};

// A definition's rules (policy_rules.cc). `path` is an attribute's, as in "spark_conf.spark.speculation".
void CheckDefinition(const std::string& definition);
// The merged definition of a family and its overrides.
std::string MergeDefinitions(const std::string& family, const std::string& overrides);
// Fills in fixed values (and defaults, where asked) and refuses what the policy forbids: 400.
void ApplyPolicy(const Json& policy, Json& spec, bool with_defaults);

}  // namespace emulator
