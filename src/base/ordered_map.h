// Fan-out over threads with results in input order.
//
// A few workers, a bounded window, no other sharing: one worker and sixteen give the consumer the same sequence.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace dbxark {

// Takes inputs from `next` (until it returns nothing), gives each to `work` on one of `workers` threads, and hands the
// outputs to `consume` in input order. `next` and `consume` run on the calling thread. At most `window` inputs are
// between the two. `consume` returns false to stop early; what is under way is then finished and dropped.
template <typename Input, typename Output>
void OrderedMap(size_t workers, size_t window, const std::function<std::optional<Input>()>& next,
                const std::function<Output(Input&)>& work, const std::function<bool(Input&, Output&)>& consume) {
  struct Slot {
    Input input;
    std::optional<Output> output;
    bool taken = false;
  };
  if (workers == 0) workers = 1;
  if (window < workers) window = workers;
  std::mutex mutex;
  std::condition_variable work_ready, result_ready;
  std::deque<Slot> slots;  // a deque keeps references valid while it grows and shrinks at its ends
  size_t first_untaken = 0;
  bool closed = false;

  auto run = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      work_ready.wait(lock, [&] { return closed || first_untaken < slots.size(); });
      if (first_untaken >= slots.size()) return;
      Slot& slot = slots[first_untaken++];
      slot.taken = true;
      lock.unlock();
      Output output = work(slot.input);
      lock.lock();
      slot.output.emplace(std::move(output));
      result_ready.notify_one();
    }
  };
  std::vector<std::jthread> threads;
  bool exhausted = false, stopped = false;
  while (true) {
    while (!exhausted && !stopped) {
      {
        std::lock_guard lock(mutex);
        if (slots.size() >= window) break;
      }
      std::optional<Input> input = next();
      if (!input) {
        exhausted = true;
        break;
      }
      std::lock_guard lock(mutex);
      slots.push_back(Slot{std::move(*input), std::nullopt});
      if (threads.size() < workers) threads.emplace_back(run);
      work_ready.notify_one();
    }
    std::unique_lock lock(mutex);
    if (stopped) {
      while (slots.size() > first_untaken) slots.pop_back();
    }
    if (slots.empty()) break;
    result_ready.wait(lock, [&] { return slots.front().output.has_value(); });
    Slot slot = std::move(slots.front());
    slots.pop_front();
    --first_untaken;
    lock.unlock();
    if (!stopped && !consume(slot.input, *slot.output)) stopped = true;
  }
  {
    std::lock_guard lock(mutex);
    closed = true;
  }
  work_ready.notify_all();
}

// The same for the elements of a vector, which stay where they are. Begins no more of them once `stop` is requested.
template <typename Output, typename Element>
void OrderedForEach(size_t workers, const std::vector<Element>& elements, const std::stop_token& stop,
                    const std::type_identity_t<std::function<Output(const Element&)>>& work,
                    const std::type_identity_t<std::function<bool(const Element&, Output&)>>& consume) {
  size_t next = 0;
  OrderedMap<const Element*, Output>(
      workers, workers * 2,
      [&]() -> std::optional<const Element*> {
        if (next == elements.size() || stop.stop_requested()) return std::nullopt;
        return &elements[next++];
      },
      [&](const Element*& element) { return work(*element); },
      [&](const Element*& element, Output& output) { return consume(*element, output); });
}

}  // namespace dbxark
