#include "restore/vanished.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "json/document.h"
#include "objects/registry.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {
namespace {

using objects::ObjectDescriptor;
using objects::Storage;

bool LiesIn(const std::string& path, const std::string& folder) {
  if (folder == "/" || path == folder) return true;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Nothing if a selector is not understood: then it is not known what was asked for.
bool TextsOf(json::Node array, std::vector<std::string>& texts) {
  for (const json::Node& element : array.elements()) texts.push_back(element.text());
  return array.IsArray();
}

}  // namespace

workspace::ContentRequest RequestFor(const Vanished& vanished) {
  workspace::ContentRequest request;
  request.kind = vanished.kind == &objects::kNotebook        ? workspace::ContentKind::kNotebook
                 : vanished.kind == &objects::kWorkspaceFile ? workspace::ContentKind::kWorkspaceFile
                                                             : workspace::ContentKind::kDbfsFile;
  request.path = vanished.place;
  if (!vanished.fingerprints.empty()) request.format = FormatOfFingerprint(*vanished.fingerprints.rbegin());
  return request;
}

Coverage Coverage::Of(const std::string& manifest) {
  Coverage coverage;
  const auto document = json::Document::Parse(manifest);
  if (!document.ok()) return coverage;
  const json::Node root = document->root(), scope = root["scope"];
  std::vector<std::string> include, exclude;
  if (!TextsOf(scope["include"], include) || !TextsOf(scope["exclude"], exclude) ||
      !TextsOf(scope["dbfs_roots"], coverage.dbfs_roots_)) {
    return coverage;
  }
  auto selection = objects::Selection::Parse(include, exclude);
  if (!selection.ok()) return coverage;
  coverage.scope_ = std::move(*selection);
  for (const std::string_view gaps : {"failed", "out_of_reach", "excluded"}) {
    if (!root[gaps].IsArray()) return coverage;
    for (const json::Node& gap : root[gaps].elements()) {
      const ObjectDescriptor* kind = objects::FindKind(gap["kind"].text());
      std::string path = gap["natural_key"].text();
      if (path.size() > 1 && path.ends_with('/')) path.pop_back();
      // A node of a kind that is not saved (a Git folder), and whatever lies in it.
      if (kind == nullptr && path.starts_with('/')) kind = &objects::kDirectory;
      const std::string id = gap["id"].TextOrNumber();
      // How many were not asked for is no gap: that stands in the scope.
      const bool not_asked_for = gaps == "excluded" && id.empty() && path.empty();
      if (kind != nullptr && !not_asked_for) coverage.gaps_.push_back({kind, id, path});
    }
  }
  const bool whole =
      root["caller"]["admin"].AsBool().value_or(false) && !root["caller"]["partial"].AsBool().value_or(true);
  coverage.nothing_because_ = whole ? "" : "its export saw a part of the workspace only";
  return coverage;
}

bool Coverage::Covers(const ObjectDescriptor& kind, const std::string& id, const std::string& natural_key) const {
  if (!nothing_because_.empty() || !scope_.Matches(kind.name, id, natural_key)) return false;
  if (kind.storage == Storage::kDbfs &&
      std::none_of(dbfs_roots_.begin(), dbfs_roots_.end(),
                   [&](const std::string& folder) { return LiesIn(natural_key, folder); })) {
    return false;
  }
  return std::none_of(gaps_.begin(), gaps_.end(), [&](const Gap& gap) {
    const bool all = gap.id.empty() && gap.natural_key.empty();
    if (kind.storage == Storage::kTree || kind.storage == Storage::kDbfs) {
      // What could not be looked into, with all that lies in it.
      return gap.kind->storage == kind.storage &&
             (all || gap.natural_key.empty() || LiesIn(natural_key, gap.natural_key));
    }
    if (gap.kind != &kind) return false;
    return all || gap.id == id || (gap.id.empty() && gap.natural_key == natural_key);
  });
}

std::vector<Vanished> FindVanished(const ArchivedWorkspace& archive, const ProgressMap& progress,
                                   const Coverage& coverage, const objects::Selection& selection, bool trees) {
  std::set<std::pair<std::string, std::string>> archived, seen;  // kind and id; kind and place
  std::set<std::pair<Storage, std::string>> paths;
  for (const ArchivedObject& object : archive.objects) {
    archived.insert({object.row.kind, object.row.id});
    if (!HasDefinition(*object.kind)) paths.insert({object.kind->storage, object.row.natural_key});
  }
  const WrittenIndex written(progress);
  std::vector<Vanished> vanished;
  const auto consider = [&](const ObjectDescriptor& kind, const ObjectKey& key, const std::string& natural_key,
                            const std::string& place) {
    const std::string selected_by = HasDefinition(kind) ? natural_key : place;
    if (place.empty() || place == "/" || !selection.Matches(kind.name, key.id, selected_by)) return;
    if (HasDefinition(kind) ? archived.contains({key.kind, key.id}) : paths.contains({kind.storage, place})) return;
    if (!coverage.Covers(kind, key.id, selected_by) || !seen.insert({key.kind, place}).second) return;
    const Trace* trace = written.Find(kind.name, place);
    vanished.push_back({&kind, key.id, natural_key, place, {}, false});
    if (trace == nullptr) return;
    vanished.back().fingerprints = trace->fingerprints;
    vanished.back().ours = trace->ours;
  };
  for (const auto& [key, known] : progress) {
    const ObjectDescriptor* kind = objects::FindKind(key.kind);
    if (kind == nullptr || kind->storage == Storage::kCatalogue || (!trees && !HasDefinition(*kind))) continue;
    for (const FormerPlace& former : known.former) {
      if (!former.moved) consider(*kind, key, former.natural_key, former.natural_key);
    }
    if (known.removed || known.how.empty() || (!HasDefinition(*kind) && IsMoved(known.written))) continue;
    consider(*kind, key, known.natural_key, HasDefinition(*kind) ? known.new_id : known.natural_key);
  }
  // Libraries go with their cluster.
  std::erase_if(vanished, [&](const Vanished& one) {
    return one.kind == &objects::kClusterLibraries && !archived.contains({"cluster", one.id});
  });
  std::sort(vanished.begin(), vanished.end(), [](const Vanished& a, const Vanished& b) {
    const auto order = [](const Vanished& one) {
      return std::tuple<size_t, std::string_view, std::string_view>(objects::RankOf(*one.kind), one.place, one.id);
    };
    return order(b) < order(a);  // a folder's path is the beginning of its contents'
  });
  return vanished;
}

}  // namespace dbxark::restore
