#include "cli/restore_memory.h"

#include "restore/journal.h"
#include "support/archive_fixture.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::cli;
using How = audit::Told::How;
using dbxark::test::TempFolder;

namespace {

// What became of one object each, in the words of the journal's users.
class Written {
 public:
  Written() {
    auto opened = restore::Journal::Open(FileSystem::Real(), path, "1", "2");
    REQUIRE(opened.ok());
    restore::Journal& journal = **opened;
    REQUIRE(journal.RecordDone({"job", "done"}, "a", "100", "created", {}, {}).ok());
    REQUIRE(journal.RecordBlocked({"job", "blocked"}, "needs a warehouse").ok());
    REQUIRE(journal.RecordIntended({"job", "refused"}, {"create", "c", 0, {}, {}}).ok());
    REQUIRE(journal.RecordRefused({"job", "refused"}, "403").ok());
    REQUIRE(journal.RecordIntended({"job", "unknown"}, {"create", "d", 0, {}, {}}).ok());
    REQUIRE(journal.RecordUnknown({"job", "unknown"}, "lost").ok());
    // The next run does not repeat it, and calls that blocked.
    REQUIRE(journal.RecordBlocked({"job", "unknown"}, "an earlier restore may have made it").ok());
    REQUIRE(journal.RecordMade({"cluster", "made"}, "e", "900", "created", {"stop"}).ok());
    // Blocked once, then tried and refused; and the other way round.
    REQUIRE(journal.RecordBlocked({"job", "then refused"}, "needs a pool").ok());
    REQUIRE(journal.RecordRefused({"job", "then refused"}, "400").ok());
    REQUIRE(journal.RecordRefused({"job", "then blocked"}, "400").ok());
    REQUIRE(journal.RecordBlocked({"job", "then blocked"}, "needs a pool").ok());
  }
  TempFolder folder;
  const std::string path = folder / "journal";
};

}  // namespace

TEST_CASE("only what is blocked is announced: refusals and unknown fates are told as failures") {
  const Written written;
  const auto memory = OpenRestoreMemory(written.path, "1", "2");
  REQUIRE(memory.ok());
  CHECK(memory->id_map("job", "done") == "100");
  CHECK(memory->id_map("cluster", "made") == "900");
  CHECK(memory->id_map("job", "blocked") == std::nullopt);
  const auto how = [&](const char* kind, const char* id) { return memory->told.at({kind, id}).how; };
  CHECK_FALSE(memory->told.contains({"job", "done"}));
  CHECK(how("job", "blocked") == How::kBlocked);
  CHECK(how("job", "refused") == How::kFailed);
  CHECK(how("job", "unknown") == How::kFailed);
  CHECK(how("cluster", "made") == How::kUnfinished);
  CHECK(how("job", "then refused") == How::kFailed);
  CHECK(how("job", "then blocked") == How::kBlocked);
  CHECK(memory->told.at({"job", "refused"}).why == "failed: 403");
  CHECK(memory->told.at({"job", "unknown"}).why == "not known whether made: lost");
  CHECK(memory->told.at({"cluster", "made"}).why == "made, and still to do: stop");
}

TEST_CASE("a journal of other workspaces is refused, and one that is named has to be there") {
  const Written written;
  const auto other = OpenRestoreMemory(written.path, "1", "3");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code() == ErrorCode::kAlreadyExists);
  CHECK(OpenRestoreMemory(written.path, "2", "1").error().code() == ErrorCode::kAlreadyExists);
  CHECK(OpenRestoreMemory(written.folder / "none", "1", "2").error().code() == ErrorCode::kNotFound);
  // An archive that does not say where it is from.
  CHECK(OpenRestoreMemory(written.path, "", "2").ok());
}
