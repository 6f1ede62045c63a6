#include "activity/switcher.h"

#include "activity/cutover.h"
#include "activity/freeze.h"
#include "http/retrying_transport.h"
#include "objects/registry.h"
#include "support/faulty_transport.h"
#include "support/restore_fixture.h"

using namespace dbxark;
using namespace dbxark::test;
using activity::State;
using emulator::Json;

namespace {

constexpr char kSchedule[] = "settings.schedule.pause_status";

// A workspace with jobs that run by themselves, a pool that costs, and a script.
struct Busy {
  Busy() {
    for (const std::string name : {"a", "b", "c"}) {
      jobs.push_back(
          space
              .Call("POST", "/api/2.2/jobs/create",
                    {{"name", name}, {"schedule", {{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "UTC"}}}})
              .at("job_id")
              .dump());
    }
    space.Call("POST", "/api/2.0/instance-pools/create",
               {{"instance_pool_name", "pool"}, {"node_type_id", "i3.xlarge"}, {"min_idle_instances", 2}});
    space.Call("POST", "/api/2.0/global-init-scripts",
               {{"name", "script"}, {"script", "ZWNobyBoaQo="}, {"enabled", true}});
  }

  // What is on, by kind and name.
  std::vector<std::string> On() {
    EmulatorTransport transport(space.emulator());
    workspace::Client client(transport, space.clock());
    const auto targets = activity::FreezeTargets(client, {}, {.workers = 1}, [](const workspace::Gap&) {}, {});
    REQUIRE(targets.ok());
    std::vector<std::string> on;
    for (const activity::Target& target : *targets) {
      for (const activity::Wanted& wanted : target.wanted) {
        on.push_back(std::string(target.kind->name) + " " + target.natural_key + " " + wanted.path + " " +
                     wanted.on_value);
      }
    }
    return on;
  }

  EmulatedWorkspace space{7};
  std::vector<std::string> jobs;
};

struct Outcome {
  size_t requests = 0, written = 0;
  bool interrupted = false;
};

// One run of a freeze (or of thawing), which sees nothing answered from request `stop_at` on.
Outcome Freeze(Busy& busy, const std::string& journal, bool thaw, size_t stop_at, size_t lose = 0) {
  EmulatorTransport direct(busy.space.emulator());
  FaultyTransport faulty(direct);
  if (stop_at > 0) faulty.StopAt(stop_at);
  if (lose > 0) faulty.FailCall(lose);
  http::RetryOptions patient;
  patient.jitter_seed = 1;
  http::RetryingTransport retrying(faulty, busy.space.clock(), patient);
  workspace::Client client(retrying, busy.space.clock());
  auto log = activity::FreezeLog::Open(FileSystem::Real(), journal, "1");
  REQUIRE(log.ok());
  activity::SwitchOptions options;
  options.workers = 1;
  Outcome outcome;
  std::vector<activity::Target> targets;
  if (thaw) {
    auto found = activity::ThawTargets((*log)->state(), {});
    REQUIRE(found.ok());
    targets = std::move(*found);
    options.after = [&](const std::vector<activity::Item>& items) {
      for (const activity::Item& item : items) {
        if (item.state == State::kDone || item.state == State::kAlready)
          REQUIRE((*log)->RecordThawed(activity::FreezeLog::KeyOf(item)).ok());
      }
    };
  } else {
    auto found = activity::FreezeTargets(client, {}, {.workers = 1}, [](const workspace::Gap&) {}, {});
    outcome.interrupted = !found.ok();
    if (found.ok()) targets = std::move(*found);
    options.before = [&](const std::vector<activity::Item>& items) {
      for (const activity::Item& item : items) {
        if (Status noted = (*log)->RecordFrozen(item, 1); !noted.ok()) return noted;
      }
      return Status();
    };
  }
  const auto done = activity::Carry(client, targets, options, {});
  REQUIRE(done.ok());
  for (const activity::Item& item : *done) {
    INFO(item.natural_key << ": " << item.reason);
    if (stop_at == 0) CHECK((item.state == State::kDone || item.state == State::kAlready));
    outcome.written += item.state == State::kDone ? 1 : 0;
    outcome.interrupted = outcome.interrupted || item.state == State::kToDo;
  }
  outcome.requests = faulty.calls();
  return outcome;
}

}  // namespace

