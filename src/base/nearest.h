// The word that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbxark {

// Of the known words the one that is nearest to a misspelt one; empty if none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string>& known);

}  // namespace dbxark
