// A small workspace that has one of everything that a restore does in more than one request, for tests that disturb it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "emulator/dbfs_family.h"
#include "emulator/workspace_family.h"
#include "support/faulty_transport.h"
#include "support/recording_transport.h"
#include "support/restore_fixture.h"

namespace dbxark::test {

struct Small {
  Small() {
    using emulator::Json;
    source.emulator().tree().PutNotebook("/Shared/team/etl", "PYTHON", "# Databricks notebook source\nprint(1)\n");
    source.emulator().tree().PutFile("/Shared/team/notes.txt", "notes");
    source.emulator().dbfs().PutFile("/FileStore/big.bin", Noise(1'500'000));
    const std::string pool =
        source
            .Call("POST", "/api/2.0/instance-pools/create",
                  {{"instance_pool_name", "pool"}, {"node_type_id", "i3.xlarge"}, {"min_idle_instances", 2}})
            .at("instance_pool_id");
    const Json rule = {{"instance_pool_id", {{"type", "fixed"}, {"value", pool}}}};
    const std::string policy =
        source.Call("POST", "/api/2.0/policies/clusters/create", {{"name", "policy"}, {"definition", rule.dump()}})
            .at("policy_id");
    const std::string own =
        source.Call("POST", "/api/2.0/policies/clusters/create", {{"name", "kept"}, {"definition", "{}"}})
            .at("policy_id");
    const Json own_rule = {{"policy_id", {{"type", "fixed"}, {"value", own}}}};
    source.Call("POST", "/api/2.0/policies/clusters/edit",
                {{"policy_id", own}, {"name", "kept"}, {"definition", own_rule.dump()}});
    const std::string cluster = source
                                    .Call("POST", "/api/2.1/clusters/create",
                                          {{"cluster_name", "shared"},
                                           {"spark_version", "15.4.x-scala2.12"},
                                           {"instance_pool_id", pool},
                                           {"policy_id", policy},
                                           {"num_workers", 1}})
                                    .at("cluster_id");
    source.Call("POST", "/api/2.0/libraries/install",
                {{"cluster_id", cluster}, {"libraries", Json::array({{{"pypi", {{"package", "simplejson"}}}}})}});
    source.Call("POST", "/api/2.1/clusters/pin", {{"cluster_id", cluster}});
    for (const std::string name : {"first", "second"}) {
      source.Call("POST", "/api/2.0/global-init-scripts",
                  {{"name", name}, {"script", "ZWNobyBoaQo="}, {"enabled", true}});
    }
    const Json task = {{"task_key", "run"},
                       {"existing_cluster_id", cluster},
                       {"notebook_task", {{"notebook_path", "/Shared/team/etl"}}}};
    const auto job = [&](const std::string& name, const Json& more) {
      Json settings = {{"name", name}, {"tasks", Json::array({task})}};
      settings.update(more);
      return source.Call("POST", "/api/2.2/jobs/create", settings).at("job_id");
    };
    const Json schedule = {{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "UTC"}};
    job("twin", {{"schedule", schedule}});
    job("twin", {{"schedule", schedule}});
    const Json self = job("again", Json::object());
    Json again = task;
    again.erase("existing_cluster_id");
    again.erase("notebook_task");
    again["run_job_task"] = {{"job_id", self}};
    source.Call("POST", "/api/2.2/jobs/update",
                {{"job_id", self}, {"new_settings", {{"tasks", Json::array({again})}}}});
    Export(source, archive);
  }

