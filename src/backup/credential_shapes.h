// Counts what looks like a credential that somebody wrote into a definition or a notebook. dbxark keeps such things as
// they came; people should know that they are in the archive.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "json/document.h"

namespace dbxark::backup {

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

}  // namespace dbxark::backup
