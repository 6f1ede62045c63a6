#include "base/ordered_map.h"

#include <atomic>
#include <chrono>
#include <memory>

#include "support/catch.h"

using namespace dbxark;

namespace {

std::function<std::optional<int>()> UpTo(int count) {
  return [next = 0, count]() mutable { return next < count ? std::optional<int>(next++) : std::nullopt; };
}

// What the consumer sees of 200 inputs whose work takes unequal time.
std::vector<int> Squares(size_t workers, size_t window) {
  std::vector<int> seen;
  OrderedMap<int, int>(
      workers, window, UpTo(200),
      [](int& input) {
        if (input % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
        return input * input;
      },
      [&](int& input, int& output) {
        CHECK(output == input * input);
        seen.push_back(input);
        return true;
      });
  return seen;
}

}  // namespace

TEST_CASE("results come in input order, for any number of workers and any window") {
  std::vector<int> expected;
  for (int i = 0; i < 200; ++i) expected.push_back(i);
  for (const size_t workers : {0, 1, 2, 16}) {
    for (const size_t window : {0, 1, 3, 64, 1000}) {
      INFO(workers << " workers, window " << window);
      CHECK(Squares(workers, window) == expected);
    }
  }
}

TEST_CASE("no input at all calls nobody") {
  std::atomic<int> calls = 0;
  OrderedMap<int, int>(
      4, 8, [] { return std::optional<int>(); }, [&](int&) { return ++calls, 0; },
      [&](int&, int&) { return ++calls, true; });
  CHECK(calls == 0);
}

TEST_CASE("the consumer can stop early, and what is under way is finished and dropped") {
  for (const size_t workers : {1, 4}) {
    std::atomic<int> worked = 0;
    int consumed = 0;
    OrderedMap<int, int>(
        workers, 8, UpTo(100000), [&](int& input) { return ++worked, input; },
        [&](int&, int&) { return ++consumed < 10; });
    CHECK(consumed == 10);
    CHECK(worked < 100);
  }
}

TEST_CASE("never more than the window is between input and result") {
  int taken = 0, given = 0, widest = 0;
  OrderedMap<int, int>(
      3, 5,
      [&]() -> std::optional<int> {
        if (taken == 100) return std::nullopt;
        widest = std::max(widest, ++taken - given);
        return taken;
      },
      [](int& input) { return input; }, [&](int&, int&) { return ++given, true; });
  CHECK(given == 100);
  CHECK(widest <= 5 + 1);
}

TEST_CASE("work runs on as many threads as there are workers, all else on the caller's") {
  std::mutex mutex;
  std::condition_variable both;
  int inside = 0;
  const auto caller = std::this_thread::get_id();
  bool met = false;
  OrderedMap<int, int>(
      2, 2, UpTo(2),
      [&](int& input) {
        std::unique_lock lock(mutex);
        ++inside;
        both.notify_all();
        if (both.wait_for(lock, std::chrono::seconds(20), [&] { return inside == 2; })) met = true;
        return input;
      },
      [&](int&, int&) {
        CHECK(std::this_thread::get_id() == caller);
        return true;
      });
  CHECK(met);
}

TEST_CASE("values that can only be moved pass through") {
  std::vector<int> seen;
  OrderedMap<std::unique_ptr<int>, std::unique_ptr<int>>(
      2, 4,
      [next = 0]() mutable -> std::optional<std::unique_ptr<int>> {
        if (next == 20) return std::nullopt;
        return std::make_unique<int>(next++);
      },
      [](std::unique_ptr<int>& input) { return std::make_unique<int>(*input + 1); },
      [&](std::unique_ptr<int>&, std::unique_ptr<int>& output) { return seen.push_back(*output), true; });
  CHECK(seen.size() == 20);
  CHECK(seen.back() == 20);
}
