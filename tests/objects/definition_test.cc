#include "objects/definition.h"

#include <algorithm>
#include <map>

#include "objects/registry.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::objects;

namespace {

// Knows what it is told; "same" ids stay.
class IdTable : public Resolver {
 public:
  explicit IdTable(std::map<std::string, std::string> ids) : ids_(std::move(ids)) {}
  std::optional<std::string> Resolve(std::string_view kind, const std::string& old_id) const override {
    const auto at = ids_.find(std::string(kind) + " " + old_id);
    return at == ids_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  std::map<std::string, std::string> ids_;
};

IdTable Table(std::initializer_list<std::pair<const std::string, std::string>> ids) {
  return IdTable(std::map<std::string, std::string>(ids));
}

Prepared Made(const ObjectDescriptor& kind, const std::string& text, const Resolver& resolver = Identity(),
              const PrepareOptions& options = {}) {
  auto document = json::Document::Parse(text);
  INFO(text);
  REQUIRE(document.ok());
  auto prepared = Prepare(kind, *document, resolver, options);
  REQUIRE(prepared.ok());
  auto body = json::Document::Parse(prepared->body);
  INFO(prepared->body);
  REQUIRE(body.ok());
  return std::move(*prepared);
}

const FieldEdit* EditAt(const Prepared& prepared, const std::string& path) {
  for (const FieldEdit& edit : prepared.edits) {
    if (edit.path == path) return &edit;
  }
  return nullptr;
}

std::string Job(const std::string& settings) { return R"({"job_id":11,"settings":{"name":"j",)" + settings + "}}"; }
// A job whose runs are not queued says so.
std::string JobBody(const std::string& settings) {
  const bool queued = settings.find(R"("queue")") != std::string::npos;
  return R"({"name":"j",)" + settings + (queued ? "}" : R"(,"queue":{"enabled":false}})");
}

std::vector<std::string> PathsOf(const std::vector<FoundReference>& found, const std::string& target) {
  std::vector<std::string> paths;
  for (const FoundReference& reference : found) {
    if (reference.reference->target == target) paths.push_back(reference.path + "=" + reference.value);
  }
  return paths;
}

std::vector<FoundReference> Found(const ObjectDescriptor& kind, const std::string& text) {
  auto document = json::Document::Parse(text);
  REQUIRE(document.ok());
  return FindReferences(kind, document->root());
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a mapped id is replaced where it stands, and nothing else changes") {
  const IdTable table = Table({{"cluster 0923-old", "0101-new"}});
  const auto prepared =
      Made(kJob, Job(R"("tasks":[{"task_key":"a" , "existing_cluster_id":"0923-old","timeout_seconds":2.50}])"), table);
  CHECK(prepared.body ==
        JobBody(R"("tasks":[{"task_key":"a" , "existing_cluster_id":"0101-new","timeout_seconds":2.50}])"));
  REQUIRE(prepared.edits.size() == 1);
  CHECK(prepared.edits[0].why == FieldEdit::Why::kMapped);
  CHECK(prepared.edits[0].path == "settings.tasks[0].existing_cluster_id");
  CHECK(prepared.edits[0].old_value == "\"0923-old\"");
  CHECK(prepared.edits[0].new_value == "\"0101-new\"");
  CHECK(prepared.blockers.empty());
}

TEST_CASE("an id that keeps its value is no edit") {
  const std::string settings = R"("tasks":[{"task_key":"a","existing_cluster_id":"same"}])";
  const auto prepared = Made(kJob, Job(settings));
  CHECK(prepared.body == JobBody(settings));
  CHECK(prepared.edits.empty());
}

TEST_CASE("a number stays a number and a text a text when its id is mapped") {
  const IdTable table = Table({{"job 1088437519461920768", "2088437519461920769"}});
  const auto number =
      Made(kJob, Job(R"("tasks":[{"task_key":"a","run_job_task":{"job_id":1088437519461920768}}])"), table);
  CHECK(number.body == JobBody(R"("tasks":[{"task_key":"a","run_job_task":{"job_id":2088437519461920769}}])"));
  const auto text =
      Made(kJob, Job(R"("tasks":[{"task_key":"a","run_job_task":{"job_id":"1088437519461920768"}}])"), table);
  CHECK(text.body == JobBody(R"("tasks":[{"task_key":"a","run_job_task":{"job_id":"2088437519461920769"}}])"));
}

TEST_CASE("a required reference without counterpart blocks") {
  const auto prepared = Made(kJob, Job(R"("tasks":[{"task_key":"a","existing_cluster_id":"gone"}])"), Table({}));
  REQUIRE(prepared.blockers.size() == 1);
  CHECK(prepared.blockers[0].path == "settings.tasks[0].existing_cluster_id");
  CHECK(prepared.blockers[0].target == "cluster");
  CHECK(prepared.blockers[0].id == "gone");
}

TEST_CASE("an optional reference without counterpart is dropped with what encloses it, and said") {
  const auto prepared = Made(
      kJob,
      Job(R"("webhook_notifications":{"on_start":[{"id":"w1"},{"id":"w2"}],"on_failure":[{"id":"w3"}]},"budget_policy_id":"b")"),
      Table({{"notification_destination w2", "n2"}}));
  CHECK(prepared.body == JobBody(R"("webhook_notifications":{"on_start":[{"id":"n2"}],"on_failure":[]})"));
  CHECK(prepared.blockers.empty());
  const FieldEdit* dropped = EditAt(prepared, "settings.webhook_notifications.on_start[0].id");
  REQUIRE(dropped != nullptr);
  CHECK(dropped->why == FieldEdit::Why::kDropped);
  CHECK(dropped->old_value == R"({"id":"w1"})");
  REQUIRE(EditAt(prepared, "settings.webhook_notifications.on_start[1].id") != nullptr);
  CHECK(EditAt(prepared, "settings.webhook_notifications.on_start[1].id")->why == FieldEdit::Why::kMapped);
  CHECK(EditAt(prepared, "settings.budget_policy_id")->why == FieldEdit::Why::kDropped);
}

TEST_CASE("references in the task of a for-each task are mapped like those of a task") {
  const auto prepared = Made(
      kJob,
      Job(R"("tasks":[{"task_key":"f","for_each_task":{"inputs":"[1]","task":{"task_key":"i","run_job_task":{"job_id":5},"new_cluster":{"policy_id":"p"}}}}])"),
      Table({{"job 5", "6"}, {"cluster_policy p", "q"}}));
  CHECK(prepared.blockers.empty());
  CHECK(
      prepared.body ==
      JobBody(
          R"("tasks":[{"task_key":"f","for_each_task":{"inputs":"[1]","task":{"task_key":"i","run_job_task":{"job_id":6},"new_cluster":{"policy_id":"q","num_workers":0}}}}])"));
}

TEST_CASE("paths and names stay as they are") {
  const std::string settings =
      R"("run_as":{"user_name":"ana@example.com"},"tasks":[{"task_key":"a","notebook_task":{"notebook_path":"/Users/ana/x"}}])";
  CHECK(Made(kJob, Job(settings), Table({})).body == JobBody(settings));
}

TEST_CASE("a base environment that is a path is no id") {
  const std::string path =
      R"("environments":[{"environment_key":"e","spec":{"base_environment":"/Workspace/env.yml"}}])";
  const auto stays = Made(kJob, Job(path), Table({}));
  CHECK(stays.body == JobBody(path));
  CHECK(stays.blockers.empty());
  CHECK(Made(kJob, Job(R"("environments":[{"environment_key":"e","spec":{"base_environment":"abc123"}}])"), Table({}))
            .blockers.size() == 1);
}

TEST_CASE("a field that a create does not take is not sent, and listed with its value") {
  const auto prepared = Made(
      kJob,
      Job(R"("tasks":[{"task_key":"a","brand_new":[1]},{"old":0,"task_key":"b"}],"edit_mode":"EDITABLE","deployment":{"deployment_id":"d"})"),
      Table({}));
  CHECK(prepared.body == JobBody(R"("tasks":[{"task_key":"a"},{"task_key":"b"}])"));
  CHECK(prepared.blockers.empty());
  REQUIRE(EditAt(prepared, "settings.tasks[0].brand_new") != nullptr);
  CHECK(EditAt(prepared, "settings.tasks[0].brand_new")->why == FieldEdit::Why::kUnknown);
  CHECK(EditAt(prepared, "settings.tasks[0].brand_new")->old_value == "[1]");
  CHECK(EditAt(prepared, "settings.tasks[1].old") != nullptr);
  CHECK(EditAt(prepared, "settings.edit_mode") != nullptr);
  CHECK(EditAt(prepared, "settings.deployment") != nullptr);
}

TEST_CASE("a schedule, trigger or continuous job is held back, even where being on is not said") {
  const auto prepared = Made(
      kJob,
      Job(R"("schedule":{"quartz_cron_expression":"0 0 * * * ?"},"trigger":{"pause_status":"UNPAUSED"},"triggers":[{"pause_status":"PAUSED"},{}],"continuous":{})"));
  CHECK(
      prepared.body ==
      JobBody(
          R"("schedule":{"quartz_cron_expression":"0 0 * * * ?","pause_status":"PAUSED"},"trigger":{"pause_status":"PAUSED"},"triggers":[{"pause_status":"PAUSED"},{"pause_status":"PAUSED"}],"continuous":{"pause_status":"PAUSED"})"));
  REQUIRE(EditAt(prepared, "settings.trigger.pause_status") != nullptr);
  CHECK(EditAt(prepared, "settings.trigger.pause_status")->why == FieldEdit::Why::kHeldBack);
  CHECK(EditAt(prepared, "settings.trigger.pause_status")->old_value == "\"UNPAUSED\"");
  CHECK(EditAt(prepared, "settings.schedule.pause_status")->old_value.empty());
  CHECK(EditAt(prepared, "settings.triggers[0].pause_status") == nullptr);
  CHECK(EditAt(prepared, "settings.triggers[1].pause_status") != nullptr);
}

TEST_CASE("without holding back, activities stay as they are") {
  const std::string settings = R"("schedule":{"quartz_cron_expression":"x"},"continuous":{"pause_status":"UNPAUSED"})";
  CHECK(Made(kJob, Job(settings), Identity(), {.hold_back = false, .first_of_two = false}).body == JobBody(settings));
}

TEST_CASE("a pool keeps no idle instances and a script is disabled until cut-over") {
  CHECK(Made(kInstancePool,
             R"({"instance_pool_id":"p","instance_pool_name":"n","min_idle_instances":3,"state":"ACTIVE"})")
            .body == R"({"instance_pool_name":"n","min_idle_instances":0,"enable_elastic_disk":false})");
  CHECK(Made(kInstancePool, R"({"instance_pool_name":"n"})").body ==
        R"({"instance_pool_name":"n","enable_elastic_disk":false})");
  CHECK(Made(kGlobalInitScript, R"({"script_id":"s","name":"n","script":"YQ==","enabled":true,"position":2})").body ==
        R"({"name":"n","script":"YQ==","enabled":false})");
}

TEST_CASE("the first of two passes leaves out what may be a cycle") {
  const std::string settings = R"("tasks":[{"task_key":"a","run_job_task":{"job_id":11}}],"max_concurrent_runs":2)";
  const auto first = Made(kJob, Job(settings), Table({}), {.hold_back = true, .first_of_two = true});
  CHECK(first.body == JobBody(R"("max_concurrent_runs":2)"));
  CHECK(first.blockers.empty());
  REQUIRE(EditAt(first, "settings.tasks") != nullptr);
  CHECK(EditAt(first, "settings.tasks")->why == FieldEdit::Why::kNotSent);
  const auto second = Made(kJob, Job(settings), Table({{"job 11", "12"}}));
  CHECK(second.body == JobBody(R"("tasks":[{"task_key":"a","run_job_task":{"job_id":12}}],"max_concurrent_runs":2)"));
}

TEST_CASE("a policy that names itself is first made without its rules") {
  const std::string policy =
      R"({"policy_id":"P1","name":"n","definition":"{\"policy_id\":{\"type\":\"fixed\",\"value\":\"P1\"}}"})";
  CHECK(Made(kClusterPolicy, policy, Table({}), {.hold_back = true, .first_of_two = true}).body ==
        R"({"name":"n","definition":"{}"})");
  CHECK(Made(kClusterPolicy, policy, Table({{"cluster_policy P1", "P2"}})).body ==
        R"({"name":"n","definition":"{\"policy_id\":{\"type\":\"fixed\",\"value\":\"P2\"}}"})");
  // A family brings its rules itself; what it is told beside them waits.
  const std::string of_family = R"({"policy_id":"P1","name":"n","definition":"{}","policy_family_id":"job-cluster",)"
                                R"("policy_family_definition_overrides":"{\"policy_id\":{\"value\":\"P1\"}}"})";
  CHECK(Made(kClusterPolicy, of_family, Table({{"policy_family job-cluster", "job-cluster"}}),
             {.hold_back = true, .first_of_two = true})
            .body == R"({"name":"n","policy_family_id":"job-cluster"})");
}

