#include "json/edit.h"

#include "support/catch.h"

using dbxark::json::Document;
using dbxark::json::Editor;
using dbxark::json::Node;
using dbxark::json::WithMember;

namespace {

Document Parsed(const std::string& text) {
  auto document = Document::Parse(text);
  INFO(text);
  REQUIRE(document.ok());
  return std::move(*document);
}

// `text` without the members or elements at `indexes`.
std::string Without(const std::string& text, const std::vector<size_t>& indexes) {
  const Document document = Parsed(text);
  Editor editor(document);
  const auto children = document.root().IsObject() ? document.root().members() : document.root().elements();
  for (const size_t index : indexes) editor.Remove(children[index]);
  std::string edited = editor.Apply();
  Parsed(edited);
  return edited;
}

}  // namespace

TEST_CASE("no edits means the same bytes") {
  const std::string text = " { \"b\" : 2.50 , \"a\":[ 1,\"\\u00e9\" ] }\n";
  const Document document = Parsed(text);
  Editor editor(document);
  CHECK(editor.empty());
  CHECK(editor.Apply() == text);
  CHECK(editor.Apply(document.root()["a"]) == "[ 1,\"\\u00e9\" ]");
}

TEST_CASE("a replaced value leaves all other bytes alone") {
  const Document document = Parsed(" { \"a\" : 1 , \"b\":[ 2 , 3 ],\"c\":{\"d\":\"x\"} } ");
  Editor editor(document);
  editor.Replace(document.root()["a"], "10");
  editor.Replace(document.root()["b"].elements()[1], "\"three\"");
  editor.Replace(document.root()["c"]["d"], "{\"e\":null}");
  CHECK(editor.Apply() == " { \"a\" : 10 , \"b\":[ 2 , \"three\" ],\"c\":{\"d\":{\"e\":null}} } ");
  CHECK(editor.Apply(document.root()["c"]) == "{\"d\":{\"e\":null}}");
}

TEST_CASE("the last replacement of a value wins, and the root can be replaced") {
  const Document document = Parsed(" [1] ");
  Editor editor(document);
  editor.Replace(document.root().elements()[0], "2");
  editor.Replace(document.root().elements()[0], "3");
  CHECK(editor.Apply() == " [3] ");
  editor.Replace(document.root(), "{}");
  CHECK(editor.Apply() == " {} ");
}

TEST_CASE("a member goes with its comma, wherever it stands") {
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {0}) == R"({"b":2,"c":3})");
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {1}) == R"({"a":1,"c":3})");
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {2}) == R"({"a":1,"b":2})");
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {0, 1}) == R"({"c":3})");
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {1, 2}) == R"({"a":1})");
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {0, 2}) == R"({"b":2})");
  CHECK(Without(R"({"a":1,"b":2,"c":3})", {0, 1, 2}) == "{}");
}

TEST_CASE("an element goes with its comma, wherever it stands") {
  CHECK(Without("[1,2,3]", {0}) == "[2,3]");
  CHECK(Without("[1,2,3]", {1}) == "[1,3]");
  CHECK(Without("[1,2,3]", {2}) == "[1,2]");
  CHECK(Without("[1,2,3]", {0, 1, 2}) == "[]");
  CHECK(Without("[1]", {0}) == "[]");
  CHECK(Without("[\",\",[\",\"],\",\"]", {0}) == "[[\",\"],\",\"]");
}

TEST_CASE("white space around what was removed does no harm") {
  CHECK(Without("{ \"a\" : 1 ,\n \"b,c\" : 2 }", {0}) == "{\n \"b,c\" : 2 }");
  CHECK(Without("{ \"a\" : 1 ,\n \"b\" : 2 }", {1}) == "{ \"a\" : 1 }");
  CHECK(Without("{ \"a\" : 1 , \"b\" : 2 }", {0, 1}) == "{ }");
}

TEST_CASE("every set of members can be removed, and the rest keeps its order") {
  const std::string text = "{\"m0\":0, \"m1\" :[1], \"m2\":{\"x\":2} ,\"m3\":\"3,\"}";
  for (unsigned set = 0; set < 16; ++set) {
    INFO(set);
    const Document document = Parsed(text);
    Editor editor(document);
    const auto members = document.root().members();
    for (size_t i = 0; i < 4; ++i) {
      if (set >> i & 1) editor.Remove(members[i]);
    }
    editor.Set(document.root(), "added", "true");
    const Document edited = Parsed(editor.Apply());
    size_t at = 0;
    const auto left = edited.root().members();
    for (size_t i = 0; i < 4; ++i) {
      if (set >> i & 1) continue;
      REQUIRE(at < left.size());
      CHECK(left[at].key() == members[i].key());
      CHECK(left[at++].raw() == members[i].raw());
    }
    REQUIRE(left.size() == at + 1);
    CHECK(left[at].key() == "added");
  }
}

