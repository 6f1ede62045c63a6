// What goes into an archive comes out of it.
#include <sys/stat.h>

#include "format/extractor.h"
#include "json/document.h"
#include "support/archive_fixture.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

Members SmallSample() {
  Entry job = MakeEntry("job", "9007199254740993", "nightly", "jobs/9007199254740993.json");
  job.modified_ms = 1763000000123;
  job.read_ms = 1763701140001;
  job.origin_archive = "11111111-2222-4333-8444-555555555555";
  job.info = "{\"language\":\"PYTHON\",\n \"big\": 9007199254740993}";
  return {{Folder("/Users"), ""},
          {Folder("/Users/ana"), ""},
          {Notebook("/Users/ana/load"), "# Databricks notebook source\nprint(1)\n"},
          {Notebook("/Users/ana/empty", ".sql"), ""},
          {job, R"({"job_id": 9007199254740993, "settings": {"name": "nightly"}})"}};
}

// Members around every limit, so that groups, large members and several frames all occur.
Members LargeSample() {
  Members members;
  for (int i = 0; i < 700; ++i) {
    const std::string path = "/n/" + std::to_string(i);
    members.push_back({Notebook(path), Noise(static_cast<size_t>(i) * 7 % 5000, static_cast<unsigned>(i))});
  }
  for (const size_t size :
       {kGroupBytes - 1, kGroupBytes, kLargeMember - 1, kLargeMember, kLargeMember + 1, kMaxFrameContent - kTarBlock,
        kMaxFrameContent - kTarBlock + 1, kMaxFrameContent, 2 * kMaxFrameContent + 12345}) {
    const std::string name = std::to_string(size);
    members.push_back({MakeEntry("dbfs_file", name, "/FileStore/" + name, "dbfs/FileStore/" + name),
                       Noise(size, static_cast<unsigned>(size))});
  }
  members.push_back({Notebook("/z"), "last"});
  return members;
}

void CheckSame(const ArchiveReader& reader, const Members& members) {
  const auto rows = RowsOf(reader);
  REQUIRE(rows.size() == members.size());
  CHECK(reader.object_count() == members.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& [entry, bytes] = members[i];
    INFO(entry.natural_key);
    CHECK(rows[i].kind == entry.kind);
    CHECK(rows[i].id == entry.id);
    CHECK(rows[i].natural_key == entry.natural_key);
    CHECK(rows[i].name == entry.name);
    CHECK(rows[i].folder == entry.folder);
    CHECK(rows[i].modified_ms == entry.modified_ms);
    CHECK(rows[i].read_ms == entry.read_ms);
    CHECK(rows[i].origin_archive == entry.origin_archive);
    CHECK(rows[i].size == bytes.size());
    const auto read = reader.Read(rows[i], bytes.size());
    REQUIRE(read.ok());
    CHECK((*read == bytes));
  }
}

}  // namespace

TEST_CASE("a small archive comes back as it was") {
  const TempFolder folder;
  const Summary summary = WriteArchive(folder / "a.tar.zst", SmallSample());
  CHECK(summary.objects == 5);
  CHECK(summary.archive_id == FixedOptions().archive_id);
  const std::string bytes = ReadFile(folder / "a.tar.zst");
  CHECK(summary.archive_bytes == bytes.size());
  CHECK(summary.sha256_hex == ToHex(Sha256Of(bytes)));

  const auto reader = OpenArchive(folder / "a.tar.zst");
  CheckSame(*reader, SmallSample());
  CHECK(reader->archive_id() == FixedOptions().archive_id);
  CHECK(reader->created_ms() == FixedOptions().clock_ms);
  CHECK(reader->tar_bytes() == summary.tar_bytes);
  CHECK(RowsOf(*reader)[4].info == "{\"language\":\"PYTHON\",  \"big\": 9007199254740993}");
  CHECK(FindingOf(folder / "a.tar.zst").empty());
  CHECK(FindingOf(folder / "a.tar.zst", true).empty());
}

TEST_CASE("an empty archive is an archive") {
  const TempFolder folder;
  WriteArchive(folder / "a", {}, FixedOptions(), "");
  CHECK(FindingOf(folder / "a").empty());
  CHECK(RowsOf(*OpenArchive(folder / "a")).empty());
}

TEST_CASE("the manifest has the format's members, then the caller's") {
  const TempFolder folder;
  WriteArchive(folder / "a", SmallSample(), FixedOptions(), R"({"scope":["notebooks"],"counts":{"job":1.50}})");
  const auto document = json::Document::Parse(OpenArchive(folder / "a")->manifest());
  REQUIRE(document.ok());
  const auto root = document->root();
  CHECK(root["format"]["major"].AsInt64() == 1);
  CHECK(root["archive_id"].text() == FixedOptions().archive_id);
  CHECK(root["created"].text() == "2025-11-21T04:59:00Z");
  CHECK(root["objects"].AsInt64() == 5);
  CHECK(root["counts"]["job"].raw() == "1.50");
  CHECK(root["base"].IsNull());
  CHECK(root["signer"].IsNull());
}

