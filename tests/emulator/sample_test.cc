#include <map>

#include "emulator/compute_service.h"
#include "emulator/jobs_family.h"
#include "emulator/notebook.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

// The workspace tree by path, walked through its API.
void Walk(Service& service, const std::string& path, std::map<std::string, Json>& nodes) {
  Json list = service.Get("/api/2.0/workspace/list?path=" + PercentEncode(path)).body;
  for (const Json& node : list.value("objects", Json::array())) {
    std::string at = node.at("path");
    nodes[at] = node;
    if (node.at("object_type") == "DIRECTORY" || node.at("object_type") == "REPO") Walk(service, at, nodes);
  }
}

size_t CountOf(const std::map<std::string, Json>& nodes, const char* name, const char* value) {
  size_t count = 0;
  for (const auto& [path, node] : nodes) count += node.value(name, "") == value;
  return count;
}

TEST_CASE("the small sample is a workspace worth looking at") {
  Service service;
  FillSmallSample(service.emulator());
  std::map<std::string, Json> nodes;
  Walk(service, "/", nodes);
  for (const char* language : {"PYTHON", "SQL", "SCALA", "R"}) CHECK(CountOf(nodes, "language", language) > 0);
  for (const char* type : {"NOTEBOOK", "FILE", "DIRECTORY", "REPO", "LIBRARY", "DASHBOARD", "MLFLOW_EXPERIMENT"}) {
    CHECK(CountOf(nodes, "object_type", type) > 0);
  }
  CHECK(nodes.contains("/Users/ana@example.com/etl"));
  CHECK(nodes.contains("/Users/ana@example.com/etl.py"));
  Reply big =
      service.Get("/api/2.0/workspace/export?format=SOURCE&path=" + PercentEncode("/Shared/big/generated table"));
  REQUIRE(big.status == 200);
  CHECK(Base64Decode(big.body.at("content").get<std::string>())->size() == 10380902);

  Json clusters = service.Get("/api/2.1/clusters/list?page_size=100").body.at("clusters");
  CHECK(clusters.size() == 9);
  std::map<std::string, int> names;
  for (const Json& cluster : clusters) ++names[cluster.value("cluster_name", "")];
  CHECK(names.at("etl") == 2);
  CHECK(service.Get("/api/2.1/clusters/list?filter_by.is_pinned=true").body.at("clusters").size() == 2);
  CHECK(service.Get("/api/2.1/clusters/list?filter_by.cluster_sources=JOB").body.at("clusters").size() == 1);
  CHECK(service.Get("/api/2.0/policies/clusters/list").body.at("policies").size() == 8);
  CHECK(service.Get("/api/2.0/instance-pools/list").body.at("instance_pools").size() == 2);
  CHECK(service.Get("/api/2.0/global-init-scripts").body.at("scripts").size() == 3);
  CHECK(service.Get("/api/2.0/libraries/all-cluster-statuses").body.at("statuses").size() == 2);

  Json jobs = service.Get("/api/2.2/jobs/list?limit=100&expand_tasks=true").body.at("jobs");
  CHECK(jobs.size() == 17);
  std::set<std::string> kinds;
  for (const Json& job : jobs) {
    for (const Json& task : job.at("settings").at("tasks")) {
      for (const auto& [name, value] : task.items()) {
        if (name.size() > 5 && name.substr(name.size() - 5) == "_task") kinds.insert(name);
      }
    }
  }
  CHECK(kinds.size() == 11);
  CHECK(service.emulator().jobs().fired().empty());
}

TEST_CASE("the small sample is the same for the same seed, whatever the time") {
  auto fill = [](int64_t later) {
    Service service;
    service.Pass(later);
    FillSmallSample(service.emulator());
    return service.emulator().Save().dump();
  };
  CHECK(fill(0) == fill(86400000));
}

TEST_CASE("the small sample survives saving and loading") {
  Service one, two;
  FillSmallSample(one.emulator());
  Json saved = one.emulator().Save();
  two.emulator().Load(Json::parse(saved.dump()));
  CHECK(two.emulator().Save() == saved);
}

