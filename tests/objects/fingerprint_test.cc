#include "objects/fingerprint.h"

#include "objects/definition.h"
#include "objects/registry.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::objects;

namespace {

std::string Print(const ObjectDescriptor& kind, const std::string& body) {
  auto print = FingerprintOf(kind, body);
  INFO(body);
  REQUIRE(print.ok());
  CHECK(print->size() == 64);
  return *print;
}

bool Same(const ObjectDescriptor& kind, const std::string& a, const std::string& b) {
  const bool same = Print(kind, a) == Print(kind, b);
  // What Compare finds equal is never told apart.
  auto differences = Compare(kind, a, b);
  REQUIRE(differences.ok());
  if (differences->empty()) CHECK(same);
  return same;
}

}  // namespace

TEST_CASE("a fingerprint does not see what the service writes otherwise") {
  CHECK(Same(kJob, R"({"name":"a","timeout_seconds":7})", R"({ "timeout_seconds": 7, "name": "\u0061" })"));
  CHECK(Same(kJob, R"({"name":"a"})", R"({"name":"a","email_notifications":{},"max_concurrent_runs":1,"tags":null})"));
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a"},{"task_key":"b"}]})",
             R"({"tasks":[{"task_key":"b"},{"task_key":"a"}]})"));
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a","run_job_task":{"job_id":"12345678901234567"}}]})",
             R"({"tasks":[{"task_key":"a","run_job_task":{"job_id":12345678901234567}}]})"));
  CHECK(Same(kJob, R"({"git_source":{"git_provider":"gitHub"}})", R"({"git_source":{"git_provider":"github"}})"));
  CHECK(Same(kCluster, R"({"x":2.50})", R"({"x":2.5})"));
  CHECK(Same(kCluster, R"({"x":1e3})", R"({"x":1000.0})"));
  CHECK(Same(kClusterPolicy, R"({"definition":"{\"a\": 1, \"b\":2}"})", R"({"definition":"{\"b\":2,\"a\":1}"})"));
}

TEST_CASE("a fingerprint does not see what the service chooses where nothing was sent") {
  const std::string sent = R"({"instance_pool_name":"p","node_type_id":"n","aws_attributes":{"availability":"SPOT"}})";
  const std::string there =
      R"({"instance_pool_name":"p","node_type_id":"n","aws_attributes":{"availability":"SPOT","zone_id":"z"}})";
  CHECK(*FingerprintOf(kInstancePool, sent) == *FingerprintOf(kInstancePool, there));
  CHECK(*FingerprintOf(kInstancePool, sent) !=
        *FingerprintOf(kInstancePool, R"({"instance_pool_name":"p","node_type_id":"m"})"));
}

TEST_CASE("a fingerprint sees what somebody changed") {
  CHECK(!Same(kJob, R"({"name":"a"})", R"({"name":"b"})"));
  CHECK(!Same(kJob, R"({"name":"a"})", R"({"name":"a","timeout_seconds":1})"));
  CHECK(!Same(kJob, R"({"tasks":[{"task_key":"a"}]})", R"({"tasks":[{"task_key":"a"},{"task_key":"b"}]})"));
  CHECK(
      !Same(kJob, R"({"parameters":[{"name":"p","default":"1"}]})", R"({"parameters":[{"name":"p","default":"2"}]})"));
  CHECK(!Same(kJob, R"({"x":["a","b"]})", R"({"x":["b","a"]})"));  // an array in its own order
  CHECK(!Same(kCluster, R"({"x":9007199254740993})", R"({"x":9007199254740992})"));
  CHECK(!Same(kCluster, R"({"x":0.1})", R"({"x":0.2})"));
  CHECK(Print(kCluster, "{}") != Print(kJob, "{}"));
}

TEST_CASE("on or off is no part of a fingerprint, when is") {
  const auto schedule = [](const std::string& cron, const std::string& more) {
    return R"({"schedule":{"quartz_cron_expression":")" + cron + "\"" + more + "}}";
  };
  const std::string on = schedule("0 0 1 * * ?", R"(,"pause_status":"UNPAUSED")");
  CHECK(Print(kJob, on) == Print(kJob, schedule("0 0 1 * * ?", R"(,"pause_status":"PAUSED")")));
  CHECK(Print(kJob, on) == Print(kJob, schedule("0 0 1 * * ?", "")));
  CHECK(Print(kJob, on) != Print(kJob, schedule("0 0 2 * * ?", R"(,"pause_status":"UNPAUSED")")));
  CHECK(Print(kInstancePool, R"({"min_idle_instances":2})") == Print(kInstancePool, "{}"));
  CHECK(Print(kGlobalInitScript, R"({"enabled":true})") == Print(kGlobalInitScript, R"({"enabled":false})"));
}

TEST_CASE("what was sent and what is read of it have one fingerprint") {
  const std::string sent =
      R"({"name":"a","queue":{"enabled":false},"schedule":{"timezone_id":"UTC","pause_status":"PAUSED"}})";
  auto read =
      FingerprintOfDefinition(kJob, R"({"job_id":1,"created_time":2,"creator_user_name":"x","settings":{"name":"a",
      "format":"MULTI_TASK","max_concurrent_runs":1,"webhook_notifications":{},"schedule":{"timezone_id":"UTC"}}})");
  REQUIRE(read.ok());
  CHECK(*read == Print(kJob, sent));
  CHECK(!FingerprintOfDefinition(kJob, "[]").ok());
  CHECK(!FingerprintOf(kJob, "{").ok());
}
