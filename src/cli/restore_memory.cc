#include "cli/restore_memory.h"

#include <memory>
#include <optional>

#include "cli/consent.h"
#include "restore/id_map.h"
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

// Nothing if there is none at the usual place.
Result<std::optional<restore::ProgressMap>> ReadProgress(const std::string& path, bool named,
                                                         const std::string& left_workspace_id,
                                                         const std::string& right_workspace_id) {
  // An archive that does not say where it is from is taken at its word.
  const bool known = !left_workspace_id.empty() && !right_workspace_id.empty();
  auto state = known ? restore::ReadJournal(FileSystem::Real(), path, left_workspace_id, right_workspace_id)
                     : restore::ReadJournal(FileSystem::Real(), path);
  if (state.ok()) return std::optional(std::move(state->progress));
  if (state.error().code() == ErrorCode::kNotFound && !named) return std::optional<restore::ProgressMap>();
  return std::move(state).error();
}

// `foreign`: ids of kinds that no restore handles.
void Remember(const restore::ProgressMap& progress, std::shared_ptr<const restore::IdMap> foreign,
              RestoreMemory& memory) {
  auto ids = std::make_shared<std::map<std::pair<std::string, std::string>, std::string>>();
  for (const auto& [key, known] : progress) {
    if (!known.new_id.empty()) (*ids)[{key.kind, key.id}] = known.new_id;
    restore::Judgement judgement = restore::StandingOf(known);
    if (judgement.standing != Standing::kDone && judgement.standing != Standing::kNoRecord) {
      memory.told[{key.kind, key.id}] = ToldOf(std::move(judgement));
    }
  }
  memory.id_map = [ids, foreign = std::move(foreign)](std::string_view kind,
                                                      const std::string& old_id) -> std::optional<std::string> {
    const auto found = ids->find({std::string(kind), old_id});
    if (found != ids->end()) return found->second;
    return foreign->ResolveExisting(kind, old_id);
  };
}

}  // namespace

Result<RestoreMemory> OpenRestoreMemory(const std::string& journal, const std::string& left_workspace_id,
                                        const std::string& right_workspace_id) {
  RestoreMemory memory;
  memory.path = RestoreJournalPath(journal, left_workspace_id, right_workspace_id);
  auto progress = ReadProgress(memory.path, !journal.empty(), left_workspace_id, right_workspace_id);
  if (!progress.ok()) return std::move(progress).error();
  if (*progress) Remember(**progress, std::make_shared<restore::IdMap>(), memory);
  return memory;
}

Result<ForwardJournal> OpenForwardJournal(const std::string& forward_journal, const std::string& left_workspace_id,
                                          const std::string& right_workspace_id) {
  ForwardJournal forward;
  if (left_workspace_id == right_workspace_id) return forward;
  const std::string path = RestoreJournalPath(forward_journal, right_workspace_id, left_workspace_id);
  auto progress = ReadProgress(path, !forward_journal.empty(), right_workspace_id, left_workspace_id);
  if (!progress.ok()) return std::move(progress).error();
  if (!*progress) return forward;
  auto fail_back = std::make_shared<restore::FailBack>(**progress);
  if (!fail_back->empty()) forward = {std::move(fail_back), path};
  return forward;
}

Result<activity::FreezeLog::State> ReadFreezeLog(const std::string& freeze_journal, const std::string& workspace_id) {
  const bool named = !freeze_journal.empty();
  if (!named && workspace_id.empty()) return activity::FreezeLog::State();
  const std::string path =
      named ? freeze_journal : activity::FreezeLog::DefaultPath(StateFolderOfProcess(), workspace_id);
  auto state = activity::FreezeLog::Read(FileSystem::Real(), path, workspace_id);
  if (!state.ok() && !named && state.error().code() == ErrorCode::kNotFound) return activity::FreezeLog::State();
  return state;
}

Result<RestoreMemory> OpenBothMemories(const std::string& journal, const std::string& forward_journal,
                                       const std::string& left_workspace_id, const std::string& right_workspace_id) {
  RestoreMemory memory;
  memory.path = RestoreJournalPath(journal, left_workspace_id, right_workspace_id);
  auto progress = ReadProgress(memory.path, !journal.empty(), left_workspace_id, right_workspace_id);
  if (!progress.ok()) return std::move(progress).error();
  auto forward = OpenForwardJournal(forward_journal, left_workspace_id, right_workspace_id);
  if (!forward.ok()) return std::move(forward).error();
  memory.forward = std::move(*forward);
  const auto foreign = std::make_shared<restore::IdMap>();
  if (const auto& fail_back = memory.forward.fail_back; fail_back != nullptr) {
    if (!*progress) {
      memory.path = memory.forward.path;
      progress->emplace();
    }
    fail_back->AddTo(**progress);
    fail_back->AddForeignIds(*foreign);
  }
  if (*progress) Remember(**progress, foreign, memory);
  return memory;
}

}  // namespace dbxark::cli
