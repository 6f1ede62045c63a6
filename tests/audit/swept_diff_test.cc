// One field is changed at a time, in a definition that has every field a create takes; the comparison has to report
// exactly that field. And what the service adds by itself must not be reported at all.
#include <set>

#include "audit/comparison.h"
#include "json/edit.h"
#include "json/path_pattern.h"
#include "json/writer.h"
#include "support/catch.h"
#include "support/memory_side.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::audit;
using namespace dbxark::objects;
using dbxark::test::MemorySide;
using dbxark::test::SweepStride;

namespace {

// Every field of a cluster specification. With a pool, what the pool decides is left out (it is not sent).
std::string ClusterSpec(bool with_pool) {
  return std::string(R"({"cluster_name":"etl","spark_version":"15.4.x-scala2.12","num_workers":4,)") +
         R"("autoscale":{"min_workers":1,"max_workers":8},"autotermination_minutes":30,)" +
         R"("apply_policy_default_values":true,"clone_from":{"source_cluster_id":"0101-000000-old"},)" +
         R"("cluster_log_conf":{"dbfs":{"destination":"dbfs:/logs"}},"custom_tags":{"team":"data","cost.center":"7"},)" +
         R"("data_security_mode":"SINGLE_USER","dependency_mode":"LOCKED",)" +
         R"("docker_image":{"url":"repo/image:1","basic_auth":{"username":"u","password":"{{secrets/s/p}}"}},)" +
         R"("driver_node_type_flexibility":{"alternate_node_type_ids":["a","b"]},)" +
         R"("enable_local_disk_encryption":true,)" +
         R"("init_scripts":[{"workspace":{"destination":"/Shared/init.sh"}},{"dbfs":{"destination":"dbfs:/i.sh"}}],)" +
         R"("is_single_node":false,"kind":"CLASSIC_PREVIEW","policy_id":"P1","remote_disk_throughput":100,)" +
         R"("runtime_engine":"PHOTON","single_user_name":"ana@example.com","spark_conf":{"spark.x.y":"1"},)" +
         R"("spark_env_vars":{"A":"b"},"ssh_public_keys":["ssh-rsa one","ssh-rsa two"],)" +
         R"("total_initial_remote_disk_size":50,"use_ml_runtime":true,)" +
         R"("worker_node_type_flexibility":{"alternate_node_type_ids":["c"]},)" +
         R"("workload_type":{"clients":{"notebooks":true,"jobs":false}},)" +
         (with_pool
              ? R"("instance_pool_id":"pool-1","driver_instance_pool_id":"pool-2",)"
                R"("aws_attributes":{"instance_profile_arn":"arn:x"},"gcp_attributes":{"google_service_account":"g@x"}})"
              : R"("node_type_id":"Standard_DS3_v2","driver_node_type_id":"Standard_DS4_v2","enable_elastic_disk":true,)"
                R"("aws_attributes":{"first_on_demand":1,"availability":"SPOT","zone_id":"eu-west-1a","instance_profile_arn":"arn:x"},)"
                R"("azure_attributes":{"first_on_demand":1,"availability":"SPOT_AZURE","spot_bid_max_price":-1.5},)"
                R"("gcp_attributes":{"google_service_account":"g@x","availability":"ON_DEMAND_GCP"}})");
}

std::string Libraries() {
  return R"([{"jar":"dbfs:/x.jar"},{"whl":"/Shared/x.whl"},{"pypi":{"package":"p==1","repo":"https://r"}},)"
         R"({"maven":{"coordinates":"a:b:1","exclusions":["c:d"]}},{"cran":{"package":"q"}}])";
}

// Every field of a task; no real one has all its kinds at once, but each of them is compared like this.
std::string Task(const std::string& key, const std::string& nested, bool with_pool) {
  return R"({"task_key":")" + key +
         R"(","agentic_task":{"supervisor_agent":{"agent_id":"ag"}},"ai_runtime_task":{"experiment":"/e"},)" +
         R"("alert_task":{"alert_id":"al","warehouse_id":"w","subscribers":[{"user_name":"u"}]},)" +
         R"("clean_rooms_notebook_task":{"clean_room_name":"room","notebook_name":"n"},"compute":{"hardware":"GPU"},)" +
         R"("condition_task":{"op":"EQUAL_TO","left":"1","right":"2"},)" +
         R"("dashboard_task":{"dashboard_id":"d","warehouse_id":"w"},"dbt_cloud_task":{"dbt_cloud_job_id":5},)" +
         R"("dbt_platform_task":{"dbt_platform_job_id":"6"},)" +
         R"("dbt_task":{"commands":["dbt run","dbt test"],"project_directory":"/p","warehouse_id":"w","source":"GIT"},)" +
         R"("depends_on":[{"task_key":"before","outcome":"true"}],"description":"what it does",)" +
         R"("disable_auto_optimization":true,"disabled":true,)" +
         R"("email_notifications":{"on_failure":["ana@example.com"],"no_alert_for_skipped_runs":true},)" +
         R"("environment_key":"env","environment_variables_key":"vars","existing_cluster_id":"0923-164208-meows279",)" +
         R"("gen_ai_compute_task":{"command":"run","compute":{"gpu_node_pool_id":"g","num_gpus":2}},)" +
         R"("genie_task":{"configuration_id":"ge"},)" +
         R"("health":{"rules":[{"metric":"RUN_DURATION_SECONDS","op":"GREATER_THAN","value":10}]},)" +
         R"("job_cluster_key":"shared","libraries":)" + Libraries() +
         R"(,"max_retries":3,"min_retry_interval_millis":1000,"new_cluster":)" + ClusterSpec(with_pool) +
         R"(,"notebook_task":{"notebook_path":"/Shared/x","base_parameters":{"date":"2026-01-01"},"source":"GIT"},)" +
         R"("notification_settings":{"alert_on_last_attempt":true},)" +
         R"("pipeline_task":{"pipeline_id":"pi","full_refresh":true},"power_bi_task":{"warehouse_id":"w","tables":[{"name":"t"}]},)" +
         R"("python_operator_task":{"main":"m"},)" +
         R"("python_wheel_task":{"package_name":"p","entry_point":"e","parameters":["a","b"],"named_parameters":{"k":"v"}},)" +
         R"("retry_on_timeout":true,"run_if":"ALL_DONE","run_job_task":{"job_id":900719925474099777,"job_parameters":{"a":"b"}},)" +
         R"("spark_jar_task":{"main_class_name":"M","parameters":["x"]},)" +
         R"("spark_python_task":{"python_file":"/Shared/x.py","parameters":["y"],"source":"GIT"},)" +
         R"("spark_submit_task":{"parameters":["--class","M"]},)" +
         R"("sql_task":{"warehouse_id":"w","query":{"query_id":"q"},"parameters":{"p":"v"}},"timeout_seconds":600,)" +
         R"("webhook_notifications":{"on_success":[{"id":"hook"}]})" + nested + "}";
}

