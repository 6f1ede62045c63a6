// What one side of a comparison would hold if it existed: outside of that, absence says nothing.
//
// An archive of jobs alone does not say that there were no notebooks; a folder that could not be listed does not say
// that it was empty.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/archive_facts.h"
#include "objects/descriptor.h"
#include "objects/selector.h"

namespace dbxark::audit {

class Coverage {
 public:
  Coverage() = default;
  // `dbfs_roots` empty: all of DBFS.
  Coverage(objects::Selection scope, std::vector<std::string> dbfs_roots)
      : scope_(std::move(scope)), dbfs_roots_(std::move(dbfs_roots)) {}

  // Something seen and not held. `failed` says that it should have been: then a whole kind, a folder, or an object, is
  // uncertain.
  void AddMissing(const Missing& missing);
  // A kind without natural key among the missing was not seen as a whole, unless objects of it are there all the same.
  void AddPresent(std::string_view kind) { present_.emplace(kind); }

  bool Covers(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& natural_key) const;
  // Why the kind as a whole is not covered; empty where it is.
  std::string WhyNot(const objects::ObjectDescriptor& kind) const;

  const std::vector<std::string>& dbfs_roots() const { return dbfs_roots_; }

 private:
  bool Below(const std::string& path, const std::set<std::string>& folders) const;

  objects::Selection scope_;
  std::vector<std::string> dbfs_roots_;
  std::set<std::string, std::less<>> present_;
  std::map<std::string, std::string, std::less<>> kinds_;     // whole kinds, with the reason
  std::set<std::pair<std::string, std::string>> ids_, keys_;  // single objects: kind and id, kind and natural key
  std::set<std::string> tree_folders_, dbfs_folders_;         // with all that is in them
};

}  // namespace dbxark::audit
