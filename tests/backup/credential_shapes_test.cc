#include "backup/credential_shapes.h"

#include "support/catch.h"

using dbxark::backup::CredentialShapes;

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
