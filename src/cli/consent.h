// Before a workspace is changed: is it named, is it meant?
#pragma once

#include <string>

#include "base/result.h"
#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

struct ConsentFlags {
  bool dry_run = false;
  bool yes = false;
};

// Without a terminal and without --yes nothing is asked and nothing is sent; and the workspace is named on the command
// line, never by the environment alone. `what` begins the message: "a restore". kUsage.
Status CheckConsent(const ConsentFlags& flags, const ConnectionFlags& connection, const std::string& what);

// Asks for the host to be typed, unless --yes was given. kUsage: nothing was confirmed.
Status AskConsent(const ConsentFlags& flags, const std::string& host, Console& console);

// StateFolder(...) of this process's environment.
std::string StateFolderOfProcess();

// `given`, or where the journal of restores between these two lies.
std::string RestoreJournalPath(const std::string& given, const std::string& source_workspace_id,
                               const std::string& target_workspace_id);

}  // namespace dbxark::cli
