// Time that moves only when somebody sleeps or the test says so.
#pragma once

#include <cstdint>
#include <mutex>
#include <stop_token>
#include <vector>

#include "base/clock.h"

namespace dbxark::test {

class ManualClock : public Clock {
 public:
  explicit ManualClock(int64_t now_ms = 1'763'700'000'000) : start_ms_(now_ms) {}

  int64_t NowMs() override { return start_ms_ + SteadyMs(); }
  int64_t SteadyMs() override {
    std::lock_guard lock(mutex_);
    return elapsed_ms_;
  }
  // Returns at once, with the time passed.
  bool SleepMs(int64_t duration_ms, std::stop_token stop) override {
    std::lock_guard lock(mutex_);
    if (stop.stop_requested()) return false;
    elapsed_ms_ += duration_ms;
    sleeps_.push_back(duration_ms);
    return true;
  }

  void Advance(int64_t duration_ms) {
    std::lock_guard lock(mutex_);
    elapsed_ms_ += duration_ms;
  }
  std::vector<int64_t> sleeps() {
    std::lock_guard lock(mutex_);
    return sleeps_;
  }

 private:
  std::mutex mutex_;
  int64_t start_ms_, elapsed_ms_ = 0;
  std::vector<int64_t> sleeps_;
};

}  // namespace dbxark::test
