#include "json/document.h"

#include "support/catch.h"

using dbxark::json::Document;
using dbxark::json::Node;
using dbxark::json::Type;

namespace {

Document Parsed(const std::string& text) {
  auto document = Document::Parse(text);
  INFO(text);
  INFO((document.ok() ? std::string() : document.error().message()));
  REQUIRE(document.ok());
  return std::move(*document);
}

std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// Every value's bytes must be a JSON text of the same value, and lie where begin and end say.
void CheckSpans(const Document& document, Node node) {
  const std::string raw(node.raw());
  INFO(raw);
  CHECK(document.text().substr(node.begin(), node.end() - node.begin()) == raw);
  const Document alone = Parsed(raw);
  CHECK(alone.root().type() == node.type());
  CHECK(alone.root().size() == node.size());
  CHECK(alone.root().raw() == raw);
  CHECK(alone.root().text() == node.text());
  for (const Node& child : node.IsObject() ? node.members() : node.elements()) CheckSpans(document, child);
}

}  // namespace

TEST_CASE("a document keeps the bytes as received") {
  for (const char* text :
       {"{}", " {\n} ", "[1 , 2]\n", "{\"b\":1,\"a\":2.50,\"b\":\"\\u00e9\"}", "null", " \"x\" ", "-0.0e+5"}) {
    CHECK(Parsed(text).text() == text);
  }
}

TEST_CASE("every value knows where it stands, with white space anywhere") {
  for (const char* text : {"{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"x\\\"y\"}}",
                           " { \"a\" : 1 , \"b\" : [ true , [ ] , { } , \"]\" ] , \"c\\n\" : { \"d\" : \"}\" } } ",
                           "\t[\r\n1.5e10\n,\r-3 ,\"\\\\\",\"\\\\\\\"\" ]\n", "[[[[1]]],[[]],[]]",
                           "[\"\\u0041\\uD83D\\uDE00\",\"\xE4\xB8\xAD\"]", "{\"\":{\"\":[\"\"]}}"}) {
    const Document document = Parsed(text);
    CheckSpans(document, document.root());
  }
}

TEST_CASE("a path can be followed without asking in between") {
  const Document document = Parsed(R"({"settings":{"tasks":[{"task_key":"a"},{"task_key":"b"}],"n":7}})");
  CHECK(document.root()["settings"]["tasks"].elements()[1]["task_key"].text() == "b");
  CHECK_FALSE(document.root()["gone"]["tasks"]["deeper"].Exists());
  CHECK_FALSE(document.root()["settings"]["n"]["x"].Exists());
  CHECK(document.root()["gone"].text().empty());
  CHECK(document.root()["gone"].raw().empty());
  CHECK(document.root()["gone"].elements().empty());
  CHECK(document.root()["gone"].size() == 0);
  CHECK_FALSE(document.root()["gone"].IsNull());
  CHECK(document.root()["settings"].size() == 2);
  CHECK(document.root()["settings"]["tasks"].members().empty());
}

TEST_CASE("strings are unescaped when they are read, not when they are kept") {
  const Document document =
      Parsed(R"(["\"\\\/\b\f\n\r\t","\u00e9","\ud83d\ude00","\ud83dx","\udE00","\u0000","a\u4E2D"])");
  const auto at = [&](size_t i) { return document.root().elements()[i].text(); };
  CHECK(at(0) == "\"\\/\b\f\n\r\t");
  CHECK(at(1) == "\xC3\xA9");
  CHECK(at(2) == "\xF0\x9F\x98\x80");
  CHECK(at(3) == "\xEF\xBF\xBDx");
  CHECK(at(4) == "\xEF\xBF\xBD");
  CHECK(at(5) == std::string(1, '\0'));
  CHECK(at(6) == "a\xE4\xB8\xAD");
  CHECK(document.root().elements()[1].raw() == "\"\\u00e9\"");
}

