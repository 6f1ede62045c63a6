#include "emulator/compute_family.h"
#include "emulator/compute_service.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

std::string Make(Service& service, const Json& cluster = SmallCluster()) {
  Reply made = service.Post("/api/2.1/clusters/create", cluster);
  INFO(made.body.dump());
  REQUIRE(made.status == 200);
  return made.body.at("cluster_id");
}

Json Read(Service& service, const std::string& id) {
  Reply read = service.Get("/api/2.1/clusters/get?cluster_id=" + id);
  REQUIRE(read.status == 200);
  return read.body;
}

std::string State(Service& service, const std::string& id) { return Read(service, id).at("state"); }

TEST_CASE("a cluster goes from PENDING to RUNNING to TERMINATED") {
  Service service;
  std::string id = Make(service);
  CHECK(id.size() == std::string("0923-164208-meows279").size());
  CHECK(State(service, id) == "PENDING");
  service.Pass(1000);
  CHECK(State(service, id) == "RUNNING");
  CHECK(service.Post("/api/2.1/clusters/delete", {{"cluster_id", id}}).status == 200);
  CHECK(State(service, id) == "TERMINATING");
  service.Pass(1000);
  CHECK(State(service, id) == "TERMINATED");
  CHECK(service.Post("/api/2.1/clusters/delete", {{"cluster_id", id}}).status == 200);
  CHECK(service.Post("/api/2.1/clusters/start", {{"cluster_id", id}}).status == 200);
  CHECK(service.Post("/api/2.1/clusters/start", {{"cluster_id", id}}).code() == "INVALID_STATE");
}

TEST_CASE("an idle cluster terminates by itself") {
  Service service;
  Json cluster = SmallCluster();
  cluster["autotermination_minutes"] = 10;
  std::string id = Make(service, cluster);
  service.Pass(11 * 60 * 1000);
  Json read = Read(service, id);
  CHECK(read.at("state") == "TERMINATED");
  CHECK(read.at("termination_reason").at("code") == "INACTIVITY");
}

TEST_CASE("a cluster can be deleted while it is still starting") {
  Service service;
  std::string id = Make(service);
  CHECK(service.Post("/api/2.0/clusters/delete", {{"cluster_id", id}}).status == 200);
  service.Pass(1000);
  CHECK(State(service, id) == "TERMINATED");
}

TEST_CASE("get shows what the service filled in, and what was sent as spec") {
  Service service;
  Json cluster = SmallCluster();
  cluster["data_security_mode"] = "SINGLE_USER";
  cluster["apply_policy_default_values"] = true;
  Json read = Read(service, Make(service, cluster));
  CHECK(read.at("driver_node_type_id") == "i3.xlarge");
  CHECK(read.at("aws_attributes").at("availability") == "SPOT_WITH_FALLBACK");
  CHECK(read.at("single_user_name") == "admin@example.com");
  CHECK(read.at("default_tags").at("ClusterName") == "small");
  CHECK(!read.contains("apply_policy_default_values"));
  CHECK(read.at("spec") == cluster);
  CHECK(service.Get("/api/2.1/clusters/list").body.at("clusters").at(0).contains("spec") == false);
}

TEST_CASE("a cluster that is not there is a 400 that means 404") {
  Service service;
  Reply reply = service.Get("/api/2.1/clusters/get?cluster_id=0101-000000-nobody00");
  CHECK(reply.status == 400);
  CHECK(reply.code() == "INVALID_PARAMETER_VALUE");
  CHECK(reply.message() == "Cluster 0101-000000-nobody00 does not exist");
}

TEST_CASE("what makes a cluster is checked") {
  Service service;
  auto refused = [&](const char* field, const Json& value) {
    Json cluster = SmallCluster();
    if (value.is_null()) {
      cluster.erase(field);
    } else {
      cluster[field] = value;
    }
    INFO(cluster.dump());
    CHECK(service.Post("/api/2.1/clusters/create", cluster).status == 400);
  };
  refused("spark_version", nullptr);
  refused("num_workers", nullptr);
  refused("node_type_id", nullptr);
  refused("autoscale", {{"min_workers", 1}, {"max_workers", 2}});
  refused("autotermination_minutes", 5);
  refused("policy_id", "NOSUCHPOLICY");
  refused("instance_pool_id", "no-such-pool");
  refused("data_security_mode", "WHATEVER");
  refused("spark_conf", Json::array());
  refused("init_scripts", Json::array({{{"dbfs", {{"destination", "/not/dbfs"}}}}}));
  refused("idempotency_token", std::string(65, 'x'));
  CHECK(service.Get("/api/2.0/clusters/list").body == Json::object());
}

