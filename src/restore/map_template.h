// What an archive names and a target lacks, as a map to be filled in.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"
#include "format/archive_reader.h"
#include "objects/selector.h"
#include "workspace/client.h"

namespace dbxark::restore {

struct MapTemplate {
  std::string toml;     // its rules are comments, so that it is a map from the beginning
  size_t open = 0;      // names without counterpart
  size_t to_judge = 0;  // names of which the target does not say whether it has them
};

// Reads every definition of the archive that `selection` matches, and the lists of the target that can answer; sends
// only reads. kCorruption, kInterrupted, and what ends all requests.
Result<MapTemplate> MakeMapTemplate(const format::ArchiveReader& reader, const objects::Selection& selection,
                                    workspace::Client& client, std::stop_token stop);

}  // namespace dbxark::restore
