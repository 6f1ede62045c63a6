#include <algorithm>

#include "emulator/compute_service.h"
#include "emulator/jobs_family.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

Json Settings(const std::string& name = "nightly") {
  return {{"name", name},
          {"tasks", Json::array({{{"task_key", "main"}, {"notebook_task", {{"notebook_path", "/Shared/n"}}}}})}};
}

int64_t Make(Service& service, const Json& settings) {
  Reply made = service.Post("/api/2.2/jobs/create", settings);
  INFO(made.body.dump());
  REQUIRE(made.status == 200);
  return made.body.at("job_id");
}

Reply Read(Service& service, int64_t job_id, const std::string& version = "2.2") {
  return service.Get("/api/" + version + "/jobs/get?job_id=" + std::to_string(job_id));
}

Json SettingsOf(Service& service, int64_t job_id) {
  Reply reply = Read(service, job_id);
  REQUIRE(reply.status == 200);
  return reply.body.at("settings");
}

TEST_CASE("a job is read back as the service normalises it") {
  Service service;
  Json sent = Settings();
  sent["schedule"] = {{"quartz_cron_expression", "0 0 2 * * ?"}, {"timezone_id", "UTC"}};
  Json second = {{"task_key", "z"}, {"notebook_task", {{"notebook_path", "/Shared/m"}}}};
  sent["tasks"].push_back(second);
  Json last = {
      {"task_key", "last"}, {"spark_python_task", {{"python_file", "dbfs:/x.py"}}}, {"new_cluster", SmallCluster()}};
  last["new_cluster"]["apply_policy_default_values"] = true;
  last["depends_on"] = Json::array({{{"task_key", "z"}}, {{"task_key", "main"}}});
  sent["tasks"].push_back(last);
  int64_t job_id = Make(service, sent);
  CHECK(job_id > (int64_t{1} << 53));
  Reply reply = Read(service, job_id);
  CHECK(reply.body.at("creator_user_name") == "admin@example.com");
  CHECK(reply.body.at("run_as_user_name") == "admin@example.com");
  Json settings = reply.body.at("settings");
  CHECK(settings.at("format") == "MULTI_TASK");
  CHECK(settings.at("max_concurrent_runs") == 1);
  CHECK(settings.at("email_notifications") == Json::object());
  CHECK(settings.at("schedule").at("pause_status") == "UNPAUSED");
  CHECK(!settings.contains("run_as"));
  Json tasks = settings.at("tasks");
  CHECK(tasks[0].at("run_if") == "ALL_SUCCESS");
  CHECK(tasks[0].at("notebook_task").at("source") == "WORKSPACE");
  CHECK(tasks[2].at("depends_on")[0].at("task_key") == "main");
  CHECK(tasks[2].at("new_cluster").at("data_security_mode") == "SINGLE_USER");
  CHECK(!tasks[2].at("new_cluster").contains("apply_policy_default_values"));
}

TEST_CASE("what was read can be created again") {
  Service service({"strict-unknown-fields"});
  Json sent = Settings();
  sent["job_clusters"] = Json::array({{{"job_cluster_key", "k"}, {"new_cluster", SmallCluster()}}});
  sent["tasks"][0]["job_cluster_key"] = "k";
  Json first = SettingsOf(service, Make(service, sent));
  CHECK(SettingsOf(service, Make(service, first)) == first);
}

TEST_CASE("what makes a job is checked") {
  Service service;
  auto refused = [&](const std::string& what, const Json& settings) {
    INFO(what);
    Reply reply = service.Post("/api/2.2/jobs/create", settings);
    CHECK(reply.status == 400);
  };
  auto with = [](const char* name, const Json& value) {
    Json settings = Settings();
    settings[name] = value;
    return settings;
  };
  auto task_with = [](const char* name, const Json& value) {
    Json settings = Settings();
    settings["tasks"][0][name] = value;
    return settings;
  };
  Json schedule = {{"quartz_cron_expression", "0 0 2 * * ?"}, {"timezone_id", "UTC"}};
  Json both = with("schedule", schedule);
  both["continuous"] = Json::object();
  refused("two starters", both);
  refused("bad cron", with("schedule", {{"quartz_cron_expression", "daily"}, {"timezone_id", "UTC"}}));
  refused("pause status", with("continuous", {{"pause_status", "MAYBE"}}));
  refused("git provider", with("git_source", {{"git_url", "https://example.com/r"}}));
  refused("runs", with("max_concurrent_runs", 1001));
  refused("a cluster that is not there", task_with("existing_cluster_id", "0101-000000-nobody00"));
  refused("a job that is not there",
          with("tasks", Json::array({{{"task_key", "a"}, {"run_job_task", {{"job_id", 1}}}}})));
  refused("two task types", task_with("spark_python_task", {{"python_file", "dbfs:/x.py"}}));
  refused("no task type", with("tasks", Json::array({{{"task_key", "a"}}})));
  refused("unknown key of a job cluster", task_with("job_cluster_key", "none"));
  refused("unknown dependency", task_with("depends_on", Json::array({{{"task_key", "none"}}})));
  refused("relative path",
          with("tasks", Json::array({{{"task_key", "a"}, {"notebook_task", {{"notebook_path", "n"}}}}})));
  Json missing_policy = SmallCluster();
  missing_policy["policy_id"] = "NOSUCHPOLICY";
  refused("a policy that is not there", task_with("new_cluster", missing_policy));
  Json twice = Settings();
  twice["tasks"].push_back(twice["tasks"][0]);
  refused("a key given twice", twice);
  Json tags = Json::object();
  for (int number = 0; number < 26; ++number) tags["t" + std::to_string(number)] = "v";
  refused("too many tags", with("tags", tags));
  CHECK(service.Get("/api/2.2/jobs/list").body == Json({{"has_more", false}}));
}

