// The versions of the libraries behind this room, for --version and manifests.
#pragma once

#include <string>

namespace dbxark::format {

// "libarchive 3.6.2, libzstd 1.5.4".
std::string LibraryVersions();

}  // namespace dbxark::format
