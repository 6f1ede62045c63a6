#include "objects/selector.h"

#include <algorithm>

#include "base/text.h"
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

bool IsPathKind(const ObjectDescriptor& kind) {
  return kind.storage == Storage::kTree || kind.storage == Storage::kDbfs;
}

std::string AllPlurals() {
  std::vector<std::string> plurals;
  for (const ObjectDescriptor* kind : AllKinds()) plurals.emplace_back(kind->plural);
  return Join(plurals, ", ");
}

Error UnknownKind(std::string_view text, const std::string& word, bool has_glob) {
  const std::string start = "selector " + ShellQuote(text) + ": ";
  if (text.starts_with("/") || text.starts_with("dbfs:/")) {
    const bool dbfs = text.starts_with("dbfs:");
    const std::string path(dbfs ? text.substr(5) : text);
    return Error(ErrorCode::kUsage, start + "a kind is missing in front of the path, as in " +
                                        (dbfs ? "dbfs_files:" : "notebooks:") + path);
  }
  const auto not_saved = KindsNotLookedAt();
  if (std::find(not_saved.begin(), not_saved.end(), word) != not_saved.end()) {
    return Error(ErrorCode::kUsage, start + word + " are not saved by this version");
  }
  std::string_view near;
  size_t best = 4;
  for (const ObjectDescriptor* kind : AllKinds()) {
    for (const std::string_view name : {kind->plural, kind->name}) {
      const size_t distance = EditDistance(word, name);
      if (distance < best && distance * 2 < name.size() + 1) {
        best = distance;
        near = kind->plural;
      }
    }
  }
  const std::string typed(Trim(text.substr(0, text.find(':'))));
  std::string message = start + "\"" + Shorten(typed, 40) + "\" is no kind";
  if (!near.empty()) {
    message += "; did you mean " + std::string(near) + "?";
  } else {
    message += has_glob ? "; the kinds are " : "; a selector is kind or kind:glob, and the kinds are ";
    message += AllPlurals();
  }
  return Error(ErrorCode::kUsage, std::move(message));
}

bool AnyMatches(const std::vector<Selector>& selectors, std::string_view kind, std::string_view id,
                std::string_view natural_key) {
  return std::any_of(selectors.begin(), selectors.end(),
                     [&](const Selector& selector) { return selector.Matches(kind, id, natural_key); });
}

// In a name, '/' is a character like any other.
std::string WithoutSlashes(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '/', '\x01');
  return plain;
}

}  // namespace

Result<Selector> Selector::Parse(std::string_view text) {
  const size_t colon = text.find(':');
  std::string word = ToLowerAscii(Trim(text.substr(0, colon)));
  std::replace(word.begin(), word.end(), '-', '_');
  const ObjectDescriptor* kind = FindKind(word);
  if (kind == nullptr) return UnknownKind(text, word, colon != std::string_view::npos);
  Selector selector;
  selector.kind_ = kind;
  selector.text_ = text;
  if (colon != std::string_view::npos) {
    selector.glob_ = text.substr(colon + 1);
    if (selector.glob_.empty()) {
      return Error(ErrorCode::kUsage, "selector " + ShellQuote(text) + ": nothing follows the colon; " +
                                          std::string(kind->plural) + " alone means all of them");
    }
    if (IsPathKind(*kind)) {
      // Paths are written as people paste them.
      if (kind->storage == Storage::kDbfs && selector.glob_.starts_with("dbfs:/")) selector.glob_.erase(0, 5);
      if (kind->storage == Storage::kTree && selector.glob_.starts_with("/Workspace/")) selector.glob_.erase(0, 10);
    }
  }
  return selector;
}

bool Selector::Matches(std::string_view kind, std::string_view id, std::string_view natural_key) const {
  if (kind != kind_->name) return false;
  if (glob_.empty() || glob_ == natural_key) return true;
  if (IsPathKind(*kind_)) return GlobMatch(glob_, natural_key);
  return glob_ == id || GlobMatch(WithoutSlashes(glob_), WithoutSlashes(natural_key));
}

Result<Selection> Selection::Parse(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
  Selection selection;
  for (const auto& [texts, selectors] :
       {std::pair(&include, &selection.include_), std::pair(&exclude, &selection.exclude_)}) {
    for (const std::string& text : *texts) {
      auto selector = Selector::Parse(text);
      if (!selector.ok()) return std::move(selector).error();
      selectors->push_back(std::move(*selector));
    }
  }
  return selection;
}

bool Selection::Matches(std::string_view kind, std::string_view id, std::string_view natural_key) const {
  return !Excludes(kind, id, natural_key) && (include_.empty() || AnyMatches(include_, kind, id, natural_key));
}

bool Selection::Excludes(std::string_view kind, std::string_view id, std::string_view natural_key) const {
  return AnyMatches(exclude_, kind, id, natural_key);
}

bool Selection::MayMatch(std::string_view kind) const {
  const auto all_of_it = [&](const Selector& selector) {
    return selector.kind().name == kind && selector.glob().empty();
  };
  const auto some_of_it = [&](const Selector& selector) { return selector.kind().name == kind; };
  if (std::any_of(exclude_.begin(), exclude_.end(), all_of_it)) return false;
  return include_.empty() || std::any_of(include_.begin(), include_.end(), some_of_it);
}

MatchTally::MatchTally(const std::vector<Selector>& include) {
  for (const Selector& selector : include) unmatched_.push_back(&selector);
}

void MatchTally::See(std::string_view kind, std::string_view id, std::string_view natural_key) {
  std::erase_if(unmatched_, [&](const Selector* selector) { return selector->Matches(kind, id, natural_key); });
}

std::vector<Selector> MatchTally::Unmatched() const {
  std::vector<Selector> selectors;
  for (const Selector* selector : unmatched_) selectors.push_back(*selector);
  return selectors;
}

std::vector<Selector> MatchTally::UnmatchedNames() const {
  std::vector<Selector> selectors = Unmatched();
  std::erase_if(selectors, [](const Selector& selector) { return selector.glob().empty(); });
  return selectors;
}

}  // namespace dbxark::objects
