// Jobs. Source: SDK module jobs (2.2); Jobs 2.0 reference for the single-task form.
#include "objects/cluster_spec.h"
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

constexpr std::string_view kVersions[] = {"2.2", "2.1"};
constexpr std::string_view kBodies[] = {"settings"};
constexpr std::string_view kPagedArrays[] = {"settings.tasks", "settings.job_clusters", "settings.environments",
                                             "settings.parameters"};

constexpr std::string_view kSettingsFields[] = {
    "budget_policy_id", "continuous", "description", "email_notifications", "environment_variables", "environments",
    "duration_target", "format", "git_source", "health", "job_clusters", "max_concurrent_runs", "name",
    "notification_settings", "parameters", "parent_path", "performance_target", "queue", "run_as", "schedule", "tags",
    "tasks", "timeout_seconds", "trigger", "triggers", "usage_policy_id", "webhook_notifications",
    // The single-task form of Jobs 2.0, which is created through 2.0 again.
    "existing_cluster_id", "new_cluster", "libraries", "notebook_task", "spark_jar_task", "spark_python_task",
    "spark_submit_task", "pipeline_task", "sql_task", "python_wheel_task", "dbt_task", "max_retries",
    "min_retry_interval_millis", "retry_on_timeout"};

constexpr std::string_view kTaskFields[] = {"task_key",
                                            "agentic_task",
                                            "ai_runtime_task",
                                            "alert_task",
                                            "clean_rooms_notebook_task",
                                            "compute",
                                            "condition_task",
                                            "dashboard_task",
                                            "dbt_cloud_task",
                                            "dbt_platform_task",
                                            "dbt_task",
                                            "depends_on",
                                            "description",
                                            "disable_auto_optimization",
                                            "disabled",
                                            "email_notifications",
                                            "environment_key",
                                            "environment_variables_key",
                                            "existing_cluster_id",
                                            "for_each_task",
                                            "gen_ai_compute_task",
                                            "genie_task",
                                            "health",
                                            "job_cluster_key",
                                            "libraries",
                                            "max_retries",
                                            "min_retry_interval_millis",
                                            "new_cluster",
                                            "notebook_task",
                                            "notification_settings",
                                            "pipeline_task",
                                            "power_bi_task",
                                            "python_operator_task",
                                            "python_wheel_task",
                                            "retry_on_timeout",
                                            "run_if",
                                            "run_job_task",
                                            "spark_jar_task",
                                            "spark_python_task",
                                            "spark_submit_task",
                                            "sql_task",
                                            "timeout_seconds",
                                            "webhook_notifications"};

std::span<const FieldList> Fields() {
  static const FieldList lists[] = {{"", kSettingsFields},
                                    {"tasks[]", kTaskFields},
                                    {"tasks[].for_each_task.task", kTaskFields},
                                    {"tasks[].new_cluster", ClusterSpecFields()},
                                    {"tasks[].for_each_task.task.new_cluster", ClusterSpecFields()},
                                    {"job_clusters[].new_cluster", ClusterSpecFields()},
                                    {"new_cluster", ClusterSpecFields()}};
  return lists;
}

#define DBXARK_EVENTS                                                                                               \
  "{on_start[],on_success[],on_failure[],on_duration_warning_threshold_exceeded[],on_streaming_backlog_exceeded[]," \
  "on_maintenance_start[],on_maintenance_complete[]}"

// A path in a tree, in DBFS, in a volume or in a bucket: which one, its form tells.
#define DBXARK_TEXT_PATHS(path)                                                                \
  {path, "workspace_path", ReferenceForm::kText}, {path, "dbfs_path", ReferenceForm::kText}, { \
    path, "volume_path", ReferenceForm::kText                                                  \
  }

constexpr Reference kNotifications[] = {
    {"email_notifications." DBXARK_EVENTS, "user", ReferenceForm::kPrincipal},
    {"webhook_notifications.{on_start[],on_success[],on_failure[],on_duration_warning_threshold_exceeded[],"
     "on_streaming_backlog_exceeded[],on_maintenance_start[],on_maintenance_complete[]}.id",
     "notification_destination", ReferenceForm::kId, Need::kOptional, 1}};
#undef DBXARK_EVENTS

