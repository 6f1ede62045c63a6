#include "restore/read_back_checks.h"

#include <algorithm>

#include "json/writer.h"
#include "objects/credential_shapes.h"
#include "objects/registry.h"
#include "restore/matcher.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {
namespace {

// "tasks[load].run_if" -> "tasks[].run_if". A key that is a whole element ends it: nobody could count that.
std::string PatternOf(const std::string& path) {
  std::string pattern;
  for (size_t at = 0; at < path.size(); ++at) {
    pattern += path[at];
    if (path[at] != '[') continue;
    pattern += ']';
    const size_t end = path.find(']', at);
    if (end == std::string::npos || path.find_first_of("{\"", at) < end) break;
    at = end;
  }
  return pattern;
}

// Many services leave out what is empty.
bool IsZero(const std::string& value) {
  return value == "0" || value == "false" || value == "\"\"" || value == "0.0" || value == "0.00";
}

// Passwords, and what a create only acts on: a cluster shows it in its `spec` or nowhere.
bool IsWriteOnly(const std::string& path) {
  static constexpr std::string_view kWriteOnly[] = {"basic_auth.password", "apply_policy_default_values", "clone_from"};
  return std::any_of(std::begin(kWriteOnly), std::end(kWriteOnly),
                     [&](std::string_view name) { return path == name || path.ends_with("." + std::string(name)); });
}

}  // namespace

Result<Findings> CompareSent(const objects::ObjectDescriptor& kind, const std::string& sent,
                             const std::string& definition) {
  auto differences = Matcher::Compare(kind, sent, {{}, {}, definition, true, false, {}});
  if (!differences.ok()) return std::move(differences).error();
  Findings findings;
  for (const objects::Difference& difference : *differences) {
    const std::string& path = difference.path;
    if (difference.left.empty()) {
      findings.filled_in.push_back(PatternOf(path));
    } else if (difference.right.empty() && (IsZero(difference.left) || IsWriteOnly(path))) {
      findings.not_shown.push_back(PatternOf(path));
    } else {
      findings.lost.push_back({objects::WithoutCredentials(path), objects::ShownValue(path, difference.left),
                               objects::ShownValue(path, difference.right)});
    }
  }
  return findings;
}

void CheckStopped(const Step& step, const std::string& definition, Findings& findings) {
  const objects::ObjectDescriptor& kind = *step.kind;
  if (kind.stop_path.empty() || step.op == Op::kUpdate) return;
  const auto document = json::Document::Parse(definition);
  const std::string state = document.ok() ? document->root()[kind.state].text() : "";
  const auto& running = kind.running_states;
  if (std::find(running.begin(), running.end(), state) == running.end()) return;
  findings.lost.push_back({std::string(kind.state), "(stopped)", json::Quote(state)});
}

Findings CheckNode(const ArchivedObject& object, json::Node node, bool tree) {
  Findings findings;
  const std::string due = NodeTypeOf(*object.kind);
  const std::string type = tree ? node["object_type"].text() : node["is_dir"].AsBool() == true ? "DIRECTORY" : "FILE";
  if (type != due) findings.lost.push_back({"type", json::Quote(due), json::Quote(type)});
  const std::string language = node["language"].text(), sent = LanguageOf(object.row);
  if (object.kind == &objects::kNotebook && !language.empty() && !sent.empty() && language != sent) {
    findings.lost.push_back({"language", json::Quote(sent), json::Quote(language)});
  }
  const auto size = node[tree ? "size" : "file_size"].AsInt64();
  if (type == "FILE" && due == "FILE" && size && static_cast<uint64_t>(*size) != object.row.size) {
    findings.lost.push_back({"size", std::to_string(object.row.size), std::to_string(*size)});
  }
  return findings;
}

}  // namespace dbxark::restore
