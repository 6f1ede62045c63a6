#include "cli/consent.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/file_system.h"
#include "base/text.h"
#include "restore/journal.h"

namespace dbxark::cli {

Status CheckConsent(const ConsentFlags& flags, const ConnectionFlags& connection, const std::string& what) {
  if (flags.dry_run) return {};
  if (connection.profile.empty() && connection.host.empty()) {
    return Error(ErrorCode::kUsage,
                 "a command that changes a workspace takes the target by name: add --profile or --host");
  }
  if (flags.yes || isatty(STDIN_FILENO) != 0) return {};
  return Error(ErrorCode::kUsage, what +
                                      " changes the workspace, and there is no terminal to ask on: add --yes, or look "
                                      "first with --dry-run");
}

Status AskConsent(const ConsentFlags& flags, const std::string& host, Console& console) {
  if (flags.yes) return {};
  const size_t scheme = host.find("://");
  const std::string bare = scheme == std::string::npos ? host : host.substr(scheme + 3);
  console.Ask("type the target's host to go on (" + bare + "): ");
  std::string line;
  if (std::getline(std::cin, line) && Trim(line) == bare) return {};
  return Error(ErrorCode::kUsage, "not confirmed; nothing was changed");
}

std::string StateFolderOfProcess() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  return StateFolder(state == nullptr ? "" : state, home == nullptr ? "" : home);
}

std::string RestoreJournalPath(const std::string& given, const std::string& source_workspace_id,
                               const std::string& target_workspace_id) {
  if (!given.empty()) return given;
  return restore::DefaultJournalPath(StateFolderOfProcess(), source_workspace_id, target_workspace_id);
}

}  // namespace dbxark::cli
