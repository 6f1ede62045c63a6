#include "mapping/mapping.h"

#include "mapping/cloud_move.h"
#include "objects/registry.h"

namespace dbxark::mapping {

using objects::NewText;
using objects::ReferenceForm;

namespace {

// Of a name that a definition gave.
void NoteResult(RuleUses* uses, std::string_view table, const RuleMatch& match) {
  if (uses == nullptr) return;
  RuleResult& result =
      uses->results.try_emplace({std::string(table), match.text}, RuleResult{match.rule}).first->second;
  if (!result.named) result = {match.rule, true};
}

}  // namespace

Mapping::Mapping(MapRules rules)
    : rules_(std::move(rules)), texts_(rules_, [this](const std::string& name) { return Person(name); }) {}

void Mapping::MoveContent(std::string folder, std::set<std::string> paths) {
  while (folder.ends_with('/')) folder.pop_back();
  folder_ = std::move(folder);
  moved_ = std::move(paths);
}

bool Mapping::MovesPaths() const {
  return !folder_.empty() || rules_.Has("path") || rules_.Has("user") || rules_.Has("service_principal");
}

Result<objects::Rewritten> Mapping::Apply(const objects::ObjectDescriptor& kind, std::string definition,
                                          RuleUses* uses) const {
  if (empty()) return objects::Rewritten{std::move(definition), {}};
  auto document = json::Document::Parse(std::move(definition));
  if (!document.ok()) return std::move(document).error();
  auto rewritten = objects::RewriteReferences(
      kind, *document, [&](const objects::ReferencePlace& place) { return Rewrite(place, uses); });
  if (!rewritten.ok()) return rewritten;
  if (Status moved = MoveToCloud(kind, rules_.cloud(), *rewritten); !moved.ok()) return std::move(moved).error();
  return rewritten;
}

std::optional<std::string> Mapping::PathOf(const objects::ObjectDescriptor& kind, const std::string& path,
                                           RuleUses* uses) const {
  const bool in_tree = kind.storage == objects::Storage::kTree;
  const auto mapped = texts_.MapPath(in_tree ? "workspace:" : "dbfs:", path);
  if (!mapped) return std::nullopt;
  for (const size_t rule : mapped->rules) Count(uses, rule);
  if (uses != nullptr && !mapped->home_of.empty()) {
    const size_t rule = mapped->rules.front();
    uses->results.try_emplace({rules_.rules()[rule].table, mapped->home_of}, RuleResult{rule, false});
  }
  if (folder_.empty() || !in_tree || !moved_.contains(path)) return mapped->text;
  return mapped->text == "/" ? folder_ : folder_ + mapped->text;
}

std::optional<std::string> Mapping::IdOf(std::string_view target, const std::string& old_id) const {
  const auto match = rules_.Find(target, old_id);
  return match ? std::optional(match->text) : std::nullopt;
}

std::optional<NewText> Mapping::Rewrite(const objects::ReferencePlace& place, RuleUses* uses) const {
  const objects::Reference& reference = place.reference;
  switch (reference.form) {
    case ReferenceForm::kText:
    case ReferenceForm::kPath:
      return RewriteText(place, uses);
    case ReferenceForm::kId: {
      // The id map answers for it. Of a kind of ours, patterns are of names, and counted by its objects.
      const bool handled = objects::FindKind(reference.target) != nullptr;
      const auto match = rules_.Find(reference.target, place.value);
      if (!match || (handled && rules_.rules()[match->rule].IsPattern())) return std::nullopt;
      Count(uses, match->rule);
      if (!handled) NoteResult(uses, reference.target, *match);
      return std::nullopt;
    }
    default:
      break;
  }
  const auto match = rules_.Find(reference.target, place.value);
  if (!match) return std::nullopt;
  Count(uses, match->rule);
  NoteResult(uses, reference.target, *match);
  return NewText{match->text, Reason(match->rule)};
}

std::optional<NewText> Mapping::RewriteText(const objects::ReferencePlace& place, RuleUses* uses) const {
  MappedText mapped = texts_.Map(place.value);
  std::string reason = mapped.rules.empty() ? "" : Reason(mapped.rules.front());
  for (const size_t rule : mapped.rules) Count(uses, rule);
  const std::string bare = objects::BarePath(place.value);
  if (!folder_.empty() && objects::PlaceOf(place.value) != objects::PathPlace::kDbfs && moved_.contains(bare)) {
    const size_t at = mapped.text.find("/Workspace/") == 0    ? std::string_view("/Workspace").size()
                      : mapped.text.starts_with("workspace:") ? std::string_view("workspace:").size()
                                                              : 0;
    mapped.text.insert(at, folder_);
    if (reason.empty()) reason = "goes under " + folder_;
  }
  if (mapped.text == place.value) return std::nullopt;
  return NewText{std::move(mapped.text), std::move(reason)};
}

std::optional<RuleMatch> Mapping::Person(std::string_view name) const {
  if (auto user = rules_.Find("user", name)) return user;
  return rules_.Find("service_principal", name);
}

std::string Mapping::Reason(size_t rule) const { return "the map's line " + std::to_string(rules_.rules()[rule].line); }

void Mapping::Count(RuleUses* uses, size_t rule) {
  if (uses != nullptr) ++uses->count[rule];
}

}  // namespace dbxark::mapping
