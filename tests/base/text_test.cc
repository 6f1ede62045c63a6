#include "base/text.h"

#include <algorithm>

#include "support/catch.h"

using namespace dbxark;

namespace {

size_t CharactersOf(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

TEST_CASE("trimming takes white space from both ends and leaves what is inside") {
  CHECK(Trim("  a b \r\n\t") == "a b");
  CHECK(Trim(" \t\n").empty());
  CHECK(Trim("").empty());
}

TEST_CASE("splitting keeps empty parts, and joining is its reverse") {
  CHECK(Split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(Split("", ',') == std::vector<std::string_view>{""});
  CHECK(Join({"a", "", "b"}, ", ") == "a, , b");
  CHECK(Join({}, ", ").empty());
  CHECK(Join({"x", "x"}, "-") == "x-x");
}

TEST_CASE("case is ignored for ASCII alone") {
  CHECK(ToLowerAscii("AbZ\xC3\x84") == "abz\xC3\x84");
  CHECK(ContainsIgnoreCase("Bearer TOKEN", "token"));
  CHECK_FALSE(ContainsIgnoreCase("Bearer", "token"));
  CHECK(ContainsIgnoreCase("anything", ""));
}

TEST_CASE("UTF-8 is valid only in its shortest form, without surrogates, up to U+10FFFF") {
  for (const char* valid :
       {"", "abc", "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    INFO(valid);
    CHECK(IsValidUtf8(valid));
  }
  for (const char* wrong : {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE4\xB8",
                            "\xE4\xB8"
                            "a"}) {
    INFO(Printable(wrong));
    CHECK_FALSE(IsValidUtf8(wrong));
  }
}

TEST_CASE("a prefix never cuts a character") {
  const std::string text =
      "a\xE4\xB8\xAD"
      "b";
  CHECK(Utf8Prefix(text, 0).empty());
  CHECK(Utf8Prefix(text, 1) == "a");
  CHECK(Utf8Prefix(text, 2) == "a");
  CHECK(Utf8Prefix(text, 3) == "a");
  CHECK(Utf8Prefix(text, 4) == "a\xE4\xB8\xAD");
  CHECK(Utf8Prefix(text, 99) == text);
}

TEST_CASE("what a terminal would obey is printed as an escape, all else as it is") {
  CHECK(Printable("plain \xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80") == "plain \xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80");
  CHECK(Printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(Printable("\x1b[31m") == "\\x1b[31m");
  CHECK(Printable(std::string_view("\0", 1)) == "\\x00");
  CHECK(Printable("\x7f") == "\\x7f");
  CHECK(Printable("\xC2\x9B"
                  "2J") == "\\xc2\\x9b2J");
  CHECK(Printable("\xFF\xC3") == "\\xff\\xc3");
  CHECK(Printable("\xC2\xA0") == "\xC2\xA0");
}

TEST_CASE("what cannot be seen and changes how the rest is seen is printed as an escape") {
  CHECK(Printable("\u202etxt.exe") == "\\u202etxt.exe");
  CHECK(Printable("zero\u200bwidth\ufeff\u2066") == "zero\\u200bwidth\\ufeff\\u2066");
  CHECK(Printable("a\u2028b") == "a\\u2028b");
  CHECK(ShellQuote("\u202etxt.exe") == "$'\\u202etxt.exe'");
  // A family is four people and three joiners; Persian needs its own.
  for (const char* plain : {"👩\u200d👩\u200d👧", "می\u200cخواهم", "\u2027", "\u202f", "\u205f", "\u3000", "דוח", "ਅ"}) {
    CHECK(Printable(plain) == plain);
  }
}

TEST_CASE("a long name is shortened in its middle, to the width asked for and not within a character") {
  CHECK(Shorten("short", 5) == "short");
  CHECK(Shorten("abcdefghij", 5) == "ab…ij");
  CHECK(Shorten("abcdefghij", 6) == "ab…hij");
  for (size_t width = 0; width < 12; ++width) {
    INFO(width);
    const std::string shortened =
        Shorten("\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD", width);
    CHECK(IsValidUtf8(shortened));
    CHECK(CharactersOf(shortened) == std::min<size_t>(width, 7));
  }
  CHECK(Shorten("a\nb", 10) == "a\\nb");
}

TEST_CASE("what is meant to be pasted is quoted for a shell") {
  CHECK(ShellQuote("/Users/ana@example.com/x-1.py") == "/Users/ana@example.com/x-1.py");
  CHECK(ShellQuote("") == "''");
  CHECK(ShellQuote("two words") == "'two words'");
  CHECK(ShellQuote("it's") == "'it'\\''s'");
  CHECK(ShellQuote("$HOME `x` \"y\" \\ *") == "'$HOME `x` \"y\" \\ *'");
  CHECK(ShellQuote("\xE4\xB8\xAD") == "'\xE4\xB8\xAD'");
  CHECK(ShellQuote("a\nb") == "$'a\\nb'");
  CHECK(ShellQuote("a'\\\n") == "$'a\\'\\\\\\n'");
  CHECK(ShellQuote("~root") == "'~root'");
}

TEST_CASE("a quoted text holds nothing that a terminal would obey") {
  CHECK(ShellQuote("\xFF") == "$'\\xff'");
  CHECK(ShellQuote("\xC2\x9B"
                   "2J") == "$'\\xc2\\x9b2J'");
  CHECK(ShellQuote("\xE4\xB8\xAD\x1b") == "$'\xE4\xB8\xAD\\x1b'");
}

TEST_CASE("numbers are grouped by thousands") {
  CHECK(WithSeparators(0) == "0");
  CHECK(WithSeparators(999) == "999");
  CHECK(WithSeparators(1000) == "1,000");
  CHECK(WithSeparators(14208) == "14,208");
  CHECK(WithSeparators(18446744073709551615u) == "18,446,744,073,709,551,615");
}

TEST_CASE("sizes are shown in binary units") {
  CHECK(HumanSize(0) == "0 B");
  CHECK(HumanSize(1023) == "1023 B");
  CHECK(HumanSize(1024) == "1.0 KiB");
  CHECK(HumanSize(2040109466) == "1.9 GiB");
  CHECK(HumanSize(315621376) == "301 MiB");
  CHECK(HumanSize(1048575) == "1.0 MiB");
}

TEST_CASE("a counted thing is in the plural unless it is one") {
  CHECK(Counted(1, "job") == "1 job");
  CHECK(Counted(0, "job") == "0 jobs");
  CHECK(Counted(1200, "job") == "1,200 jobs");
  CHECK(Counted(2, "directory", "directories") == "2 directories");
  CHECK(Counted(1, "directory", "directories") == "1 directory");
}

TEST_CASE("one star and ? stay within a folder, two stars do not") {
  CHECK(GlobMatch("/a/*", "/a/b"));
  CHECK(GlobMatch("/a/*", "/a/"));
  CHECK_FALSE(GlobMatch("/a/*", "/a/b/c"));
  CHECK(GlobMatch("/a/**", "/a/b/c"));
  CHECK(GlobMatch("/a/**/c", "/a/b/b/c"));
  CHECK(GlobMatch("**c", "/a/b/c"));
  CHECK(GlobMatch("/?/b", "/a/b"));
  CHECK_FALSE(GlobMatch("?", "/"));
  CHECK(GlobMatch("?", "\xE4\xB8\xAD"));
  CHECK(GlobMatch("*", ""));
  CHECK_FALSE(GlobMatch("?", ""));
  CHECK_FALSE(GlobMatch("", "a"));
  CHECK(GlobMatch("", ""));
}

TEST_CASE("a folder is matched by everything below it") {
  CHECK(GlobMatch("/a/**", "/a"));
  CHECK_FALSE(GlobMatch("/a/**", "/ab"));
  CHECK_FALSE(GlobMatch("/a/**", "/"));
  CHECK(GlobMatch("/**", "/anything"));
}

TEST_CASE("a class matches one of its characters") {
  CHECK(GlobMatch("[a-c]x", "bx"));
  CHECK_FALSE(GlobMatch("[a-c]x", "dx"));
  CHECK(GlobMatch("[!a-c]x", "dx"));
  CHECK(GlobMatch("[^a]", "b"));
  CHECK_FALSE(GlobMatch("[!a]", "a"));
  CHECK(GlobMatch("[]a]", "]"));
  CHECK(GlobMatch("[a-]", "-"));
  CHECK_FALSE(GlobMatch("[!a]", "/"));
  CHECK(GlobMatch("a[b", "a[b"));
}

TEST_CASE("a backslash takes the meaning from the next character") {
  CHECK(GlobMatch("a\\*", "a*"));
  CHECK_FALSE(GlobMatch("a\\*", "ab"));
  CHECK(GlobMatch("\\[x\\]", "[x]"));
  CHECK(GlobMatch("a\\", "a\\"));
}

TEST_CASE("a pattern of many stars ends, whatever it is matched against") {
  CHECK_FALSE(GlobMatch("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(400, 'a')));
}

TEST_CASE("the distance of two words counts insertions, deletions, replacements and swaps") {
  CHECK(EditDistance("job", "job") == 0);
  CHECK(EditDistance("jobs", "job") == 1);
  CHECK(EditDistance("jbo", "job") == 1);
  CHECK(EditDistance("cat", "car") == 1);
  CHECK(EditDistance("", "abc") == 3);
}

TEST_CASE("all but unreserved characters are percent-encoded") {
  CHECK(UrlEncode("aZ09-._~") == "aZ09-._~");
  CHECK(UrlEncode("/a b&c=d+e%") == "%2Fa%20b%26c%3Dd%2Be%25");
  CHECK(UrlEncode("/a b/c", true) == "/a%20b/c");
  CHECK(UrlEncode("\xE4\xB8\xAD\n") == "%E4%B8%AD%0A");
  CHECK(UrlEncode(std::string_view("\0", 1)) == "%00");
}
