#include <set>
#include <thread>

#include "emulator/rate_limiter.h"
#include "emulator/service.h"
#include "support/catch.h"

using namespace emulator;

namespace {
const std::string kList = "/api/2.0/workspace/list?path=/";

std::string Header(const Response& response, const std::string& wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return "";
}
}  // namespace

TEST_CASE("an unknown path of the API is ENDPOINT_NOT_FOUND, and so is a wrong method") {
  Service service;
  CHECK(service.GetOutcome("/api/2.0/nothing") == "404 ENDPOINT_NOT_FOUND");
  CHECK(service.PostOutcome("/api/2.0/workspace/list", {}) == "404 ENDPOINT_NOT_FOUND");
  CHECK(service.Ask("GET", "/somewhere").content_type == "text/html; charset=utf-8");
}

TEST_CASE("a placeholder matches one segment or all the rest") {
  Service service;
  service.emulator->tree().PutFile("/Shared/a b/c.txt", "x");
  CHECK(service.Ask("GET", "/api/2.0/workspace-files/Shared/a%20b/c.txt").body == "x");
  CHECK(service.GetOutcome("/api/2.0/workspace-files/") == "404 ENDPOINT_NOT_FOUND");
}

TEST_CASE("a missing token is 401, a wrong one 403") {
  Service service;
  service.token = "";
  CHECK(service.GetOutcome(kList) == "401 UNAUTHENTICATED");
  service.token = "wrong";
  CHECK(service.GetOutcome(kList) == "403 INVALID_ACCESS_TOKEN");
}

TEST_CASE("authentication fails in every unconfirmed way") {
  const auto ask = [](const std::string& variant, const std::string& token) {
    Service service = Service::With(variant);
    service.token = token;
    return service.Ask("GET", kList);
  };
  CHECK(ask("invalid-token-401", "wrong").status == 401);
  CHECK(ask("unauthenticated-empty-body", "").body == "{}");
  CHECK(ask("unauthenticated-text", "").content_type == "text/plain; charset=utf-8");
  CHECK(ask("login-redirect", "").status == 200);
}

TEST_CASE("errors come in every shape") {
  const auto ask = [](const std::string& variant) {
    Options options;
    if (!variant.empty()) options.variants.insert(variant);
    return Service(options).Ask("GET", "/api/2.0/workspace/get-status?path=/no");
  };
  CHECK(Json::parse(ask("").body)["message"] == "Path (/no) doesn't exist.");
  CHECK(Json::parse(ask("error-code-integer").body)["error_code"] == 404);
  CHECK(Json::parse(ask("error-details").body)["details"][0]["reason"] == "RESOURCE_DOES_NOT_EXIST");
  CHECK(ask("error-plain-text").body == "RESOURCE_DOES_NOT_EXIST: Path (/no) doesn't exist.");
  CHECK(ask("error-html").body.find("<pre>Path (/no)") != std::string::npos);
  CHECK(Json::parse(Service().Ask("GET", "/api/2.0/preview/scim/v2/Nothing").body)["status"] == "404");
  CHECK(Json::parse(Service().Ask("GET", "/api/1.2/nothing").body).contains("error"));
}

TEST_CASE("every answer names the workspace and the request") {
  Service service;
  const Response first = service.Ask("GET", kList), second = service.Ask("GET", "/api/2.0/nothing");
  CHECK(Header(first, "X-Databricks-Org-Id") == std::to_string(service.emulator->options().org_id));
  CHECK(Header(first, "X-Request-Id") != Header(second, "X-Request-Id"));
}

TEST_CASE("arguments come from the query, from a body on GET, and are typed") {
  Service service;
  CHECK(service.Ask("GET", "/api/2.0/workspace/list", R"({"path":"/"})").status == 200);
  CHECK(service.GetOutcome("/api/2.0/workspace/list") == "400 INVALID_PARAMETER_VALUE");
  CHECK(Service::Outcome(service.Ask("POST", "/api/2.0/workspace/mkdirs", "{")) == "400 MALFORMED_REQUEST");
  CHECK(service.PostOutcome("/api/2.0/workspace/mkdirs", {{"path", Json::array()}}) == "400 MALFORMED_REQUEST");
  CHECK(service.GetOutcome("/api/2.0/dbfs/read?path=/x&offset=one") == "400 MALFORMED_REQUEST");
}

