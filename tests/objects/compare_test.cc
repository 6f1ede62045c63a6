#include "objects/definition.h"
#include "objects/registry.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::objects;

namespace {

// "path: left -> right" of every difference; "(held back)" behind those that are.
std::vector<std::string> Differences(const ObjectDescriptor& kind, const std::string& left, const std::string& right) {
  auto differences = Compare(kind, left, right);
  REQUIRE(differences.ok());
  std::vector<std::string> lines;
  for (const Difference& difference : *differences) {
    lines.push_back(difference.path + ": " + difference.left + " -> " + difference.right +
                    (difference.held_back ? " (held back)" : ""));
  }
  return lines;
}

bool Same(const ObjectDescriptor& kind, const std::string& left, const std::string& right) {
  return Differences(kind, left, right).empty() && Differences(kind, right, left).empty();
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("members may stand in any order and with any white space") {
  CHECK(Same(kJob, R"({"name":"j","tags":{"a":"1","b":"2"}})", R"({ "tags" : {"b":"2","a":"1"}, "name":"j" })"));
}

TEST_CASE("a job without a name is one that the service calls Untitled") {
  CHECK(Same(kJob, R"({"max_concurrent_runs":2})", R"({"name":"Untitled","max_concurrent_runs":2})"));
  CHECK(Differences(kJob, R"({"name":"j"})", R"({"name":"Untitled"})") == Strings{"name: \"j\" -> \"Untitled\""});
}

TEST_CASE("one changed field is reported, and it alone") {
  CHECK(Differences(kJob, R"({"name":"j","max_concurrent_runs":1,"tags":{"a":"1"}})",
                    R"({"name":"j","max_concurrent_runs":4,"tags":{"a":"1"}})") ==
        Strings{"max_concurrent_runs: 1 -> 4"});
  CHECK(Differences(kJob, R"({"tags":{"a":"1"}})", R"({"tags":{"a":"2"}})") == Strings{"tags.a: \"1\" -> \"2\""});
  CHECK(Differences(kJob, R"({"name":"j"})", R"({"name":"j","description":"d"})") == Strings{"description:  -> \"d\""});
  CHECK(Differences(kJob, R"({"a":{"x":1}})", R"({"a":[1]})") == Strings{"a: {\"x\":1} -> [1]"});
  CHECK(Differences(kJob, R"({"a":true})", R"({"a":"true"})").size() == 1);
}

TEST_CASE("what the service fills in is the same as absent") {
  CHECK(Same(
      kJob, R"({"name":"j"})",
      R"({"name":"j","max_concurrent_runs":1,"format":"MULTI_TASK","timeout_seconds":0,"email_notifications":{},"webhook_notifications":{}})"));
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a"}]})",
             R"({"tasks":[{"task_key":"a","run_if":"ALL_SUCCESS","timeout_seconds":0,"email_notifications":{}}]})"));
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a","notebook_task":{"notebook_path":"/x"}}]})",
             R"({"tasks":[{"task_key":"a","notebook_task":{"notebook_path":"/x","source":"WORKSPACE"}}]})"));
  CHECK(Same(kJob, R"({"schedule":{"quartz_cron_expression":"x"}})",
             R"({"schedule":{"quartz_cron_expression":"x","pause_status":"UNPAUSED"}})"));
  CHECK_FALSE(Same(kJob, R"({"name":"j"})", R"({"name":"j","max_concurrent_runs":2})"));
  CHECK_FALSE(Same(kJob, R"({"max_concurrent_runs":1})", R"({"max_concurrent_runs":2})"));
}

TEST_CASE("null, empty and absent are the same") {
  CHECK(Same(kJob, R"({"a":[],"b":{},"c":null})", "{}"));
  CHECK(Same(kJob, R"({"a":[]})", R"({"a":null})"));
  CHECK_FALSE(Same(kJob, R"({"a":[0]})", "{}"));
}

TEST_CASE("keyed arrays are compared as sets, by their keys") {
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a","x":1},{"task_key":"b","x":2}]})",
             R"({"tasks":[{"x":2,"task_key":"b"},{"task_key":"a","x":1}]})"));
  CHECK(Differences(kJob, R"({"tasks":[{"task_key":"a","x":1},{"task_key":"b"}]})",
                    R"({"tasks":[{"task_key":"c"},{"task_key":"a","x":3}]})") ==
        Strings{"tasks[a].x: 1 -> 3", "tasks[b]: {\"task_key\":\"b\"} -> ", "tasks[c]:  -> {\"task_key\":\"c\"}"});
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a","depends_on":[{"task_key":"x"},{"task_key":"y"}]}]})",
             R"({"tasks":[{"task_key":"a","depends_on":[{"task_key":"y"},{"task_key":"x"}]}]})"));
}

TEST_CASE("arrays without a key in their elements are compared as sets of whole elements where the table says so") {
  CHECK(Same(kJob, R"({"tasks":[{"task_key":"a","libraries":[{"jar":"x"},{"pypi":{"package":"p","repo":"r"}}]}]})",
             R"({"tasks":[{"task_key":"a","libraries":[{"pypi":{"repo":"r","package":"p"}},{"jar":"x"}]}]})"));
  CHECK(Differences(kJob, R"({"tasks":[{"task_key":"a","libraries":[{"jar":"x"}]}]})",
                    R"({"tasks":[{"task_key":"a","libraries":[{"jar":"y"}]}]})")
            .size() == 2);
  CHECK(Differences(kJob, R"({"tasks":[{"task_key":"a","libraries":[{"jar":"x"},{"jar":"x"}]}]})",
                    R"({"tasks":[{"task_key":"a","libraries":[{"jar":"x"}]}]})")
            .size() == 1);
}

