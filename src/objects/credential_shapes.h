// Counts what looks like a credential that somebody wrote into a definition or a notebook. dbxark keeps such things as
// they came; people should know that they are in the archive, and nothing that is meant to be read shows them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace dbxark::objects {

class CredentialShapes {
 public:
  // Looks at every string of a definition: known shapes, and values of fields whose names speak of secrets.
  void LookAtDefinition(json::Node definition);
  // Looks at text for known shapes.
  void LookAtText(std::string_view text);

  uint64_t count() const;
  // "databricks token": 3, ...
  const std::map<std::string, uint64_t>& by_shape() const { return by_shape_; }

 private:
  void LookAtValue(std::string_view key, const std::string& value);

  std::map<std::string, uint64_t> by_shape_;
};

// What stands where a credential stood.
inline constexpr std::string_view kHidden = "(hidden)";

// `text` without what has the shape of a credential, logins in addresses included.
std::string WithoutCredentials(std::string_view text);

// A value (JSON text, at `path` of a definition) as a report may show it, again as JSON text; or words in brackets for
// what is not shown: what may be a credential, what is no single value, what is no JSON (a longer value's beginning).
std::string ShownValue(std::string_view path, std::string_view json);

// Whether a value (JSON text, at `path` of a definition) has the shape of a credential, or holds a text of some length
// and a word of the path is named like one. What is no JSON counts as such.
bool LooksSecret(std::string_view path, const std::string& json);

// What may be a credential in a definition: strings in fields that are named like one, and environment variables.
std::vector<std::string> CredentialValues(json::Node definition);

}  // namespace dbxark::objects
