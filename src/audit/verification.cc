#include "audit/verification.h"

#include <set>

#include "audit/archive_facts.h"
#include "audit/coverage.h"
#include "audit/listing.h"
#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

bool IsDefinition(const objects::ObjectDescriptor& kind) {
  return kind.storage == objects::Storage::kDefinition || kind.storage == objects::Storage::kCatalogue;
}

// The kinds whose absence from the archive says something.
std::set<std::string> LookedAt(const ArchiveFacts& facts, const std::set<std::string>& present) {
  Coverage coverage(facts.Scope(), {});
  for (const auto* list : {&facts.failed, &facts.out_of_reach}) {
    for (const Missing& missing : *list) coverage.AddMissing(missing);
  }
  for (const std::string& kind : present) coverage.AddPresent(kind);
  std::set<std::string> looked_at;
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    if (coverage.WhyNot(*kind).empty()) looked_at.emplace(kind->name);
  }
  return looked_at;
}

}  // namespace

Result<std::vector<objects::Dangling>> FindDangling(const format::ArchiveReader& reader) {
  objects::ReferenceCheck check;
  std::set<std::string> present;
  std::optional<Error> failure;
  Status status = reader.ForEachRow([&](const format::Row& row) {
    const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
    if (kind == nullptr) return true;
    present.insert(row.kind);
    check.AddObject(*kind, row.id, row.natural_key);
    if (!IsDefinition(*kind)) return true;
    auto definition = reader.Read(row);
    if (!definition.ok()) {
      failure = std::move(definition).error();
      return false;
    }
    const auto document = json::Document::Parse(std::move(*definition));
    // A definition that is no JSON is kept as it came, and refers to nothing that could be found.
    if (document.ok()) check.AddDefinition(*kind, row.id, row.natural_key, document->root());
    return true;
  });
  if (failure) return std::move(*failure);
  if (!status.ok()) return std::move(status).error();
  const ArchiveFacts facts = FactsOf(reader.manifest());
  return check.Finish(LookedAt(facts, present), facts.dbfs_roots);
}

std::string DanglingLine(const objects::Dangling& dangling) {
  std::string target = dangling.target;
  for (char& c : target) {
    if (c == '_') c = ' ';
  }
  return NameOf(dangling.kind, dangling.id, dangling.natural_key) + "\n    " + Printable(dangling.path) +
         "\n    needs " + target + " " + Printable(dangling.value) +
         (dangling.handled ? ", which is not in the archive" : ", which is not saved");
}

std::string DanglingJson(const objects::Dangling& dangling) {
  json::Writer out;
  out.BeginObject().Member("kind", dangling.kind).Member("id", dangling.id);
  out.Member("natural_key", dangling.natural_key).Member("path", dangling.path).Member("target", dangling.target);
  out.Member("value", dangling.value).Member("handled", dangling.handled);
  return out.EndObject().Take();
}

}  // namespace dbxark::audit
