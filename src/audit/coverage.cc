#include "audit/coverage.h"

#include <algorithm>

#include "objects/registry.h"

namespace dbxark::audit {

using objects::ObjectDescriptor;
using objects::Storage;

void Coverage::AddMissing(const Missing& missing) {
  const ObjectDescriptor* kind = objects::FindKind(missing.kind);
  // Kinds that are not handled (Git folders, dashboards) stand at places in the tree.
  const bool in_tree = kind == nullptr ? missing.natural_key.starts_with("/") : kind->storage == Storage::kTree;
  if (missing.natural_key.empty() && missing.id.empty()) {
    if (kind != nullptr) kinds_.emplace(kind->name, missing.reason);
    return;
  }
  std::string path = missing.natural_key;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (in_tree) {
    // A folder that failed was seen itself, but not what is in it.
    tree_folders_.insert(path);
  } else if (kind->storage == Storage::kDbfs) {
    dbfs_folders_.insert(path);
  } else {
    if (!missing.id.empty()) {
      ids_.emplace(kind->name, missing.id);
    } else {
      keys_.emplace(kind->name, missing.natural_key);
    }
  }
}

bool Coverage::Below(const std::string& path, const std::set<std::string>& folders) const {
  if (folders.empty()) return false;
  if (folders.contains("/") || folders.contains(path)) return true;
  for (size_t at = path.rfind('/'); at != std::string::npos && at > 0; at = path.rfind('/', at - 1)) {
    if (folders.contains(path.substr(0, at))) return true;
  }
  return false;
}

bool Coverage::Covers(const ObjectDescriptor& kind, const std::string& id, const std::string& natural_key) const {
  if (!scope_.Matches(kind.name, id, natural_key) || !WhyNot(kind).empty()) return false;
  if (kind.storage == Storage::kTree) return !Below(natural_key, tree_folders_);
  if (kind.storage == Storage::kDbfs) {
    if (Below(natural_key, dbfs_folders_)) return false;
    return dbfs_roots_.empty() || std::any_of(dbfs_roots_.begin(), dbfs_roots_.end(), [&](const std::string& root) {
             return root == "/" || natural_key == root || natural_key.starts_with(root + "/");
           });
  }
  const std::string name(kind.name);
  return !ids_.contains({name, id}) && !keys_.contains({name, natural_key});
}

std::string Coverage::WhyNot(const ObjectDescriptor& kind) const {
  if (!scope_.MayMatch(kind.name)) return "left out by the options of the export";
  const auto missing = kinds_.find(kind.name);
  if (missing == kinds_.end() || present_.contains(kind.name)) return {};
  return missing->second.empty() ? "could not be listed" : missing->second;
}

}  // namespace dbxark::audit
