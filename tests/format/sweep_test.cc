// Every flipped bit and every cut of an archive is found, with one line that says where.
//
// Swept here: a few KiB. DBXARK_SWEEP=all sweeps an archive of nearly 64 KiB too (minutes).
#include "support/sweep.h"
#include "support/archive_fixture.h"
#include "support/one_file_system.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

struct Finding {
  bool opened = false;
  ErrorCode code = ErrorCode::kFailed;
  std::string message;  // empty: nothing found
};

Finding Look(OneFileSystem& files) {
  const auto reader = ArchiveReader::Open(files, "x.tar.zst");
  if (!reader.ok()) return {false, reader.error().code(), reader.error().message()};
  const Status status = (*reader)->Verify(false, 1, nullptr);
  return status.ok() ? Finding{} : Finding{true, status.error().code(), status.error().message()};
}

void CheckFound(const Finding& finding, const std::string& what) {
  const bool good = finding.code == ErrorCode::kCorruption && Contains(finding.message, "x.tar.zst: ") &&
                    !Contains(finding.message, "\n");
  if (!good) FAIL(what << ": \"" << finding.message << "\"");
}

void Sweep(const std::string& bytes) {
  OneFileSystem files;
  files.bytes = bytes;
  REQUIRE(Look(files).message.empty());
  for (size_t bit = 0; bit < 8 * bytes.size(); bit += SweepStride(11)) {
    files.bytes[bit / 8] = static_cast<char>(files.bytes[bit / 8] ^ (1 << bit % 8));
    CheckFound(Look(files), "bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8));
    files.bytes[bit / 8] = bytes[bit / 8];
  }
  for (size_t size = 0; size < bytes.size(); size += SweepStride(11)) {
    files.bytes = bytes.substr(0, size);
    const Finding finding = Look(files);
    CheckFound(finding, "cut to " + std::to_string(size));
    if (finding.opened) FAIL("cut to " << size << " was opened");
  }
  for (const std::string& more : {std::string(1, '\0'), std::string(600, 'x'), bytes}) {
    files.bytes = bytes + more;
    CheckFound(Look(files), "with more behind it");
  }
}

Members SmallSample() {
  return {{Folder("/Users"), ""},
          {Notebook("/Users/ana"), "# Databricks notebook source\nprint(1)\n"},
          {MakeEntry("job", "1", "nightly", "jobs/1.json"), R"({"job_id":1})"}};
}

std::string Made(const Members& members) {
  const TempFolder folder;
  WriteArchive(folder / "a", members);
  return ReadFile(folder / "a");
}

}  // namespace

TEST_CASE("every flipped bit and every cut of a small archive is found") {
  const std::string bytes = Made(SmallSample());
  INFO(bytes.size() << " bytes");
  CHECK(bytes.size() < 4096);
  Sweep(bytes);
}

TEST_CASE("every flipped bit and every cut of an archive of several groups is found") {
  if (!SweepAll()) return;
  Members members = SmallSample();
  for (unsigned i = 0; i < 60; ++i) members.push_back({Notebook("/small/" + std::to_string(i)), Noise(200, i)});
  // Long and easy to compress, so that there are several groups in few bytes.
  for (unsigned i = 0; i < 4; ++i) {
    members.push_back({Notebook("/" + std::to_string(i)), Noise(9000, i) + std::string(130000, 'x')});
  }
  const std::string bytes = Made(members);
  CHECK(bytes.size() > 50000);
  CHECK(bytes.size() < 65536);
  Sweep(bytes);
}

TEST_CASE("a flipped bit in a frame is told with the frame's place and the objects that are lost") {
  const std::string bytes = Made(SmallSample());
  OneFileSystem files;
  files.bytes = bytes;
  files.bytes[100] = static_cast<char>(files.bytes[100] ^ 1);
  const auto reader = ArchiveReader::Open(files, "x.tar.zst");
  REQUIRE(reader.ok());
  std::vector<std::string> findings;
  CHECK(!(*reader)->Verify(false, 1, [&](const std::string& finding) { findings.push_back(finding); }).ok());
  REQUIRE(findings.size() == 5);
  CHECK(Contains(findings[0], "frame 1 at byte 48"));
  CHECK(findings[1] == "README.txt: is lost with a damaged frame");
  CHECK(findings[2] == "directory /Users: is lost with a damaged frame");
  CHECK(findings[4] == "job nightly: is lost with a damaged frame");
}
