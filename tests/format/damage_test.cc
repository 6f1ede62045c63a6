// Damage costs what it hit and no more.
#include <set>

#include "format/extractor.h"
#include "support/archive_fixture.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

struct Sample {
  TempFolder folder;
  std::string path = folder / "a";
  std::string whole;
  Members members;
  std::vector<Row> rows;

  Sample() {
    for (unsigned i = 0; i < 30; ++i) members.push_back({Notebook("/n/" + std::to_string(i)), Noise(40000, i)});
    members.push_back({Notebook("/large"), Noise(5 << 20)});
    for (unsigned i = 30; i < 40; ++i) members.push_back({Notebook("/n/" + std::to_string(i)), Noise(40000, i)});
    WriteArchive(path, members);
    rows = RowsOf(*OpenArchive(path));
    whole = ReadFile(path);
  }
  // Breaks a byte in the middle of a frame, and says which objects have bytes in it.
  std::set<std::string> Break(size_t frame) {
    WriteFile(path, whole);
    const auto reader = OpenArchive(path);
    const Container& container = reader->container();
    std::string bytes = whole;
    char& byte = bytes[container.FrameOffset(frame) + container.FrameSize(frame) / 2];
    byte = static_cast<char>(byte ^ 0x20);
    WriteFile(path, bytes);
    const uint64_t begin = container.ContentOffset(frame), end = begin + container.ContentSize(frame);
    std::set<std::string> hit;
    for (size_t i = 0; i < rows.size(); ++i) {
      const uint64_t row_end = i + 1 < rows.size() ? rows[i + 1].at : container.footer().index.tar_offset;
      if (rows[i].at < end && row_end > begin) hit.insert(rows[i].natural_key);
    }
    return hit;
  }
};

size_t DataFrames(const ArchiveReader& reader) {
  return reader.container().FindFrame(reader.container().footer().index.tar_offset);
}

}  // namespace

TEST_CASE("a damaged frame costs only its own members, and each is named") {
  Sample sample;
  const size_t frames = DataFrames(*OpenArchive(sample.path));
  REQUIRE(frames >= 8);
  for (size_t frame = 1; frame < frames; frame += SweepStride(3)) {
    INFO("frame " << frame);
    const auto hit = sample.Break(frame);
    REQUIRE(!hit.empty());
    REQUIRE(hit.size() < sample.members.size());
    const auto reader = OpenArchive(sample.path);

    std::set<std::string> found;
    std::vector<std::string> findings;
    CHECK(!reader->Verify(false, 2, [&](const std::string& finding) { findings.push_back(finding); }).ok());
    CHECK(Contains(findings[0], "frame " + std::to_string(frame) + " at byte"));
    for (const std::string& finding : findings) {
      const size_t end = finding.find(": is lost");
      if (end != std::string::npos && finding.rfind("notebook ", 0) == 0) found.insert(finding.substr(9, end - 9));
    }
    CHECK(found == hit);

    ExtractOptions options;
    options.keep_going = true;
    std::set<std::string> failed;
    options.on_failed = [&](const Row& row, const Error& error) {
      CHECK(error.code() == ErrorCode::kCorruption);
      failed.insert(row.natural_key);
    };
    const std::string out = "out" + std::to_string(frame) + "/";
    const auto summary = Extract(*reader, sample.folder / out, options);
    REQUIRE(summary.ok());
    CHECK(failed == hit);
    CHECK(summary->files == sample.members.size() - hit.size());
    for (const auto& [entry, bytes] : sample.members) {
      const std::string path = sample.folder / (out + entry.name);
      CHECK(std::filesystem::exists(path) == !hit.contains(entry.natural_key));
      if (!hit.contains(entry.natural_key)) CHECK((ReadFile(path) == bytes));
    }
  }
}

TEST_CASE("extraction that is not to go on stops at the first damage") {
  Sample sample;
  const auto hit = sample.Break(2);
  const auto summary = Extract(*OpenArchive(sample.path), sample.folder / "out", {});
  REQUIRE(!summary.ok());
  CHECK(summary.error().code() == ErrorCode::kCorruption);
  CHECK(Contains(summary.error().message(), sample.path + ": notebook /n/"));
  CHECK(Contains(summary.error().message(), "frame 2 at byte"));
  for (const std::string& key : hit) CHECK(!std::filesystem::exists(sample.folder / ("out/workspace" + key + ".py")));
}

TEST_CASE("reading a member whose frame is damaged is an error, its neighbours are read") {
  Sample sample;
  const auto hit = sample.Break(3);
  const auto reader = OpenArchive(sample.path);
  for (size_t i = 0; i < sample.rows.size(); ++i) {
    const auto bytes = reader->Read(sample.rows[i], 16 << 20);
    CHECK(bytes.ok() == !hit.contains(sample.rows[i].natural_key));
    if (bytes.ok()) CHECK((*bytes == sample.members[i].second));
  }
}

TEST_CASE("an archive that is none is told apart from one that is cut") {
  const TempFolder folder;
  const auto finding = [&](const std::string& bytes) {
    WriteFile(folder / "x", bytes);
    return FindingOf(folder / "x");
  };
  Sample sample;
  const std::string whole = ReadFile(sample.path);
  CHECK(Contains(finding(""), "is empty"));
  CHECK(Contains(finding("PK"), "too short"));
  CHECK(Contains(finding(std::string(5000, 'x')), "is not a dbxark archive"));
  CHECK(Contains(finding(whole.substr(0, 100000)), "is incomplete or cut short at byte 100,000"));
  const auto missing = ArchiveReader::Open(FileSystem::Real(), folder / "none");
  REQUIRE(!missing.ok());
  CHECK(missing.error().code() == ErrorCode::kNotFound);
}
