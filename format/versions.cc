#include "format/versions.h"

#include <archive.h>
#include <zstd.h>

namespace dbxark::format {

std::string LibraryVersions() {
  const int number = archive_version_number();
  return "libarchive " + std::to_string(number / 1000000) + "." + std::to_string(number / 1000 % 1000) + "." +
         std::to_string(number % 1000) + ", libzstd " + ZSTD_versionString();
}

}  // namespace dbxark::format
