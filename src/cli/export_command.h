// dbxark export: a workspace into one new archive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

struct ExportFlags {
  ConnectionFlags connection;
  TuningFlags tuning;
  std::string output;
  std::vector<std::string> include, exclude;
  std::string notebook_format = "source";
  std::vector<std::string> dbfs_roots;  // empty: the usual ones
  std::string dbfs_max_file = "1GiB";
  int level = 3;
  std::string archive_id;
  bool partial_ok = false;
  bool refuse_plain_secrets = false;
  std::string accept_file;  // failures that are known and shall not alarm
};

int RunExport(const ExportFlags& flags, Console& console);

}  // namespace dbxark::cli