TEST_CASE("a rate is kept, one second's worth may come at once, and Retry-After says when to come back") {
  Options options;
  options.rates["workspace"] = 2;
  Service service(options);
  CHECK(service.Ask("GET", kList).status == 200);
  CHECK(service.Ask("GET", kList).status == 200);
  const Response refused = service.Ask("GET", kList);
  CHECK(Service::Outcome(refused) == "429 REQUEST_LIMIT_EXCEEDED");
  CHECK(Header(refused, "Retry-After") == "1");
  CHECK(service.Ask("GET", "/api/2.0/dbfs/list?path=/").status == 200);
  *service.now += 500;
  CHECK(service.Ask("GET", kList).status == 200);
  CHECK(service.Ask("GET", kList).status == 429);
}

TEST_CASE("a rate below one a second makes one wait for longer") {
  RateLimiter rates({{"dbfs", 0.1}});
  CHECK(rates.Spend("dbfs", 0) == 0);
  CHECK(rates.Spend("dbfs", 0) == 10);
  CHECK(rates.Spend("dbfs", 10'000) == 0);
  CHECK(rates.Spend("other", 0) == 0);
}

TEST_CASE("ids are above 2^53, differ, and are the same for the same seed") {
  Options one, two;
  two.seed = 2;
  Emulator a(one), b(one), c(two);
  std::set<int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const int64_t number = a.NewNumber();
    CHECK(number > (int64_t{1} << 53));
    CHECK(seen.insert(number).second);
    CHECK(number == b.NewNumber());
    CHECK(number != c.NewNumber());
  }
  CHECK(a.options().org_id != c.options().org_id);
  CHECK(a.NewUuid().size() == 36);
  CHECK(a.NewHex(20).size() == 20);
}

TEST_CASE("a state that is saved and loaded is the same workspace, and goes on with the same ids") {
  Service service;
  service.emulator->tree().PutNotebook("/Shared/n", "PYTHON", "# Databricks notebook source\nx = 1\n");
  service.emulator->tree().PutFile("/Shared/f", std::string("\0\xff", 2));
  service.emulator->dbfs().PutFile("/FileStore/a", "bytes");
  service.Post("/api/2.0/dbfs/create", {{"path", "/open"}});
  const Json saved = Json::parse(service.emulator->Save().dump());
  Options other;
  other.seed = 99;
  other.now_ms = [now = service.now] { return *now; };
  Emulator loaded(other);
  loaded.Load(saved);
  CHECK(loaded.Save() == saved);
  CHECK(loaded.NewNumber() == service.emulator->NewNumber());
  CHECK(loaded.options().org_id == service.emulator->options().org_id);
  CHECK(Service::Outcome(service.Ask("PUT", "/emulator/state", "{}")) == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Ask("PUT", "/emulator/state", saved.dump()).status == 200);
}

TEST_CASE("the request log says what was sent") {
  Service service;
  service.Ask("GET", kList);
  service.Ask("GET", kList);
  service.Ask("GET", "/api/2.0/workspace-files/no/file");
  service.Post("/api/2.0/workspace/mkdirs", {{"path", "/Shared/x"}});
  const Json log = service.Get("/emulator/requests");
  CHECK(log["total"] == 4);
  CHECK(log["highest_concurrency"] == 1);
  CHECK(log["counts"]["GET /api/2.0/workspace/list"] == 2);
  CHECK(log["counts"]["GET /api/2.0/workspace-files/{*}"] == 1);
  CHECK(log["by_status"]["200"] == 3);
  CHECK(log["by_status"]["404"] == 1);
  CHECK(log["log"][0]["query"] == "path=%2F");
  CHECK(log["log"][3]["body"] == R"({"path":"/Shared/x"})");
  service.Ask("DELETE", "/emulator/requests");
  CHECK(service.Get("/emulator/requests")["total"] == 0);
}

TEST_CASE("many callers at once are counted, and change one state") {
  Options options;
  options.latency_ms = 20;
  Service service(options);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&service, i] {
      service.Post("/api/2.0/workspace/mkdirs", {{"path", "/Shared/" + std::to_string(i)}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(service.Get("/api/2.0/workspace/list?path=/Shared")["objects"].size() == 8);
  CHECK(service.emulator->Requests()["highest_concurrency"] > 1);
}

TEST_CASE("every variant is named once and explained") {
  std::set<std::string> names;
  for (const auto& [name, meaning] : Emulator::Variants()) {
    INFO(name);
    CHECK(names.insert(name).second);
    CHECK(!meaning.empty());
  }
  CHECK(names.contains("source-final-newline"));
}

TEST_CASE("an empty success may be zero bytes") {
  CHECK(Service().Post("/api/2.0/workspace/mkdirs", {{"path", "/a"}}).body == "{}");
  CHECK(Service::With("empty-success-body").Post("/api/2.0/workspace/mkdirs", {{"path", "/a"}}).body.empty());
}
