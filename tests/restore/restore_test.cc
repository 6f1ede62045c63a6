// Whole restores against the emulator.
#include "restore/restore.h"

#include <algorithm>
#include <set>

#include "objects/registry.h"
#include "support/faulty_transport.h"
#include "support/restore_fixture.h"

using namespace dbxark;
using namespace dbxark::test;
using restore::Op;
using restore::Outcome;

namespace {

struct Sample {
  Sample() {
    emulator::FillSmallSample(source.emulator());
    Export(source, archive);
  }
  TempFolder folder;
  std::string archive = folder / "sample.tar.zst";
  std::string journal = folder / "journal";
  EmulatedWorkspace source{1};
  EmulatedWorkspace target{2};
};

std::multiset<std::string> NamesOf(const std::vector<emulator::Json>& objects, const std::string& pointer) {
  std::multiset<std::string> names;
  for (const auto& object : objects) names.insert(object.at(emulator::Json::json_pointer(pointer)).get<std::string>());
  return names;
}

}  // namespace

TEST_CASE("the sample workspace comes back, and nothing of it runs") {
  Sample sample;
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.workers = 8;
  const restore::Report report = run.Run();
  INFO(Complaints(report));
  CHECK(report.Count(Outcome::kFailed) == 0);
  CHECK(report.Count(Outcome::kUnknown) == 0);
  CHECK(!report.interrupted);
  // What needs kinds that are not handled is blocked, and nothing else is.
  for (const auto& item : report.Of(Outcome::kBlocked)) {
    INFO(item.kind << " " << item.natural_key << ": " << item.reason);
    CHECK(item.reason.find("needs ") == 0);
  }
  sample.target.clock().Advance(60'000);
  CHECK(sample.target.fired().empty());
  for (const auto& cluster : sample.target.Clusters()) {
    INFO(cluster.dump());
    CHECK(cluster.at("state") == "TERMINATED");
  }
  for (const auto& pool : sample.target.List("/api/2.0/instance-pools/list", "instance_pools")) {
    CHECK(pool.value("min_idle_instances", 0) == 0);
  }
  for (const auto& script : sample.target.List("/api/2.0/global-init-scripts", "scripts")) {
    CHECK(!script.value("enabled", false));
  }
  // Two of one name stay two.
  CHECK(NamesOf(sample.target.Jobs(), "/settings/name").count("report") == 2);
}

TEST_CASE("a second restore adopts what the first one made") {
  Sample sample;
  RestoreRun(sample.archive, sample.target, sample.journal).Run();
  const emulator::Json before = sample.target.emulator().Save();
  RestoreRun again(sample.archive, sample.target, sample.journal);
  const restore::Plan& plan = again.MustPlan();
  INFO(Describe(plan));
  CHECK(plan.ChangesNothing());
  for (const auto& step : plan.steps) {
    INFO(step.kind->name << " " << step.natural_key);
    CHECK(step.differences.empty());
  }
  const restore::Report report = again.Replay();
  CHECK(report.Count(Outcome::kCreated) == 0);
  CHECK(sample.target.emulator().Save() == before);
}

TEST_CASE("without its journal, a second restore finds everything by name and content") {
  Sample sample;
  RestoreRun(sample.archive, sample.target, sample.journal).Run();
  RestoreRun again(sample.archive, sample.target, sample.folder / "another journal");
  const restore::Plan& plan = again.MustPlan();
  INFO(Describe(plan));
  CHECK(plan.Count(Op::kCreate) == 0);
  CHECK(plan.Count(Op::kUpdate) == 0);
}

TEST_CASE("a dry run sends only reads and leaves no journal") {
  Sample sample;
  sample.target.emulator().ClearRequests();
  const emulator::Json before = sample.target.emulator().Save();
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.dry_run = true;
  CHECK(run.MustPlan().Count(Op::kCreate) > 0);
  CHECK(sample.target.emulator().Save() == before);
  CHECK(!FileSystem::Real().Exists(sample.journal));
}

TEST_CASE("a target on another cloud is told in the plan, unless a map knows it") {
  const TempFolder folder;
  EmulatedWorkspace source{1}, target{2};
  Export(source, folder / "a", workspace::NotebookFormat::kSource, "https://adb-1.2.azuredatabricks.net");
  const auto notes = [&](const std::string& target_host, const std::string& map) {
    RestoreRun run(folder / "a", target, folder / "journal");
    run.options.dry_run = true;
    run.options.target_host = target_host;
    auto rules = mapping::MapRules::Parse(map, "map.toml");
    REQUIRE(rules.ok());
    run.options.map = std::move(*rules);
    const restore::Plan& plan = run.MustPlan();
    CHECK(plan.target_host == target_host);
    return std::count_if(plan.notes.begin(), plan.notes.end(), [](const std::string& note) {
      return note.starts_with("the archive is of a workspace on azure, and the target is on aws: ");
    });
  };
  CHECK(notes("https://dbc-1.cloud.databricks.com", "") == 1);
  CHECK(notes("https://dbc-1.cloud.databricks.com", "[cloud]\ntarget = \"aws\"\n") == 0);
  CHECK(notes("https://adb-3.4.azuredatabricks.net", "") == 0);
  CHECK(notes("https://workspace.example.com", "") == 0);
}

TEST_CASE("the source's own workspace is refused") {
  Sample sample;
  RestoreRun run(sample.archive, sample.source, sample.journal);
  const Status planned = run.Plan();
  REQUIRE(!planned.ok());
  CHECK(planned.error().code() == ErrorCode::kAlreadyExists);
  CHECK(planned.error().message().find("--same-workspace") != std::string::npos);

  run.options.same_workspace = true;
  const restore::Plan& plan = run.MustPlan();
  INFO(Describe(plan));
  CHECK(plan.Count(Op::kCreate) == 0);
  CHECK(plan.Count(Op::kUpdate) == 0);
}

TEST_CASE("what was deleted in its own workspace is made again, and what refers to it finds it") {
  Sample sample;
  const emulator::Json job = sample.source.Job("nightly-etl");
  sample.source.Call("POST", "/api/2.2/jobs/delete", {{"job_id", job.at("job_id")}});
  RestoreRun run(sample.archive, sample.source, sample.journal);
  run.options.same_workspace = true;
  const restore::Report report = run.Run();
  INFO(Complaints(report));
  CHECK(report.Count(Outcome::kCreated) == 1);
  const emulator::Json back = sample.source.Job("nightly-etl");
  REQUIRE(back.is_object());
  CHECK(back.at("settings").at("tasks")[0].at("existing_cluster_id") ==
        job.at("settings").at("tasks")[0].at("existing_cluster_id"));
}

TEST_CASE("an include brings what it needs, and nothing else") {
  Sample sample;
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.selection = *objects::Selection::Parse({"jobs:nightly-etl"}, {});
  const restore::Report report = run.Run();
  INFO(Complaints(report));
  CHECK(report.Complete());
  CHECK(sample.target.Jobs().size() == 1);
  std::set<std::string> kinds;
  for (const auto& item : report.Of(Outcome::kCreated)) kinds.insert(item.kind);
  CHECK(kinds.contains("cluster"));
  CHECK(kinds.contains("notebook"));
  for (const auto& step : run.plan().steps) CHECK(step.dependency == (step.kind != &objects::kJob));
}

TEST_CASE("what is excluded is not made, and what needs it is blocked") {
  Sample sample;
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.selection = *objects::Selection::Parse({"jobs:nightly-etl"}, {"clusters"});
  const restore::Report report = run.Run();
  CHECK(sample.target.Clusters().empty());
  CHECK(sample.target.Jobs().empty());
  REQUIRE(report.Count(Outcome::kBlocked) == 1);
  CHECK(report.Of(Outcome::kBlocked)[0].reason.find("left out") != std::string::npos);
}

TEST_CASE("an include that matches nothing says so") {
  Sample sample;
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.selection = *objects::Selection::Parse({"jobs:no such job", "jobs", "clusters:shared-analitics"}, {});
  const Status planned = run.Plan();
  REQUIRE(!planned.ok());
  CHECK(planned.error().code() == ErrorCode::kNotFound);
  CHECK(planned.error().message() ==
        "nothing in " + sample.archive +
            " matches 'jobs:no such job', clusters:shared-analitics; near: clusters:shared-analytics");
}

TEST_CASE("an include of which an exclude leaves nothing says so") {
  Sample sample;
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.selection = *objects::Selection::Parse({"jobs:nightly-etl"}, {"jobs:nightly*"});
  const Status planned = run.Plan();
  REQUIRE(!planned.ok());
  CHECK(planned.error().code() == ErrorCode::kNotFound);
  CHECK(planned.error().message() ==
        "what matches jobs:nightly-etl in " + sample.archive + " is excluded by 'jobs:nightly*'");
}

TEST_CASE("a job that does not say whom it runs as is told to run as whoever restores") {
  Sample sample;
  for (const auto& [caller, told] : {std::pair("admin@example.com", false), {"dr@example.com", true}, {"", false}}) {
    INFO(caller);
    RestoreRun run(sample.archive, sample.target, sample.journal);
    run.options.caller = caller;
    REQUIRE(run.Plan().ok());
    size_t notes = 0;
    for (const std::string& note : run.plan().notes) {
      if (note.find("not say whom") == std::string::npos) continue;
      ++notes;
      CHECK(note.find("run as dr@example.com here") != std::string::npos);
      CHECK(note.find(" (admin@example.com)") != std::string::npos);
    }
    CHECK(notes == (told ? 1 : 0));
  }
  // What is there runs as it runs, whoever looks.
  {
    RestoreRun first(sample.archive, sample.target, sample.journal);
    first.options.caller = "admin@example.com";
    first.Run();
    first.Close();
    RestoreRun again(sample.archive, sample.target, sample.journal);
    again.options.caller = "dr@example.com";
    REQUIRE(again.Plan().ok());
    size_t jobs = 0;
    for (const auto& step : again.plan().steps) {
      if (step.ran_as.empty() || step.op != restore::Op::kAdopt) continue;
      ++jobs;
      CHECK(step.runs_as == "admin@example.com");
      CHECK(!restore::RunsAsAnother(step, again.options.caller));
    }
    CHECK(jobs > 5);
  }
  // The map says who that is there.
  EmulatedWorkspace other{3};
  RestoreRun run(sample.archive, other, sample.folder / "other journal");
  run.options.caller = "analyst@example.com";
  auto rules = mapping::MapRules::Parse("[user]\n\"admin@example.com\" = \"analyst@example.com\"\n", "map.toml");
  REQUIRE(rules.ok());
  run.options.map = std::move(*rules);
  REQUIRE(run.Plan().ok());
  for (const std::string& note : run.plan().notes) CHECK(note.find("not say whom") == std::string::npos);
}

TEST_CASE("jobs that call each other come back calling each other") {
  Sample sample;
  RestoreRun run(sample.archive, sample.target, sample.journal);
  const restore::Report report = run.Run();
  INFO(Complaints(report));
  const emulator::Json ping = sample.target.Job("ping"), pong = sample.target.Job("pong");
  const emulator::Json self = sample.target.Job("again and again");
  REQUIRE(ping.is_object());
  REQUIRE(pong.is_object());
  REQUIRE(self.is_object());
  const auto called = [](const emulator::Json& job) {
    for (const auto& task : job.at("settings").at("tasks")) {
      if (task.contains("run_job_task")) return task.at("run_job_task").at("job_id");
    }
    return emulator::Json();
  };
  CHECK(called(ping) == pong.at("job_id"));
  CHECK(called(pong) == ping.at("job_id"));
  CHECK(called(self) == self.at("job_id"));
}

TEST_CASE("a job that differs is left as it is, or updated if that is asked for") {
  Sample sample;
  RestoreRun(sample.archive, sample.target, sample.journal).Run();
  emulator::Json job = sample.target.Job("nightly-etl");
  sample.target.Call("POST", "/api/2.2/jobs/update",
                     {{"job_id", job.at("job_id")}, {"new_settings", {{"timeout_seconds", 77}}}});
  const auto timeout = [&] { return sample.target.Job("nightly-etl").at("settings").at("timeout_seconds"); };
  {
    RestoreRun run(sample.archive, sample.target, sample.journal);
    const restore::Plan& plan = run.MustPlan();
    CHECK(plan.ChangesNothing());
    const auto step = std::find_if(plan.steps.begin(), plan.steps.end(),
                                   [](const restore::Step& one) { return one.natural_key == "nightly-etl"; });
    REQUIRE(step != plan.steps.end());
    CHECK(step->op == Op::kAdopt);
    REQUIRE(step->differences.size() == 1);
    CHECK(step->differences[0].path == "timeout_seconds");
    run.Replay();
    CHECK(timeout() == 77);
  }
  RestoreRun run(sample.archive, sample.target, sample.journal);
  run.options.on_conflict.all = restore::OnConflict::kUpdate;
  const restore::Report report = run.Run();
  CHECK(report.Count(Outcome::kUpdated) == 1);
  CHECK(timeout() == 14400);
  CHECK(sample.target.fired().empty());
}

TEST_CASE("a lost answer to jobs/create makes no second job") {
  Sample sample;
  EmulatorTransport direct(sample.target.emulator());
  FaultyTransport faulty(direct);
  faulty.FailNext([](const http::Request& request) { return request.path.ends_with("/jobs/create"); });
  RestoreRun run(sample.archive, sample.target, sample.journal, &faulty);
  const restore::Report report = run.Run();
  INFO(Complaints(report));
  CHECK(faulty.fired() == 1);
  CHECK(report.Count(Outcome::kUnknown) == 0);
  CHECK(report.Count(Outcome::kFailed) == 0);
  EmulatedWorkspace clean(2);
  RestoreRun(sample.archive, clean, sample.folder / "clean").Run();
  CHECK(NamesOf(sample.target.Jobs(), "/settings/name") == NamesOf(clean.Jobs(), "/settings/name"));
}

TEST_CASE("a request that got lost on its way is reported, and repeated only when asked to") {
  Sample sample;
  EmulatorTransport direct(sample.target.emulator());
  FaultyTransport faulty(direct);
  const auto creates = [](const http::Request& request) { return request.path.ends_with("/jobs/create"); };
  faulty.FailNext(creates, FaultyTransport::Fault::kLostRequest);
  RestoreRun run(sample.archive, sample.target, sample.journal, &faulty);
  run.options.selection = *objects::Selection::Parse({"jobs:nightly-etl"}, {});
  const restore::Report report = run.Run();
  CHECK(report.Count(Outcome::kUnknown) == 1);
  CHECK(sample.target.Jobs().empty());
  run.Close();

  RestoreRun careful(sample.archive, sample.target, sample.journal);
  careful.options.selection = run.options.selection;
  const restore::Report second = careful.Run();
  CHECK(second.Count(Outcome::kBlocked) == 1);
  CHECK(sample.target.Jobs().empty());
  careful.Close();

  RestoreRun bold(sample.archive, sample.target, sample.journal);
  bold.options.selection = run.options.selection;
  bold.options.retry_unknown = true;
  const restore::Report third = bold.Run();
  INFO(Complaints(third));
  CHECK(third.Count(Outcome::kCreated) == 1);
  CHECK(sample.target.Jobs().size() == 1);
}
