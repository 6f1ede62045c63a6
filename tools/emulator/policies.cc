#include "emulator/policies.h"

#include <algorithm>

#include "emulator/family_support.h"
#include "emulator/libraries.h"

namespace emulator {
namespace {

struct PolicyFamily {
  const char* id;
  const char* name;
  const char* description;
  const char* definition;
};

constexpr PolicyFamily kFamilies[] = {
    {"personal-vm", "Personal Compute", "Use with small-to-medium data or libraries like pandas and scikit-learn.",
     R"({"node_type_id":{"type":"allowlist","values":["i3.xlarge","i3.2xlarge","g4dn.xlarge"],"defaultValue":"i3.xlarge"},)"
     R"("spark_version":{"type":"unlimited","defaultValue":"auto:latest-ml"},)"
     R"("num_workers":{"type":"fixed","value":0,"hidden":true},)"
     R"("spark_conf.spark.databricks.cluster.profile":{"type":"fixed","value":"singleNode","hidden":true},)"
     R"("data_security_mode":{"type":"fixed","value":"SINGLE_USER","hidden":true},)"
     R"("autotermination_minutes":{"type":"unlimited","defaultValue":4320,"isOptional":true}})"},
    {"power-user", "Power User Compute", "Use with larger data or in parallel.",
     R"({"autotermination_minutes":{"type":"range","minValue":10,"maxValue":4320,"defaultValue":60},)"
     R"("data_security_mode":{"type":"fixed","value":"SINGLE_USER","hidden":true},)"
     R"("node_type_id":{"type":"unlimited","defaultValue":"i3.xlarge","isOptional":true}})"},
    {"shared-compute", "Shared Compute", "Share with others: SQL, Python and Scala.",
     R"({"autotermination_minutes":{"type":"range","minValue":10,"maxValue":4320,"defaultValue":60},)"
     R"("data_security_mode":{"type":"fixed","value":"USER_ISOLATION","hidden":true}})"},
    {"shared-data-science", "Legacy Shared Compute", "Share with others, without isolation.",
     R"({"autotermination_minutes":{"type":"range","minValue":10,"maxValue":4320,"defaultValue":60},)"
     R"("data_security_mode":{"type":"fixed","value":"NONE","hidden":true}})"},
    {"job-cluster", "Job Compute", "Use for production jobs.",
     R"({"cluster_type":{"type":"fixed","value":"job"},)"
     R"("spark_conf.spark.databricks.delta.preview.enabled":{"type":"fixed","value":"true","hidden":true}})"},
};

const PolicyFamily* FamilyById(const std::string& id) {
  for (const PolicyFamily& family : kFamilies) {
    if (id == family.id) return &family;
  }
  return nullptr;
}

Json Shown(const PolicyFamily& family) {
  return {{"policy_family_id", family.id},
          {"name", family.name},
          {"description", family.description},
          {"definition", family.definition}};
}

const std::vector<std::string_view> kCreateFields = {"name",
                                                     "definition",
                                                     "description",
                                                     "libraries",
                                                     "max_clusters_per_user",
                                                     "policy_family_id",
                                                     "policy_family_definition_overrides",
                                                     "auto_enforcement_config"};
const std::vector<std::string_view> kEditFields = {"policy_id",
                                                   "name",
                                                   "definition",
                                                   "description",
                                                   "libraries",
                                                   "max_clusters_per_user",
                                                   "policy_family_id",
                                                   "policy_family_definition_overrides",
                                                   "auto_enforcement_config"};

}  // namespace

void PolicyTable::AddRoutes(std::vector<Route>& routes) {
  AddBuiltIns();
  auto add = [&](const char* method, const std::string& path, Response (PolicyTable::*handler)(Context&),
                 const char* absent) {
    routes.push_back({method, "/api/2.0/" + path, "policies",
                      Guarded([this, handler](Context& context) { return (this->*handler)(context); }, absent,
                              "policies-disabled")});
  };
  add("GET", "policies/clusters/list", &PolicyTable::List, "policies-absent");
  add("GET", "policies/clusters/get", &PolicyTable::Get, "policies-absent");
  add("POST", "policies/clusters/create", &PolicyTable::Create, "policies-absent");
  add("POST", "policies/clusters/edit", &PolicyTable::Edit, "policies-absent");
  add("POST", "policies/clusters/delete", &PolicyTable::Delete, "policies-absent");
  add("GET", "policy-families", &PolicyTable::ListFamilies, "policy-families-absent");
  add("GET", "policy-families/{}", &PolicyTable::GetFamily, "policy-families-absent");
}

void PolicyTable::AddBuiltIns() {
  for (const PolicyFamily& family : kFamilies) {
    if (emulator_.Has("few-built-in-policies") && std::string_view(family.id) != "personal-vm") continue;
    std::string id = UpperHex(emulator_, 16);
    policies_.Put(id, {{"policy_id", id},
                       {"name", family.name},
                       {"definition", family.definition},
                       {"description", family.description},
                       {"policy_family_id", family.id},
                       {"created_at_timestamp", 1640995200000},
                       {"is_default", true}});
  }
}

void PolicyTable::CheckExists(const std::string& policy_id) const {
  if (!policies_.Has(policy_id)) RefuseParameter("Can't find a cluster policy with id: " + policy_id + ".");
}

Json& PolicyTable::Require(Context& context) {
  std::string id = context.RequiredText("policy_id");
  Json* policy = policies_.Find(id);
  if (policy == nullptr) RefuseMissing("Can't find a cluster policy with id: " + id + ".");
  return *policy;
}

Json PolicyTable::Accept(Context& context, const std::string& except_id) const {
  RequireAdmin(context, "create or edit cluster policies");
  const Json& asked = context.Arguments();
  CheckFields(emulator_, asked, except_id.empty() ? kCreateFields : kEditFields);
  std::string name = context.RequiredText("name");
  if (name.empty() || name.size() > 100) RefuseParameter("A cluster policy's name has 1 to 100 characters.");
  for (const auto& [sequence, policy] : policies_.records()) {
    if (TextOf(policy, "name") == name && TextOf(policy, "policy_id") != except_id) {
      RefuseTaken(emulator_, "Policy with name '" + name + "' already exists.", "INVALID_PARAMETER_VALUE");
    }
  }
  CheckType(asked, "definition", "string");
  CheckType(asked, "policy_family_definition_overrides", "string");
  CheckLibraries(MemberOf(asked, "libraries"));
  CheckLength(asked, "libraries", 500);
  CheckType(asked, "max_clusters_per_user", "number");
  if (asked.contains("max_clusters_per_user") && IntegerOf(asked, "max_clusters_per_user") <= 0) {
    RefuseParameter("max_clusters_per_user must be greater than 0");
  }
  Json policy = Keep(asked, kCreateFields);
  std::string family_id = TextOf(asked, "policy_family_id");
  std::string overrides = TextOf(asked, "policy_family_definition_overrides");
  if (family_id.empty()) {
    if (!overrides.empty()) RefuseParameter("policy_family_definition_overrides needs a policy_family_id.");
    if (!policy.contains("definition")) policy["definition"] = "{}";
  } else {
    const PolicyFamily* family = FamilyById(family_id);
    if (family == nullptr) RefuseParameter("Unknown policy family '" + family_id + "'.");
    if (asked.contains("definition")) {
      RefuseParameter("Only one of definition and policy_family_id may be given.");
    }
    policy["definition"] = MergeDefinitions(family->definition, overrides);
  }
  CheckDefinition(TextOf(policy, "definition"));
  return policy;
}

Response PolicyTable::List(Context& context) {
  std::vector<const Json*> sorted;
  for (const auto& [sequence, policy] : policies_.records()) {
    // Nobody has granted anything in this workspace: others may use what everyone may.
    if (!context.caller.admin && TextOf(policy, "policy_family_id") != "personal-vm") continue;
    if (emulator_.Has("late-in-list") && IsTooNew(context, IntegerOf(policy, "created_at_timestamp"))) continue;
    sorted.push_back(&policy);
  }
  if (context.Text("sort_column") == "POLICY_NAME") {
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Json* a, const Json* b) { return TextOf(*a, "name") < TextOf(*b, "name"); });
  }
  bool ascending = context.Text("sort_order", emulator_.Has("lists-oldest-first") ? "ASC" : "DESC") == "ASC";
  if (!ascending) std::reverse(sorted.begin(), sorted.end());
  if (sorted.empty()) return Empty();
  Json policies = Json::array();
  for (const Json* policy : sorted) policies.push_back(*policy);
  Json answer = {{"policies", std::move(policies)}};
  if (!emulator_.Has("no-total-count")) answer["total_count"] = sorted.size();
  return Answer(context, std::move(answer));
}

