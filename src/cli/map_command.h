// dbxark map: what an archive names and a target lacks, ready to fill in. Only reads.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/console.h"
#include "cli/session.h"
#include "mapping/map_rules.h"

namespace dbxark::cli {

struct MapFlags {
  std::string archive;
  ConnectionFlags connection;
  TuningFlags tuning;
  std::vector<std::string> include, exclude;
  std::string output;  // a new file; empty: standard output
};

int RunMap(const MapFlags& flags, Console& console);

// The map in a file; no rules where `path` is empty.
Result<mapping::MapRules> ReadMap(const std::string& path);

}  // namespace dbxark::cli
