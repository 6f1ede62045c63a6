// What a restore wrote is read back: losses are told from what the service fills in.
#include "restore/read_back.h"

#include <algorithm>

#include "emulator/dbfs_family.h"
#include "emulator/workspace_family.h"
#include "restore/plan_text.h"
#include "restore/restore_report.h"
#include "support/faulty_transport.h"
#include "support/restore_fixture.h"

using namespace dbxark;
using namespace dbxark::test;
using emulator::Json;
using restore::Loss;
using restore::Outcome;
using restore::ReadBack;
using restore::ReadBackLevel;

namespace {

// One of everything that is checked in a way of its own.
struct World {
  explicit World(std::set<std::string> variants = {}, int64_t late_ms = 0) : target(2, std::move(variants), late_ms) {
    source.emulator().tree().PutNotebook("/Shared/team/etl", "PYTHON", "# Databricks notebook source\nprint(1)\n");
    source.emulator().tree().PutFile("/Shared/team/notes.txt", "notes");
    source.emulator().dbfs().PutFile("/FileStore/small.bin", "small");
    const std::string pool =
        source
            .Call("POST", "/api/2.0/instance-pools/create",
                  {{"instance_pool_name", "pool"}, {"node_type_id", "i3.xlarge"}, {"max_capacity", 7}})
            .at("instance_pool_id");
    source.Call("POST", "/api/2.0/policies/clusters/create",
                {{"name", "policy"}, {"definition", "{}"}, {"max_clusters_per_user", 3}});
    cluster = source
                  .Call("POST", "/api/2.1/clusters/create",
                        {{"cluster_name", "shared"},
                         {"spark_version", "15.4.x-scala2.12"},
                         {"instance_pool_id", pool},
                         {"spark_conf", {{"a", "b"}}},
                         {"num_workers", 1}})
                  .at("cluster_id");
    source.Call("POST", "/api/2.0/libraries/install",
                {{"cluster_id", cluster}, {"libraries", Json::array({{{"pypi", {{"package", "simplejson"}}}}})}});
    source.Call("POST", "/api/2.1/clusters/pin", {{"cluster_id", cluster}});
    for (const std::string name : {"first", "second"}) {
      source.Call("POST", "/api/2.0/global-init-scripts",
                  {{"name", name}, {"script", "ZWNobyBoaQo="}, {"enabled", true}});
    }
    for (const std::string name : {"daily", "hourly"}) AddJob(name);
  }

  void AddJob(const std::string& name) {
    source.Call("POST", "/api/2.2/jobs/create",
                {{"name", name},
                 {"max_concurrent_runs", 4},
                 {"schedule", {{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "UTC"}}},
                 {"tasks", Json::array({{{"task_key", "run"},
                                         {"timeout_seconds", 90},
                                         {"existing_cluster_id", cluster},
                                         {"notebook_task", {{"notebook_path", "/Shared/team/etl"}}}}})}});
  }

  // One fault of the target for each POST (or `method`) to that path.
  void Fault(const std::string& path, const Json& action, int times = -1, const std::string& method = "POST") {
    Json faults = target.emulator().Faults();
    faults.push_back({{"match", {{"method", method}, {"path", path}}}, {"times", times}, {"action", action}});
    target.emulator().SetFaults(faults);
  }

  ReadBack Restore(ReadBackLevel level = ReadBackLevel::kLists, http::Transport* transport = nullptr) {
    Export(source, archive);
    RestoreRun run(archive, target, folder / "journal", transport);
    run.options.workers = transport == nullptr ? 3 : 1;  // those of the tests are for one
    run.options.read_back = level;
    run.MustPlan();
    target.emulator().ClearRequests();
    report = run.Replay();
    text = Join(restore::ReportText(report, {.full = true}), "\n");
    json = Json::parse(restore::ReportJson(report, run.plan()));
    whole = restore::MakeRestoreReport(run.plan(), report, {}, {});
    return report.read_back;
  }

  size_t Asked(const std::string& route) {
    const Json counts = target.emulator().Requests().at("counts");
    return counts.value(route, size_t{0});
  }

  static std::string Join(const std::vector<std::string>& lines, const std::string& between) {
    std::string joined;
    for (const std::string& line : lines) joined += line + between;
    return joined;
  }

