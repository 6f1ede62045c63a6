// A target that is kept like its source: two nights, and what may happen between and during them.
#include <algorithm>
#include <map>
#include <set>

#include "emulator/dbfs_family.h"
#include "emulator/workspace_family.h"
#include "support/faulty_transport.h"
#include "support/restore_fixture.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::test;
using emulator::Json;
using restore::Op;
using restore::Outcome;

namespace {

constexpr char kHead[] = "# Databricks notebook source\n";

struct TwoNights {
  TwoNights() {
    Write(source, "/Shared/team/etl", "print(1)\n");
    Write(source, "/Shared/team/old/report", "print(2)\n");
    source.emulator().tree().PutFile("/Shared/team/old/notes.txt", "notes");
    source.emulator().dbfs().PutFile("/FileStore/a.bin", "a");
    source.emulator().dbfs().PutFile("/FileStore/old.bin", "old");
    for (const std::string name : {"pool", "old pool"}) {
      const std::string pool = Id("/api/2.0/instance-pools/create", "instance_pool_id",
                                  {{"instance_pool_name", name}, {"node_type_id", "i3.xlarge"}});
      const Json rule = {{"instance_pool_id", {{"type", "fixed"}, {"value", pool}}}};
      const std::string policy = Id("/api/2.0/policies/clusters/create", "policy_id",
                                    {{"name", "policy of " + name}, {"definition", rule.dump()}});
      const std::string cluster = Id("/api/2.1/clusters/create", "cluster_id",
                                     {{"cluster_name", "cluster of " + name},
                                      {"spark_version", "15.4.x-scala2.12"},
                                      {"instance_pool_id", pool},
                                      {"policy_id", policy},
                                      {"num_workers", 1}});
      const Json task = {{"task_key", "run"},
                         {"existing_cluster_id", cluster},
                         {"notebook_task", {{"notebook_path", "/Shared/team/etl"}}}};
      const Json schedule = {{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "UTC"}};
      source.Call("POST", "/api/2.2/jobs/create",
                  {{"name", "job of " + name}, {"tasks", Json::array({task})}, {"schedule", schedule}});
      source.Call("POST", "/api/2.0/global-init-scripts",
                  {{"name", "script of " + name}, {"script", "ZWNobyBoaQo="}, {"enabled", true}});
    }
    Export(source, folder / "1.tar.zst");
    RestoreRun first(folder / "1.tar.zst", target, journal);
    first.options.standby = true;
    const restore::Report report = first.Run();
    INFO(Complaints(report));
    REQUIRE(report.Complete());
  }

  std::string Id(const std::string& path, const std::string& member, const Json& body) {
    return source.Call("POST", path, body).at(member);
  }
  static void Write(EmulatedWorkspace& workspace, const std::string& path, const std::string& text) {
    workspace.emulator().tree().PutNotebook(path, "PYTHON", kHead + text);
  }
  static void SetTimeout(EmulatedWorkspace& workspace, const std::string& job, int seconds) {
    workspace.Call("POST", "/api/2.2/jobs/update",
                   {{"job_id", workspace.Job(job).at("job_id")}, {"new_settings", {{"timeout_seconds", seconds}}}});
  }

  // Something of each kind changes, something is new, and something of each kind goes.
  void Change() {
    Write(source, "/Shared/team/etl", "print(3)\n");
    Write(source, "/Shared/team/new", "print(4)\n");
    source.emulator().dbfs().PutFile("/FileStore/a.bin", "b");
    SetTimeout(source, "job of pool", 77);
    const auto drop = [&](const std::string& list, const std::string& items, const std::string& name_of,
                          const std::string& id, const std::string& path) {
      for (const auto& one : source.List(list, items)) {
        const std::string name = one.at(Json::json_pointer(name_of));
        if (name.find("old pool") == std::string::npos) continue;
        source.Call("POST", path, {{id, one.at(id)}});
      }
    };
    drop("/api/2.2/jobs/list?limit=100", "jobs", "/settings/name", "job_id", "/api/2.2/jobs/delete");
    drop("/api/2.1/clusters/list?page_size=100", "clusters", "/cluster_name", "cluster_id",
         "/api/2.1/clusters/permanent-delete");
    drop("/api/2.0/policies/clusters/list", "policies", "/name", "policy_id", "/api/2.0/policies/clusters/delete");
    drop("/api/2.0/instance-pools/list", "instance_pools", "/instance_pool_name", "instance_pool_id",
         "/api/2.0/instance-pools/delete");
    for (const auto& script : source.List("/api/2.0/global-init-scripts", "scripts")) {
      if (script.at("name") != "script of old pool") continue;
      source.Call("DELETE", "/api/2.0/global-init-scripts/" + script.at("script_id").get<std::string>());
    }
    source.Call("POST", "/api/2.0/workspace/delete", {{"path", "/Shared/team/old"}, {"recursive", true}});
    source.Call("POST", "/api/2.0/dbfs/delete", {{"path", "/FileStore/old.bin"}});
    Night();
  }

