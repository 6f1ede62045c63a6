// Is an archive whole, and would what it holds find all that it refers to?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "format/archive_reader.h"
#include "objects/dangling.h"

namespace dbxark::audit {

// References of the archive's definitions that nothing in it answers, in the archive's order. Reads every definition;
// memory is about 100 bytes an object. Kinds and paths that the export left out by its options are not missed.
// kCorruption if a definition cannot be read.
Result<std::vector<objects::Dangling>> FindDangling(const format::ArchiveReader& reader);

// Three lines without the last one's end: "job 8812 nightly", "    settings.tasks[0].existing_cluster_id",
// "    needs cluster 0923-…, which is not in the archive".
std::string DanglingLine(const objects::Dangling& dangling);
std::string DanglingJson(const objects::Dangling& dangling);

}  // namespace dbxark::audit
