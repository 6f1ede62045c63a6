#include "emulator/service.h"
#include "support/catch.h"

using namespace emulator;

namespace {

const std::string kMkdirs = "/api/2.0/workspace/mkdirs";

Json Fault(const Json& action, const Json& more = Json::object()) {
  Json fault{{"match", {{"method", "POST"}, {"path", kMkdirs}}}, {"action", action}};
  fault.update(more);
  return Json::array({fault});
}

bool Made(Service& service) { return service.emulator->tree().Find("/Shared/x") != nullptr; }

Response Mkdirs(Service& service) { return service.Post(kMkdirs, {{"path", "/Shared/x"}}); }

}  // namespace

TEST_CASE("a fault's status comes in place of the answer, without effect, once") {
  Service service;
  service.emulator->SetFaults(Fault({{"status", 503}, {"retry_after", "2"}}));
  const Response response = Mkdirs(service);
  CHECK(Service::Outcome(response) == "503 TEMPORARILY_UNAVAILABLE");
  CHECK(response.headers[0].second == "2");
  CHECK(!Made(service));
  CHECK(Mkdirs(service).status == 200);
  CHECK(Made(service));
  CHECK(service.emulator->Faults()[0]["fired"] == 1);
}

TEST_CASE("a fault skips, and fires as often as it says") {
  Service service;
  service.emulator->SetFaults(Fault({{"status", 500}}, {{"skip", 1}, {"times", 2}}));
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i) statuses.push_back(Mkdirs(service).status);
  CHECK(statuses == std::vector<int>{200, 500, 500, 200});
  CHECK(service.Get("/emulator/faults")[0]["fired"] == 2);
}

TEST_CASE("a fault that never matched says so") {
  Service service;
  service.emulator->SetFaults(Json::parse(R"([{"match":{"body_contains":"nowhere"},"action":{"status":500}},
      {"match":{"query_contains":"path=/Users"},"action":{"status":502}}])"));
  CHECK(Mkdirs(service).status == 200);
  CHECK(service.Ask("GET", "/api/2.0/workspace/list?path=/Users").status == 502);
  CHECK(service.emulator->Faults()[0]["fired"] == 0);
  CHECK(service.emulator->Faults()[1]["fired"] == 1);
}

TEST_CASE("a fault matches a route's pattern, or a glob on the path") {
  Service service;
  service.emulator->SetFaults(Json::parse(R"([{"match":{"path":"/api/2.0/workspace-files/{*}"},"action":{"status":500}},
      {"match":{"path":"/api/*/dbfs/*"},"times":-1,"action":{"html":true,"status":502}}])"));
  CHECK(service.Ask("GET", "/api/2.0/workspace-files/a").status == 500);
  CHECK(service.Ask("GET", "/api/2.0/dbfs/list?path=/").content_type == "text/html; charset=utf-8");
  CHECK(service.Ask("GET", "/api/2.0/dbfs/list?path=/").status == 502);
}

TEST_CASE("a reset comes before the effect, after it, or the effect comes later") {
  Service service;
  SECTION("before") {
    service.emulator->SetFaults(Fault({{"reset", "before"}}));
    CHECK(Mkdirs(service).wire.kind == WireFault::Kind::kResetBefore);
    CHECK(!Made(service));
  }
  SECTION("after") {
    service.emulator->SetFaults(Fault({{"reset", "after"}}));
    CHECK(Mkdirs(service).wire.kind == WireFault::Kind::kResetAfter);
    CHECK(Made(service));
    CHECK(service.emulator->Requests()["by_status"]["0"] == 1);
  }
  SECTION("after the headers") {
    service.emulator->SetFaults(Fault({{"reset", "headers"}, {"short_body", 1}}));
    const Response response = Mkdirs(service);
    CHECK(response.wire.kind == WireFault::Kind::kResetInBody);
    CHECK(response.wire.bytes == 1);
    CHECK(Made(service));
    CHECK(service.emulator->Requests()["by_status"]["200"] == 1);  // the status got out
  }
  SECTION("later") {
    service.emulator->SetFaults(Fault({{"delay_effect_ms", 5000}}));
    CHECK(Mkdirs(service).wire.kind == WireFault::Kind::kResetBefore);
    service.Get("/api/2.0/workspace/list?path=/Shared");
    CHECK(!Made(service));
    *service.now += 5000;
    CHECK(service.Get("/api/2.0/workspace/list?path=/Shared")["objects"].size() == 1);
  }
}

TEST_CASE("an answer can be replaced after the effect") {
  Service service;
  service.emulator->SetFaults(Fault({{"status", 504}, {"effect", true}, {"empty", true}}));
  const Response response = Mkdirs(service);
  CHECK(response.status == 504);
  CHECK(response.body.empty());
  CHECK(Made(service));
}

TEST_CASE("a service forgets members of what it is sent, and answers as ever") {
  Service service;
  service.emulator->SetFaults(Json::parse(R"([{"match":{"method":"POST","path":"/api/2.0/policies/clusters/create"},
      "action":{"forget":["/description","/libraries/0","/nowhere/1"]}}])"));
  const std::string path = "/api/2.0/policies/clusters/create";
  const Json libraries = Json::array({{{"jar", "dbfs:/a.jar"}}, {{"jar", "dbfs:/b.jar"}}});
  const Json policy = {{"name", "p"}, {"definition", "{}"}, {"description", "d"}, {"libraries", libraries}};
  const Response made = service.Post(path, policy);
  REQUIRE(made.status == 200);
  const std::string id = Json::parse(made.body).at("policy_id");
  const Json kept = service.Get("/api/2.0/policies/clusters/get?policy_id=" + id);
  CHECK(!kept.contains("description"));
  CHECK(kept.at("libraries") == Json::array({libraries[1]}));
  CHECK(service.emulator->Faults()[0]["fired"] == 1);
}

TEST_CASE("faults of the wire leave the answer as it is") {
  Service service;
  service.emulator->SetFaults(Fault({{"short_body", 1}}));
  CHECK(Mkdirs(service).wire.kind == WireFault::Kind::kShortBody);
  service.emulator->SetFaults(Fault({{"wrong_length", true}}));
  CHECK(Mkdirs(service).wire.bytes == 1);
  service.emulator->SetFaults(Fault({{"drip", {{"bytes", 1}, {"interval_ms", 5}}}}));
  const Response drip = Mkdirs(service);
  CHECK(drip.body == "{}");
  CHECK(drip.wire.interval_ms == 5);
}

TEST_CASE("a script that makes no sense is refused") {
  Service service;
  for (const char* script : {"{}", "[{}]", R"([{"action":{"statsu":500}}])", R"([{"action":{"reset":"now"}}])",
                             R"([{"action":{"status":"x"}}])", R"([{"macth":{},"action":{}}])",
                             R"([{"action":{"forget":["no pointer"]}}])"}) {
    INFO(script);
    CHECK(Service::Outcome(service.Ask("POST", "/emulator/faults", script)) == "400 INVALID_PARAMETER_VALUE");
  }
}
