// A target that others change while a restore is at work: swept over every moment, from the plan to the last request.
#include <functional>
#include <set>
#include <utility>

#include "support/small_workspace.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::test;
using emulator::Json;
using restore::Outcome;

namespace {

// Lets somebody in before the nth request.
class Intruder : public http::Transport {
 public:
  Intruder(http::Transport& inner, size_t at, std::function<void()> act)
      : inner_(inner), at_(at), act_(std::move(act)) {}

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    if (++calls_ == at_) act_();
    if (request.effect != http::Effect::kRead) ++changes_;
    return inner_.Send(request, stop);
  }

  bool came() const { return calls_ >= at_; }
  size_t changes() const { return changes_; }  // requests that may change something

 private:
  http::Transport& inner_;
  const size_t at_;
  const std::function<void()> act_;
  size_t calls_ = 0, changes_ = 0;
};

std::vector<std::string> IdsNamed(const std::vector<Json>& list, const std::string& id, const std::string& key,
                                  const std::string& name) {
  std::vector<std::string> ids;
  for (const Json& item : list) {
    if (item.value(key, "") == name) ids.push_back(item.at(id));
  }
  return ids;
}

void DeleteJob(EmulatedWorkspace& target, const std::string& name) {
  for (const Json& job : target.Jobs()) {
    if (job.at("settings").at("name") != name) continue;
    target.Call("POST", "/api/2.2/jobs/delete", {{"job_id", job.at("job_id")}});
    return;
  }
}

void DeletePath(EmulatedWorkspace& target, const std::string& path) {
  if (target.emulator().tree().Find(path) == nullptr) return;
  target.Call("POST", "/api/2.0/workspace/delete", {{"path", path}, {"recursive", true}});
}

void MakeNode(EmulatedWorkspace& target, const std::string& path, bool notebook) {
  if (target.emulator().tree().Find(path) != nullptr) return;
  if (notebook) {
    target.emulator().tree().PutNotebook(path, "PYTHON", "# Databricks notebook source\nprint('theirs')\n");
  } else {
    target.emulator().tree().PutFile(path, "theirs");
  }
}

struct Intrusion {
  std::string name;
  std::function<void(EmulatedWorkspace&)> act;
  // Whether all that the archive has can be there after it.
  bool mends = true;
  // Whether something that stays refers to it: that is somebody's to update.
  bool leaves_references = false;
};

// Each does nothing where there is nothing to do it to.
std::vector<Intrusion> Deletions() {
  return {
      {"the cluster is deleted",
       [](EmulatedWorkspace& target) {
         for (const std::string& id : IdsNamed(target.Clusters(), "cluster_id", "cluster_name", "shared")) {
           target.Call("POST", "/api/2.1/clusters/permanent-delete", {{"cluster_id", id}});
         }
       },
       true, true},
      {"the pool is deleted",
       [](EmulatedWorkspace& target) {
         for (const std::string& id : IdsNamed(target.List("/api/2.0/instance-pools/list", "instance_pools"),
                                               "instance_pool_id", "instance_pool_name", "pool")) {
           target.Call("POST", "/api/2.0/instance-pools/delete", {{"instance_pool_id", id}});
         }
       },
       true, true},
      {"the policies are deleted",
       [](EmulatedWorkspace& target) {
         for (const std::string name : {"policy", "kept"}) {
           for (const std::string& id :
                IdsNamed(target.List("/api/2.0/policies/clusters/list", "policies"), "policy_id", "name", name)) {
             target.Call("POST", "/api/2.0/policies/clusters/delete", {{"policy_id", id}});
           }
         }
       },
       true, true},
      {"a twin is deleted", [](EmulatedWorkspace& target) { DeleteJob(target, "twin"); }},
      {"a job that calls itself is deleted", [](EmulatedWorkspace& target) { DeleteJob(target, "again"); }},
      {"the first script is deleted",
       [](EmulatedWorkspace& target) {
         for (const std::string& id :
              IdsNamed(target.List("/api/2.0/global-init-scripts", "scripts"), "script_id", "name", "first")) {
           target.Call("DELETE", "/api/2.0/global-init-scripts/" + id);
         }
       }},
      {"the folder is deleted", [](EmulatedWorkspace& target) { DeletePath(target, "/Shared/team"); }},
      {"the notebook is deleted", [](EmulatedWorkspace& target) { DeletePath(target, "/Shared/team/etl"); }},
      {"the file of DBFS is deleted",
       [](EmulatedWorkspace& target) {
         target.Call("POST", "/api/2.0/dbfs/delete", {{"path", "/FileStore/big.bin"}});
       }},
  };
}