TEST_CASE("manifest members that are none, or the format's own, cost nothing but the call") {
  const TempFolder folder;
  auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "a", FixedOptions());
  REQUIRE(writer.ok());
  for (const char* bad : {"[]", "{", R"({"archive_id":"x"})", R"({"index":1})"}) {
    const auto summary = (*writer)->Finish(bad);
    REQUIRE(!summary.ok());
    CHECK(summary.error().code() == ErrorCode::kUsage);
  }
  CHECK((*writer)->Finish("{}").ok());
  CHECK(FindingOf(folder / "a").empty());
}

TEST_CASE("groups, large members and several frames come back as they were") {
  const TempFolder folder;
  const Members members = LargeSample();
  WriteArchive(folder / "a", members);
  const auto reader = OpenArchive(folder / "a");
  CheckSame(*reader, members);
  CHECK(FindingOf(folder / "a").empty());
  CHECK(reader->Verify(false, 4, nullptr).ok());
}

TEST_CASE("the same calls make the same bytes for any number of threads") {
  const TempFolder folder;
  const Members members = LargeSample();
  WriteArchive(folder / "1", members, FixedOptions(1));
  const std::string bytes = ReadFile(folder / "1");
  for (const size_t threads : {2, 4, 7}) {
    const std::string path = folder / std::to_string(threads);
    WriteArchive(path, members, FixedOptions(threads));
    CHECK((ReadFile(path) == bytes));
  }
}

TEST_CASE("an index of several frames comes back as it was") {
  const TempFolder folder;
  Members members;
  const std::string info = R"({"note":")" + std::string(3000, 'x') + R"("})";
  for (int i = 0; i < 1500; ++i) {
    Entry entry = Notebook("/" + std::to_string(i));
    entry.info = info;
    members.push_back({entry, std::to_string(i)});
  }
  WriteArchive(folder / "a", members);
  CHECK(folder.List() == std::vector<std::string>{"a"});
  CheckSame(*OpenArchive(folder / "a"), members);
  CHECK(FindingOf(folder / "a").empty());
}

TEST_CASE("a source gives what memory would have given") {
  const TempFolder folder;
  const Members members = LargeSample();
  WriteArchive(folder / "memory", members);
  auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "source", FixedOptions());
  REQUIRE(writer.ok());
  for (const auto& [entry, bytes] : members) {
    StringSource source(bytes);
    REQUIRE((*writer)->Add(entry, source, bytes.size()).ok());
  }
  REQUIRE((*writer)->Finish(R"({"source":{"host":"https://example.com"}})").ok());
  CHECK((ReadFile(folder / "source") == ReadFile(folder / "memory")));
}

TEST_CASE("reading stops at the caller's limit") {
  const TempFolder folder;
  WriteArchive(folder / "a", SmallSample());
  const auto reader = OpenArchive(folder / "a");
  const auto read = reader->Read(RowsOf(*reader)[2], 10);
  REQUIRE(!read.ok());
  CHECK(read.error().code() == ErrorCode::kUsage);
}

TEST_CASE("rows stop when the visitor has seen enough") {
  const TempFolder folder;
  WriteArchive(folder / "a", SmallSample());
  int seen = 0;
  REQUIRE(OpenArchive(folder / "a")->ForEachRow([&](const Row&) { return ++seen < 2; }).ok());
  CHECK(seen == 2);
}

TEST_CASE("extraction gives every member and its time") {
  const TempFolder folder;
  WriteArchive(folder / "a", LargeSample());
  const auto reader = OpenArchive(folder / "a");
  const auto summary = Extract(*reader, folder / "out/deep", {});
  REQUIRE(summary.ok());
  CHECK(summary->files == LargeSample().size());
  CHECK(summary->failed == 0);
  for (const auto& [entry, bytes] : LargeSample()) CHECK((ReadFile(folder / ("out/deep/" + entry.name)) == bytes));
  struct stat facts {};
  REQUIRE(::stat((folder / "out/deep/workspace/z.py").c_str(), &facts) == 0);
  CHECK(facts.st_mtime == 1763701140);
}

TEST_CASE("extraction takes only what is selected") {
  const TempFolder folder;
  WriteArchive(folder / "a", SmallSample());
  ExtractOptions options;
  options.select = [](const Row& row) { return row.kind == "job"; };
  const auto summary = Extract(*OpenArchive(folder / "a"), folder / "out", options);
  REQUIRE(summary.ok());
  CHECK(summary->files == 1);
  CHECK(std::filesystem::exists(folder / "out/jobs/9007199254740993.json"));
  CHECK(!std::filesystem::exists(folder / "out/workspace"));
}
