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
  CHECK(read->progress.at(kKey).new_id == "99");
  journal.reset();
  auto other = Journal::Open(FileSystem::Real(), path, "111", "333");
  REQUIRE(!other.ok());
  CHECK(other.error().code() == ErrorCode::kAlreadyExists);
  CHECK(restore::ReadJournal(FileSystem::Real(), folder / "none").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a journal that is looked for may be missing, but not of other workspaces") {
  TempFolder folder;
  const std::string path = folder / "journal";
  const auto find = [&](const std::string& where, bool must_exist, const std::string& source,
                        const std::string& target) {
    return restore::FindJournal(FileSystem::Real(), where, must_exist, source, target);
  };
  REQUIRE(MustOpen(path)->RecordDone(kKey, "x", "99", "adopted", {}, {}).ok());
  for (const auto& [source, target] : {std::pair("111", "222"), {"", "222"}, {"111", ""}, {"", "333"}}) {
    INFO(source << " to " << target);
    const auto found = find(path, true, source, target);
    REQUIRE(found.ok());
    REQUIRE(found->has_value());
    CHECK((*found)->progress.at(kKey).new_id == "99");
  }
  CHECK(find(path, false, "222", "111").error().code() == ErrorCode::kAlreadyExists);
  const auto none = find(folder / "none", false, "111", "222");
  REQUIRE(none.ok());
  CHECK(!none->has_value());
  CHECK(find(folder / "none", true, "111", "222").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a journal knows what was cut over, until it is made anew") {
  TempFolder folder;
  auto journal = MustOpen(folder / "journal");
  const std::set<std::string> both = {"settings.schedule.pause_status", "settings.continuous.pause_status"};
  REQUIRE(journal->RecordDone(kKey, "x", "99", "created", {}, {}).ok());
  REQUIRE(journal->RecordSwitched(kKey, both, true).ok());
  CHECK(journal->Find(kKey)->cut_over == both);
  REQUIRE(journal->RecordSwitched(kKey, {*both.begin()}, false).ok());
  REQUIRE(journal->RecordDone(kKey, "x", "99", "updated", {}, {}).ok());
  CHECK(journal->Find(kKey)->cut_over == std::set<std::string>{*both.rbegin()});
  REQUIRE(journal->RecordDone(kKey, "x", "100", "created", {}, {}).ok());
  CHECK(journal->Find(kKey)->cut_over.empty());
}

TEST_CASE("a journal knows the archive that was followed last") {
  TempFolder folder;
  const std::string path = folder / "journal";
  {
    auto journal = MustOpen(path);
    CHECK(journal->followed().id.empty());
    REQUIRE(journal->RecordArchive({"b", 1'800'000'000'001}).ok());
    REQUIRE(journal->RecordArchive({"a", 1'800'000'000'000}).ok());
    CHECK(journal->followed().id == "a");
  }
  const auto read = restore::ReadJournal(FileSystem::Real(), path);
  REQUIRE(read.ok());
  CHECK(read->followed.id == "a");
  CHECK(read->followed.created_ms == 1'800'000'000'000);
  CHECK(read->progress.empty());
}

TEST_CASE("the default place of a journal names both workspaces") {
  CHECK(restore::DefaultJournalPath("/state/dbxark", "1", "2") == "/state/dbxark/restore-1-to-2.journal");
}

TEST_CASE("what was written is known again, with what was changed on the way") {
  TempFolder folder;
  const std::string path = folder / "journal";
  const restore::WrittenEdit edit{"settings.schedule.pause_status", "", R"("PAUSED")", ""};
  const restore::WrittenEdit id{"a.b", R"("w 1")", "17", "warehouse"};
  auto journal = MustOpen(path);
  REQUIRE(journal->RecordIntended(kKey, {"create", "x", 1, {}, {}, "f0"}).ok());
  CHECK(journal->Find(kKey)->open->fingerprint == "f0");
  REQUIRE(journal->RecordMade(kKey, "x", "99", "created", {"stop"}, {"f1", {edit}, {}}).ok());
  CHECK(journal->Find(kKey)->written.fingerprint == "f1");
  REQUIRE(journal->RecordDone(kKey, "x", "99", "created", {}, {}, {"f2", {edit, id}, {"spark_conf.x"}}).ok());
  journal.reset();
  const auto progress = MustOpen(path)->Find(kKey);
  REQUIRE(progress);
  CHECK(progress->ours);
  CHECK(progress->written.fingerprint == "f2");
  CHECK(progress->written.edits == std::vector<restore::WrittenEdit>{edit, id});
  CHECK(progress->written.edits_left_out == std::vector<std::string>{"spark_conf.x"});
}

TEST_CASE("what was only found, or updated, is not ours; what we made stays ours when it is updated") {
  TempFolder folder;
  auto journal = MustOpen(folder / "journal");
  const auto ours = [&](const char* new_id, const char* how) {
    REQUIRE(journal->RecordDone(kKey, "x", new_id, how, {}, {}).ok());
    return journal->Find(kKey)->ours;
  };
  CHECK(!ours("99", "adopted"));
  CHECK(!ours("99", "updated"));
  CHECK(ours("100", "created"));
  CHECK(ours("100", "updated"));
  CHECK(!ours("101", "updated"));
  CHECK(ours("101", "found"));  // by looking for what a lost answer had made
  CHECK(!ours("", "found"));    // at its path
}

TEST_CASE("what was removed is gone from the journal, and a path that something has left is known until then") {
  TempFolder folder;
  const std::string path = folder / "journal";
  const ObjectKey notebook{"notebook", "5"};
  auto journal = MustOpen(path);
  REQUIRE(journal->RecordDone(notebook, "/a", "", "created", {}, {}, {"fa", {}, {}}).ok());
  REQUIRE(journal->RecordDone(notebook, "/b", "", "created", {}, {}, {"fb", {}, {}}).ok());
  REQUIRE(journal->Find(notebook)->former.size() == 1);
  CHECK(journal->Find(notebook)->former[0].natural_key == "/a");
  CHECK(journal->Find(notebook)->former[0].ours);
  REQUIRE(journal->RecordRemoved(notebook, "/a").ok());
  CHECK(journal->Find(notebook)->former.empty());
  CHECK(journal->Find(notebook)->done);
  REQUIRE(journal->RecordRemoved(notebook, "/b").ok());
  CHECK(journal->Find(notebook)->removed);
  CHECK(!journal->Find(notebook)->done);
  REQUIRE(journal->RecordDone(kKey, "x", "99", "created", {}, {}).ok());
  REQUIRE(journal->RecordRemoved(kKey, "x").ok());
  journal.reset();
  journal = MustOpen(path);
  CHECK(journal->Find(kKey)->removed);
  CHECK(journal->Find(kKey)->new_id.empty());
  REQUIRE(journal->RecordDone(kKey, "x", "100", "created", {}, {}).ok());
  CHECK(!journal->Find(kKey)->removed);
}

TEST_CASE("a journal of an older version says nothing of what was written") {
  TempFolder folder;
  const std::string path = folder / "journal";
  MustOpen(path).reset();
  auto log = format::RecordLog::Open(FileSystem::Real(), path, R"({"source":"111","target":"222"})",
                                     [](uint8_t, std::string_view) { return Status(); });
  REQUIRE(log.ok());
  REQUIRE(
      (*log)->Append(3, R"({"kind":"job","id":"4711","key":"x","new":"99","how":"created","held_back":["a"]})").ok());
  log->reset();
  const auto progress = MustOpen(path)->Find(kKey);
  REQUIRE(progress);
  CHECK(progress->done);
  CHECK(progress->ours);
  CHECK(progress->written.fingerprint.empty());
}