std::vector<Intrusion> Additions() {
  const auto cluster = [](EmulatedWorkspace& target) {
    target.Call("POST", "/api/2.1/clusters/create",
                {{"cluster_name", "shared"},
                 {"spark_version", "15.4.x-scala2.12"},
                 {"node_type_id", "i3.xlarge"},
                 {"num_workers", 7}});
  };
  return {
      {"another cluster of its name", cluster},
      {"another pool of its name",
       [](EmulatedWorkspace& target) {
         const auto pools = target.List("/api/2.0/instance-pools/list", "instance_pools");
         if (!IdsNamed(pools, "instance_pool_id", "instance_pool_name", "pool").empty()) return;
         target.Call("POST", "/api/2.0/instance-pools/create",
                     {{"instance_pool_name", "pool"}, {"node_type_id", "i3.2xlarge"}});
       }},
      {"another policy of its name",
       [](EmulatedWorkspace& target) {
         const auto policies = target.List("/api/2.0/policies/clusters/list", "policies");
         if (!IdsNamed(policies, "policy_id", "name", "policy").empty()) return;
         target.Call("POST", "/api/2.0/policies/clusters/create", {{"name", "policy"}, {"definition", "{}"}});
       }},
      {"another script of its name",
       [](EmulatedWorkspace& target) {
         target.Call("POST", "/api/2.0/global-init-scripts", {{"name", "first"}, {"script", "ZWNobyB4Cg=="}});
       }},
      {"another job of its name",
       [](EmulatedWorkspace& target) {
         target.Call("POST", "/api/2.2/jobs/create", {{"name", "twin"}, {"tasks", Json::array()}});
       }},
      {"a file where the notebook goes", [](EmulatedWorkspace& target) { MakeNode(target, "/Shared/team/etl", false); },
       false},
      {"another notebook where the notebook goes",
       [](EmulatedWorkspace& target) { MakeNode(target, "/Shared/team/etl", true); }, false},
      {"a notebook where the file goes",
       [](EmulatedWorkspace& target) { MakeNode(target, "/Shared/team/notes.txt", true); }, false},
      {"a file where the folder goes", [](EmulatedWorkspace& target) { MakeNode(target, "/Shared/team", false); },
       false},
      {"a folder where the file of DBFS goes",
       [](EmulatedWorkspace& target) {
         if (target.emulator().dbfs().File("/FileStore/big.bin") != nullptr) return;
         target.Call("POST", "/api/2.0/dbfs/mkdirs", {{"path", "/FileStore/big.bin"}});
       },
       false},
  };
}

// What came of a step, in one place: each object has one line at most, or two where it was made and its second pass
// failed, and each that is bad a reason.
void EachIsToldOnce(const restore::Report& report) {
  std::set<std::string> told;
  for (const auto& [outcome, items] : report.items) {
    for (const auto& item : items) {
      INFO(item.kind << " " << item.natural_key << ": " << item.reason);
      const bool bad = outcome == Outcome::kFailed || outcome == Outcome::kBlocked || outcome == Outcome::kUnknown;
      const bool second_pass = bad && item.reason.starts_with("made without its ");
      if (!second_pass) CHECK(told.insert(item.kind + '\n' + item.id).second);
      if (bad) CHECK(!item.reason.empty());
    }
  }
}

// What is there, but for the order of scripts: those of others come in between.
std::multiset<std::string> Unordered(const std::multiset<std::string>& contents) {
  std::multiset<std::string> lines;
  for (const std::string& line : contents) {
    lines.insert(line.starts_with("script ") ? "script " + line.substr(line.find(' ', 7) + 1) : line);
  }
  return lines;
}

std::multiset<std::string> Without(std::multiset<std::string> lines, const std::multiset<std::string>& others) {
  for (const std::string& line : others) {
    if (const auto found = lines.find(line); found != lines.end()) lines.erase(found);
  }
  return lines;
}

// What the last two of four restores find: the first one was disturbed.
struct Aftermath {
  restore::Report second, updated;  // the second run, and one with --on-conflict update
  std::multiset<std::string> clean, after_second, after_update;
};

// Restores while somebody comes in at every moment; then twice more, which is to settle it, and once with updates.
void Sweep(const Intrusion& intrusion, const std::function<void(const Aftermath&)>& check) {
  const Small small;
  const Clean clean(small);
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(31, 3)) {
    INFO(intrusion.name << " before request " << at << " of " << clean.calls);
    EmulatedWorkspace target(2);
    const std::string journal = small.folder / ("meanwhile " + std::to_string(at));
    EmulatorTransport direct(target.emulator());
    {
      Intruder intruder(direct, at, [&] { intrusion.act(target); });
      const restore::Report report = RestoreRun(small.archive, target, journal, &intruder).Run();
      CHECK(intruder.came());
      CHECK(!report.interrupted);
      EachIsToldOnce(report);
    }
    Aftermath aftermath;
    aftermath.clean = clean.contents;
    aftermath.second = RestoreRun(small.archive, target, journal).Run();
    aftermath.after_second = Contents(target);
    INFO(Complaints(aftermath.second) << Text(aftermath.after_second));
    EachIsToldOnce(aftermath.second);
    {
      Intruder nobody(direct, 0, {});
      const restore::Report third = RestoreRun(small.archive, target, journal, &nobody).Run();
      CHECK(third.Complete() == aftermath.second.Complete());
      // What is refused is asked for again, in vain.
      if (third.Complete()) CHECK(nobody.changes() == 0);
      CHECK(Text(Contents(target)) == Text(aftermath.after_second));
    }
    RestoreRun updating(small.archive, target, journal);
    updating.options.on_conflict.all = restore::OnConflict::kUpdate;
    aftermath.updated = updating.Run();
    aftermath.after_update = Contents(target);
    INFO("updated:\n" << Complaints(aftermath.updated) << Text(aftermath.after_update));
    check(aftermath);
    CHECK(target.fired().empty());
  }
}

}  // namespace