TEST_CASE("ids in a policy's JSON text are mapped in the text, and the rest of it keeps its bytes") {
  const std::string policy =
      R"({"policy_id":"x","name":"n","definition":"{ \"instance_pool_id\" : {\"type\":\"fixed\",\"value\":\"p1\"},\"driver_instance_pool_id\":{\"type\":\"allowlist\",\"values\":[\"p1\",\"p2\"],\"defaultValue\":\"p2\"},\"spark_conf.a\":{\"value\":2.50}}"})";
  const auto prepared = Made(kClusterPolicy, policy, Table({{"instance_pool p1", "q1"}, {"instance_pool p2", "q2"}}));
  CHECK(prepared.blockers.empty());
  auto body = json::Document::Parse(prepared.body);
  REQUIRE(body.ok());
  CHECK(
      body->root()["definition"].text() ==
      R"({ "instance_pool_id" : {"type":"fixed","value":"q1"},"driver_instance_pool_id":{"type":"allowlist","values":["q1","q2"],"defaultValue":"q2"},"spark_conf.a":{"value":2.50}})");
  CHECK_FALSE(body->root()["policy_id"].Exists());
  CHECK(EditAt(prepared, "definition(json).instance_pool_id.value") != nullptr);
  CHECK(EditAt(prepared, "definition(json).driver_instance_pool_id.values[1]") != nullptr);
}

