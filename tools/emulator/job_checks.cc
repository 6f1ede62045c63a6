#include <algorithm>
#include <set>

#include "emulator/clusters.h"
#include "emulator/compute_family.h"
#include "emulator/family_support.h"
#include "emulator/job_settings.h"
#include "emulator/libraries.h"

namespace emulator {
namespace {

const std::vector<std::string_view> kTaskTypes = {
    "agentic_task",      "ai_runtime_task", "alert_task",          "clean_rooms_notebook_task",
    "condition_task",    "dashboard_task",  "dbt_cloud_task",      "dbt_platform_task",
    "dbt_task",          "for_each_task",   "gen_ai_compute_task", "genie_task",
    "notebook_task",     "pipeline_task",   "power_bi_task",       "python_operator_task",
    "python_wheel_task", "run_job_task",    "spark_jar_task",      "spark_python_task",
    "spark_submit_task", "sql_task"};

const std::vector<std::string_view> kTaskFields = [] {
  std::vector<std::string_view> fields = kTaskTypes;
  for (std::string_view name : {"task_key",
                                "compute",
                                "depends_on",
                                "description",
                                "disable_auto_optimization",
                                "disabled",
                                "email_notifications",
                                "environment_key",
                                "environment_variables_key",
                                "existing_cluster_id",
                                "health",
                                "job_cluster_key",
                                "libraries",
                                "max_retries",
                                "min_retry_interval_millis",
                                "new_cluster",
                                "notification_settings",
                                "retry_on_timeout",
                                "run_if",
                                "timeout_seconds",
                                "webhook_notifications"}) {
    fields.push_back(name);
  }
  return fields;
}();

struct Keys {
  std::set<std::string> tasks, job_clusters, environments;
};

std::set<std::string> Collect(const Json& settings, const char* array, const char* key) {
  CheckType(settings, array, "array");
  std::set<std::string> keys;
  for (const Json& element : MemberOf(settings, array)) {
    std::string name = TextOf(element, key);
    if (name.empty()) RefuseParameter("Missing required field: settings." + std::string(array) + "." + key);
    if (!keys.insert(name).second) {
      RefuseParameter("The " + std::string(key) + " '" + name + "' is given more than once.");
    }
  }
  return keys;
}

void RequireFields(const Json& task, const char* type, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (MemberOf(task.at(type), name).is_null()) {
      RefuseParameter("Missing required field: " + std::string(type) + "." + name);
    }
  }
}

void CheckSources(const Json& settings, const Json& task) {
  for (const char* type : {"notebook_task", "spark_python_task", "dbt_task"}) {
    CheckOneOf(MemberOf(task, type), "source", {"GIT", "WORKSPACE"});
    if (TextOf(MemberOf(task, type), "source") == "GIT" && !settings.contains("git_source")) {
      RefuseParameter("The source of a task is GIT and the job has no git_source.");
    }
  }
}

void CheckTaskType(Context& context, const Json& settings, const Json& task) {
  if (task.contains("notebook_task")) {
    RequireFields(task, "notebook_task", {"notebook_path"});
    std::string path = TextOf(task.at("notebook_task"), "notebook_path");
    const char* usual = settings.contains("git_source") ? "GIT" : "WORKSPACE";
    bool git = TextOf(task.at("notebook_task"), "source", usual) == "GIT";
    if (!git && path.rfind('/', 0) != 0 && path.rfind("{{", 0) != 0) {
      RefuseParameter("Only absolute paths are currently supported. Paths must begin with '/': " + path);
    }
  }
  if (task.contains("spark_python_task")) RequireFields(task, "spark_python_task", {"python_file"});
  if (task.contains("python_wheel_task")) RequireFields(task, "python_wheel_task", {"package_name", "entry_point"});
  if (task.contains("pipeline_task")) RequireFields(task, "pipeline_task", {"pipeline_id"});
  if (task.contains("condition_task")) RequireFields(task, "condition_task", {"op", "left", "right"});
  if (task.contains("dbt_task")) RequireFields(task, "dbt_task", {"commands"});
  if (task.contains("sql_task")) {
    RequireFields(task, "sql_task", {"warehouse_id"});
    int kinds = 0;
    for (const char* kind : {"query", "dashboard", "alert", "file"}) kinds += task.at("sql_task").contains(kind);
    if (kinds != 1) RefuseParameter("A sql_task has exactly one of query, dashboard, alert, file.");
  }
  if (task.contains("run_job_task")) {
    RequireFields(task, "run_job_task", {"job_id"});
    int64_t job_id = IntegerOf(task.at("run_job_task"), "job_id");
    if (!context.emulator.Has("run-job-unchecked") && !context.emulator.jobs().Has(job_id)) {
      RefuseParameter("The job " + std::to_string(job_id) + " of a run_job_task does not exist.");
    }
  }
}

void CheckCompute(Context& context, const Json& task, const Keys& keys) {
  int ways = 0;
  for (const char* way : {"existing_cluster_id", "new_cluster", "job_cluster_key", "environment_key"}) {
    ways += task.contains(way);
  }
  std::string name = TextOf(task, "task_key");
  if (ways > 1) {
    RefuseParameter("Task '" + name +
                    "' can have at most one of existing_cluster_id, new_cluster, job_cluster_key, environment_key.");
  }
  if (task.contains("existing_cluster_id") && !context.emulator.Has("existing-cluster-unchecked")) {
    std::string id = TextOf(task, "existing_cluster_id");
    // A parameter is replaced when the job runs.
    if (id.rfind("{{", 0) != 0 && !context.emulator.compute().clusters().Has(id)) {
      RefuseParameter("Cluster " + id + " does not exist");
    }
  }
  std::string key = TextOf(task, "job_cluster_key");
  if (!key.empty() && !keys.job_clusters.contains(key)) {
    RefuseParameter("Job cluster '" + key + "' of task '" + name + "' is not defined in field 'job_clusters'.");
  }
  std::string environment = TextOf(task, "environment_key");
  if (!environment.empty() && !keys.environments.contains(environment)) {
    RefuseParameter("Environment '" + environment + "' of task '" + name + "' is not defined.");
  }
  CheckLibraries(MemberOf(task, "libraries"));
}

void CheckTask(Context& context, const Json& settings, const Json& task, const Keys& keys, bool nested) {
  if (!task.is_object()) RefuseParameter("A task must be an object.");
  CheckFields(context.emulator, task, kTaskFields);
  std::string name = TextOf(task, "task_key");
  if (name.empty() || name.size() > 100) RefuseParameter("A task_key has 1 to 100 characters.");
  int64_t types = std::count_if(kTaskTypes.begin(), kTaskTypes.end(),
                                [&](std::string_view type) { return task.contains(std::string(type)); });
  if (types != 1) RefuseParameter("Task '" + name + "' must have exactly one task type.");
  CheckTaskType(context, settings, task);
  CheckSources(settings, task);
  CheckCompute(context, task, keys);
  CheckOneOf(task, "run_if",
             {"ALL_DONE", "ALL_FAILED", "ALL_SUCCESS", "AT_LEAST_ONE_FAILED", "AT_LEAST_ONE_SUCCESS", "NONE_FAILED"});
  CheckType(task, "depends_on", "array");
  for (const Json& dependency : MemberOf(task, "depends_on")) {
    std::string on = TextOf(dependency, "task_key");
    if (on == name || !keys.tasks.contains(on)) {
      RefuseParameter("Task '" + name + "' depends on '" + on + "', which is not another task of the job.");
    }
  }
  if (!task.contains("for_each_task")) return;
  if (nested) RefuseParameter("A for_each_task cannot hold another one.");
  RequireFields(task, "for_each_task", {"inputs", "task"});
  CheckTask(context, settings, task.at("for_each_task").at("task"), keys, true);
}

void CheckStarters(const Json& settings) {
  int starters = 0;
  for (const char* name : {"schedule", "continuous", "trigger"}) starters += settings.contains(name);
  if (starters > 1) RefuseParameter("At most one of schedule, continuous and trigger can be given.");
  if (starters > 0 && settings.contains("triggers")) {
    RefuseParameter("triggers excludes schedule, continuous and trigger.");
  }
  for (const char* name : {"schedule", "continuous", "trigger"}) {
    CheckType(settings, name, "object");
    CheckOneOf(MemberOf(settings, name), "pause_status", {"PAUSED", "UNPAUSED"});
  }
  for (const Json& trigger : MemberOf(settings, "triggers")) {
    CheckOneOf(trigger, "pause_status", {"PAUSED", "UNPAUSED"});
  }
  if (const Json& schedule = MemberOf(settings, "schedule"); schedule.is_object()) {
    std::string cron = TextOf(schedule, "quartz_cron_expression");
    int64_t fields = 1 + std::count(cron.begin(), cron.end(), ' ');
    if (fields < 6 || fields > 7) RefuseParameter("Invalid quartz_cron_expression: '" + cron + "'.");
    if (TextOf(schedule, "timezone_id").empty()) RefuseParameter("Missing required field: schedule.timezone_id");
  }
}

void CheckGitSource(const Json& settings) {
  const Json& source = MemberOf(settings, "git_source");
  if (source.is_null()) return;
  static constexpr std::string_view kProviders[] = {
      "github",         "gitlab",          "gitHubEnterprise",    "gitLabEnterpriseEdition",
      "bitbucketCloud", "bitbucketServer", "azureDevOpsServices", "awsCodeCommit"};
  std::string provider = TextOf(source, "git_provider");
  if (std::none_of(std::begin(kProviders), std::end(kProviders),
                   [&](std::string_view known) { return SameIgnoringCase(known, provider); })) {
    RefuseParameter(
        "git_source.git_provider must be one of: "
        "github,gitlab,bitbucketCloud,gitHubEnterprise,bitbucketServer,gitLabEnterpriseEdition,azureDevOpsServices,"
        "awsCodeCommit");
  }
  if (TextOf(source, "git_url").empty()) RefuseParameter("Missing required field: git_source.git_url");
  int points = 0;
  for (const char* name : {"git_branch", "git_tag", "git_commit"}) points += source.contains(name);
  if (points > 1) RefuseParameter("git_source can have only one of git_branch, git_tag, git_commit.");
}

void CheckNotifications(const Json& settings) {
  for (const auto& [event, hooks] : MemberOf(settings, "webhook_notifications").items()) {
    if (hooks.size() > 3) RefuseParameter("webhook_notifications." + event + " can have at most 3 destinations.");
    for (const Json& hook : hooks) {
      if (TextOf(hook, "id").empty()) RefuseParameter("Missing required field: webhook_notifications." + event + ".id");
    }
  }
  for (const Json& rule : MemberOf(MemberOf(settings, "health"), "rules")) {
    for (const char* name : {"metric", "op", "value"}) {
      if (MemberOf(rule, name).is_null()) RefuseParameter("Missing required field: health.rules." + std::string(name));
    }
  }
}

}  // namespace