TEST_CASE("what is deleted while a restore is at work is there after the next one, once") {
  for (const Intrusion& deletion : Deletions()) {
    Sweep(deletion, [&](const Aftermath& aftermath) {
      CHECK(aftermath.after_second.size() <= aftermath.clean.size());
      if (!deletion.leaves_references) CHECK(Text(aftermath.after_second) == Text(aftermath.clean));
      CHECK(aftermath.updated.Complete());
      CHECK(Text(aftermath.after_update) == Text(aftermath.clean));
    });
  }
}

TEST_CASE("what others make while a restore is at work stays, and what belongs there comes beside it or is reported") {
  for (const Intrusion& addition : Additions()) {
    Sweep(addition, [&](const Aftermath& aftermath) {
      const auto clean = Unordered(aftermath.clean), after_second = Unordered(aftermath.after_second);
      CHECK(Without(after_second, clean).size() <= 2);
      const bool missing = !Without(clean, after_second).empty();
      // What was there is adopted, and where it differs, that is said.
      size_t told = aftermath.second.Count(Outcome::kFailed) + aftermath.second.Count(Outcome::kBlocked) +
                    aftermath.second.Count(Outcome::kSkipped);
      for (const auto& item : aftermath.second.Of(Outcome::kAdopted)) told += item.reason.starts_with("is there and");
      if (missing) CHECK(told > 0);
      if (addition.mends) CHECK(Text(Without(clean, Unordered(aftermath.after_update))) == "");
    });
  }
}

TEST_CASE("a user who is removed while a restore is at work makes jobs that run as him fail, and no others") {
  TempFolder folder;
  const std::string archive = folder / "jobs.tar.zst";
  const auto add_user = [](EmulatedWorkspace& workspace) {
    const Json user = {{"userName", "ana@example.com"}};
    return workspace.Call("POST", "/api/2.0/preview/scim/v2/Users", user).at("id").get<std::string>();
  };
  EmulatedWorkspace source(1);
  add_user(source);
  const Json task = {{"task_key", "run"}, {"notebook_task", {{"notebook_path", "/Shared/etl"}}}};
  for (const std::string name : {"a", "b", "c"}) {
    Json settings = {{"name", name}, {"tasks", Json::array({task})}};
    if (name != "b") settings["run_as"] = {{"user_name", "ana@example.com"}};
    source.Call("POST", "/api/2.2/jobs/create", settings);
  }
  Export(source, archive);
  for (size_t at = 0; at < 4; ++at) {
    EmulatedWorkspace target(2, {"run-as-checked"});
    const std::string ana = add_user(target);
    EmulatorTransport direct(target.emulator());
    const auto remove = [&] { target.Call("DELETE", "/api/2.0/preview/scim/v2/Users/" + ana); };
    const std::string journal = folder / ("user " + std::to_string(at));
    size_t before = 0;
    {
      FaultyTransport counter(direct);
      RestoreRun run(archive, target, folder / ("count " + std::to_string(at)), &counter);
      run.MustPlan();
      before = counter.calls();
    }
    INFO("removed before create " << at);
    Intruder intruder(direct, before + 1 + at, remove);
    const restore::Report report = RestoreRun(archive, target, journal, &intruder).Run();
    INFO(Complaints(report));
    const size_t refused = at < 1 ? 2 : at < 3 ? 1 : 0;  // a and c are the first and the third
    CHECK(report.Count(Outcome::kFailed) == refused);
    CHECK(report.Count(Outcome::kCreated) == 3 - refused);
    for (const auto& [outcome, items] : report.items) {
      for (const auto& item : items) {
        if (outcome == Outcome::kFailed) CHECK(item.reason.find("ana@example.com") != std::string::npos);
      }
    }
    // Once there is such a user again, what is missing is made.
    if (at < 3) add_user(target);
    const restore::Report second = RestoreRun(archive, target, journal).Run();
    INFO(Complaints(second));
    CHECK(second.Complete());
    CHECK(target.Jobs().size() == 3);
  }
}
