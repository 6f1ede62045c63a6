#include "format/tar_header.h"

#include <clocale>

#include "format/limits.h"
#include "format/second_reader.h"
#include "support/archive_fixture.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

std::vector<TarMember> Samples() {
  return {{"README.txt", 5, 1763701140, false},
          {"jobs/", 0, 0, true},
          {std::string(99, 'n'), 1, 1, false},
          {std::string(100, 'n'), 1, 1, false},
          {std::string(511, 'n'), 1, 1, false},
          {std::string(512, 'n'), 1, 1, false},
          {"目录/" + std::string(300, 'n') + "/😀.py", 7, 1763701140, false},
          {std::string(150, 'd') + "/", 0, 1763701140, true},
          {"big", (uint64_t{1} << 33) - 1, 1, false},
          {"bigger", uint64_t{1} << 33, 1, false},
          {"biggest", kMaxMember, int64_t{1} << 34, false}};
}

}  // namespace

TEST_CASE("libarchive reads our headers as they are meant") {
  for (const TarMember& member : Samples()) {
    INFO(member.name);
    const std::string header = EncodeTarHeader(member);
    CHECK(header.size() == TarHeaderSize(member.name));
    CHECK(header.size() % kTarBlock == 0);
    const auto finding = FindSecondOpinion(header, member);
    INFO(finding.value_or(""));
    CHECK(!finding);
    TarMember other = member;
    other.size += 1;
    CHECK(FindSecondOpinion(header, other));
    other = member;
    other.name = "x" + other.name;
    CHECK(FindSecondOpinion(header, other));
  }
}

TEST_CASE("frauds in headers are named") {
  const TarMember member{"a.txt", 5, 1, false};
  const auto with_type = [&](char type) {
    std::string header = EncodeTarHeader(member);
    header[156] = type;
    unsigned sum = 0;
    for (size_t i = 0; i < kTarBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    header.replace(148, 6, text);
    return header;
  };
  CHECK(Contains(ExplainTarHeader(with_type('1'), member), "hard link"));
  CHECK(Contains(ExplainTarHeader(with_type('2'), member), "symbolic link"));
  CHECK(Contains(ExplainTarHeader(with_type('3'), member), "device"));
  CHECK(Contains(ExplainTarHeader(with_type('6'), member), "pipe"));
  CHECK(Contains(ExplainTarHeader(with_type('S'), member), "sparse"));
  CHECK(Contains(ExplainTarHeader(with_type('x'), member), "of a type"));
  CHECK(Contains(ExplainTarHeader(std::string(512, '\0'), member), "ends"));
  CHECK(Contains(ExplainTarHeader("", member), "cut short"));
  CHECK(Contains(ExplainTarHeader(EncodeTarHeader({"b.txt", 5, 1, false}), member), "another name"));
  CHECK(Contains(ExplainTarHeader(EncodeTarHeader({"a.txt", 6, 1, false}), member), "not the one"));
  std::string broken = EncodeTarHeader(member);
  broken[0] = 'b';
  CHECK(Contains(ExplainTarHeader(broken, member), "checksum"));
}

TEST_CASE("unsafe names are found") {
  for (const char* name : {"a", "a/b", "目录/x.py", "...", "a/..b", "a b", "~deep/x", "100%25"}) {
    INFO(name);
    CHECK(!FindUnsafeName(name, false));
    CHECK(!FindUnsafeName(std::string(name) + "/", true));
  }
  for (const char* name :
       {"", "/", "/a", "..", ".", "a/..", "../a", "a/../b", "a/./b", "a//b", "a\nb", "a\\b", "\x7f", "a\xff", "a/"}) {
    INFO(name);
    CHECK(FindUnsafeName(name, false));
  }
  CHECK(FindUnsafeName(std::string("a\0b", 3), false));
  CHECK(FindUnsafeName("a", true));
  CHECK(FindUnsafeName("a//", true));
  CHECK(FindUnsafeName(std::string(5000, 'a'), false));
}
