// dbxark ls: what is in an archive, a line an object.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace dbxark::cli {

struct LsFlags {
  std::string archive;
  std::vector<std::string> selectors, exclude;
  bool long_format = false;  // with size, time and id
};

int RunLs(const LsFlags& flags, Console& console);

}  // namespace dbxark::cli
