// What an archive says of the export that made it: META/manifest.json without the members that format/ adds.
#pragma once

#include <string>

#include "backup/backup.h"

namespace dbxark::backup {

std::string ManifestMembers(const BackupOptions& options, const BackupReport& report, int64_t started_ms,
                            int64_t ended_ms, int64_t clock_skew_s);

}  // namespace dbxark::backup
