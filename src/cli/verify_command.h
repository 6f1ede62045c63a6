// dbxark verify: is every byte of an archive what was written, and would a restore find what it needs?
#pragma once

#include <string>

#include "cli/console.h"

namespace dbxark::cli {

struct VerifyFlags {
  std::string archive;
  bool quick = false;       // structure only
  bool restorable = false;  // list references that nothing in the archive answers
  size_t threads = 0;       // 0: as many as there are processors
};

int RunVerify(const VerifyFlags& flags, Console& console);

}  // namespace dbxark::cli
