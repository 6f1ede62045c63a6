#include "emulator/clusters.h"
#include "emulator/compute_family.h"
#include "emulator/family_support.h"
#include "emulator/policies.h"
#include "emulator/pools.h"

namespace emulator {
namespace {

void CheckTypes(const Json& spec) {
  for (const char* name : {"cluster_name", "spark_version", "node_type_id", "driver_node_type_id", "policy_id",
                           "instance_pool_id", "driver_instance_pool_id", "single_user_name"}) {
    CheckType(spec, name, "string");
  }
  for (const char* name : {"autoscale", "aws_attributes", "azure_attributes", "gcp_attributes", "custom_tags",
                           "spark_conf", "spark_env_vars", "cluster_log_conf", "docker_image", "workload_type"}) {
    CheckType(spec, name, "object");
  }
  CheckType(spec, "init_scripts", "array");
  CheckType(spec, "ssh_public_keys", "array");
  CheckType(spec, "num_workers", "number");
  for (const char* map : {"spark_conf", "spark_env_vars", "custom_tags"}) {
    for (const auto& [name, value] : MemberOf(spec, map).items()) CheckType(spec.at(map), name, "string");
  }
}

void CheckSize(const Json& spec) {
  if (spec.contains("num_workers") && spec.contains("autoscale")) {
    RefuseParameter("Only one of num_workers and autoscale may be given.");
  }
  if (spec.contains("autoscale")) {
    const Json& autoscale = spec.at("autoscale");
    if (IntegerOf(autoscale, "max_workers", -1) < IntegerOf(autoscale, "min_workers")) {
      RefuseParameter("autoscale.max_workers must not be less than autoscale.min_workers.");
    }
  } else if (!spec.contains("num_workers") && !BooleanOf(spec, "is_single_node")) {
    RefuseParameter("Missing required field 'size'");
  }
  CheckRange(spec, "num_workers", 0, 100000);
}

void CheckInitScripts(const Json& spec) {
  CheckLength(spec, "init_scripts", 10);
  for (const Json& script : MemberOf(spec, "init_scripts")) {
    if (!script.is_object() || script.size() != 1) {
      RefuseParameter("An init script must have exactly one kind of destination: " + script.dump());
    }
    std::string destination = TextOf(script.begin().value(), "destination");
    if (destination.empty()) RefuseParameter("Missing required field: destination");
    std::string kind = script.begin().key();
    auto wants = [&](std::string_view start) {
      if (destination.rfind(start, 0) != 0) {
        RefuseParameter("The destination of a " + kind + " init script begins with " + std::string(start) + ": " +
                        destination);
      }
    };
    if (kind == "workspace") {
      wants(destination.rfind("workspace:", 0) == 0 ? "workspace:/" : "/");
    } else if (kind == "dbfs") {
      wants("dbfs:/");
    } else if (kind == "s3") {
      wants("s3://");
    } else if (kind != "volumes" && kind != "abfss" && kind != "gcs" && kind != "file") {
      RefuseParameter("Unknown kind of init script '" + kind + "'.");
    }
  }
}

void CheckLimits(const Json& spec) {
  int64_t minutes = IntegerOf(spec, "autotermination_minutes");
  if (minutes != 0 && (minutes < 10 || minutes > 10000)) {
    RefuseParameter("The autotermination_minutes must be 0 or between 10 and 10000, found " + std::to_string(minutes) +
                    ".");
  }
  CheckLength(spec, "custom_tags", 45);
  CheckLength(spec, "ssh_public_keys", 10);
  CheckOneOf(spec, "data_security_mode",
             {"DATA_SECURITY_MODE_AUTO", "DATA_SECURITY_MODE_DEDICATED", "DATA_SECURITY_MODE_STANDARD",
              "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD", "LEGACY_TABLE_ACL", "NONE",
              "SINGLE_USER", "USER_ISOLATION"});
  CheckOneOf(spec, "runtime_engine", {"NULL", "PHOTON", "STANDARD"});
  CheckOneOf(spec, "kind", {"CLASSIC_PREVIEW"});
  if (spec.contains("runtime_engine") && TextOf(spec, "spark_version").find("-photon-") != std::string::npos) {
    RefuseParameter("runtime_engine cannot be given with a spark_version that names photon.");
  }
  if ((spec.contains("is_single_node") || spec.contains("use_ml_runtime")) && !spec.contains("kind")) {
    RefuseParameter("is_single_node and use_ml_runtime can only be used when kind = CLASSIC_PREVIEW.");
  }
}

// A pool decides about machines and disks.
void CheckPool(const Emulator& emulator, PoolTable& pools, const Json& spec, bool unchecked) {
  std::string pool_id = TextOf(spec, "instance_pool_id");
  if (pool_id.empty()) {
    if (spec.contains("driver_instance_pool_id")) {
      RefuseParameter("driver_instance_pool_id cannot be given without instance_pool_id.");
    }
    return;
  }
  if (!unchecked) {
    pools.CheckExists(pool_id);
    if (spec.contains("driver_instance_pool_id")) pools.CheckExists(TextOf(spec, "driver_instance_pool_id"));
  }
  if (emulator.Has("pool-clash-ignored")) return;
  for (const char* name : {"node_type_id", "driver_node_type_id", "enable_elastic_disk", "azure_attributes"}) {
    if (spec.contains(name)) {
      RefuseParameter("The field '" + std::string(name) + "' cannot be supplied when an instance pool ID is provided.");
    }
  }
  for (const auto& [block, allowed] :
       {std::pair{"aws_attributes", "instance_profile_arn"}, std::pair{"gcp_attributes", "google_service_account"}}) {
    for (const auto& [name, value] : MemberOf(spec, block).items()) {
      if (name == allowed) continue;
      RefuseParameter("The field '" + std::string(block) + "." + name +
                      "' cannot be supplied when an instance pool ID is provided.");
    }
  }
}

// What a read shows and nobody sent.
void FillIn(const Context& context, PoolTable& pools, Json& spec, bool for_job) {
  if (const Json* pool = pools.Find(TextOf(spec, "instance_pool_id"))) {
    // The pool's values show through.
    if (!for_job) {
      spec["node_type_id"] = pool->at("node_type_id");
      spec["driver_node_type_id"] = pool->at("node_type_id");
      spec["enable_elastic_disk"] = BooleanOf(*pool, "enable_elastic_disk");
      Json aws = MemberOf(*pool, "aws_attributes");
      if (aws.is_object()) {
        for (const auto& [name, value] : MemberOf(spec, "aws_attributes").items()) aws[name] = value;
        spec["aws_attributes"] = std::move(aws);
      }
    }
  } else {
    if (!spec.contains("driver_node_type_id") && !for_job) spec["driver_node_type_id"] = TextOf(spec, "node_type_id");
    if (context.emulator.options().cloud == "azure") {
      Json& azure = spec["azure_attributes"];
      if (!azure.is_object()) azure = Json::object();
      if (!azure.contains("availability")) azure["availability"] = "ON_DEMAND_AZURE";
      if (!azure.contains("first_on_demand")) azure["first_on_demand"] = 1;
      if (!azure.contains("spot_bid_max_price")) azure["spot_bid_max_price"] = -1.0;
    } else if (!spec.contains("azure_attributes") && !spec.contains("gcp_attributes")) {
      Json& aws = spec["aws_attributes"];
      if (!aws.is_object()) aws = Json::object();
      if (!aws.contains("availability")) aws["availability"] = "SPOT_WITH_FALLBACK";
      if (!aws.contains("zone_id")) aws["zone_id"] = "us-west-2b";
    }
    if (!spec.contains("enable_elastic_disk")) spec["enable_elastic_disk"] = for_job;
  }
  if (for_job) {
    if (!spec.contains("data_security_mode")) spec["data_security_mode"] = "SINGLE_USER";
    return;
  }
  std::string mode = TextOf(spec, "data_security_mode");
  bool dedicated = mode == "SINGLE_USER" || mode == "DATA_SECURITY_MODE_DEDICATED";
  if (dedicated && TextOf(spec, "single_user_name").empty()) spec["single_user_name"] = context.caller.user_name;
}

}  // namespace

const std::vector<std::string_view>& ClusterSpecFields() {
  static const std::vector<std::string_view> fields = {"apply_policy_default_values",
                                                       "autoscale",
                                                       "autotermination_minutes",
                                                       "aws_attributes",
                                                       "azure_attributes",
                                                       "clone_from",
                                                       "cluster_log_conf",
                                                       "cluster_name",
                                                       "custom_tags",
                                                       "data_security_mode",
                                                       "dependency_mode",
                                                       "docker_image",
                                                       "driver_instance_pool_id",
                                                       "driver_node_type_flexibility",
                                                       "driver_node_type_id",
                                                       "enable_elastic_disk",
                                                       "enable_local_disk_encryption",
                                                       "gcp_attributes",
                                                       "init_scripts",
                                                       "instance_pool_id",
                                                       "is_single_node",
                                                       "kind",
                                                       "node_type_id",
                                                       "num_workers",
                                                       "policy_id",
                                                       "remote_disk_throughput",
                                                       "runtime_engine",
                                                       "single_user_name",
                                                       "spark_conf",
                                                       "spark_env_vars",
                                                       "spark_version",
                                                       "ssh_public_keys",
                                                       "total_initial_remote_disk_size",
                                                       "use_ml_runtime",
                                                       "worker_node_type_flexibility",
                                                       "workload_type"};
  return fields;
}

void CheckCloud(const Emulator& emulator, const Json& spec) {
  const std::string& cloud = emulator.options().cloud;
  if (cloud.empty()) return;
  for (const std::string other : {"aws", "azure", "gcp"}) {
    if (other != cloud && spec.contains(other + "_attributes")) {
      RefuseParameter("This workspace is on " + cloud + ": " + other + "_attributes are not allowed.");
    }
  }
  for (const char* member : {"node_type_id", "driver_node_type_id"}) {
    const std::string type = TextOf(spec, member);
    if (!type.empty() && !IsNodeType(emulator, type)) {
      RefuseParameter("Node type " + type + " is not supported. Supported node types: " +
                      NodeTypes(emulator)["node_types"][0]["node_type_id"].get<std::string>() + ", ...");
    }
  }
}

Json SettleClusterSpec(Context& context, const Json& asked, bool for_job) {
  Emulator& emulator = context.emulator;
  if (!asked.is_object()) RefuseParameter("The specification of a cluster must be an object.");
  CheckTypes(asked);
  Json spec = Keep(asked, ClusterSpecFields());
  const bool unchecked = for_job && emulator.Has("job-compute-unchecked");
  const bool gone = emulator.compute().policies().Find(TextOf(spec, "policy_id")) == nullptr;
  if (std::string policy_id = TextOf(spec, "policy_id"); !policy_id.empty() && !(unchecked && gone)) {
    emulator.compute().policies().CheckExists(policy_id);
    ApplyPolicy(*emulator.compute().policies().Find(policy_id), spec, BooleanOf(spec, "apply_policy_default_values"));
  }
  if (TextOf(spec, "spark_version").empty()) RefuseParameter("Missing required field: spark_version");
  CheckSize(spec);
  CheckLimits(spec);
  CheckInitScripts(spec);
  CheckPool(emulator, emulator.compute().pools(), spec, unchecked);
  if (TextOf(spec, "instance_pool_id").empty() && TextOf(spec, "node_type_id").empty() &&
      !spec.contains("worker_node_type_flexibility")) {
    RefuseParameter("Missing required field: node_type_id");
  }
  CheckCloud(emulator, spec);
  if (emulator.Has("foreign-cloud-refused") && (spec.contains("azure_attributes") || spec.contains("gcp_attributes"))) {
    RefuseParameter("This workspace is on AWS: azure_attributes and gcp_attributes are not allowed.");
  }
  FillIn(context, emulator.compute().pools(), spec, for_job);
  spec.erase("apply_policy_default_values");
  spec.erase("clone_from");
  return spec;
}

}  // namespace emulator
