// Cluster policies, and the vendor's families that some of them build on. Source: SDK module compute (policies,
// policy families); Terraform provider, issue 1785 (built-in names).
#include "objects/cluster_spec.h"
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

constexpr std::string_view kBody[] = {""};
constexpr std::string_view kFields[] = {"name",
                                        "definition",
                                        "description",
                                        "libraries",
                                        "max_clusters_per_user",
                                        "policy_family_id",
                                        "policy_family_definition_overrides",
                                        "auto_enforcement_config"};
constexpr FieldList kFieldLists[] = {{"", kFields}};
// A policy may say that whoever uses it keeps to it: its rules then name its own id.
constexpr CycleMember kCycleMembers[] = {{"definition", R"("{}")"}, {"policy_family_definition_overrides", ""}};

// The rules of a policy are keyed by the attribute they limit; the ids stand in the limits.
#define DBXARK_LIMITS ".{value,values[],defaultValue,pattern}"
constexpr Reference kRules[] = {
    {"\"node_type_id\"" DBXARK_LIMITS, "node_type", ReferenceForm::kName},
    {"\"driver_node_type_id\"" DBXARK_LIMITS, "node_type", ReferenceForm::kName},
    {"\"spark_version\"" DBXARK_LIMITS, "spark_version", ReferenceForm::kName},
    {"\"instance_pool_id\"" DBXARK_LIMITS, "instance_pool"},
    {"\"driver_instance_pool_id\"" DBXARK_LIMITS, "instance_pool"},
    {"\"policy_id\"" DBXARK_LIMITS, "cluster_policy"},
    {"\"aws_attributes.instance_profile_arn\"" DBXARK_LIMITS, "instance_profile", ReferenceForm::kName},
    {"\"single_user_name\"" DBXARK_LIMITS, "user", ReferenceForm::kPrincipal},
    {"\"init_scripts.*.workspace.destination\"" DBXARK_LIMITS, "workspace_path", ReferenceForm::kText},
    {"\"init_scripts.*.volumes.destination\"" DBXARK_LIMITS, "volume_path", ReferenceForm::kText},
    {"\"init_scripts.*.dbfs.destination\"" DBXARK_LIMITS, "dbfs_path", ReferenceForm::kText},
    {"\"cluster_log_conf.path\"" DBXARK_LIMITS, "dbfs_path", ReferenceForm::kText},
    {"\"spark_conf.*\"" DBXARK_LIMITS, "secret", ReferenceForm::kText},
    {"\"spark_env_vars.*\"" DBXARK_LIMITS, "secret", ReferenceForm::kText},
    {"\"docker_image.basic_auth.password\"" DBXARK_LIMITS, "secret", ReferenceForm::kText},
    // What a rule limits may name an account: "spark_conf.fs.azure.account.auth.type.raw.dfs.core.windows.net".
    {"\"spark_conf.*\"", "secret", ReferenceForm::kText},
};
#undef DBXARK_LIMITS
constexpr Reference kOwn[] = {{"policy_family_id", "policy_family"}};

std::span<const ReferenceMount> Mounts() {
  static const ReferenceMount mounts[] = {{"", kOwn},
                                          {"definition(json)", kRules},
                                          {"policy_family_definition_overrides(json)", kRules},
                                          {"libraries[]", LibraryReferences()}};
  return mounts;
}

// A family's policy comes back with the merged definition, which a create refuses beside the family; and 0 clusters per
// user means no limit on read and is refused in a create.
void Prepare(PrepareContext& context) {
  const json::Node definition = context.body["definition"];
  if (context.body["policy_family_id"] && definition) {
    context.editor.Remove(definition);
    context.NotSent("definition", "is the policy family's, merged with the overrides");
  }
  const json::Node limit = context.body["max_clusters_per_user"];
  if (limit && limit.AsInt64() == 0) {
    context.editor.Remove(limit);
    context.NotSent("max_clusters_per_user", "0 means no limit, which is said by leaving it out");
  }
}

bool BuiltIn(json::Node definition) { return definition["is_default"].AsBool().value_or(false); }

}  // namespace

const ObjectDescriptor kClusterPolicy{.name = "cluster_policy",
                                      .plural = "cluster_policies",
                                      .family = "policies",
                                      .list = {"/api/2.0/policies/clusters/list", "policies"},
                                      .read = {"/api/2.0/policies/clusters/get", "policy_id"},
                                      .create = {"POST", "/api/2.0/policies/clusters/create", "policy_id"},
                                      .id = "policy_id",
                                      .natural_key = "name",
                                      .bodies = kBody,
                                      .create_fields = kFieldLists,
                                      .references = Mounts(),
                                      .update = {"POST", "/api/2.0/policies/clusters/edit", ""},
                                      .update_id = "policy_id",
                                      .remove = {"POST", "/api/2.0/policies/clusters/delete", ""},
                                      .cycle_members = kCycleMembers,
                                      .prepare = Prepare,
                                      .built_in = BuiltIn};

constinit const ObjectDescriptor kPolicyFamily{
    .name = "policy_family",
    .plural = "policy_families",
    .storage = Storage::kCatalogue,
    .family = "policies",
    .list = {"/api/2.0/policy-families", "policy_families", Paging::kPageToken},
    .id = "policy_family_id",
    .natural_key = "policy_family_id"};

}  // namespace dbxark::objects
