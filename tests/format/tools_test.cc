// Other people's programs open our archives: GNU tar, bsdtar and zstd, in any locale, without a word of complaint.
#include <sys/wait.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <set>

#include "format/extractor.h"
#include "support/archive_fixture.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

struct Answer {
  int code = -1;
  std::string text;  // both streams
};

Answer Run(const std::string& command) {
  Answer answer;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) answer.text.append(buffer, count);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) answer.code = WEXITSTATUS(status);
  return answer;
}

Members OddNames() {
  std::vector<std::string> paths = {"/Users/目录/你好",
                                    "/😀/👩‍👩‍👧",
                                    "/" + std::string(300, 'n'),
                                    "/" + std::string(300, 'd') + "/x",
                                    "/new\nline",
                                    "/back\\slash",
                                    "/100%",
                                    "/%41",
                                    "/dot.",
                                    "/space ",
                                    "/-rf",
                                    "/ leading",
                                    "/quote'\"`$x",
                                    "/tab\t",
                                    "/\x1b[31mred",
                                    "/bytes\xff\xfe",
                                    "/Case",
                                    "/case",
                                    "/../up",
                                    "/a"};
  std::string chinese, deep;
  for (int i = 0; i < 100; ++i) chinese += "笔";
  for (int i = 0; i < 150; ++i) deep += "/folder-" + std::to_string(i) + "-" + std::string(20, 'x');
  paths.push_back("/" + chinese);
  paths.push_back(deep);
  Members members;
  for (const std::string& path : paths) {
    Entry entry = MakeEntry("notebook", std::to_string(members.size()), path, "workspace" + path + ".py");
    entry.modified_ms = 1700000000000 + static_cast<int64_t>(members.size()) * 1000;
    members.push_back({entry, "content of " + path});
  }
  members.push_back({MakeEntry("file", "file-a", "/a.py", "workspace/a.py"), "a file, no notebook"});
  Entry folder = Folder("/Empty");
  members.push_back({folder, ""});
  for (unsigned i = 0; i < 5; ++i) {
    members.push_back({MakeEntry("dbfs_file", std::to_string(i), "/" + std::to_string(i), "dbfs/" + std::to_string(i)),
                       Noise(1500000 * i, i)});
  }
  return members;
}

void CheckTree(const std::string& folder, const std::vector<Row>& rows, const Members& members) {
  std::set<std::string> wanted = {"README.txt", "META/index.ndjson", "META/manifest.json"}, found;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string path = folder + "/" + rows[i].member;
    INFO(rows[i].member);
    if (rows[i].folder) {
      CHECK(std::filesystem::is_directory(path));
      continue;
    }
    wanted.insert(rows[i].member);
    REQUIRE(std::filesystem::is_regular_file(path));
    CHECK((ReadFile(path) == members[i].second));
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) found.insert(std::filesystem::relative(entry.path(), folder).string());
  }
  CHECK(found == wanted);
}

}  // namespace

TEST_CASE("tar, bsdtar and zstd open an archive of odd names in any locale without complaint") {
  const TempFolder folder;
  const Members members = OddNames();
  const std::string archive = folder / "odd.tar.zst";
  WriteArchive(archive, members);
  const auto rows = RowsOf(*OpenArchive(archive));
  for (const char* locale : {"C", "C.UTF-8", "POSIX"}) {
    for (const char* tool : {"tar --zstd -xf", "bsdtar -xf"}) {
      INFO(locale << " " << tool);
      const TempFolder out;
      const Answer answer =
          Run("LC_ALL=" + std::string(locale) + " " + tool + " '" + archive + "' -C '" + out.path() + "'");
      CHECK(answer.code == 0);
      CHECK(answer.text.empty());
      CheckTree(out.path(), rows, members);
    }
    for (const std::string tool : {"tar --zstd -tf", "bsdtar -tf"}) {
      const Answer answer = Run("LC_ALL=" + std::string(locale) + " " + tool + " '" + archive + "'");
      CHECK(answer.code == 0);
      CHECK(std::count(answer.text.begin(), answer.text.end(), '\n') == static_cast<long>(rows.size() + 3));
    }
    const Answer test = Run("LC_ALL=" + std::string(locale) + " zstd -q -t '" + archive + "'");
    CHECK(test.code == 0);
    CHECK(test.text.empty());
  }
}

TEST_CASE("the pipeline that README.txt tells for all else works") {
  const TempFolder folder;
  WriteArchive(folder / "a", OddNames());
  const Answer answer = Run("cd '" + folder.path() + "' && mkdir out && zstd -dc a | tar -xf - -C out");
  CHECK(answer.code == 0);
  CHECK(answer.text.empty());
  CheckTree(folder / "out", RowsOf(*OpenArchive(folder / "a")), OddNames());
}

TEST_CASE("extraction gives the tree that tar gives, with the same times") {
  const TempFolder folder;
  WriteArchive(folder / "a", OddNames());
  REQUIRE(Extract(*OpenArchive(folder / "a"), folder / "ours", {}).ok());
  CHECK(Run("cd '" + folder.path() + "' && mkdir theirs && tar --zstd -xf a -C theirs workspace dbfs").code == 0);
  const Answer diff = Run("diff -r '" + (folder / "ours") + "' '" + (folder / "theirs") + "'");
  CHECK(diff.code == 0);
  CHECK(diff.text.empty());
  const std::string list = "find . -type f -printf '%P %T@ %m\\n' | sort";
  CHECK(Run("cd '" + (folder / "ours") + "' && " + list).text ==
        Run("cd '" + (folder / "theirs") + "' && " + list).text);
}

TEST_CASE("verification does not depend on the locale") {
  const TempFolder folder;
  WriteArchive(folder / "a", OddNames());
  for (const char* locale : {"C", "C.UTF-8"}) {
    REQUIRE(std::setlocale(LC_ALL, locale) != nullptr);
    CHECK(FindingOf(folder / "a").empty());
  }
  std::setlocale(LC_ALL, "C");
}