TEST_CASE("a missing pool in a policy's JSON text blocks once") {
  const auto prepared =
      Made(kClusterPolicy,
           R"({"name":"n","definition":"{\"instance_pool_id\":{\"type\":\"fixed\",\"value\":\"p1\"}}"})", Table({}));
  REQUIRE(prepared.blockers.size() == 1);
  CHECK(prepared.blockers[0].target == "instance_pool");
  CHECK(prepared.blockers[0].id == "p1");
  CHECK(prepared.blockers[0].path == "definition(json).instance_pool_id.value");
}

TEST_CASE("a pattern that is a choice of ids is mapped id by id, any other pattern stays") {
  const auto policy = [](const std::string& pattern) {
    return R"({"name":"n","definition":"{\"instance_pool_id\":{\"type\":\"regex\",\"pattern\":\")" + pattern +
           R"(\"}}"})";
  };
  const IdTable table = Table({{"instance_pool 0923-a-pool-1", "0101-b-pool-9"}, {"instance_pool p2", "q2"}});
  const auto mapped = Made(kClusterPolicy, policy("^(0923-a-pool-1|p2)$"), table);
  CHECK(mapped.blockers.empty());
  CHECK(mapped.body == policy("^(0101-b-pool-9|q2)$"));
  CHECK(Made(kClusterPolicy, policy("p2"), table).body == policy("q2"));
  CHECK(Made(kClusterPolicy, policy("0923-.*"), table).body == policy("0923-.*"));
  CHECK(Made(kClusterPolicy, policy(".*"), Table({})).blockers.empty());
  CHECK(Made(kClusterPolicy, policy("(p2|gone)"), table).blockers.size() == 1);
}

