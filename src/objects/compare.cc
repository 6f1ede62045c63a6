#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/text.h"
#include "json/path_pattern.h"
#include "json/writer.h"
#include "objects/definition.h"

namespace dbxark::objects {
namespace {

using json::Node;
using json::Type;

// One comparison of two bodies. Which nodes are keyed arrays and defaults is found before, by their patterns.
class Comparison {
 public:
  Comparison(const ObjectDescriptor& kind, Node left, Node right) : kind_(kind), left_(left), right_(right) {
    for (const KeyedArray& keyed : kind.keyed_arrays) {
      const auto note = [&](Node node, const std::string&) { keyed_[node.begin() << 1 | side_] = keyed.key; };
      const json::PathPattern pattern(keyed.at);
      side_ = 0;
      pattern.Match(left, note);
      side_ = 1;
      pattern.Match(right, note);
    }
    for (const std::string_view path : kind.case_blind) {
      json::PathPattern(path).Match(left, [&](Node node, const std::string&) { case_blind_.insert(node.begin()); });
    }
    for (const ServerDefault& value : kind.server_defaults) {
      const auto note = [&](Node node, const std::string&) {
        const bool any = value.value.empty() && side_ == 1;
        if (any || IsText(node, value.value)) defaults_.insert(node.begin() << 1 | side_);
      };
      const json::PathPattern pattern(value.path);
      side_ = 0;
      pattern.Match(left, note);
      side_ = 1;
      pattern.Match(right, note);
    }
  }

  std::vector<Difference> Run() {
    Walk(left_, right_, {});
    return std::move(differences_);
  }

 private:
  // Whether it is this JSON text, however it was laid out.
  static bool IsText(Node node, std::string_view text) {
    if (node.raw() == text) return true;
    if (!node.IsObject()) return false;
    const auto document = json::Document::Parse(std::string(text));
    return document.ok() && Canonical(node) == Canonical(document->root());
  }

  bool IsDefault(Node node, size_t side) const { return defaults_.contains(node.begin() << 1 | side); }

  // {"on_failure":[]} as well: what is left of an object once its only reference was dropped.
  static bool IsEmpty(Node node) {
    if (!node || node.IsNull()) return true;
    if (node.IsArray()) return node.size() == 0;
    if (!node.IsObject()) return false;
    const std::vector<Node> members = node.members();
    return std::all_of(members.begin(), members.end(), IsEmpty);
  }

  void Add(const std::string& path, Node left, Node right) {
    // Empty containers and absence are the same: the service leaves out what is empty.
    if (IsEmpty(left) && IsEmpty(right)) return;
    if (!left && IsDefault(right, 1)) return;
    if (!right && IsDefault(left, 0)) return;
    differences_.push_back({path, std::string(left.raw()), std::string(right.raw()), false});
  }

  void Walk(Node left, Node right, const std::string& path) {
    if (left && right && left.IsObject() && right.IsObject()) return WalkObjects(left, right, path);
    if (left && right && left.IsArray() && right.IsArray()) return WalkArrays(left, right, path);
    if (left && right && (SameScalar(left, right) || SameButForCase(left, right))) return;
    Add(path, left, right);
  }

  void WalkObjects(Node left, Node right, const std::string& path) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const Node& member : left.members()) {
      const std::string key = member.key();
      Walk(member, right[key], prefix + key);
    }
    for (const Node& member : right.members()) {
      const std::string key = member.key();
      if (!left[key]) Walk(Node(), member, prefix + key);
    }
  }

