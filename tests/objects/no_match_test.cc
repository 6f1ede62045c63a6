#include "objects/no_match.h"

#include "support/catch.h"

using dbxark::Error;
using dbxark::ErrorCode;
using dbxark::Status;
using dbxark::objects::Names;
using dbxark::objects::NothingMatches;
using dbxark::objects::Selection;

namespace {

std::string Message(const std::vector<std::string>& selectors, const Names& names, const std::string& otherwise = {}) {
  const auto selection = Selection::Parse(selectors, {});
  REQUIRE(selection.ok());
  const Error error = NothingMatches("nothing here", selection->include(), dbxark::objects::Each(names), otherwise);
  CHECK(error.code() == ErrorCode::kNotFound);
  return error.message();
}

}  // namespace

TEST_CASE("what is near to a selector that matches nothing is named as a selector to paste") {
  const Names names = {{"job", "nightly-etl"}, {"job", "weekly"}, {"cluster", "nightly-elt"}};
  CHECK(Message({"jobs:nightly-elt"}, names) == "nothing here matches jobs:nightly-elt; near: jobs:nightly-etl");
  CHECK(Message({"jobs:night"}, names) == "nothing here matches jobs:night; near: jobs:nightly-etl");
  CHECK(Message({"job:NIGHTLY-ETL"}, names) == "nothing here matches job:NIGHTLY-ETL; near: jobs:nightly-etl");
  CHECK(Message({"jobs:a b", "jobs:weekli"}, names) ==
        "nothing here matches 'jobs:a b', jobs:weekli; near: jobs:weekly");
}

TEST_CASE("what lies in the tree may be of another kind than was thought, or in another folder") {
  const Names names = {{"workspace_file", "/Shared/etl/load"}, {"dbfs_file", "/Shared/etl/lod"}};
  CHECK(Message({"notebooks:/Shared/etl/lod"}, names) ==
        "nothing here matches notebooks:/Shared/etl/lod; near: workspace_files:/Shared/etl/load");
  CHECK(Message({"notebooks:/Users/ana@example.com/load"}, names) ==
        "nothing here matches notebooks:/Users/ana@example.com/load; near: workspace_files:/Shared/etl/load");
}

TEST_CASE("of a pattern, what begins in such a way is near") {
  const Names names = {
      {"job", "nightly-etl"}, {"job", "weekly"}, {"directory", "/Shared/etl"}, {"notebook", "/Shared/etl/load"}};
  CHECK(Message({"jobs:nigtly*"}, names) == "nothing here matches 'jobs:nigtly*'; near: jobs:nightly-etl");
  CHECK(Message({"jobs:nigtly-*-old"}, names) == "nothing here matches 'jobs:nigtly-*-old'; near: jobs:nightly-etl");
  CHECK(Message({"notebooks:/Sahred/**"}, names) ==
        "nothing here matches 'notebooks:/Sahred/**'; near: notebooks:/Shared/etl/load, directories:/Shared/etl");
  CHECK(Message({"jobs:*old"}, names) == "nothing here matches 'jobs:*old'");
}

TEST_CASE("a name that is there twice is named once") {
  const Names names = {{"job", "twin"}, {"job", "twin"}, {"cluster", "twin"}, {"job", "twins"}};
  CHECK(Message({"jobs:twim"}, names) == "nothing here matches jobs:twim; near: jobs:twin, jobs:twins");
  CHECK(Message({"jobs:twim", "job:tvin"}, names) ==
        "nothing here matches jobs:twim, job:tvin; near: jobs:twin, jobs:twins");
}

TEST_CASE("the nearest three are enough") {
  const Names names = {
      {"job", "run-1234"}, {"job", "run-1"}, {"job", "run-12"}, {"job", "run-123"}, {"job", "run-1235"}};
  CHECK(Message({"jobs:run-0"}, names) == "nothing here matches jobs:run-0; near: jobs:run-1, jobs:run-12");
  CHECK(Message({"jobs:run-123x"}, names) ==
        "nothing here matches jobs:run-123x; near: jobs:run-1234, jobs:run-123, jobs:run-1235");
}

TEST_CASE("where nothing is near, what else is to be said is said") {
  const Names names = {{"job", "nightly"}, {"a kind of a newer version", "weekly"}};
  CHECK(Message({"jobs:quite different"}, names, "look") == "nothing here matches 'jobs:quite different'; look");
  CHECK(Message({"clusters"}, names) == "nothing here matches clusters");
}

TEST_CASE("what is included and excluded says so") {
  const auto selection = Selection::Parse({"jobs:rep*", "clusters"}, {"jobs", "clusters:*"});
  REQUIRE(selection.ok());
  const Error error = dbxark::objects::NothingLeft("a.tar.zst", *selection);
  CHECK(error.code() == ErrorCode::kNotFound);
  CHECK(error.message() == "what matches 'jobs:rep*', clusters in a.tar.zst is excluded by jobs, 'clusters:*'");
}

TEST_CASE("what cannot be looked through says why") {
  const auto selection = Selection::Parse({"jobs:x"}, {});
  REQUIRE(selection.ok());
  const Error error = NothingMatches("nothing here", selection->include(),
                                     [](const auto&) { return Status(Error(ErrorCode::kCorruption, "cut")); }, {});
  CHECK(error.code() == ErrorCode::kCorruption);
  CHECK(error.message() == "cut");
}