std::string JobWith(bool with_pool) {
  const std::string nested =
      R"(,"for_each_task":{"inputs":"[1,2]","concurrency":5,"task":)" + Task("inner", "", with_pool) + "}";
  return R"({"job_id":900719925474099778,"creator_user_name":"ana@example.com","created_time":1700000000000,"settings":{)"
         R"("name":"nightly","budget_policy_id":"bp","continuous":{"pause_status":"PAUSED"},"description":"d",)"
         R"("email_notifications":{"on_failure":["a@x","b@x"]},"environment_variables":[{"key":"vars","files":["/f"]}],)"
         R"("environments":[{"environment_key":"env","spec":{"client":"1","dependencies":["x==1"]}}],)"
         R"("duration_target":"12h","format":"SINGLE_TASK","git_source":{"git_url":"https://g/r","git_provider":"gitHub","git_branch":"main"},)"
         R"("health":{"rules":[{"metric":"RUN_DURATION_SECONDS","op":"GREATER_THAN","value":60}]},"job_clusters":)"
         R"([{"job_cluster_key":"shared","new_cluster":)" +
         ClusterSpec(false) + R"(},{"job_cluster_key":"pooled","new_cluster":)" + ClusterSpec(true) +
         R"(}],"max_concurrent_runs":3,"notification_settings":{"no_alert_for_canceled_runs":true},)" +
         R"("parameters":[{"name":"date","default":"today"},{"name":"env","default":"prod"}],"parent_path":"/Users/a",)" +
         R"("performance_target":"STANDARD","queue":{"enabled":true},"run_as":{"user_name":"ana@example.com"},)" +
         R"("schedule":{"quartz_cron_expression":"0 0 2 * * ?","timezone_id":"UTC","pause_status":"PAUSED"},)" +
         R"("tags":{"team":"data"},"tasks":[)" + Task("first", nested, with_pool) + "," +
         R"({"task_key":"second","depends_on":[{"task_key":"first"}],"notebook_task":{"notebook_path":"/Shared/y"}}],)" +
         R"("timeout_seconds":7200,"trigger":{"file_arrival":{"url":"s3://b/p"},"pause_status":"PAUSED"},)" +
         R"("triggers":[{"periodic":{"interval":1,"unit":"DAYS"},"pause_status":"PAUSED"}],"usage_policy_id":"up",)" +
         R"("webhook_notifications":{"on_failure":[{"id":"hook"}]},)" +
         // The single-task form of Jobs 2.0.
         R"("existing_cluster_id":"0923-164208-meows279","new_cluster":)" + ClusterSpec(with_pool) +
         R"(,"libraries":)" + Libraries() +
         R"(,"notebook_task":{"notebook_path":"/x"},"spark_jar_task":{"main_class_name":"M"},)" +
         R"("spark_python_task":{"python_file":"/x.py"},"spark_submit_task":{"parameters":["z"]},)" +
         R"("pipeline_task":{"pipeline_id":"pi"},"sql_task":{"warehouse_id":"w"},"python_wheel_task":{"package_name":"p"},)" +
         R"("dbt_task":{"commands":["dbt run"]},"max_retries":1,"min_retry_interval_millis":5,"retry_on_timeout":true}})";
}

