#include "emulator/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace emulator {

int64_t RateLimiter::Spend(std::string_view family, int64_t now_ms) {
  auto rate = rates_.find(std::string(family));
  if (rate == rates_.end()) rate = rates_.find(std::string(family.substr(0, family.find('/'))));
  if (rate == rates_.end()) rate = rates_.find("*");
  if (rate == rates_.end() || rate->second <= 0) return 0;
  const double capacity = std::max(1.0, rate->second);
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = buckets_.try_emplace(rate->first, Bucket{capacity, now_ms});
  Bucket& bucket = found->second;
  bucket.tokens =
      std::min(capacity, bucket.tokens + rate->second * static_cast<double>(now_ms - bucket.filled_at_ms) / 1000);
  bucket.filled_at_ms = now_ms;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil((1 - bucket.tokens) / rate->second)));
}

}  // namespace emulator
