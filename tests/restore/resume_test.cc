// A restore that ends at any moment is taken up again.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "emulator/dbfs_family.h"
#include "emulator/workspace_family.h"
#include "support/faulty_transport.h"
#include "support/recording_transport.h"
#include "support/restore_fixture.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::test;
using restore::Outcome;

namespace {

// Small, and with one of everything that a restore does in more than one request.
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
std::multiset<std::string> Contents(EmulatedWorkspace& workspace) {
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

std::string Text(const std::multiset<std::string>& contents) {
  std::string text;
  for (const std::string& line : contents) text += line + "\n";
  return text;
}

// The journal knows of every object how it ended.
void NothingIsOpen(const std::string& journal) {
  const auto progress = restore::ReadJournal(FileSystem::Real(), journal);
  REQUIRE(progress.ok());
  for (const auto& [key, known] : *progress) {
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

// A restore that is disturbed, and one more to its end.
class Disturbed {
 public:
  Disturbed(const Small& small, const Clean& clean, const std::string& name, size_t workers = 1)
      : small_(small), clean_(clean), workers_(workers), journal_(small.folder / name) {}

  // `disturb` sets the faults of the first run.
  restore::Report First(const std::function<void(FaultyTransport&)>& disturb) {
    EmulatorTransport direct(target_.emulator());
    RecordingTransport recording(direct);
    FaultyTransport faulty(recording);
    disturb(faulty);
    RestoreRun run(small_.archive, target_, journal_, &faulty);
    run.options.workers = workers_;
    restore::Report report = run.Run();
    fired_ = faulty.fired();
    sent_.push_back(recording.writes());
    return report;
  }

  // The target is as after an undisturbed run, nothing is open, and of all writes of both runs at most one for each
  // worker was sent twice.
  //
  // Why this holds: a step that was done is in the journal or found by its path, and is not done again; so only what a
  // worker had under way when it ended may be, and that is one request, whose answer nobody saw. Look-ups come on top
  // of that, and write nothing. An upload in pieces is one step of many requests, whose handle is lost with the run: it
  // begins anew, with all pieces that were sent before.
  void SecondEndsIt() {
    EmulatorTransport direct(target_.emulator());
    RecordingTransport recording(direct);
    RestoreRun run(small_.archive, target_, journal_, &recording);
    run.options.workers = workers_;
    const restore::Report report = run.Run();
    sent_.push_back(recording.writes());
    INFO(Complaints(report));
    CHECK(report.Complete());
    CHECK(Text(Contents(target_)) == Text(clean_.contents));
    CHECK(target_.fired().empty());
    NothingIsOpen(journal_);

    std::vector<std::string> repeated = Repeated(sent_, clean_.writes);
    const size_t all = repeated.size();
    std::erase_if(repeated, [](const std::string& write) { return write.find("/api/2.0/dbfs/") != write.npos; });
    std::string text;
    for (const std::string& write : repeated) text += write + "\n";
    INFO("sent twice: " << text);
    CHECK(repeated.size() <= workers_);
    CHECK(all - repeated.size() <= kPieces);
    repeated_ = repeated.size();
  }

  size_t fired() const { return fired_; }
  size_t repeated() const { return repeated_; }

 private:
  static constexpr size_t kPieces = 4;  // of 1.5 MB: create, two blocks, close
  const Small& small_;
  const Clean& clean_;
  const size_t workers_;
  const std::string journal_;
  EmulatedWorkspace target_{2};
  std::vector<Writes> sent_;
  size_t fired_ = 0, repeated_ = 0;
};

}  // namespace

TEST_CASE("a restore that is stopped at any request is taken up again, and the target is as after a clean one") {
  const Small small;
  const Clean clean(small);
  INFO(Text(clean.contents));
  REQUIRE(clean.calls > clean.before_replay + 15);
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(5)) {
    INFO("stopped at request " << at << " of " << clean.calls);
    Disturbed restore(small, clean, "stopped " + std::to_string(at));
    const restore::Report report = restore.First([&](FaultyTransport& faulty) { faulty.StopAt(at); });
    CHECK((report.interrupted || report.read_back.interrupted));
    CHECK(restore.fired() > 0);
    restore.SecondEndsIt();
    CHECK(restore.repeated() == 0);  // nothing was under way: what was stopped never left
  }
}

// As if the machine went down: the service acted, and nobody learned of it.
TEST_CASE("an answer that gets lost at any request makes nothing twice") {
  const Small small;
  const Clean clean(small);
  size_t repeated = 0;
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(5)) {
    INFO("lost answer " << at << " of " << clean.calls);
    Disturbed restore(small, clean, "lost " + std::to_string(at));
    restore.First([&](FaultyTransport& faulty) {
      faulty.FailCall(at);
      faulty.StopAt(at + 1);
    });
    restore.SecondEndsIt();
    repeated += restore.repeated();
  }
  // Or else repetition is not seen: a pin, a stop or an install whose answer is lost is sent again.
  CHECK((repeated > 0 || SweepStride(5) > 1));
}

// In which order workers come is not the same twice: the sweep goes by number all the same, and promises what comes of
// it, not where it stopped.
TEST_CASE(
    "several workers that are stopped or go down at any request make nothing twice, and repeat one each at most") {
  const Small small;
  const Clean clean(small);
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepAll() ? 1 : 3 * SweepStride(5)) {
    INFO("at request " << at << " of about " << clean.calls);
    Disturbed stopped(small, clean, "four stopped " + std::to_string(at), 4);
    stopped.First([&](FaultyTransport& faulty) { faulty.StopAt(at); });
    stopped.SecondEndsIt();
    for (const size_t workers : {1, 4}) {
      INFO(workers << " go down");
      Disturbed down(small, clean, std::to_string(workers) + " down " + std::to_string(at), workers);
      down.First([&](FaultyTransport& faulty) { faulty.GoDownAt(at, workers); });
      down.SecondEndsIt();
    }
  }
}

