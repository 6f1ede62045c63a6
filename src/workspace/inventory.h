// What exists in a workspace, in a stable order. Sends only reads.
//
// Nothing that is seen gets lost: what is not returned as an object is reported as a Gap, with its reason.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "objects/object.h"
#include "workspace/client.h"

namespace dbxark::workspace {

// Something seen, or a kind as a whole, that the inventory does not hold.
struct Gap {
  enum class Class { kExcluded, kOutOfReach, kFailed } gap_class = Class::kFailed;
  std::string kind;  // a kind's name, or what the service calls it ("DASHBOARD", "REPO")
  std::string id;
  std::string natural_key;  // path or name; empty for a kind as a whole
  std::string reason;       // one line
  uint64_t size_bytes = 0;  // where known
  uint64_t count = 1;       // a folder that stands for many
};

struct InventoryOptions {
  size_t workers = 16;
  std::string tree_root = "/";
  std::vector<std::string> dbfs_roots = {"/databricks/init", "/databricks/scripts", "/FileStore"};
  uint64_t dbfs_max_bytes = uint64_t{1} << 30;  // larger files are excluded, with their size
  std::function<void(size_t)> on_seen = {};     // so many more were listed; from any thread
};

// Apart from the beginning: what is one list first and many later is in memory twice.
using ObjectsByKind = std::map<const objects::ObjectDescriptor*, std::vector<objects::Object>>;

class Inventory {
 public:
  Inventory(Client& client, InventoryOptions options) : client_(client), options_(std::move(options)) {}

  using OnGap = std::function<void(Gap)>;

  // Objects of a kind with definitions (or of a catalogue), as the list gives them, sorted by natural key, then id
  // (global init scripts by position). A list that fails is a Gap for the kind as a whole (out of reach where the
  // service has no such API, else failed) and no objects; the Status is for interruption only.
  Result<std::vector<objects::Object>> List(const objects::ObjectDescriptor& kind, const OnGap& on_gap,
                                            std::stop_token stop);

  // The whole definition of one listed object: a read where the kind has one, with all its pages joined; else as
  // listed.
  Result<std::string> Read(const objects::Object& listed, std::stop_token stop);
  // Whether Read asks for it, and does not need what the list said.
  static bool IsReadAgain(const objects::ObjectDescriptor& kind) {
    return !kind.read.path.empty() && kind.list.path != kind.read.path;
  }

  // Nodes of the tree (directories, notebooks, workspace files), by kind, sorted by path. Directories that cannot be
  // listed, nodes of other kinds, Git folders' contents and trash are gaps.
  Result<ObjectsByKind> WalkTree(const OnGap& on_gap, std::stop_token stop);

  // Files under the chosen roots, sorted by path. Other roots and files over the limit are gaps with sizes.
  Result<std::vector<objects::Object>> WalkDbfs(const OnGap& on_gap, std::stop_token stop);

  // The three above by the kind's storage. The tree is walked once, and each of its kinds handed out once.
  Result<std::vector<objects::Object>> ListAny(const objects::ObjectDescriptor& kind, const OnGap& on_gap,
                                               std::stop_token stop);

 private:
  void Seen(size_t objects) const {
    if (options_.on_seen) options_.on_seen(objects);
  }
  Status MarkPinned(const objects::ObjectDescriptor& kind, std::vector<objects::Object>& objects, const OnGap& on_gap,
                    std::stop_token stop);
  Status SizeExcluded(std::vector<Gap>& gaps, std::stop_token stop);

  Client& client_;
  InventoryOptions options_;
  std::set<std::string> owned_elsewhere_;  // clusters of jobs and the like, whose libraries are not ours either
  bool walked_ = false;
  ObjectsByKind tree_;  // what was not handed out yet
};

}  // namespace dbxark::workspace
