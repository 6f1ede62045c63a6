// A map: what of the source is called otherwise in the target. Read from TOML; README.md, "Mapping", is its manual.
//
//   [warehouse]                  kind: old = new; ids or names
//   "77aa" = "b1c2"
//   [user]
//   "*@old.example" = "*@new.example"
//   [path]
//   "/Shared/etl" = "/Shared/prod/etl"
//   [location]
//   "abfss://raw@prod.dfs.core.windows.net" = "s3://raw-prod"
//   [cloud]
//   target = "aws"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dbxark::mapping {

struct Rule {
  std::string table;  // a kind's name, a reference's target, "path", "location"
  std::string from, to;
  uint32_t line = 0;  // in the file, from 1

  bool IsPattern() const { return from.find('*') != std::string::npos; }
  // "[user] ana = bob"
  std::string Text() const;
};

// Cluster settings of another cloud: its own blocks go, and what they say of spot and on-demand instances comes along.
struct CloudMove {
  std::string target;                                           // "aws", "azure", "gcp"; empty: no other cloud
  std::vector<std::pair<std::string, std::string>> attributes;  // of clusters without a pool: name, JSON text
  std::string s3_region;                                        // of init scripts and logs that move to S3
};

struct RuleMatch {
  std::string text;
  size_t rule = 0;  // index into rules()
};

// Immutable; safe for concurrent use.
class MapRules {
 public:
  // kUsage, naming `name` and the line: what is no TOML, a table that is no kind, a value that is no text, a pattern
  // that does not fit its other side, ...
  static Result<MapRules> Parse(std::string_view toml, const std::string& name);

  const std::vector<Rule>& rules() const { return rules_; }
  const CloudMove& cloud() const { return cloud_; }
  // The file's name as it was given, for messages.
  const std::string& name() const { return name_; }

  // The value's new name by the table's most specific rule: the same text, else the pattern with most letters, else the
  // first. In a pattern, * is any text but none, and on the right side what it stood for.
  std::optional<RuleMatch> Find(std::string_view table, std::string_view value) const;
  bool Has(std::string_view table) const;

  // In the order of the file.
  void Add(Rule rule) { rules_.push_back(std::move(rule)); }

 private:
  std::vector<Rule> rules_;
  CloudMove cloud_;
  std::string name_;
};

// `to` with what each of its * stands for.
std::string Filled(std::string_view to, const std::vector<std::string_view>& captured);

// Tables that a map may have, besides "cloud".
bool IsTable(std::string_view name);
std::vector<std::string> AllTables();

}  // namespace dbxark::mapping
