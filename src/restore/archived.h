// What the archive holds, as the planner sees it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/spool.h"
#include "format/entry.h"
#include "objects/definition.h"

namespace dbxark::restore {

struct ArchivedObject {
  const objects::ObjectDescriptor* kind = nullptr;
  format::Row row;
};

// Definitions stay in the archive and are read one at a time.
struct ArchivedWorkspace {
  std::string archive_id;
  std::string host, workspace_id;  // of the source
  std::vector<ArchivedObject> objects;
  std::vector<std::string> unknown_kinds;  // rows of kinds that this version does not know
  // What a map changes of objects, by their place in `objects`.
  std::map<size_t, std::vector<objects::FieldEdit>> map_edits;
  // The bytes of one object, as it is to be made; safe for concurrent use.
  std::function<Result<std::string>(const format::Row&)> read;
  // The same, of any size.
  std::function<Result<Body>(const format::Row&)> read_content;
};

// Whether the kind has a JSON definition of its own, to be sent in a create.
inline bool HasDefinition(const objects::ObjectDescriptor& kind) {
  return kind.storage == objects::Storage::kDefinition;
}
// Comes with every workspace, and is never made.
inline bool IsBuiltIn(const objects::ObjectDescriptor& kind, json::Node definition) {
  return kind.built_in != nullptr && kind.built_in(definition);
}
inline bool IsInTree(const objects::ObjectDescriptor& kind) { return kind.storage == objects::Storage::kTree; }

}  // namespace dbxark::restore
