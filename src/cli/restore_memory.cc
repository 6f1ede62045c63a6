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

struct OwnJournal {
  std::string path;
  std::optional<restore::ProgressMap> progress;  // none if there is no journal at the usual place
};

Result<OwnJournal> ReadOwnJournal(const std::string& journal, const std::string& left_workspace_id,
                                  const std::string& right_workspace_id) {
  OwnJournal own{RestoreJournalPath(journal, left_workspace_id, right_workspace_id), {}};
  auto state =
      restore::FindJournal(FileSystem::Real(), own.path, !journal.empty(), left_workspace_id, right_workspace_id);
  if (!state.ok()) return std::move(state).error();
  if (*state) own.progress = std::move((*state)->progress);
  return own;
}

// `foreign`: ids of kinds that no restore handles.
RestoreMemory MemoryOf(const OwnJournal& own, std::shared_ptr<const restore::IdMap> foreign) {
  RestoreMemory memory;
  memory.path = own.path;
  if (!own.progress) return memory;
  auto ids = std::make_shared<std::map<std::pair<std::string, std::string>, std::string>>();
  for (const auto& [key, known] : *own.progress) {
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
  return memory;
}

}  // namespace

Result<RestoreMemory> OpenRestoreMemory(const std::string& journal, const std::string& left_workspace_id,
                                        const std::string& right_workspace_id) {
  const auto own = ReadOwnJournal(journal, left_workspace_id, right_workspace_id);
  if (!own.ok()) return own.error();
  return MemoryOf(*own, std::make_shared<restore::IdMap>());
}

Result<restore::ForwardJournal> OpenForwardJournal(const std::string& forward_journal,
                                                   const std::string& left_workspace_id,
                                                   const std::string& right_workspace_id) {
  return restore::ReadForwardJournal(FileSystem::Real(),
                                     RestoreJournalPath(forward_journal, right_workspace_id, left_workspace_id),
                                     !forward_journal.empty(), left_workspace_id, right_workspace_id);
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
  auto own = ReadOwnJournal(journal, left_workspace_id, right_workspace_id);
  if (!own.ok()) return std::move(own).error();
  auto forward = OpenForwardJournal(forward_journal, left_workspace_id, right_workspace_id);
  if (!forward.ok()) return std::move(forward).error();
  const auto foreign = std::make_shared<restore::IdMap>();
  if (const restore::FailBack& back = *forward->fail_back; !back.empty()) {
    if (!own->progress) *own = {forward->path, restore::ProgressMap()};
    back.AddTo(*own->progress);
    back.AddForeignIds(*foreign);
  }
  RestoreMemory memory = MemoryOf(*own, foreign);
  memory.forward = std::move(*forward);
  return memory;
}

}  // namespace dbxark::cli