constexpr Reference kTask[] = {
    {"existing_cluster_id", "cluster"},
    {"job_cluster_key", "own_job_cluster", ReferenceForm::kText},
    {"environment_key", "own_environment", ReferenceForm::kText},
    {"environment_variables_key", "own_environment_variables", ReferenceForm::kText},
    {"depends_on[].task_key", "own_task", ReferenceForm::kText},
    {"notebook_task.notebook_path", "notebook", ReferenceForm::kPath},
    {"notebook_task.notebook_path", "git_folder", ReferenceForm::kPath},
    {"notebook_task.warehouse_id", "warehouse"},
    DBXARK_TEXT_PATHS("notebook_task.base_parameters{}"),
    {"spark_jar_task.jar_uri", "dbfs_path", ReferenceForm::kPath},
    DBXARK_TEXT_PATHS("spark_jar_task.parameters[]"),
    {"spark_python_task.python_file", "workspace_path", ReferenceForm::kPath},
    {"spark_python_task.python_file", "git_folder", ReferenceForm::kPath},
    {"spark_python_task.python_file", "dbfs_path", ReferenceForm::kPath},
    {"spark_python_task.python_file", "volume_path", ReferenceForm::kPath},
    {"spark_python_task.python_file", "cloud_storage", ReferenceForm::kText},
    DBXARK_TEXT_PATHS("spark_python_task.parameters[]"),
    DBXARK_TEXT_PATHS("spark_submit_task.parameters[]"),
    DBXARK_TEXT_PATHS("python_wheel_task.parameters[]"),
    DBXARK_TEXT_PATHS("python_wheel_task.named_parameters{}"),
    {"pipeline_task.pipeline_id", "pipeline"},
    {"pipeline_task.refresh_selection[]", "uc_table", ReferenceForm::kName},
    {"pipeline_task.full_refresh_selection[]", "uc_table", ReferenceForm::kName},
    {"sql_task.warehouse_id", "warehouse"},
    {"sql_task.query.query_id", "query"},
    {"sql_task.dashboard.dashboard_id", "legacy_dashboard"},
    {"sql_task.alert.alert_id", "alert"},
    {"sql_task.{dashboard,alert}.subscriptions[].destination_id", "notification_destination", ReferenceForm::kId,
     Need::kOptional, 1},
    {"sql_task.{dashboard,alert}.subscriptions[].user_name", "user", ReferenceForm::kPrincipal},
    {"sql_task.file.path", "workspace_path", ReferenceForm::kPath},
    {"sql_task.file.path", "git_folder", ReferenceForm::kPath},
    {"dbt_task.warehouse_id", "warehouse"},
    {"dbt_task.project_directory", "workspace_path", ReferenceForm::kPath},
    {"dbt_task.profiles_directory", "workspace_path", ReferenceForm::kPath},
    {"dbt_task.catalog", "uc_catalog", ReferenceForm::kName},
    {"dbt_task.schema", "uc_schema", ReferenceForm::kName},
    {"{dbt_platform_task,dbt_cloud_task}.connection_resource_name", "uc_connection", ReferenceForm::kName},
    {"run_job_task.job_id", "job"},
    DBXARK_TEXT_PATHS("run_job_task.job_parameters{}"),
    {"dashboard_task.dashboard_id", "lakeview_dashboard"},
    {"dashboard_task.warehouse_id", "warehouse"},
    {"dashboard_task.subscription.subscribers[].destination_id", "notification_destination", ReferenceForm::kId,
     Need::kOptional, 1},
    {"dashboard_task.subscription.subscribers[].user_name", "user", ReferenceForm::kPrincipal},
    {"alert_task.alert_id", "alert_v2"},
    {"alert_task.workspace_path", "workspace_path", ReferenceForm::kPath},
    {"alert_task.warehouse_id", "warehouse"},
    {"alert_task.subscribers[].destination_id", "notification_destination", ReferenceForm::kId, Need::kOptional, 1},
    {"alert_task.subscribers[].user_name", "user", ReferenceForm::kPrincipal},
    {"clean_rooms_notebook_task.clean_room_name", "clean_room", ReferenceForm::kName},
    {"power_bi_task.connection_resource_name", "uc_connection", ReferenceForm::kName},
    {"power_bi_task.warehouse_id", "warehouse"},
    {"power_bi_task.tables[].catalog", "uc_catalog", ReferenceForm::kName},
    {"power_bi_task.tables[].schema", "uc_schema", ReferenceForm::kName},
    {"power_bi_task.tables[].name", "uc_table", ReferenceForm::kName},
    {"gen_ai_compute_task.{training_script_path,yaml_parameters_file_path,code_source_tar_path,requirements_yaml_path}",
     "workspace_path", ReferenceForm::kPath},
    {"gen_ai_compute_task.mlflow_experiment_name", "experiment", ReferenceForm::kName},
    {"gen_ai_compute_task.compute.gpu_node_pool_id", "gpu_pool"},
    {"ai_runtime_task.experiment", "experiment", ReferenceForm::kName},
    {"ai_runtime_task.{mlflow_experiment_directory,code_source_path}", "workspace_path", ReferenceForm::kText},
    {"ai_runtime_task.code_source_path", "volume_path", ReferenceForm::kText},
    {"ai_runtime_task.mlflow_artifact_location", "dbfs_path", ReferenceForm::kText},
    {"agentic_task.supervisor_agent.agent_id", "supervisor_agent"},
    {"genie_task.configuration_id", "genie_agent_task"},
};

