#include "mapping/map_rules.h"

#include <algorithm>
#include <set>

#include "objects/registry.h"

namespace dbxark::mapping {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

// What each * of `pattern` stands for in `text`, the shortest first; nothing if it does not match as a whole.
bool Capture(std::string_view pattern, std::string_view text, std::vector<std::string_view>& captured) {
  const size_t star = pattern.find('*');
  if (star == kNone) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t size = 1; size <= text.size(); ++size) {
    captured.push_back(text.substr(0, size));
    if (Capture(rest, text.substr(size), captured)) return true;
    captured.pop_back();
  }
  return false;
}

}  // namespace

std::string Filled(std::string_view to, const std::vector<std::string_view>& captured) {
  std::string filled;
  size_t next = 0;
  for (const char c : to) {
    if (c == '*' && next < captured.size()) {
      filled += captured[next++];
    } else {
      filled += c;
    }
  }
  return filled;
}

std::string Rule::Text() const { return "[" + table + "] " + from + " = " + to; }

std::optional<RuleMatch> MapRules::Find(std::string_view table, std::string_view value) const {
  size_t best = kNone;
  std::vector<std::string_view> best_captured;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    if (rule.table != table) continue;
    if (rule.from == value) return RuleMatch{rule.to, i};
    std::vector<std::string_view> captured;
    if (!rule.IsPattern() || !Capture(rule.from, value, captured)) continue;
    if (best != kNone && rules_[best].from.size() >= rule.from.size()) continue;
    best = i;
    best_captured = std::move(captured);
  }
  if (best == kNone) return std::nullopt;
  return RuleMatch{Filled(rules_[best].to, best_captured), best};
}

bool MapRules::Has(std::string_view table) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.table == table; });
}

std::vector<std::string> AllTables() {
  std::set<std::string> tables = {"path", "location"};
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    for (const objects::ReferenceMount& mount : kind->references) {
      for (const objects::Reference& reference : mount.references) {
        const bool text =
            reference.form == objects::ReferenceForm::kText || reference.form == objects::ReferenceForm::kPath;
        if (!text) tables.insert(std::string(reference.target));
      }
    }
    // Libraries go with their cluster; what lies in trees is named by its path.
    const bool named = kind->storage == objects::Storage::kDefinition && kind != &objects::kClusterLibraries;
    if (named) tables.insert(std::string(kind->name));
  }
  return {tables.begin(), tables.end()};
}

bool IsTable(std::string_view name) {
  const std::vector<std::string> tables = AllTables();
  return std::binary_search(tables.begin(), tables.end(), name);
}

}  // namespace dbxark::mapping
