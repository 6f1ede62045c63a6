#include "emulator/clusters.h"
#include "emulator/compute_family.h"
#include "emulator/family_support.h"
#include "emulator/sample.h"
#include "emulator/sample_hostile.h"
#include "emulator/sample_maker.h"

namespace emulator {
namespace {

class Maker : public ComputeMaker {
 public:
  using ComputeMaker::ComputeMaker;

  // Made and stopped.
  std::string Cluster(const Json& more) {
    Json cluster = {{"spark_version", "15.4.x-scala2.12"}, {"num_workers", 1}, {"autotermination_minutes", 20}};
    cluster.update(more);
    if (!cluster.contains("instance_pool_id")) cluster["node_type_id"] = "i3.xlarge";
    const std::string id = ComputeMaker::Cluster(cluster);
    Post("clusters/delete", {{"cluster_id", id}});
    return id;
  }
};

Json& RecordOf(Json& table, const std::string& id) {
  for (Json& row : table["rows"]) {
    if (row["id"] == id) return row["record"];
  }
  throw ApiError{500, "", "the sample has no record " + id};
}

void AddRecord(Json& table, const std::string& id, Json record) {
  const int64_t sequence = table["last_sequence"].get<int64_t>() + 1;
  table["last_sequence"] = sequence;
  table["rows"].push_back({{"id", id}, {"sequence", sequence}, {"record", std::move(record)}});
}

// Another one like it, under an id of its own.
void AddTwin(Emulator& emulator, Json& table, const std::string& id, const char* id_field, const Json& changes) {
  Json record = RecordOf(table, id);
  const std::string other = UpperHex(emulator, 16);
  record[id_field] = other;
  record.update(changes);
  AddRecord(table, other, std::move(record));
}

void MakePools(Emulator& emulator, Maker& make, HostileIds& ids) {
  const std::string usual = make.Pool({{"instance_pool_name", "same name"}, {"node_type_id", "i3.xlarge"}});
  ids.doomed_pool = make.Pool({{"instance_pool_name", "to be deleted"}, {"node_type_id", "i3.xlarge"}});
  make.Pool(
      {{"instance_pool_name", "池\nof two lines % ../.."}, {"node_type_id", "m5.xlarge"}, {"min_idle_instances", 3}});
  Json state = emulator.compute().Save();
  Json& pools = state["pools"]["pools"];
  AddTwin(emulator, pools, usual, "instance_pool_id", {{"max_capacity", 7}});
  AddTwin(emulator, pools, usual, "instance_pool_id", Json::object());
  AddTwin(emulator, pools, usual, "instance_pool_id", {{"instance_pool_name", ""}});
  emulator.compute().Load(state);
}

void MakePolicies(Emulator& emulator, Maker& make, HostileIds& ids) {
  const std::string rules = R"({"autotermination_minutes": {"type": "range", "minValue": 5, "defaultValue": 20}})";
  const std::string usual = make.Policy({{"name", "same name"}, {"definition", rules}});
  ids.doomed_policy = make.Policy({{"name", "to be deleted"}, {"definition", rules}});
  ids.broken_policy = make.Policy({{"name", "no JSON, and used"}, {"definition", rules}});
  make.Policy({{"name", "策略\nof two lines % ../.."}, {"definition", "{}"}});
  Json state = emulator.compute().Save();
  Json& policies = state["policies"];
  AddTwin(emulator, policies, usual, "policy_id", {{"description", "the other one"}});
  AddTwin(emulator, policies, usual, "policy_id", Json::object());
  AddTwin(emulator, policies, usual, "policy_id", {{"name", ""}});
  RecordOf(policies, ids.broken_policy)["definition"] = "spark_version: \"15.4\"  # YAML";
  for (const auto& [name, definition] : std::vector<std::pair<const char*, const char*>>{
           {"no JSON: nothing", ""},
           {"no JSON: cut", R"({"num_workers": {"type": "fixed", "va)"},
           {"no JSON: comma", R"({"num_workers": {"type": "fixed", "value": 1},})"},
           {"no object: list", "[1, 2]"},
           {"no object: null", "null"}}) {
    AddTwin(emulator, policies, usual, "policy_id", {{"name", name}, {"definition", definition}});
  }
  emulator.compute().Load(state);
}

void MakeClusters(Maker& make, HostileIds& ids) {
  ids.usual_cluster = make.Cluster({{"cluster_name", "usual"}});
  make.Post("clusters/pin", {{"cluster_id", ids.usual_cluster}});
  for (int i = 0; i < 2; ++i) make.Cluster({{"cluster_name", "same name"}});
  make.Cluster({{"cluster_name", "same name"}, {"num_workers", 7}});
  for (int i = 0; i < 2; ++i) make.Cluster(Json::object());
  make.Cluster(
      {{"cluster_name", "集群\nof two lines \x1b[31m % ../.. \\"}, {"custom_tags", {{"标签", "值 \" \\ \n"}}}});
  ids.poolless_cluster = make.Cluster({{"cluster_name", "pool is gone"}, {"instance_pool_id", ids.doomed_pool}});
  make.Cluster({{"cluster_name", "policy is gone"}, {"policy_id", ids.doomed_policy}});
  ids.lawless_cluster = make.Cluster({{"cluster_name", "policy is no JSON"}});
  make.Cluster({{"cluster_name", "of a deleted user"},
                {"data_security_mode", "SINGLE_USER"},
                {"single_user_name", kDeletedUser}});
  const std::string lost = make.Cluster(
      {{"cluster_name", "points nowhere"},
       {"init_scripts", Json::array({{{"workspace", {{"destination", "/Shared/never/was.sh"}}}},
                                     {{"dbfs", {{"destination", "dbfs:/databricks/init/ä %/cluster.sh"}}}}})},
       {"spark_env_vars", {{"LINES", "a\nb"}, {"SECRET", "{{secrets/gone/key}}"}}}});
  make.Post("libraries/install",
            {{"cluster_id", lost},
             {"libraries", Json::array({{{"whl", "dbfs:/FileStore/never/was-1.0-py3-none-any.whl"}},
                                        {{"requirements", "/Workspace/Users/gone@example.com/requirements.txt"}},
                                        {{"egg", "dbfs:/FileStore/jars/出.egg"}}})}});
  ids.gone_cluster = make.Cluster({{"cluster_name", "long gone"}});
}

}  // namespace

void FillHostileCompute(Emulator& emulator, HostileIds& ids) {
  Maker make(emulator);
  MakePools(emulator, make, ids);
  MakePolicies(emulator, make, ids);
  MakeClusters(make, ids);
}

void EndHostileCompute(Emulator& emulator, const HostileIds& ids) {
  Maker make(emulator);
  make.Post("instance-pools/delete", {{"instance_pool_id", ids.doomed_pool}});
  make.Post("policies/clusters/delete", {{"policy_id", ids.doomed_policy}});
  make.Post("clusters/permanent-delete", {{"cluster_id", ids.gone_cluster}});
  Json state = emulator.compute().Save();
  Json& lawless = RecordOf(state["clusters"]["clusters"], ids.lawless_cluster);
  for (const char* part : {"spec", "effective"}) lawless[part]["policy_id"] = ids.broken_policy;
  emulator.compute().Load(state);
}

}  // namespace emulator
