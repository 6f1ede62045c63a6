// What an archive's manifest says, as a value: where it comes from, what was asked for, and what is not in it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "objects/dangling.h"
#include "objects/selector.h"

namespace dbxark::audit {

// Something seen that is not in the archive; without a natural key, a kind as a whole.
struct Missing {
  std::string kind, id, natural_key, reason;
  uint64_t size_bytes = 0;
  uint64_t count = 1;
};

struct ArchiveFacts {
  std::string archive_id, created;
  int64_t format_major = 0, format_minor = 0;
  std::string tool_version;
  std::string host, workspace_id, cloud;
  std::string user_name;
  bool admin = true, partial = false;
  std::string crawl_started, crawl_ended;
  std::vector<std::string> include, exclude, dbfs_roots;
  std::string notebook_format = "SOURCE";
  uint64_t objects = 0, content_bytes = 0;
  std::vector<std::pair<std::string, uint64_t>> counts;  // by plural
  std::vector<Missing> failed, out_of_reach, excluded;
  std::vector<std::string> not_looked_at, left_behind;
  std::vector<objects::Dangling> dangling;
  uint64_t credential_count = 0;
  std::vector<std::pair<std::string, uint64_t>> credential_shapes;

  // The scope as it was given; a selector of a newer version that this one does not know selects nothing here.
  objects::Selection Scope() const;
};

// Members that are absent, or of another type, keep their defaults: newer and older manifests are read alike.
ArchiveFacts FactsOf(const std::string& manifest);

}  // namespace dbxark::audit
