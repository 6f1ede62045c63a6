// The reference tables of the kinds, ready to be matched. For this room and what rewrites definitions.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "json/path_pattern.h"
#include "objects/descriptor.h"

namespace dbxark::objects {

struct CompiledReference {
  const Reference* reference;
  json::PathPattern pattern;
};

// Of all mounts of the kind, in the order of its tables. Made once a kind; lives as long as the program; safe for
// concurrent use.
const std::vector<CompiledReference>& CompiledReferences(const ObjectDescriptor& kind);

// Begin and size of each word that a regular expression consists of, where it is a plain choice of them: "^(a|b)$".
std::vector<std::pair<size_t, size_t>> WordsOfChoice(std::string_view pattern);

}  // namespace dbxark::objects