// The objects of a workspace, as a backup counts them, by kind.
std::map<std::string, size_t> Census(Service& service) {
  std::map<std::string, Json> nodes;
  Walk(service, "/", nodes);
  std::map<std::string, size_t> census;
  for (const auto& [path, node] : nodes) ++census[node.at("object_type")];
  const auto count = [&](const char* kind, const std::string& target, const char* member) {
    census[kind] = service.Get(target).body.value(member, Json::array()).size();
  };
  count("script", "/api/2.0/global-init-scripts", "scripts");
  count("pool", "/api/2.0/instance-pools/list", "instance_pools");
  count("policy", "/api/2.0/policies/clusters/list", "policies");
  count("family", "/api/2.0/policy-families?max_results=100", "policy_families");
  count("cluster", "/api/2.0/clusters/list", "clusters");
  count("job", "/api/2.0/jobs/list", "jobs");
  std::vector<std::string> folders{"/FileStore"};
  for (size_t at = 0; at < folders.size(); ++at) {
    Json list = service.Get("/api/2.0/dbfs/list?path=" + PercentEncode(folders[at])).body;
    for (const Json& file : list.value("files", Json::array())) {
      if (file.at("is_dir")) folders.push_back(file.at("path"));
      census["DBFS"] += file.at("is_dir") ? 0 : 1;
    }
  }
  return census;
}

TEST_CASE("the large sample has as many objects as were asked for") {
  for (const size_t objects : {100U, 3000U, 45000U}) {
    Service service;
    FillLargeSample(service.emulator(), objects);
    size_t all = 0;
    const std::map<std::string, size_t> census = Census(service);
    for (const auto& [kind, count] : census) all += count;
    INFO(objects);
    CHECK(all == objects);
    CHECK(census.at("NOTEBOOK") > objects / 2);
    CHECK(census.at("job") >= objects / 13);
    CHECK(service.emulator().jobs().fired().empty());
    Json wide =
        service.Get("/api/2.0/workspace/list?path=" + PercentEncode("/Shared/generated/scores per customer")).body;
    CHECK(wide.value("objects", Json::array()).size() == (objects >= 40000 ? 20000 : 0));
  }
}

TEST_CASE("the large sample is the same for the same seed, and its notebooks survive saving and loading") {
  Service one, two, loaded;
  Options options;
  options.seed = 2;
  Emulator other(options);
  for (Emulator* service : {&one.emulator(), &two.emulator(), &other}) FillLargeSample(*service, 500);
  const Json saved = one.emulator().Save();
  CHECK(two.emulator().Save() == saved);
  CHECK(other.Save() != saved);
  loaded.emulator().Load(Json::parse(saved.dump()));
  CHECK(loaded.emulator().Save() == saved);
}

TEST_CASE("a notebook that is written for each read is one like any other") {
  Service service;
  FillLargeSample(service.emulator(), 300);
  std::map<std::string, Json> nodes;
  Walk(service, "/", nodes);
  size_t bytes = 0, notebooks = 0;
  for (const auto& [path, node] : nodes) {
    if (node.at("object_type") != "NOTEBOOK") continue;
    const std::string target = "/api/2.0/workspace/export?path=" + PercentEncode(path) + "&format=";
    const Json source = service.Get(target + "SOURCE").body;
    const std::string text = *Base64Decode(source.at("content").get<std::string>());
    CHECK(HasSourceHeader(text, node.at("language").get<std::string>()));
    CHECK(service.Get(target + "SOURCE").body == source);
    // What the emulator skips for speed would have changed nothing.
    CHECK(WriteSource(ParseSource(text, node.at("language"), [] { return std::string(); }), {}) == text);
    CHECK(service.Get(target + "DBC").body.at("file_type") == "dbc");
    CHECK(service.Get(target + "JUPYTER").body.at("file_type") == "ipynb");
    bytes += text.size();
    ++notebooks;
    if (notebooks > 1) continue;
    CHECK(service
              .Post("/api/2.0/workspace/import",
                    {{"path", path}, {"language", "SQL"}, {"overwrite", true}, {"content", Base64Encode("SELECT 1")}})
              .status == 200);
    CHECK(*Base64Decode(service.Get(target + "SOURCE").body.at("content").get<std::string>()) ==
          "-- Databricks notebook source\nSELECT 1");
  }
  CHECK(bytes / notebooks > 3000);
  CHECK(bytes / notebooks < 12000);
}

}  // namespace
}  // namespace emulator::test