TEST_CASE("a freeze stopped at any request goes on, and thaws to what was on") {
  TempFolder folder;
  size_t requests = 0;
  {
    Busy busy;
    const auto before = busy.On();
    REQUIRE(before.size() == 5);
    const std::string journal = folder / "whole.journal";
    const Outcome whole = Freeze(busy, journal, false, 0);
    requests = whole.requests;
    CHECK(whole.written == 5);
    CHECK(busy.On().empty());
    CHECK(Freeze(busy, journal, false, 0).written == 0);
    CHECK(Freeze(busy, journal, true, 0).written == 5);
    CHECK(busy.On() == before);
  }
  for (size_t stop_at = 1; stop_at <= requests; ++stop_at) {
    INFO("stopped at request " << stop_at);
    Busy busy;
    const auto before = busy.On();
    const std::string journal = folder / (std::to_string(stop_at) + ".journal");
    Freeze(busy, journal, false, stop_at);
    Freeze(busy, journal, false, 0);
    CHECK(busy.On().empty());
    Freeze(busy, journal, true, std::min<size_t>(stop_at, 7));
    Freeze(busy, journal, true, 0);
    CHECK(busy.On() == before);
  }
}

TEST_CASE("a freeze whose answers are lost is the same") {
  TempFolder folder;
  size_t requests = 1;
  for (size_t lose = 1; lose <= requests; ++lose) {
    INFO("lost: answer " << lose);
    Busy busy;
    const auto before = busy.On();
    const std::string journal = folder / (std::to_string(lose) + ".journal");
    requests = Freeze(busy, journal, false, 0, lose).requests;
    CHECK(busy.On().empty());
    Freeze(busy, journal, true, 0, std::min<size_t>(lose, 9));
    CHECK(busy.On() == before);
  }
  CHECK(requests > 10);
}

TEST_CASE("what is gone, and what lost its schedule, is told and not made") {
  Busy busy;
  EmulatorTransport transport(busy.space.emulator());
  workspace::Client client(transport, busy.space.clock());
  busy.space.Call("POST", "/api/2.2/jobs/delete", {{"job_id", std::stoll(busy.jobs[0])}});
  busy.space.Call("POST", "/api/2.2/jobs/update",
                  {{"job_id", std::stoll(busy.jobs[1])}, {"fields_to_remove", {"schedule"}}});
  std::vector<activity::Target> targets;
  for (const std::string& id : busy.jobs) {
    targets.push_back({&objects::kJob, id, "job", {{kSchedule, false, "\"UNPAUSED\""}}});
  }
  const auto looked = activity::Look(client, targets, {.workers = 1, .before = {}, .after = {}}, {});
  REQUIRE(looked.ok());
  REQUIRE(looked->size() == 3);
  CHECK((*looked)[0].state == State::kImpossible);
  CHECK((*looked)[0].reason == "is not in the workspace any more");
  CHECK((*looked)[1].reason == "is not there any more");
  CHECK((*looked)[2].state == State::kToDo);
  CHECK((*looked)[2].after == "\"PAUSED\"");
}

TEST_CASE("places have the words that people use") {
  CHECK(activity::PlaceWord(objects::kJob, kSchedule) == "schedule");
  CHECK(activity::PlaceWord(objects::kJob, "settings.triggers[12].pause_status") == "trigger 12");
  CHECK(activity::PlaceWord(objects::kInstancePool, "min_idle_instances") == "min idle instances");
  CHECK(activity::PlaceWord(objects::kGlobalInitScript, "enabled") == "enabled");
}

TEST_CASE("a freeze's journal belongs to one workspace") {
  TempFolder folder;
  const std::string path = folder / "f.journal";
  REQUIRE(activity::FreezeLog::Open(FileSystem::Real(), path, "1").ok());
  const auto other = activity::FreezeLog::Open(FileSystem::Real(), path, "2");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code() == ErrorCode::kAlreadyExists);
  CHECK(activity::FreezeLog::Read(FileSystem::Real(), path, "1")->frozen.empty());
  CHECK(activity::FreezeLog::Read(FileSystem::Real(), path, "2").error().code() == ErrorCode::kAlreadyExists);
}
