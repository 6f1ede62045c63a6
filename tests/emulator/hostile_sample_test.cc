// The hostile sample, and what in it happens by itself.
#include "emulator/compute_family.h"
#include "emulator/jobs_family.h"
#include "emulator/sample.h"
#include "emulator/sample_hostile.h"
#include "emulator/service.h"
#include "support/catch.h"

using namespace emulator;

namespace {

const std::string kRoot = kHostileRoot;
const std::string kList = "/api/2.0/workspace/list?path=", kExport = "/api/2.0/workspace/export?format=SOURCE&path=";

Service Filled() {
  Service service;
  *service.now = kSampleEpochMs + 30 * int64_t{86400000};
  FillHostileSample(*service.emulator);
  return service;
}

std::set<std::string> NamesIn(Service& service, const std::string& folder) {
  std::set<std::string> names;
  const Json listed = service.Get(kList + PercentEncode(folder));
  for (const Json& node : listed.value("objects", Json::array())) {
    names.insert(node.at("path").get<std::string>().substr(folder.size() + 1));
  }
  return names;
}

size_t CountOf(Service& service, const std::string& target, const char* array) {
  return service.Get(target).value(array, Json::array()).size();
}

}  // namespace

TEST_CASE("the hostile sample is the same for the same seed, and survives saving and loading") {
  Service one, two, three;
  *two.now += 86400000;
  FillHostileSample(*one.emulator);
  FillHostileSample(*two.emulator);
  const Json saved = one.emulator->Save();
  CHECK(saved == two.emulator->Save());
  three.emulator->Load(Json::parse(saved.dump(-1, ' ', false, Json::error_handler_t::strict)));
  CHECK(saved == three.emulator->Save());
}

TEST_CASE("the hostile sample has each name as a notebook, a file, a folder, a DBFS file and a job") {
  Service service = Filled();
  const std::set<std::string> names(HostileNames().begin(), HostileNames().end());
  CHECK(names.size() == HostileNames().size());
  for (const char* kind : {"files", "notebooks", "folders"}) CHECK(NamesIn(service, kRoot + "/names/" + kind) == names);
  CHECK(CountOf(service, "/api/2.0/dbfs/list?path=/FileStore/hostile/files", "files") == names.size());
  for (const std::string& name : names) {
    CHECK(service.GetOutcome(kExport + PercentEncode(kRoot + "/names/notebooks/" + name)) == "200");
    CHECK(service.GetOutcome("/api/2.0/workspace-files" + kRoot + "/names/files/" + PercentEncode(name)) == "200");
    CHECK(service.GetOutcome("/api/2.0/dbfs/read?path=/FileStore/hostile/files/" + PercentEncode(name)) == "200");
  }
}

TEST_CASE("every definition of the hostile sample can be read") {
  Service service = Filled();
  std::string token;
  std::set<std::string> types;
  size_t jobs = 0, long_jobs = 0;
  do {
    const Json page =
        service.Get("/api/2.2/jobs/list?limit=100" + (token.empty() ? "" : "&page_token=" + PercentEncode(token)));
    token = page.value("next_page_token", "");
    for (const Json& listed : page.at("jobs")) {
      const Json job = service.Get("/api/2.2/jobs/get?job_id=" + listed.at("job_id").dump());
      REQUIRE(job.contains("settings"));
      ++jobs;
      long_jobs += job.contains("next_page_token");
      for (const Json& task : job["settings"].value("tasks", Json::array())) {
        for (const auto& [name, value] : task.items()) {
          if (name.ends_with("_task")) types.insert(name);
        }
      }
    }
  } while (!token.empty());
  CHECK(jobs > HostileNames().size() + 60);
  CHECK(long_jobs == 2);
  CHECK(types.size() == 23);  // the 22 of the SDK, and one that is still to come
  for (const auto& [list, array, id, get] :
       {std::tuple{"/api/2.0/instance-pools/list", "instance_pools", "instance_pool_id", "/api/2.0/instance-pools/get"},
        std::tuple{"/api/2.0/policies/clusters/list", "policies", "policy_id", "/api/2.0/policies/clusters/get"},
        std::tuple{"/api/2.0/clusters/list", "clusters", "cluster_id", "/api/2.0/clusters/get"}}) {
    const Json all = service.Get(list);
    CHECK(all.at(array).size() >= 5);
    for (const Json& one : all.at(array)) {
      CHECK(service.GetOutcome(get + ("?" + std::string(id)) + "=" + one.at(id).get<std::string>()) == "200");
    }
  }
  for (const Json& script : service.Get("/api/2.0/global-init-scripts").at("scripts")) {
    CHECK(service.GetOutcome("/api/2.0/global-init-scripts/" + script.at("script_id").get<std::string>()) == "200");
  }
  CHECK(service.emulator->jobs().fired().empty());
}