// Several definitions, where one cannot have every field at once.
std::vector<std::string> DefinitionsOf(const ObjectDescriptor& kind) {
  if (&kind == &kJob) return {JobWith(false), JobWith(true)};
  if (&kind == &kCluster) {
    std::vector<std::string> clusters;
    for (const bool with_pool : {false, true}) {
      clusters.push_back(
          R"({"cluster_id":"0923-164208-meows279","state":"TERMINATED","start_time":17,"cluster_name":"etl","spec":)" +
          ClusterSpec(with_pool) + "}");
    }
    return clusters;
  }
  if (&kind == &kInstancePool) {
    return {
        R"({"instance_pool_id":"pool-1","instance_pool_name":"small","node_type_id":"Standard_DS3_v2","state":"ACTIVE",)"
        R"("aws_attributes":{"availability":"SPOT"},"azure_attributes":{"availability":"SPOT_AZURE"},)"
        R"("gcp_attributes":{"gcp_availability":"ON_DEMAND_GCP"},"custom_tags":{"team":"data"},)"
        R"("disk_spec":{"disk_count":1,"disk_size":32},"enable_auto_alternate_node_types":true,"enable_elastic_disk":true,)"
        R"("idle_instance_autotermination_minutes":15,"max_capacity":10,"min_idle_instances":2,)"
        R"("node_type_flexibility":{"alternate_node_type_ids":["a"]},"preloaded_docker_images":[{"url":"i"}],)"
        R"("preloaded_spark_versions":["15.4.x-scala2.12"],"remote_disk_throughput":5,)"
        R"("total_initial_remote_disk_size":6,"stats":{"idle_count":2}})"};
  }
  if (&kind == &kClusterPolicy) {
    return {
        R"({"policy_id":"P1","name":"small","definition":"{\"spark_version\":{\"type\":\"fixed\",\"value\":\"15.4\"}}",)"
        R"("description":"d","libraries":[{"pypi":{"package":"p"}}],"max_clusters_per_user":5,)"
        R"("auto_enforcement_config":{"enabled":true},"created_at_timestamp":17})",
        R"({"policy_id":"P2","name":"family","policy_family_id":"personal-vm",)"
        R"("policy_family_definition_overrides":"{\"autotermination_minutes\":{\"type\":\"fixed\",\"value\":30}}"})"};
  }
  if (&kind == &kGlobalInitScript) {
    return {
        R"({"script_id":"S1","name":"setup","script":"IyEvYmluL3NoCg==","enabled":true,"position":0,"created_at":17})"};
  }
  if (&kind == &kClusterLibraries) {
    return {
        R"({"cluster_id":"0923-164208-meows279","library_statuses":[{"library":{"jar":"dbfs:/x.jar"},"status":"INSTALLED"},)"
        R"({"library":{"pypi":{"package":"p","repo":"r"}},"status":"PENDING"}]})"};
  }
  return {};
}