  TempFolder folder;
  std::string archive = folder / "a.tar.zst";
  std::string cluster;
  EmulatedWorkspace source{1};
  EmulatedWorkspace target;
  restore::Report report;
  restore::RestoreReport whole;
  std::string text;
  Json json;
};

// "job daily max_concurrent_runs: sent 4, there 1", one a line.
std::string Losses(const ReadBack& read_back) {
  std::string text;
  for (const Loss& loss : read_back.losses) {
    const std::string name = loss.kind + " " + (loss.natural_key.empty() ? "?" : loss.natural_key);
    if (loss.vanished) text += name + " vanished\n";
    for (const auto& field : loss.fields) text += name + " " + restore::DescribeLoss(field) + "\n";
  }
  for (const auto& unread : read_back.unread) text += "unread " + unread.kind + " " + unread.reason + "\n";
  return text;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("what was sent is there, and what the service filled in is counted and no loss") {
  World world;
  const ReadBack read_back = world.Restore();
  CHECK(Losses(read_back) == "");
  CHECK(world.report.Complete());
  CHECK(read_back.as_sent == world.report.Count(Outcome::kCreated));
  CHECK(read_back.filled_in.count({"cluster", "node_type_id"}) == 0);  // a pool's, which a create must not name
  CHECK(!read_back.filled_in.empty());
  CHECK(Has(world.text, "read back: " + std::to_string(read_back.as_sent) + " as sent\n"));
  CHECK(world.json.at("read_back").at("as_sent") == read_back.as_sent);
  CHECK(world.json.at("read_back").at("losses").empty());
  // Few requests: a list of each kind, one of each folder; scripts, whose lists lack the text, are read.
  CHECK(world.Asked("GET /api/2.2/jobs/list") == 1);
  CHECK(world.Asked("GET /api/2.2/jobs/get") == 0);
  CHECK(world.Asked("GET /api/2.1/clusters/get") == 0);
  CHECK(world.Asked("GET /api/2.0/global-init-scripts/{}") <= 2);
  CHECK(world.Asked("GET /api/2.0/workspace/export") == 0);
}

TEST_CASE("a field that a create forgets is a loss, with what was sent and what is there") {
  World world;
  world.Fault("/api/2.2/jobs/create", {{"forget", {"/max_concurrent_runs", "/tasks/0/timeout_seconds"}}}, 1);
  world.Fault("/api/2.1/clusters/create", {{"forget", {"/spark_conf"}}});
  world.Fault("/api/2.0/instance-pools/create", {{"forget", {"/max_capacity"}}});
  world.Fault("/api/2.0/policies/clusters/create", {{"forget", {"/max_clusters_per_user"}}});
  const ReadBack read_back = world.Restore();
  INFO(Losses(read_back));
  CHECK(read_back.losses.size() == 4);
  const std::string losses = Losses(read_back);
  CHECK(Has(losses, " max_concurrent_runs: sent 4, there 1\n"));
  CHECK(Has(losses, " tasks[run].timeout_seconds: sent 90, "));
  CHECK(Has(losses, "cluster shared spark_conf: sent "));
  CHECK(Has(losses, "instance_pool pool max_capacity: sent 7, not there\n"));
  CHECK(Has(losses, "cluster_policy policy max_clusters_per_user: sent 3, not there\n"));
  CHECK(!world.report.Complete());
  CHECK(world.json.at("complete") == false);
  CHECK(world.json.at("read_back").at("not_as_sent") == 4);
  CHECK(Has(world.text, "sent, and not kept 4:\n"));
  const auto& to_do = world.whole.to_do;
  CHECK(std::any_of(to_do.begin(), to_do.end(), [](const auto& one) { return one.name == "set_lost"; }));
  CHECK(Has(restore::RestoreReportMarkdown(world.whole), "## Sent, and not kept\n"));
}

TEST_CASE("a success that did nothing is a loss: a folder, a library, a pin, a stop") {
  World world;
  const Json nothing = {{"status", 200}, {"body", "{}"}};
  world.Fault("/api/2.0/libraries/install", nothing);
  world.Fault("/api/2.1/clusters/pin", nothing);
  world.Fault("/api/2.1/clusters/delete", nothing);
  world.Fault("/api/2.0/workspace/import", nothing, 1);
  world.source.emulator().tree().Mkdirs("/Shared/empty");
  const ReadBack read_back = world.Restore();
  const std::string losses = Losses(read_back);
  INFO(losses);
  CHECK(Has(losses, "cluster shared state: sent (stopped), there \"RUNNING\"\n"));
  CHECK(Has(losses, "cluster shared pinned: sent true, there false\n"));
  CHECK((Has(losses, "simplejson") || Has(losses, "cluster_libraries " + world.cluster + " vanished")));
  CHECK((Has(losses, "notebook /Shared/team/etl vanished\n") ||
         Has(losses, "workspace_file /Shared/team/notes.txt vanished\n")));
  CHECK(read_back.Vanished() >= 1);
  std::string commands;
  for (const auto& step : world.whole.to_do) commands += World::Join(step.commands, "\n");
  CHECK(Has(commands, "databricks clusters delete "));
  CHECK(Has(commands, "databricks clusters pin "));
}

TEST_CASE("what fires because it was not kept off is a loss like any other") {
  World world;
  world.Fault("/api/2.2/jobs/create", {{"forget", {"/schedule/pause_status"}}}, 1);
  const ReadBack read_back = world.Restore();
  INFO(Losses(read_back));
  REQUIRE(read_back.losses.size() == 1);
  CHECK(read_back.losses[0].fields.size() == 1);
  CHECK(Has(Losses(read_back), "schedule.pause_status: sent \"PAUSED\", "));
}

TEST_CASE("what shows late is no loss; what does not show at all is one after the time to settle") {
  World world({}, 20'000);
  const ReadBack late = world.Restore();
  CHECK(Losses(late) == "");
  CHECK(late.as_sent == world.report.Count(Outcome::kCreated));

  World gone;
  EmulatorTransport direct(gone.target.emulator());
  // Somebody removes a job as soon as it is made.
  class Remover : public http::Transport {
   public:
    Remover(http::Transport& inner, EmulatedWorkspace& target) : inner_(inner), target_(target) {}
    Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
      auto answer = inner_.Send(request, stop);
      const bool daily = request.path == "/api/2.2/jobs/create" && request.body.find("\"daily\"") != std::string::npos;
      if (daily) target_.Call("POST", "/api/2.2/jobs/delete", {{"job_id", Json::parse(answer->body).at("job_id")}});
      return answer;
    }

   private:
    http::Transport& inner_;
    EmulatedWorkspace& target_;
  } remover(direct, gone.target);
  const int64_t before_ms = gone.target.clock().SteadyMs();
  const ReadBack read_back = gone.Restore(ReadBackLevel::kLists, &remover);
  CHECK(Losses(read_back) == "job daily vanished\n");
  CHECK(gone.target.clock().SteadyMs() - before_ms >= 60'000);
  CHECK(Has(gone.text, "1 not there"));
}

TEST_CASE("other content is found where content is read back, and only there") {
  // The service, or somebody, makes another notebook of it as soon as it is there.
  class Forger : public http::Transport {
   public:
    explicit Forger(EmulatedWorkspace& target) : inner_(target.emulator()), target_(target) {}
    Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
      auto answer = inner_.Send(request, stop);
      auto& tree = target_.emulator().tree();
      if (request.path == "/api/2.0/workspace/import" && tree.Find("/Shared/team/etl") != nullptr) {
        tree.PutNotebook("/Shared/team/etl", "PYTHON", "# Databricks notebook source\nprint(2)\n");
      }
      return answer;
    }

   private:
    EmulatorTransport inner_;
    EmulatedWorkspace& target_;
  };
  World lists;
  Forger forger(lists.target);
  CHECK(Losses(lists.Restore(ReadBackLevel::kLists, &forger)) == "");

  World content;
  Forger content_forger(content.target);
  const ReadBack read_back = content.Restore(ReadBackLevel::kContent, &content_forger);
  CHECK(Losses(read_back) == "notebook /Shared/team/etl content: sent (as archived), there (something else)\n");

  World none;
  const ReadBack nothing = none.Restore(ReadBackLevel::kNone);
  CHECK(!nothing.begun);
  CHECK(none.Asked("GET /api/2.2/jobs/list") + none.Asked("GET /api/2.0/workspace/list") == 0);
  CHECK(!Has(none.text, "read back"));
}

TEST_CASE("content that is as it was is no loss") {
  World world;
  const ReadBack read_back = world.Restore(ReadBackLevel::kContent);
  CHECK(Losses(read_back) == "");
  CHECK(world.Asked("GET /api/2.0/workspace/export") > 0);
}

TEST_CASE("what cannot be read back is said, and fails nothing") {
  World world;
  world.Fault("/api/2.0/instance-pools/get", {{"status", 403}}, -1, "GET");
  world.Fault("/api/2.0/instance-pools/list", {{"status", 403}}, -1, "GET");
  // The plan lists pools too, and must not know them to be closed: the fault comes after it.
  const Json faults = world.target.emulator().Faults();
  world.target.emulator().SetFaults(Json::array());
  Export(world.source, world.archive);
  RestoreRun run(world.archive, world.target, world.folder / "journal");
  run.MustPlan();
  world.target.emulator().SetFaults(faults);
  const restore::Report report = run.Replay();
  const ReadBack& read_back = report.read_back;
  INFO(Losses(read_back));
  CHECK(report.Complete());
  CHECK(read_back.losses.empty());
  REQUIRE(read_back.unread.size() == 1);
  CHECK(read_back.unread[0].kind == "instance_pool");
  CHECK(read_back.ObjectsUnread() == 1);
  CHECK(read_back.as_sent + 1 == report.Count(Outcome::kCreated));
  const std::vector<std::string> lines = restore::ReportText(report, {});
  CHECK(std::find(lines.begin(), lines.end(), "not read back:") != lines.end());
}

TEST_CASE("a service that leaves out empty values loses nothing by it") {
  for (const std::string variant : {"zeros-omitted", "booleans-omitted", "docker-password-omitted", "late-in-list",
                                    "cluster-name-omitted", "no-cluster-spec", "tasks-sorted", "pin-filter-unknown",
                                    "jobs-22-absent", "clusters-21-absent", "git-provider-lower-case"}) {
    INFO(variant);
    World world({variant});
    const ReadBack read_back = world.Restore();
    INFO(Losses(read_back));
    CHECK(read_back.losses.empty());
    // Pins are told by a filter alone: without it nobody knows, which is said.
    CHECK(read_back.unread.size() == (variant == "pin-filter-unknown" ? 1 : 0));
    CHECK(read_back.as_sent == world.report.Count(Outcome::kCreated));
  }
}

TEST_CASE("what no answer shows is counted apart, and other values of it are losses") {
  const Json image = {{"url", "registry.example.com/x"}, {"basic_auth", {{"username", "ana"}, {"password", "hidden"}}}};
  for (const bool other : {false, true}) {
    World world({"docker-password-omitted", "no-cluster-spec"});
    world.source.Call("POST", "/api/2.1/clusters/create",
                      {{"cluster_name", "own"},
                       {"spark_version", "15.4.x-scala2.12"},
                       {"node_type_id", "i3.xlarge"},
                       {"apply_policy_default_values", true},
                       {"docker_image", image},
                       {"num_workers", 1}});
    if (other) world.Fault("/api/2.1/clusters/create", {{"forget", {"/docker_image/basic_auth"}}});
    const ReadBack read_back = world.Restore();
    INFO(Losses(read_back) << world.text);
    CHECK(read_back.not_shown.count({"cluster", "docker_image.basic_auth.password"}) == (other ? 0 : 1));
    CHECK(read_back.not_shown.count({"cluster", "apply_policy_default_values"}) == 1);
    CHECK(Has(Losses(read_back), "cluster own docker_image.basic_auth: sent ") == other);
    CHECK(!Has(world.text, "hidden\""));
  }
}

TEST_CASE("an update and a second pass are read back whole") {
  World world;
  REQUIRE(Losses(world.Restore()) == "");
  // The source changes; what an update sends is forgotten.
  for (const auto& job : world.source.Jobs()) {
    world.source.Call("POST", "/api/2.2/jobs/update",
                      {{"job_id", job.at("job_id")}, {"new_settings", {{"max_concurrent_runs", 9}}}});
  }
  const std::string later = world.folder / "later.tar.zst";
  Export(world.source, later);
  world.Fault("/api/2.2/jobs/reset", {{"forget", {"/new_settings/max_concurrent_runs"}}}, 1);
  RestoreRun run(later, world.target, world.folder / "journal");
  run.options.on_conflict.all = restore::OnConflict::kUpdate;
  const restore::Report report = run.Run();
  INFO(Losses(report.read_back));
  CHECK(report.Count(Outcome::kUpdated) == 2);
  REQUIRE(report.read_back.losses.size() == 1);
  CHECK(Has(Losses(report.read_back), "max_concurrent_runs: sent 9, there 1\n"));
}
