#include "base/clock.h"

#include <thread>

#include "support/catch.h"

using namespace dbxark;

TEST_CASE("times are UTC, RFC 3339, in whole seconds") {
  CHECK(FormatTime(0) == "1970-01-01T00:00:00Z");
  CHECK(FormatTime(1763702340999) == "2025-11-21T05:19:00Z");
  CHECK(FormatTime(-1) == "1969-12-31T23:59:59Z");
}

TEST_CASE("sleeping ends early when it is asked to stop, and says so") {
  Clock& clock = Clock::Real();
  CHECK(clock.SleepMs(1, {}));
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    source.request_stop();
  });
  const int64_t before = clock.SteadyMs();
  CHECK_FALSE(clock.SleepMs(60000, source.get_token()));
  CHECK(clock.SteadyMs() - before < 30000);
  CHECK_FALSE(clock.SleepMs(60000, source.get_token()));
}
