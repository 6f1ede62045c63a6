// What a cut-over is about: everything that was on in the source, restored by us, and off until now in the target. On
// was also what a freeze of the source had switched off when the archive was made.
#pragma once

#include <string>
#include <vector>

#include "activity/freeze.h"
#include "activity/switcher.h"
#include "base/result.h"
#include "format/archive_reader.h"
#include "objects/selector.h"
#include "restore/journal.h"

namespace dbxark::activity {

// On in the source, and not for us to switch.
struct LeftAlone {
  std::string kind, id, natural_key;
  std::string reason;
};

struct CutoverList {
  std::vector<Target> targets;  // in the archive's order
  std::vector<LeftAlone> left_alone;
  size_t stopped_clusters = 0;  // restored, and started by whoever needs them
  size_t frozen = 0;            // places of `targets` that are off in the archive, since a freeze switched them off
  size_t off = 0;               // places that are off in the archive for all we know
};

// `progress` is the journal's, `frozen` what freezes of the source have switched off and nobody has thawed. What the
// target had before any restore is left alone: nobody paused it for us. `on` false gives the way back. kCorruption of
// the archive.
Result<CutoverList> CutoverTargets(const format::ArchiveReader& reader, const restore::ProgressMap& progress,
                                   const FreezeLog::Places& frozen, const objects::Selection& selection, bool on);

}  // namespace dbxark::activity