TEST_CASE("fields that a create does not take are tolerated, or refused under strict-unknown-fields") {
  Json cluster = SmallCluster();
  cluster["cluster_source"] = "UI";
  Service lenient;
  CHECK(lenient.Post("/api/2.1/clusters/create", cluster).status == 200);
  Service strict({"strict-unknown-fields"});
  CHECK(strict.Post("/api/2.1/clusters/create", cluster).status == 400);
  CHECK(strict.Post("/api/2.1/clusters/create", SmallCluster()).status == 200);
}

TEST_CASE("an idempotency token makes one cluster while that lives") {
  Service service;
  Json cluster = SmallCluster();
  cluster["idempotency_token"] = "restore-1";
  std::string id = Make(service, cluster);
  CHECK(Make(service, cluster) == id);
  service.Post("/api/2.1/clusters/delete", {{"cluster_id", id}});
  service.Pass(1000);
  CHECK(Make(service, cluster) != id);
}

TEST_CASE("a quota counts the clusters that are not over") {
  for (const auto& [variant, status, code] : std::vector<std::tuple<std::string, int, std::string>>{
           {"", 400, "QUOTA_EXCEEDED"},
           {"cluster-quota-limit-exceeded", 400, "RESOURCE_LIMIT_EXCEEDED"},
           {"cluster-quota-429", 429, "QUOTA_EXCEEDED"}}) {
    Service service(variant.empty() ? std::set<std::string>{} : std::set<std::string>{variant});
    service.emulator().compute().cluster_quota = 2;
    const std::string first = Make(service);
    const std::string second = Make(service);
    const Reply third = service.Post("/api/2.1/clusters/create", SmallCluster());
    CHECK(third.status == status);
    CHECK(third.code() == code);
    CHECK(service.Post("/api/2.1/clusters/delete", {{"cluster_id", first}}).status == 200);
    CHECK(service.Post("/api/2.1/clusters/create", SmallCluster()).code() == code);  // it is still on its way out
    service.Pass(1000);
    Make(service);
    CHECK(service.Post("/api/2.1/clusters/start", {{"cluster_id", first}}).code() == code);
    CHECK(State(service, second) == "RUNNING");
  }
}

TEST_CASE("2.1 lists by pages and filters, 2.0 lists everything") {
  Service service;
  std::set<std::string> made;
  for (int number = 0; number < 45; ++number) made.insert(Make(service));
  CHECK(service.Get("/api/2.0/clusters/list").body.at("clusters").size() == 45);
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    Json page = service.Get("/api/2.1/clusters/list?page_size=20&page_token=" + PercentEncode(token)).body;
    for (const Json& cluster : page.at("clusters")) CHECK(seen.insert(cluster.at("cluster_id")).second);
    token = page.at("next_page_token");
    ++pages;
  } while (!token.empty());
  CHECK(pages == 3);
  CHECK(seen == made);
  service.Post("/api/2.1/clusters/pin", {{"cluster_id", *made.begin()}});
  CHECK(service.Get("/api/2.1/clusters/list?filter_by.is_pinned=true").body.at("clusters").size() == 1);
  CHECK(!service.Get("/api/2.1/clusters/list?filter_by.cluster_sources=JOB").body.contains("clusters"));
  CHECK(service.Get("/api/2.1/clusters/list?page_token=junk").status == 400);
}

TEST_CASE("a page token outlives the cluster it names") {
  Service service;
  std::vector<std::string> made;
  for (int number = 0; number < 6; ++number) made.push_back(Make(service));
  Json first = service.Get("/api/2.1/clusters/list?page_size=2").body;
  service.Post("/api/2.1/clusters/permanent-delete", {{"cluster_id", made[3]}});
  std::string token = first.at("next_page_token");
  Json second = service.Get("/api/2.1/clusters/list?page_size=2&page_token=" + PercentEncode(token)).body;
  CHECK(second.at("clusters").at(0).at("cluster_id") == made[2]);
}

TEST_CASE("edit replaces, wants a cluster at rest, and restarts a running one") {
  Service service;
  std::string id = Make(service);
  Json edit = SmallCluster();
  edit["cluster_id"] = id;
  edit["num_workers"] = 7;
  CHECK(service.Post("/api/2.1/clusters/edit", edit).code() == "INVALID_STATE");
  service.Pass(1000);
  CHECK(service.Post("/api/2.1/clusters/edit", edit).status == 200);
  CHECK(State(service, id) == "RESTARTING");
  service.Pass(1000);
  CHECK(Read(service, id).at("num_workers") == 7);
  CHECK(service
            .Post("/api/2.1/clusters/update", {{"cluster_id", id},
                                               {"update_mask", "autotermination_minutes,spark_conf"},
                                               {"cluster", {{"autotermination_minutes", 30}}}})
            .status == 200);
  service.Pass(1000);
  CHECK(Read(service, id).at("autotermination_minutes") == 30);
  CHECK(service.Post("/api/2.1/clusters/resize", {{"cluster_id", id}, {"num_workers", 2}}).status == 200);
  service.Pass(1000);
  CHECK(Read(service, id).at("num_workers") == 2);
}