TEST_CASE("the order of all other arrays counts") {
  CHECK(Differences(kJob, R"({"parameters_list":[1,2]})", R"({"parameters_list":[2,1]})").size() == 2);
  CHECK(Differences(kJob, R"({"x":[1,2]})", R"({"x":[1]})") == Strings{"x[1]: 2 -> "});
}

TEST_CASE("JSON inside of a string is compared as JSON") {
  CHECK(Same(kClusterPolicy, R"({"definition":"{\"a\":{\"type\":\"fixed\",\"value\":1},\"b\":[]}"})",
             R"({"definition":"\n{ \"b\": [], \"a\": {\"value\":1, \"type\":\"fixed\"} }"})"));
  CHECK_FALSE(Same(kClusterPolicy, R"({"definition":"{\"a\":1}"})", R"({"definition":"{\"a\":2}"})"));
  // A text that looks like the end of one member and the begin of the next is no other member.
  CHECK_FALSE(Same(kClusterPolicy, R"({"definition":"{\"a\":\"1\\\",b:\\\"2\"}"})",
                   R"({"definition":"{\"a\":\"1\",\"b\":\"2\"}"})"));
  CHECK_FALSE(Same(kClusterPolicy, R"({"definition":"{wrong"})", R"({"definition":"{ wrong"})"));
}

TEST_CASE("the same text and the same number in another spelling are the same") {
  CHECK(Same(kJob, R"({"a":"\u00e9"})", "{\"a\":\"\xC3\xA9\"}"));
  CHECK(Same(kJob, R"({"a":1.50})", R"({"a":1.5})"));
  CHECK(Same(kJob, R"({"a":1088437519461920768})", R"({"a":"1088437519461920768"})"));
  CHECK_FALSE(Same(kJob, R"({"a":1088437519461920768})", R"({"a":1088437519461920769})"));
  CHECK_FALSE(Same(kJob, R"({"a":"1"})", R"({"a":"01"})"));
  CHECK_FALSE(Same(kJob, R"({"a":"1"})", R"({"a":"x"})"));
}

TEST_CASE("what a restore held back is told apart from what a person changed") {
  CHECK(Differences(kJob, R"({"schedule":{"pause_status":"UNPAUSED"}})", R"({"schedule":{"pause_status":"PAUSED"}})") ==
        Strings{"schedule.pause_status: \"UNPAUSED\" -> \"PAUSED\" (held back)"});
  CHECK(Differences(kJob, R"({"continuous":{"x":1}})", R"({"continuous":{"x":1,"pause_status":"PAUSED"}})") ==
        Strings{"continuous.pause_status:  -> \"PAUSED\" (held back)"});
  CHECK(Differences(kJob, R"({"triggers":[{"x":1}]})", R"({"triggers":[{"x":1,"pause_status":"PAUSED"}]})") ==
        Strings{"triggers[0].pause_status:  -> \"PAUSED\" (held back)"});
  CHECK(Differences(kJob, R"({"schedule":{"pause_status":"PAUSED"}})", R"({"schedule":{"pause_status":"UNPAUSED"}})") ==
        Strings{"schedule.pause_status: \"PAUSED\" -> \"UNPAUSED\""});
  CHECK(Differences(kInstancePool, R"({"min_idle_instances":2})", R"({"min_idle_instances":0})") ==
        Strings{"min_idle_instances: 2 -> 0 (held back)"});
  CHECK(Differences(kInstancePool, R"({"min_idle_instances":2})", "{}") ==
        Strings{"min_idle_instances: 2 ->  (held back)"});
  CHECK(Differences(kInstancePool, R"({"min_idle_instances":2})", R"({"min_idle_instances":1})") ==
        Strings{"min_idle_instances: 2 -> 1"});
  CHECK(Differences(kGlobalInitScript, R"({"enabled":true})", R"({"enabled":false})") ==
        Strings{"enabled: true -> false (held back)"});
}

TEST_CASE("what is not JSON cannot be compared") {
  CHECK_FALSE(Compare(kJob, "{", "{}").ok());
  CHECK_FALSE(Compare(kJob, "{}", "").ok());
}

TEST_CASE("what the service chooses where nothing was said is no difference, and what it takes away is one") {
  const std::string sent = R"({"instance_pool_name":"p","aws_attributes":{"availability":"SPOT"}})";
  const std::string there =
      R"({"instance_pool_name":"p","aws_attributes":{"availability":"SPOT","zone_id":"z","spot_bid_price_percent":100}})";
  CHECK(Differences(kInstancePool, sent, there).empty());
  CHECK(Differences(kInstancePool, there, sent).size() == 2);
  CHECK(Differences(kInstancePool, R"({"instance_pool_name":"p"})", there).empty());
  CHECK(Differences(kInstancePool, R"({"aws_attributes":{"zone_id":"a"}})", R"({"aws_attributes":{"zone_id":"b"}})") ==
        Strings{"aws_attributes.zone_id: \"a\" -> \"b\""});
}
