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
#include "restore/fail_back.h"
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
  size_t not_restored = 0;      // of those: no restore was about them, or got to them
  size_t adopted = 0;           // of those: they were in the target before any restore
  size_t unfinished = 0;        // selected objects that a restore has begun with and not ended
  size_t stopped_clusters = 0;  // restored, and started by whoever needs them
  size_t frozen = 0;            // places of `targets` that are off in the archive, since a freeze switched them off
  int64_t frozen_ms = 0;        // when the first of them was; 0: not known
  size_t off = 0;               // places that are off in the archive for all we know
  // Of those, what a freeze has switched off in the target: it is no more to be switched on again.
  std::vector<FreezeLog::Key> settled;
};

// What is known beside the archive. All that it refers to outlives it.
struct CutoverMemory {
  const restore::ProgressMap& progress;  // the journal's
  const FreezeLog::Places& source;       // what freezes of the source have switched off
  const FreezeLog::Places& target;       // and of the target: it is ours to switch on again
  restore::FailBack& fail_back;
  bool also_adopted = false;  // what was in the target before any restore, too
};

// What the target had before any restore is left alone, unless a freeze of ours switched it off: nobody else paused it
// for us. `on` false gives the way back, of all that a cut-over has switched on. kCorruption of the archive.
Result<CutoverList> CutoverTargets(const format::ArchiveReader& reader, const CutoverMemory& memory,
                                   const objects::Selection& selection, bool on);

}  // namespace dbxark::activity
