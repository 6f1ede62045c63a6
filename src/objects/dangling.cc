#include "objects/dangling.h"

#include "base/digest.h"
#include "objects/registry.h"

namespace dbxark::objects {

void ReferenceCheck::AddObject(const ObjectDescriptor& kind, const std::string& id, const std::string& natural_key) {
  if (kind.storage == Storage::kTree) {
    tree_paths_.insert(Xxh64Of(natural_key));
  } else if (kind.storage == Storage::kDbfs) {
    dbfs_paths_.insert(Xxh64Of(natural_key));
  } else {
    ids_[std::string(kind.name)].insert(id);
  }
}

void ReferenceCheck::AddDefinition(const ObjectDescriptor& kind, const std::string& id, const std::string& natural_key,
                                   json::Node definition) {
  std::set<std::string> seen;  // one place may stand in several rows of a table
  for (const FoundReference& found : FindReferences(kind, definition)) {
    const bool by_id = found.reference->form == ReferenceForm::kId;
    if (!by_id && found.reference->form != ReferenceForm::kPath) continue;
    Dangling reference{
        std::string(kind.name), id, natural_key, found.path, std::string(found.reference->target), found.value, true};
    if (!by_id) {
      PathPlace place = PlaceOf(found.value);
      // A notebook lies in the tree whatever its first folder is called; in a Git repository its path is relative.
      if (place == PathPlace::kNone && found.reference->target == "notebook" && found.value.starts_with('/')) {
        place = PathPlace::kWorkspace;
      }
      if (place != PathPlace::kWorkspace && place != PathPlace::kDbfs) continue;
      reference.target = place == PathPlace::kWorkspace ? "workspace path" : "DBFS path";
      reference.value = BarePath(found.value);
    }
    // Most are answered by what came before, and need not be kept.
    if (seen.insert(reference.path).second && !IsThere(reference)) open_.push_back(std::move(reference));
  }
}

bool ReferenceCheck::IsThere(const Dangling& reference) const {
  if (reference.target == "workspace path") return tree_paths_.contains(Xxh64Of(reference.value));
  if (reference.target == "DBFS path") return dbfs_paths_.contains(Xxh64Of(reference.value));
  const auto ids = ids_.find(reference.target);
  return ids != ids_.end() && ids->second.contains(reference.value);
}

std::vector<Dangling> ReferenceCheck::Finish(const std::set<std::string>& looked_at,
                                             const std::vector<std::string>& dbfs_roots) const {
  std::vector<Dangling> dangling;
  for (Dangling reference : open_) {
    if (reference.target == "workspace path") {
      // What lies in a Git folder comes with its repository.
      if (!looked_at.contains("notebook") || !looked_at.contains("workspace_file")) continue;
      if (IsThere(reference) || reference.value.starts_with("/Repos/")) continue;
    } else if (reference.target == "DBFS path") {
      if (!looked_at.contains("dbfs_file") || IsThere(reference)) continue;
      bool covered = false;
      for (const std::string& root : dbfs_roots) {
        covered = covered || reference.value.starts_with(root.ends_with('/') ? root : root + "/");
      }
      reference.handled = covered;
    } else if (FindKind(reference.target) != nullptr) {
      if (!looked_at.contains(reference.target) || IsThere(reference)) continue;
    } else {
      reference.handled = false;
    }
    dangling.push_back(std::move(reference));
  }
  return dangling;
}

}  // namespace dbxark::objects