TEST_CASE("a member is added at the end, or replaces the one that is there") {
  const Document document = Parsed(R"({"a":{"x":1},"e":{},"w": { } })");
  Editor editor(document);
  editor.Set(document.root()["a"], "y", "2");
  editor.Set(document.root()["a"], "x", "\"one\"");
  editor.Set(document.root()["e"], "k\"ey", "[]");
  editor.Set(document.root()["w"], "k", "1");
  editor.Set(document.root()["w"], "l", "2");
  editor.Set(document.root()["w"], "k", "3");
  const std::string text = editor.Apply();
  const Document edited = Parsed(text);
  CHECK(edited.root()["a"].raw() == R"({"x":"one","y":2})");
  CHECK(edited.root()["e"].raw() == R"({"k\"ey":[]})");
  CHECK(edited.root()["w"]["k"].AsInt64() == 3);
  CHECK(edited.root()["w"]["l"].AsInt64() == 2);
  CHECK(edited.root()["w"].size() == 2);
}

TEST_CASE("an object's text takes one more member, and nothing else does") {
  CHECK(*WithMember(R"({"a":1})", "b", "[2]") == R"({"a":1,"b":[2]})");
  CHECK(*WithMember(R"({"a":1,"b":0})", "a", "2") == R"({"a":2,"b":0})");
  CHECK(*WithMember("{}", "a", "null") == R"({"a":null})");
  CHECK_FALSE(WithMember("[1]", "a", "1").ok());
  CHECK_FALSE(WithMember("{", "a", "1").ok());
}

TEST_CASE("setting what was removed brings it back with the new value") {
  const Document document = Parsed(R"({"a":1,"b":2})");
  Editor editor(document);
  editor.Remove(document.root()["a"]);
  editor.Set(document.root(), "a", "3");
  CHECK(editor.Apply() == R"({"a":3,"b":2})");
  editor.Remove(document.root()["a"]);
  CHECK(editor.Apply() == R"({"b":2})");
}

TEST_CASE("changes inside of what is itself taken out or replaced are void") {
  const Document document = Parsed(R"({"a":{"x":{"y":1}},"b":[{"z":2}]})");
  Editor editor(document);
  editor.Replace(document.root()["a"]["x"]["y"], "9");
  editor.Set(document.root()["a"], "more", "1");
  editor.Remove(document.root()["a"]);
  editor.Remove(document.root()["b"].elements()[0]["z"]);
  editor.Replace(document.root()["b"], "[]");
  CHECK(editor.Apply() == R"({"b":[]})");
}

TEST_CASE("what is gone is what is taken out or replaced, and all in it") {
  const Document document = Parsed(R"({"a":{"x":{"y":1}},"b":[1,2],"c":3})");
  Editor editor(document);
  editor.Remove(document.root()["a"]["x"]);
  editor.Replace(document.root()["b"].elements()[0], "7");
  CHECK(editor.IsGone(document.root()["a"]["x"]["y"]));
  CHECK(editor.IsGone(document.root()["a"]["x"]));
  CHECK_FALSE(editor.IsGone(document.root()["a"]));
  CHECK(editor.IsGone(document.root()["b"].elements()[0]));
  CHECK_FALSE(editor.IsGone(document.root()["b"].elements()[1]));
  CHECK_FALSE(editor.IsGone(document.root()["c"]));
}

TEST_CASE("nested changes work at every depth at once") {
  const Document document =
      Parsed(R"({"t":[{"k":"a","id":"1","x":{"id":"2","n":0}},{"k":"b"},{"k":"c","id":"3"}],"z":1})");
  Editor editor(document);
  const auto tasks = document.root()["t"].elements();
  editor.Remove(tasks[1]);
  editor.Replace(tasks[0]["x"]["id"], "\"22\"");
  editor.Remove(tasks[0]["x"]["n"]);
  editor.Remove(tasks[0]["id"]);
  editor.Set(tasks[2], "new", "true");
  CHECK(editor.Apply() == R"({"t":[{"k":"a","x":{"id":"22"}},{"k":"c","id":"3","new":true}],"z":1})");
}
