// Other words for what a definition refers to: each place that a reference table knows is offered to a rewriter.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "objects/definition.h"

namespace dbxark::objects {

struct ReferencePlace {
  const Reference& reference;
  const std::string& path;   // "settings.tasks[2].new_cluster.node_type_id"
  const std::string& value;  // as text; of a map ("spark_conf{}") also a member's key
};

struct NewText {
  std::string text;
  std::string reason;  // for people
};

// Called for every row of the tables that leads to a place that a create takes, until one of them gives
// something.
using Rewriter = std::function<std::optional<NewText>(const ReferencePlace&)>;

struct Rewritten {
  std::string text;  // the definition, byte for byte but for what was rewritten
  std::vector<FieldEdit> edits;
};

// A number stays a number. kFailed if two members of a map would get one key. Pure, and safe for concurrent use if the
// rewriter is.
Result<Rewritten> RewriteReferences(const ObjectDescriptor& kind, const json::Document& definition,
                                    const Rewriter& rewriter);

}  // namespace dbxark::objects