TEST_CASE("keys are unescaped, and found by what they mean") {
  const Document document = Parsed(R"({"a\u0062":1,"x\"y":2,"":3})");
  CHECK(document.root()["ab"].AsInt64() == 1);
  CHECK(document.root()["x\"y"].AsInt64() == 2);
  CHECK(document.root()[""].AsInt64() == 3);
  CHECK_FALSE(document.root()["a\\u0062"].Exists());
  CHECK(document.root().members()[0].key() == "ab");
  CHECK(document.text()[document.root().members()[1].key_begin()] == '"');
  CHECK(document.root().members()[1].HasKey());
  CHECK_FALSE(document.root().HasKey());
}

TEST_CASE("of two members of one key the last counts, and both stay") {
  const Document document = Parsed(R"({"a":1,"b":0,"a":2})");
  CHECK(document.root()["a"].AsInt64() == 2);
  CHECK(document.root().members().size() == 3);
}

TEST_CASE("numbers keep their spelling, of any size") {
  const Document document = Parsed(
      "[1088437519461920768,123456789012345678901234567890,2.50,1e400,-0,9223372036854775807,\"1088437519461920768\",1."
      "0]");
  const auto elements = document.root().elements();
  CHECK(elements[0].raw() == "1088437519461920768");
  CHECK(elements[0].AsInt64() == 1088437519461920768);
  CHECK(elements[1].TextOrNumber() == "123456789012345678901234567890");
  CHECK_FALSE(elements[1].AsInt64().has_value());
  CHECK(elements[2].TextOrNumber() == "2.50");
  CHECK(elements[3].raw() == "1e400");
  CHECK(elements[4].AsInt64() == 0);
  CHECK(elements[5].AsInt64() == INT64_MAX);
  CHECK(elements[6].AsInt64() == 1088437519461920768);
  CHECK_FALSE(elements[7].AsInt64().has_value());
}

TEST_CASE("ids are read from strings and numbers alike, and from nothing else") {
  const Document document = Parsed(R"({"s":"x","n":12,"b":true,"z":null,"o":{},"e":""})");
  CHECK(document.root()["s"].TextOrNumber() == "x");
  CHECK(document.root()["n"].TextOrNumber() == "12");
  CHECK(document.root()["b"].TextOrNumber() == "true");
  CHECK(document.root()["z"].TextOrNumber().empty());
  CHECK(document.root()["o"].TextOrNumber().empty());
  CHECK_FALSE(document.root()["e"].AsInt64().has_value());
  CHECK(document.root()["b"].AsBool() == true);
  CHECK_FALSE(document.root()["n"].AsBool().has_value());
  CHECK(document.root()["n"].text().empty());
  CHECK(document.root()["z"].IsNull());
}

TEST_CASE("a text that is one scalar is a document too") {
  CHECK(Parsed("12").root().AsInt64() == 12);
  CHECK(Parsed(" \"a\\tb\"\n").root().text() == "a\tb");
  CHECK(Parsed("true").root().AsBool() == true);
  CHECK(Parsed("null ").root().IsNull());
  CHECK(Parsed("123456789012345678901234567890").root().type() == Type::kNumber);
}

TEST_CASE("what is not one JSON value is refused") {
  for (const char* wrong : {"",
                            " ",
                            "{",
                            "}",
                            "[",
                            "]",
                            "[1,]",
                            "[,1]",
                            "[1,,2]",
                            "[1 2]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{,}",
                            "{a:1}",
                            "{1:2}",
                            "{\"a\" 1}",
                            "{\"a\":1 \"b\":2}",
                            "{\"a\":1;\"b\":2}",
                            "[1}",
                            "{\"a\":1]",
                            "{} {}",
                            "{}x",
                            "[] ]",
                            "1 2",
                            "01",
                            "1.",
                            ".5",
                            "+1",
                            "-",
                            "1e",
                            "1e+",
                            "0x10",
                            "NaN",
                            "Infinity",
                            "tru",
                            "nul",
                            "True",
                            "'a'",
                            "\"a",
                            "a\"",
                            "\"a\"b",
                            "\"\\x\"",
                            "\"\\u12\"",
                            "\"\\u12g4\"",
                            "\"a\nb\"",
                            "\"\t\"",
                            "[01]",
                            "[1.]",
                            "[-]",
                            "[tru]",
                            "[truex]",
                            "[nullnull]",
                            "[\"a\"\"b\"]",
                            "[\"\\x\"]",
                            "[\"\\u00g0\"]",
                            "{\"a\\x\":1}",
                            "[1]//",
                            "/**/[1]",
                            "[\"a\nb\"]",
                            "{\"a\":[1,{\"b\":2]}",
                            "[[1]",
                            "[1]]",
                            "{\"a\":{}",
                            "\"\\\"",
                            "[\"\\\"]",
                            "[1,2",
                            "[\"a",
                            "{\"a\":\"b",
                            "[--1]",
                            "[1e5.2]",
                            "[\"a\":1]",
                            "{\"a\",1}",
                            "{\"a\"::1}",
                            "{[]:1}",
                            "[:]",
                            "<html></html>"}) {
    INFO(wrong);
    auto document = Document::Parse(wrong);
    CHECK_FALSE(document.ok());
    if (!document.ok()) CHECK(document.error().message().starts_with("not JSON"));
  }
  CHECK_FALSE(Document::Parse(std::string("[1]\0", 4)).ok());
  CHECK_FALSE(Document::Parse(std::string("[\"\0\"]", 5)).ok());
}

