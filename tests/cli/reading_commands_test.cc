// info, ls, show, extract, verify and diff, on archives that the test makes.
#include <functional>

#include "cli/diff_command.h"
#include "cli/extract_command.h"
#include "cli/info_command.h"
#include "cli/ls_command.h"
#include "cli/show_command.h"
#include "cli/verify_command.h"
#include "json/document.h"
#include "support/archive_fixture.h"
#include "support/catch.h"
#include "support/console_fixture.h"

using namespace dbxark;
using namespace dbxark::cli;
using namespace dbxark::test;

namespace {

constexpr std::string_view kManifest =
    R"({"source":{"host":"https://adb-11.azuredatabricks.net","workspace_id":"11"},)"
    R"("caller":{"user_name":"sp-backup","admin":true,"partial":false},"scope":{"include":[],"exclude":[]},)"
    R"("counts":{"directories":1,"notebooks":14208,"jobs":2},)"
    R"("failed":[{"kind":"notebook","natural_key":"/Users/ana/big","reason":"larger than the API exports"}],)"
    R"("excluded":[{"kind":"dbfs_file","natural_key":"/tmp/","reason":"not under the chosen roots","size_bytes":2048,"count":7}],)"
    R"("credential_shapes":{"count":3,"shapes":{"token":3}}})";

std::string JobText(const std::string& id, const std::string& name, const std::string& more = "") {
  return R"({"job_id":)" + id + R"(,"settings":{"name":")" + name + "\"" + more + "}}";
}

Members SomeMembers(const std::string& second_job_more = "") {
  format::Entry notebook = Notebook("/Shared/x");
  notebook.info = R"({"node":{"path":"/Shared/x","language":"PYTHON"},"format":"SOURCE","language":"PYTHON"})";
  format::Entry folder = Folder("/Shared");
  folder.info = R"({"node":{"path":"/Shared"}})";
  return {{folder, ""},
          {notebook, "# Databricks notebook source\nprint(1)\n"},
          {MakeEntry("job", "1", "nightly", "jobs/1.json"),
           JobText("1", "nightly", R"(,"tasks":[{"task_key":"t","existing_cluster_id":"c-gone"}])")},
          {MakeEntry("job", "2", "report", "jobs/2.json"), JobText("2", "report", second_job_more)}};
}

struct Run {
  int code = -1;
  std::string out, err;
};

template <typename Flags>
Run Running(int (*command)(const Flags&, Console&), const Flags& flags, const ConsoleOptions& options = {},
            bool reader_leaves = false) {
  ConsoleFixture fixture(options, reader_leaves);
  const int code = command(flags, fixture.console());
  return {code, fixture.out(), fixture.err()};
}

int DiffWithoutJournal(const DiffFlags& flags, Console& console) { return RunDiff(flags, console); }

bool IsDocument(const std::string& text, const std::string& schema) {
  const auto document = json::Document::Parse(text);
  INFO(text);
  REQUIRE(document.ok());
  return document->root()["schema"].text() == schema;
}

struct Archives {
  Archives() {
    WriteArchive(path, SomeMembers(), FixedOptions(), kManifest);
    WriteArchive(other, SomeMembers(R"(,"description":"new")"), FixedOptions(), kManifest);
  }
  TempFolder folder;
  const std::string path = folder / "a.tar.zst", other = folder / "b.tar.zst";
};

size_t WidestLine(const std::string& text) {
  size_t widest = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    widest = std::max(widest, end - at);
    at = end + 1;
  }
  return widest;
}

}  // namespace

TEST_CASE("info says where an archive comes from, what is in it and what is not") {
  Archives archives;
  const Run run = Running(RunInfo, InfoFlags{archives.path, false});
  CHECK(run.code == 0);
  for (const char* part : {"adb-11.azuredatabricks.net  workspace 11", "notebooks                   14,208",
                           "notebook /Users/ana/big: larger than the API exports", "excluded 7, 2.0 KiB",
                           "3 values look like a credential", "the archive is valid: 4 objects; 1 failed"}) {
    INFO(part << "\n" << run.out);
    CHECK(Contains(run.out, part));
  }
  CHECK(Running(RunInfo, InfoFlags{archives.path, true}).out ==
        "notebook /Users/ana/big: larger than the API exports\n1 object failed\n");
  CHECK(IsDocument(Running(RunInfo, InfoFlags{archives.path, false}, Json()).out, "dbxark.info.v1"));
}

TEST_CASE("ls prints a line an object, and JSON lines") {
  Archives archives;
  LsFlags flags;
  flags.archive = archives.path;
  const Run all = Running(RunLs, flags);
  CHECK(all.code == 0);
  CHECK(all.out ==
        "directory           /Shared\nnotebook            /Shared/x\njob                 nightly  1\n"
        "job                 report  2\n");
  flags.selectors = {"jobs:rep*"};
  const Run json = Running(RunLs, flags, Json());
  CHECK(IsDocument(json.out, "dbxark.ls.v1"));
  flags.exclude = {"jobs:report"};
  const Run none = Running(RunLs, flags);
  CHECK(none.code == 5);
  CHECK(Contains(none.err, "is excluded by jobs:report"));
}

