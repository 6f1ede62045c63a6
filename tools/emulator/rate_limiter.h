// One budget of requests per API family: a bucket that holds what one second gives. Safe for concurrent use.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace emulator {

class RateLimiter {
 public:
  // Family -> requests a second. A rate for "workspace" is one budget for all "workspace/..." that have none of their
  // own, one for "*" is for all others.
  explicit RateLimiter(std::map<std::string, double> rates) : rates_(std::move(rates)) {}

  // 0 where the request fits the budget, else the seconds to wait, rounded up.
  int64_t Spend(std::string_view family, int64_t now_ms);

 private:
  struct Bucket {
    double tokens = 0;
    int64_t filled_at_ms = 0;
  };

  const std::map<std::string, double> rates_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace emulator