  // A new archive of the source.
  void Night() {
    archive = folder / (std::to_string(++nights) + ".tar.zst");
    Export(source, archive);
  }

  restore::Report Run(bool prune = false, http::Transport* transport = nullptr) {
    RestoreRun run(archive, target, journal, transport);
    run.options.standby = true;
    run.options.prune = prune;
    return run.Run();
  }

  TempFolder folder;
  std::string journal = folder / "journal";
  std::string archive;
  int nights = 1;
  EmulatedWorkspace source{1};
  EmulatedWorkspace target{2};
};

std::set<std::string> Names(const restore::Report& report, Outcome outcome) {
  std::set<std::string> names;
  for (const auto& item : report.Of(outcome)) names.insert(item.kind + " " + item.natural_key);
  return names;
}

// What is in a workspace, without ids and times.
std::multiset<std::string> Contents(EmulatedWorkspace& workspace) {
  std::multiset<std::string> contents;
  for (const auto& job : workspace.Jobs()) {
    const Json settings = workspace.Job(job.at("settings").at("name")).at("settings");
    contents.insert("job " + settings.at("name").get<std::string>() + " " +
                    std::to_string(settings.value("timeout_seconds", 0)) + " " +
                    settings.at("schedule").at("pause_status").get<std::string>());
  }
  for (const auto& one : workspace.Clusters()) contents.insert("cluster " + one.at("cluster_name").get<std::string>());
  for (const auto& one : workspace.List("/api/2.0/policies/clusters/list", "policies"))
    contents.insert("policy " + one.at("name").get<std::string>());
  for (const auto& one : workspace.List("/api/2.0/instance-pools/list", "instance_pools")) {
    contents.insert("pool " + one.at("instance_pool_name").get<std::string>());
  }
  for (const auto& one : workspace.List("/api/2.0/global-init-scripts", "scripts")) {
    contents.insert("script " + one.at("name").get<std::string>() + (one.value("enabled", false) ? " on" : " off"));
  }
  for (const std::string folder : {"/Shared", "/Shared/team", "/Shared/team/old"}) {
    const auto status = [&](const std::string& path) {
      for (const auto& one :
           workspace.List("/api/2.0/workspace/list?path=" + path.substr(0, path.rfind('/')), "objects")) {
        if (one.at("path") == path) return true;
      }
      return false;
    };
    if (folder != "/Shared" && !status(folder)) continue;
    for (const auto& one : workspace.List("/api/2.0/workspace/list?path=" + folder, "objects")) {
      std::string text = one.at("path");
      if (one.at("object_type") == "NOTEBOOK") {
        text += " " + workspace.Call("GET", "/api/2.0/workspace/export?path=" + text).at("content").get<std::string>();
      }
      contents.insert(text);
    }
  }
  for (const auto& one : workspace.List("/api/2.0/dbfs/list?path=/FileStore", "files")) {
    contents.insert(one.at("path").get<std::string>() + " " +
                    workspace.Call("GET", "/api/2.0/dbfs/read?path=" + one.at("path").get<std::string>())
                        .at("data")
                        .get<std::string>());
  }
  return contents;
}

}  // namespace

TEST_CASE("a night brings what changed, lists what is gone, and removes it where that is asked for") {
  TwoNights nights;
  nights.Change();
  const restore::Report listed = nights.Run();
  INFO(Complaints(listed));
  CHECK(listed.Complete());
  CHECK(Names(listed, Outcome::kUpdated) ==
        std::set<std::string>{"dbfs_file /FileStore/a.bin", "job job of pool", "notebook /Shared/team/etl"});
  const std::set<std::string> gone = {"job job of old pool",
                                      "cluster cluster of old pool",
                                      "cluster_policy policy of old pool",
                                      "instance_pool old pool",
                                      "global_init_script script of old pool",
                                      "notebook /Shared/team/old/report",
                                      "workspace_file /Shared/team/old/notes.txt",
                                      "directory /Shared/team/old",
                                      "dbfs_file /FileStore/old.bin"};
  CHECK(Names(listed, Outcome::kGone) == gone);
  CHECK(nights.target.Jobs().size() == 2);
  const restore::Report pruned = nights.Run(true);
  INFO(Complaints(pruned));
  CHECK(Names(pruned, Outcome::kRemoved) == gone);
  CHECK(nights.target.Jobs().size() == 1);
  const restore::Report again = nights.Run(true);
  CHECK(again.Count(Outcome::kRemoved) + again.Count(Outcome::kGone) + again.Count(Outcome::kUpdated) == 0);
  CHECK(nights.target.fired().empty());
}

