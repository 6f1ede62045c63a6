#include "emulator/clusters.h"
#include "emulator/compute_family.h"
#include "emulator/family_support.h"
#include "emulator/sample.h"
#include "emulator/sample_maker.h"

namespace emulator {
namespace {

class Maker : public ComputeMaker {
 public:
  using ComputeMaker::ComputeMaker;

  void Libraries(const std::string& cluster, const Json& libraries) {
    Post("libraries/install", {{"cluster_id", cluster}, {"libraries", libraries}});
  }
  void Pin(const std::string& cluster) { Post("clusters/pin", {{"cluster_id", cluster}}); }
  void Stop(const std::string& cluster) {
    Post("clusters/delete", {{"cluster_id", cluster}});
    Wait(60000);
  }
};

void MakePolicies(Maker& make, SampleIds& ids) {
  ids.workers_pool = make.Pool({{"instance_pool_name", "shared-workers"},
                                {"node_type_id", "i3.xlarge"},
                                {"min_idle_instances", 2},
                                {"max_capacity", 50},
                                {"idle_instance_autotermination_minutes", 15},
                                {"preloaded_spark_versions", {"15.4.x-scala2.12"}},
                                {"custom_tags", {{"team", "data platform"}, {"cost-centre", "4711"}}},
                                {"aws_attributes", {{"availability", "SPOT"}, {"zone_id", "us-west-2a"}}}});
  ids.drivers_pool =
      make.Pool({{"instance_pool_name", "on-demand drivers"},
                 {"node_type_id", "m5.xlarge"},
                 {"aws_attributes", {{"availability", "ON_DEMAND"}}},
                 {"disk_spec",
                  {{"disk_type", {{"ebs_volume_type", "GENERAL_PURPOSE_SSD"}}}, {"disk_count", 1}, {"disk_size", 100}}},
                 {"enable_elastic_disk", false}});
  Json definition = {
      {"instance_pool_id", {{"type", "fixed"}, {"value", ids.workers_pool}, {"hidden", true}}},
      {"driver_instance_pool_id",
       {{"type", "allowlist"}, {"values", {ids.workers_pool, ids.drivers_pool}}, {"defaultValue", ids.drivers_pool}}},
      {"autotermination_minutes", {{"type", "range"}, {"minValue", 10}, {"maxValue", 120}, {"defaultValue", 30}}},
      {"custom_tags.team", {{"type", "fixed"}, {"value", "engineering"}}},
      {"spark_version", {{"type", "regex"}, {"pattern", "1[3-6]\\.[0-9]+\\.x-.*"}}}};
  ids.engineering_policy = make.Policy({{"name", "data-engineering"},
                                        {"description", "Pool-backed clusters for engineers"},
                                        {"definition", definition.dump(2)}});
  ids.family_policy = make.Policy(
      {{"name", "analysts"},
       {"policy_family_id", "power-user"},
       {"policy_family_definition_overrides",
        R"({"autotermination_minutes":{"type":"fixed","value":45},"custom_tags.team":{"type":"fixed","value":"分析"}})"}});
  ids.restricted_policy = make.Policy(
      {{"name", "restricted \"small\""},
       {"definition", R"({"num_workers": {"type": "range", "maxValue": 4, "defaultValue": 1},)"
                      R"( "init_scripts.0.workspace.destination": {"type": "fixed", "value": "/Shared/init/proxy.sh"},)"
                      R"( "spark_conf.spark.databricks.cluster.profile": {"type": "forbidden"}})"},
       {"max_clusters_per_user", 3},
       {"libraries", Json::array({{{"pypi", {{"package", "simplejson==3.19.2"}}}}})}});
}

void MakeSharedClusters(Maker& make, SampleIds& ids) {
  ids.shared_cluster = make.Cluster(
      {{"cluster_name", "shared-analytics"},
       {"spark_version", "15.4.x-scala2.12"},
       {"node_type_id", "i3.xlarge"},
       {"autoscale", {{"min_workers", 1}, {"max_workers", 4}}},
       {"autotermination_minutes", 0},
       {"data_security_mode", "USER_ISOLATION"},
       {"custom_tags", {{"team", "analytics"}}},
       {"init_scripts", Json::array({{{"workspace", {{"destination", "/Shared/init/install.sh"}}}},
                                     {{"dbfs", {{"destination", "dbfs:/databricks/init/shared-analytics/cert.sh"}}}}})},
       {"cluster_log_conf", {{"dbfs", {{"destination", "dbfs:/cluster-logs"}}}}}});
  make.Libraries(
      ids.shared_cluster,
      Json::array(
          {{{"pypi", {{"package", "great-expectations==0.18.19"}}}},
           {{"maven", {{"coordinates", "com.databricks:spark-xml_2.12:0.18.0"}, {"exclusions", {"org.slf4j:*"}}}}},
           {{"jar", "dbfs:/FileStore/jars/billing-1.4.2.jar"}},
           {{"whl", "dbfs:/FileStore/wheels/reports-0.9-py3-none-any.whl"}}}));
  make.Pin(ids.shared_cluster);
  Json etl = {{"cluster_name", "etl"},
              {"spark_version", "15.4.x-scala2.12"},
              {"policy_id", ids.engineering_policy},
              {"instance_pool_id", ids.workers_pool},
              {"driver_instance_pool_id", ids.drivers_pool},
              {"num_workers", 3},
              {"autotermination_minutes", 30},
              {"apply_policy_default_values", true}};
  ids.etl_cluster = make.Cluster(etl);
  make.Pin(ids.etl_cluster);
  make.Stop(ids.etl_cluster);
  etl["num_workers"] = 6;  // another one of the same name
  etl["spark_env_vars"] = {{"STAGE", "test"}};
  make.Stop(make.Cluster(etl));
}

void MakeOwnClusters(Maker& make, SampleIds& ids) {
  std::string dev = make.Cluster(
      {{"cluster_name", "ana's single node"},
       {"spark_version", "16.4.x-cpu-ml-scala2.12"},
       {"node_type_id", "i3.xlarge"},
       {"num_workers", 0},
       {"autotermination_minutes", 60},
       {"data_security_mode", "SINGLE_USER"},
       {"single_user_name", "ana@example.com"},
       {"spark_conf",
        {{"spark.databricks.cluster.profile", "singleNode"},
         {"spark.master", "local[*]"},
         {"spark.hadoop.fs.s3a.secret.key", "{{secrets/storage/s3-key}}"}}},
       {"spark_env_vars",
        {{"DB_PASSWORD", "{{secrets/warehouse/password}}"}, {"PYSPARK_PYTHON", "/databricks/python3/bin/python3"}}},
       {"custom_tags", {{"ResourceClass", "SingleNode"}}}});
  make.Libraries(dev, Json::array({{{"requirements", "/Workspace/Shared/lib/requirements.txt"}},
                                   {{"cran", {{"package", "forecast"}, {"repo", "https://cran.example.com"}}}}}));
  make.Stop(dev);
  make.Stop(make.Cluster(
      {{"cluster_name", "bi photon"},
       {"spark_version", "15.4.x-scala2.12"},
       {"node_type_id", "r5.xlarge"},
       {"driver_node_type_id", "m5.xlarge"},
       {"runtime_engine", "PHOTON"},
       {"num_workers", 2},
       {"policy_id", ids.family_policy},
       {"autotermination_minutes", 45},
       {"aws_attributes",
        {{"availability", "SPOT"}, {"first_on_demand", 1}, {"spot_bid_price_percent", 80}, {"zone_id", "auto"}}}}));
  make.Stop(
      make.Cluster({{"cluster_name", "restricted"},
                    {"spark_version", "14.3.x-scala2.12"},
                    {"node_type_id", "m5.large"},
                    {"num_workers", 1},
                    {"policy_id", ids.restricted_policy},
                    {"autotermination_minutes", 20},
                    {"ssh_public_keys", {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ana@laptop"}},
                    {"init_scripts", Json::array({{{"workspace", {{"destination", "/Shared/init/proxy.sh"}}}}})}}));
  make.Stop(make.Cluster(
      {{"spark_version", "13.3.x-scala2.12"},  // nobody gave it a name
       {"node_type_id", "i3.xlarge"},
       {"num_workers", 1},
       {"autotermination_minutes", 10},
       {"init_scripts", Json::array({{{"dbfs", {{"destination", "dbfs:/databricks/scripts/pip.sh"}}}}})}}));
  ids.gone_cluster = make.Cluster({{"cluster_name", "long gone"},
                                   {"spark_version", "10.4.x-scala2.12"},
                                   {"node_type_id", "i3.xlarge"},
                                   {"num_workers", 1}});
  make.Stop(ids.gone_cluster);
}

// Clusters that the service made for a job and a pipeline: listed, nobody's to restore.
void MakeForeignClusters(Emulator& emulator, const SampleIds& ids) {
  Request request;
  Context context{emulator, request, Caller{emulator.options().user_name, true}, kSampleEpochMs + 7200000, Json()};
  std::string job = std::to_string(emulator.NewNumber()), run = std::to_string(emulator.NewNumber());
  emulator.compute().clusters().PutForeign(context,
                                           {{"cluster_name", "job-" + job + "-run-" + run + "-main"},
                                            {"spark_version", "15.4.x-scala2.12"},
                                            {"instance_pool_id", ids.workers_pool},
                                            {"num_workers", 2}},
                                           "JOB");
  emulator.compute().clusters().PutForeign(context,
                                           {{"cluster_name", "dlt-execution-" + emulator.NewUuid()},
                                            {"spark_version", "dlt:15.4"},
                                            {"node_type_id", "i3.xlarge"},
                                            {"num_workers", 1}},
                                           "PIPELINE");
}

}  // namespace

void FillSampleCompute(Emulator& emulator, SampleIds& ids) {
  Maker make(emulator);
  MakePolicies(make, ids);
  MakeSharedClusters(make, ids);
  MakeOwnClusters(make, ids);
  MakeForeignClusters(emulator, ids);
}

}  // namespace emulator
