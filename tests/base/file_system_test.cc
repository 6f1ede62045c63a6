#include "base/file_system.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/catch.h"

using namespace dbxark;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dbxark-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

FileSystem& Files() { return FileSystem::Real(); }

void Put(const std::string& path, std::string_view text) {
  auto file = Files().CreateExclusive(path);
  REQUIRE(file.ok());
  REQUIRE((*file)->Write(text).ok());
  REQUIRE((*file)->Sync().ok());
  REQUIRE((*file)->Close().ok());
}

std::string Get(const std::string& path) {
  auto text = ReadSmallFile(Files(), path, 1 << 20);
  REQUIRE(text.ok());
  return *text;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a file is created only where nothing is, and for its owner alone") {
  Folder folder;
  Put(folder / "a", "first");
  auto again = Files().CreateExclusive(folder / "a");
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code() == ErrorCode::kAlreadyExists);
  CHECK(Has(again.error().message(), folder / "a"));
  CHECK(Get(folder / "a") == "first");
  struct stat facts {};
  REQUIRE(::stat((folder / "a").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("renaming never replaces") {
  Folder folder;
  Put(folder / "a", "first");
  Put(folder / "b", "second");
  const Status refused = Files().RenameNoReplace(folder / "b", folder / "a");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kAlreadyExists);
  CHECK(Get(folder / "a") == "first");
  CHECK(Get(folder / "b") == "second");
  REQUIRE(Files().RenameNoReplace(folder / "b", folder / "c").ok());
  CHECK_FALSE(Files().Exists(folder / "b"));
  CHECK(Get(folder / "c") == "second");
  CHECK(Files().RenameNoReplace(folder / "gone", folder / "d").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("what a killed process left is removed; what somebody writes, or never made, stays") {
  Folder folder;
  std::ofstream(folder / ".a.partial-1") << "left";
  std::ofstream(folder / ".a.partial-") << "no number";
  std::ofstream(folder / ".a.partial-1x") << "another name";
  std::ofstream(folder / ".b.partial-1") << "another file";
  std::filesystem::create_directory(folder / ".a.partial-2");
  REQUIRE(::symlink("nowhere", (folder / ".a.partial-3").c_str()) == 0);
  auto written = Files().CreateExclusive(folder / ".a.partial-4");
  REQUIRE(written.ok());
  Files().RemoveAbandoned(folder / ".a.partial-");
  CHECK_FALSE(Files().Exists(folder / ".a.partial-1"));
  for (const char* name : {".a.partial-", ".a.partial-1x", ".b.partial-1", ".a.partial-2", ".a.partial-3"}) {
    CHECK(Files().Exists(folder / name));
  }
  REQUIRE((*written)->Close().ok());
  Files().RemoveAbandoned(folder / ".a.partial-");
  CHECK(Files().Exists(folder / ".a.partial-4"));
  written->reset();
  Files().RemoveAbandoned(folder / ".a.partial-");
  CHECK_FALSE(Files().Exists(folder / ".a.partial-4"));
  Files().RemoveAbandoned((folder / "no-such-folder") + "/.a.partial-");
}

TEST_CASE("a temporary name is beside the file, hidden and this process's; what dead processes left of it goes") {
  Folder folder;
  const std::string mine = std::to_string(::getpid());
  for (const std::string& name : {std::string(".a.partial-1"), ".a.partial-" + mine, std::string(".a.index-1"),
                                  std::string(".b.partial-1"), std::string("a.partial-1")}) {
    std::ofstream(folder / name) << "left";
  }
  CHECK(TemporaryBeside(Files(), folder / "a") == folder / (".a.partial-" + mine));
  CHECK_FALSE(Files().Exists(folder / ".a.partial-1"));
  CHECK_FALSE(Files().Exists(folder / (".a.partial-" + mine)));
  for (const char* name : {".a.index-1", ".b.partial-1", "a.partial-1"}) CHECK(Files().Exists(folder / name));
  CHECK(TemporaryBeside(Files(), folder / "a", "index") == folder / (".a.index-" + mine));
  CHECK_FALSE(Files().Exists(folder / ".a.index-1"));
  CHECK(TemporaryBeside(Files(), "no-such-file") == ".no-such-file.partial-" + mine);
}

TEST_CASE("a new file is there whole or not at all, and takes away what a killed writer of it left") {
  Folder folder;
  std::ofstream(folder / ".a.partial-1") << "half";
  REQUIRE(WriteNewFile(Files(), folder / "a", "whole").ok());
  CHECK(Get(folder / "a") == "whole");
  CHECK_FALSE(Files().Exists(folder / ".a.partial-1"));
  CHECK(WriteNewFile(Files(), folder / "a", "again").error().code() == ErrorCode::kAlreadyExists);
  CHECK(Get(folder / "a") == "whole");
  CHECK_FALSE(WriteNewFile(Files(), folder / "no-such-folder/a", "x").ok());
}

TEST_CASE("a link that leads nowhere is in the way too") {
  Folder folder;
  Put(folder / "a", "x");
  REQUIRE(::symlink("nowhere", (folder / "link").c_str()) == 0);
  CHECK(Files().Exists(folder / "link"));
  CHECK(Files().CreateExclusive(folder / "link").error().code() == ErrorCode::kAlreadyExists);
  CHECK(Files().RenameNoReplace(folder / "a", folder / "link").error().code() == ErrorCode::kAlreadyExists);
}

TEST_CASE("appending adds to what is there") {
  Folder folder;
  for (const char* text : {"one ", "two"}) {
    auto file = Files().OpenAppend(folder / "log");
    REQUIRE(file.ok());
    REQUIRE((*file)->Write(text).ok());
  }
  CHECK(Get(folder / "log") == "one two");
}

TEST_CASE("a full disk is named as such") {
  if (!std::filesystem::exists("/dev/full")) return;
  auto file = Files().OpenAppend("/dev/full");
  REQUIRE(file.ok());
  const Status status = (*file)->Write("x");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code() == ErrorCode::kNoSpace);
  CHECK(Has(status.error().message(), "/dev/full"));
}

TEST_CASE("reading gives exactly what is asked for, or says that the file ends before") {
  Folder folder;
  Put(folder / "a", "0123456789");
  auto file = Files().OpenRead(folder / "a");
  REQUIRE(file.ok());
  CHECK((*file)->size() == 10);
  std::string buffer(4, ' ');
  REQUIRE((*file)->ReadAt(3, buffer.data(), 4).ok());
  CHECK(buffer == "3456");
  CHECK((*file)->ReadAt(10, buffer.data(), 0).ok());
  const Status beyond = (*file)->ReadAt(8, buffer.data(), 4);
  REQUIRE_FALSE(beyond.ok());
  CHECK(beyond.error().code() == ErrorCode::kCorruption);
}

TEST_CASE("only a regular file can be read") {
  Folder folder;
  CHECK(Files().OpenRead(folder / "gone").error().code() == ErrorCode::kNotFound);
  CHECK(Has(Files().OpenRead(folder.path()).error().message(), "folder"));
  CHECK_FALSE(Files().OpenRead("/dev/null").ok());
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_FALSE(Files().OpenRead(folder / "pipe").ok());  // and does not wait for a writer
}

TEST_CASE("a small file has a limit") {
  Folder folder;
  Put(folder / "a", "0123456789");
  CHECK(ReadSmallFile(Files(), folder / "a", 10).ok());
  CHECK_FALSE(ReadSmallFile(Files(), folder / "a", 9).ok());
  Put(folder / "empty", "");
  CHECK(Get(folder / "empty").empty());
}

TEST_CASE("folders are made with their parents, and an existing one is success") {
  Folder folder;
  REQUIRE(Files().MakeFolders(folder / "a/b/c").ok());
  REQUIRE(Files().MakeFolders(folder / "a/b/c").ok());
  REQUIRE(Files().MakeFolders(folder / "a/b/d/").ok());
  CHECK(std::filesystem::is_directory(folder / "a/b/d"));
  CHECK(Files().SyncFolder(folder / "a/b").ok());
  Put(folder / "file", "x");
  CHECK_FALSE(Files().MakeFolders(folder / "file").ok());
  CHECK_FALSE(Files().MakeFolders(folder / "file/below").ok());
}

TEST_CASE("a file can be cut and removed") {
  Folder folder;
  Put(folder / "a", "0123456789");
  REQUIRE(Files().Truncate(folder / "a", 3).ok());
  CHECK(Get(folder / "a") == "012");
  REQUIRE(Files().Remove(folder / "a").ok());
  CHECK_FALSE(Files().Exists(folder / "a"));
  CHECK(Files().Remove(folder / "a").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("the folder of a path is what stands before its last slash") {
  CHECK(FolderOf("a/b") == "a");
  CHECK(FolderOf("/a") == "/");
  CHECK(FolderOf("a") == ".");
  CHECK(FolderOf("/a/b/c") == "/a/b");
}
