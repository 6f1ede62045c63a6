#include "emulator/jobs_family.h"

#include <algorithm>
#include <limits>

#include "emulator/family_support.h"
#include "emulator/job_settings.h"

namespace emulator {
namespace {

const char* InPath(JobsVersion version) {
  return version == JobsVersion::k20 ? "2.0" : version == JobsVersion::k21 ? "2.1" : "2.2";
}

}  // namespace

void Jobs::AddRoutes(std::vector<Route>& routes) {
  for (JobsVersion version : {JobsVersion::k20, JobsVersion::k21, JobsVersion::k22}) {
    std::string root = std::string("/api/") + InPath(version) + "/jobs/";
    const char* absent = version == JobsVersion::k22   ? "jobs-22-absent"
                         : version == JobsVersion::k21 ? "jobs-21-absent"
                                                       : "jobs-20-absent";
    auto add = [&](const char* method, const char* call, const char* family, Handler handler) {
      routes.push_back({method, root + call, family, Guarded(std::move(handler), absent, "jobs-disabled")});
    };
    add("GET", "list", "jobs/list", [this, version](Context& context) { return List(context, version); });
    add("GET", "get", "jobs/get", [this, version](Context& context) { return Get(context, version); });
    add("POST", "create", "jobs/create", [this, version](Context& context) { return Create(context, version); });
    add("POST", "reset", "jobs", [this, version](Context& context) { return Reset(context, version); });
    add("POST", "update", "jobs", [this, version](Context& context) { return Update(context, version); });
    add("POST", "delete", "jobs", [this](Context& context) { return Delete(context); });
    add("POST", "run-now", "jobs/run-now", [this](Context& context) { return RunNow(context); });
    add("GET", "runs/list", "jobs/runs", [this](Context& context) { return ListRuns(context); });
  }
}

bool Jobs::Has(int64_t job_id) const { return jobs_.Has(std::to_string(job_id)); }

bool Jobs::MaySee(const Context& context, const Json& job) const {
  return context.caller.admin || TextOf(job, "creator_user_name") == context.caller.user_name;
}

Json& Jobs::Find(Context& context) {
  std::string id = context.RequiredText("job_id");
  Json* job = jobs_.Find(id);
  if (!context.caller.admin && (job == nullptr || !MaySee(context, *job))) {
    RefuseRight("User " + context.caller.user_name +
                " does not have View or Admin or Manage Run or Owner permissions "
                "on job " +
                id);
  }
  bool hidden = job != nullptr && context.request.method == "GET" && IsTooNew(context, IntegerOf(*job, "created_time"));
  if (job != nullptr && !hidden) return *job;
  if (emulator_.Has("job-not-found-404")) {
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "Job " + id + " does not exist."};
  }
  RefuseParameter("Job " + id + " does not exist.");
}

std::vector<const Json*> Jobs::Selected(Context& context, JobsVersion version) const {
  std::string name = version == JobsVersion::k20 ? "" : context.Text("name");
  std::vector<const Json*> selected;
  for (auto entry = jobs_.records().rbegin(); entry != jobs_.records().rend(); ++entry) {
    const Json& job = entry->second;
    if (!MaySee(context, job)) continue;
    if (emulator_.Has("late-in-list") && IsTooNew(context, IntegerOf(job, "created_time"))) continue;
    if (!name.empty() && !SameIgnoringCase(TextOf(job.at("settings"), "name"), name)) continue;
    selected.push_back(&job);
  }
  if (emulator_.Has("jobs-oldest-first")) std::reverse(selected.begin(), selected.end());
  return selected;
}

Json Jobs::Shown(const Json& job, JobsVersion version, int64_t arrays, bool& more) const {
  Json shown = {{"job_id", job.at("job_id")}};
  if (job.contains("creator_user_name")) shown["creator_user_name"] = job.at("creator_user_name");
  Json settings = Json::object();
  bool later_page = arrays > 0 && emulator_.Has("jobs-pages-arrays-only");
  for (const auto& [name, value] : job.at("settings").items()) {
    bool paged = std::find(std::begin(kPagedArrays), std::end(kPagedArrays), name) != std::end(kPagedArrays);
    if (version == JobsVersion::k20 || (!paged && !later_page)) settings[name] = value;
    if (version == JobsVersion::k20 || !paged || arrays < 0) continue;
    Json slice = Json::array();
    for (size_t at = static_cast<size_t>(arrays); at < value.size() && slice.size() < 100; ++at) {
      slice.push_back(value[at]);
    }
    more = more || static_cast<size_t>(arrays) + 100 < value.size();
    if (!slice.empty()) settings[name] = std::move(slice);
  }
  if (version == JobsVersion::k20) {
    if (BooleanOf(job, "single_task")) {
      settings = ToSingleTask(settings);
    } else {
      for (std::string_view array : kPagedArrays) settings.erase(std::string(array));
    }
  }
  shown["settings"] = std::move(settings);
  shown["created_time"] = job.at("created_time");
  return shown;
}