std::vector<const ObjectDescriptor*> DefinedKinds() {
  std::vector<const ObjectDescriptor*> kinds;
  for (const ObjectDescriptor* kind : AllKinds()) {
    if (kind->storage == Storage::kDefinition) kinds.push_back(kind);
  }
  return kinds;
}

json::Document Parsed(const std::string& text) {
  auto document = json::Document::Parse(text);
  INFO(text);
  REQUIRE(document.ok());
  return std::move(*document);
}

json::Node BodyOf(const ObjectDescriptor& kind, json::Node definition) {
  for (const std::string_view path : kind.bodies) {
    if (const json::Node body = Follow(definition, path); body.IsObject()) return body;
  }
  return definition;
}

// A value of the body and where the comparison says that it stands.
struct Place {
  json::Node node;
  std::string path;
  std::string whole_element;  // of an array whose elements are compared as wholes, or whose key this is: its path
};

// Walks along a body as a reader of the report would.
class Places {
 public:
  Places(const ObjectDescriptor& kind, json::Node body) {
    for (const KeyedArray& keyed : kind.keyed_arrays) {
      json::PathPattern(keyed.at).Match(body,
                                        [&](json::Node node, const std::string&) { keys_[node.begin()] = keyed.key; });
    }
    Walk(body, "", "");
  }

  const std::vector<Place>& all() const { return all_; }

 private:
  void Walk(json::Node node, const std::string& path, const std::string& whole) {
    if (node.IsObject()) {
      for (const json::Node& member : node.members()) {
        Walk(member, path.empty() ? member.key() : path + "." + member.key(), whole);
      }
    } else if (node.IsArray()) {
      const auto key = keys_.find(node.begin());
      size_t index = 0;
      for (const json::Node& element : node.elements()) {
        if (key == keys_.end()) {
          Walk(element, path + "[" + std::to_string(index++) + "]", whole);
        } else if (key->second.empty()) {
          Walk(element, path, whole.empty() ? path : whole);
        } else {
          const std::string at = path + "[" + element[key->second].TextOrNumber() + "]";
          for (const json::Node& member : element.members()) {
            const bool is_key = member.key() == key->second;
            Walk(member, at + "." + member.key(), whole.empty() && is_key ? path : whole);
          }
        }
      }
    } else {
      all_.push_back({node, path, whole});
    }
  }

  std::map<size_t, std::string_view> keys_;
  std::vector<Place> all_;
};

std::string AnotherValue(json::Node node) {
  if (node.IsString()) return json::Quote(node.text() + "x");
  if (node.type() == json::Type::kBool) return node.raw() == "true" ? "false" : "true";
  return std::string(node.raw()) + "1";  // a longer number is another number
}

// The fields that the comparison reports, as "path: left -> right".
std::vector<std::string> Reported(const ObjectDescriptor& kind, const std::string& left, const std::string& right) {
  MemorySide a("a", "1"), b("b", "1");
  a.Add(kind, left);
  b.Add(kind, right);
  std::vector<std::string> reported;
  auto tally = CompareSides(a, b, {},
                            [&](const Change& change) {
                              if (change.what != Change::What::kChanged) reported.push_back("not matched");
                              for (const FieldChange& field : change.fields) {
                                reported.push_back(field.path + ": " + field.left + " -> " + field.right);
                              }
                              return true;
                            },
                            {});
  REQUIRE(tally.ok());
  CHECK(tally->not_compared.empty());
  return reported;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the definitions of the sweep have every field that a create takes") {
  for (const ObjectDescriptor* kind : DefinedKinds()) {
    for (const FieldList& list : kind->create_fields) {
      for (const std::string_view field : list.fields) {
        // What a create of libraries takes is made of the states that are read.
        if (kind == &kClusterLibraries && field == "libraries") continue;
        // A loop in a loop is not taken.
        if (field == "for_each_task" && list.at.find("for_each_task") != std::string_view::npos) continue;
        const std::string path = std::string(list.at) + (list.at.empty() ? "" : ".") + std::string(field);
        bool found = false;
        for (const std::string& text : DefinitionsOf(*kind)) {
          const json::Document document = Parsed(text);
          json::PathPattern(path).Match(BodyOf(*kind, document.root()),
                                        [&](json::Node, const std::string&) { found = true; });
        }
        INFO(kind->name << " " << path);
        CHECK(found);
      }
    }
  }
}