TEST_CASE("a pool decides about machines") {
  Service service;
  Json pool = {{"instance_pool_name", "p"}, {"node_type_id", "m5.large"}};
  std::string pool_id = service.Post("/api/2.0/instance-pools/create", pool).body.at("instance_pool_id");
  Json cluster = SmallCluster();
  cluster["instance_pool_id"] = pool_id;
  CHECK(service.Post("/api/2.1/clusters/create", cluster).status == 400);
  cluster.erase("node_type_id");
  Json read = Read(service, Make(service, cluster));
  CHECK(read.at("node_type_id") == "m5.large");
  CHECK(!read.at("spec").contains("node_type_id"));
}

TEST_CASE("others than administrators see their own clusters") {
  Service service;
  std::string id = Make(service);
  service.AsUser();
  CHECK(service.Get("/api/2.1/clusters/list").body == Json::object());
  CHECK(service.Get("/api/2.1/clusters/get?cluster_id=" + id).status == 403);
  CHECK(service.Post("/api/2.1/clusters/create", SmallCluster()).status == 403);
  CHECK(service.Post("/api/2.1/clusters/pin", {{"cluster_id", id}}).status == 403);
}

TEST_CASE("libraries install once the cluster runs, and leave at its restart") {
  Service service;
  std::string id = Make(service);
  Json pandas = {{"pypi", {{"package", "pandas"}}}};
  auto status = [&] {
    Json body = service.Get("/api/2.0/libraries/cluster-status?cluster_id=" + id).body;
    return body.contains("library_statuses") ? body["library_statuses"][0].at("status").get<std::string>() : "";
  };
  Json request = {{"cluster_id", id}, {"libraries", Json::array({pandas})}};
  CHECK(service.Post("/api/2.0/libraries/install", request).status == 200);
  CHECK(status() == "PENDING");
  service.Pass(250);
  CHECK(status() == "INSTALLING");
  service.Pass(1000);
  CHECK(status() == "INSTALLED");
  CHECK(service.Post("/api/2.0/libraries/uninstall", request).status == 200);
  CHECK(status() == "UNINSTALL_ON_RESTART");
  CHECK(service.Get("/api/2.0/libraries/all-cluster-statuses").body.at("statuses").size() == 1);
  service.Post("/api/2.1/clusters/restart", {{"cluster_id", id}});
  CHECK(status().empty());
  Json wrong = {{"cluster_id", id}, {"libraries", Json::array({{{"gem", "rails"}}})}};
  CHECK(service.Post("/api/2.0/libraries/install", wrong).status == 400);
}

TEST_CASE("older and stricter services") {
  Service old({"clusters-21-absent", "no-cluster-spec", "pinned-by-user-name"});
  CHECK(old.Get("/api/2.1/clusters/list").code() == "ENDPOINT_NOT_FOUND");
  std::string id = old.Post("/api/2.0/clusters/create", SmallCluster()).body.at("cluster_id");
  old.Post("/api/2.0/clusters/pin", {{"cluster_id", id}});
  CHECK(!old.Get("/api/2.0/clusters/get?cluster_id=" + id).body.contains("spec"));
  CHECK(old.Get("/api/2.0/clusters/list").body.at("clusters")[0].at("pinned_by_user_name") == "admin@example.com");
  Service disabled({"clusters-disabled"});
  CHECK(disabled.Get("/api/2.1/clusters/list").code() == "FEATURE_DISABLED");
  Service vanishing({"terminated-clusters-vanish"});
  std::string gone = Make(vanishing), pinned = Make(vanishing);
  vanishing.Post("/api/2.1/clusters/pin", {{"cluster_id", pinned}});
  for (const std::string& each : {gone, pinned}) vanishing.Post("/api/2.1/clusters/delete", {{"cluster_id", each}});
  vanishing.Pass(31LL * 24 * 3600 * 1000);
  CHECK(vanishing.Get("/api/2.1/clusters/list").body.at("clusters").size() == 1);
}

TEST_CASE("a new cluster can be invisible for a while") {
  Service service({}, 500);
  std::string id = Make(service);
  CHECK(service.Get("/api/2.1/clusters/get?cluster_id=" + id).status == 400);
  CHECK(service.Get("/api/2.1/clusters/list").body.at("clusters").size() == 1);
  service.Pass(600);
  CHECK(service.Get("/api/2.1/clusters/get?cluster_id=" + id).status == 200);
}

}  // namespace
}  // namespace emulator::test