TEST_CASE("a selector that matches nothing is 5 and names what is near; one that makes no sense is 2") {
  Archives archives;
  LsFlags flags;
  flags.archive = archives.path;
  flags.selectors = {"jobs:nigthly"};
  const Run near = Running(RunLs, flags);
  CHECK(near.code == 5);
  CHECK(near.out.empty());
  CHECK(Contains(near.err, "exit 5: not found: "));
  CHECK(Contains(near.err, "jobs:nightly"));
  flags.selectors = {"jbos"};
  CHECK(Running(RunLs, flags).code == 2);
  const Run json = Running(RunLs, flags, Json());
  CHECK(json.code == 2);
  CHECK(IsDocument(json.out, "dbxark.error.v1"));
  CHECK(json.err.empty());
}

TEST_CASE("show prints what is stored, byte for byte") {
  Archives archives;
  ShowFlags flags{archives.path, {"notebooks:/Shared/x"}, false};
  CHECK(Running(RunShow, flags).out == "# Databricks notebook source\nprint(1)\n");
  flags.selectors = {"jobs:report"};
  CHECK(Running(RunShow, flags).out == JobText("2", "report") + "\n");
  flags.pretty = true;
  CHECK(Contains(Running(RunShow, flags).out, "\n  \"job_id\": 2,\n"));
  flags.selectors = {"jobs"};
  const Run json = Running(RunShow, flags, Json());
  CHECK(IsDocument(json.out, "dbxark.show.v1"));
  CHECK(json::Document::Parse(json.out)->root()["objects"].size() == 2);
  flags.selectors = {"jobs:nope"};
  CHECK(Running(RunShow, flags).code == 5);
}

TEST_CASE("extract writes what is selected, and never over a file") {
  Archives archives;
  ExtractFlags flags;
  flags.archive = archives.path;
  flags.selectors = {"jobs", "notebooks"};
  flags.folder = archives.folder / "out";
  const Run run = Running(RunExtract, flags);
  CHECK(run.code == 0);
  CHECK(Contains(run.out, "3 files"));
  CHECK(ReadFile(flags.folder + "/workspace/Shared/x.py") == "# Databricks notebook source\nprint(1)\n");
  CHECK(ReadFile(flags.folder + "/jobs/2.json") == JobText("2", "report"));
  CHECK(Running(RunExtract, flags).code == 6);
  flags.keep_going = true;
  const Run again = Running(RunExtract, flags, Json());
  CHECK(again.code == 6);
  CHECK(IsDocument(again.out, "dbxark.extract.v1"));
}

TEST_CASE("verify finds damage, and says where in one line") {
  Archives archives;
  VerifyFlags flags;
  flags.archive = archives.path;
  CHECK(Running(RunVerify, flags).code == 0);
  CHECK(IsDocument(Running(RunVerify, flags, Json()).out, "dbxark.verify.v1"));
  std::string bytes = ReadFile(archives.path);
  bytes[bytes.size() / 3] ^= 1;
  WriteFile(archives.path, bytes);
  const Run run = Running(RunVerify, flags);
  CHECK(run.code == 4);
  CHECK(Contains(run.err, "exit 4: damaged"));
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  flags.archive = archives.folder / "nothing";
  CHECK(Running(RunVerify, flags).code == 5);
}

TEST_CASE("verify --restorable lists references that nothing answers") {
  Archives archives;
  VerifyFlags flags;
  flags.archive = archives.path;
  flags.restorable = true;
  const Run run = Running(RunVerify, flags);
  CHECK(run.code == 3);
  CHECK(Contains(run.out, "job 1 nightly\n    settings.tasks[0].existing_cluster_id\n    needs cluster c-gone"));
  CHECK(Contains(run.err, "exit 3: the archive is whole"));
}

TEST_CASE("diff tells the field that changed, and is 10 only where it was asked for") {
  Archives archives;
  DiffFlags flags;
  flags.left = archives.path;
  flags.right = archives.other;
  const Run run = Running(DiffWithoutJournal, flags);
  CHECK(run.code == 0);
  CHECK(Contains(run.out, "~ job                 report"));
  CHECK(Contains(run.out, "    description                         (absent) -> \"new\"\n"));
  CHECK(Contains(run.out, "0 new, 1 changed, 0 gone, 3 the same\n"));
  CHECK(WidestLine(run.out) <= 80);
  flags.exit_code = true;
  CHECK(Running(DiffWithoutJournal, flags).code == 10);
  const Run json = Running(DiffWithoutJournal, flags, Json());
  CHECK(json.code == 10);
  CHECK(IsDocument(json.out, "dbxark.diff.v1"));
  flags.right = flags.left;
  const Run same = Running(DiffWithoutJournal, flags);
  CHECK(same.code == 0);
  CHECK(same.out == "no differences: 4 objects are the same\n");
}

TEST_CASE("a reader that leaves is no error") {
  Archives archives;
  LsFlags ls;
  ls.archive = archives.path;
  CHECK(Running(RunLs, ls, {}, true).code == 0);
  const Run show = Running(RunShow, ShowFlags{archives.path, {"notebooks"}, false}, {}, true);
  CHECK(show.code == 0);
  CHECK(show.err.empty());
}

TEST_CASE("quiet leaves results, errors and the verdict") {
  Archives archives;
  ConsoleOptions quiet;
  quiet.quiet = true;
  DiffFlags flags;
  flags.left = archives.path;
  flags.right = archives.other;
  const Run run = Running(DiffWithoutJournal, flags, quiet);
  CHECK(run.out == "0 new, 1 changed, 0 gone, 3 the same\n");
  CHECK(run.err.empty());
}