const std::vector<std::string_view>& JobSettingsFields() {
  static const std::vector<std::string_view> fields = {"budget_policy_id",
                                                       "continuous",
                                                       "deployment",
                                                       "description",
                                                       "duration_target",
                                                       "edit_mode",
                                                       "email_notifications",
                                                       "environment_variables",
                                                       "environments",
                                                       "format",
                                                       "git_source",
                                                       "health",
                                                       "job_clusters",
                                                       "max_concurrent_runs",
                                                       "name",
                                                       "notification_settings",
                                                       "parameters",
                                                       "parent_path",
                                                       "performance_target",
                                                       "queue",
                                                       "run_as",
                                                       "schedule",
                                                       "tags",
                                                       "tasks",
                                                       "timeout_seconds",
                                                       "trigger",
                                                       "triggers",
                                                       "usage_policy_id",
                                                       "webhook_notifications"};
  return fields;
}

void CheckJobSettings(Context& context, const Json& settings, size_t most_tasks) {
  CheckType(settings, "name", "string");
  if (TextOf(settings, "name").size() > 4096) RefuseParameter("A job's name has at most 4096 bytes.");
  if (TextOf(settings, "description").size() > 27700) RefuseParameter("A job's description has at most 27700 bytes.");
  CheckType(settings, "tags", "object");
  CheckLength(settings, "tags", 25);
  CheckRange(settings, "max_concurrent_runs", 0, 1000);
  CheckOneOf(settings, "edit_mode", {"EDITABLE", "UI_LOCKED"});
  CheckOneOf(MemberOf(settings, "deployment"), "kind", {"BUNDLE"});
  CheckStarters(settings);
  CheckGitSource(settings);
  CheckNotifications(settings);
  Keys keys{Collect(settings, "tasks", "task_key"), Collect(settings, "job_clusters", "job_cluster_key"),
            Collect(settings, "environments", "environment_key")};
  Collect(settings, "parameters", "name");
  for (const Json& parameter : MemberOf(settings, "parameters")) {
    if (MemberOf(parameter, "default").is_null()) RefuseParameter("Missing required field: parameters.default");
  }
  for (const Json& cluster : MemberOf(settings, "job_clusters")) {
    if (cluster.contains("libraries")) RefuseParameter("Libraries cannot be declared in a shared job cluster.");
  }
  if (keys.tasks.size() > most_tasks) {
    RefuseParameter("The job has " + std::to_string(keys.tasks.size()) + " tasks; at most " +
                    std::to_string(most_tasks) + " are allowed.");
  }
  for (const Json& task : MemberOf(settings, "tasks")) CheckTask(context, settings, task, keys, false);
}

}  // namespace emulator
