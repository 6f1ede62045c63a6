#include "emulator/compute_service.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

constexpr const char* kPolicies = "/api/2.0/policies/clusters/";
constexpr const char* kPools = "/api/2.0/instance-pools/";

Reply MakePolicy(Service& service, const Json& policy) {
  return service.Post(std::string(kPolicies) + "create", policy);
}

TEST_CASE("every workspace has the built-in policies, under ids of its own") {
  Service service;
  Json list = service.Get(std::string(kPolicies) + "list").body;
  REQUIRE(list.at("policies").size() == 5);
  for (const Json& policy : list.at("policies")) CHECK(policy.at("is_default") == true);
  std::string id = list.at("policies")[0].at("policy_id");
  CHECK(service.Post(std::string(kPolicies) + "delete", {{"policy_id", id}}).status == 400);
  CHECK(MakePolicy(service, {{"name", "Personal Compute"}, {"definition", "{}"}}).status == 400);
}

TEST_CASE("a policy's definition is JSON, or comes from a family") {
  Service service;
  CHECK(MakePolicy(service, {{"name", "a"}, {"definition", "not json"}}).status == 400);
  CHECK(MakePolicy(service, {{"name", "a"}, {"definition", R"({"num_workers":{"type":"sometimes"}})"}}).status == 400);
  CHECK(MakePolicy(service, {{"name", "a"}, {"definition", "{}"}, {"policy_family_id", "power-user"}}).status == 400);
  CHECK(MakePolicy(service, {{"name", "a"}, {"definition", "{}"}, {"max_clusters_per_user", 0}}).status == 400);
  Reply made =
      MakePolicy(service, {{"name", "b"},
                           {"policy_family_id", "power-user"},
                           {"policy_family_definition_overrides", R"({"num_workers":{"type":"fixed","value":2}})"}});
  REQUIRE(made.status == 200);
  std::string id = made.body.at("policy_id");
  Json read = service.Get(std::string(kPolicies) + "get?policy_id=" + id).body;
  Json definition = Json::parse(read.at("definition").get<std::string>());
  CHECK(definition.contains("num_workers"));
  CHECK(definition.contains("autotermination_minutes"));
  CHECK(service.Get("/api/2.0/policy-families/power-user").body.at("name") == "Power User Compute");
  CHECK(service.Get("/api/2.0/policy-families").body.at("policy_families").size() == 5);
}

TEST_CASE("names of policies are unique; how a second one is refused varies") {
  Json policy = {{"name", "same"}, {"definition", "{}"}};
  Service usual;
  CHECK(MakePolicy(usual, policy).status == 200);
  CHECK(MakePolicy(usual, policy).code() == "INVALID_PARAMETER_VALUE");
  Service newer({"already-exists-409"});
  CHECK(MakePolicy(newer, policy).status == 200);
  CHECK(MakePolicy(newer, policy).status == 409);
}

TEST_CASE("edit replaces a policy, delete removes it") {
  Service service;
  std::string id =
      MakePolicy(service, {{"name", "one"}, {"definition", "{}"}, {"description", "d"}}).body.at("policy_id");
  CHECK(service.Post(std::string(kPolicies) + "edit", {{"policy_id", id}, {"name", "two"}, {"definition", "{}"}})
            .status == 200);
  Json read = service.Get(std::string(kPolicies) + "get?policy_id=" + id).body;
  CHECK(read.at("name") == "two");
  CHECK(!read.contains("description"));
  CHECK(service.Post(std::string(kPolicies) + "delete", {{"policy_id", id}}).status == 200);
  CHECK(service.Get(std::string(kPolicies) + "get?policy_id=" + id).code() == "RESOURCE_DOES_NOT_EXIST");
}

TEST_CASE("a policy fixes, forbids and counts") {
  Service service;
  std::string definition = R"({"spark_conf.spark.speculation":{"type":"fixed","value":"true"},)"
                           R"("num_workers":{"type":"range","maxValue":4},)"
                           R"("autotermination_minutes":{"type":"unlimited","defaultValue":30},)"
                           R"("single_user_name":{"type":"forbidden"}})";
  std::string id = MakePolicy(service, {{"name", "p"}, {"definition", definition}, {"max_clusters_per_user", 1}})
                       .body.at("policy_id");
  auto make = [&](const char* field, const Json& value) {
    Json cluster = SmallCluster();
    cluster["policy_id"] = id;
    cluster[field] = value;
    return service.Post("/api/2.1/clusters/create", cluster);
  };
  CHECK(make("num_workers", 5).status == 400);
  CHECK(make("single_user_name", "x").status == 400);
  CHECK(make("spark_conf", {{"spark.speculation", "false"}}).status == 400);
  Reply made = make("apply_policy_default_values", true);
  REQUIRE(made.status == 200);
  std::string cluster_id = made.body.at("cluster_id");
  Json read = service.Get("/api/2.1/clusters/get?cluster_id=" + cluster_id).body;
  CHECK(read.at("spark_conf").at("spark.speculation") == "true");
  CHECK(read.at("autotermination_minutes") == 30);
  CHECK(make("num_workers", 2).code() == "QUOTA_EXCEEDED");
}

