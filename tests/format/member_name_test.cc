#include "format/member_name.h"

#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "format/tar_header.h"
#include "support/archive_fixture.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

int next_id = 0;

std::string Assign(MemberNamer& namer, const std::string& name, bool folder = false) {
  Entry entry = MakeEntry("file", std::to_string(next_id++), name, name);
  entry.folder = folder;
  auto member = namer.Assign(entry);
  REQUIRE(member.ok());
  const auto unsafe = FindUnsafeName(*member, folder);
  INFO(*member << ": " << unsafe.value_or(""));
  CHECK(!unsafe);
  for (const std::string_view component : Split(*member, '/')) CHECK(component.size() <= 200);
  CHECK(member->size() <= 1100);
  return *member;
}

std::string AssignFirst(const std::string& name, bool folder = false) {
  MemberNamer namer;
  return Assign(namer, name, folder);
}

std::string Hex(const std::string& truth, size_t digits = 8) { return ToHex(Sha256Of(truth)).substr(0, digits); }

}  // namespace

TEST_CASE("plain names stay as they are") {
  for (const char* name : {"workspace/a.py", "目录/你好.py", "😀", "a b/c~d", ".hidden", "...x", "é"})
    CHECK(AssignFirst(name) == name);
  CHECK(AssignFirst("a/b", true) == "a/b/");
}

TEST_CASE("what tools stumble over is escaped") {
  CHECK(AssignFirst("a\nb") == "a%0Ab");
  CHECK(AssignFirst("a\\b") == "a%5Cb");
  CHECK(AssignFirst("100%") == "100%25");
  CHECK(AssignFirst("%0A") == "%250A");
  CHECK(AssignFirst("dot.") == "dot%2E");
  CHECK(AssignFirst("dots..") == "dots.%2E");
  CHECK(AssignFirst("space ") == "space%20");
  CHECK(AssignFirst("a/../b") == "a/%2E%2E/b");
  CHECK(AssignFirst("./b") == "%2E/b");
  CHECK(AssignFirst("\x7f") == "%7F");
  CHECK(AssignFirst("bad\xff\xc3") == "bad%FF%C3");
  CHECK(AssignFirst(std::string("nul\0x", 5)) == "nul%00x");
  CHECK(AssignFirst("/a//b/") == "a/b");
}

TEST_CASE("a long component is cut at a character, keeps its extension and carries a hash") {
  const std::string name = std::string(300, 'x') + ".py";
  CHECK(AssignFirst(name) == std::string(188, 'x') + "~" + Hex(name) + ".py");
  std::string chinese;
  for (int i = 0; i < 100; ++i) chinese += "目";
  const std::string member = AssignFirst(chinese + ".scala");
  CHECK(IsValidUtf8(member));
  CHECK(member.size() <= 200);
  CHECK(Contains(member, "~" + Hex(chinese + ".scala") + ".scala"));
  // Escapes are not cut in two.
  const std::string escaped = AssignFirst(std::string(189, 'x') + "%%%%%%%%%%%%");
  CHECK(escaped == std::string(189, 'x') + "~" + Hex(std::string(189, 'x') + "%%%%%%%%%%%%"));
  CHECK(AssignFirst(std::string(200, 'y')) == std::string(200, 'y'));
}

TEST_CASE("names that fall together are told apart, the first one stays plain") {
  MemberNamer namer;
  CHECK(Assign(namer, "w/a.py") == "w/a.py");
  CHECK(Assign(namer, "w/a.py") == "w/a~" + Hex("w/a.py") + ".py");
  const std::string third = Assign(namer, "w/a.py");
  CHECK(third.size() == std::string("w/a~0123456789abcdef.py").size());
  CHECK(Assign(namer, "w/A.py") == "w/A~" + Hex("w/A.py") + ".py");
  CHECK(Assign(namer, "w/é") == "w/é");
  CHECK(Assign(namer, "w/É") == "w/É~" + Hex("w/É"));
  CHECK(Assign(namer, "w/Ж") == "w/Ж");
  CHECK(Assign(namer, "w/ж") == "w/ж~" + Hex("w/ж"));
  CHECK(Assign(namer, "w/b~" + Hex("w/B")) == "w/b~" + Hex("w/B"));
  CHECK(Assign(namer, "w/b") == "w/b");
  CHECK(Assign(namer, "w/B").size() == std::string("w/B~0123456789abcdef").size());
}

