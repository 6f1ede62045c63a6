#include "activity/cutover.h"

#include "json/document.h"
#include "objects/registry.h"
#include "restore/status.h"

namespace dbxark::activity {
namespace {

// Empty: it is ours to switch.
std::string WhyNot(const restore::Progress* progress) {
  if (progress == nullptr) return "was not restored";
  const restore::Judgement judgement = restore::StandingOf(*progress);
  switch (judgement.standing) {
    case restore::Standing::kDone:
      return progress->how == "adopted" ? "was in the target before the restore" : "";
    case restore::Standing::kNoRecord:
      return "was not restored";
    case restore::Standing::kUnknown:
      return "whether it was made is not known: " + judgement.reason;
    case restore::Standing::kOpen:
      return "its restore is not finished";
    default:
      return "was not restored: " + judgement.reason;
  }
}

}  // namespace

Result<CutoverList> CutoverTargets(const format::ArchiveReader& reader, const restore::ProgressMap& progress,
                                   const FreezeLog::Places& frozen, const objects::Selection& selection, bool on) {
  CutoverList list;
  Status failure;
  const Status read = reader.ForEachRow([&](const format::Row& row) {
    const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
    if (kind == nullptr || !selection.Matches(row.kind, row.id, row.natural_key)) return true;
    const auto found = progress.find({row.kind, row.id});
    const restore::Progress* known = found == progress.end() ? nullptr : &found->second;
    const std::string why_not = WhyNot(known);
    if (!kind->stop_path.empty() && why_not.empty()) ++list.stopped_clusters;
    if (kind->activities.empty()) return true;
    auto text = reader.Read(row);
    auto definition = text.ok() ? json::Document::Parse(std::move(*text)) : Result<json::Document>(text.error());
    if (!definition.ok()) {
      failure = std::move(definition).error();
      return false;
    }
    Target target{kind, known == nullptr ? "" : known->new_id, row.natural_key, {}};
    size_t frozen_here = 0;
    for (const objects::FoundActivity& activity : objects::FindActivities(*kind, definition->root())) {
      const auto place = frozen.find({row.kind, row.id, activity.path});
      if (activity.on) {
        target.wanted.push_back({activity.path, on, activity.OnValue()});
      } else if (place != frozen.end()) {
        target.wanted.push_back({activity.path, on, place->second.on_value});
        ++frozen_here;
      } else {
        ++list.off;
      }
    }
    if (target.wanted.empty()) return true;
    if (why_not.empty()) {
      list.frozen += frozen_here;
      list.targets.push_back(std::move(target));
    } else {
      list.left_alone.push_back({row.kind, row.id, row.natural_key, why_not});
    }
    return true;
  });
  if (!failure.ok()) return std::move(failure).error();
  if (!read.ok()) return read.error();
  return list;
}

}  // namespace dbxark::activity
