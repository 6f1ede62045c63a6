#include "emulator/pools.h"

#include "emulator/clusters.h"
#include "emulator/family_support.h"

namespace emulator {
namespace {

const std::vector<std::string_view> kCreateFields = {"instance_pool_name",
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

const std::vector<std::string_view> kEditFields = {"instance_pool_id",
                                                   "instance_pool_name",
                                                   "node_type_id",
                                                   "custom_tags",
                                                   "enable_auto_alternate_node_types",
                                                   "idle_instance_autotermination_minutes",
                                                   "max_capacity",
                                                   "min_idle_instances",
                                                   "remote_disk_throughput",
                                                   "total_initial_remote_disk_size"};

void Check(const Json& pool) {
  CheckType(pool, "custom_tags", "object");
  CheckLength(pool, "custom_tags", 45);
  CheckRange(pool, "idle_instance_autotermination_minutes", 0, 10000);
  CheckRange(pool, "min_idle_instances", 0, 100000);
  CheckRange(pool, "max_capacity", 0, 100000);
  if (pool.contains("max_capacity") && IntegerOf(pool, "min_idle_instances") > IntegerOf(pool, "max_capacity")) {
    RefuseParameter("min_idle_instances cannot be greater than max_capacity.");
  }
  CheckType(pool, "preloaded_spark_versions", "array");
  CheckLength(pool, "preloaded_spark_versions", 1);
}

// What a read shows and nobody sent.
void FillIn(Emulator& emulator, Json& pool, const std::string& creator) {
  if (emulator.options().cloud == "azure") {
    Json& azure = pool["azure_attributes"];
    if (!azure.is_object()) azure = Json::object();
    if (!azure.contains("availability")) azure["availability"] = "ON_DEMAND_AZURE";
  } else if (!pool.contains("azure_attributes") && !pool.contains("gcp_attributes")) {
    Json& aws = pool["aws_attributes"];
    if (!aws.is_object()) aws = Json::object();
    if (!aws.contains("availability")) aws["availability"] = "SPOT";
    if (!aws.contains("zone_id")) aws["zone_id"] = "us-west-2b";
    if (!aws.contains("spot_bid_price_percent")) aws["spot_bid_price_percent"] = 100;
  }
  if (!pool.contains("min_idle_instances")) pool["min_idle_instances"] = 0;
  if (!pool.contains("idle_instance_autotermination_minutes")) pool["idle_instance_autotermination_minutes"] = 60;
  if (!pool.contains("enable_elastic_disk")) pool["enable_elastic_disk"] = true;
  pool["default_tags"] = {{"Vendor", "Databricks"},
                          {"DatabricksInstancePoolCreatorId", RandomDigits(emulator, 16)},
                          {"DatabricksInstancePoolId", pool["instance_pool_id"]}};
  pool["state"] = "ACTIVE";
  pool["status"] = Json::object();
  pool["emulator_creator"] = creator;
}

Json Shown(const Json& record) {
  Json pool = record;
  pool.erase("emulator_creator");
  pool.erase("emulator_created_ms");
  pool["stats"] = {{"used_count", 0},
                   {"idle_count", IntegerOf(record, "min_idle_instances")},
                   {"pending_used_count", 0},
                   {"pending_idle_count", 0}};
  return pool;
}

}  // namespace

void PoolTable::AddRoutes(std::vector<Route>& routes) {
  auto add = [&](const char* method, const char* call, Response (PoolTable::*handler)(Context&)) {
    routes.push_back({method, std::string("/api/2.0/instance-pools/") + call, "pools",
                      Guarded([this, handler](Context& context) { return (this->*handler)(context); }, "pools-absent",
                              "pools-disabled")});
  };
  auto read = [&](const char* call, Response (PoolTable::*handler)(Context&) const) {
    routes.push_back({"GET", std::string("/api/2.0/instance-pools/") + call, "pools",
                      Guarded([this, handler](Context& context) { return (this->*handler)(context); }, "pools-absent",
                              "pools-disabled")});
  };
  read("list", &PoolTable::List);
  read("get", &PoolTable::Get);
  add("POST", "create", &PoolTable::Create);
  add("POST", "edit", &PoolTable::Edit);
  add("POST", "delete", &PoolTable::Delete);
}

void PoolTable::CheckExists(const std::string& pool_id) const {
  if (!pools_.Has(pool_id)) RefuseParameter("Can't find an instance pool with id: " + pool_id + ".");
}

Json& PoolTable::Require(Context& context) {
  std::string id = context.RequiredText("instance_pool_id");
  Json* pool = pools_.Find(id);
  if (pool == nullptr) RefuseMissing("Can't find an instance pool with id: " + id + ".");
  if (!context.caller.admin && TextOf(*pool, "emulator_creator") != context.caller.user_name) {
    RefuseRight(context.caller.user_name + " does not have permissions on instance pool " + id + ".");
  }
  return *pool;
}

void PoolTable::CheckName(const std::string& name, const std::string& except_id) const {
  if (name.empty() || name.size() > 100) RefuseParameter("An instance pool's name has 1 to 100 characters.");
  for (const auto& [sequence, pool] : pools_.records()) {
    if (TextOf(pool, "instance_pool_name") == name && TextOf(pool, "instance_pool_id") != except_id) {
      RefuseTaken(emulator_, "An instance pool with the name '" + name + "' already exists.",
                  "RESOURCE_ALREADY_EXISTS");
    }
  }
}

// Only an increase starts anything.
void PoolTable::StartIdle(Json& pool, int64_t before) {
  idle_instances_started_ += std::max<int64_t>(0, IntegerOf(pool, "min_idle_instances") - before);
}

Response PoolTable::List(Context& context) const {
  Json pools = Json::array();
  for (const auto& [sequence, pool] : pools_.records()) {
    if (!context.caller.admin && TextOf(pool, "emulator_creator") != context.caller.user_name) continue;
    if (emulator_.Has("late-in-list") && IsTooNew(context, IntegerOf(pool, "emulator_created_ms"))) continue;
    pools.push_back(Shown(pool));
  }
  if (pools.empty()) return Empty();
  return Answer(context, {{"instance_pools", std::move(pools)}});
}

Response PoolTable::Get(Context& context) const {
  const Json& pool = const_cast<PoolTable*>(this)->Require(context);
  if (IsTooNew(context, IntegerOf(pool, "emulator_created_ms"))) {
    RefuseMissing("Can't find an instance pool with id: " + TextOf(pool, "instance_pool_id") + ".");
  }
  return Answer(context, Shown(pool));
}

Response PoolTable::Create(Context& context) {
  RequireAdmin(context, "create instance pools");
  CheckFields(emulator_, context.Arguments(), kCreateFields);
  CheckName(context.RequiredText("instance_pool_name"), "");
  context.RequiredText("node_type_id");
  Json pool = Keep(context.Arguments(), kCreateFields);
  Check(pool);
  std::string id = TimeStamp(context.now_ms) + "-" + RandomLetters(emulator_, 5) + RandomDigits(emulator_, 3) +
                   "-pool-" + RandomLetters(emulator_, 8);
  pool["instance_pool_id"] = id;
  CheckCloud(emulator_, pool);
  FillIn(emulator_, pool, context.caller.user_name);
  pool["emulator_created_ms"] = context.now_ms;
  StartIdle(pools_.Put(id, std::move(pool)), 0);
  return JsonResponse({{"instance_pool_id", id}});
}

Response PoolTable::Edit(Context& context) {
  Json& pool = Require(context);
  CheckFields(emulator_, context.Arguments(), kEditFields);
  CheckName(context.RequiredText("instance_pool_name"), TextOf(pool, "instance_pool_id"));
  if (context.RequiredText("node_type_id") != TextOf(pool, "node_type_id")) {
    RefuseParameter("The node type of an instance pool cannot be changed.");
  }
  Json changes = Keep(context.Arguments(), kEditFields);
  Json edited = pool;
  for (const auto& [name, value] : changes.items()) edited[name] = value;
  Check(edited);
  int64_t before = IntegerOf(pool, "min_idle_instances");
  pool = std::move(edited);
  StartIdle(pool, before);
  return Empty();
}

Response PoolTable::Delete(Context& context) {
  pools_.Erase(TextOf(Require(context), "instance_pool_id"));
  return Empty();
}

Json PoolTable::Save() const { return {{"pools", pools_.Save()}, {"idle_instances_started", idle_instances_started_}}; }

void PoolTable::Load(const Json& state) {
  pools_.Load(state.at("pools"));
  idle_instances_started_ = state.at("idle_instances_started");
}

}  // namespace emulator