  TempFolder folder;
  std::string archive = folder / "small.tar.zst";
  EmulatedWorkspace source{1};
};

// What is in a workspace, without ids and times.
inline std::multiset<std::string> Contents(EmulatedWorkspace& workspace) {
  std::multiset<std::string> contents;
  std::map<std::string, std::string> names;  // of ids
  workspace.clock().Advance(10'000);
  for (const auto& pool : workspace.List("/api/2.0/instance-pools/list", "instance_pools")) {
    names[pool.at("instance_pool_id")] = pool.at("instance_pool_name");
    contents.insert("pool " + pool.at("instance_pool_name").get<std::string>() + " idle " +
                    std::to_string(pool.value("min_idle_instances", 0)));
  }
  for (const auto& policy : workspace.List("/api/2.0/policies/clusters/list", "policies")) {
    if (policy.value("is_default", false)) continue;
    names[policy.at("policy_id")] = policy.at("name");
    std::string definition = policy.at("definition");
    for (const auto& [id, name] : names) {
      if (const size_t at = definition.find(id); at != std::string::npos) definition.replace(at, id.size(), name);
    }
    contents.insert("policy " + policy.at("name").get<std::string>() + " " + definition);
  }
  for (const auto& cluster : workspace.Clusters()) {
    const std::string id = cluster.at("cluster_id");
    names[id] = cluster.at("cluster_name");
    contents.insert("cluster " + names[id] + " " + cluster.at("state").get<std::string>() + " in " +
                    names[cluster.value("instance_pool_id", "")] + " by " + names[cluster.value("policy_id", "")]);
    const auto libraries = workspace.Call("GET", "/api/2.0/libraries/cluster-status?cluster_id=" + id);
    for (const auto& status : libraries.value("library_statuses", emulator::Json::array())) {
      contents.insert("library of " + names[id] + " " + status.at("library").dump());
    }
  }
  for (const auto& pinned : workspace.List("/api/2.1/clusters/list?filter_by.is_pinned=true", "clusters")) {
    contents.insert("pinned " + pinned.at("cluster_name").get<std::string>());
  }
  size_t position = 0;
  for (const auto& script : workspace.List("/api/2.0/global-init-scripts", "scripts")) {
    contents.insert("script " + std::to_string(position++) + " " + script.at("name").get<std::string>());
    CHECK(!script.value("enabled", false));
  }
  for (const auto& listed : workspace.Jobs()) names[listed.at("job_id").dump()] = listed.at("settings").at("name");
  for (const auto& listed : workspace.Jobs()) {
    auto job = workspace.Call("GET", "/api/2.2/jobs/get?job_id=" + listed.at("job_id").dump());
    std::string line = "job " + job.at("settings").at("name").get<std::string>();
    for (const auto& task : job.at("settings").value("tasks", emulator::Json::array())) {
      if (task.contains("run_job_task")) line += " calls " + names[task.at("run_job_task").at("job_id").dump()];
      if (task.contains("existing_cluster_id")) line += " on " + names[task.at("existing_cluster_id")];
    }
    if (job.at("settings").contains("schedule")) {
      line += " " + job.at("settings").at("schedule").at("pause_status").get<std::string>();
    }
    contents.insert(line);
  }
  for (const std::string path : {"/Shared/team/etl", "/Shared/team/notes.txt"}) {
    if (workspace.emulator().tree().Find(path) != nullptr) contents.insert("node " + path);
  }
  if (const std::string* big = workspace.emulator().dbfs().File("/FileStore/big.bin")) {
    contents.insert("dbfs " + std::to_string(big->size()) + " " + std::to_string(Xxh64Of(*big)));
  }
  return contents;
}

inline std::string Text(const std::multiset<std::string>& contents) {
  std::string text;
  for (const std::string& line : contents) text += line + "\n";
  return text;
}

// The journal knows of every object how it ended.
inline void NothingIsOpen(const std::string& journal) {
  const auto state = restore::ReadJournal(FileSystem::Real(), journal);
  REQUIRE(state.ok());
  for (const auto& [key, known] : state->progress) {
    INFO(key.kind << " " << known.natural_key);
    CHECK(known.done);
  }
}

// One undisturbed run.
struct Clean {
  explicit Clean(const Small& small) : target(2) {
    EmulatorTransport direct(target.emulator());
    RecordingTransport recording(direct);
    FaultyTransport counting(recording);
    RestoreRun run(small.archive, target, small.folder / "clean", &counting);
    run.MustPlan();
    before_replay = counting.calls();
    const restore::Report report = run.Replay();
    INFO(Complaints(report));
    CHECK(report.Complete());
    calls = counting.calls();
    writes = recording.writes();
    contents = Contents(target);
    CHECK(target.fired().empty());
  }
  EmulatedWorkspace target;
  size_t before_replay = 0, calls = 0;
  Writes writes;
  std::multiset<std::string> contents;
};

}  // namespace dbxark::test