TEST_CASE("only administrators make policies and pools") {
  Service service;
  service.AsUser();
  CHECK(MakePolicy(service, {{"name", "mine"}, {"definition", "{}"}}).status == 403);
  CHECK(service.Post(std::string(kPools) + "create", {{"instance_pool_name", "p"}, {"node_type_id", "m5.large"}})
            .status == 403);
  CHECK(service.Get(std::string(kPolicies) + "list").body.at("policies").size() == 1);
  CHECK(service.Get(std::string(kPools) + "list").body == Json::object());
}

TEST_CASE("a pool is filled in, unique by name, and mostly immutable") {
  Service service;
  Json pool = {
      {"instance_pool_name", "p"}, {"node_type_id", "m5.large"}, {"min_idle_instances", 2}, {"max_capacity", 5}};
  std::string id = service.Post(std::string(kPools) + "create", pool).body.at("instance_pool_id");
  CHECK(service.Post(std::string(kPools) + "create", pool).code() == "RESOURCE_ALREADY_EXISTS");
  Json read = service.Get(std::string(kPools) + "get?instance_pool_id=" + id).body;
  CHECK(read.at("state") == "ACTIVE");
  CHECK(read.at("stats").at("idle_count") == 2);
  CHECK(read.at("aws_attributes").at("zone_id") == "us-west-2b");
  CHECK(read.at("default_tags").at("DatabricksInstancePoolId") == id);
  Json edit = {
      {"instance_pool_id", id}, {"instance_pool_name", "q"}, {"node_type_id", "m5.large"}, {"min_idle_instances", 3}};
  CHECK(service.Post(std::string(kPools) + "edit", edit).status == 200);
  edit["node_type_id"] = "i3.xlarge";
  CHECK(service.Post(std::string(kPools) + "edit", edit).status == 400);
  CHECK(service.Get(std::string(kPools) + "list").body.at("instance_pools").at(0).at("instance_pool_name") == "q");
  CHECK(service.Post(std::string(kPools) + "delete", {{"instance_pool_id", id}}).status == 200);
  CHECK(service.Get(std::string(kPools) + "get?instance_pool_id=" + id).status == 404);
  Json wrong = pool;
  wrong["min_idle_instances"] = 6;
  CHECK(service.Post(std::string(kPools) + "create", wrong).status == 400);
}

TEST_CASE("what costs money is counted and outlives what caused it") {
  Service service;
  CHECK(service.emulator().Save().at("compute").at("cost") ==
        Json({{"cluster_starts", 0}, {"idle_instances_started", 0}}));
  Json pool = {{"instance_pool_name", "p"}, {"node_type_id", "m5.large"}, {"min_idle_instances", 2}};
  std::string id = service.Post(std::string(kPools) + "create", pool).body.at("instance_pool_id");
  service.Post(std::string(kPools) + "delete", {{"instance_pool_id", id}});
  service.Post("/api/2.1/clusters/create", SmallCluster());
  CHECK(service.emulator().Save().at("compute").at("cost") ==
        Json({{"cluster_starts", 1}, {"idle_instances_started", 2}}));
}

TEST_CASE("compute state can be saved and loaded") {
  Service one, two({"few-built-in-policies"});
  one.Post(std::string(kPools) + "create", {{"instance_pool_name", "p"}, {"node_type_id", "m5.large"}});
  one.Post("/api/2.1/clusters/create", SmallCluster());
  one.Pass(1000);
  two.Pass(1000);
  two.emulator().Load(one.emulator().Save());
  for (const char* path :
       {"/api/2.1/clusters/list", "/api/2.0/policies/clusters/list", "/api/2.0/instance-pools/list"}) {
    CHECK(one.Get(path).body == two.Get(path).body);
  }
}

}  // namespace
}  // namespace emulator::test
