// Places in JSON texts, written as the API's documentation writes them.
//
//   settings.tasks[].new_cluster.policy_id     a member of a member of every element
//   spark_conf{}                               every value of a map
//   "init_scripts.*.workspace.destination"     a member whose key has dots; * is one or more of any characters
//   {value,values[],defaultValue}              any of these
//   definition(json)                           the string's own text, parsed as JSON; allowed once, anywhere
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace dbxark::json {

class PathPattern {
 public:
  // The pattern must be well formed: it comes from our own tables (asserted).
  explicit PathPattern(std::string_view pattern);

  // `path` says where exactly, as in "settings.tasks[2].new_cluster.policy_id".
  using Visitor = std::function<void(Node node, const std::string& path)>;

  // Calls `visit` for every place in `root` that the pattern leads to, in document order.
  // Where the pattern has (json), the node is of the embedded document, which lives only for the call; to edit there,
  // match Outer(), parse, and match Inner().
  void Match(Node root, const Visitor& visit) const;

  // The part up to a string that holds JSON text, or nothing; and the pattern inside of that text.
  bool HasEmbedded() const { return embedded_at_ != kNone; }
  PathPattern Outer() const;
  PathPattern Inner() const;

 private:
  struct Step {
    enum class Kind { kMember, kEachElement, kEachMember, kEmbedded } kind;
    std::string key;  // of kMember; '*' in it is a wildcard if `wild`
    bool wild = false;
    std::vector<std::vector<Step>> alternatives;  // where not empty, the rest of the path is one of these
  };
  static constexpr size_t kNone = static_cast<size_t>(-1);

  PathPattern() = default;
  static std::vector<Step> Parse(std::string_view& rest, bool nested);
  // Adds what follows at the end of every way through `steps`.
  static void Append(std::vector<Step>& steps, const std::vector<Step>& following);
  static void Walk(const std::vector<Step>& steps, size_t at, Node node, const std::string& path, const Visitor& visit);

  std::vector<Step> steps_;
  size_t embedded_at_ = kNone;
};

}  // namespace dbxark::json