TEST_CASE("a policy's text that is not JSON is carried as it is") {
  CHECK(Made(kClusterPolicy, R"({"name":"n","definition":"not json"})", Table({})).body ==
        R"({"name":"n","definition":"not json"})");
}

TEST_CASE("a family's policy is sent with its overrides and without the merged definition") {
  const auto prepared = Made(
      kClusterPolicy,
      R"({"name":"n","policy_family_id":"job-cluster","definition":"{\"instance_pool_id\":{\"value\":\"p\"}}","policy_family_definition_overrides":"{\"instance_pool_id\":{\"value\":\"p\"}}","max_clusters_per_user":0})",
      Table({{"policy_family job-cluster", "job-cluster"}, {"instance_pool p", "q"}}));
  CHECK(
      prepared.body ==
      R"({"name":"n","policy_family_id":"job-cluster","policy_family_definition_overrides":"{\"instance_pool_id\":{\"value\":\"q\"}}"})");
  CHECK(prepared.blockers.empty());
  REQUIRE(EditAt(prepared, "definition") != nullptr);
  CHECK(EditAt(prepared, "definition")->why == FieldEdit::Why::kNotSent);
}

TEST_CASE("a cluster is made from what the person sent, where the service still knows it") {
  const auto with_spec = Made(
      kCluster,
      R"({"cluster_id":"c","cluster_name":"n","driver":{"x":1},"num_workers":9,"spec":{"cluster_name":"n","num_workers":2,"policy_id":"p"}})",
      Table({{"cluster_policy p", "q"}}));
  CHECK(with_spec.body == R"({"cluster_name":"n","num_workers":2,"policy_id":"q"})");
  const auto without =
      Made(kCluster, R"({"cluster_id":"c","cluster_name":"n","state":"TERMINATED","num_workers":9,"policy_id":"p"})",
           Table({{"cluster_policy p", "q"}}));
  CHECK(without.body == R"({"cluster_name":"n","num_workers":9,"policy_id":"q"})");
  CHECK(EditAt(without, "state") != nullptr);
}

