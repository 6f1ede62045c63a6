// One file, whole or not at all: whatever breaks, no half archive bears the final name and nothing else is left.
#include <algorithm>

#include "support/archive_fixture.h"
#include "support/faulty_file_system.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

using Call = FaultyFileSystem::Call;

Members Sample() {
  Members members;
  for (unsigned i = 0; i < 5; ++i) members.push_back({Notebook("/" + std::to_string(i)), Noise(200000, i)});
  members.push_back({Notebook("/large"), Noise(2 << 20)});
  Entry entry = Notebook("/info");
  entry.info = "{\"x\":\"" + std::string(1 << 20, 'x') + "\"}";  // fills an index frame, so that the spool is used
  members.push_back({entry, "x"});
  return members;
}

Result<Summary> TryWrite(FileSystem& files, const std::string& path, const Members& members) {
  auto writer = ArchiveWriter::Create(files, path, FixedOptions());
  if (!writer.ok()) return std::move(writer).error();
  for (const auto& [entry, bytes] : members) {
    if (auto status = (*writer)->Add(entry, bytes); !status.ok()) {
      // Once broken it stays broken, with the same answer.
      const auto finish = (*writer)->Finish("{}");
      REQUIRE(!finish.ok());
      CHECK(finish.error().code() == status.error().code());
      return std::move(status).error();
    }
  }
  return (*writer)->Finish("{}");
}

class Source : public ByteSource {
 public:
  Source(std::string bytes, bool fails) : bytes_(std::move(bytes)), inner_(bytes_), fails_(fails) {}
  Result<size_t> Read(char* buffer, size_t capacity) override {
    auto count = inner_.Read(buffer, std::min<size_t>(capacity, 1000));
    if (count.ok() && *count == 0 && fails_) return Error(ErrorCode::kUnavailable, "the connection is gone");
    return count;
  }

 private:
  std::string bytes_;
  StringSource inner_;
  bool fails_;
};

}  // namespace

TEST_CASE("a full disk says so and leaves nothing, wherever it comes") {
  const TempFolder folder;
  const Members members = Sample();
  FaultyFileSystem whole;
  const auto summary = TryWrite(whole, folder / "whole", members);
  REQUIRE(summary.ok());
  std::filesystem::remove(folder / "whole");
  std::vector<uint64_t> limits;
  for (uint64_t limit = 0; limit < summary->archive_bytes; limit += 97777 * SweepStride(5)) limits.push_back(limit);
  for (uint64_t back = 1; back < 3000; back += 131 * SweepStride(5)) limits.push_back(summary->archive_bytes - back);
  for (const uint64_t limit : limits) {
    INFO(limit << " bytes");
    FaultyFileSystem files;
    files.LimitBytes(limit);
    const auto result = TryWrite(files, folder / "a", members);
    REQUIRE(!result.ok());
    CHECK(result.error().code() == ErrorCode::kNoSpace);
    CHECK(Contains(result.error().message(), "No space left"));
    CHECK(files.fired() == 1);
    CHECK(folder.List().empty());
  }
}

TEST_CASE("any failing call is reported and leaves nothing under the final name") {
  const TempFolder folder;
  const Members members = Sample();
  for (const Call call : {Call::kCreate, Call::kWrite, Call::kSync, Call::kClose, Call::kRename, Call::kRead}) {
    FaultyFileSystem whole;
    REQUIRE(TryWrite(whole, folder / "whole", members).ok());
    std::filesystem::remove(folder / "whole");
    REQUIRE(whole.calls(call) > 0);
    for (int nth = 1; nth <= whole.calls(call); ++nth) {
      INFO("call " << static_cast<int>(call) << " number " << nth);
      FaultyFileSystem files;
      files.Fail(call, nth);
      const auto result = TryWrite(files, folder / "a", members);
      CHECK(files.fired() == 1);
      REQUIRE(!result.ok());
      CHECK(Contains(result.error().message(), "a fault that the test asked for"));
      CHECK(folder.List().empty());
    }
  }
}

TEST_CASE("a folder that cannot be synced is reported") {
  const TempFolder folder;
  FaultyFileSystem files;
  files.Fail(Call::kSyncFolder, 1);
  CHECK(!TryWrite(files, folder / "a", Sample()).ok());
  CHECK(files.fired() == 1);
  CHECK(FindingOf(folder / "a").empty());
}

TEST_CASE("everything is on the disk before the final name appears") {
  const TempFolder folder;
  FaultyFileSystem files;
  bool checked = false;
  files.Before(Call::kRename, [&] {
    checked = true;
    CHECK(files.calls(Call::kSync) == 1);
    CHECK(files.calls(Call::kClose) == 1);
    CHECK(files.calls(Call::kSyncFolder) == 0);
    CHECK(!std::filesystem::exists(folder / "a"));
  });
  REQUIRE(TryWrite(files, folder / "a", Sample()).ok());
  CHECK(checked);
  CHECK(files.calls(Call::kSyncFolder) == 1);
  CHECK(folder.List() == std::vector<std::string>{"a"});
}