constexpr Reference kTriggerCondition[] = {{"sql_condition.sql_query_id", "query"},
                                           {"sql_condition.warehouse_id", "warehouse"},
                                           {"file_arrival.url", "external_location", ReferenceForm::kPath},
                                           {"file_arrival.url", "volume_path", ReferenceForm::kPath},
                                           {"table_update.table_names[]", "uc_table", ReferenceForm::kName},
                                           {"table.table_names[]", "uc_table", ReferenceForm::kName},
                                           {"model.securable_name", "uc_model", ReferenceForm::kName}};

constexpr Reference kSettings[] = {
    {"job_clusters[].serverless_compute_id", "serverless_compute"},
    {"environments[].spec.{dependencies[],java_dependencies[]}", "workspace_path", ReferenceForm::kText},
    {"environments[].spec.{dependencies[],java_dependencies[]}", "volume_path", ReferenceForm::kText},
    {"environments[].spec.base_environment", "workspace_path", ReferenceForm::kPath},
    // An id of a base environment, where it is not a path (decided by its form, see LooksLikePath).
    {"environments[].spec.base_environment", "workspace_base_environment"},
    {"environment_variables[].files[]", "workspace_path", ReferenceForm::kText},
    {"environment_variables[].files[]", "volume_path", ReferenceForm::kText},
    {"run_as.user_name", "user", ReferenceForm::kPrincipal},
    {"run_as.service_principal_name", "service_principal", ReferenceForm::kPrincipal},
    {"run_as.group_name", "group", ReferenceForm::kPrincipal},
    {"git_source.git_url", "git_remote", ReferenceForm::kText},
    {"git_source.job_source.job_config_path", "git_remote", ReferenceForm::kText},
    {"parent_path", "workspace_path", ReferenceForm::kPath},
    {"deployment.metadata_file_path", "workspace_path", ReferenceForm::kText},
    {"deployment.deployment_id", "bundle_deployment", ReferenceForm::kId, Need::kOptional},
    {"budget_policy_id", "budget_policy", ReferenceForm::kId, Need::kOptional},
    {"usage_policy_id", "usage_policy", ReferenceForm::kId, Need::kOptional},
    DBXARK_TEXT_PATHS("parameters[].default"),
    {"access_control_list[].user_name", "user", ReferenceForm::kPrincipal},
    {"access_control_list[].group_name", "group", ReferenceForm::kPrincipal},
    {"access_control_list[].service_principal_name", "service_principal", ReferenceForm::kPrincipal},
};
#undef DBXARK_TEXT_PATHS

constexpr Reference kOwn[] = {{"run_as_user_name", "user", ReferenceForm::kPrincipal},
                              {"creator_user_name", "user", ReferenceForm::kPrincipal}};

std::span<const ReferenceMount> Mounts() {
  static const ReferenceMount mounts[] = {{"settings", kSettings},
                                          {"settings", kNotifications},
                                          {"settings", kTask},  // the single-task form
                                          {"settings.new_cluster", ClusterSpecReferences()},
                                          {"settings.libraries[]", LibraryReferences()},
                                          {"settings.{schedule,trigger,triggers[]}", kTriggerCondition},
                                          {"settings.tasks[]", kTask},
                                          {"settings.tasks[]", kNotifications},
                                          {"settings.tasks[].new_cluster", ClusterSpecReferences()},
                                          {"settings.tasks[].libraries[]", LibraryReferences()},
                                          {"settings.tasks[].for_each_task.task", kTask},
                                          {"settings.tasks[].for_each_task.task", kNotifications},
                                          {"settings.tasks[].for_each_task.task.new_cluster", ClusterSpecReferences()},
                                          {"settings.tasks[].for_each_task.task.libraries[]", LibraryReferences()},
                                          {"settings.job_clusters[].new_cluster", ClusterSpecReferences()},
                                          {"", kOwn}};
  return mounts;
}

// A schedule, trigger or continuous job without pause_status is on.
constexpr Activity kActivities[] = {{"settings.schedule", "pause_status", "\"PAUSED\"", true, "\"UNPAUSED\""},
                                    {"settings.trigger", "pause_status", "\"PAUSED\"", true, "\"UNPAUSED\""},
                                    {"settings.triggers[]", "pause_status", "\"PAUSED\"", true, "\"UNPAUSED\""},
                                    {"settings.continuous", "pause_status", "\"PAUSED\"", true, "\"UNPAUSED\""}};

