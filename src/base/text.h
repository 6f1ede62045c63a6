// Small things with text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dbxark {

std::string ToLowerAscii(std::string_view text);
std::string_view Trim(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
bool ContainsIgnoreCase(std::string_view text, std::string_view part);

bool IsValidUtf8(std::string_view text);
// The longest prefix of at most `limit` bytes that does not cut a UTF-8 character.
std::string_view Utf8Prefix(std::string_view text, size_t limit);

// For a terminal: control characters, DEL, C1, bytes that are no UTF-8 and what cannot be seen: \n, \x1b, \u202e, ...
std::string Printable(std::string_view text);
// Printable, and at most `width` characters, with "…" in the middle of what is longer.
std::string Shorten(std::string_view text, size_t width);
// As a shell takes it: unquoted where that is safe, else in single quotes ($'..' where there are control characters).
std::string ShellQuote(std::string_view text);

// 14208 -> "14,208".
std::string WithSeparators(uint64_t number);
// 2040109466 -> "1.9 GiB".
std::string HumanSize(uint64_t bytes);
// "1 job", "2 jobs".
std::string Counted(uint64_t count, std::string_view singular, std::string_view plural = {});

// Shell-like: ? and * stop at '/', ** does not, [a-z] is a class, \ quotes. A "/**" at the end matches the folder
// itself too.
bool GlobMatch(std::string_view pattern, std::string_view text);

// How many insertions, deletions, replacements and swaps lie between two words.
size_t EditDistance(std::string_view a, std::string_view b);

// Percent-encodes all but unreserved characters; `keep_slashes` leaves '/' alone.
std::string UrlEncode(std::string_view text, bool keep_slashes = false);

}  // namespace dbxark