TEST_CASE("an existing file is never overwritten") {
  const TempFolder folder;
  WriteFile(folder / "a", "mine");
  const auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "a", FixedOptions());
  REQUIRE(!writer.ok());
  CHECK(writer.error().code() == ErrorCode::kAlreadyExists);
  CHECK(folder.List() == std::vector<std::string>{"a"});

  // Nor one that appears meanwhile.
  FaultyFileSystem files;
  files.Before(Call::kRename, [&] { WriteFile(folder / "b", "mine too"); });
  const auto result = TryWrite(files, folder / "b", Sample());
  REQUIRE(!result.ok());
  CHECK(result.error().code() == ErrorCode::kAlreadyExists);
  CHECK(ReadFile(folder / "b") == "mine too");
  CHECK(folder.List() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("without Finish nothing is left") {
  const TempFolder folder;
  {
    auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "a", FixedOptions());
    REQUIRE(writer.ok());
    for (const auto& [entry, bytes] : Sample()) REQUIRE((*writer)->Add(entry, bytes).ok());
    // Hidden, and the index's has no name at all.
    REQUIRE(folder.List().size() == 1);
    CHECK(folder.List()[0].rfind(".a.partial-", 0) == 0);
    CHECK((std::filesystem::status(folder / folder.List()[0]).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
  CHECK(folder.List().empty());
}

TEST_CASE("what a killed writer left is gone with the next archive of that name, even under the same process id") {
  const TempFolder folder;
  const std::string mine = std::to_string(::getpid());
  for (const std::string& name : {".a.partial-" + mine, ".a.index-" + mine, std::string(".a.partial-1")}) {
    auto left = FileSystem::Real().CreateExclusive(folder / name);
    REQUIRE(left.ok());
  }
  REQUIRE(TryWrite(FileSystem::Real(), folder / "a", Sample()).ok());
  CHECK(folder.List() == std::vector<std::string>{"a"});
}

TEST_CASE("options and paths that make no sense are refused") {
  const TempFolder folder;
  const auto code_of = [&](const std::string& path, const WriterOptions& options) {
    const auto writer = ArchiveWriter::Create(FileSystem::Real(), path, options);
    REQUIRE(!writer.ok());
    return writer.error().code();
  };
  WriterOptions options;
  options.archive_id = "x";
  CHECK(code_of(folder / "a", options) == ErrorCode::kUsage);
  options = {};
  options.level = 0;
  CHECK(code_of(folder / "a", options) == ErrorCode::kUsage);
  CHECK(code_of("", {}) == ErrorCode::kUsage);
  CHECK(code_of(folder / "no/such/a", {}) == ErrorCode::kNotFound);
  CHECK(folder.List().empty());
}

TEST_CASE("an entry that cannot be is refused and costs nothing else") {
  const TempFolder folder;
  auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "a", FixedOptions());
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add(Notebook("/a"), "1").ok());
  const auto code_of = [&](const Entry& entry, const std::string& bytes) {
    const Status status = (*writer)->Add(entry, bytes);
    REQUIRE(!status.ok());
    return status.error().code();
  };
  CHECK(code_of(Notebook("/a"), "2") == ErrorCode::kAlreadyExists);
  CHECK(code_of(MakeEntry("", "1", "k", "n"), "") == ErrorCode::kUsage);
  CHECK(code_of(MakeEntry("job", "", "k", "n"), "") == ErrorCode::kUsage);
  CHECK(code_of(MakeEntry("job", "\xff", "k", "n"), "") == ErrorCode::kUsage);
  CHECK(code_of(MakeEntry("job", "1", "k", "/"), "") == ErrorCode::kUsage);
  CHECK(code_of(Folder("/f"), "bytes") == ErrorCode::kUsage);
  Entry entry = MakeEntry("job", "1", "k", "n");
  entry.info = "[1]";
  CHECK(code_of(entry, "") == ErrorCode::kUsage);
  entry.info = "{\"x\":\"" + std::string(3 << 20, 'x') + "\"}";
  CHECK(code_of(entry, "") == ErrorCode::kUsage);
  entry.info.clear();
  entry.origin_archive = "yesterday's";
  CHECK(code_of(entry, "") == ErrorCode::kUsage);
  REQUIRE((*writer)->Add(MakeEntry("job", "1", "k", "n"), "3").ok());
  REQUIRE((*writer)->Finish("{}").ok());
  CHECK(FindingOf(folder / "a").empty());
  CHECK(RowsOf(*OpenArchive(folder / "a")).size() == 2);
}

TEST_CASE("a small source that fails or lies is left out, and the archive goes on") {
  const TempFolder folder;
  auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "a", FixedOptions());
  REQUIRE(writer.ok());
  Source gone(std::string(5000, 'x'), true), shorter("abc", false), longer("abcdef", false), right("abcd", false);
  const Status lost = (*writer)->Add(Notebook("/a"), gone, 10000);
  REQUIRE(!lost.ok());
  CHECK(lost.error().code() == ErrorCode::kUnavailable);
  CHECK(!(*writer)->Add(Notebook("/a"), shorter, 4).ok());
  CHECK(!(*writer)->Add(Notebook("/a"), longer, 4).ok());
  CHECK((*writer)->Add(Notebook("/a"), right, 4).ok());
  REQUIRE((*writer)->Finish("{}").ok());
  CHECK(FindingOf(folder / "a").empty());
  const auto reader = OpenArchive(folder / "a");
  REQUIRE(RowsOf(*reader).size() == 1);
  CHECK(*reader->Read(RowsOf(*reader)[0], 4) == "abcd");
}

TEST_CASE("a large source that fails or lies ends the archive") {
  for (const uint64_t size : {uint64_t{5} << 20, uint64_t{11} << 20}) {
    for (const bool fails : {false, true}) {
      const TempFolder folder;
      {
        auto writer = ArchiveWriter::Create(FileSystem::Real(), folder / "a", FixedOptions());
        REQUIRE(writer.ok());
        Source source(std::string(10 << 20, 'x'), fails);
        CHECK(!(*writer)->Add(Notebook("/a"), source, size).ok());
        CHECK(!(*writer)->Add(Notebook("/b"), "x").ok());
        CHECK(!(*writer)->Finish("{}").ok());
      }
      CHECK(folder.List().empty());
    }
  }
}
