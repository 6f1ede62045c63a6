#include "audit/text_diff.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "json/writer.h"

namespace dbxark::audit {
namespace {

// Memory and time of the search grow with the square of the number of changes.
constexpr int kMostEdits = 2000;
constexpr size_t kContext = 3;

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t size = end == std::string_view::npos ? text.size() : end + 1;  // with its end: its absence counts
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

enum class Edit : uint8_t { kKeep, kRemove, kAdd };

// The shortest way from `a` to `b` (E. W. Myers, "An O(ND) difference algorithm and its variations", 1986), or all of
// `a` out and all of `b` in where that would be too long.
std::vector<Edit> ShortestEdits(const std::vector<int>& a, const std::vector<int>& b) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  const int most = std::min(n + m, kMostEdits);
  std::vector<int> furthest(2 * static_cast<size_t>(most) + 3, 0);
  const auto at = [&](int k) -> int& { return furthest[static_cast<size_t>(k + most + 1)]; };
  std::vector<std::vector<int>> trace;
  int edits = -1;
  for (int d = 0; d <= most && edits < 0; ++d) {
    trace.emplace_back(furthest.begin() + (most + 1 - d), furthest.begin() + (most + 2 + d));
    for (int k = -d; k <= d; k += 2) {
      int x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      while (x < n && x - k < m && a[static_cast<size_t>(x)] == b[static_cast<size_t>(x - k)]) ++x;
      at(k) = x;
      if (x >= n && x - k >= m) {
        edits = d;
        break;
      }
    }
  }
  std::vector<Edit> script;
  if (edits < 0) {
    script.assign(a.size(), Edit::kRemove);
    script.insert(script.end(), b.size(), Edit::kAdd);
    return script;
  }
  // Backwards along what was the furthest before each edit.
  int x = n, y = m;
  for (int d = edits; d > 0; --d) {
    const std::vector<int>& before = trace[static_cast<size_t>(d)];
    const auto was = [&](int k) { return k < -d || k > d ? 0 : before[static_cast<size_t>(k + d)]; };
    const int k = x - y;
    const bool down = k == -d || (k != d && was(k - 1) < was(k + 1));
    const int from_k = down ? k + 1 : k - 1;
    const int from_x = was(from_k), from_y = from_x - from_k;
    while (x > from_x && y > from_y && (down ? y > from_y + 1 : x > from_x + 1)) {
      script.push_back(Edit::kKeep);
      --x, --y;
    }
    script.push_back(down ? Edit::kAdd : Edit::kRemove);
    x = from_x, y = from_y;
  }
  for (; x > 0; --x) script.push_back(Edit::kKeep);
  std::reverse(script.begin(), script.end());
  return script;
}

void WriteLine(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

std::string Range(size_t from, size_t count) {
  // As diff has it: an empty range is numbered by the line before it.
  return std::to_string(count == 0 ? from : from + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

std::string UnifiedPatch(const std::vector<Edit>& script, const std::vector<std::string_view>& left,
                         const std::vector<std::string_view>& right) {
  std::string patch;
  size_t i = 0, l = 0, r = 0;
  while (i < script.size()) {
    if (script[i] == Edit::kKeep) {
      ++i, ++l, ++r;
      continue;
    }
    const size_t lead = std::min(kContext, std::min(l, r));
    size_t end = i, quiet = 0;  // a hunk goes on until there are more kept lines than two contexts
    for (size_t j = i; j < script.size() && quiet <= 2 * kContext; ++j) {
      quiet = script[j] == Edit::kKeep ? quiet + 1 : 0;
      if (quiet == 0) end = j + 1;
    }
    for (size_t tail = 0; tail < kContext && end < script.size(); ++tail) ++end;
    size_t left_count = lead, right_count = lead;
    std::string body;
    for (size_t back = lead; back > 0; --back) WriteLine(body, ' ', left[l - back]);
    const size_t left_from = l - lead, right_from = r - lead;
    for (; i < end; ++i) {
      if (script[i] == Edit::kKeep) {
        WriteLine(body, ' ', left[l]);
        ++l, ++r, ++left_count, ++right_count;
      } else if (script[i] == Edit::kRemove) {
        WriteLine(body, '-', left[l++]);
        ++left_count;
      } else {
        WriteLine(body, '+', right[r++]);
        ++right_count;
      }
    }
    patch += "@@ -" + Range(left_from, left_count) + " +" + Range(right_from, right_count) + " @@\n" + body;
  }
  return patch;
}

std::string SortedJson(json::Node node) {
  if (node.IsObject()) {
    std::map<std::string, json::Node> members;
    for (const json::Node& member : node.members()) members[member.key()] = member;
    json::Writer out;
    out.BeginObject();
    for (const auto& [key, value] : members) out.Key(key).Raw(SortedJson(value));
    return out.EndObject().Take();
  }
  if (node.IsArray()) {
    json::Writer out;
    out.BeginArray();
    for (const json::Node& element : node.elements()) out.Raw(SortedJson(element));
    return out.EndArray().Take();
  }
  return std::string(node.raw());
}

}  // namespace

TextDiff DiffTexts(std::string_view left, std::string_view right, bool with_patch, std::string_view left_name,
                   std::string_view right_name) {
  const std::vector<std::string_view> a = LinesOf(left), b = LinesOf(right);
  size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  std::unordered_map<std::string_view, int> numbers;
  const auto numbered = [&](const std::vector<std::string_view>& lines) {
    std::vector<int> all;
    for (size_t i = head; i < lines.size() - tail; ++i) {
      all.push_back(numbers.emplace(lines[i], static_cast<int>(numbers.size())).first->second);
    }
    return all;
  };
  const std::vector<int> middle_a = numbered(a), middle_b = numbered(b);
  const std::vector<Edit> middle = ShortestEdits(middle_a, middle_b);
  TextDiff diff;
  diff.added = static_cast<uint64_t>(std::count(middle.begin(), middle.end(), Edit::kAdd));
  diff.removed = static_cast<uint64_t>(std::count(middle.begin(), middle.end(), Edit::kRemove));
  if (with_patch && diff.added + diff.removed > 0) {
    std::vector<Edit> script(head, Edit::kKeep);
    script.insert(script.end(), middle.begin(), middle.end());
    script.insert(script.end(), tail, Edit::kKeep);
    diff.patch.append("--- ").append(left_name).append("\n+++ ").append(right_name).append("\n");
    diff.patch += UnifiedPatch(script, a, b);
  }
  return diff;
}

bool LooksLikeText(std::string_view bytes) { return bytes.find('\0') == std::string_view::npos && IsValidUtf8(bytes); }

std::string SortedPretty(json::Node node) {
  std::string text = json::Pretty(SortedJson(node));
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace dbxark::audit
