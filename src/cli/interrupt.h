// SIGINT and SIGTERM as a stop request: the first asks, the second ends the process at once.
#pragma once

#include <stop_token>

namespace dbxark::cli {

// Installs the handlers (once a process) and returns the token that they stop.
std::stop_token StopOnSignals();

// 130 or 143 by the signal that came, 0 if none did.
int InterruptExitCode();

}  // namespace dbxark::cli