TEST_CASE("a night that is stopped at any request, or loses any answer, is taken up by the next run") {
  TwoNights nights;
  nights.Change();
  const std::string journal = ReadFile(nights.journal);
  const Json before = nights.target.emulator().Save();
  nights.Run(true);
  const std::multiset<std::string> wanted = Contents(nights.target);
  size_t points = 0;
  for (const bool stop : {true, false}) {
    bool fired = true;
    for (size_t at = 1; fired; at += SweepStride(7)) {
      WriteFile(nights.journal, journal);
      nights.target.emulator().Load(before);
      EmulatorTransport direct(nights.target.emulator());
      FaultyTransport faulty(direct);
      if (stop) {
        faulty.StopAt(at);
      } else {
        faulty.FailCall(at);
      }
      {
        RestoreRun run(nights.archive, nights.target, nights.journal, &faulty);
        run.options.standby = run.options.prune = true;
        if (run.Plan().ok()) run.Replay();
      }
      fired = faulty.fired() > 0;
      points += fired;
      INFO((stop ? "stopped at " : "lost answer of ") << at);
      const restore::Report report = nights.Run(true);
      INFO(Complaints(report));
      CHECK(report.Complete());
      CHECK(report.Count(Outcome::kConflict) == 0);
      CHECK(Contents(nights.target) == wanted);
    }
  }
  CHECK(points * SweepStride(7) > 100);
}

TEST_CASE("what no record tells from what somebody changed is a conflict, and known again once it is equal") {
  TwoNights nights;
  const restore::ObjectKey key{"job", nights.source.Job("job of pool").at("job_id").dump()};
  const auto forget = [&] {
    RestoreRun look(nights.folder / "1.tar.zst", nights.target, nights.journal);
    look.options.dry_run = true;
    const restore::Plan& plan = look.MustPlan();
    auto journal =
        restore::Journal::Open(FileSystem::Real(), nights.journal, plan.source_workspace_id, plan.target_workspace_id);
    REQUIRE(journal.ok());
    const auto known = (*journal)->Find(key);
    REQUIRE(known);
    REQUIRE(known->ours);
    // As an older version wrote it.
    REQUIRE((*journal)->RecordDone(key, known->natural_key, known->new_id, "created", {}, {}).ok());
  };
  forget();
  TwoNights::SetTimeout(nights.source, "job of pool", 77);
  nights.Night();
  const restore::Report blind = nights.Run();
  CHECK(!blind.Complete());
  CHECK(Names(blind, Outcome::kConflict) == std::set<std::string>{"job job of pool"});
  // Somebody brings both to the same.
  TwoNights::SetTimeout(nights.target, "job of pool", 77);
  CHECK(nights.Run().Count(Outcome::kConflict) == 0);
  TwoNights::SetTimeout(nights.source, "job of pool", 78);
  nights.Night();
  CHECK(Names(nights.Run(), Outcome::kUpdated) == std::set<std::string>{"job job of pool"});
}

TEST_CASE("what somebody changes between the plan and its removal stays") {
  TwoNights nights;
  nights.Change();
  nights.Run();
  RestoreRun run(nights.archive, nights.target, nights.journal);
  run.options.standby = run.options.prune = true;
  CHECK(run.MustPlan().Count(Op::kRemove) == 9);
  TwoNights::SetTimeout(nights.target, "job of old pool", 5);
  TwoNights::Write(nights.target, "/Shared/team/old/report", "# mine\n");
  const restore::Report report = run.Replay();
  INFO(Complaints(report));
  CHECK(Names(report, Outcome::kConflict) ==
        std::set<std::string>{"job job of old pool", "notebook /Shared/team/old/report"});
  // And so does what they need.
  CHECK(Names(report, Outcome::kSkipped) ==
        std::set<std::string>{"cluster cluster of old pool", "cluster_policy policy of old pool",
                              "directory /Shared/team/old", "instance_pool old pool"});
  CHECK(nights.target.Clusters().size() == 2);
}

TEST_CASE("what is not selected still holds what it needs") {
  TwoNights nights;
  nights.Change();
  RestoreRun run(nights.archive, nights.target, nights.journal);
  run.options.standby = run.options.prune = true;
  run.options.selection = *objects::Selection::Parse({"clusters", "notebooks:/Shared/team/**"}, {});
  const restore::Report report = run.Run();
  INFO(Complaints(report));
  CHECK(Names(report, Outcome::kRemoved) == std::set<std::string>{"notebook /Shared/team/old/report"});
  REQUIRE(report.Count(Outcome::kGone) == 1);
  CHECK(report.Of(Outcome::kGone)[0].reason ==
        "gone from the source, and stays: job job of old pool in the target refers to it");
  run.Close();
  CHECK(nights.Run(true).Count(Outcome::kRemoved) == 8);
}
