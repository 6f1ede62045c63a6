#include "activity/cutover.h"

#include "json/document.h"
#include "objects/registry.h"
#include "restore/status.h"

namespace dbxark::activity {
namespace {

enum class Whose { kOurs, kAdopted, kUnfinished, kNoRecord, kNotRestored };

struct Owner {
  Whose whose = Whose::kOurs;
  std::string reason;  // of all but kOurs
};

Owner OwnerOf(const restore::Progress* progress) {
  if (progress == nullptr) return {Whose::kNoRecord, "was not restored"};
  const restore::Judgement judgement = restore::StandingOf(*progress);
  switch (judgement.standing) {
    case restore::Standing::kDone:
      if (progress->how != "adopted") return {};
      return {Whose::kAdopted, "was in the target before the restore"};
    case restore::Standing::kNoRecord:
      return {Whose::kNoRecord, "was not restored"};
    case restore::Standing::kUnknown:
      return {Whose::kUnfinished, "whether it was made is not known: " + judgement.reason};
    case restore::Standing::kOpen:
      return {Whose::kUnfinished, "its restore is not finished"};
    default:
      return {Whose::kNotRestored, "was not restored: " + judgement.reason};
  }
}

class Lister {
 public:
  Lister(const CutoverMemory& memory, bool on) : memory_(memory), on_(on) {}

  Status Take(const objects::ObjectDescriptor& kind, const format::Row& row, const format::ArchiveReader& reader) {
    const auto found = memory_.progress.find({row.kind, row.id});
    const restore::Progress* known = found == memory_.progress.end() ? nullptr : &found->second;
    const Owner owner = OwnerOf(known);
    if (owner.whose == Whose::kUnfinished) ++list_.unfinished;
    if (!kind.stop_path.empty() && owner.whose == Whose::kOurs) ++list_.stopped_clusters;
    if (kind.activities.empty()) return {};
    auto text = reader.Read(row);
    if (text.ok()) text = memory_.fail_back.Undo(row.kind, row.id, std::move(*text));
    if (!text.ok()) return std::move(text).error();
    const auto definition = json::Document::Parse(std::move(*text));
    if (!definition.ok()) return definition.error();

    Target target{&kind, known == nullptr ? "" : known->new_id, row.natural_key, {}};
    bool left_alone = false;
    for (const objects::FoundActivity& activity : objects::FindActivities(kind, definition->root())) {
      const FreezeLog::Place* frozen = WhatFroze({row.kind, row.id, activity.path}, activity.on, memory_.source);
      const bool was_on = activity.on || frozen != nullptr;
      if ((was_on && IsOurs(owner, target, activity.path)) || (!on_ && WasCutOver(known, activity.path))) {
        target.wanted.push_back({activity.path, on_, frozen == nullptr ? activity.OnValue() : frozen->on_value});
        if (frozen != nullptr) NoteFrozen(frozen->frozen_ms);
      } else if (was_on) {
        left_alone = true;
      } else {
        ++list_.off;
        const FreezeLog::Key here{row.kind, target.id, activity.path};
        if (memory_.target.contains(here)) list_.settled.push_back(here);
      }
    }
    if (left_alone) {
      list_.left_alone.push_back({row.kind, row.id, row.natural_key, owner.reason});
      if (owner.whose == Whose::kNoRecord) ++list_.not_restored;
      if (owner.whose == Whose::kAdopted) ++list_.adopted;
    }
    if (!target.wanted.empty()) list_.targets.push_back(std::move(target));
    return {};
  }

  CutoverList list() && { return std::move(list_); }

 private:
  bool IsOurs(const Owner& owner, const Target& target, const std::string& path) const {
    if (owner.whose != Whose::kAdopted) return owner.whose == Whose::kOurs;
    return memory_.also_adopted || memory_.target.contains({std::string(target.kind->name), target.id, path});
  }

  static bool WasCutOver(const restore::Progress* known, const std::string& path) {
    return known != nullptr && !known->new_id.empty() && known->cut_over.contains(path);
  }

  void NoteFrozen(int64_t frozen_ms) {
    ++list_.frozen;
    if (frozen_ms > 0 && (list_.frozen_ms == 0 || frozen_ms < list_.frozen_ms)) list_.frozen_ms = frozen_ms;
  }

  const CutoverMemory& memory_;
  const bool on_;
  CutoverList list_;
};

}  // namespace

Result<CutoverList> CutoverTargets(const format::ArchiveReader& reader, const CutoverMemory& memory,
                                   const objects::Selection& selection, bool on) {
  Lister lister(memory, on);
  Status failure;
  const Status read = reader.ForEachRow([&](const format::Row& row) {
    const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
    if (kind == nullptr || !selection.Matches(row.kind, row.id, row.natural_key)) return true;
    failure = lister.Take(*kind, row, reader);
    return failure.ok();
  });
  if (!failure.ok()) return std::move(failure).error();
  if (!read.ok()) return read.error();
  return std::move(lister).list();
}

}  // namespace dbxark::activity