TEST_CASE("what a pool decides is not sent beside the pool") {
  const auto prepared = Made(
      kCluster,
      R"({"spec":{"cluster_name":"n","instance_pool_id":"p","driver_instance_pool_id":"p","node_type_id":"m5","driver_node_type_id":"m5","enable_elastic_disk":true,"aws_attributes":{"zone_id":"z","instance_profile_arn":"arn"},"azure_attributes":{"availability":"SPOT"}}})",
      Table({{"instance_pool p", "q"}}));
  CHECK(
      prepared.body ==
      R"({"cluster_name":"n","instance_pool_id":"q","driver_instance_pool_id":"q","aws_attributes":{"instance_profile_arn":"arn"},"num_workers":0})");
  REQUIRE(EditAt(prepared, "spec.node_type_id") != nullptr);
  CHECK(EditAt(prepared, "spec.node_type_id")->why == FieldEdit::Why::kNotSent);
  const auto no_pool =
      Made(kCluster, R"({"cluster_name":"n","node_type_id":"m5","driver_instance_pool_id":"gone"})", Table({}));
  CHECK(no_pool.body == R"({"cluster_name":"n","node_type_id":"m5","num_workers":0})");
  CHECK(no_pool.blockers.empty());
}

TEST_CASE("the rules for pools hold in a job's clusters too") {
  const auto prepared = Made(
      kJob,
      Job(R"("job_clusters":[{"job_cluster_key":"k","new_cluster":{"instance_pool_id":"p","node_type_id":"m5","azure_attributes":{"first_on_demand":1}}}])"),
      Table({{"instance_pool p", "q"}}));
  CHECK(prepared.body ==
        JobBody(R"("job_clusters":[{"job_cluster_key":"k","new_cluster":{"instance_pool_id":"q","num_workers":0}}])"));
  CHECK(EditAt(prepared, "settings.job_clusters[0].new_cluster.node_type_id") != nullptr);
}

TEST_CASE("a size that a read leaves out is a size of 0, where the cluster does not scale by itself") {
  CHECK(Made(kCluster, R"({"cluster_name":"n"})").body == R"({"cluster_name":"n","num_workers":0})");
  CHECK(Made(kCluster, R"({"cluster_name":"n","num_workers":2})").body == R"({"cluster_name":"n","num_workers":2})");
  const std::string scaling = R"({"cluster_name":"n","autoscale":{"min_workers":1,"max_workers":2}})";
  CHECK(Made(kCluster, scaling).body == scaling);
}

