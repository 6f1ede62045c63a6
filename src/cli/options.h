// The command line: which command, with which options. Knows CLI11 (alone); the commands know only their structs.
#pragma once

#include "cli/console.h"

namespace dbxark::cli {

// Parses, runs the command, and returns the process's exit code. Whatever is wrong with the line itself is exit 2, with
// the likely word.
int RunCommandLine(int argc, const char* const* argv, Console& console);

}  // namespace dbxark::cli
