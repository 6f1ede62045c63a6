// The emulator's inside that its header need not show.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/faults.h"
#include "emulator/rate_limiter.h"
#include "emulator/request_log.h"

namespace emulator {

struct Emulator::Guts {
  explicit Guts(const Options& options)
      : random_state(options.seed * 0x9e3779b97f4a7c15ULL + 1), rates(options.rates) {}

  // A fault cut the connection, and the work it should have done is due later.
  struct DelayedEffect {
    int64_t due_ms;
    Request request;
    const Route* route;
    Caller caller;
  };

  struct Pattern {
    std::vector<std::string> segments;
    const Route* route;
  };

  std::mutex state;
  uint64_t random_state;  // one number, so that a saved state goes on with the same ids
  std::vector<DelayedEffect> delayed;
  FaultScript faults;
  RateLimiter rates;
  RequestLog log;
  std::atomic<uint64_t> answered{0};
  std::unordered_map<std::string, const Route*> exact;  // "GET /api/..."
  std::vector<Pattern> patterns;
};

}  // namespace emulator