TEST_CASE("states of libraries become the libraries of an install") {
  const auto prepared = Made(
      kClusterLibraries,
      R"({"cluster_id":"c","library_statuses":[{"library":{"jar":"dbfs:/a.jar"},"status":"INSTALLED"},{"library":{"pypi":{"package":"x"}},"status":"UNINSTALL_ON_RESTART"},{"library":{"whl":"dbfs:/w.whl"},"is_library_for_all_clusters":true},{"library":{"pypi":{"package":"y==1"}},"status":"PENDING"}]})",
      Table({{"cluster c", "d"}}));
  CHECK(prepared.body == R"({"cluster_id":"d","libraries":[{"jar":"dbfs:/a.jar"},{"pypi":{"package":"y==1"}}]})");
  CHECK(EditAt(prepared, "library_statuses[1]") != nullptr);
  CHECK(EditAt(prepared, "library_statuses[2]") != nullptr);
  CHECK(EditAt(prepared, "library_statuses") == nullptr);  // no field is lost
}

TEST_CASE("a definition that is no object cannot be prepared") {
  auto document = json::Document::Parse("[1]");
  REQUIRE(document.ok());
  CHECK_FALSE(Prepare(kJob, *document, Identity(), {}).ok());
}

TEST_CASE("references are found in every place of the tables") {
  const auto found = Found(
      kJob,
      Job(R"("tasks":[{"task_key":"a","existing_cluster_id":"c1","notebook_task":{"notebook_path":"/Users/a/x","warehouse_id":"w"}},{"task_key":"b","for_each_task":{"task":{"new_cluster":{"instance_pool_id":"p"}}},"webhook_notifications":{"on_failure":[{"id":"n"}]}}],"job_clusters":[{"new_cluster":{"policy_id":"q"}}],"trigger":{"sql_condition":{"warehouse_id":"w2"}})"));
  CHECK(PathsOf(found, "cluster") == Strings{"settings.tasks[0].existing_cluster_id=c1"});
  CHECK(PathsOf(found, "notebook") == Strings{"settings.tasks[0].notebook_task.notebook_path=/Users/a/x"});
  CHECK(PathsOf(found, "warehouse") ==
        Strings{"settings.trigger.sql_condition.warehouse_id=w2", "settings.tasks[0].notebook_task.warehouse_id=w"});
  CHECK(PathsOf(found, "instance_pool") ==
        Strings{"settings.tasks[1].for_each_task.task.new_cluster.instance_pool_id=p"});
  CHECK(PathsOf(found, "notification_destination") ==
        Strings{"settings.tasks[1].webhook_notifications.on_failure[0].id=n"});
  CHECK(PathsOf(found, "cluster_policy") == Strings{"settings.job_clusters[0].new_cluster.policy_id=q"});
  const auto policy =
      Found(kClusterPolicy, R"({"definition":"{\"instance_pool_id\":{\"pattern\":\"(a|b)\",\"values\":[\"c\"]}}"})");
  Strings pools = PathsOf(policy, "instance_pool");
  std::sort(pools.begin(), pools.end());
  CHECK(pools == Strings{"definition(json).instance_pool_id.pattern=a", "definition(json).instance_pool_id.pattern=b",
                         "definition(json).instance_pool_id.values[0]=c"});
}

TEST_CASE("where a path lies is told by its form") {
  CHECK(PlaceOf("/Workspace/Users/a/x") == PathPlace::kWorkspace);
  CHECK(PlaceOf("workspace:/Users/a/x") == PathPlace::kWorkspace);
  CHECK(PlaceOf("/Users/a/x") == PathPlace::kWorkspace);
  CHECK(PlaceOf("/Repos/a/x") == PathPlace::kWorkspace);
  CHECK(PlaceOf("dbfs:/FileStore/a.jar") == PathPlace::kDbfs);
  CHECK(PlaceOf("/dbfs/FileStore/a.jar") == PathPlace::kDbfs);
  CHECK(PlaceOf("dbfs:/Volumes/c/s/v/x") == PathPlace::kVolume);
  CHECK(PlaceOf("/Volumes/c/s/v/x") == PathPlace::kVolume);
  CHECK(PlaceOf("s3://bucket/x") == PathPlace::kCloud);
  CHECK(PlaceOf("abfss://c@a.dfs.core.windows.net/x") == PathPlace::kCloud);
  CHECK(PlaceOf("file:/usr/x") == PathPlace::kContainer);
  CHECK(PlaceOf("etl/load") == PathPlace::kNone);
  CHECK(PlaceOf("") == PathPlace::kNone);
  CHECK(BarePath("workspace:/Workspace/Users/a") == "/Users/a");
  CHECK(BarePath("/Workspace/Users/a") == "/Users/a");
  CHECK(BarePath("dbfs:/a") == "/a");
  CHECK(BarePath("/dbfs/a") == "/a");
  CHECK(BarePath("/Users/a") == "/Users/a");
}

