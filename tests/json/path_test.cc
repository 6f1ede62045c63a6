#include "json/path.h"

#include "json/path_pattern.h"
#include "support/catch.h"

namespace dbxark::json {
namespace {

constexpr char kText[] = R"({"a":{"b":[{"c":1},{"c":[10,20]}]},"x.y":{"z":2},"x":{"y":{"z":3,"w":4}},
    "q":{"k.[0]":5},"policy":"{\"spark_conf.s\":{\"value\":6}}","empty":{}})";

struct Text {
  Document document = *Document::Parse(kText);
  std::string At(const std::string& path) const {
    const Node node = NodeAt(document.root(), path);
    return node ? std::string(node.raw()) : "nothing";
  }
};

TEST_CASE("a path leads to one place, or to none") {
  const Text text;
  CHECK(text.At("") == kText);
  CHECK(text.At("a.b[0].c") == "1");
  CHECK(text.At("a.b[1].c[1]") == "20");
  CHECK(text.At("q.\"k.[0]\"") == "5");
  CHECK(text.At("empty") == "{}");
  for (const char* path :
       {"a.c", "a.b[2]", "a.b[01]", "a.b[", "a.b.c", "ab", "a.b[0].c.d", "empty.x", "policy.x", "."}) {
    INFO(path);
    CHECK(text.At(path) == "nothing");
  }
}

TEST_CASE("a key with dots is found with quotes and without") {
  const Text text;
  CHECK(text.At("\"x.y\".z") == "2");
  CHECK(text.At("x.y.z") == "2");  // the first way that leads somewhere
  CHECK(text.At("x.y.w") == "4");
}

TEST_CASE("the path of every place leads to it, and its last part to what is above it") {
  const Text text;
  size_t places = 0;
  for (const char* pattern : {"a", "a.b", "a.b[]", "a.b[].c", "a.b[].c[]", "a{}", "q{}", "\"x.y\"{}"}) {
    PathPattern(pattern).Match(text.document.root(), [&](Node node, const std::string& path) {
      INFO(pattern << " " << path);
      ++places;
      CHECK(NodeAt(text.document.root(), path).raw() == node.raw());
      const PathPart part = LastPartOf(path);
      const Node above = NodeAt(text.document.root(), part.above);
      if (part.is_element) {
        CHECK(above.elements().at(std::stoul(part.last)).raw() == node.raw());
      } else {
        CHECK(above[part.last].raw() == node.raw());
        CHECK(PathOfMember(part.above, part.last) == path);
      }
    });
  }
  CHECK(places == 11);
}

TEST_CASE("a path into the JSON of a string has two halves") {
  const auto split = SplitEmbedded("policy(json).\"spark_conf.s\".value");
  REQUIRE(split);
  CHECK(split->first == "policy");
  CHECK(split->second == "\"spark_conf.s\".value");
  CHECK_FALSE(SplitEmbedded("policy"));
  CHECK_FALSE(SplitEmbedded("conf.\"a(json).b\""));  // a key that has these letters
  CHECK(SplitEmbedded("conf.\"a(json).b\"(json).c")->first == "conf.\"a(json).b\"");
}

}  // namespace
}  // namespace dbxark::json
