#include "cli/restore_memory.h"

#include <memory>
#include <optional>

#include "cli/consent.h"
#include "restore/status.h"

namespace dbxark::cli {
namespace {

using restore::Standing;

audit::Told ToldOf(restore::Judgement judgement) {
  using How = audit::Told::How;
  switch (judgement.standing) {
    case Standing::kBlocked:
      return {How::kBlocked, "blocked: " + judgement.reason};
    case Standing::kOpen:
      return {How::kUnfinished, std::move(judgement.reason)};
    case Standing::kUnknown:
      return {How::kFailed, "not known whether made: " + judgement.reason};
    default:
      return {How::kFailed, "failed: " + judgement.reason};
  }
}

}  // namespace

Result<RestoreMemory> OpenRestoreMemory(const std::string& journal, const std::string& left_workspace_id,
                                        const std::string& right_workspace_id) {
  RestoreMemory memory;
  memory.path = RestoreJournalPath(journal, left_workspace_id, right_workspace_id);
  // An archive that does not say where it is from is taken at its word.
  const bool known = !left_workspace_id.empty() && !right_workspace_id.empty();
  auto progress = known ? restore::ReadJournal(FileSystem::Real(), memory.path, left_workspace_id, right_workspace_id)
                        : restore::ReadJournal(FileSystem::Real(), memory.path);
  if (!progress.ok()) {
    if (progress.error().code() == ErrorCode::kNotFound && journal.empty()) return memory;
    return std::move(progress).error();
  }
  auto ids = std::make_shared<std::map<std::pair<std::string, std::string>, std::string>>();
  for (const auto& [key, known] : *progress) {
    if (!known.new_id.empty()) (*ids)[{key.kind, key.id}] = known.new_id;
    restore::Judgement judgement = restore::StandingOf(known);
    if (judgement.standing != Standing::kDone && judgement.standing != Standing::kNoRecord) {
      memory.told[{key.kind, key.id}] = ToldOf(std::move(judgement));
    }
  }
  memory.id_map = [ids](std::string_view kind, const std::string& old_id) -> std::optional<std::string> {
    const auto found = ids->find({std::string(kind), old_id});
    if (found == ids->end()) return std::nullopt;
    return found->second;
  };
  return memory;
}

}  // namespace dbxark::cli
