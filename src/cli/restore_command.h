// dbxark restore: plan and replay an archive into a workspace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

struct RestoreFlags {
  std::string archive;
  ConnectionFlags connection;
  TuningFlags tuning;
  std::vector<std::string> include, exclude;
  std::string journal;
  std::vector<std::string> on_conflict;  // "update", "jobs=fail"
  std::string on_missing = "block";
  std::string map;                  // a file
  std::string to;                   // a folder of the tree
  std::string save_plan, plan;      // files
  std::string report;               // a file for people (or, as *.json, for programs); empty: none
  std::string read_back = "lists";  // "none", "content"
  int64_t settle_s = 60;
  bool dry_run = false;
  bool full = false;    // the whole plan
  bool status = false;  // only say how far it has come
  bool yes = false;
  bool standby = false, prune = false, allow_older = false;
  std::string forward_journal;  // of the restore that this one goes back on; empty: at its usual place, if it is there
  bool same_workspace = false;
  bool retry_unknown = false;
  bool adopt_by_name = false, create_anyway = false;
};

int RunRestore(const RestoreFlags& flags, Console& console);

}  // namespace dbxark::cli
