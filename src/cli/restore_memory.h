// What the journal of restores from one workspace to another tells a comparison of the two.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "audit/comparison.h"
#include "base/result.h"
#include "restore/fail_back.h"

namespace dbxark::cli {

struct RestoreMemory {
  audit::IdMap id_map;                                              // empty where there is no journal
  std::map<std::pair<std::string, std::string>, audit::Told> told;  // by kind and left id: what is not done
  std::string path;                                                 // where the journal is, or would be
  // Of restores the other way round, where somebody asks and there were such.
  std::shared_ptr<restore::FailBack> fail_back;
  std::string forward_path;
};

// `journal` empty: the usual place.
using JournalOpener = std::function<Result<RestoreMemory>(
    const std::string& journal, const std::string& left_workspace_id, const std::string& right_workspace_id)>;

// Without an id map if there is none at the usual place; kNotFound if `journal` names one that is not there,
// kAlreadyExists if it belongs to other workspaces, kCorruption.
Result<RestoreMemory> OpenRestoreMemory(const std::string& journal, const std::string& left_workspace_id,
                                        const std::string& right_workspace_id);
// The same for a left side that may have come from the right one: with what the journal of restores from there tells.
// `forward_journal` empty: the usual place, if it is there.
Result<RestoreMemory> OpenBothMemories(const std::string& journal, const std::string& forward_journal,
                                       const std::string& left_workspace_id, const std::string& right_workspace_id);

}  // namespace dbxark::cli
