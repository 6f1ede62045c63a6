// The calls that change jobs or start them.
#include <algorithm>

#include "emulator/family_support.h"
#include "emulator/identity_family.h"
#include "emulator/job_settings.h"
#include "emulator/jobs_family.h"

namespace emulator {
namespace {

size_t MostTasks(JobsVersion version) { return version == JobsVersion::k22 ? 1000 : 100; }

// Elements of the same key are replaced, others are added.
void MergeByKey(Json& old, const Json& changes, const char* key) {
  if (!old.is_array()) old = Json::array();
  for (const Json& change : changes) {
    auto same = std::find_if(old.begin(), old.end(),
                             [&](const Json& element) { return TextOf(element, key) == TextOf(change, key); });
    if (same != old.end()) {
      *same = change;
    } else {
      old.push_back(change);
    }
  }
}

void Remove(Json& settings, const std::string& field) {
  size_t slash = field.find('/');
  std::string array = field.substr(0, slash);
  if (slash == std::string::npos) {
    settings.erase(field);
    return;
  }
  const char* key = array == "tasks" ? "task_key" : array == "job_clusters" ? "job_cluster_key" : nullptr;
  if (key == nullptr || !settings.contains(array)) {
    RefuseParameter("fields_to_remove names '" + field + "', which cannot be removed.");
  }
  std::string name = field.substr(slash + 1);
  Json kept = Json::array();
  for (const Json& element : settings[array]) {
    if (TextOf(element, key) != name) kept.push_back(element);
  }
  settings[array] = std::move(kept);
}

}  // namespace

void Jobs::CheckRunAs(const Context& context, const Json& settings) const {
  const Json& run_as = MemberOf(settings, "run_as");
  if (run_as.is_null()) return;
  if (!run_as.is_object() || run_as.size() != 1) {
    RefuseParameter("run_as has exactly one of user_name, service_principal_name, group_name.");
  }
  if (!context.caller.admin && TextOf(run_as, "user_name") != context.caller.user_name) {
    RefuseRight("User " + context.caller.user_name + " may not set run_as to somebody else.");
  }
  const std::string principal = run_as.begin().value().is_string() ? run_as.begin().value().get<std::string>() : "";
  if (emulator_.Has("run-as-checked") && !emulator_.identity().Knows(run_as.begin().key(), principal)) {
    RefuseParameter("The principal '" + principal + "' of run_as does not exist in this workspace.");
  }
}

void Jobs::Settle(Context& context, Json& job, const Json& settings, JobsVersion version) {
  std::vector<std::string_view> legal = JobSettingsFields();
  legal.push_back("access_control_list");
  CheckFields(emulator_, settings, legal);
  CheckRunAs(context, settings);
  CheckJobSettings(context, settings, MostTasks(version));
  Json before = MemberOf(job, "settings");
  job["settings"] = NormaliseJobSettings(context, settings);
  // Who runs the job stays as it was unless somebody says otherwise.
  if (!settings.contains("run_as") && MemberOf(before, "run_as").is_object()) {
    job["settings"]["run_as"] = before.at("run_as");
  }
  const Json& run_as = MemberOf(job["settings"], "run_as");
  if (run_as.is_object()) {
    job["run_as_user_name"] = run_as.begin().value();
  } else {
    job["run_as_user_name"] = job["creator_user_name"];
  }
  if (settings.contains("access_control_list")) job["acl"] = settings.at("access_control_list");
  Arm(context, job, before);
}

// Each starter that becomes active counts once. Nothing needs to run for a test to see it.
void Jobs::Arm(const Context& context, const Json& job, const Json& before) {
  std::vector<std::string> active = ActiveStarters(before);
  for (const std::string& cause : ActiveStarters(job.at("settings"))) {
    if (std::find(active.begin(), active.end(), cause) != active.end()) continue;
    fired_.push_back({{"job_id", job.at("job_id")},
                      {"name", job.at("settings").at("name")},
                      {"cause", cause},
                      {"time", context.now_ms}});
    if (cause == "continuous") StartRun(context, job, "CONTINUOUS");
  }
}

int64_t Jobs::StartRun(const Context& context, const Json& job, const std::string& trigger) {
  int64_t run_id = emulator_.NewNumber();
  runs_.Put(std::to_string(run_id), {{"job_id", job.at("job_id")},
                                     {"run_id", run_id},
                                     {"number_in_job", run_id},
                                     {"creator_user_name", job.at("creator_user_name")},
                                     {"state", {{"life_cycle_state", "RUNNING"}, {"state_message", ""}}},
                                     {"start_time", context.now_ms},
                                     {"trigger", trigger},
                                     {"run_name", job.at("settings").at("name")},
                                     {"run_type", "JOB_RUN"}});
  return run_id;
}

Response Jobs::Create(Context& context, JobsVersion version) {
  if (emulator_.Has("job-quota-20") && jobs_.size() >= 20) {
    throw ApiError{400, "QUOTA_EXCEEDED",
                   "The quota for the number of jobs has been reached. The current quota is 20."};
  }
  Json settings = context.Arguments();
  bool single = version == JobsVersion::k20 && !settings.contains("tasks");
  if (single) {
    settings = ToTasks(settings, TextOf(settings, "name", "Untitled") + "_" + emulator_.NewHex(8));
    // In a key of a task there is less liberty than in a name.
    std::string key = settings["tasks"][0]["task_key"];
    std::replace_if(
        key.begin(), key.end(), [](unsigned char c) { return !std::isalnum(c) && c != '-'; }, '_');
    settings["tasks"][0]["task_key"] = key.size() > 100 ? key.substr(key.size() - 100) : key;
  }
  int64_t job_id = emulator_.NewNumber();
  Json job = {{"job_id", job_id},
              {"created_time", context.now_ms},
              {"creator_user_name", context.caller.user_name},
              {"single_task", single}};
  Settle(context, job, settings, version);
  jobs_.Put(std::to_string(job_id), std::move(job));
  return JsonResponse({{"job_id", job_id}});
}

Response Jobs::Reset(Context& context, JobsVersion version) {
  Json& job = Find(context);
  const Json& settings = MemberOf(context.Arguments(), "new_settings");
  if (!settings.is_object()) RefuseParameter("Missing required field: new_settings");
  Json changed = job;
  bool single = version == JobsVersion::k20 && !settings.contains("tasks");
  changed["single_task"] = single;
  Settle(context, changed, single ? ToTasks(settings, "task_" + emulator_.NewHex(8)) : settings, version);
  job = std::move(changed);
  return Empty();
}

Response Jobs::Update(Context& context, JobsVersion version) {
  Json& job = Find(context);
  Json settings = job.at("settings");
  for (const Json& field : MemberOf(context.Arguments(), "fields_to_remove")) {
    Remove(settings, field.is_string() ? field.get<std::string>() : field.dump());
  }
  for (const auto& [name, value] : MemberOf(context.Arguments(), "new_settings").items()) {
    if (name == "tasks") {
      MergeByKey(settings["tasks"], value, "task_key");
    } else if (name == "job_clusters") {
      MergeByKey(settings["job_clusters"], value, "job_cluster_key");
    } else {
      settings[name] = value;
    }
  }
  Json changed = job;
  Settle(context, changed, settings, version);
  job = std::move(changed);
  return Empty();
}

Response Jobs::Delete(Context& context) {
  std::string id = Find(context).at("job_id").dump();
  jobs_.Erase(id);
  return Empty();
}

Response Jobs::RunNow(Context& context) {
  const Json& job = Find(context);
  std::string token = context.Text("idempotency_token");
  if (token.size() > 64) RefuseParameter("An idempotency_token has at most 64 characters.");
  for (const auto& [sequence, run] : runs_.records()) {
    if (!token.empty() && TextOf(run, "idempotency_token") == token)
      return JsonResponse({{"run_id", run.at("run_id")}});
  }
  int64_t run_id = StartRun(context, job, "ONE_TIME");
  if (!token.empty()) (*runs_.Find(std::to_string(run_id)))["idempotency_token"] = token;
  return JsonResponse({{"run_id", run_id}, {"number_in_job", run_id}});
}

}  // namespace emulator
