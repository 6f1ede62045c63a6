#include "objects/cluster_spec.h"

namespace dbxark::objects {
namespace {

constexpr std::string_view kFields[] = {
    "apply_policy_default_values", "autoscale", "autotermination_minutes", "aws_attributes", "azure_attributes",
    "cluster_log_conf", "cluster_name", "custom_tags", "data_security_mode", "dependency_mode", "docker_image",
    "driver_instance_pool_id", "driver_node_type_flexibility", "driver_node_type_id", "enable_elastic_disk",
    "enable_local_disk_encryption", "gcp_attributes", "init_scripts", "instance_pool_id", "is_single_node", "kind",
    "node_type_id", "num_workers", "policy_id", "remote_disk_throughput", "runtime_engine", "single_user_name",
    "spark_conf", "spark_env_vars", "spark_version", "ssh_public_keys", "total_initial_remote_disk_size",
    "use_ml_runtime", "worker_node_type_flexibility", "workload_type",
    // Taken by a create for a cluster that others were copied from; the source's id means nothing elsewhere, and what
    // was copied is in the other fields. Listed so that the reference below decides.
    "clone_from"};

constexpr Reference kReferences[] = {
    {"{node_type_id,driver_node_type_id}", "node_type", ReferenceForm::kName},
    {"{worker_node_type_flexibility,driver_node_type_flexibility}.alternate_node_type_ids[]", "node_type",
     ReferenceForm::kName},
    {"spark_version", "spark_version", ReferenceForm::kName},
    {"policy_id", "cluster_policy"},
    {"instance_pool_id", "instance_pool"},
    {"driver_instance_pool_id", "instance_pool"},
    {"clone_from.source_cluster_id", "cluster", ReferenceForm::kId, Need::kOptional, 1},
    {"aws_attributes.instance_profile_arn", "instance_profile", ReferenceForm::kName},
    {"init_scripts[].workspace.destination", "workspace_path", ReferenceForm::kPath},
    {"init_scripts[].dbfs.destination", "dbfs_path", ReferenceForm::kPath},
    {"init_scripts[].volumes.destination", "volume_path", ReferenceForm::kPath},
    {"init_scripts[].s3.destination", "cloud_storage", ReferenceForm::kText},
    {"init_scripts[].abfss.destination", "cloud_storage", ReferenceForm::kText},
    {"init_scripts[].gcs.destination", "cloud_storage", ReferenceForm::kText},
    {"init_scripts[].file.destination", "container_file", ReferenceForm::kText},
    {"cluster_log_conf.dbfs.destination", "dbfs_path", ReferenceForm::kText},
    {"cluster_log_conf.volumes.destination", "volume_path", ReferenceForm::kText},
    {"cluster_log_conf.s3.destination", "cloud_storage", ReferenceForm::kText},
    {"spark_conf{}", "secret", ReferenceForm::kText},
    {"spark_env_vars{}", "secret", ReferenceForm::kText},
    {"spark_conf{}", "dbfs_path", ReferenceForm::kText},
    {"spark_conf{}", "volume_path", ReferenceForm::kText},
    {"spark_env_vars{}", "workspace_path", ReferenceForm::kText},
    {"azure_attributes.log_analytics_info.log_analytics_primary_key", "secret", ReferenceForm::kText},
    {"gcp_attributes.google_service_account", "cloud_identity", ReferenceForm::kText},
    {"single_user_name", "user", ReferenceForm::kPrincipal},
    {"single_user_name", "service_principal", ReferenceForm::kPrincipal},
    {"single_user_name", "group", ReferenceForm::kPrincipal},
    {"docker_image.basic_auth.username", "secret", ReferenceForm::kText},
    {"docker_image.basic_auth.password", "secret", ReferenceForm::kText},
    {"docker_image.url", "container_registry", ReferenceForm::kText},
};

constexpr Reference kLibraries[] = {
    {"jar", "dbfs_path", ReferenceForm::kPath},
    {"jar", "workspace_path", ReferenceForm::kPath},
    {"jar", "volume_path", ReferenceForm::kPath},
    {"jar", "cloud_storage", ReferenceForm::kText},
    {"whl", "dbfs_path", ReferenceForm::kPath},
    {"whl", "workspace_path", ReferenceForm::kPath},
    {"whl", "volume_path", ReferenceForm::kPath},
    {"whl", "cloud_storage", ReferenceForm::kText},
    {"egg", "dbfs_path", ReferenceForm::kPath},
    {"egg", "workspace_path", ReferenceForm::kPath},
    {"egg", "volume_path", ReferenceForm::kPath},
    {"egg", "cloud_storage", ReferenceForm::kText},
    {"requirements", "workspace_path", ReferenceForm::kPath},
    {"requirements", "volume_path", ReferenceForm::kPath},
};

void KeepOnly(PrepareContext& context, json::Node object, std::string_view kept, const std::string& path) {
  for (const json::Node& member : object.members()) {
    if (!kept.empty() && member.key() == kept) continue;
    context.editor.Remove(member);
    context.NotSent(path + "." + member.key(), "comes from the instance pool");
  }
  if (object && (kept.empty() || !object[kept])) context.editor.Remove(object);
}

}  // namespace

std::span<const std::string_view> ClusterSpecFields() { return kFields; }
std::span<const Reference> ClusterSpecReferences() { return kReferences; }

std::vector<std::string_view> ClusterSpecPlaces(const ObjectDescriptor& kind) {
  std::vector<std::string_view> places;
  for (const ReferenceMount& mount : kind.references) {
    if (mount.references.data() == kReferences) places.push_back(mount.at);
  }
  return places;
}

std::span<const Reference> LibraryReferences() { return kLibraries; }

void PrepareClusterSpec(PrepareContext& context, json::Node spec, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + ".";
  const auto leave_out = [&](std::string_view key, const std::string& reason) {
    if (const json::Node member = spec[key]) {
      context.editor.Remove(member);
      context.NotSent(prefix + std::string(key), reason);
    }
  };
  // A size of 0 may be left out of an answer, and has to be said in a create.
  if (!spec["num_workers"] && !spec["autoscale"]) context.editor.Set(spec, "num_workers", "0");
  const json::Node login = spec["docker_image"]["basic_auth"];
  if (login && login["password"].text().empty()) {
    context.NotSent(prefix + "docker_image.basic_auth.password", std::string(kNotShown));
  }
  if (spec["instance_pool_id"]) {
    for (const std::string_view key : {"node_type_id", "driver_node_type_id", "enable_elastic_disk"}) {
      leave_out(key, "comes from the instance pool");
    }
    KeepOnly(context, spec["aws_attributes"], "instance_profile_arn", prefix + "aws_attributes");
    KeepOnly(context, spec["gcp_attributes"], "google_service_account", prefix + "gcp_attributes");
    KeepOnly(context, spec["azure_attributes"], "", prefix + "azure_attributes");
  } else {
    leave_out("driver_instance_pool_id", "is taken only together with instance_pool_id");
  }
}

}  // namespace dbxark::objects
