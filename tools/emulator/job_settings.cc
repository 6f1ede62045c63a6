#include "emulator/job_settings.h"

#include <algorithm>

#include "emulator/clusters.h"
#include "emulator/family_support.h"

namespace emulator {
namespace {

constexpr const char* kSingleTaskFields[] = {"existing_cluster_id",
                                             "new_cluster",
                                             "libraries",
                                             "notebook_task",
                                             "spark_jar_task",
                                             "spark_python_task",
                                             "spark_submit_task",
                                             "pipeline_task",
                                             "sql_task",
                                             "python_wheel_task",
                                             "dbt_task",
                                             "max_retries",
                                             "min_retry_interval_millis",
                                             "retry_on_timeout"};

constexpr const char* kProviders[] = {
    "awsCodeCommit", "azureDevOpsServices", "bitbucketCloud", "bitbucketServer",
    "gitHub",        "gitHubEnterprise",    "gitLab",         "gitLabEnterpriseEdition"};

void Default(Json& value, const char* name, const Json& fallback) {
  if (!value.contains(name)) value[name] = fallback;
}

void NormaliseTask(Context& context, Json& task, bool from_git) {
  Default(task, "run_if", "ALL_SUCCESS");
  Default(task, "timeout_seconds", 0);
  Default(task, "email_notifications", Json::object());
  if (task.contains("depends_on")) {
    Json& depends_on = task["depends_on"];
    std::stable_sort(depends_on.begin(), depends_on.end(),
                     [](const Json& a, const Json& b) { return TextOf(a, "task_key") < TextOf(b, "task_key"); });
    if (depends_on.empty()) task.erase("depends_on");
  }
  if (task.contains("notebook_task")) Default(task["notebook_task"], "source", from_git ? "GIT" : "WORKSPACE");
  if (task.contains("new_cluster")) task["new_cluster"] = SettleClusterSpec(context, task["new_cluster"], true);
  if (task.contains("for_each_task")) NormaliseTask(context, task["for_each_task"]["task"], from_git);
}

}  // namespace

Json NormaliseJobSettings(Context& context, const Json& asked) {
  const Emulator& emulator = context.emulator;
  Json settings = Keep(asked, JobSettingsFields());
  settings.erase("parent_path");
  Default(settings, "name", "Untitled");
  Default(settings, "email_notifications", Json::object());
  Default(settings, "webhook_notifications", Json::object());
  Default(settings, "timeout_seconds", 0);
  Default(settings, "max_concurrent_runs", 1);
  if (emulator.Has("queue-default-on")) Default(settings, "queue", {{"enabled", true}});
  settings["format"] = "MULTI_TASK";
  for (const char* starter : {"schedule", "trigger", "continuous"}) {
    if (settings.contains(starter)) Default(settings[starter], "pause_status", "UNPAUSED");
  }
  if (settings.contains("triggers")) {
    for (Json& trigger : settings["triggers"]) Default(trigger, "pause_status", "UNPAUSED");
  }
  if (settings.contains("git_source")) {
    Json& provider = settings["git_source"]["git_provider"];
    for (const char* known : kProviders) {
      if (!SameIgnoringCase(known, provider.get<std::string>())) continue;
      provider = known;
      break;
    }
    if (emulator.Has("git-provider-lower-case")) {
      std::string lower = provider.get<std::string>();
      std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
      provider = lower;
    }
  }
  if (settings.contains("job_clusters")) {
    for (Json& cluster : settings["job_clusters"]) {
      if (cluster.contains("new_cluster")) {
        cluster["new_cluster"] = SettleClusterSpec(context, cluster["new_cluster"], true);
      }
    }
  }
  if (settings.contains("tasks")) {
    Json& tasks = settings["tasks"];
    for (Json& task : tasks) NormaliseTask(context, task, settings.contains("git_source"));
    if (emulator.Has("tasks-sorted")) {
      std::stable_sort(tasks.begin(), tasks.end(),
                       [](const Json& a, const Json& b) { return TextOf(a, "task_key") < TextOf(b, "task_key"); });
    }
  }
  for (std::string_view array : kPagedArrays) {
    if (MemberOf(settings, array).is_array() && MemberOf(settings, array).empty()) settings.erase(std::string(array));
  }
  return settings;
}

Json ToTasks(const Json& single, const std::string& task_key) {
  Json settings = single;
  Json task = {{"task_key", task_key}};
  for (const char* field : kSingleTaskFields) {
    if (!settings.contains(field)) continue;
    task[field] = settings[field];
    settings.erase(field);
  }
  settings["tasks"] = Json::array({std::move(task)});
  return settings;
}

Json ToSingleTask(const Json& settings) {
  Json single = settings;
  single["format"] = "SINGLE_TASK";
  const Json tasks = MemberOf(settings, "tasks");
  single.erase("tasks");
  if (tasks.empty()) return single;
  for (const char* field : kSingleTaskFields) {
    if (tasks[0].contains(field)) single[field] = tasks[0][field];
  }
  return single;
}

std::vector<std::string> ActiveStarters(const Json& settings) {
  std::vector<std::string> active;
  for (const char* starter : {"schedule", "trigger", "continuous"}) {
    const Json& value = MemberOf(settings, starter);
    if (value.is_object() && TextOf(value, "pause_status", "UNPAUSED") != "PAUSED") active.push_back(starter);
  }
  for (const Json& trigger : MemberOf(settings, "triggers")) {
    if (TextOf(trigger, "pause_status", "UNPAUSED") != "PAUSED") active.push_back("triggers");
  }
  return active;
}

}  // namespace emulator
