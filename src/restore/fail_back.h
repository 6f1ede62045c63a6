// Going back: an archive of the workspace that an earlier restore went to, restored into the one that it came from.
//
// The journal of that restore, read the other way round, says which object of the archive is which of the target, and
// what was changed in definitions on the way there. What still stands as that restore wrote it is undone; what somebody
// changed since stays as it is in the archive.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "objects/definition.h"
#include "restore/id_map.h"
#include "restore/journal.h"

namespace dbxark::restore {

// Safe for concurrent use.
class FailBack {
 public:
  FailBack() = default;
  // `forward`: of restores from this restore's target to its source.
  explicit FailBack(const ProgressMap& forward);
  FailBack(const FailBack&) = delete;
  FailBack& operator=(const FailBack&) = delete;

  bool empty() const { return known_.empty() && nodes_.empty(); }
  size_t size() const { return known_.size() + nodes_.size(); }
  // Notebooks and files that a map, or --to, had put on another path there.
  size_t moved() const;

  // What it knows joins what this restore's own journal says, which is believed first.
  void AddTo(ProgressMap& progress) const;
  // Ids of kinds that no restore handles, as they were mapped, go back too.
  void AddForeignIds(IdMap& ids) const;

  // The definition with what the forward restore had changed as it was before.
  Result<std::string> Undo(std::string_view kind, const std::string& id, std::string definition);
  // What Undo did and could not do with it, as edits of a step; after it was undone.
  std::vector<objects::FieldEdit> EditsOf(std::string_view kind, const std::string& id) const;

 private:
  using Key = std::pair<std::string, std::string>;
  std::map<Key, std::pair<std::string, Progress>> known_;  // by kind and id in the archive: id in the target, and more
  std::map<ObjectKey, Progress> nodes_;                    // what lies in trees, as the forward journal has it
  mutable std::mutex mutex_;
  std::map<Key, std::vector<objects::FieldEdit>> edits_;
};

// What the journal of restores in the other direction tells.
struct ForwardJournal {
  std::shared_ptr<FailBack> fail_back = std::make_shared<FailBack>();  // never null
  std::string path;                                                    // empty: there were no such restores
};

// `path` is where restores from the target to the source have it. Unless it `must_exist`, there may be none. kNotFound,
// kAlreadyExists (of other workspaces), kCorruption.
Result<ForwardJournal> ReadForwardJournal(FileSystem& files, const std::string& path, bool must_exist,
                                          const std::string& source_workspace_id,
                                          const std::string& target_workspace_id);

}  // namespace dbxark::restore
