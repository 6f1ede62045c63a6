#include "cli/report_file.h"

#include "restore/restore_report.h"
#include "support/archive_fixture.h"
#include "support/catch.h"
#include "support/faulty_file_system.h"

using namespace dbxark;
using namespace dbxark::cli;
using dbxark::test::FaultyFileSystem;
using dbxark::test::TempFolder;

namespace {

std::string Contents(const std::string& path) {
  auto text = ReadSmallFile(FileSystem::Real(), path, 1 << 20);
  return text.ok() ? *text : "(none)";
}

void Put(const std::string& path, const std::string& text) {
  auto file = FileSystem::Real().CreateExclusive(path);
  REQUIRE(file.ok());
  REQUIRE((*file)->Write(text).ok());
}

const std::string kMarkdown = std::string(restore::kRestoreReportTitle) + "\nfirst\n";

}  // namespace

TEST_CASE("a report appears whole, and takes the place of another, of either kind") {
  TempFolder folder;
  FaultyFileSystem files;
  const std::string path = folder / "report.md";
  {
    auto file = ReportFile::Reserve(files, path);
    REQUIRE(file.ok());
    CHECK_FALSE(files.Exists(path));
    REQUIRE((*file)->Write(kMarkdown).ok());
  }
  CHECK(Contents(path) == kMarkdown);
  {
    auto file = ReportFile::Reserve(files, path);
    REQUIRE(file.ok());
    CHECK(Contents(path) == kMarkdown);
    REQUIRE((*file)->Write(restore::RestoreReportJson({})).ok());
  }
  auto file = ReportFile::Reserve(files, path);
  REQUIRE(file.ok());
  file->reset();  // never written
  CHECK(Contents(path) == restore::RestoreReportJson({}));
  CHECK(files.left() == std::set<std::string>{path});
}

TEST_CASE("whatever the disk refuses, what was there stays, and nothing is left beside it") {
  using Call = FaultyFileSystem::Call;
  for (const Call call : {Call::kWrite, Call::kSync, Call::kClose, Call::kRename}) {
    TempFolder folder;
    const std::string path = folder / "report.md";
    Put(path, kMarkdown);
    FaultyFileSystem files;
    auto file = ReportFile::Reserve(files, path);
    REQUIRE(file.ok());
    files.Fail(call, 1, ErrorCode::kNoSpace);
    const Status written = (*file)->Write("new");
    CHECK(files.fired() == 1);
    REQUIRE_FALSE(written.ok());
    CHECK(written.error().code() == ErrorCode::kNoSpace);
    file->reset();
    CHECK(Contents(path) == kMarkdown);
    CHECK(files.left().empty());
  }
}

TEST_CASE("what is no report is not replaced, also if it came meanwhile") {
  TempFolder folder;
  FaultyFileSystem files;
  const std::string path = folder / "report.json";
  for (const char* text : {"", "# dbxark", "{\"schema\":\"dbxark.plan.v1\"}"}) {
    const std::string other = folder / ("other" + std::to_string(std::string(text).size()));
    Put(other, text);
    const auto refused = ReportFile::Reserve(files, other);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == ErrorCode::kAlreadyExists);
    CHECK(Contents(other) == text);
  }
  auto file = ReportFile::Reserve(files, path);
  REQUIRE(file.ok());
  CHECK((*file)->json());
  Put(path, "mine");
  const Status written = (*file)->Write("new");
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code() == ErrorCode::kAlreadyExists);
  file->reset();
  CHECK(Contents(path) == "mine");
  CHECK(files.left().empty());
}
