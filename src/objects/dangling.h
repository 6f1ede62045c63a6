// References that nothing answers: a job on a cluster that is long gone, a task whose notebook was deleted.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "objects/definition.h"

namespace dbxark::objects {

struct Dangling {
  std::string kind, id, natural_key;  // of the object that refers
  std::string path;                   // where in its definition
  std::string target;                 // "cluster", "notebook", "warehouse"
  std::string value;
  bool handled = true;  // false: things of that kind are not saved at all
};

// Takes all objects in any order, then says what is missing. About 40 bytes an object of a tree, 100 of another, and
// more for each reference that is not answered yet when it is added.
class ReferenceCheck {
 public:
  // For objects in trees, `natural_key` is the path. `complete_kinds` tells Finish which kinds were looked at.
  void AddObject(const ObjectDescriptor& kind, const std::string& id, const std::string& natural_key);
  void AddDefinition(const ObjectDescriptor& kind, const std::string& id, const std::string& natural_key,
                     json::Node definition);

  // In the order in which they were added. Only kinds in `looked_at` can be missed; paths in DBFS only under the roots.
  std::vector<Dangling> Finish(const std::set<std::string>& looked_at,
                               const std::vector<std::string>& dbfs_roots) const;

 private:
  std::map<std::string, std::unordered_set<std::string>, std::less<>> ids_;
  bool IsThere(const Dangling& reference) const;
  // Hashes of paths: of 64 bits, two of a million paths are the same one time in 40 million workspaces.
  std::unordered_set<uint64_t> tree_paths_, dbfs_paths_;
  std::vector<Dangling> open_;
};

}  // namespace dbxark::objects
