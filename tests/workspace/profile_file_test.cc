#include "workspace/profile_file.h"

#include "support/catch.h"

namespace dbxark::workspace {
namespace {

using Values = std::map<std::string, std::string>;

Profile Only(const std::string& text) {
  auto file = ParseProfileFile(text);
  REQUIRE(file.ok());
  REQUIRE(file->profiles.size() == 1);
  return file->profiles.begin()->second;
}

TEST_CASE("profiles are read with their keys") {
  auto file = ParseProfileFile(
      "; mine\r\n[DEFAULT]\r\nhost = https://a.example\r\n\r\n[two words]\n# no token\nhost: b.example\nempty =\n");
  REQUIRE(file.ok());
  CHECK(file->profiles.at("DEFAULT").values == Values{{"host", "https://a.example"}});
  CHECK(file->profiles.at("two words").values == Values{{"host", "b.example"}, {"empty", ""}});
  CHECK(file->profiles.at("two words").line == 5);
  for (const auto& [name, profile] : file->profiles) CHECK(profile.problem.empty());
}

TEST_CASE("a # without a space before it belongs to the value") {
  const Profile profile = Only("[p]\ntoken = a#b;c\n");
  CHECK(profile.values.at("token") == "a#b;c");
  CHECK(profile.problem.empty());
}

TEST_CASE("what readers take differently is a problem with its line") {
  CHECK(Only("[p]\nhost = a\n  token = b\n").problem.starts_with("line 3 is indented"));
  CHECK(Only("[p]\nhost = a # b\n").problem.starts_with("line 2 has a comment behind the value of host"));
  CHECK(Only("[p]\nhost = a ; b\n").problem.starts_with("line 2 has a comment"));
  CHECK(Only("[p]\nhost = \"a\"\n").problem.starts_with("line 2 has quotes"));
  CHECK(Only("[p]\nhost = a\\\ntoken = b\n").problem.starts_with("line 2 ends in a backslash"));
  CHECK(Only("[p]\nhost = a\nhost = b\n").problem.starts_with("line 3 gives host a second time"));
  CHECK(Only("[p]\nHost = a\n").problem.starts_with("line 2 spells host as Host"));
  CHECK(Only("[p]\nx = 1\n[p]\nhost = a\n").problem.starts_with("line 3 begins this profile a second time"));
  CHECK(Only("[ p ]\nx = 1\n").problem.starts_with("line 1 has spaces"));
  CHECK(Only("host = a\n").problem.starts_with("line 1 stands before any [profile]"));
}

TEST_CASE("an indented first line of a profile is harmless") { CHECK(Only("[p]\n  host = a\n").problem.empty()); }

TEST_CASE("what no reader takes is an error with its line") {
  for (const char* text : {"[p\n", "[p]\nhost\n", "[]\n", "[p] x\n", "[p]\n= v\n"}) {
    auto file = ParseProfileFile(text);
    REQUIRE_FALSE(file.ok());
    CHECK(file.error().message().starts_with("line "));
  }
}

TEST_CASE("a problem of one profile leaves the others alone") {
  auto file = ParseProfileFile("[a]\nhost = x # y\n[b]\nhost = z\n");
  REQUIRE(file.ok());
  CHECK_FALSE(file->profiles.at("a").problem.empty());
  CHECK(file->profiles.at("b").problem.empty());
}

}  // namespace
}  // namespace dbxark::workspace
