// dbxark extract: members of an archive as files in a folder.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace dbxark::cli {

struct ExtractFlags {
  std::string archive;
  std::vector<std::string> selectors, exclude;
  std::string folder = ".";
  bool keep_going = false;  // past damage
};

int RunExtract(const ExtractFlags& flags, Console& console);

}  // namespace dbxark::cli
