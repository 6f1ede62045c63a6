// What restores know of and the archive has no more.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "objects/selector.h"
#include "restore/archived.h"
#include "restore/journal.h"
#include "restore/written.h"
#include "workspace/content.h"

namespace dbxark::restore {

// What an archive's export was to save and could see. What it does not cover may well be there still.
class Coverage {
 public:
  // By the archive's manifest. One that says less covers less.
  static Coverage Of(const std::string& manifest);
  bool Covers(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& natural_key) const;
  // Not empty: it covers nothing, and why.
  const std::string& nothing_because() const { return nothing_because_; }

 private:
  struct Gap {
    const objects::ObjectDescriptor* kind;
    std::string id, natural_key;
  };
  std::string nothing_because_ = "its manifest does not say what it covers";
  objects::Selection scope_;
  std::vector<std::string> dbfs_roots_;
  std::vector<Gap> gaps_;
};

struct Vanished {
  const objects::ObjectDescriptor* kind = nullptr;
  std::string id;  // in the source
  std::string natural_key;
  std::string place;  // in the target: an id, or a path
  // Of what restores have put there. None: it is not theirs, or they kept no record.
  std::set<std::string> fingerprints;
  bool ours = false;
};

// For reading what lies there, in the form in which it was put there.
workspace::ContentRequest RequestFor(const Vanished& vanished);

// In the order in which they may be removed: what refers to others before those, what lies in a folder before it.
// `progress` may hold more than this restore's own journal says. Without `trees` only what has a definition is looked
// for: where paths of the target are not those of the archive, none says what is gone.
std::vector<Vanished> FindVanished(const ArchivedWorkspace& archive, const ProgressMap& progress,
                                   const Coverage& coverage, const objects::Selection& selection, bool trees);

}  // namespace dbxark::restore