TEST_CASE("an unchanged definition has no difference") {
  for (const ObjectDescriptor* kind : DefinedKinds()) {
    for (const std::string& text : DefinitionsOf(*kind)) {
      INFO(kind->name);
      CHECK(Reported(*kind, text, text) == Lines{});
      CHECK(Reported(*kind, text, json::Pretty(text)) == Lines{});
    }
  }
}

TEST_CASE("one changed field is reported, exactly it") {
  size_t swept = 0;
  for (const ObjectDescriptor* kind : DefinedKinds()) {
    for (const std::string& text : DefinitionsOf(*kind)) {
      const json::Document document = Parsed(text);
      const json::Node body = BodyOf(*kind, document.root());
      if (kind == &kClusterLibraries) continue;  // below
      const Places places(*kind, body);
      for (const Place& place : places.all()) {
        if (place.path == kind->id || place.path == "position") continue;
        // What the service says of itself is no field of a create.
        const std::string top = place.path.substr(0, place.path.find_first_of(".["));
        const std::span<const std::string_view> fields = kind->create_fields[0].fields;
        const bool counts = std::find(fields.begin(), fields.end(), top) != fields.end();
        if (swept++ % SweepStride(7) != 0) continue;
        const std::string other = AnotherValue(place.node);
        json::Editor editor(document);
        editor.Replace(place.node, other);
        const Lines reported = Reported(*kind, text, editor.Apply());
        INFO(kind->name << " " << place.path << " -> " << other);
        if (!counts) {
          CHECK(reported == Lines{});
        } else if (!place.whole_element.empty()) {
          // A member of a set went, another came.
          REQUIRE(reported.size() == 2);
          CHECK(reported[0].starts_with(place.whole_element + "["));
          CHECK(reported[1].starts_with(place.whole_element + "["));
        } else {
          CHECK(reported == Lines{place.path + ": " + std::string(place.node.raw()) + " -> " + other});
        }
      }
    }
  }
  CHECK(swept > 400);
}

TEST_CASE("one field that is left out is reported, exactly it") {
  for (const ObjectDescriptor* kind : DefinedKinds()) {
    if (kind == &kClusterLibraries) continue;
    for (const std::string& text : DefinitionsOf(*kind)) {
      const json::Document document = Parsed(text);
      const json::Node body = BodyOf(*kind, document.root());
      for (const json::Node& member : body.members()) {
        const std::string key = member.key();
        const std::span<const std::string_view> fields = kind->create_fields[0].fields;
        if (std::find(fields.begin(), fields.end(), key) == fields.end()) continue;
        // Without it other fields come or go as well: what a pool or a policy's family decides.
        if (key == "instance_pool_id" || key == "policy_family_id") continue;
        json::Editor editor(document);
        editor.Remove(member);
        INFO(kind->name << " " << key);
        const Lines reported = Reported(*kind, text, editor.Apply());
        const std::string gone = key + ": " + std::string(member.raw()) + " -> ";
        // Answers leave out zeros and false, and a create is sent them: then that is what the absence meant.
        const bool zero = reported == Lines{gone + "false"} || reported == Lines{gone + "0"} ||
                          reported == Lines{key + ".enabled: true -> false"};
        CHECK((reported == Lines{gone} || zero));
      }
    }
  }
}

TEST_CASE("a field that no create takes is not reported") {
  for (const ObjectDescriptor* kind : DefinedKinds()) {
    for (const std::string& text : DefinitionsOf(*kind)) {
      const json::Document document = Parsed(text);
      json::Editor editor(document);
      editor.Set(document.root(), "last_activity_time", "1700000000000");
      editor.Set(BodyOf(*kind, document.root()), "effective_something", "{\"a\":[1]}");
      INFO(kind->name);
      CHECK(Reported(*kind, text, editor.Apply()) == Lines{});
    }
  }
}

TEST_CASE("a library that changes is one that went and one that came; its state does not count") {
  const std::string text = DefinitionsOf(kClusterLibraries)[0];
  const json::Document document = Parsed(text);
  const json::Node first = document.root()["library_statuses"].elements()[0];
  json::Editor state(document);
  state.Replace(first["status"], "\"FAILED\"");
  CHECK(Reported(kClusterLibraries, text, state.Apply()) == Lines{});
  json::Editor jar(document);
  jar.Replace(first["library"]["jar"], "\"dbfs:/y.jar\"");
  CHECK(Reported(kClusterLibraries, text, jar.Apply()).size() == 2);
}
