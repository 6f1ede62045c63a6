#include "emulator/family_support.h"
#include "emulator/sample.h"

namespace emulator {
namespace {

class JobMaker {
 public:
  explicit JobMaker(Emulator& emulator) : emulator_(emulator) {}

  int64_t Create(const Json& settings, const std::string& version = "2.2") {
    return Post(version, "create", settings).at("job_id");
  }
  void Update(int64_t job_id, const Json& settings) {
    Post("2.2", "update", {{"job_id", job_id}, {"new_settings", settings}});
  }

 private:
  Json Post(const std::string& version, const std::string& call, const Json& body) {
    return CallRoute(emulator_, "POST", "/api/" + version + "/jobs/" + call, body, now_ms_ += 3600000);
  }

  Emulator& emulator_;
  int64_t now_ms_ = kSampleEpochMs + 86400000;
};

Json Notebook(const std::string& key, const std::string& path) {
  return {{"task_key", key}, {"notebook_task", {{"notebook_path", path}}}};
}

Json After(Json task, std::initializer_list<const char*> keys) {
  for (const char* key : keys) task["depends_on"].push_back({{"task_key", key}});
  return task;
}

Json On(Json task, const char* way, const std::string& key) {
  task[way] = key;
  return task;
}

Json Pooled(const SampleIds& ids) {
  return {{"spark_version", "15.4.x-scala2.12"},
          {"policy_id", ids.engineering_policy},
          {"instance_pool_id", ids.workers_pool},
          {"autoscale", {{"min_workers", 1}, {"max_workers", 8}}},
          {"spark_conf", {{"spark.databricks.delta.preview.enabled", "true"}}}};
}

void MakeScheduled(JobMaker& make, const SampleIds& ids) {
  Json load = On(Notebook("load", "/Users/ana@example.com/etl"), "existing_cluster_id", ids.etl_cluster);
  load["notebook_task"]["base_parameters"] = {{"day", "{{job.trigger.time.iso_date}}"}};
  load["max_retries"] = 2;
  load["min_retry_interval_millis"] = 60000;
  Json clean = {
      {"task_key", "clean"},
      {"spark_python_task",
       {{"python_file", "/Workspace/Shared/lib/transform.py"}, {"parameters", {"--full", "--limit", "1000"}}}},
      {"existing_cluster_id", ids.etl_cluster},
      {"libraries", Json::array({{{"pypi", {{"package", "simplejson"}}}}})}};
  Json report =
      On(Notebook("report", "/Users/ana@example.com/projects/churn/report"), "existing_cluster_id", ids.shared_cluster);
  make.Create(
      {{"name", "nightly-etl"},
       {"description", "Loads yesterday's orders — 每晚"},
       {"schedule",
        {{"quartz_cron_expression", "0 15 2 * * ?"}, {"timezone_id", "Europe/Berlin"}, {"pause_status", "UNPAUSED"}}},
       {"email_notifications", {{"on_failure", {"ana@example.com"}}, {"no_alert_for_skipped_runs", true}}},
       {"tags", {{"team", "data platform"}, {"tier", "1"}}},
       {"parameters", Json::array({{{"name", "region"}, {"default", "eu"}}})},
       {"health",
        {{"rules", Json::array({{{"metric", "RUN_DURATION_SECONDS"}, {"op", "GREATER_THAN"}, {"value", 7200}}})}}},
       {"queue", {{"enabled", true}}},
       {"timeout_seconds", 14400},
       {"tasks", {load, After(clean, {"load"}), After(report, {"load", "clean"})}}});
  // Two jobs of one name.
  make.Create(
      {{"name", "report"},
       {"schedule", {{"quartz_cron_expression", "0 0 7 ? * MON"}, {"timezone_id", "UTC"}, {"pause_status", "PAUSED"}}},
       {"tasks",
        {On(Notebook("weekly", "/Users/ana@example.com/projects/churn/report"), "existing_cluster_id",
            ids.shared_cluster)}}});
  make.Create({{"name", "report"},
               {"tasks",
                {On(Notebook("monthly", "/Users/ana@example.com/projects/churn/report"), "existing_cluster_id",
                    ids.shared_cluster)}}});
  make.Create({{"name", "stream-ingest"},
               {"continuous", {{"pause_status", "UNPAUSED"}}},
               {"max_concurrent_runs", 1},
               {"job_clusters", Json::array({{{"job_cluster_key", "stream"}, {"new_cluster", Pooled(ids)}}})},
               {"tasks", {On(Notebook("ingest", "/Shared/tools/Aggregations"), "job_cluster_key", "stream")}}});
  make.Create(
      {{"name", "landing-files"},
       {"trigger",
        {{"pause_status", "UNPAUSED"},
         {"file_arrival", {{"url", "s3://example-landing/orders/"}, {"min_time_between_triggers_seconds", 300}}}}},
       {"webhook_notifications",
        {{"on_failure", Json::array({{{"id", "0481e838-0a59-4eff-9541-a4ca6f149574"}}})},
         {"on_success", Json::array({{{"id", "0481e838-0a59-4eff-9541-a4ca6f149574"}}})}}},
       {"notification_settings", {{"no_alert_for_canceled_runs", true}}},
       {"tasks", {On(Notebook("pick up", "/Users/ana@example.com/etl"), "existing_cluster_id", ids.etl_cluster)}}});
}

// Jobs that call jobs: each other, and themselves.
void MakeCalls(JobMaker& make, const SampleIds& ids) {
  Json prepare = On(Notebook("prepare", "/Shared/tools/forecast"), "existing_cluster_id", ids.shared_cluster);
  auto call = [](const char* key, int64_t job_id) {
    return Json{{"task_key", key}, {"run_job_task", {{"job_id", job_id}, {"job_parameters", {{"depth", "1"}}}}}};
  };
  int64_t ping = make.Create({{"name", "ping"}, {"tasks", {prepare}}});
  int64_t pong = make.Create({{"name", "pong"}, {"tasks", {call("back to ping", ping)}}});
  make.Update(ping, {{"tasks", {After(call("over to pong", pong), {"prepare"})}}});
  int64_t self = make.Create({{"name", "again and again"}, {"tasks", {prepare}}});
  Json again = call("once more", self);
  make.Update(
      self,
      {{"tasks", {After(again, {"prepare"})}},
       {"schedule",
        {{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "Asia/Shanghai"}, {"pause_status", "PAUSED"}}}});
  Json inner = call("each region", pong);
  inner["run_job_task"]["job_parameters"] = {{"region", "{{input}}"}};
  Json loop = {{"task_key", "regions"},
               {"for_each_task", {{"inputs", "[\"eu\", \"us\", \"中国\"]"}, {"concurrency", 2}, {"task", inner}}}};
  Json check = {{"task_key", "is it Monday"},
                {"condition_task", {{"op", "EQUAL_TO"}, {"left", "{{job.start_time.iso_weekday}}"}, {"right", "1"}}}};
  loop["depends_on"] = Json::array({{{"task_key", "is it Monday"}, {"outcome", "true"}}});
  Json other =
      After(On(Notebook("other days", "/Shared/tools/forecast"), "job_cluster_key", "small"), {"is it Monday"});
  other["depends_on"][0]["outcome"] = "false";
  Json each = {{"task_key", "tables"},
               {"for_each_task",
                {{"inputs", "{{job.parameters.tables}}"},
                 {"task", On(Notebook("each table", "/Shared/tools/Aggregations"), "job_cluster_key", "pooled")}}},
               {"run_if", "ALL_DONE"}};
  Json small = {{"spark_version", "15.4.x-scala2.12"},
                {"node_type_id", "m5.large"},
                {"num_workers", 0},
                {"single_user_name", "ana@example.com"},
                {"init_scripts", Json::array({{{"workspace", {{"destination", "/Shared/init/install.sh"}}}}})},
                {"spark_env_vars", {{"API_KEY", "{{secrets/partners/api-key}}"}}}};
  make.Create({{"name", "fan-out"},
               {"parameters", Json::array({{{"name", "tables"}, {"default", "[\"orders\"]"}}})},
               {"job_clusters", Json::array({{{"job_cluster_key", "small"}, {"new_cluster", small}},
                                             {{"job_cluster_key", "pooled"}, {"new_cluster", Pooled(ids)}}})},
               {"tasks", {check, loop, other, After(each, {"regions", "other days"})}}});
}

void MakeTaskTypes(JobMaker& make, const SampleIds& ids) {
  Json wheel = {{"task_key", "wheel"},
                {"python_wheel_task",
                 {{"package_name", "reports"}, {"entry_point", "main"}, {"named_parameters", {{"out", "/tmp/r"}}}}},
                {"libraries", Json::array({{{"whl", "dbfs:/FileStore/wheels/reports-0.9-py3-none-any.whl"}}})},
                {"job_cluster_key", "pooled"}};
  Json jar = {{"task_key", "jar"},
              {"spark_jar_task", {{"main_class_name", "com.example.billing.Main"}, {"parameters", {"2025"}}}},
              {"libraries", Json::array({{{"jar", "dbfs:/FileStore/jars/billing-1.4.2.jar"}}})},
              {"new_cluster", Pooled(ids)}};
  Json submit = {
      {"task_key", "submit"},
      {"spark_submit_task", {{"parameters", {"--class", "com.example.Old", "dbfs:/FileStore/jars/billing-1.4.2.jar"}}}},
      {"new_cluster", {{"spark_version", "12.2.x-scala2.12"}, {"node_type_id", "i3.xlarge"}, {"num_workers", 2}}}};
  make.Create({{"name", "wheel, jar and submit"},
               {"job_clusters", Json::array({{{"job_cluster_key", "pooled"}, {"new_cluster", Pooled(ids)}}})},
               {"tasks", {wheel, jar, After(submit, {"jar"})}}});
  Json test = {{"task_key", "models"},
               {"dbt_task", {{"commands", {"dbt deps", "dbt run"}}, {"project_directory", "dbt"}}},
               {"environment_key", "dbt"}};
  make.Create(
      {{"name", "git-build"},
       {"git_source",
        {{"git_url", "https://github.com/example/pipelines"}, {"git_provider", "gitHub"}, {"git_branch", "main"}}},
       {"environments",
        Json::array({{{"environment_key", "dbt"},
                      {"spec", {{"environment_version", "2"}, {"dependencies", {"dbt-databricks"}}}}}})},
       {"tasks", {On(Notebook("from git", "notebooks/build"), "existing_cluster_id", ids.shared_cluster), test}}});
  make.Create({{"name", "sales queries"},
               {"tasks",
                {{{"task_key", "refresh"},
                  {"sql_task",
                   {{"warehouse_id", "7f9c2a51d0e84b36"},
                    {"query", {{"query_id", "3c1e7a42-8f55-4d0b-b7f4-2c9d6ab0f111"}}}}}}}}});
  make.Create(
      {{"name", "bronze pipeline"},
       {"tasks",
        {{{"task_key", "update"}, {"pipeline_task", {{"pipeline_id", "a8e0b6a4-51c3-4bd8-9a5f-0e6f9f3f1c22"}}}}}}});
  make.Create(
      {{"name", "orphan"},
       {"tasks", {On(Notebook("lost", "/Users/ana@example.com/etl"), "existing_cluster_id", ids.gone_cluster)}}});
  make.Create(
      {{"name", "bundle job"},
       {"edit_mode", "UI_LOCKED"},
       {"deployment",
        {{"kind", "BUNDLE"}, {"metadata_file_path", "/Users/ana@example.com/.bundle/demo/state/metadata.json"}}},
       {"run_as", {{"user_name", "ana@example.com"}}},
       {"tasks",
        {On(Notebook("main", "/Users/ana@example.com/exploration"), "existing_cluster_id", ids.shared_cluster)}}});
  make.Create({{"name", "from long ago"},
               {"existing_cluster_id", ids.shared_cluster},
               {"notebook_task", {{"notebook_path", "/Shared/tools/Aggregations"}}},
               {"email_notifications", {{"on_success", {"bob@example.com"}}}},
               {"libraries", Json::array({{{"pypi", {{"package", "requests"}}}}})},
               {"max_retries", 1}},
              "2.0");
}

void MakeWide(JobMaker& make, const SampleIds& ids) {
  Json tasks = Json::array();
  for (int number = 0; number < 120; ++number) {
    std::string digits = std::to_string(1000 + number).substr(1);
    Json task = On(Notebook("step_" + digits, "/Shared/tools/Aggregations"), "job_cluster_key", "pooled");
    if (number > 0)
      task["depends_on"] = Json::array({{{"task_key", "step_" + std::to_string(1000 + (number - 1) / 2).substr(1)}}});
    tasks.push_back(std::move(task));
  }
  make.Create({{"name", "wide"},
               {"job_clusters", Json::array({{{"job_cluster_key", "pooled"}, {"new_cluster", Pooled(ids)}}})},
               {"tasks", std::move(tasks)}});
}

}  // namespace

void FillSampleJobs(Emulator& emulator, const SampleIds& ids) {
  JobMaker make(emulator);
  MakeScheduled(make, ids);
  MakeCalls(make, ids);
  MakeTaskTypes(make, ids);
  MakeWide(make, ids);
}

}  // namespace emulator
