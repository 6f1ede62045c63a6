// The seam for time. Tests bring a clock that they move themselves.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

namespace dbxark {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970 in UTC; may jump.
  virtual int64_t NowMs() = 0;
  // Milliseconds since some moment; never goes back.
  virtual int64_t SteadyMs() = 0;
  // False if `stop` was requested before the time was over.
  virtual bool SleepMs(int64_t duration_ms, std::stop_token stop) = 0;

  // The machine's own. Lives for ever.
  static Clock& Real();
};

// "2026-11-21T05:19:00Z"; milliseconds are left out.
std::string FormatTime(int64_t ms_since_epoch);

}  // namespace dbxark
