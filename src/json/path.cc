#include "json/path.h"

namespace dbxark::json {

std::string PathOfMember(const std::string& path, const std::string& key) {
  const bool plain = key.find_first_of(".[](){}\" ") == std::string::npos;
  return path + (path.empty() ? "" : ".") + (plain ? key : "\"" + key + "\"");
}

Node NodeAt(Node node, std::string_view path) {
  if (path.empty()) return node;
  if (node.IsArray() && path.starts_with('[')) {
    const size_t close = path.find(']');
    if (close == std::string_view::npos) return {};
    const std::string_view rest = path.substr(close + 1);
    size_t index = 0;
    for (const Node& element : node.elements()) {
      if (std::to_string(index++) != path.substr(1, close - 1)) continue;
      return NodeAt(element, rest.starts_with('.') ? rest.substr(1) : rest);
    }
    return {};
  }
  for (const Node& member : node.members()) {
    // Keys with dots stand in quotes, or as they are.
    std::string key = member.key();
    if (path.starts_with('"')) key = "\"" + key + "\"";
    if (!path.starts_with(key)) continue;
    std::string_view rest = path.substr(key.size());
    if (!rest.empty() && rest.front() != '.' && rest.front() != '[') continue;
    if (rest.starts_with('.')) rest.remove_prefix(1);
    if (const Node found = NodeAt(member, rest)) return found;
  }
  return {};
}

PathPart LastPartOf(const std::string& path) {
  const size_t quote = path.size() > 1 && path.ends_with('"') ? path.rfind('"', path.size() - 2) : std::string::npos;
  if (quote != std::string::npos) {
    return {path.substr(0, quote == 0 ? 0 : quote - 1), path.substr(quote + 1, path.size() - quote - 2), false};
  }
  const size_t cut = path.find_last_of(".[");
  if (cut == std::string::npos) return {"", path, false};
  return {path.substr(0, cut), path.substr(cut + 1), path[cut] == '['};
}

std::optional<std::pair<std::string, std::string>> SplitEmbedded(const std::string& path) {
  constexpr std::string_view kEmbedded = "(json).";
  bool quoted = false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '"') quoted = !quoted;
    if (quoted || path.compare(i, kEmbedded.size(), kEmbedded) != 0) continue;
    return std::pair(path.substr(0, i), path.substr(i + kEmbedded.size()));
  }
  return std::nullopt;
}

}  // namespace dbxark::json
