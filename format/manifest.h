// META/manifest.json: the archive's closing account of itself. The caller says what was exported and what was not; the
// members that describe the archive as a file come from here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/layout.h"

namespace dbxark::format {

struct ManifestFacts {
  Identity identity;
  uint64_t object_count = 0;
  uint64_t content_bytes = 0;  // of all members together
  uint64_t index_size = 0;
  Sha256Digest index_sha256{};
  int level = 0;
};

// `members` is a JSON object's text (or empty), whose members follow ours. kUsage if it is no object, or names a member
// that is ours.
Result<std::string> BuildManifest(const ManifestFacts& facts, std::string_view members);

// Whether it is too long, or has so many values that parsing it would take memory out of proportion.
bool IsTooLargeManifest(std::string_view text);

// README.txt, the first member of every archive: the same bytes for all of one version.
std::string_view ReadmeText();

}  // namespace dbxark::format
