// Where exactly something stands in a JSON text: settings.tasks[2].new_cluster.spark_conf."a.b", with a key in quotes
// that could be taken for more than a key, and (json) behind a string whose text the rest leads into.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "json/document.h"

namespace dbxark::json {

// The path of a member of what lies at `path`.
std::string PathOfMember(const std::string& path, const std::string& key);

// What stands there; nothing if there is no such place. A key with dots may stand without quotes, too: all ways are
// tried. Does not look into strings.
Node NodeAt(Node root, std::string_view path);

// A path's last part, and what is above it.
struct PathPart {
  std::string above, last;  // the key without quotes, or the index
  bool is_element = false;
};
PathPart LastPartOf(const std::string& path);

// Of a path that leads into the JSON of a string: the string's path, and the rest from that JSON's root.
std::optional<std::pair<std::string, std::string>> SplitEmbedded(const std::string& path);

}  // namespace dbxark::json