TEST_CASE("jobs are listed newest first, by pages that new jobs do not shift") {
  Service service;
  std::vector<int64_t> made;
  for (int number = 0; number < 45; ++number) made.push_back(Make(service, Settings()));
  std::vector<int64_t> seen;
  std::string token;
  do {
    Json page = service.Get("/api/2.2/jobs/list?limit=20&page_token=" + PercentEncode(token)).body;
    for (const Json& job : page.at("jobs")) {
      seen.push_back(job.at("job_id"));
      CHECK(!job.at("settings").contains("tasks"));
    }
    token = page.value("next_page_token", "");
    CHECK(page.at("has_more") == !token.empty());
    Make(service, Settings("late"));
  } while (!token.empty());
  std::reverse(made.begin(), made.end());
  CHECK(seen == made);
  CHECK(service.Get("/api/2.2/jobs/list?limit=101").status == 400);
  CHECK(service.Get("/api/2.1/jobs/list?limit=26").status == 400);
  CHECK(service.Get("/api/2.1/jobs/list?offset=1025").status == 400);
  CHECK(service.Get("/api/2.2/jobs/list?name=LATE").body.at("jobs").size() == 3);
  CHECK(
      service.Get("/api/2.2/jobs/list?expand_tasks=true&limit=1").body.at("jobs")[0].at("settings").contains("tasks"));
}

Json Wide(int count) {
  Json tasks = Json::array();
  for (int number = 0; number < count; ++number) {
    tasks.push_back({{"task_key", "t" + std::to_string(number)}, {"notebook_task", {{"notebook_path", "/Shared/n"}}}});
  }
  Json settings = Settings("wide");
  settings["tasks"] = tasks;
  return settings;
}

TEST_CASE("get pages the arrays of a job, 100 at a time") {
  Service service;
  int64_t job_id = Make(service, Wide(250));
  std::set<std::string> keys;
  std::vector<size_t> sizes;
  std::string token;
  do {
    Json page =
        service.Get("/api/2.2/jobs/get?job_id=" + std::to_string(job_id) + "&page_token=" + PercentEncode(token)).body;
    sizes.push_back(page.at("settings").at("tasks").size());
    for (const Json& task : page["settings"]["tasks"]) keys.insert(task.at("task_key"));
    token = page.value("next_page_token", "");
  } while (!token.empty());
  CHECK(sizes == std::vector<size_t>{100, 100, 50});
  CHECK(keys.size() == 250);
  CHECK(Read(service, job_id, "2.1").status == 400);
  CHECK(service.Get("/api/2.2/jobs/list?expand_tasks=true").body.at("jobs")[0].at("has_more") == true);
  CHECK(service.Post("/api/2.2/jobs/create", Wide(1001)).status == 400);
  CHECK(service.Post("/api/2.1/jobs/create", Wide(101)).status == 400);
}

TEST_CASE("jobs can call each other and themselves once they are there") {
  Service service;
  auto calling = [](int64_t job_id) {
    Json settings = Settings("caller");
    settings["tasks"] = Json::array({{{"task_key", "call"}, {"run_job_task", {{"job_id", job_id}}}}});
    return settings;
  };
  int64_t one = Make(service, Settings());
  int64_t two = Make(service, calling(one));
  CHECK(service.Post("/api/2.2/jobs/reset", {{"job_id", one}, {"new_settings", calling(two)}}).status == 200);
  CHECK(service.Post("/api/2.2/jobs/reset", {{"job_id", two}, {"new_settings", calling(two)}}).status == 200);
  CHECK(SettingsOf(service, two).at("tasks")[0].at("run_job_task").at("job_id") == two);
}

TEST_CASE("what can start by itself is counted once") {
  Service service;
  Jobs& jobs = service.emulator().jobs();
  Json paused = Settings();
  paused["continuous"] = {{"pause_status", "PAUSED"}};
  int64_t job_id = Make(service, paused);
  CHECK(jobs.fired().empty());
  Json active = Settings();
  active["continuous"] = Json::object();
  service.Post("/api/2.2/jobs/update", {{"job_id", job_id}, {"new_settings", active}});
  service.Post("/api/2.2/jobs/update", {{"job_id", job_id}, {"new_settings", {{"name", "renamed"}}}});
  REQUIRE(jobs.fired().size() == 1);
  CHECK(jobs.fired()[0].at("cause") == "continuous");
  CHECK(service.Get("/api/2.2/jobs/runs/list").body.at("runs").size() == 1);
  Json trigger = Settings();
  trigger["trigger"] = {{"periodic", {{"interval", 1}, {"unit", "HOURS"}}}};
  Make(service, trigger);
  CHECK(service.emulator().Save().at("jobs").at("fired").size() == 2);
}

