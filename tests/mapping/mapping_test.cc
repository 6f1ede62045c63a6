#include "mapping/mapping.h"

#include "objects/registry.h"
#include "support/catch.h"

using namespace dbxark;
using mapping::Mapping;
using mapping::MapRules;
using mapping::RuleUses;

namespace {

struct Mapped {
  std::string text, error;
  std::vector<objects::FieldEdit> edits;
  RuleUses uses;
};

Mapped Map(const std::string& toml, const objects::ObjectDescriptor& kind, const std::string& definition) {
  auto rules = MapRules::Parse(toml, "map.toml");
  INFO((rules.ok() ? "" : rules.error().message()));
  REQUIRE(rules.ok());
  const Mapping mapping(std::move(*rules));
  Mapped mapped{{}, {}, {}, mapping.NoUses()};
  auto applied = mapping.Apply(kind, definition, &mapped.uses);
  if (!applied.ok()) {
    mapped.error = applied.error().message();
    return mapped;
  }
  mapped.text = applied->text;
  mapped.edits = applied->edits;
  return mapped;
}

}  // namespace

TEST_CASE("a map changes what it names, and no other byte") {
  const std::string job =
      R"({"job_id": 11, "creator_user_name":"ana@old", "settings": { "name":"j",  "x_new_field":2.50,
 "run_as":{"user_name":"ana@old"}, "tasks":[{"task_key":"t","new_cluster":{"spark_version":"10.4.x","node_type_id":"D3",
 "driver_node_type_id":"D3","num_workers":1}}]}})";
  const Mapped mapped =
      Map("[user]\n\"*@old\" = \"*@new\"\n[node_type]\n\"D3\" = \"m5\"\n[spark_version]\n\"10.4.x\" = \"15.4.x\"\n",
          objects::kJob, job);
  std::string expected = job;
  const auto put = [&](const std::string& from, const std::string& to, size_t after) {
    expected.replace(expected.find(from, after), from.size(), to);
  };
  put("ana@old", "ana@new", expected.find("run_as"));  // who made it is not sent, and not mapped
  put("10.4.x", "15.4.x", 0);
  put("\"D3\"", "\"m5\"", 0);
  put("\"D3\"", "\"m5\"", 0);
  CHECK(mapped.text == expected);
  CHECK(mapped.edits.size() == 4);
  CHECK(mapped.uses.count == std::vector<uint64_t>{1, 2, 1});
  CHECK(mapped.uses.results.at({"node_type", "m5"}).rule == 1);
  CHECK(mapped.edits.front().reason.find("the map's line ") == 0);
  // Without rules for it, as it came.
  CHECK(Map("[warehouse]\n\"a\" = \"b\"\n", objects::kJob, job).text == job);
}

TEST_CASE("the rules inside of a policy are mapped, in strings and in choices") {
  const std::string policy =
      R"({"policy_id":"P","name":"p","definition":"{\"node_type_id\":{\"type\":\"allowlist\",\"values\":[\"D3\",\"D4\"]},)"
      R"(\"driver_node_type_id\":{\"type\":\"regex\",\"pattern\":\"^(D3|L8)$\"},)"
      R"(\"spark_version\":{\"type\":\"fixed\",\"value\":\"10.4.x\"},\"x\":{\"type\":\"fixed\",\"value\":\"D3\"}}"})";
  const Mapped mapped =
      Map("[node_type]\n\"D*\" = \"m*\"\n[spark_version]\n\"10.4.x\" = \"15.4.x\"\n", objects::kClusterPolicy, policy);
  CHECK(
      mapped.text ==
      R"({"policy_id":"P","name":"p","definition":"{\"node_type_id\":{\"type\":\"allowlist\",\"values\":[\"m3\",\"m4\"]},)"
      R"(\"driver_node_type_id\":{\"type\":\"regex\",\"pattern\":\"^(m3|L8)$\"},)"
      R"(\"spark_version\":{\"type\":\"fixed\",\"value\":\"15.4.x\"},\"x\":{\"type\":\"fixed\",\"value\":\"D3\"}}"})");
  CHECK(mapped.edits.size() == 4);
}

