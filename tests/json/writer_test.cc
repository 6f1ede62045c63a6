#include "json/writer.h"

#include "json/document.h"
#include "support/catch.h"

using namespace dbxark::json;

TEST_CASE("a quoted text reads back as itself") {
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  every += "\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80";
  auto document = Document::Parse(Quote(every));
  REQUIRE(document.ok());
  CHECK(document->root().text() == every);
  CHECK(Quote("a\"b\\c\nd\x01") == "\"a\\\"b\\\\c\\nd\\u0001\"");
  CHECK(Quote("") == "\"\"");
}

TEST_CASE("bytes that are no UTF-8 are replaced, and what is valid around them stays") {
  CHECK(Quote("a\xFF\xC3\xA9\xC3") == "\"a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\"");
  CHECK(Quote("\xE4\xB8\xAD\xED\xA0\x80x") == "\"\xE4\xB8\xAD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\"");
  CHECK(Quote("\xC3"
              "a\xF0\x9F\x98\x80") ==
        "\"\xEF\xBF\xBD"
        "a\xF0\x9F\x98\x80\"");
}

TEST_CASE("commas and colons come by themselves") {
  Writer writer;
  writer.BeginObject().Member("a", 1).Member("b", "x").Key("c").BeginArray().Int(-1).Uint(18446744073709551615u).Null();
  writer.BeginObject().EndObject().Bool(false).Raw("[ ]").EndArray().Member("d", true).Member("e", std::string("y"));
  writer.Member("f", int64_t{-9}).Member("g", uint64_t{9}).Member("h", std::string_view("z")).EndObject();
  CHECK(writer.text() ==
        R"({"a":1,"b":"x","c":[-1,18446744073709551615,null,{},false,[ ]],"d":true,"e":"y","f":-9,"g":9,"h":"z"})");
}

TEST_CASE("values after one another at the top stand as they were written") {
  Writer writer;
  writer.BeginArray().EndArray();
  CHECK(writer.Take() == "[]");
}

TEST_CASE("pretty text is the same value, two spaces an indent") {
  CHECK(Pretty(R"({"a":[1,{"b":"x,{}:\"y"}],"c":{ },"d":[]})") ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{}:\\\"y\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
  CHECK(Pretty("12") == "12");
  CHECK(Pretty(Pretty(R"({"a":[1,2],"b":"c"})")) == Pretty(R"({"a":[1,2],"b":"c"})"));
}
