// dbxark cutover: switch on in the target what was on in the source. dbxark freeze: switch off in the source what is
// on.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

struct SwitchFlags {
  ConnectionFlags connection;
  TuningFlags tuning;
  std::vector<std::string> include, exclude;
  std::string journal;
  bool reverse = false;  // --off
  bool dry_run = false;
  bool yes = false;
  bool full = false;
};

struct CutoverFlags : SwitchFlags {
  std::string archive;
  std::string freeze_journal;   // of the source; empty: the usual place, if it is there
  std::string forward_journal;  // of a restore that the one in question went back on; empty: the usual place
  bool also_adopted = false;    // what was in the target before any restore, too
};

int RunCutover(const CutoverFlags& flags, Console& console);
int RunFreeze(const SwitchFlags& flags, Console& console);

}  // namespace dbxark::cli
