// How much of a sweep runs: DBXARK_SWEEP=all is everything there is (minutes), =slice a part that fits into a run under
// sanitizers; without it, what every run of the tests has time for.
#pragma once

#include <cstdlib>
#include <string_view>

namespace dbxark::test {

inline bool SweepAll() {
  const char* sweep = std::getenv("DBXARK_SWEEP");
  return sweep != nullptr && std::string_view(sweep) == "all";
}

// Every how manieth case of a sweep runs in a slice, and where nothing is said; both are prime to what the cases are
// counted in.
inline size_t SweepStride(size_t in_a_slice, size_t usually = 1) {
  const char* sweep = std::getenv("DBXARK_SWEEP");
  if (sweep != nullptr && std::string_view(sweep) == "slice") return in_a_slice;
  return SweepAll() ? 1 : usually;
}

}  // namespace dbxark::test
