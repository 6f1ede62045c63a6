// How far the restores between two workspaces have come, by their journal alone: nothing is asked or changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "format/archive_reader.h"
#include "restore/journal.h"
#include "restore/report.h"

namespace dbxark::restore {

enum class Standing {
  kDone,
  kOpen,     // begun, and its end is not known; or made, and something is left to do with it
  kUnknown,  // whether it was made is not known
  kFailed,   // the service refused it
  kBlocked,
  kNoRecord,  // not begun, or found at its path
};
std::string_view StandingName(Standing standing);  // "no record"

// Of one object, and why it stands so: one line, empty for what is done.
struct Judgement {
  Standing standing;
  std::string reason;
};
Judgement StandingOf(const Progress& progress);

struct Standings {
  std::map<Standing, std::vector<ReportItem>> items;  // each in the archive's order
  size_t Count(Standing standing) const {
    const auto found = items.find(standing);
    return found == items.end() ? 0 : found->second.size();
  }
  // Nothing is open, unknown, failed or blocked.
  bool Settled() const;
};

// Of every object of the archive. kCorruption of the archive.
Result<Standings> StandingsOf(const format::ArchiveReader& reader, const ProgressMap& progress);

// What is not settled, then the counts. Without `full`, at most twenty of each.
std::vector<std::string> StandingsText(const Standings& standings, bool full);
// One JSON document, "dbxark.restore_status.v1".
std::string StandingsJson(const Standings& standings, const std::string& journal_path);

}  // namespace dbxark::restore