TEST_CASE("an object that goes when it is shown is listed once and is not there any more") {
  Service service;
  service.emulator->tree().PutNotebook("/Shared/a/b", "PYTHON", "# Databricks notebook source\n");
  service.emulator->tree().Find("/Shared/a")->fate = Fate::kGoneWhenShown;
  const Json saved = service.emulator->Save();
  CHECK(NamesIn(service, "/Shared") == std::set<std::string>{"a"});
  CHECK(service.GetOutcome(kList + "/Shared/a") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(service.GetOutcome(kExport + "/Shared/a/b") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(NamesIn(service, "/Shared").empty());
  service.emulator->Load(saved);
  CHECK(service.GetOutcome("/api/2.0/workspace/get-status?path=/Shared/a") == "200");
  CHECK(service.GetOutcome("/api/2.0/workspace/get-status?path=/Shared/a") == "404 RESOURCE_DOES_NOT_EXIST");
}

TEST_CASE("an object that goes when it is read is cut off in its midst, and a folder with what it has listed") {
  Service service;
  WorkspaceTree& tree = service.emulator->tree();
  tree.PutFile("/Shared/f", "0123456789");
  tree.Find("/Shared/f")->fate = Fate::kGoneWhenRead;
  tree.PutFile("/Shared/folder/g", "g");
  tree.Find("/Shared/folder")->fate = Fate::kGoneWhenRead;
  const Json saved = service.emulator->Save();
  for (const char* target : {"/api/2.0/workspace/export?format=AUTO&direct_download=true&path=/Shared/f",
                             "/api/2.0/workspace-files/Shared/f"}) {
    service.emulator->Load(saved);
    CHECK(NamesIn(service, "/Shared") == std::set<std::string>{"f", "folder"});
    const Response cut = service.Ask("GET", target);
    CHECK(cut.body == "0123456789");
    CHECK(cut.wire.kind == WireFault::Kind::kShortBody);
    CHECK(cut.wire.bytes == 5);
    CHECK(service.GetOutcome(target) == "404 RESOURCE_DOES_NOT_EXIST");
  }
  CHECK(NamesIn(service, "/Shared/folder") == std::set<std::string>{"g"});
  CHECK(service.GetOutcome("/api/2.0/workspace/export?format=AUTO&path=/Shared/folder/g") ==
        "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(NamesIn(service, "/Shared").empty());
}

TEST_CASE("a DBFS file that grows is longer after each read, as often as was said") {
  Service service;
  service.emulator->dbfs().PutFile("/f", "line\n");
  service.emulator->dbfs().Grow("/f", 3, 2);
  const Json saved = service.emulator->Save();
  const auto size = [&] { return service.Get("/api/2.0/dbfs/get-status?path=/f").at("file_size").get<int>(); };
  const auto modified = [&] {
    return service.Get("/api/2.0/dbfs/get-status?path=/f").at("modification_time").get<int64_t>();
  };
  for (int round = 0; round < 2; ++round) {
    const int64_t before = modified();
    CHECK(size() == 5);
    *service.now += 1000;
    CHECK(service.Get("/api/2.0/dbfs/read?path=/f").at("bytes_read") == 5);
    CHECK(size() == 8);
    CHECK(modified() > before);
    service.Get("/api/2.0/dbfs/read?path=/f");
    CHECK(service.Get("/api/2.0/dbfs/read?path=/f").at("bytes_read") == 11);
    CHECK(size() == 11);
    service.emulator->Load(saved);
  }
}