Response Jobs::List(Context& context, JobsVersion version) {
  std::vector<const Json*> selected = Selected(context, version);
  bool old = version == JobsVersion::k20;
  int64_t most = version == JobsVersion::k22 ? 100 : emulator_.Has("jobs-21-limit-26") ? 26 : 25;
  int64_t limit = context.Integer("limit", old ? 0 : 20);
  if (!old && (limit < 1 || limit > most)) {
    RefuseParameter("The limit must be between 1 and " + std::to_string(most) + ", found " + std::to_string(limit) +
                    ".");
  }
  if (old && limit <= 0) limit = static_cast<int64_t>(selected.size());
  int64_t offset = context.Integer("offset", 0);
  if (offset > 1000 && !old) {
    RefuseParameter("The supplied offset " + std::to_string(offset) +
                    " has exceeded the value of 1000. Use page_token to page through the jobs.");
  }
  size_t begin = std::min(static_cast<size_t>(std::max<int64_t>(offset, 0)), selected.size());
  if (std::string token = old ? "" : context.Text("page_token"); !token.empty()) {
    // A token names the job that comes next: newer ones do not shift the pages. Is it gone, its place counts.
    std::string text = DecodeToken(token);
    std::string id = text.substr(0, text.find('|'));
    auto next =
        std::find_if(selected.begin(), selected.end(), [&](const Json* job) { return job->at("job_id").dump() == id; });
    const bool by_id = next != selected.end() && !emulator_.Has("jobs-pages-by-offset");
    begin = by_id ? static_cast<size_t>(next - selected.begin())
                  : std::min<size_t>(std::stoul(text.substr(id.size() + 1)), selected.size());
  }
  size_t size = static_cast<size_t>(limit), end = std::min(begin + size, selected.size());
  bool expand = context.Boolean("expand_tasks", false);
  Json jobs = Json::array();
  for (size_t at = begin; at < end; ++at) {
    bool more = false;
    jobs.push_back(Shown(*selected[at], version, expand ? 0 : -1, more));
    if (more) jobs.back()["has_more"] = true;
  }
  Json answer = Json::object();
  if (!jobs.empty()) answer["jobs"] = std::move(jobs);
  answer["has_more"] = end < selected.size();
  auto token = [&](size_t at) { return EncodeToken(selected[at]->at("job_id").dump() + "|" + std::to_string(at)); };
  if (!old && end < selected.size()) answer["next_page_token"] = token(end);
  if (!old && begin > 0 && !selected.empty()) answer["prev_page_token"] = token(begin > size ? begin - size : 0);
  return Answer(context, std::move(answer));
}

Response Jobs::Get(Context& context, JobsVersion version) {
  const Json& job = Find(context);
  int64_t begin = 0;
  if (std::string token = context.Text("page_token"); version == JobsVersion::k22 && !token.empty()) {
    std::string text = DecodeToken(token), prefix = job.at("job_id").dump() + "|";
    if (text.rfind(prefix, 0) != 0) RefuseParameter("Invalid page token: " + token);
    begin = std::stoll(text.substr(prefix.size()));
  }
  size_t tasks = MemberOf(job.at("settings"), "tasks").size();
  if (version == JobsVersion::k20 && !BooleanOf(job, "single_task") && emulator_.Has("jobs-20-multi-task-fails")) {
    RefuseParameter("The job " + job.at("job_id").dump() + " has several tasks; use version 2.1 of the API or later.");
  }
  if (version == JobsVersion::k21 && tasks > 100 && !emulator_.Has("jobs-21-truncates")) {
    RefuseParameter("The job " + job.at("job_id").dump() + " has more than 100 tasks; use version 2.2 of the API.");
  }
  bool more = false;
  Json shown = Shown(job, version, begin, more);
  shown["run_as_user_name"] = job.at("run_as_user_name");
  if (more && version == JobsVersion::k22) {
    shown["has_more"] = true;
    shown["next_page_token"] = EncodeToken(job.at("job_id").dump() + "|" + std::to_string(begin + 100));
  }
  return Answer(context, std::move(shown));
}

