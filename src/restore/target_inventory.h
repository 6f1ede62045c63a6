// What is in the target already, as far as the archive's objects may meet it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/spool.h"
#include "restore/archived.h"
#include "restore/journal.h"
#include "restore/vanished.h"
#include "workspace/client.h"
#include "workspace/content.h"

namespace dbxark::restore {

struct TargetObject {
  std::string id, natural_key;
  std::string definition;  // whole where it was read (it may be a counterpart), else as listed
  bool read = false;
  bool pinned = false;
  std::string unreadable;  // not empty: it may be a counterpart, and why its definition could not be read
};

// What lies at a path.
struct TargetNode {
  std::string type;              // "DIRECTORY", "NOTEBOOK", "FILE", "REPO", ...
  std::string sha256_hex;        // of the content, where it was looked at
  std::string fingerprint = {};  // of the same (tree_facts.h)
};

struct TargetInventory {
  std::map<std::string, std::vector<TargetObject>, std::less<>> objects;  // by kind, in a stable order
  std::map<std::string, std::string, std::less<>> unreadable;             // kinds that cannot be listed, and why
  std::map<std::string, TargetNode, std::less<>> tree, dbfs;              // by path
  // Folders that cannot be listed, and why.
  std::map<std::string, std::string, std::less<>> closed_folders, closed_dbfs_folders;
};

struct CollectOptions {
  size_t workers = 16;
  // By kind: names and ids of counterparts that a person has named; such kinds are listed in any case.
  std::map<std::string, std::set<std::string>, std::less<>> sought = {};
  bool every_kind = false;   // list kinds too that the archive has no object of: the target is the source
  bool all_content = false;  // look at content too that came from this archive by the journal's word
  // What the archive has no more: its kinds and folders are listed too, and its definitions read.
  const std::vector<Vanished>* vanished = nullptr;
  bool vanished_content = false;             // and its content
  std::function<void(size_t)> on_seen = {};  // so many more were listed or looked at; from any thread
};

// Sends only reads: the lists of the kinds that the archive has, the definitions of what bears the natural key of an
// archived object or stands in the journal, the folders that the archive has, and the content of what lies at an
// archived path unless the journal says that it came from there (and so for what vanished, where that is asked for).
// What cannot be read is noted, and concerns what depends on it alone; a workspace that does not answer is an error.
Result<TargetInventory> CollectTarget(workspace::Client& client, workspace::ContentSource& content,
                                      const ArchivedWorkspace& archive, const std::vector<bool>& wanted,
                                      const ProgressMap& progress, const CollectOptions& options, std::stop_token stop);

}  // namespace dbxark::restore
