#include "json/path_pattern.h"

#include <algorithm>

#include "support/catch.h"

using dbxark::json::Document;
using dbxark::json::Node;
using dbxark::json::PathPattern;

namespace {

// "path=value" for every place, in the order of the visits.
std::vector<std::string> Places(const std::string& pattern, const std::string& text) {
  auto document = Document::Parse(text);
  REQUIRE(document.ok());
  std::vector<std::string> places;
  PathPattern(pattern).Match(document->root(), [&](Node node, const std::string& path) {
    places.push_back(path + "=" + std::string(node.raw()));
  });
  return places;
}

using Expected = std::vector<std::string>;

}  // namespace

TEST_CASE("the empty pattern is the root") { CHECK(Places("", "[1]") == Expected{"=[1]"}); }

TEST_CASE("a pattern follows members") {
  CHECK(Places("a.b", R"({"a":{"b":1}})") == Expected{"a.b=1"});
  CHECK(Places("a.b", R"({"a":{"c":1}})").empty());
  CHECK(Places("a.b", R"({"a":1})").empty());
  CHECK(Places("a.b", R"({"a":[{"b":1}]})").empty());
}

TEST_CASE("[] is every element") {
  CHECK(Places("a[].b", R"({"a":[{"b":1},{},{"b":2}]})") == Expected{"a[0].b=1", "a[2].b=2"});
  CHECK(Places("[]", "[1,2]") == Expected{"[0]=1", "[1]=2"});
  CHECK(Places("a[][]", R"({"a":[[1],[2,3]]})") == Expected{"a[0][0]=1", "a[1][0]=2", "a[1][1]=3"});
  CHECK(Places("a[]", R"({"a":{"b":1}})").empty());
}

TEST_CASE("{} is every value of a map") {
  CHECK(Places("m{}", R"({"m":{"x":1,"y.z":2}})") == Expected{"m.x=1", "m.\"y.z\"=2"});
  CHECK(Places("m{}.k", R"({"m":{"x":{"k":1},"y":{}}})") == Expected{"m.x.k=1"});
  CHECK(Places("m{}", R"({"m":[1]})").empty());
}

TEST_CASE("a key with dots stands in quotes, and a star in it is one or more of any characters") {
  CHECK(Places("\"a.b\".c", R"({"a.b":{"c":1},"a":{"b":{"c":2}}})") == Expected{"\"a.b\".c=1"});
  CHECK(Places("\"i.*.d\"", R"({"i.0.d":1,"i.12.d":2,"i..d":3,"i.d":4,"i.0.e":5,"xi.0.d":6})") ==
        Expected{"\"i.0.d\"=1", "\"i.12.d\"=2"});
  CHECK(Places("\"s.*\"", R"({"s.a":1,"s.":2,"s.a.b":3})") == Expected{"\"s.a\"=1", "\"s.a.b\"=3"});
}

TEST_CASE("a choice is any of its alternatives") {
  CHECK(Places("{value,values[],other.deep}", R"({"value":1,"values":[2,3],"other":{"deep":4}})") ==
        Expected{"value=1", "values[0]=2", "values[1]=3", "other.deep=4"});
  CHECK(Places("\"p\".{value,values[]}", R"({"p":{"values":[1]}})") == Expected{"p.values[0]=1"});
}

TEST_CASE("what follows a choice follows each of its alternatives") {
  CHECK(Places("w.{on_start[],on_end[]}.id", R"({"w":{"on_start":[{"id":"a"},{"x":1}],"on_end":[{"id":"b"}]}})") ==
        Expected{"w.on_start[0].id=\"a\"", "w.on_end[0].id=\"b\""});
  CHECK(Places("{a,b}.{c,d[]}.e", R"({"a":{"c":{"e":1}},"b":{"d":[{"e":2}]}})") == Expected{"a.c.e=1", "b.d[0].e=2"});
  CHECK(Places("{a,b}[]", R"({"a":[1],"b":[2]})") == Expected{"a[0]=1", "b[0]=2"});
  CHECK(Places("{a,{b,c}.x}.y", R"({"a":{"y":1},"b":{"x":{"y":2}},"c":{"x":{"y":3}}})") ==
        Expected{"a.y=1", "b.x.y=2", "c.x.y=3"});
  CHECK(Places("{a,b}.y", R"({"a":1,"b":{}})").empty());
}

TEST_CASE("(json) looks into a string that holds JSON") {
  const std::string text = R"({"d":"{\"pool\":{\"value\":\"p1\"}}"})";
  CHECK(Places("d(json).pool.value", text) == Expected{"d(json).pool.value=\"p1\""});
  CHECK(Places("d(json).gone", text).empty());
  CHECK(Places("d(json).pool", R"({"d":"not json"})").empty());
  CHECK(Places("d(json).pool", R"({"d":{"pool":1}})").empty());
}

TEST_CASE("a pattern into embedded JSON can be followed in two steps, for editing there") {
  const PathPattern pattern("definition(json).\"pool\".{value,values[]}");
  REQUIRE(pattern.HasEmbedded());
  auto outer = Document::Parse(R"({"definition":"{\"pool\":{\"values\":[\"a\",\"b\"]}}"})");
  REQUIRE(outer.ok());
  std::vector<std::string> found;
  pattern.Outer().Match(outer->root(), [&](Node text, const std::string& path) {
    CHECK(path == "definition");
    auto inner = Document::Parse(text.text());
    REQUIRE(inner.ok());
    pattern.Inner().Match(inner->root(), [&](Node node, const std::string&) { found.push_back(node.text()); });
  });
  CHECK(found == Expected{"a", "b"});
  CHECK_FALSE(PathPattern("a.b[]").HasEmbedded());
}
