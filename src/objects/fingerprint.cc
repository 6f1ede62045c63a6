#include "objects/fingerprint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "json/path_pattern.h"
#include "json/writer.h"
#include "objects/definition.h"

namespace dbxark::objects {
namespace {

using json::Node;
using json::Type;

bool IsInteger(std::string_view text) { return text.find_first_of(".eE") == std::string_view::npos; }

// 2.50 and 2.5, 1e3 and 1000: one spelling. Integers of any size keep theirs.
std::string NumberText(std::string_view raw) {
  if (IsInteger(raw)) return std::string(raw);
  double value = 0;
  const auto parsed = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (parsed.ec != std::errc()) return std::string(raw);
  constexpr double kExact = 9007199254740992.0;
  if (std::trunc(value) == value && std::abs(value) < kExact) return std::to_string(static_cast<int64_t>(value));
  char text[40];
  const auto written = std::to_chars(text, text + sizeof text, value);
  return std::string(text, written.ptr);
}

// One body, written so that what is the same is the same text.
class CanonicalText {
 public:
  CanonicalText(const ObjectDescriptor& kind, Node body) : body_(body) {
    for (const KeyedArray& keyed : kind.keyed_arrays) Mark(keyed.at, sets_);
    for (const std::string_view path : kind.case_blind) Mark(path, case_blind_);
    for (const ServerDefault& value : kind.server_defaults) {
      if (value.value.empty()) {
        Mark(value.path, left_out_);  // the service's own choice, where nothing was sent
        continue;
      }
      const auto expected = json::Document::Parse(std::string(value.value));
      if (!expected.ok()) continue;
      const std::string text = Plain(expected->root());
      json::PathPattern(value.path).Match(body, [&](Node node, const std::string&) {
        if (Plain(node) == text) left_out_.insert(node.begin());
      });
    }
    const std::string_view nest = kind.bodies.empty() ? "" : kind.bodies.front();
    for (const Activity& activity : kind.activities) {
      std::string_view at = activity.container;
      if (!nest.empty() && at.starts_with(nest)) at.remove_prefix(std::min(at.size(), nest.size() + 1));
      json::PathPattern(at).Match(body, [&](Node container, const std::string&) {
        if (const Node member = container[activity.member]) left_out_.insert(member.begin());
      });
    }
  }

  std::string Text() const { return Text(body_); }

 private:
  void Mark(std::string_view path, std::set<size_t>& marked) {
    json::PathPattern(path).Match(body_, [&](Node node, const std::string&) { marked.insert(node.begin()); });
  }

  // Without regard to what the kind says.
  static std::string Plain(Node node) {
    if (node.IsObject()) {
      std::map<std::string, std::string> members;
      for (const Node& member : node.members()) members[member.key()] = Plain(member);
      return Object(members);
    }
    if (node.IsArray()) {
      std::string text = "[";
      for (const Node& element : node.elements()) text += Plain(element) + ",";
      return text + "]";
    }
    return node.IsString() ? json::Quote(node.text()) : std::string(node.raw());
  }

  static std::string Object(const std::map<std::string, std::string>& members) {
    std::string text = "{";
    for (const auto& [key, value] : members) text += json::Quote(key) + ":" + value + ",";
    return text + "}";
  }

  static bool IsNothing(const std::string& text) { return text == "{}" || text == "[]" || text == "null"; }

  std::string Text(Node node) const {
    if (node.IsObject()) {
      std::map<std::string, std::string> members;
      for (const Node& member : node.members()) {
        if (left_out_.contains(member.begin())) continue;
        if (std::string text = Text(member); !IsNothing(text)) members[member.key()] = std::move(text);
      }
      return Object(members);
    }
    if (node.IsArray()) return Array(node);
    if (node.IsString()) return String(node);
    return node.type() == Type::kNumber ? NumberText(node.raw()) : std::string(node.raw());
  }

  std::string Array(Node node) const {
    std::vector<std::string> elements;
    for (const Node& element : node.elements()) {
      std::string text = Text(element);
      elements.push_back(IsNothing(text) ? "null" : std::move(text));
    }
    if (sets_.contains(node.begin())) std::sort(elements.begin(), elements.end());
    while (!elements.empty() && elements.back() == "null") elements.pop_back();
    return "[" + Join(elements, ",") + "]";
  }

  std::string String(Node node) const {
    std::string text = node.text();
    if (case_blind_.contains(node.begin())) text = ToLowerAscii(text);
    // JSON inside of a string may come back written otherwise.
    if (Trim(text).starts_with('{')) {
      if (const auto inner = json::Document::Parse(text); inner.ok()) return json::Quote(Plain(inner->root()));
    }
    // An int64 travels as a number or as a string of digits.
    if (const auto number = node.AsInt64(); number && std::to_string(*number) == text) return text;
    return json::Quote(text);
  }

  const Node body_;
  std::set<size_t> sets_, case_blind_, left_out_;  // by where they begin
};

}  // namespace

Result<std::string> FingerprintOf(const ObjectDescriptor& kind, const std::string& body) {
  auto document = json::Document::Parse(body);
  if (!document.ok()) return std::move(document).error();
  return ToHex(Sha256Of(std::string(kind.name) + "\n" + CanonicalText(kind, document->root()).Text()));
}

Result<std::string> FingerprintOfDefinition(const ObjectDescriptor& kind, const std::string& definition) {
  auto document = json::Document::Parse(definition);
  if (!document.ok()) return std::move(document).error();
  auto prepared = Prepare(kind, *document, Identity(), {.hold_back = false});
  if (!prepared.ok()) return std::move(prepared).error();
  return FingerprintOf(kind, prepared->body);
}

}  // namespace dbxark::objects
