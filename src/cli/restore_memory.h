// What journals tell those who compare or switch: those of restores from one workspace to another, and of freezes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "activity/freeze.h"
#include "audit/comparison.h"
#include "base/result.h"
#include "restore/fail_back.h"

namespace dbxark::cli {

struct RestoreMemory {
  audit::IdMap id_map;                                              // empty where there is no journal
  std::map<std::pair<std::string, std::string>, audit::Told> told;  // by kind and left id: what is not done
  std::string path;                                                 // where the journal is, or would be
  restore::ForwardJournal forward;                                  // where somebody asks
};

// `journal` empty: the usual place.
using JournalOpener = std::function<Result<RestoreMemory>(
    const std::string& journal, const std::string& left_workspace_id, const std::string& right_workspace_id)>;

// Without an id map if there is none at the usual place; kNotFound if `journal` names one that is not there,
// kAlreadyExists if it belongs to other workspaces, kCorruption.
Result<RestoreMemory> OpenRestoreMemory(const std::string& journal, const std::string& left_workspace_id,
                                        const std::string& right_workspace_id);
// `forward_journal` empty: the usual place, if it is there. Errors as above.
Result<restore::ForwardJournal> OpenForwardJournal(const std::string& forward_journal,
                                                   const std::string& left_workspace_id,
                                                   const std::string& right_workspace_id);
// What freezes of a workspace have done; nothing where there is no journal at the usual place (`freeze_journal` empty).
Result<activity::FreezeLog::State> ReadFreezeLog(const std::string& freeze_journal, const std::string& workspace_id);
// The first two.
Result<RestoreMemory> OpenBothMemories(const std::string& journal, const std::string& forward_journal,
                                       const std::string& left_workspace_id, const std::string& right_workspace_id);

}  // namespace dbxark::cli