Response PolicyTable::Get(Context& context) {
  const Json& policy = Require(context);
  if (!context.caller.admin && TextOf(policy, "policy_family_id") != "personal-vm") {
    RefuseRight(context.caller.user_name + " is not authorized to read this cluster policy.");
  }
  if (IsTooNew(context, IntegerOf(policy, "created_at_timestamp"))) {
    RefuseMissing("Can't find a cluster policy with id: " + TextOf(policy, "policy_id") + ".");
  }
  return Answer(context, policy);
}

Response PolicyTable::Create(Context& context) {
  Json accepted = Accept(context, "");
  std::string id = UpperHex(emulator_, 16);
  Json policy = {{"policy_id", id}};
  policy.update(accepted);
  policy["creator_user_name"] = context.caller.user_name;
  policy["created_at_timestamp"] = context.now_ms;
  policy["is_default"] = false;
  policies_.Put(id, std::move(policy));
  return JsonResponse({{"policy_id", id}});
}

Response PolicyTable::Edit(Context& context) {
  Json& policy = Require(context);
  std::string id = TextOf(policy, "policy_id");
  Json edited = Accept(context, id);
  if (BooleanOf(policy, "is_default") && (TextOf(edited, "policy_family_id") != TextOf(policy, "policy_family_id") ||
                                          TextOf(edited, "name") != TextOf(policy, "name"))) {
    RefuseParameter("Of a default policy only the overrides of its family can be edited.");
  }
  Json whole = {{"policy_id", id}};
  whole.update(edited);
  for (const char* kept : {"creator_user_name", "created_at_timestamp", "is_default"}) {
    if (policy.contains(kept)) whole[kept] = policy[kept];
  }
  policy = std::move(whole);
  return Empty();
}

