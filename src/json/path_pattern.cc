#include "json/path_pattern.h"

#include <cassert>

#include "json/path.h"

namespace dbxark::json {
namespace {

bool WildMatch(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  for (size_t taken = 1; taken <= text.size(); ++taken) {
    if (WildMatch(pattern, text.substr(taken))) return true;
  }
  return false;
}

}  // namespace

PathPattern::PathPattern(std::string_view pattern) {
  std::string_view rest = pattern;
  steps_ = Parse(rest, false);
  assert(rest.empty());
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].kind == Step::Kind::kEmbedded) embedded_at_ = i;
  }
}

void PathPattern::Append(std::vector<Step>& steps, const std::vector<Step>& following) {
  if (!steps.empty() && !steps.back().alternatives.empty()) {
    for (auto& alternative : steps.back().alternatives) Append(alternative, following);
  } else {
    steps.insert(steps.end(), following.begin(), following.end());
  }
}

std::vector<PathPattern::Step> PathPattern::Parse(std::string_view& rest, bool nested) {
  std::vector<Step> steps;
  while (!rest.empty()) {
    if (nested && (rest[0] == ',' || rest[0] == '}')) return steps;
    if (rest[0] == '.') {
      rest.remove_prefix(1);
    } else if (rest.starts_with("[]")) {
      steps.push_back({Step::Kind::kEachElement, {}, false, {}});
      rest.remove_prefix(2);
    } else if (rest.starts_with("{}")) {
      steps.push_back({Step::Kind::kEachMember, {}, false, {}});
      rest.remove_prefix(2);
    } else if (rest.starts_with("(json)")) {
      steps.push_back({Step::Kind::kEmbedded, {}, false, {}});
      rest.remove_prefix(6);
    } else if (rest[0] == '{') {
      Step step{Step::Kind::kMember, {}, false, {}};
      do {
        rest.remove_prefix(1);
        step.alternatives.push_back(Parse(rest, true));
      } while (!rest.empty() && rest[0] == ',');
      assert(!rest.empty() && rest[0] == '}');
      rest.remove_prefix(1);
      // What follows the choice follows each of its alternatives.
      const std::vector<Step> following = Parse(rest, nested);
      for (auto& alternative : step.alternatives) Append(alternative, following);
      steps.push_back(std::move(step));
      return steps;
    } else if (rest[0] == '"') {
      const size_t end = rest.find('"', 1);
      assert(end != std::string_view::npos);
      const std::string key(rest.substr(1, end - 1));
      steps.push_back({Step::Kind::kMember, key, key.find('*') != std::string::npos, {}});
      rest.remove_prefix(end + 1);
    } else {
      const size_t end = rest.find_first_of(nested ? ".[{(,}" : ".[{(");
      steps.push_back({Step::Kind::kMember, std::string(rest.substr(0, end)), false, {}});
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
    }
  }
  return steps;
}

PathPattern PathPattern::Outer() const {
  PathPattern outer;
  outer.steps_.assign(steps_.begin(), steps_.begin() + static_cast<ptrdiff_t>(embedded_at_));
  return outer;
}

PathPattern PathPattern::Inner() const {
  PathPattern inner;
  inner.steps_.assign(steps_.begin() + static_cast<ptrdiff_t>(embedded_at_) + 1, steps_.end());
  return inner;
}

void PathPattern::Match(Node root, const Visitor& visit) const { Walk(steps_, 0, root, {}, visit); }

void PathPattern::Walk(const std::vector<Step>& steps, size_t at, Node node, const std::string& path,
                       const Visitor& visit) {
  if (!node) return;
  if (at == steps.size()) {
    visit(node, path);
    return;
  }
  const Step& step = steps[at];
  if (!step.alternatives.empty()) {
    for (const auto& alternative : step.alternatives) Walk(alternative, 0, node, path, visit);
    return;
  }
  switch (step.kind) {
    case Step::Kind::kMember:
      if (!step.wild) {
        Walk(steps, at + 1, node[step.key], PathOfMember(path, step.key), visit);
        return;
      }
      for (const Node& member : node.members()) {
        const std::string key = member.key();
        if (WildMatch(step.key, key)) Walk(steps, at + 1, member, PathOfMember(path, key), visit);
      }
      return;
    case Step::Kind::kEachElement: {
      size_t index = 0;
      for (const Node& element : node.elements()) {
        Walk(steps, at + 1, element, path + "[" + std::to_string(index++) + "]", visit);
      }
      return;
    }
    case Step::Kind::kEachMember:
      for (const Node& member : node.members()) Walk(steps, at + 1, member, PathOfMember(path, member.key()), visit);
      return;
    case Step::Kind::kEmbedded: {
      auto document = Document::Parse(node.text());
      if (document.ok()) Walk(steps, at + 1, document->root(), path + "(json)", visit);
      return;
    }
  }
}

}  // namespace dbxark::json