TEST_CASE("folders that fall together stay two, and what is in them follows") {
  MemberNamer namer;
  CHECK(Assign(namer, "w/Team", true) == "w/Team/");
  CHECK(Assign(namer, "w/Team/x") == "w/Team/x");
  CHECK(Assign(namer, "w/team/x") == "w/team~" + Hex("w/team") + "/x");
  CHECK(Assign(namer, "w/team", true) == "w/team~" + Hex("w/team") + "/");
  CHECK(Assign(namer, "w/Team/y") == "w/Team/y");
  CHECK(Assign(namer, "w/team/z") == "w/team~" + Hex("w/team") + "/z");
}

TEST_CASE("a file and a folder of one name stay two") {
  MemberNamer namer;
  CHECK(Assign(namer, "w/a.py") == "w/a.py");
  CHECK(Assign(namer, "w/a.py/inside") == "w/a.py~" + Hex("w/a.py") + "/inside");
  CHECK(Assign(namer, "w/d/inside") == "w/d/inside");
  CHECK(Assign(namer, "w/d") == "w/d~" + Hex("w/d"));
}

TEST_CASE("the format's own names are not given away") {
  MemberNamer namer;
  CHECK(Assign(namer, "README.txt") == "README~" + Hex("README.txt") + ".txt");
  CHECK(Assign(namer, "META/index.ndjson") == "META~" + Hex("META") + "/index.ndjson");
  CHECK(Assign(namer, "meta/x") == "meta~" + Hex("meta") + "/x");
  CHECK(Assign(namer, "w/META/x") == "w/META/x");
}

TEST_CASE("a path longer than systems take goes by its hash and stays in one folder") {
  MemberNamer namer;
  std::string folder = "workspace";
  for (int i = 0; i < 40; ++i) folder += "/" + std::string(50, static_cast<char>('a' + i % 26));
  const std::string deep = "workspace/~deep/" + Hex(folder, 16) + "/";
  CHECK(Assign(namer, folder + "/a.py") == deep + "a.py");
  CHECK(Assign(namer, folder + "/b.py") == deep + "b.py");
  CHECK(Assign(namer, folder + "/A.py") == deep + "A~" + Hex(folder + "/A.py") + ".py");
}

TEST_CASE("a name without a component is refused") {
  MemberNamer namer;
  for (const char* name : {"", "/", "//"}) {
    const auto member = namer.Assign(MakeEntry("file", "1", "", name));
    REQUIRE(!member.ok());
    CHECK(member.error().code() == ErrorCode::kUsage);
  }
}

TEST_CASE("many names of all sorts are all different, letter case aside") {
  MemberNamer namer;
  std::set<std::string> seen;
  for (int i = 0; i < 4000; ++i) {
    std::string name;
    for (int n = i, depth = 0; depth < 3; ++depth, n /= 7) {
      name += std::string("/") + "aAbBéÉ."[n % 7] + std::string(n % 5 == 0 ? 250 : 1, 'q');
    }
    const std::string member = FoldCase(Assign(namer, name));
    CHECK(seen.insert(member).second);
  }
}

TEST_CASE("the set of names costs little") {
  HashSet64 set;
  for (uint64_t i = 1; i <= 100000; ++i) {
    CHECK(set.Insert(i * 0x9E3779B97F4A7C15));
  }
  CHECK(set.size() == 100000);
  CHECK(!set.Insert(5 * 0x9E3779B97F4A7C15));
  CHECK(set.Contains(77 * 0x9E3779B97F4A7C15));
  CHECK(!set.Contains(3));
  CHECK(set.Insert(0));
  CHECK(!set.Insert(0));
}
