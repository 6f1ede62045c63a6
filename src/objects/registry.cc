#include "objects/registry.h"

namespace dbxark::objects {

std::span<const ObjectDescriptor* const> AllKinds() {
  static const ObjectDescriptor* const kinds[] = {
      &kDirectory,     &kNotebook, &kWorkspaceFile,    &kDbfsFile, &kGlobalInitScript, &kPolicyFamily, &kInstancePool,
      &kClusterPolicy, &kCluster,  &kClusterLibraries, &kJob};
  return kinds;
}

const ObjectDescriptor* FindKind(std::string_view name) {
  for (const ObjectDescriptor* kind : AllKinds()) {
    if (kind->name == name || kind->plural == name) return kind;
  }
  return nullptr;
}

size_t RankOf(const ObjectDescriptor& kind) {
  size_t rank = 0;
  for (const ObjectDescriptor* other : AllKinds()) {
    if (other == &kind) return rank;
    ++rank;
  }
  return rank;
}

std::span<const std::string_view> KindsNotLookedAt() {
  static constexpr std::string_view kNames[] = {"alerts",
                                                "apps",
                                                "dashboards",
                                                "experiments",
                                                "git_credentials",
                                                "git_folders",
                                                "groups",
                                                "instance_profiles",
                                                "ip_access_lists",
                                                "legacy_dashboards",
                                                "mounts",
                                                "notification_destinations",
                                                "permissions",
                                                "pipelines",
                                                "queries",
                                                "registered_models",
                                                "secrets",
                                                "service_principals",
                                                "serving_endpoints",
                                                "tokens",
                                                "unity_catalog",
                                                "users",
                                                "volumes",
                                                "warehouses",
                                                "workspace_conf"};
  return kNames;
}

}  // namespace dbxark::objects
