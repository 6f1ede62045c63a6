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

// Every how manieth case of a sweep runs; `in_a_slice` is prime to what the cases are counted in.
inline size_t SweepStride(size_t in_a_slice) {
  const char* sweep = std::getenv("DBXARK_SWEEP");
  return sweep != nullptr && std::string_view(sweep) == "slice" ? in_a_slice : 1;
}

}  // namespace dbxark::test
