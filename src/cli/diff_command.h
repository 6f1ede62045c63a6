// dbxark diff: what changed between two archives, or between an archive and a live workspace.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audit/comparison.h"
#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

struct DiffFlags {
  std::string left, right;  // each a path, or `live:PROFILE`
  std::vector<std::string> include, exclude;
  bool raw = false;
  bool patch = false;
  bool exit_code = false;  // 10 where there are differences
  std::string journal;     // of a restore from left to right; empty: the usual place
  TuningFlags tuning;      // for live sides
};

// What the journal of a restore tells.
struct RestoreMemory {
  audit::IdMap id_map;                                      // may be empty
  std::set<std::pair<std::string, std::string>> announced;  // kind and left id
};

// Reads the journal between two workspaces. Nothing, where there is none and `flags.journal` names none.
using JournalOpener = std::function<Result<RestoreMemory>(const DiffFlags& flags, const std::string& left_workspace_id,
                                                          const std::string& right_workspace_id)>;

int RunDiff(const DiffFlags& flags, Console& console, const JournalOpener& open_journal = {});

}  // namespace dbxark::cli
