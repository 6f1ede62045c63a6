// Archives that lie in tests/vectors, good and broken, and have to be judged as on the day they were made.
//
// `test_format "[.make_vectors]"` writes those that are not there; none is ever written again.
#include <algorithm>
#include <sstream>

#include "base/text.h"
#include "support/forged_archive.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

const std::string kFolder = std::string(DBXARK_SOURCE_DIR) + "/tests/vectors/";

std::string Line(const Row& row) {
  std::ostringstream out;
  out << "row: " << row.kind << " | " << Printable(row.id) << " | " << Printable(row.natural_key) << " | " << row.member
      << " | " << row.size << " | " << row.sha256_hex << " | " << row.modified_ms << " | " << row.read_ms << " | "
      << row.origin_archive << " | " << row.info << "\n";
  return out.str();
}

std::string RowLines(const std::string& path) {
  std::string lines;
  for (const Row& row : RowsOf(*OpenArchive(path))) lines += Line(row);
  return lines;
}

Members Golden() {
  Members members = {
      {Folder("/Users"), ""},
      {Folder("/Users/ana@example.com"), ""},
      {Notebook("/Users/ana@example.com/load"), "# Databricks notebook source\nprint(\"hello\")\n"},
      {MakeEntry("file", "77", "/Users/ana@example.com/load.py", "workspace/Users/ana@example.com/load.py"),
       "print('a file, no notebook')\n"},
      {Notebook("/Shared/目录/100%\n.", ".sql"), "-- Databricks notebook source\nSELECT 1\n"},
      {Notebook("/Shared/" + std::string(250, 'n')), "# Databricks notebook source\n"},
      {MakeEntry("dbfs_file", "5", "/bytes\xff", "dbfs/bytes\xff"), std::string("\0\1\2\xff", 4)},
      {MakeEntry("job", "9007199254740993", "nightly", "jobs/9007199254740993.json"),
       "{\"job_id\": 9007199254740993, \"settings\": {\"name\": \"nightly\", \"x\": 2.50}}"}};
  members[2].first.modified_ms = 1763600000123;
  members[2].first.read_ms = 1763701139000;
  members[2].first.info = "{\"language\":\"PYTHON\"}";
  members[7].first.origin_archive = "11111111-2222-4333-8444-555555555555";
  return members;
}

void Make(const std::string& name, const std::string& bytes, const std::string& expect) {
  if (std::filesystem::exists(kFolder + name + ".tar.zst")) return;
  WriteFile(kFolder + name + ".tar.zst", bytes);
  WriteFile(kFolder + name + ".expect", expect);
}

// `finding` is how the finding begins; what libzstd adds depends on its version.
void MakeBroken(const std::string& name, const std::string& bytes, const std::string& finding) {
  const TempFolder folder;
  WriteFile(folder / "x", bytes);
  INFO(FindingOf(folder / "x"));
  REQUIRE(Contains(FindingOf(folder / "x"), "/x: " + finding));
  Make(name, bytes, "expect: " + finding + "\n");
}

}  // namespace

TEST_CASE("vectors are judged as when they were made") {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string path = entry.path().string();
    if (!Contains(path, ".tar.zst")) continue;
    ++seen;
    INFO(path);
    const std::string expect = ReadFile(path.substr(0, path.size() - 8) + ".expect");
    const std::string first = expect.substr(8, expect.find('\n') - 8);
    const std::string finding = FindingOf(path);
    if (first == "ok") {
      CHECK(finding.empty());
      CHECK(RowLines(path) == expect.substr(expect.find('\n') + 1));
    } else {
      CHECK(finding.rfind(path + ": " + first, 0) == 0);
    }
  }
  CHECK(seen >= 6);
}

TEST_CASE("an archive of today has the rows of format 1.0") {
  const TempFolder folder;
  WriteArchive(folder / "a", Golden());
  const std::string expect = ReadFile(kFolder + "archive_1_0.expect");
  CHECK("expect: ok\n" + RowLines(folder / "a") == expect);
}

// Lines of the specification's dump look like "00000000  5d 2a 4d 18 ...  |text|".
TEST_CASE("the specification's hex dump is the golden archive") {
  const std::string bytes = ReadFile(kFolder + "archive_1_0.tar.zst");
  std::istringstream text(ReadFile(std::string(DBXARK_SOURCE_DIR) + "/format/archive_format.md"));
  size_t checked = 0;
  for (std::string line; std::getline(text, line);) {
    if (line.size() < 12 || line.substr(0, 4) != "0000" || line.substr(8, 2) != "  ") continue;
    const auto offset = static_cast<size_t>(std::stoul(line.substr(0, 8), nullptr, 16));
    std::string digits = line.substr(10, line.find("  |") - 10);
    digits.erase(std::remove(digits.begin(), digits.end(), ' '), digits.end());
    const auto dumped = FromHex(digits);
    INFO(line);
    REQUIRE(dumped);
    REQUIRE(offset + dumped->size() <= bytes.size());
    CHECK(ToHex(bytes.substr(offset, dumped->size())) == digits);
    checked += dumped->size();
  }
  CHECK(checked >= kStartSize + kFooterSize + TableSize(7));
}

TEST_CASE("make vectors", "[.make_vectors]") {
  const TempFolder folder;
  WriteArchive(folder / "golden", Golden());
  const std::string golden = ReadFile(folder / "golden");
  Make("archive_1_0", golden, "expect: ok\n" + RowLines(folder / "golden"));
  const auto reader = OpenArchive(folder / "golden");
  MakeBroken("cut_before_footer",
             golden.substr(0, reader->container().FrameOffset(reader->container().frame_count() - 1)),
             "is incomplete or cut short at byte 2,");
  MakeBroken("cut_in_table", golden.substr(0, golden.size() - 5), "is incomplete or cut short at byte 2,");
  std::string flipped = golden;
  flipped[200] = static_cast<char>(flipped[200] ^ 4);
  MakeBroken("flipped_bit", flipped, "frame 1 at byte 48: cannot be decoded");
  MakeBroken("bytes_behind", golden + "x", "is incomplete or cut short at byte 2,");

  const auto forge = [](const ForgedMember& member) {
    ForgedArchive archive;
    archive.members = {FileMember("before", "1"), member};
    return archive;
  };
  ForgedMember link = FileMember("evil", "");
  link.header = RawHeader("evil", 0, '2', "/etc/passwd");
  MakeBroken("symbolic_link", forge(link).Build(), "file evil: is a symbolic link");
  MakeBroken("dot_dot", forge(FileMember("../evil", "x")).Build(), "index, row 2: has '.' or '..' in its name");
  MakeBroken("absolute_name", forge(FileMember("/evil", "x")).Build(), "index, row 2: has an absolute name");
  ForgedMember twice = FileMember("before", "x");
  twice.row.id = "other";
  MakeBroken("name_twice", forge(twice).Build(), "file before: its member's name occurs twice");
  ForgedArchive bomb;
  bomb.change_data_frame = [](std::string& bytes) { bytes = *FrameEncoder(3).Encode(std::string(64 << 20, '\0')); };
  MakeBroken("bomb", bomb.Build(), "seek table: entry 1 is larger than its content can make it");
}
