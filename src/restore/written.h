// What restores have written, by where it lies in the target: to tell what somebody changed since.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "restore/archived.h"
#include "restore/journal.h"
#include "restore/plan.h"

namespace dbxark::restore {

struct Trace {
  bool ours = false;  // restores have made it
  std::set<std::string> fingerprints;
};

class WrittenIndex {
 public:
  explicit WrittenIndex(const ProgressMap& progress);
  // `place`: the id in the target, or the path of what lies in a tree. Nothing if no restore knows of it.
  const Trace* Find(std::string_view kind, const std::string& place) const;

 private:
  std::map<std::pair<std::string, std::string>, Trace> traces_;
};

// What a step's `done` says of it beside the fingerprint: the edits that a way back has to undo.
Written WrittenBy(const Step& step, std::string fingerprint);

}  // namespace dbxark::restore
