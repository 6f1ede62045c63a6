// dbxark drill: does the target hold what the archive has? Only reads.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

struct DrillFlags {
  std::string archive;
  ConnectionFlags connection;
  TuningFlags tuning;
  std::vector<std::string> include, exclude;
  std::string journal;          // of the restore; empty: the usual place
  std::string freeze_journal;   // of the archive's workspace; empty: the usual place
  std::string forward_journal;  // of a restore that the one in question went back on; empty: the usual place
  std::string map, to;          // of the restore; empty: none
  bool full = false;            // also what is announced, or in the target alone
};

int RunDrill(const DrillFlags& flags, Console& console);

}  // namespace dbxark::cli
