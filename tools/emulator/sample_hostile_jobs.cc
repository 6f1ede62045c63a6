#include "emulator/family_support.h"
#include "emulator/jobs_family.h"
#include "emulator/sample.h"
#include "emulator/sample_hostile.h"

namespace emulator {
namespace {

constexpr const char* kUnsaved = "0123456789abcdef";  // an id of something that this workspace does not show

class JobMaker {
 public:
  JobMaker(Emulator& emulator, const HostileIds& ids) : emulator_(emulator), ids_(ids) {}

  int64_t Create(const Json& settings) { return Post("create", settings).at("job_id"); }
  // With one notebook task on the usual cluster.
  int64_t Simple(const Json& more) {
    Json settings = {{"tasks", Json::array({Task("only")})}};
    settings.update(more);
    return Create(settings);
  }
  Json Task(const std::string& key) const {
    return {{"task_key", key},
            {"notebook_task", {{"notebook_path", std::string(kHostileRoot) + "/twins/report"}}},
            {"existing_cluster_id", ids_.usual_cluster}};
  }
  Json Post(const std::string& call, const Json& body) {
    return CallRoute(emulator_, "POST", "/api/2.2/jobs/" + call, body, now_ms_ += 60000);
  }

 private:
  Emulator& emulator_;
  const HostileIds& ids_;
  int64_t now_ms_ = kSampleEpochMs + 86400000;
};

Json Called(int64_t job_id) { return {{"task_key", "call"}, {"run_job_task", {{"job_id", job_id}}}}; }

// Every type that the SDK module jobs has, each in a job of its own and within a for_each_task.
void MakeTaskTypes(JobMaker& make, int64_t callee) {
  const std::string root = kHostileRoot;
  const std::vector<std::pair<const char*, Json>> types = {
      {"agentic_task", {{"goal", "sell"}, {"supervisor_agent", {{"agent_id", kUnsaved}}}}},
      {"ai_runtime_task",
       {{"experiment", root + "/kinds/an experiment"}, {"deployments", Json::array({Json::object()})}}},
      {"alert_task", {{"alert_id", kUnsaved}, {"warehouse_id", kUnsaved}}},
      {"clean_rooms_notebook_task", {{"clean_room_name", "room"}, {"notebook_name", "clean"}}},
      {"condition_task", {{"op", "EQUAL_TO"}, {"left", "{{job.id}}"}, {"right", "\u0661"}}},
      {"dashboard_task", {{"dashboard_id", kUnsaved}, {"warehouse_id", kUnsaved}}},
      {"dbt_cloud_task", {{"connection_resource_name", "dbt"}, {"dbt_cloud_job_id", 9007199254740993}}},
      {"dbt_platform_task", {{"connection_resource_name", "dbt"}, {"dbt_platform_job_id", "7"}}},
      {"dbt_task", {{"commands", {"dbt run --select \"%\""}}, {"project_directory", root + "/contents"}}},
      {"gen_ai_compute_task",
       {{"dl_runtime_image", "image:1"}, {"training_script_path", root + "/contents/looks like a notebook.py"}}},
      {"genie_task", {{"configuration_id", kUnsaved}}},
      {"notebook_task", {{"notebook_path", root + "/names/notebooks/销售报表"}, {"base_parameters", {{"k%", "..\n"}}}}},
      {"pipeline_task", {{"pipeline_id", "a8e0b6a4-51c3-4bd8-9a5f-0e6f9f3f1c22"}}},
      {"power_bi_task", {{"connection_resource_name", "bi"}, {"warehouse_id", kUnsaved}}},
      {"python_operator_task", {{"main", "package.module:main"}}},
      {"python_wheel_task", {{"package_name", "reports"}, {"entry_point", "main"}}},
      {"run_job_task", {{"job_id", callee}}},
      {"spark_jar_task", {{"main_class_name", "com.example.Main"}, {"parameters", {"--", "*", "$HOME"}}}},
      {"spark_python_task", {{"python_file", root + "/twins/report.py"}}},
      {"spark_submit_task", {{"parameters", {"--class", "com.example.Old", "dbfs:/FileStore/hostile/11 MB.bin"}}}},
      {"sql_task", {{"warehouse_id", kUnsaved}, {"file", {{"path", root + "/twins/report.sql"}}}}}};
  for (const auto& [type, value] : types) {
    Json task = {{"task_key", "only"}, {type, value}};
    make.Create({{"name", std::string("type: ") + type}, {"tasks", Json::array({task})}});
    Json each = {{"task_key", "each"}, {"for_each_task", {{"inputs", "[\"%\", \"..\"]"}, {"task", task}}}};
    make.Create({{"name", std::string("each: ") + type}, {"tasks", Json::array({each})}});
  }
}

Json Numbered(const char* key, const std::string& word, int number, const char* member, const Json& value) {
  return {{key, word + std::to_string(number)}, {member, value}};
}

// As many tasks as a job may have, read in ten pages; with more of the other arrays than a page holds; twice.
void MakeLong(JobMaker& make) {
  Json clusters = Json::array(), environments = Json::array(), parameters = Json::array(), tasks = Json::array();
  const Json spec = {{"spark_version", "15.4.x-scala2.12"}, {"node_type_id", "i3.xlarge"}, {"num_workers", 1}};
  for (int i = 0; i < 101; ++i) clusters.push_back(Numbered("job_cluster_key", "cluster_", i, "new_cluster", spec));
  for (int i = 0; i < 130; ++i) {
    environments.push_back(Numbered("environment_key", "environment_", i, "spec", {{"environment_version", "2"}}));
  }
  for (int i = 0; i < 201; ++i)
    parameters.push_back(Numbered("name", "parameter_", i, "default", "值 " + std::to_string(i)));
  for (int i = 0; i < 1000; ++i) {
    Json task = make.Task("task_" + std::to_string(i));
    task.erase("existing_cluster_id");
    task["job_cluster_key"] = "cluster_" + std::to_string(i % 101);
    for (int other = i / 2; i > 0 && other > i / 2 - 3 && other >= 0; --other) {
      task["depends_on"].push_back({{"task_key", "task_" + std::to_string(other)}});
    }
    tasks.push_back(std::move(task));
  }
  for (const char* state : {"UNPAUSED", "PAUSED"}) {
    make.Create({{"name", "a thousand tasks"},
                 {"continuous", {{"pause_status", state}}},
                 {"job_clusters", clusters},
                 {"environments", environments},
                 {"parameters", parameters},
                 {"tasks", tasks}});
  }
}

void MakeReferences(JobMaker& make, const HostileIds& ids, int64_t usual) {
  const auto on = [&](const char* way, const Json& what) {
    Json task = make.Task("only");
    task.erase("existing_cluster_id");
    task[way] = what;
    return Json::array({task});
  };
  Json spec = {{"spark_version", "15.4.x-scala2.12"}, {"num_workers", 1}};
  make.Create(
      {{"name", "on a cluster whose pool is gone"}, {"tasks", on("existing_cluster_id", ids.poolless_cluster)}});
  make.Create(
      {{"name", "on a cluster whose policy is no JSON"}, {"tasks", on("existing_cluster_id", ids.lawless_cluster)}});
  make.Create({{"name", "on a cluster that is gone"}, {"tasks", on("existing_cluster_id", ids.gone_cluster)}});
  spec["instance_pool_id"] = ids.doomed_pool;
  make.Create({{"name", "own cluster, pool is gone"}, {"tasks", on("new_cluster", spec)}});
  spec.erase("instance_pool_id");
  spec.update({{"node_type_id", "i3.xlarge"}, {"policy_id", ids.doomed_policy}});
  make.Create({{"name", "own cluster, policy is gone"}, {"tasks", on("new_cluster", spec)}});
  // A ring, in which two have one name.
  const int64_t first = make.Simple({{"name", "ring"}});
  const int64_t second = make.Create({{"name", "ring"}, {"tasks", Json::array({Called(first)})}});
  const int64_t third = make.Create({{"name", "ring's third"}, {"tasks", Json::array({Called(second)})}});
  make.Post("update", {{"job_id", first}, {"new_settings", {{"tasks", Json::array({Called(third)})}}}});
  const int64_t doomed = make.Simple({{"name", "to be deleted"}});
  const int64_t caller = make.Create({{"name", "calls what is gone"}, {"tasks", Json::array({Called(doomed)})}});
  make.Create(
      {{"name", "calls who calls what is gone"}, {"tasks", Json::array({Called(caller), Json(make.Task("x"))})}});
  make.Post("delete", {{"job_id", doomed}});
  make.Create({{"name", "calls the usual"}, {"tasks", Json::array({Called(usual)})}});
  make.Simple({{"name", "of a deleted user"},
               {"run_as", {{"user_name", kDeletedUser}}},
               {"email_notifications", {{"on_failure", {kDeletedUser}}}},
               {"webhook_notifications", {{"on_failure", Json::array({{{"id", kUnsaved}}})}}},
               {"schedule", {{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "Europe/Berlin"}}}});
}

void MakeNames(JobMaker& make) {
  for (const std::string& name : HostileNames()) make.Simple({{"name", name}});
  make.Simple({{"name", std::string(4096, 'n')}, {"description", std::string(27700, 'd')}});
  for (int i = 0; i < 3; ++i) make.Simple({{"name", "same name"}});
  make.Simple({{"name", "same name"}, {"max_concurrent_runs", 9}});
  for (int i = 0; i < 2; ++i) make.Simple(Json::object());
  Json tags = Json::object();
  for (int i = 0; i < 25; ++i) tags[HostileNames().at(static_cast<size_t>(i))] = "\"\\\n\t%..";
  make.Simple({{"name", "tagged"}, {"tags", tags}});
}

// What no create would make.
void Plant(Emulator& emulator) {
  Json state = emulator.jobs().Save();
  for (Json& row : state["jobs"]["rows"]) {
    Json& record = row["record"];
    const std::string name = TextOf(record["settings"], "name");
    if (name == "to lose its name") record["settings"].erase("name");
    if (name == "to lose all") record["settings"] = Json::object();
    if (name == "from the future") {
      record["settings"]["field_of_the_future"] = {{"depth", 2.5}, {"ids", {9007199254740993, "x"}}};
      record["settings"]["tasks"][0]["mood"] = "good";
    }
    if (name == "of a type to come") {
      record["settings"]["tasks"][0]["hologram_task"] = {{"path", "/Shared/x"}};
      record["settings"]["tasks"][0].erase("notebook_task");
    }
    if (name == "of a deleted user") {
      record.erase("creator_user_name");
      record["run_as_user_name"] = kDeletedUser;
    }
  }
  emulator.jobs().Load(state);
}

}  // namespace

void FillHostileJobs(Emulator& emulator, const HostileIds& ids) {
  JobMaker make(emulator, ids);
  const int64_t usual = make.Simple({{"name", "usual"}});
  MakeTaskTypes(make, usual);
  MakeNames(make);
  MakeReferences(make, ids, usual);
  MakeLong(make);
  for (const char* name : {"to lose its name", "to lose all", "from the future", "of a type to come"}) {
    make.Simple({{"name", name}});
  }
  Plant(emulator);
}

}  // namespace emulator
