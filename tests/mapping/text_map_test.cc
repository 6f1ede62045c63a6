#include "mapping/text_map.h"

#include "support/catch.h"

using namespace dbxark;
using mapping::MapRules;
using mapping::TextMap;

namespace {

struct Texts {
  explicit Texts(const std::string& toml)
      : rules(std::move(*MapRules::Parse(toml, "map.toml"))),
        map(rules, [this](const std::string& name) { return rules.Find("user", name); }) {}
  std::string operator()(const std::string& text) const { return map.Map(text).text; }
  std::string Tree(const std::string& path) const {
    const auto mapped = map.MapPath("workspace:", path);
    return mapped ? mapped->text : "(elsewhere)";
  }
  std::string Dbfs(const std::string& path) const {
    const auto mapped = map.MapPath("dbfs:", path);
    return mapped ? mapped->text : "(elsewhere)";
  }

  const MapRules rules;
  const TextMap map;
};

}  // namespace

TEST_CASE("a path is met in each of its spellings, and only as a whole") {
  const Texts mapped(
      "[path]\n\"/Shared/etl\" = \"/Shared/prod/etl\"\n\"dbfs:/mnt/raw\" = \"/Volumes/main/raw/files\"\n");
  CHECK(mapped("/Shared/etl") == "/Shared/prod/etl");
  CHECK(mapped("/Workspace/Shared/etl/load") == "/Workspace/Shared/prod/etl/load");
  CHECK(mapped("workspace:/Shared/etl/load") == "workspace:/Shared/prod/etl/load");
  CHECK(mapped("/Shared/etl2") == "/Shared/etl2");
  CHECK(mapped("/Shared/etl.py") == "/Shared/etl.py");
  CHECK(mapped("/x/Shared/etl") == "/x/Shared/etl");
  CHECK(mapped("--a=/Shared/etl/x,/Shared/etl") == "--a=/Shared/prod/etl/x,/Shared/prod/etl");
  CHECK(mapped("dbfs:/mnt/raw/in.csv") == "/Volumes/main/raw/files/in.csv");
  CHECK(mapped("cat /dbfs/mnt/raw/in.csv") == "cat /Volumes/main/raw/files/in.csv");
  CHECK(mapped("dbfs:/mnt/raw2") == "dbfs:/mnt/raw2");
  // What was put in is not looked at again.
  CHECK(Texts("[path]\n\"/Shared\" = \"/Shared/Shared\"\n")("/Shared/a /Shared/b") ==
        "/Shared/Shared/a /Shared/Shared/b");
}

TEST_CASE("the longest rule wins, whatever its place in the file") {
  const Texts mapped("[path]\n\"/Shared\" = \"/A\"\n\"/Shared/etl\" = \"/B\"\n");
  CHECK(mapped("/Shared/etl/x") == "/B/x");
  CHECK(mapped("/Shared/x") == "/A/x");
  CHECK(mapped.Tree("/Shared/etl") == "/B");
}

TEST_CASE("objects of the tree and of DBFS move by their place") {
  const Texts mapped(
      "[path]\n\"/Shared\" = \"/Restored/Shared\"\n\"dbfs:/databricks/init\" = \"dbfs:/init\"\n"
      "\"dbfs:/FileStore\" = \"/Volumes/a/b/c\"\n[location]\n\"etl\" = \"xyz\"\n");
  CHECK(mapped.Tree("/Shared/etl/load") == "/Restored/Shared/etl/load");
  CHECK(mapped.Tree("/Users/etl") == "/Users/etl");  // a location is none of the tree's
  CHECK(mapped.Tree("/x/Shared/y") == "/x/Shared/y");
  CHECK(mapped.Tree("/dbfs/databricks/init") == "/dbfs/databricks/init");
  CHECK(mapped.Dbfs("/databricks/init/a.sh") == "/init/a.sh");
  CHECK(mapped.Dbfs("/FileStore/x") == "(elsewhere)");
  CHECK(mapped.Dbfs("/Shared/x") == "/Shared/x");
  const Texts root("[path]\n\"/\" = \"/Old\"\n");
  CHECK(root.Tree("/") == "/Old");
  CHECK(root.Tree("/Shared/x") == "/Old/Shared/x");
  CHECK(root("/Workspace/Shared/x") == "/Workspace/Old/Shared/x");
  CHECK(root("not a path") == "not a path");
}

TEST_CASE("a user's home folder goes with the user") {
  const Texts mapped("[user]\n\"*@old.example\" = \"*@new.example\"\n");
  CHECK(mapped.Tree("/Users/ana@old.example") == "/Users/ana@new.example");
  CHECK(mapped.Tree("/Users/ana@old.example/a/b") == "/Users/ana@new.example/a/b");
  CHECK(mapped.Tree("/Repos/ana@old.example/r") == "/Repos/ana@new.example/r");
  CHECK(mapped.Tree("/Users/bob@x") == "/Users/bob@x");
  CHECK(mapped("/Workspace/Users/ana@old.example/x.py") == "/Workspace/Users/ana@new.example/x.py");
  CHECK(mapped("see /Users/ana@old.example, or not") == "see /Users/ana@new.example, or not");
  CHECK(mapped("mail ana@old.example") == "mail ana@old.example");
}

TEST_CASE("storage and hosts are met inside of texts, at the border of words") {
  const Texts mapped(
      "[location]\n\"abfss://*@prod.dfs.core.windows.net\" = \"s3://prod-*\"\n"
      "\"prod.dfs.core.windows.net\" = \"dr.dfs.core.windows.net\"\n\"10.1.2.3\" = \"10.9.2.3\"\n");
  CHECK(mapped("abfss://raw@prod.dfs.core.windows.net/in/x.csv") == "s3://prod-raw/in/x.csv");
  CHECK(mapped("a abfss://a@prod.dfs.core.windows.net b abfss://b@prod.dfs.core.windows.net") ==
        "a s3://prod-a b s3://prod-b");
  CHECK(mapped("fs.azure.account.key.prod.dfs.core.windows.net") == "fs.azure.account.key.dr.dfs.core.windows.net");
  CHECK(mapped("preprod.dfs.core.windows.net") == "preprod.dfs.core.windows.net");
  CHECK(mapped("pre-prod.dfs.core.windows.net") == "pre-prod.dfs.core.windows.net");
  CHECK(mapped("host=10.1.2.3:5432") == "host=10.9.2.3:5432");
  CHECK(mapped("10.1.2.34") == "10.1.2.34");
  // A star stays within one name.
  CHECK(mapped("abfss://x/y@prod.dfs.core.windows.net") == "abfss://x/y@dr.dfs.core.windows.net");
}
