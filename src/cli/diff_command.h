// dbxark diff: what changed between two archives, or between an archive and a live workspace.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/restore_memory.h"
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

int RunDiff(const DiffFlags& flags, Console& console, const JournalOpener& open_journal = {});

}  // namespace dbxark::cli
