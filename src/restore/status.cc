#include "restore/status.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "json/writer.h"

namespace dbxark::restore {
namespace {

constexpr Standing kAll[] = {Standing::kDone,   Standing::kOpen,    Standing::kUnknown,
                             Standing::kFailed, Standing::kBlocked, Standing::kNoRecord};
constexpr size_t kMost = 20;

bool IsBad(Standing standing) { return standing != Standing::kDone && standing != Standing::kNoRecord; }

}  // namespace

Judgement StandingOf(const Progress& progress) {
  if (!progress.unknown.empty()) return {Standing::kUnknown, progress.unknown};
  if (progress.open) {
    return {Standing::kOpen,
            progress.open->op + " intended " + FormatTime(progress.open->at_ms) + ", and nothing is known since"};
  }
  if (progress.removed) return {Standing::kNoRecord, {}};
  // What was made once stays made, whatever became of a later run.
  if (progress.done) return {Standing::kDone, {}};
  if (!progress.new_id.empty()) {
    std::string reason = "made, and still to do: ";
    for (const std::string& what : progress.follow) reason += (&what == &progress.follow.front() ? "" : ", ") + what;
    return {Standing::kOpen, std::move(reason)};
  }
  if (!progress.blocked.empty()) return {Standing::kBlocked, progress.blocked};
  return {Standing::kFailed, progress.refused.empty() ? "the service refused it" : progress.refused};
}

std::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::kDone:
      return "done";
    case Standing::kOpen:
      return "open";
    case Standing::kUnknown:
      return "unknown";
    case Standing::kFailed:
      return "failed";
    case Standing::kBlocked:
      return "blocked";
    case Standing::kNoRecord:
      break;
  }
  return "no record";
}

bool Standings::Settled() const {
  return std::none_of(std::begin(kAll), std::end(kAll),
                      [&](Standing standing) { return IsBad(standing) && Count(standing) > 0; });
}

Result<Standings> StandingsOf(const format::ArchiveReader& reader, const ProgressMap& progress) {
  Standings standings;
  const Status read = reader.ForEachRow([&](const format::Row& row) {
    ReportItem item{row.kind, row.id, row.natural_key, {}, {}};
    Standing standing = Standing::kNoRecord;
    if (const auto found = progress.find({row.kind, row.id}); found != progress.end()) {
      item.new_id = found->second.new_id;
      Judgement judgement = StandingOf(found->second);
      standing = judgement.standing;
      item.reason = std::move(judgement.reason);
    }
    standings.items[standing].push_back(std::move(item));
    return true;
  });
  if (!read.ok()) return read.error();
  return standings;
}

std::vector<std::string> StandingsText(const Standings& standings, bool full) {
  std::vector<std::string> lines;
  std::string counts;
  for (const Standing standing : kAll) {
    const auto found = standings.items.find(standing);
    if (found == standings.items.end()) continue;
    const auto& items = found->second;
    counts += (counts.empty() ? "" : ", ") + WithSeparators(items.size()) + " " + std::string(StandingName(standing));
    if (!IsBad(standing)) continue;
    lines.push_back(std::string(StandingName(standing)) + " " + WithSeparators(items.size()) + ":");
    const size_t most = full ? items.size() : std::min(items.size(), kMost);
    for (size_t i = 0; i < most; ++i) {
      lines.push_back("  " + items[i].kind + "  " + Shorten(Printable(items[i].natural_key), 40) + "  " +
                      Printable(items[i].reason));
    }
    if (most < items.size()) lines.push_back("  and " + WithSeparators(items.size() - most) + " more (--full)");
  }
  if (standings.Count(Standing::kNoRecord) > 0) counts += " (not begun, or found at their paths)";
  lines.push_back(counts.empty() ? "the archive is empty" : counts);
  return lines;
}

std::string StandingsJson(const Standings& standings, const std::string& journal_path) {
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.restore_status.v1").Member("journal", journal_path);
  out.Member("settled", standings.Settled());
  for (const Standing standing : kAll) {
    std::string key(StandingName(standing));
    std::replace(key.begin(), key.end(), ' ', '_');
    const auto found = standings.items.find(standing);
    WriteItems(out.Key(key), found == standings.items.end() ? std::vector<ReportItem>() : found->second);
  }
  return out.EndObject().Take();
}

}  // namespace dbxark::restore
