#include "objects/selector.h"

#include "support/catch.h"

using dbxark::ErrorCode;
using dbxark::objects::Selection;
using dbxark::objects::Selector;

namespace {

bool Matches(const std::string& selector, const std::string& kind, const std::string& id, const std::string& key) {
  auto parsed = Selector::Parse(selector);
  INFO(selector);
  REQUIRE(parsed.ok());
  return parsed->Matches(kind, id, key);
}

std::string Refusal(const std::string& selector) {
  auto parsed = Selector::Parse(selector);
  INFO(selector);
  REQUIRE(!parsed.ok());
  CHECK(parsed.error().code() == ErrorCode::kUsage);
  return parsed.error().message();
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a kind alone selects all of it and nothing else") {
  CHECK(Matches("jobs", "job", "1", "nightly"));
  CHECK(Matches("job", "job", "1", "nightly"));
  CHECK(Matches("cluster-policies", "cluster_policy", "1", "small"));
  CHECK_FALSE(Matches("jobs", "cluster", "1", "nightly"));
  CHECK(Matches("notebooks", "notebook", "1", "/a/b/c"));
}

TEST_CASE("a glob is matched against the natural key") {
  CHECK(Matches("jobs:nightly*", "job", "1", "nightly-load"));
  CHECK_FALSE(Matches("jobs:nightly*", "job", "1", "not nightly"));
  CHECK_FALSE(Matches("jobs:nightly*", "notebook", "1", "nightly-load"));
}

TEST_CASE("in a path a star stops at a slash, in a name it does not") {
  CHECK(Matches("notebooks:/Shared/*", "notebook", "1", "/Shared/a"));
  CHECK_FALSE(Matches("notebooks:/Shared/*", "notebook", "1", "/Shared/a/b"));
  CHECK(Matches("notebooks:/Shared/**", "notebook", "1", "/Shared/a/b"));
  CHECK(Matches("directories:/Shared/**", "directory", "1", "/Shared"));
  CHECK(Matches("jobs:etl*", "job", "1", "etl/daily/load"));
}

TEST_CASE("a job is also found by its whole id") {
  CHECK(Matches("jobs:900719925474099777", "job", "900719925474099777", "nightly"));
  CHECK_FALSE(Matches("jobs:9007*", "job", "900719925474099777", "nightly"));
  CHECK(Matches("clusters:0923-164208-meows279", "cluster", "0923-164208-meows279", "etl"));
  CHECK_FALSE(Matches("notebooks:17", "notebook", "17", "/Shared/x"));
}

TEST_CASE("what is exactly the natural key matches, whatever is in it") {
  CHECK(Matches("notebooks:/Shared/a[1]?", "notebook", "1", "/Shared/a[1]?"));
  CHECK(Matches("jobs:a:b", "job", "1", "a:b"));
  CHECK(Matches("jobs:back\\slash", "job", "1", "back\\slash"));
}

TEST_CASE("paths are taken as people paste them") {
  CHECK(Matches("notebooks:/Workspace/Users/a/x", "notebook", "1", "/Users/a/x"));
  CHECK(Matches("dbfs_files:dbfs:/FileStore/x", "dbfs_file", "/FileStore/x", "/FileStore/x"));
}

TEST_CASE("a mistyped selector names what is near") {
  CHECK(Has(Refusal("jbos"), "did you mean jobs?"));
  CHECK(Has(Refusal("notebok:/x"), "did you mean notebooks?"));
  CHECK(Has(Refusal("/Shared/x"), "notebooks:/Shared/x"));
  CHECK(Has(Refusal("dashboards"), "not saved by this version"));
  CHECK(Has(Refusal("jobs:"), "nothing follows the colon"));
  CHECK(Has(Refusal("quux"), "the kinds are"));
  CHECK(Has(Refusal(""), "kind or kind:glob"));
}

TEST_CASE("of several selectors one is enough, and exclude wins") {
  auto selection = Selection::Parse({"jobs:a*", "clusters"}, {"jobs:ab*"});
  REQUIRE(selection.ok());
  CHECK(selection->Matches("job", "1", "ax"));
  CHECK_FALSE(selection->Matches("job", "1", "abx"));
  CHECK(selection->Matches("cluster", "1", "any"));
  CHECK_FALSE(selection->Matches("notebook", "1", "/a"));
  CHECK(selection->MayMatch("job"));
  CHECK_FALSE(selection->MayMatch("notebook"));
  CHECK_FALSE(selection->Everything());
}

TEST_CASE("without includes everything but the excluded is selected") {
  auto selection = Selection::Parse({}, {"jobs", "notebooks:/tmp/**"});
  REQUIRE(selection.ok());
  CHECK_FALSE(selection->MayMatch("job"));
  CHECK(selection->MayMatch("notebook"));
  CHECK(selection->Matches("notebook", "1", "/Shared/x"));
  CHECK_FALSE(selection->Matches("notebook", "1", "/tmp/x"));
  CHECK(Selection().Everything());
  CHECK(Selection().Matches("job", "1", "x"));
  CHECK_FALSE(Selection::Parse({"jobs"}, {"nope"}).ok());
}

TEST_CASE("what has matched nothing is known, in the order in which it was typed") {
  auto selection = Selection::Parse({"jobs:nightly", "clusters", "jobs:nightl*", "instance_pools:x"}, {"jobs:nightly"});
  REQUIRE(selection.ok());
  dbxark::objects::MatchTally tally(selection->include());
  CHECK(tally.Unmatched().size() == 4);
  tally.See("job", "1", "nightly");  // that it is excluded as well makes it no typing error
  tally.See("notebook", "2", "/x");
  const auto unmatched = tally.Unmatched();
  REQUIRE(unmatched.size() == 2);
  CHECK(unmatched[0].text() == "clusters");
  CHECK(unmatched[1].text() == "instance_pools:x");
  CHECK_FALSE(tally.AllMatched());
  REQUIRE(tally.UnmatchedNames().size() == 1);
  CHECK(tally.UnmatchedNames()[0].text() == "instance_pools:x");
}
