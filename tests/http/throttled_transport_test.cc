#include "http/throttled_transport.h"

#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>

#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace dbxark::http {
namespace {

using test::Answer;
using test::ErrorAnswer;
using test::ManualClock;
using test::ScriptedTransport;

Request Of(const std::string& family) {
  Request request;
  request.family = family;
  return request;
}

TEST_CASE("a family has its published rate, or that of the family above it") {
  CHECK(PublishedRate("workspace/export") == 60);
  CHECK(PublishedRate("dbfs") == 30);
  CHECK(PublishedRate("dbfs/read") == 30);
  CHECK(PublishedRate("jobs/create") == 20);
  CHECK(PublishedRate("jobs") == 30);
  CHECK(PublishedRate("something/new") == 30);
  CHECK(PublishedRate("scim") < 5);
}

TEST_CASE("requests of a family are spaced, in any window") {
  ScriptedTransport script;
  ManualClock clock;
  std::vector<int64_t> times;
  script.Always([&](const Request&) -> Result<Response> {
    times.push_back(clock.SteadyMs());
    return Answer(200, "{}");
  });
  ThrottledTransport transport(script, clock, {});
  for (int i = 0; i < 100; ++i) REQUIRE(transport.Send(Of("dbfs"), {}).ok());
  for (size_t i = 30; i < times.size(); ++i) CHECK(times[i] - times[i - 30] >= 1000);
  CHECK(times.back() <= 3'500);
}

TEST_CASE("families do not wait for each other") {
  ScriptedTransport script;
  script.Always(Answer(200, "{}"));
  ManualClock clock;
  ThrottledTransport transport(script, clock, {});
  for (const char* family : {"dbfs", "clusters", "jobs", "workspace/export"})
    CHECK(transport.Send(Of(family), {}).ok());
  CHECK(clock.sleeps().empty());
}

TEST_CASE("a rate that was asked for holds over all families, and 0 is unlimited") {
  ScriptedTransport script;
  script.Always(Answer(200, "{}"));
  ManualClock clock;
  ThrottledTransport ten(script, clock, {16, 10.0});
  for (int i = 0; i < 21; ++i) CHECK(ten.Send(Of(i % 2 ? "dbfs" : "jobs"), {}).ok());
  CHECK(clock.SteadyMs() == 2'000);
  ThrottledTransport unlimited(script, clock, {16, 0.0});
  for (int i = 0; i < 1000; ++i) CHECK(unlimited.Send(Of("scim"), {}).ok());
  CHECK(clock.SteadyMs() == 2'000);
}

TEST_CASE("a 429 slows its family down and pauses it; time brings it back") {
  ScriptedTransport script;
  ManualClock clock;
  ThrottledTransport transport(script, clock, {});
  for (int i = 0; i < 40; ++i) script.Then(Answer(200, "{}"));
  script.Then(ErrorAnswer(429, "X", "x", {{"retry-after", "3"}}));
  script.Always(Answer(200, "{}"));
  for (int i = 0; i < 41; ++i) REQUIRE(transport.Send(Of("dbfs"), {}).ok());
  const double slowed = transport.RateOf("dbfs");
  CHECK(slowed < 25);
  CHECK(slowed > 15);
  CHECK(transport.RateOf("jobs") > 29);
  const int64_t before = clock.SteadyMs();
  REQUIRE(transport.Send(Of("dbfs"), {}).ok());
  CHECK(clock.SteadyMs() - before >= 3'000);
  clock.Advance(60'000);
  CHECK(transport.RateOf("dbfs") > 29);
}

TEST_CASE("a refusal that asks for long pauses its family no longer than is allowed") {
  ScriptedTransport script;
  ManualClock clock;
  ThrottleOptions options;
  options.longest_pause_ms = 2'000;
  ThrottledTransport transport(script, clock, options);
  script.Then(ErrorAnswer(429, "X", "x", {{"retry-after", "86400"}}));
  script.Always(Answer(200, "{}"));
  REQUIRE(transport.Send(Of("dbfs"), {}).ok());
  const int64_t before = clock.SteadyMs();
  REQUIRE(transport.Send(Of("dbfs"), {}).ok());
  CHECK(clock.SteadyMs() - before >= 2'000);
  CHECK(clock.SteadyMs() - before < 4'000);
}

TEST_CASE("many refusals at once are one lesson") {
  ScriptedTransport script;
  std::barrier all_sent(16);
  script.Always([&](const Request&) -> Result<Response> {
    all_sent.arrive_and_wait();
    return ErrorAnswer(429, "X");
  });
  ManualClock clock;
  ThrottledTransport transport(script, clock, {16, 0.0});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { (void)transport.Send(Of("dbfs"), {}); });
  threads.clear();
  CHECK(transport.RateOf("dbfs") > 11);
  CHECK(transport.RateOf("dbfs") < 12);
}

TEST_CASE("no more requests are in flight than there are workers") {
  ScriptedTransport script;
  std::atomic<int> now = 0, most = 0;
  script.Always([&](const Request&) -> Result<Response> {
    const int in_flight = ++now;
    for (int seen = most; seen < in_flight && !most.compare_exchange_weak(seen, in_flight);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --now;
    return Answer(200, "{}");
  });
  ThrottledTransport transport(script, Clock::Real(), {3, 0.0});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) (void)transport.Send(Of("jobs"), {});
    });
  }
  threads.clear();
  CHECK(most <= 3);
  CHECK(most >= 2);
}

TEST_CASE("a request to stop ends the wait for a slot") {
  ScriptedTransport script;
  script.Always(Answer(200, "{}"));
  ThrottledTransport transport(script, Clock::Real(), {1, 0.1});
  CHECK(transport.Send(Of("jobs"), {}).ok());
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  auto answer = transport.Send(Of("jobs"), stop.get_token());
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code() == ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace dbxark::http