  void WalkArrays(Node left, Node right, const std::string& path) {
    const auto keyed = keyed_.find(left.begin() << 1);
    if (keyed == keyed_.end()) {
      const std::vector<Node> a = left.elements(), b = right.elements();
      for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        Walk(i < a.size() ? a[i] : Node(), i < b.size() ? b[i] : Node(), path + "[" + std::to_string(i) + "]");
      }
      return;
    }
    const auto key_of = [&](Node element) {
      return keyed->second.empty() ? Canonical(element) : element[keyed->second].TextOrNumber();
    };
    std::multimap<std::string, Node> rest;
    for (const Node& element : right.elements()) rest.emplace(key_of(element), element);
    for (const Node& element : left.elements()) {
      const std::string key = key_of(element);
      const auto match = rest.find(key);
      const std::string at = path + "[" + key + "]";
      if (match == rest.end()) {
        Walk(element, Node(), at);
        continue;
      }
      if (!keyed->second.empty()) Walk(element, match->second, at);
      rest.erase(match);
    }
    for (const auto& [key, element] : rest) Walk(Node(), element, path + "[" + key + "]");
  }

  static std::string Canonical(Node node) {
    if (node.IsObject()) {
      std::map<std::string, std::string> members;
      for (const Node& member : node.members()) members[member.key()] = Canonical(member);
      std::string text = "{";
      for (const auto& [key, value] : members) text += json::Quote(key) + ":" + value + ",";
      return text + "}";
    }
    if (node.IsArray()) {
      std::string text = "[";
      for (const Node& element : node.elements()) text += Canonical(element) + ",";
      return text + "]";
    }
    return node.IsString() ? json::Quote(node.text()) : std::string(node.raw());
  }

  bool SameButForCase(Node left, Node right) const {
    return case_blind_.contains(left.begin()) && ToLowerAscii(left.text()) == ToLowerAscii(right.text());
  }

  static bool SameScalar(Node left, Node right) {
    if (left.raw() == right.raw()) return true;
    if (left.IsString() && right.IsString()) {
      const std::string a = left.text(), b = right.text();
      if (a == b) return true;
      // JSON inside of a string may come back written otherwise.
      if (!Trim(a).starts_with('{') || !Trim(b).starts_with('{')) return false;
      auto inner_a = json::Document::Parse(a), inner_b = json::Document::Parse(b);
      return inner_a.ok() && inner_b.ok() && Canonical(inner_a->root()) == Canonical(inner_b->root());
    }
    // An int64 travels as a number or as a string of digits.
    if (left.type() != right.type() && (left.IsString() || right.IsString())) {
      const auto a = left.AsInt64(), b = right.AsInt64();
      return a && b && *a == *b;
    }
    if (left.type() == Type::kNumber && right.type() == Type::kNumber) {
      double a = 0, b = 0;
      const auto number = [](std::string_view text, double& value) {
        return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
      };
      const bool integers = left.raw().find_first_of(".eE") == std::string_view::npos &&
                            right.raw().find_first_of(".eE") == std::string_view::npos;
      return !integers && number(left.raw(), a) && number(right.raw(), b) && a == b;
    }
    return false;
  }

  const ObjectDescriptor& kind_;
  Node left_, right_;
  std::map<size_t, std::string_view> keyed_;  // arrays, by where they begin and the side
  std::set<size_t> defaults_;
  std::set<size_t> case_blind_;  // at the left
  size_t side_ = 0;
  std::vector<Difference> differences_;
};

// Whether the right side has this activity off: then it may be one that a restore held back.
bool IsHeldBack(const ObjectDescriptor& kind, const Difference& difference) {
  for (const Activity& activity : kind.activities) {
    const std::string suffix = "." + std::string(activity.member);
    if (difference.path != activity.member && !difference.path.ends_with(suffix)) continue;
    const bool off_right = difference.right == activity.off || (difference.right.empty() && !activity.absent_is_on);
    const bool on_left = difference.left.empty() ? activity.absent_is_on : difference.left != activity.off;
    if (off_right && on_left) return true;
  }
  return false;
}

}  // namespace

Result<std::vector<Difference>> Compare(const ObjectDescriptor& kind, const std::string& left,
                                        const std::string& right) {
  auto a = json::Document::Parse(left);
  if (!a.ok()) return std::move(a).error();
  auto b = json::Document::Parse(right);
  if (!b.ok()) return std::move(b).error();
  std::vector<Difference> differences = Comparison(kind, a->root(), b->root()).Run();
  for (Difference& difference : differences) difference.held_back = IsHeldBack(kind, difference);
  return differences;
}

Result<std::vector<Difference>> CompareJson(const std::string& left, const std::string& right) {
  static const ObjectDescriptor kNothingKnown{.name = "json"};
  return Compare(kNothingKnown, left, right);
}

}  // namespace dbxark::objects