TEST_CASE("id and natural key are read by the descriptor's paths") {
  auto job = json::Document::Parse(R"({"job_id":1088437519461920768,"settings":{"name":"nightly"}})");
  REQUIRE(job.ok());
  CHECK(IdOf(kJob, job->root()) == "1088437519461920768");
  CHECK(NaturalKeyOf(kJob, job->root()) == "nightly");
  auto nameless = json::Document::Parse(R"({"job_id":1,"settings":{}})");
  REQUIRE(nameless.ok());
  CHECK(NaturalKeyOf(kJob, nameless->root()) == "Untitled");  // as the service calls it
  auto bare = json::Document::Parse(R"({"job_id":1,"cluster_id":"c"})");
  REQUIRE(bare.ok());
  CHECK(NaturalKeyOf(kJob, bare->root()).empty());
  CHECK(NaturalKeyOf(kCluster, bare->root()).empty());
}

TEST_CASE("activities are found with their paths, on or off") {
  auto job = json::Document::Parse(Job(
      R"("schedule":{"quartz_cron_expression":"x"},"trigger":{"pause_status":"PAUSED"},"triggers":[{"pause_status":"UNPAUSED"}])"));
  REQUIRE(job.ok());
  const auto found = FindActivities(kJob, job->root());
  REQUIRE(found.size() == 3);
  CHECK((found[0].path == "settings.schedule.pause_status" && found[0].on && found[0].OnValue() == "\"UNPAUSED\""));
  CHECK((found[1].path == "settings.trigger.pause_status" && !found[1].on));
  CHECK((found[2].path == "settings.triggers[0].pause_status" && found[2].on));
  auto pool = json::Document::Parse(R"({"min_idle_instances":2})");
  REQUIRE(pool.ok());
  REQUIRE(FindActivities(kInstancePool, pool->root()).size() == 1);
  CHECK(FindActivities(kInstancePool, pool->root())[0].OnValue() == "2");
}

TEST_CASE("a switch changes what it is about and nothing else") {
  auto job = json::Document::Parse(Job(
      R"("schedule":{"quartz_cron_expression":"x","new":1},"tasks":[{"task_key":"a"}],"triggers":[{"a":1},{"b":2}])"));
  REQUIRE(job.ok());
  const auto body = SwitchBody(
      kJob, *job,
      {{"settings.schedule.pause_status", "\"PAUSED\""}, {"settings.triggers[1].pause_status", "\"PAUSED\""}});
  REQUIRE(body.ok());
  CHECK(
      *body ==
      R"({"schedule":{"quartz_cron_expression":"x","new":1,"pause_status":"PAUSED"},"triggers":[{"a":1},{"b":2,"pause_status":"PAUSED"}]})");
  CHECK_FALSE(SwitchBody(kJob, *job, {{"settings.trigger.pause_status", "\"PAUSED\""}}).ok());
  auto pool = json::Document::Parse(
      R"({"instance_pool_id":"p","instance_pool_name":"n","node_type_id":"t","min_idle_instances":2,"state":"ACTIVE"})");
  REQUIRE(pool.ok());
  const auto whole = SwitchBody(kInstancePool, *pool, {{"min_idle_instances", "0"}});
  REQUIRE(whole.ok());
  CHECK(whole->find(R"("min_idle_instances":0)") != std::string::npos);
  CHECK(whole->find(R"("node_type_id":"t")") != std::string::npos);
  CHECK(whole->find("state") == std::string::npos);
}