TEST_CASE("an account's name is mapped in settings, their keys too") {
  const std::string toml = "[location]\n\"prod.dfs.core.windows.net\" = \"dr.dfs.core.windows.net\"\n";
  const Mapped mapped =
      Map(toml, objects::kCluster,
          R"({"cluster_id":"C","spark_version":"v","node_type_id":"n","spark_conf":{"a":"1",)"
          R"("fs.azure.account.key.prod.dfs.core.windows.net":"{{secrets/s/k}}",)"
          R"("spark.x":"abfss://c@prod.dfs.core.windows.net/d"},"spark_env_vars":{"H":"prod.dfs.core.windows.net"}})");
  CHECK(mapped.text.find(R"("fs.azure.account.key.dr.dfs.core.windows.net":"{{secrets/s/k}}")") != std::string::npos);
  CHECK(mapped.text.find(R"("spark.x":"abfss://c@dr.dfs.core.windows.net/d")") != std::string::npos);
  CHECK(mapped.text.find(R"("H":"dr.dfs.core.windows.net")") != std::string::npos);
  CHECK(mapped.text.find("prod.dfs") == std::string::npos);
  CHECK(mapped.uses.count == std::vector<uint64_t>{3});
  // Of a name that is mapped, the edit shows the name and not what it holds.
  REQUIRE(mapped.edits.size() == 3);
  CHECK(mapped.edits[0].old_value == R"("fs.azure.account.key.prod.dfs.core.windows.net")");
  CHECK(mapped.edits[0].new_value == R"("fs.azure.account.key.dr.dfs.core.windows.net")");
  // A policy's rules are called by what they limit.
  const Mapped policy =
      Map(toml, objects::kClusterPolicy,
          R"({"policy_id":"P","name":"p","definition":"{\"spark_conf.k.prod.dfs.core.windows.net\":{\"value\":)"
          R"(\"abfss://c@prod.dfs.core.windows.net/d\"},\"spark_conf.other\":{\"value\":\"x\"}}"})");
  CHECK(policy.text ==
        R"({"policy_id":"P","name":"p","definition":"{\"spark_conf.other\":{\"value\":\"x\"},)"
        R"(\"spark_conf.k.dr.dfs.core.windows.net\":{\"value\":\"abfss://c@dr.dfs.core.windows.net/d\"}}"})");
  CHECK(policy.uses.count == std::vector<uint64_t>{2});
  // Two settings cannot become one.
  const Mapped clash =
      Map(toml, objects::kCluster,
          R"({"cluster_id":"C","spark_conf":{"k.prod.dfs.core.windows.net":"1","k.dr.dfs.core.windows.net":"2"}})");
  CHECK(clash.error.find("would be called k.dr.dfs.core.windows.net, which is there too") != std::string::npos);
  const std::string two = toml + "\"other.dfs.core.windows.net\" = \"dr.dfs.core.windows.net\"\n";
  const std::string both = R"({"k.prod.dfs.core.windows.net":"1","k.other.dfs.core.windows.net":"2"})";
  const Mapped merged = Map(two, objects::kCluster, R"({"cluster_id":"C","spark_conf":)" + both + "}");
  CHECK(merged.error.find("would be called k.dr.dfs.core.windows.net, which is there too") != std::string::npos);
  const Mapped rules =
      Map(two, objects::kClusterPolicy,
          R"({"policy_id":"P","name":"p","definition":"{\"spark_conf.k.prod.dfs.core.windows.net\":{\"value\":\"1\"},)"
          R"(\"spark_conf.k.other.dfs.core.windows.net\":{\"value\":\"2\"}}"})");
  CHECK(rules.error.find("would be called spark_conf.k.dr.dfs.core.windows.net, which is there too") !=
        std::string::npos);
}

TEST_CASE("what no restore handles is mapped by its id, and counted") {
  const std::string job = R"({"job_id":1,"settings":{"tasks":[{"task_key":"a","sql_task":{"warehouse_id":"77aa"}}]}})";
  const Mapped mapped = Map("[warehouse]\n\"77aa\" = \"b1\"\n\"88\" = \"c2\"\n", objects::kJob, job);
  CHECK(mapped.text == job);  // the id map's affair
  CHECK(mapped.uses.count == std::vector<uint64_t>{1, 0});
  CHECK(mapped.uses.results.contains({"warehouse", "b1"}));
  const Mapping mapping(std::move(*MapRules::Parse("[warehouse]\n\"7*\" = \"b*\"\n", "m")));
  CHECK(mapping.IdOf("warehouse", "77aa") == "b7aa");
  CHECK_FALSE(mapping.IdOf("pipeline", "77aa"));
}

TEST_CASE("content that goes under another folder takes its references along") {
  Mapping mapping;
  mapping.MoveContent("/Restored/", {"/", "/Shared", "/Shared/etl", "/Users/a/x"});
  CHECK_FALSE(mapping.empty());
  CHECK(mapping.PathOf(objects::kNotebook, "/Shared/etl", nullptr) == "/Restored/Shared/etl");
  CHECK(mapping.PathOf(objects::kDirectory, "/", nullptr) == "/Restored");
  CHECK(mapping.PathOf(objects::kNotebook, "/Other", nullptr) == "/Other");
  CHECK(mapping.PathOf(objects::kDbfsFile, "/Shared/etl", nullptr) == "/Shared/etl");
  const auto job = [](const std::string& path) {
    return R"({"job_id":1,"settings":{"tasks":[{"task_key":"a","notebook_task":{"notebook_path":")" + path +
           R"("}}]}})";
  };
  CHECK(mapping.Apply(objects::kJob, job("/Shared/etl"), nullptr)->text == job("/Restored/Shared/etl"));
  CHECK(mapping.Apply(objects::kJob, job("/Workspace/Shared/etl"), nullptr)->text ==
        job("/Workspace/Restored/Shared/etl"));
  CHECK(mapping.Apply(objects::kJob, job("/Shared/other"), nullptr)->text == job("/Shared/other"));
}