TEST_CASE("bytes that are no UTF-8 are refused") {
  for (const char* wrong : {"\"\xFF\"", "[\"\xC3\"]", "{\"\xED\xA0\x80\":1}", "[\"\xC0\xAF\"]"}) {
    CHECK_FALSE(Document::Parse(wrong).ok());
  }
}

TEST_CASE("every truncation of a text is refused") {
  const std::string text = R"({"a":[1,2.5,"x\"y"],"b":{"c":null,"d":[{}]},"e":"\u00e9"})";
  REQUIRE(Document::Parse(text).ok());
  for (size_t size = 0; size < text.size(); ++size) {
    INFO(size);
    CHECK_FALSE(Document::Parse(text.substr(0, size)).ok());
  }
}

TEST_CASE("nesting is limited, so that no text can exhaust the stack") {
  CHECK(Document::Parse(Nested(400)).ok());
  CHECK_FALSE(Document::Parse(Nested(600)).ok());
  CHECK_FALSE(Document::Parse(Nested(100000)).ok());
  CHECK_FALSE(Document::Parse(std::string(100000, '[')).ok());
  std::string objects;
  for (int i = 0; i < 600; ++i) objects += "{\"a\":";
  CHECK_FALSE(Document::Parse(objects + "1" + std::string(600, '}')).ok());
}

TEST_CASE("what encloses a value can be found") {
  const Document document = Parsed(R"({"a":[{"id":"x"},{"id":"y"}],"b":"x"})");
  const Node second = document.root()["a"].elements()[1];
  CHECK((document.ParentOf(second["id"]) == second));
  CHECK((document.ParentOf(second) == document.root()["a"]));
  CHECK((document.ParentOf(document.root()["a"]) == document.root()));
  CHECK_FALSE(document.ParentOf(document.root()).Exists());
}

TEST_CASE("escapes, quotes and control characters are seen wherever they stand in a long string") {
  for (size_t at = 0; at <= 40; ++at) {
    std::string text(40, 'x');
    const auto with = [&](const char* what) { return "[\"" + text.substr(0, at) + what + text.substr(at) + "\"]"; };
    INFO(at);
    const auto escaped = Document::Parse(with("\\u00e9\\\"\xc3\xa9\x7f"));
    REQUIRE(escaped.ok());
    CHECK(escaped->root().elements().at(0).text() == text.substr(0, at) + "\xc3\xa9\"\xc3\xa9\x7f" + text.substr(at));
    for (const char* wrong : {"\"", "\n", "\x01", "\x1f", "\\x", "\\u12"})
      CHECK_FALSE(Document::Parse(with(wrong)).ok());
  }
}

TEST_CASE("a document may be moved while nothing looks into it, and a large one is no different") {
  std::string text = "[";
  for (int i = 0; i < 20000; ++i) text += (i > 0 ? "," : "") + std::string("{\"id\":\"") + std::to_string(i) + "\"}";
  text += "]";
  Document first = Parsed(text);
  const Document second = std::move(first);
  CHECK(second.root().size() == 20000);
  CHECK(second.root().elements()[19999]["id"].text() == "19999");
}
