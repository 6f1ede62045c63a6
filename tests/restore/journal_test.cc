#include "restore/journal.h"

#include "support/archive_fixture.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::test;
using restore::Journal;
using restore::ObjectKey;

namespace {

std::unique_ptr<Journal> MustOpen(const std::string& path) {
  auto journal = Journal::Open(FileSystem::Real(), path, "111", "222");
  INFO((journal.ok() ? "" : journal.error().message()));
  REQUIRE(journal.ok());
  return std::move(*journal);
}

const ObjectKey kKey{"job", "4711"};

}  // namespace

TEST_CASE("what is intended is known after a crash") {
  TempFolder folder;
  const std::string path = folder / "a/b/journal";
  REQUIRE(MustOpen(path)->RecordIntended(kKey, {"create", "nightly \n \"x\"", 1234, {"1", "2"}, "token"}).ok());
  const auto progress = MustOpen(path)->Find(kKey);
  REQUIRE(progress);
  REQUIRE(progress->open);
  CHECK(progress->open->natural_key == "nightly \n \"x\"");
  CHECK(progress->open->at_ms == 1234);
  CHECK(progress->open->known_ids == std::vector<std::string>{"1", "2"});
  CHECK(progress->open->token == "token");
  CHECK(!progress->done);
}

TEST_CASE("made is not done until nothing is left to do") {
  TempFolder folder;
  const std::string path = folder / "journal";
  auto journal = MustOpen(path);
  REQUIRE(journal->RecordIntended(kKey, {"create", "x", 1, {}, {}}).ok());
  REQUIRE(journal->RecordMade(kKey, "x", "99", "created", {"stop", "pin"}).ok());
  journal.reset();
  journal = MustOpen(path);
  auto progress = journal->Find(kKey);
  REQUIRE(progress);
  CHECK(!progress->open);
  CHECK(!progress->done);
  CHECK(progress->new_id == "99");
  CHECK(progress->follow == std::vector<std::string>{"stop", "pin"});
  REQUIRE(journal->RecordDone(kKey, "x", "99", "created", {"a.b"}, {"c"}).ok());
  CHECK(journal->Find(kKey)->done);
  CHECK(journal->Find(kKey)->follow.empty());
}

TEST_CASE("a refusal closes what was intended; not knowing does not") {
  TempFolder folder;
  auto journal = MustOpen(folder / "journal");
  REQUIRE(journal->RecordIntended(kKey, {"create", "x", 1, {}, {}}).ok());
  REQUIRE(journal->RecordUnknown(kKey, "lost").ok());
  CHECK(journal->Find(kKey)->open.has_value());
  CHECK(journal->Find(kKey)->unknown == "lost");
  REQUIRE(journal->RecordRefused(kKey, "no").ok());
  CHECK(!journal->Find(kKey)->open);
}

TEST_CASE("the journal of other workspaces is refused, and anybody may read one") {
  TempFolder folder;
  const std::string path = folder / "journal";
  auto journal = MustOpen(path);
  REQUIRE(journal->RecordDone(kKey, "x", "99", "adopted", {}, {}).ok());
  auto second = Journal::Open(FileSystem::Real(), path, "111", "222");
  REQUIRE(!second.ok());
  CHECK(second.error().code() == ErrorCode::kLocked);
  auto read = restore::ReadJournal(FileSystem::Real(), path);
  REQUIRE(read.ok());
  CHECK(read->at(kKey).new_id == "99");
  journal.reset();
  auto other = Journal::Open(FileSystem::Real(), path, "111", "333");
  REQUIRE(!other.ok());
  CHECK(other.error().code() == ErrorCode::kAlreadyExists);
  CHECK(restore::ReadJournal(FileSystem::Real(), folder / "none").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("the default place of a journal names both workspaces") {
  CHECK(restore::DefaultJournalPath("/state/dbxark", "1", "2") == "/state/dbxark/restore-1-to-2.journal");
}
