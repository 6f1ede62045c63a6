#include "base/nearest.h"

#include "base/text.h"

namespace dbxark {

std::string NearestWord(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t distance = word.size() / 2 + 1;
  for (const std::string& candidate : known) {
    if (const size_t d = EditDistance(word, candidate); d < distance) {
      distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace dbxark