namespace {

// Loses the answer to one create, right after somebody else has made an equal object: two look like ours.
class Stranger : public http::Transport {
 public:
  Stranger(http::Transport& inner, size_t at) : inner_(inner), at_(at) {}

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    if (++calls_ != at_ || request.effect != http::Effect::kOnce) return inner_.Send(request, stop);
    const auto ours = inner_.Send(request, stop);
    const auto theirs = inner_.Send(request, stop);
    doubled_ = ours.ok() && theirs.ok() && theirs->status == 200 && theirs->body != ours->body &&
               request.family != "dbfs";  // a handle is no object
    return Error(ErrorCode::kOutcomeUnknown, "connection reset");
  }
  // The service took both, and they are two.
  bool doubled() const { return doubled_; }

 private:
  http::Transport& inner_;
  const size_t at_;
  size_t calls_ = 0;
  bool doubled_ = false;
};

}  // namespace

TEST_CASE("a stranger's equal object, made while an answer gets lost, is not taken for a reason to make a third") {
  const Small small;
  const Clean clean(small);
  size_t doubled = 0;
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(5)) {
    INFO("lost answer " << at << " of " << clean.calls);
    EmulatedWorkspace target(2);
    const std::string journal = small.folder / ("stranger " + std::to_string(at));
    bool told = false, two = false;
    {
      EmulatorTransport direct(target.emulator());
      Stranger stranger(direct, at);
      const restore::Report report = RestoreRun(small.archive, target, journal, &stranger).Run();
      two = stranger.doubled();
      told = report.Count(Outcome::kUnknown) > 0;
    }
    doubled += two ? 1 : 0;
    const restore::Report report = RestoreRun(small.archive, target, journal).Run();
    INFO(Complaints(report));
    const auto contents = Contents(target);
    INFO(Text(contents));
    // Theirs, if it is one; nothing of ours twice. What cannot be told is said, not made again.
    const size_t expected = clean.contents.size() + (two ? 1 : 0);
    CHECK(contents.size() <= expected);
    if (contents.size() < expected) CHECK(told);
    if (!two) CHECK(Text(contents) == Text(clean.contents));
  }
  CHECK((doubled > 2 || SweepStride(5) > 1));
}