Response PolicyTable::Delete(Context& context) {
  RequireAdmin(context, "delete cluster policies");
  const Json& policy = Require(context);
  if (BooleanOf(policy, "is_default")) RefuseParameter("A default policy cannot be deleted.");
  policies_.Erase(TextOf(policy, "policy_id"));
  return Empty();
}

Response PolicyTable::ListFamilies(Context& context) {
  size_t most = static_cast<size_t>(std::clamp<int64_t>(context.Integer("max_results", 20), 1, 100));
  std::string token = context.Text("page_token");
  size_t at = token.empty() ? 0 : static_cast<size_t>(std::stoul(DecodeToken(token)));
  Json families = Json::array();
  for (; at < std::size(kFamilies) && families.size() < most; ++at) families.push_back(Shown(kFamilies[at]));
  Json answer = {{"policy_families", std::move(families)}};
  if (at < std::size(kFamilies)) answer["next_page_token"] = EncodeToken(std::to_string(at));
  return Answer(context, std::move(answer));
}

Response PolicyTable::GetFamily(Context& context) {
  const PolicyFamily* family = FamilyById(context.request.path_arguments.at(0));
  if (family == nullptr) RefuseMissing("Policy family '" + context.request.path_arguments.at(0) + "' does not exist.");
  return Answer(context, Shown(*family));
}

}  // namespace emulator