constexpr KeyedArray kKeyed[] = {{"tasks", "task_key"},
                                 {"tasks[].depends_on", "task_key"},
                                 {"tasks[].libraries", ""},
                                 {"tasks[].for_each_task.task.libraries", ""},
                                 {"job_clusters", "job_cluster_key"},
                                 {"environments", "environment_key"},
                                 {"parameters", "name"}};

constexpr ServerDefault kDefaults[] = {{"name", "\"Untitled\""},
                                       {"{schedule,trigger,triggers[],continuous}.pause_status", "\"UNPAUSED\""},
                                       {"email_notifications", "{}"},
                                       {"webhook_notifications", "{}"},
                                       {"timeout_seconds", "0"},
                                       {"format", "\"MULTI_TASK\""},
                                       {"max_concurrent_runs", "1"},
                                       {"queue", R"({"enabled":false})"},
                                       {"tasks[].run_if", "\"ALL_SUCCESS\""},
                                       {"tasks[].timeout_seconds", "0"},
                                       {"tasks[].email_notifications", "{}"},
                                       {"tasks[].webhook_notifications", "{}"},
                                       {"tasks[].for_each_task.task.timeout_seconds", "0"},
                                       {"tasks[].for_each_task.task.run_if", "\"ALL_SUCCESS\""},
                                       {"tasks[].for_each_task.task.email_notifications", "{}"},
                                       {"tasks[].for_each_task.task.webhook_notifications", "{}"},
                                       {"tasks[].{notebook_task,spark_python_task,dbt_task}.source", "\"WORKSPACE\""},
                                       {"tasks[].for_each_task.task.notebook_task.source", "\"WORKSPACE\""}};

constexpr std::string_view kCaseBlind[] = {"git_source.git_provider"};

void PrepareClusters(PrepareContext& context, json::Node task, const std::string& path) {
  if (const json::Node spec = task["new_cluster"]) PrepareClusterSpec(context, spec, path + ".new_cluster");
}

constexpr CycleMember kCycleMembers[] = {{"tasks", ""}};

// A bundle would claim a copy of its job: `deployment` and `edit_mode` are not sent (they are in no field list). A job
// whose runs are not queued must say so, since newer workspaces queue unless told. What is left is the rules of
// embedded clusters, at each of their places.
void Prepare(PrepareContext& context) {
  const json::Node settings = context.body;
  if (const json::Node queue = settings["queue"]; !queue["enabled"]) {
    if (queue.IsObject()) {
      context.editor.Set(queue, "enabled", "false");
    } else {
      context.editor.Set(settings, "queue", R"({"enabled":false})");
    }
  }
  PrepareClusters(context, settings, "settings");
  size_t index = 0;
  for (const json::Node& task : settings["tasks"].elements()) {
    const std::string path = "settings.tasks[" + std::to_string(index++) + "]";
    PrepareClusters(context, task, path);
    PrepareClusters(context, task["for_each_task"]["task"], path + ".for_each_task.task");
  }
  index = 0;
  for (const json::Node& cluster : settings["job_clusters"].elements()) {
    PrepareClusters(context, cluster, "settings.job_clusters[" + std::to_string(index++) + "]");
  }
}

// Expanded, a list has all of a job that has at most 100 of each.
constexpr ListCall kList{"/api/{v}/jobs/list", "jobs", Paging::kPageToken, "limit=100", "limit=100&expand_tasks=true"};

}  // namespace

const ObjectDescriptor kJob{.name = "job",
                            .plural = "jobs",
                            .family = "jobs",
                            .list = kList,
                            .read = {"/api/{v}/jobs/get", "job_id", kPagedArrays},
                            .create = {"POST", "/api/{v}/jobs/create", "job_id"},
                            .versions = kVersions,
                            .id = "job_id",
                            .natural_key = "settings.name",
                            .unique_key = false,
                            .bodies = kBodies,
                            .create_fields = Fields(),
                            .references = Mounts(),
                            .activities = kActivities,
                            .keyed_arrays = kKeyed,
                            .server_defaults = kDefaults,
                            .case_blind = kCaseBlind,
                            .update = {"POST", "/api/{v}/jobs/reset", ""},
                            .update_id = "job_id",
                            .update_nest = "new_settings",
                            .partial_update = {"POST", "/api/{v}/jobs/update", ""},
                            .remove = {"POST", "/api/{v}/jobs/delete", ""},
                            .cycle_members = kCycleMembers,
                            .prepare = Prepare};

}  // namespace dbxark::objects
