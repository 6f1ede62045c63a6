// Instance pools. Source: SDK module compute.
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

constexpr std::string_view kBody[] = {""};
constexpr std::string_view kFields[] = {"instance_pool_name",
                                        "node_type_id",
                                        "aws_attributes",
                                        "azure_attributes",
                                        "custom_tags",
                                        "disk_spec",
                                        "enable_auto_alternate_node_types",
                                        "enable_elastic_disk",
                                        "gcp_attributes",
                                        "idle_instance_autotermination_minutes",
                                        "max_capacity",
                                        "min_idle_instances",
                                        "node_type_flexibility",
                                        "preloaded_docker_images",
                                        "preloaded_spark_versions",
                                        "remote_disk_throughput",
                                        "total_initial_remote_disk_size"};
constexpr FieldList kFieldLists[] = {{"", kFields}};
constexpr Reference kReferences[] = {
    {"node_type_id", "node_type", ReferenceForm::kName},
    {"node_type_flexibility.alternate_node_type_ids[]", "node_type", ReferenceForm::kName},
    {"preloaded_spark_versions[]", "spark_version", ReferenceForm::kName},
    {"preloaded_docker_images[].url", "container_registry", ReferenceForm::kText},
    {"aws_attributes.instance_profile_arn", "instance_profile", ReferenceForm::kName},
    {"preloaded_docker_images[].basic_auth.password", "secret", ReferenceForm::kText},
    {"preloaded_docker_images[].basic_auth.username", "secret", ReferenceForm::kText},
    {"azure_attributes.capacity_reservation_group", "cloud_resource", ReferenceForm::kText}};
constexpr ReferenceMount kMounts[] = {{"", kReferences}};
// Idle instances start, and cost, as soon as the pool is there.
constexpr Activity kActivities[] = {{"", "min_idle_instances", "0"}};
// The service chooses a zone and a price where none was given.
constexpr ServerDefault kDefaults[] = {{"min_idle_instances", "0"},
                                       {"enable_elastic_disk", "false"},
                                       {"{aws_attributes,azure_attributes,gcp_attributes}", ""},
                                       {"aws_attributes.{availability,zone_id,spot_bid_price_percent}", ""},
                                       {"azure_attributes.{availability,spot_bid_max_price}", ""},
                                       {"gcp_attributes.{gcp_availability,zone_id}", ""}};

constexpr FixedField kFixed[] = {{"node_type_id", true},
                                 {"aws_attributes"},
                                 {"azure_attributes"},
                                 {"gcp_attributes"},
                                 {"disk_spec"},
                                 {"enable_elastic_disk"},
                                 {"node_type_flexibility"},
                                 {"preloaded_docker_images"},
                                 {"preloaded_spark_versions"}};

// A read may leave out what is false, and a create takes absence for the default, which is true.
void Prepare(PrepareContext& context) {
  if (!context.body["enable_elastic_disk"]) context.editor.Set(context.body, "enable_elastic_disk", "false");
  size_t index = 0;
  for (const json::Node& image : context.body["preloaded_docker_images"].elements()) {
    const std::string path = "preloaded_docker_images[" + std::to_string(index++) + "].basic_auth";
    const json::Node login = image["basic_auth"];
    if (login && login["password"].text().empty()) context.NotSent(path + ".password", std::string(kNotShown));
  }
}

}  // namespace

constinit const ObjectDescriptor kInstancePool{.name = "instance_pool",
                                               .plural = "instance_pools",
                                               .family = "pools",
                                               .list = {"/api/2.0/instance-pools/list", "instance_pools"},
                                               .read = {"/api/2.0/instance-pools/get", "instance_pool_id"},
                                               .create = {"POST", "/api/2.0/instance-pools/create", "instance_pool_id"},
                                               .id = "instance_pool_id",
                                               .natural_key = "instance_pool_name",
                                               .bodies = kBody,
                                               .create_fields = kFieldLists,
                                               .references = kMounts,
                                               .activities = kActivities,
                                               .server_defaults = kDefaults,
                                               .update = {"POST", "/api/2.0/instance-pools/edit", ""},
                                               .update_id = "instance_pool_id",
                                               .fixed_fields = kFixed,
                                               .remove = {"POST", "/api/2.0/instance-pools/delete", ""},
                                               .prepare = Prepare};

}  // namespace dbxark::objects