Response Jobs::ListRuns(Context& context) {
  int64_t limit = context.Integer("limit", 20);
  if (limit < 0 || limit > 25)
    RefuseParameter("The limit must be between 1 and 25, found " + std::to_string(limit) + ".");
  if (limit == 0) limit = 25;
  const bool active = context.Boolean("active_only", false), completed = context.Boolean("completed_only", false);
  if (active && completed) RefuseParameter("Only one of active_only and completed_only can be true.");
  const std::string type = context.Text("run_type");
  const int64_t from = context.Integer("start_time_from", 0);
  const int64_t until = context.Integer("start_time_to", std::numeric_limits<int64_t>::max());
  int64_t offset = context.Integer("offset", 0);
  std::string token = context.Text("page_token");
  if (!token.empty()) offset = std::stoll(DecodeToken(token));
  std::string job_id = context.Text("job_id");
  Json runs = Json::array();
  int64_t place = 0, end = offset + limit;
  for (auto entry = runs_.records().rbegin(); entry != runs_.records().rend(); ++entry) {
    const Json& run = entry->second;
    if (!job_id.empty() && run.at("job_id").dump() != job_id) continue;
    // Nothing here ever completes.
    if (completed || (!type.empty() && TextOf(run, "run_type") != type)) continue;
    if (IntegerOf(run, "start_time") < from || IntegerOf(run, "start_time") > until) continue;
    if (!context.caller.admin && TextOf(run, "creator_user_name") != context.caller.user_name) continue;
    if (place >= offset && place < end) {
      runs.push_back(run);
      runs.back().erase("idempotency_token");
    }
    ++place;
  }
  Json answer = Json::object();
  if (!runs.empty()) answer["runs"] = std::move(runs);
  answer["has_more"] = place > end;
  if (place > end) answer["next_page_token"] = EncodeToken(std::to_string(end));
  if (offset > 0) answer["prev_page_token"] = EncodeToken(std::to_string(std::max<int64_t>(offset - limit, 0)));
  return Answer(context, std::move(answer));
}

Json Jobs::Save() const { return {{"jobs", jobs_.Save()}, {"runs", runs_.Save()}, {"fired", fired_}}; }

void Jobs::Load(const Json& state) {
  jobs_.Load(state.at("jobs"));
  runs_.Load(state.at("runs"));
  fired_ = state.at("fired");
}

std::vector<std::pair<std::string, std::string>> JobsVariants() {
  return {
      {"jobs-22-absent", "an older release: /api/2.2/jobs is 404 ENDPOINT_NOT_FOUND, 2.1 answers"},
      {"jobs-21-absent", "an older release: /api/2.1/jobs is 404 ENDPOINT_NOT_FOUND"},
      {"jobs-20-absent", "a newer release: /api/2.0/jobs is 404 ENDPOINT_NOT_FOUND"},
      {"jobs-disabled", "every jobs call is FEATURE_DISABLED"},
      {"job-not-found-404", "a job that is not there: 404 RESOURCE_DOES_NOT_EXIST, not 400"},
      {"jobs-oldest-first", "the order of jobs/list"},
      {"jobs-21-limit-26", "the highest limit of jobs/list in 2.1: 26 in older releases, 25 now"},
      {"jobs-21-truncates", "jobs/get of 2.1 shows the first 100 tasks of a longer job and does not fail"},
      {"jobs-20-multi-task-fails", "jobs/get of 2.0 fails for a job of several tasks and does not drop them"},
      {"jobs-pages-by-offset", "a token of jobs/list counts jobs: those made or deleted meanwhile shift the pages"},
      {"jobs-pages-arrays-only", "later pages of jobs/get have only the arrays, not the other settings"},
      {"tasks-sorted", "tasks are read back in the order of their keys, not as sent"},
      {"git-provider-lower-case", "git_source.git_provider is read back in lower case"},
      {"queue-default-on", "a job created without queue has queue.enabled = true, as in newer workspaces"},
      {"run-as-checked", "a create checks that the user or service principal of run_as exists"},
      {"run-job-unchecked", "a create does not check that the job of a run_job_task exists"},
      {"existing-cluster-unchecked", "a create does not check that existing_cluster_id exists"},
      {"job-quota-20", "the workspace holds at most 20 saved jobs (in truth 10 000): QUOTA_EXCEEDED"},
  };
}

}  // namespace emulator