TEST_CASE("reset replaces and keeps run_as, update merges by key and removes") {
  Service service;
  Json settings = Settings();
  settings["run_as"] = {{"user_name", "ana@example.com"}};
  settings["tags"] = {{"a", "b"}};
  int64_t job_id = Make(service, settings);
  CHECK(service.Post("/api/2.2/jobs/reset", {{"job_id", job_id}, {"new_settings", Settings("new")}}).status == 200);
  Json read = SettingsOf(service, job_id);
  CHECK(read.at("name") == "new");
  CHECK(!read.contains("tags"));
  CHECK(read.at("run_as").at("user_name") == "ana@example.com");
  Json more = Settings();
  more["tasks"][0]["task_key"] = "second";
  more.erase("name");
  more["tags"] = {{"x", "y"}};
  service.Post("/api/2.2/jobs/update", {{"job_id", job_id}, {"new_settings", more}});
  read = SettingsOf(service, job_id);
  CHECK(read.at("tasks").size() == 2);
  CHECK(read.at("name") == "new");
  service.Post("/api/2.2/jobs/update", {{"job_id", job_id}, {"fields_to_remove", {"tags", "tasks/main"}}});
  read = SettingsOf(service, job_id);
  CHECK(!read.contains("tags"));
  CHECK(read.at("tasks").size() == 1);
}

TEST_CASE("a job that is not there is a 400 that means 404, or 404, or 403") {
  Service service;
  Reply reply = Read(service, 12345);
  CHECK(reply.status == 400);
  CHECK(reply.message() == "Job 12345 does not exist.");
  Service newer({"job-not-found-404"});
  CHECK(Read(newer, 12345).status == 404);
  int64_t job_id = Make(service, Settings());
  CHECK(service.Post("/api/2.2/jobs/delete", {{"job_id", job_id}}).status == 200);
  CHECK(Read(service, job_id).status == 400);
  service.AsUser();
  CHECK(Read(service, job_id).status == 403);
}

TEST_CASE("others than administrators see their own jobs") {
  Service service;
  int64_t job_id = Make(service, Settings());
  service.AsUser();
  int64_t own = Make(service, Settings("own"));
  CHECK(Read(service, job_id).status == 403);
  Json list = service.Get("/api/2.2/jobs/list").body;
  REQUIRE(list.at("jobs").size() == 1);
  CHECK(list.at("jobs")[0].at("job_id") == own);
}

TEST_CASE("the form of one task reads as a task in later versions, and as it was in 2.0") {
  Service service;
  Json single = {
      {"name", "old one"}, {"new_cluster", SmallCluster()}, {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
  int64_t job_id = service.Post("/api/2.0/jobs/create", single).body.at("job_id");
  Json tasks = SettingsOf(service, job_id).at("tasks");
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].at("task_key").get<std::string>().rfind("old_one_", 0) == 0);
  Json old = Read(service, job_id, "2.0").body.at("settings");
  CHECK(old.at("format") == "SINGLE_TASK");
  CHECK(old.at("notebook_task").at("notebook_path") == "/Shared/n");
  CHECK(!old.contains("tasks"));
  CHECK(service.Get("/api/2.0/jobs/list").body.at("jobs").size() == 1);
}

TEST_CASE("older services lack 2.2") {
  Service service({"jobs-22-absent"});
  CHECK(service.Get("/api/2.2/jobs/list").code() == "ENDPOINT_NOT_FOUND");
  CHECK(service.Get("/api/2.1/jobs/list").status == 200);
}

TEST_CASE("a run is started once for one token") {
  Service service;
  int64_t job_id = Make(service, Settings());
  Json run = {{"job_id", job_id}, {"idempotency_token", "t"}};
  Json first = service.Post("/api/2.2/jobs/run-now", run).body;
  CHECK(service.Post("/api/2.2/jobs/run-now", run).body.at("run_id") == first.at("run_id"));
  CHECK(service.Get("/api/2.2/jobs/runs/list?job_id=" + std::to_string(job_id)).body.at("runs").size() == 1);
}

TEST_CASE("jobs can be saved and loaded") {
  Service one, two;
  int64_t job_id = Make(one, Settings());
  two.emulator().Load(Json::parse(one.emulator().Save().dump()));
  CHECK(Read(two, job_id).body == Read(one, job_id).body);
}

TEST_CASE("false and zero can be left out of answers") {
  Service service({"booleans-omitted", "zeros-omitted"});
  Json settings = Settings();
  settings["queue"] = {{"enabled", false}};
  Json read = Read(service, Make(service, settings)).body.at("settings");
  CHECK(read.at("queue") == Json::object());
  CHECK(!read.contains("timeout_seconds"));
}

}  // namespace
}  // namespace emulator::test
