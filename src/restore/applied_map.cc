#include "restore/applied_map.h"

#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "objects/credential_shapes.h"
#include "objects/registry.h"
#include "workspace/offers.h"

namespace dbxark::restore {
namespace {

using mapping::Rule;
using objects::FieldEdit;

bool IsRestored(std::string_view table) { return objects::FindKind(table) != nullptr; }

// A value as a plan may show it: a map meets texts in which people write credentials.
std::string ForPlan(const std::string& path, const std::string& json) {
  if (json.empty() || !objects::LooksSecret(path, json)) return std::string(Utf8Prefix(json, kLongestValue));
  return std::string(objects::kHidden);
}

// The target's object that a rule means: by its id, else by its name if only one bears it.
const TargetObject* Meant(const TargetInventory& target, std::string_view kind, const std::string& word,
                          bool& several) {
  several = false;
  const auto objects = target.objects.find(kind);
  if (objects == target.objects.end()) return nullptr;
  const TargetObject* named = nullptr;
  for (const TargetObject& object : objects->second) {
    if (object.id == word) return &object;
    if (object.natural_key != word) continue;
    several = named != nullptr;
    named = &object;
  }
  return several ? nullptr : named;
}

}  // namespace

Status AppliedMap::Apply(ArchivedWorkspace& archive, const std::vector<bool>& wanted, std::stop_token stop) {
  if (mapping_.empty()) return {};
  std::map<std::string, size_t> taken;
  for (size_t i = 0; i < archive.objects.size(); ++i) {
    if (!wanted[i]) continue;
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
    const ArchivedObject& object = archive.objects[i];
    if (!HasDefinition(*object.kind)) {
      if (Status applied = ApplyToNode(archive, i, taken); !applied.ok()) return applied;
      continue;
    }
    auto text = archive.read(object.row);
    // Damage, and what makes no sense, comes to light again where the object is planned.
    if (!text.ok()) continue;
    const auto document = json::Document::Parse(*text);
    if (!document.ok() || IsBuiltIn(*object.kind, document->root())) continue;
    auto rewritten = mapping_.Apply(*object.kind, std::move(*text), &uses_);
    if (!rewritten.ok() || rewritten->edits.empty()) continue;
    for (FieldEdit& edit : rewritten->edits) {
      edit.old_value = ForPlan(edit.path, edit.old_value);
      edit.new_value = ForPlan(edit.path, edit.new_value);
    }
    archive.map_edits[i] = std::move(rewritten->edits);
  }
  if (left_in_dbfs_ > 0) {
    notes_.push_back(Counted(left_in_dbfs_, "file") +
                     " of DBFS that the map has elsewhere: restored where they were, to be copied by hand");
  }
  archive.read = [read = std::move(archive.read), &mapping = mapping_](const format::Row& row) -> Result<std::string> {
    auto text = read(row);
    const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
    if (!text.ok() || kind == nullptr) return text;
    auto rewritten = mapping.Apply(*kind, std::move(*text), nullptr);
    if (!rewritten.ok()) return std::move(rewritten).error();
    return std::move(rewritten->text);
  };
  return {};
}

Status AppliedMap::ApplyToNode(ArchivedWorkspace& archive, size_t index, std::map<std::string, size_t>& taken) {
  ArchivedObject& object = archive.objects[index];
  if (object.kind->storage == objects::Storage::kCatalogue) return {};
  const std::string old_path = object.row.natural_key;
  const auto path = mapping_.PathOf(*object.kind, old_path, &uses_);
  if (!path) {
    ++left_in_dbfs_;
    return {};
  }
  if (object.kind != &objects::kDirectory) {
    const auto [place, free] = taken.try_emplace((IsInTree(*object.kind) ? "" : "dbfs:") + *path, index);
    if (!free) {
      return Error(ErrorCode::kUsage, "two objects would lie at " + Printable(*path) + ": " +
                                          Printable(archive.objects[place->second].row.natural_key) + " and " +
                                          Printable(old_path));
    }
  }
  if (*path == old_path) return {};
  archive.map_edits[index] = {
      {FieldEdit::Why::kMapped, "path", json::Quote(old_path), json::Quote(*path), "where the map has it"}};
  object.row.natural_key = *path;
  return {};
}

std::map<std::string, std::set<std::string>, std::less<>> AppliedMap::Sought(const ArchivedWorkspace& archive,
                                                                             const std::vector<bool>& wanted) const {
  std::map<std::string, std::set<std::string>, std::less<>> sought;
  for (const Rule& rule : mapping_.rules().rules()) {
    if (!IsRestored(rule.table)) continue;
    std::set<std::string>& words = sought[rule.table];
    if (!rule.IsPattern()) words.insert(rule.to);
  }
  for (size_t i = 0; i < archive.objects.size(); ++i) {
    const ArchivedObject& object = archive.objects[i];
    if (!wanted[i] || !sought.contains(object.kind->name)) continue;
    if (const auto match = mapping_.rules().Find(object.kind->name, object.row.natural_key)) {
      sought.find(object.kind->name)->second.insert(match->text);
    }
  }
  return sought;
}

Result<std::map<ObjectKey, std::string>> AppliedMap::Check(const ArchivedWorkspace& archive,
                                                           const std::vector<bool>& wanted,
                                                           const TargetInventory& target, workspace::Client& client,
                                                           IdMap& ids, std::stop_token stop) {
  std::map<ObjectKey, std::string> chosen;
  if (mapping_.empty()) return chosen;
  const std::vector<Rule>& rules = mapping_.rules().rules();
  const auto find = [&](std::string_view kind, size_t rule, const std::string& to) -> Result<std::string> {
    bool several = false;
    if (const TargetObject* meant = Meant(target, kind, to, several)) return meant->id;
    if (several) {
      return Error(ErrorCode::kUsage, Missing(rule, to).message() + " that only one bears: name it by its id");
    }
    return Missing(rule, to);
  };
  for (size_t i = 0; i < archive.objects.size(); ++i) {
    const ArchivedObject& object = archive.objects[i];
    if (!wanted[i] || !HasDefinition(*object.kind)) continue;
    auto match = mapping_.rules().Find(object.kind->name, object.row.id);
    if (!match) match = mapping_.rules().Find(object.kind->name, object.row.natural_key);
    if (!match) continue;
    auto id = find(object.kind->name, match->rule, match->text);
    if (!id.ok()) return std::move(id).error();
    ++uses_.count[match->rule];
    chosen[{object.row.kind, object.row.id}] = std::move(*id);
  }
  for (size_t r = 0; r < rules.size(); ++r) {
    const Rule& rule = rules[r];
    if (!IsRestored(rule.table) || rule.IsPattern()) continue;
    auto id = find(rule.table, r, rule.to);
    if (!id.ok()) return std::move(id).error();
    // What is not in the archive is known by its id alone.
    if (!chosen.contains({rule.table, rule.from})) ids.Set(rule.table, rule.from, *id);
  }
  if (Status offered = CheckOffers(client, stop); !offered.ok()) return std::move(offered).error();
  ids.SetForeign(
      [&mapping = mapping_](std::string_view kind, const std::string& old_id) { return mapping.IdOf(kind, old_id); });
  for (size_t r = 0; r < rules.size(); ++r) {
    if (uses_.count[r] > 0) continue;
    notes_.push_back("the map's line " + std::to_string(rules[r].line) +
                     " was never used: " + Printable(rules[r].Text()));
  }
  return chosen;
}

Status AppliedMap::CheckOffers(workspace::Client& client, std::stop_token stop) {
  std::string table;
  std::set<std::string> offered;
  bool known = false;
  std::vector<std::string> homeless;
  for (const auto& [name, result] : uses_.results) {
    const auto& [of, to] = name;
    if (IsRestored(of)) continue;
    if (of != table) {
      table = of;
      offered.clear();
      auto offers = workspace::ListOffers(client, table, stop);
      known = offers.ok();
      if (known) {
        for (workspace::Offer& offer : *offers) offered.insert(std::move(offer.id));
      } else if (offers.error().code() == ErrorCode::kInterrupted) {
        return std::move(offers).error();
      } else {
        notes_.push_back("not checked whether the target has what [" + table +
                         "] of the map leads to: " + Printable(offers.error().message()));
      }
    }
    const bool computed = table == "spark_version" && to.find(':') != std::string::npos;  // "auto:latest", "custom:..."
    if (!known || computed || offered.contains(to)) continue;
    if (result.named) return Missing(result.rule, to);
    homeless.push_back(Printable(to));
  }
  // Homes outlive their people.
  constexpr size_t kMost = 3;
  const size_t count = homeless.size();
  if (count > 0) {
    homeless.resize(std::min(kMost, count));
    notes_.push_back("the target lacks " + Counted(count, "person whose home folder", "people whose home folders") +
                     " the map has there: " + Join(homeless, ", ") + (count > kMost ? ", ..." : ""));
  }
  return {};
}

Error AppliedMap::Missing(size_t rule, const std::string& to) const {
  const Rule& wrong = mapping_.rules().rules()[rule];
  return Error(ErrorCode::kNotFound, Printable(mapping_.rules().name()) + " line " + std::to_string(wrong.line) +
                                         ": the target has no " + KindWords(wrong.table) + " " + Printable(to));
}

std::vector<RuleUse> AppliedMap::Uses() const {
  std::vector<RuleUse> uses;
  for (size_t i = 0; i < uses_.count.size(); ++i) uses.push_back({mapping_.rules().rules()[i], uses_.count[i]});
  return uses;
}

}  // namespace dbxark::restore