TEST_CASE("clusters move to another cloud with what the clouds have in common") {
  const std::string toml =
      "[location]\n\"abfss://init@prod.dfs.core.windows.net\" = \"s3://init\"\n[node_type]\n\"D3\" = \"m5\"\n"
      "[cloud]\ntarget = \"aws\"\ns3_region = \"eu-west-1\"\n[cloud.attributes]\nebs_volume_count = 1\nzone_id = "
      "\"auto\"\n";
  const Mapped mapped =
      Map(toml, objects::kCluster,
          R"({"cluster_id":"C","node_type_id":"D3","azure_attributes":{"availability":"SPOT_WITH_FALLBACK_AZURE",)"
          R"("first_on_demand":2,"spot_bid_max_price":-1},"init_scripts":[{"abfss":{"destination":)"
          R"("abfss://init@prod.dfs.core.windows.net/a.sh"}},{"workspace":{"destination":"/Shared/b.sh"}}]})");
  CHECK(mapped.text ==
        R"({"cluster_id":"C","node_type_id":"m5","init_scripts":[{"s3":{"destination":"s3://init/a.sh",)"
        R"("region":"eu-west-1"}},{"workspace":{"destination":"/Shared/b.sh"}}],"aws_attributes":)"
        R"({"availability":"SPOT_WITH_FALLBACK","ebs_volume_count":1,"first_on_demand":2,"zone_id":"auto"}})");
  // With a pool, the pool says what instances are.
  const Mapped pooled = Map(toml, objects::kCluster,
                            R"({"cluster_id":"C","instance_pool_id":"I","azure_attributes":{"first_on_demand":1}})");
  CHECK(pooled.text == R"({"cluster_id":"C","instance_pool_id":"I"})");
  const Mapped pool = Map(
      toml, objects::kInstancePool,
      R"({"instance_pool_id":"I","node_type_id":"D3","azure_attributes":{"availability":"SPOT_WITH_FALLBACK_AZURE"},)"
      R"("disk_spec":{"disk_type":{"azure_disk_volume_type":"PREMIUM_LRS"},"disk_count":1}})");
  CHECK(pool.text == R"({"instance_pool_id":"I","node_type_id":"m5","disk_spec":{"disk_type":{"ebs_volume_type":)"
                     R"("GENERAL_PURPOSE_SSD"},"disk_count":1},"aws_attributes":{"availability":"SPOT"}})");
  const Mapped policy = Map(
      toml, objects::kClusterPolicy,
      R"({"policy_id":"P","definition":"{\"azure_attributes.availability\":{\"type\":\"fixed\",\"value\":\"SPOT_AZURE\"},)"
      R"(\"azure_attributes.spot_bid_max_price\":{\"type\":\"fixed\",\"value\":1}}"})");
  CHECK(
      policy.text ==
      R"({"policy_id":"P","definition":"{\"aws_attributes.availability\":{\"type\":\"fixed\",\"value\":\"SPOT\"}}"})");
  // The other way round.
  const Mapped back =
      Map("[cloud]\ntarget = \"azure\"\n", objects::kCluster,
          R"({"cluster_id":"C","node_type_id":"m5","aws_attributes":{"availability":"SPOT","zone_id":"z"}})");
  CHECK(back.text == R"({"cluster_id":"C","node_type_id":"m5","azure_attributes":{"availability":"SPOT_AZURE"}})");
  const Mapped homeless = Map("[location]\n\"abfss://a@b\" = \"s3://a\"\n", objects::kCluster,
                              R"({"cluster_id":"C","init_scripts":[{"abfss":{"destination":"abfss://a@b/x.sh"}}]})");
  CHECK(homeless.error.find("init_scripts[0] moves to S3, and the map says no region") == 0);
}
