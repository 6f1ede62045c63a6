#include "audit/text_diff.h"

#include <random>

#include "support/catch.h"

using dbxark::audit::DiffTexts;
using dbxark::audit::LooksLikeText;
using dbxark::audit::TextDiff;

namespace {

// The right text, made from the left one and the patch.
std::string Applied(const std::string& left, const std::string& patch) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < left.size();) {
    const size_t end = left.find('\n', at);
    const size_t size = end == std::string::npos ? left.size() - at : end + 1 - at;
    lines.push_back(left.substr(at, size));
    at += size;
  }
  std::string right;
  size_t next = 0, at = 0;
  std::string* last = nullptr;
  std::string dropped;
  while (at < patch.size()) {
    const size_t end = patch.find('\n', at) + 1;
    const std::string line = patch.substr(at, end - at);
    at = end;
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@ -")) {
      const size_t comma = line.find_first_of(", ", 4);
      size_t from = std::stoul(line.substr(4, comma - 4));
      const bool empty = line.substr(comma).starts_with(",0 ");
      if (!empty) --from;
      while (next < from) right += lines[next++];
    } else if (line[0] == '\\') {
      if (last == &right) right.pop_back();
    } else if (line[0] == '-') {
      ++next;
      last = &dropped;
    } else {
      if (line[0] == ' ') ++next;
      right += line.substr(1);
      last = &right;
    }
  }
  while (next < lines.size()) right += lines[next++];
  return right;
}

TextDiff Diff(const std::string& left, const std::string& right) { return DiffTexts(left, right, true, "a", "b"); }

}  // namespace

TEST_CASE("equal texts have no difference") {
  const TextDiff diff = Diff("a\nb\n", "a\nb\n");
  CHECK(diff.added == 0);
  CHECK(diff.removed == 0);
  CHECK(diff.patch.empty());
}

TEST_CASE("a patch is what diff -u writes") {
  CHECK(Diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n").patch ==
        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  CHECK(Diff("", "x\n").patch == "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  CHECK(Diff("x\n", "x").patch == "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n");
}

TEST_CASE("hunks far from each other are apart, near ones together") {
  std::string left, near, far;
  for (int i = 0; i < 30; ++i) {
    const std::string line = std::to_string(i) + "\n";
    left += line;
    near += i == 10 || i == 15 ? "x\n" : line;
    far += i == 5 || i == 25 ? "x\n" : line;
  }
  const auto hunks = [](const std::string& patch) {
    size_t count = 0;
    for (size_t at = patch.find("@@ -"); at != std::string::npos; at = patch.find("@@ -", at + 1)) ++count;
    return count;
  };
  CHECK(hunks(Diff(left, near).patch) == 1);
  CHECK(hunks(Diff(left, far).patch) == 2);
}

TEST_CASE("the patch of any two texts makes the one from the other, with the fewest lines") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string left, right;
    for (std::string* text : {&left, &right}) {
      const size_t count = random() % 25;
      for (size_t i = 0; i < count; ++i) {
        *text += static_cast<char>('a' + random() % 4);
        if (i + 1 < count || random() % 2 == 0) *text += '\n';
      }
    }
    INFO(left + "---\n" + right);
    const TextDiff diff = Diff(left, right);
    CHECK(Applied(left, diff.patch) == right);
    // The longest common subsequence says how few there can be.
    std::vector<std::string> a, b;
    for (const auto& [text, lines] : {std::pair(&left, &a), std::pair(&right, &b)}) {
      for (size_t at = 0; at < text->size();) {
        const size_t end = std::min(text->find('\n', at), text->size() - 1) + 1;
        lines->push_back(text->substr(at, end - at));
        at = end;
      }
    }
    std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 1; i <= a.size(); ++i) {
      for (size_t j = 1; j <= b.size(); ++j) {
        common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1 : std::max(common[i - 1][j], common[i][j - 1]);
      }
    }
    CHECK(diff.removed == a.size() - common[a.size()][b.size()]);
    CHECK(diff.added == b.size() - common[a.size()][b.size()]);
  }
}

TEST_CASE("texts that have nothing in common do not take for ever") {
  std::string left, right;
  for (int i = 0; i < 50000; ++i) {
    left += "l" + std::to_string(i) + "\n";
    right += "r" + std::to_string(i) + "\n";
  }
  const TextDiff diff = Diff(left, right);
  CHECK(diff.added == 50000);
  CHECK(diff.removed == 50000);
}

TEST_CASE("text is told from other bytes") {
  CHECK(LooksLikeText("# Databricks notebook source\n"));
  CHECK(LooksLikeText(""));
  CHECK_FALSE(LooksLikeText(std::string("a\0b", 3)));
  CHECK_FALSE(LooksLikeText("\xff\xfe"));
}
