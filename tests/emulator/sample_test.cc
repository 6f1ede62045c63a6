#include <map>

#include "emulator/compute_service.h"
#include "emulator/jobs_family.h"
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

}  // namespace
}  // namespace emulator::test
