// dbxark info: where an archive comes from, what is in it, and what is not.
#pragma once

#include <string>

#include "cli/console.h"

namespace dbxark::cli {

struct InfoFlags {
  std::string archive;
  bool failed = false;  // list what failed, and nothing else
};

int RunInfo(const InfoFlags& flags, Console& console);

}  // namespace dbxark::cli
