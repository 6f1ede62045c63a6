// dbxark show: definitions as they are stored, or what a notebook or file holds.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace dbxark::cli {

struct ShowFlags {
  std::string archive;
  std::vector<std::string> selectors;
  bool pretty = false;  // definitions indented
};

int RunShow(const ShowFlags& flags, Console& console);

}  // namespace dbxark::cli
