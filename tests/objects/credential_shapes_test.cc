#include "objects/credential_shapes.h"

#include "support/catch.h"

using dbxark::objects::CredentialShapes;
using namespace dbxark::objects;

namespace {

uint64_t CountIn(const std::string& definition) {
  auto document = dbxark::json::Document::Parse(definition);
  REQUIRE(document.ok());
  CredentialShapes shapes;
  shapes.LookAtDefinition(document->root());
  return shapes.count();
}

}  // namespace

TEST_CASE("a token in an environment variable is counted by its shape") {
  CredentialShapes shapes;
  auto document = dbxark::json::Document::Parse(
      R"({"spark_env_vars":{"X":"dapi0123456789abcdef0123456789abcdef"},"list":["AKIAABCDEFGHIJKLMNOP"]})");
  REQUIRE(document.ok());
  shapes.LookAtDefinition(document->root());
  CHECK(shapes.by_shape() == std::map<std::string, uint64_t>{{"aws access key", 1}, {"databricks token", 1}});
}

TEST_CASE("a field whose name speaks of a secret is counted, a reference to a secret is not") {
  CHECK(CountIn(R"({"spark_conf":{"fs.azure.account.key.x":"c2VjcmV0LWtleQ=="}})") == 1);
  CHECK(CountIn(R"({"docker_image":{"basic_auth":{"username":"u","password":"hunter2-hunter2"}}})") == 1);
  CHECK(CountIn(R"({"spark_conf":{"fs.azure.account.key.x":"{{secrets/scope/key}}"}})") == 0);
  CHECK(CountIn(R"({"spark_conf":{"spark.token.enabled":"true"}})") == 0);
}

TEST_CASE("what only begins like a credential is none") {
  CredentialShapes shapes;
  shapes.LookAtText("dapi is an API, AKIA too short, sig=abc");
  CHECK(shapes.count() == 0);
  shapes.LookAtText("key = \"dapi0123456789abcdef0123456789abcdef\"\n-----BEGIN PRIVATE KEY-----\n");
  CHECK(shapes.count() == 2);
}

TEST_CASE("a value is shown where it is one, and nothing that may be a credential is") {
  CHECK(ShownValue("settings.max_concurrent_runs", "4") == "4");
  CHECK(ShownValue("settings.name", "\"etl\"") == "\"etl\"");
  CHECK(ShownValue("tasks[load].existing_cluster_id", "\"0412-etl\"") == "\"0412-etl\"");
  CHECK(ShownValue("x", "").empty());
  CHECK(ShownValue("new_cluster.spark_env_vars.PW", "\"hunter2\"") == kHidden);
  CHECK(ShownValue("spark_conf.spark.speculation", "\"true\"") == kHidden);
  CHECK(ShownValue("definition(json).spark_conf.x.value", "\"hunter2\"") == kHidden);
  CHECK(ShownValue("docker_image.basic_auth.password", "\"hunter2\"") == kHidden);
  CHECK(ShownValue("docker_image.basic_auth.password", "\"{{secrets/registry/pw}}\"") == "\"{{secrets/registry/pw}}\"");
  CHECK(ShownValue("tasks[a].notebook_task.base_parameters.x", "\"hunter2\"") == kHidden);
  CHECK(ShownValue("tasks[a].python_wheel_task.parameters[1]", "\"hunter2\"") == kHidden);
  CHECK(ShownValue("some.api_token", "\"hunter2\"") == kHidden);
  // What encloses others shows none of them; what was cut off is not JSON any more.
  CHECK(ShownValue("future", R"({"password":"hunter2","a":1})") == "(2 members)");
  CHECK(ShownValue("future", R"(["hunter2"])") == "(1 element)");
  CHECK(ShownValue("future", R"({"password":"hunt)") == "(too long to show)");
  CHECK(ShownValue("future", "\"" + std::string(300, 'x') + "\"") == "(300 bytes)");
  CHECK(ShownValue("git_source.git_url", "\"https://ana:hunter2@example.com/x\"") ==
        "\"https://(hidden)@example.com/x\"");
}

TEST_CASE("what has the shape of a credential goes out of any text") {
  const std::string token = "dapi0123456789abcdef0123456789abcdef";
  CHECK(WithoutCredentials("bad token " + token + "!") == "bad token (hidden)!");
  CHECK(WithoutCredentials(token + token) == "(hidden)");
  CHECK(WithoutCredentials("-----BEGIN PRIVATE KEY-----\nabc") == "(hidden)");
  CHECK(WithoutCredentials("see https://a:b@x.example/y and https://c@z") ==
        "see https://(hidden)@x.example/y and https://(hidden)@z");
  // A container is no login.
  CHECK(WithoutCredentials("wasbs://k:secret@lake.net/x") == "wasbs://(hidden)@lake.net/x");
  CHECK(WithoutCredentials("abfss://raw@lake.dfs.core.windows.net/x") == "abfss://raw@lake.dfs.core.windows.net/x");
  CHECK(WithoutCredentials("ana@example.com owns https://x.example/@ana") ==
        "ana@example.com owns https://x.example/@ana");
}

TEST_CASE("values of fields named like a secret, and environment variables, are not to be repeated") {
  auto document = dbxark::json::Document::Parse(
      R"({"spark_env_vars":{"X":"hunter2-hunter2","S":"short","R":"{{secrets/a/b}}"},"name":"not-a-secret",)"
      R"("docker_image":{"basic_auth":{"username":"username-1","password":"hunter3-hunter3"}}})");
  REQUIRE(document.ok());
  CHECK(CredentialValues(document->root()) == std::vector<std::string>{"hunter2-hunter2", "hunter3-hunter3"});
}

TEST_CASE("a value is secret by its shape, or by any word of its path") {
  const std::string key = "definition(json).\"azure_attributes.log_analytics_info.log_analytics_primary_key\"";
  CHECK(LooksSecret(key, R"({"type":"fixed","value":"c2VjcmV0LWtleQ=="})"));
  CHECK(LooksSecret(key + ".value", R"("c2VjcmV0LWtleQ==")"));
  CHECK(LooksSecret("spark_conf.\"fs.azure.account.key.x.net\"", R"("c2VjcmV0LWtleQ==")"));
  CHECK(LooksSecret("a", R"({"password":"hunter2-hunter2"})"));
  CHECK(LooksSecret("a", "no JSON"));
  CHECK(!LooksSecret("spark_conf.\"fs.azure.account.key.x.net\"", R"("{{secrets/scope/key}}")"));
  // The name of such a setting is none, and an account's name has no shape of a credential.
  CHECK(!LooksSecret("spark_conf.\"fs.azure.account.key.x.net\"(name)", R"("fs.azure.account.key.x.net")"));
  CHECK(!LooksSecret("node_type_id", R"("Standard_DS3_v2")"));
  CHECK(!LooksSecret("a", ""));
}
