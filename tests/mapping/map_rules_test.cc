#include "mapping/map_rules.h"

#include "support/catch.h"

using namespace dbxark;
using mapping::MapRules;

namespace {

MapRules Parsed(const std::string& toml) {
  auto rules = MapRules::Parse(toml, "map.toml");
  INFO((rules.ok() ? "" : rules.error().message()));
  REQUIRE(rules.ok());
  return std::move(*rules);
}

std::string Wrong(const std::string& toml) {
  auto rules = MapRules::Parse(toml, "map.toml");
  REQUIRE_FALSE(rules.ok());
  CHECK(rules.error().code() == ErrorCode::kUsage);
  return rules.error().message();
}

std::string Of(const MapRules& rules, const char* table, const char* value) {
  const auto match = rules.Find(table, value);
  return match ? match->text : "(none)";
}

}  // namespace

TEST_CASE("a map has a table for each kind, and rules in the order of its file") {
  const MapRules rules = Parsed(
      "# by hand\n[warehouse]\n\"77aa\" = \"b1c2\"\n\n[clusters]\n'0412-a' = \"0923-b\"\n[spark_versions]\n"
      "\"10.4.x-scala2.12\" = \"15.4.x-scala2.12\"\n");
  REQUIRE(rules.rules().size() == 3);
  CHECK(rules.rules()[0].Text() == "[warehouse] 77aa = b1c2");
  CHECK(rules.rules()[0].line == 3);
  CHECK(rules.rules()[1].table == "cluster");
  CHECK(rules.rules()[2].table == "spark_version");
  CHECK(Of(rules, "warehouse", "77aa") == "b1c2");
  CHECK(Of(rules, "warehouse", "77a") == "(none)");
  CHECK(Of(rules, "cluster", "77aa") == "(none)");
  CHECK(Parsed("").rules().empty());
}

TEST_CASE("the same text comes before a pattern, and the longer pattern before the shorter") {
  const MapRules rules = Parsed(
      "[user]\n\"*\" = \"dr@new.example\"\n\"*@old.example\" = \"*@new.example\"\n"
      "\"ana@old.example\" = \"ana.b@new.example\"\n\"svc-*-*@old.example\" = \"svc-*.*@new.example\"\n");
  CHECK(Of(rules, "user", "ana@old.example") == "ana.b@new.example");
  CHECK(Of(rules, "user", "bob@old.example") == "bob@new.example");
  CHECK(Of(rules, "user", "svc-etl-7@old.example") == "svc-etl.7@new.example");
  CHECK(Of(rules, "user", "x@other.example") == "dr@new.example");
  // A star is never nothing.
  CHECK(Of(rules, "user", "@old.example") == "dr@new.example");
  CHECK(rules.Find("user", "bob@old.example")->rule == 1);
}

TEST_CASE("what is wrong with a map is said with its line") {
  CHECK(Wrong("[warehous]\n\"a\" = \"b\"\n") ==
        "map.toml line 1: there is no table [warehous]; did you mean [warehouse]?");
  CHECK(Wrong("a = \"b\"\n").find("map.toml line 1: a: a rule stands in a table") == 0);
  CHECK(Wrong("[user]\n\"a\" = 7\n").find("line 2: a: the new name is a text in quotes") != std::string::npos);
  CHECK(Wrong("[spark_version]\n10.4.x-scala2.12 = \"x\"\n").find("names with dots stand in quotes") !=
        std::string::npos);
  CHECK(Wrong("[user]\n\"a\" = \"\"\n").find("line 2: a has no counterpart yet") != std::string::npos);
  CHECK(Wrong("[user]\n\"a*\" = \"b**\"\n").find("as many * on the right") != std::string::npos);
  CHECK(Wrong("[user]\n\"a**\" = \"b\"\n").find("one * stands for any text") != std::string::npos);
  CHECK(Wrong("[user]\n\"a\" = \"b\"\n\"a\" = \"c\"\n").find("map.toml line 3: ") == 0);
  CHECK(Wrong("[user\n").find("map.toml line 1: ") == 0);
  CHECK(Wrong("[notebook]\n\"/a\" = \"/b\"\n").find("[path]") != std::string::npos);
  CHECK(Wrong("[cluster_libraries]\n\"a\" = \"b\"\n").find("[cluster]") != std::string::npos);
  CHECK(Wrong("[path]\n\"s3://a\" = \"/b\"\n").find("[location]") != std::string::npos);
  CHECK(Wrong("[path]\n\"a\" = \"/b\"\n").find("a path begins with") != std::string::npos);
  CHECK(Wrong("[cloud]\ntarget = \"moon\"\n").find("aws, azure or gcp") != std::string::npos);
  CHECK(Wrong("[cloud]\ns3_region = \"x\"\n").find("needs a target") != std::string::npos);
  CHECK(Wrong("[cloud]\ntarget = \"aws\"\nzone = 1\n").find("no zone") != std::string::npos);
  CHECK(Wrong(std::string("[user]\n\"a\" = \"\xff\"\n")).find("map.toml line 2: ") == 0);
}
