#include "objects/no_match.h"

#include <algorithm>

#include "base/text.h"
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

// The nearest few of many words, without keeping the many.
class Nearest {
 public:
  // Of a pattern, what stands before its first wildcard: then names are near that begin in such a way.
  explicit Nearest(const std::string& glob)
      : word_(ToLowerAscii(glob.substr(0, glob.find_first_of("*?")))), pattern_(word_.size() < glob.size()) {}

  // `aside`: of another kind than was named.
  void Offer(const std::string& name, std::string selector, bool aside) {
    std::string lower = ToLowerAscii(name);
    if (pattern_) lower.resize(std::min(lower.size(), word_.size()));
    if (pattern_ && word_.size() < 3) return;  // nearly everything begins so
    // The distance costs the product of both lengths.
    if (lower.size() > 400 || word_.size() > 400) return;
    const size_t limit = std::max<size_t>(pattern_ ? 0 : 2, word_.size() / 3);
    const size_t gap = lower.size() > word_.size() ? lower.size() - word_.size() : word_.size() - lower.size();
    const std::string tail = Tail(lower);
    size_t distance = limit + 1;
    if (gap <= limit) distance = EditDistance(word_, lower);
    if (!pattern_ && !tail.empty() && tail == Tail(word_)) distance = std::min<size_t>(distance, 2);
    if (!pattern_ && word_.size() >= 3 && lower.find(word_) != std::string::npos) distance = std::min(distance, limit);
    if (distance > limit) return;
    // Names need not be unique, and may be seen on two sides.
    const auto same = [&](const auto& one) { return one.second == selector; };
    if (std::any_of(best_.begin(), best_.end(), same)) return;
    best_.emplace_back(std::pair(distance, aside), std::move(selector));
    std::stable_sort(best_.begin(), best_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (best_.size() > 3) best_.pop_back();
  }

  const std::vector<std::pair<std::pair<size_t, bool>, std::string>>& best() const { return best_; }

 private:
  static std::string Tail(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(slash + 1);
  }

  const std::string word_;
  const bool pattern_;
  std::vector<std::pair<std::pair<size_t, bool>, std::string>> best_;
};

// In the tree a name may be of another kind than was thought.
bool MayBeMeant(const Selector& selector, const ObjectDescriptor& kind) {
  return selector.kind().name == kind.name ||
         (selector.kind().storage == Storage::kTree && kind.storage == Storage::kTree);
}

std::string TextsOf(const std::vector<Selector>& selectors) {
  std::vector<std::string> texts;
  for (const Selector& selector : selectors) texts.push_back(ShellQuote(selector.text()));
  return Join(texts, ", ");
}

}  // namespace

EachName Each(const Names& names) {
  return [&names](const NameVisitor& visit) {
    for (const auto& [kind, natural_key] : names) visit(kind, natural_key);
    return Status();
  };
}

Error NothingMatches(const std::string& nothing, const std::vector<Selector>& unmatched, const EachName& each,
                     const std::string& otherwise) {
  std::vector<std::string> near;
  for (const Selector& selector : unmatched) {
    if (selector.glob().empty()) continue;
    Nearest nearest(selector.glob());
    const Status seen = each([&](std::string_view kind_name, const std::string& natural_key) {
      const ObjectDescriptor* kind = FindKind(kind_name);
      if (kind == nullptr || !MayBeMeant(selector, *kind)) return;
      nearest.Offer(natural_key, ShellQuote(std::string(kind->plural) + ":" + natural_key), kind != &selector.kind());
    });
    if (!seen.ok()) return seen.error();
    for (const auto& [distance, name] : nearest.best()) {
      if (std::find(near.begin(), near.end(), name) == near.end()) near.push_back(name);
    }
  }
  std::string message = nothing + " matches " + TextsOf(unmatched);
  if (!near.empty()) {
    message += "; near: " + Join(near, ", ");
  } else if (!otherwise.empty()) {
    message += "; " + otherwise;
  }
  return Error(ErrorCode::kNotFound, std::move(message));
}

void NameCheck::See(std::string_view kind, std::string_view id, const std::string& natural_key) {
  included_.See(kind, id, natural_key);
  excluded_.See(kind, id, natural_key);
  names_.emplace_back(kind, natural_key);
}

Status NameCheck::Finish(const std::string& nothing) const {
  std::vector<Selector> unmatched = included_.UnmatchedNames();
  for (Selector& selector : excluded_.UnmatchedNames()) {
    // What is left out as a kind is not seen.
    if (selection_.MayMatch(selector.kind().name)) unmatched.push_back(std::move(selector));
  }
  return unmatched.empty() ? Status() : NothingMatches(nothing, unmatched, Each(names_), {});
}

Error NothingLeft(const std::string& where, const Selection& selection) {
  return Error(ErrorCode::kNotFound, "what matches " + TextsOf(selection.include()) + " in " + where +
                                         " is excluded by " + TextsOf(selection.exclude()));
}

}  // namespace dbxark::objects
