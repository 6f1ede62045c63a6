// Reading a map from TOML.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <map>

#include "base/nearest.h"
#include "base/text.h"
#include "json/writer.h"
#include "mapping/map_rules.h"
#include "objects/definition.h"
#include "objects/registry.h"

namespace dbxark::mapping {
namespace {

size_t Stars(std::string_view text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '*')); }

std::string Near(std::string_view word) {
  const std::string best = NearestWord(word, AllTables());
  return best.empty() ? "" : "; did you mean [" + best + "]?";
}

class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  Status Read(std::string_view text, MapRules& rules, CloudMove& cloud) {
    const toml::parse_result parsed = toml::parse(text, std::string_view(name_));
    if (!parsed) {
      return Wrong(parsed.error().source().begin.line, std::string(parsed.error().description()));
    }
    std::vector<Rule> found;
    for (const auto& [key, node] : parsed.table()) {
      const std::string table(key.str());
      const uint32_t line = key.source().begin.line;
      if (!node.is_table()) return Wrong(line, Printable(table) + ": a rule stands in a table, such as [cluster]");
      const Status read = table == "cloud" ? ReadCloud(*node.as_table(), cloud)
                                           : ReadTable(TableName(table), line, *node.as_table(), found);
      if (!read.ok()) return read;
    }
    std::sort(found.begin(), found.end(), [](const Rule& a, const Rule& b) { return a.line < b.line; });
    for (Rule& rule : found) rules.Add(std::move(rule));
    return {};
  }

 private:
  Error Wrong(uint32_t line, const std::string& what) const {
    return Error(ErrorCode::kUsage, Printable(name_) + " line " + std::to_string(line) + ": " + what);
  }

  // Kinds may be plural, as in selectors.
  static std::string TableName(const std::string& word) {
    const objects::ObjectDescriptor* kind = objects::FindKind(word);
    if (kind != nullptr) return std::string(kind->name);
    if (!IsTable(word) && word.ends_with('s') && IsTable(word.substr(0, word.size() - 1))) {
      return word.substr(0, word.size() - 1);
    }
    return word;
  }

  Status ReadTable(const std::string& table, uint32_t line, const toml::table& entries,
                   std::vector<Rule>& found) const {
    const objects::ObjectDescriptor* kind = objects::FindKind(table);
    if (kind == &objects::kClusterLibraries) return Wrong(line, "libraries go with their [cluster]");
    if (kind != nullptr && !IsTable(table)) {
      return Wrong(line, "[" + table + "]: what lies in a tree is mapped by its [path]");
    }
    if (!IsTable(table)) return Wrong(line, "there is no table [" + Printable(table) + "]" + Near(table));
    for (const auto& [key, value] : entries) {
      const uint32_t at = key.source().begin.line;
      const std::string from(key.str());
      if (value.is_table()) return Wrong(at, Printable(from) + ": names with dots stand in quotes");
      if (!value.is_string()) return Wrong(at, Printable(from) + ": the new name is a text in quotes");
      Rule rule{table, from, **value.as_string(), at};
      if (Status fits = Check(rule); !fits.ok()) return fits;
      found.push_back(std::move(rule));
    }
    return {};
  }

  Status Check(const Rule& rule) const {
    if (rule.from.empty()) return Wrong(rule.line, "an empty name cannot be mapped");
    if (rule.to.empty())
      return Wrong(rule.line, Printable(rule.from) + " has no counterpart yet: fill it in, or take the line out");
    const size_t stars = Stars(rule.from);
    if (Stars(rule.to) != 0 && stars != Stars(rule.to)) {
      return Wrong(rule.line, "as many * on the right as on the left, or none: " + Printable(rule.Text()));
    }
    if (rule.from.find("**") != std::string::npos)
      return Wrong(rule.line, "one * stands for any text: " + Printable(rule.Text()));
    if (rule.table == "path") return CheckPath(rule);
    if (rule.table == "location" && rule.from == "*")
      return Wrong(rule.line, "a location that is only * is everything");
    return {};
  }

  Status CheckPath(const Rule& rule) const {
    for (const std::string* side : {&rule.from, &rule.to}) {
      const objects::PathPlace place = objects::PlaceOf(*side);
      if (place == objects::PathPlace::kCloud) {
        return Wrong(rule.line, Printable(*side) + " is a cloud's storage: that is a [location]");
      }
      for (const std::string_view part : Split(*side, '/')) {
        if (part == "." || part == "..") return Wrong(rule.line, Printable(*side) + ": . and .. are no folders");
      }
      if (objects::BarePath(*side).empty() || objects::BarePath(*side).front() != '/') {
        return Wrong(rule.line, Printable(*side) + ": a path begins with /, dbfs:/ or /Volumes/");
      }
    }
    const auto of_tree = [](const std::string& path) {
      const objects::PathPlace place = objects::PlaceOf(path + "/");
      return place == objects::PathPlace::kWorkspace || place == objects::PathPlace::kNone;
    };
    if (of_tree(rule.from) && !of_tree(rule.to)) {
      return Wrong(rule.line, "what lies in the workspace stays in it: " + Printable(rule.Text()));
    }
    return {};
  }

  Status ReadCloud(const toml::table& entries, CloudMove& cloud) const {
    for (const auto& [key, value] : entries) {
      const uint32_t at = key.source().begin.line;
      const std::string word(key.str());
      if (word == "target" && value.is_string()) {
        cloud.target = **value.as_string();
        if (cloud.target != "aws" && cloud.target != "azure" && cloud.target != "gcp") {
          return Wrong(at, "target: aws, azure or gcp");
        }
      } else if (word == "s3_region" && value.is_string()) {
        cloud.s3_region = **value.as_string();
      } else if (word == "attributes" && value.is_table()) {
        for (const auto& [name, attribute] : *value.as_table()) {
          std::string json;
          if (attribute.is_string()) json = json::Quote(**attribute.as_string());
          if (attribute.is_integer()) json = std::to_string(**attribute.as_integer());
          if (attribute.is_boolean()) json = **attribute.as_boolean() ? "true" : "false";
          if (json.empty())
            return Wrong(name.source().begin.line, "an attribute is a text, a whole number, true or false");
          cloud.attributes.emplace_back(std::string(name.str()), json);
        }
      } else {
        return Wrong(at, "[cloud] has target, s3_region and a table attributes, and no " + Printable(word));
      }
    }
    if (cloud.target.empty()) return Wrong(entries.source().begin.line, "[cloud] needs a target: aws, azure or gcp");
    return {};
  }

  const std::string& name_;
};

}  // namespace

Result<MapRules> MapRules::Parse(std::string_view toml, const std::string& name) {
  MapRules rules;
  rules.name_ = name;
  if (Status read = Reader(name).Read(toml, rules, rules.cloud_); !read.ok()) return std::move(read).error();
  return rules;
}

}  // namespace dbxark::mapping
