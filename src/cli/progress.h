// What goes on meanwhile, on standard error: on a terminal one line that is written over, elsewhere one line at least
// in half a minute and one at the end of a phase. With --json or --json-file the same as events for machines.
//
// A line says only what is known: how many are done, of how many where that is known, the rate of the last seconds, how
// long it has taken, and what it waits for.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "cli/console.h"

namespace dbxark::cli {

// What a progress line shows.
struct ProgressView {
  std::string phase;    // a short word: "list", "read", "make"
  std::string subject;  // what of: "notebooks"; may be empty
  uint64_t done = 0, total = 0;
  bool total_known = false;
  uint64_t per_second = 0;
  uint64_t retries = 0, failed = 0;
  int64_t elapsed_ms = 0;
  std::string waits_for;  // "throttled by the server, resuming in 12 s"; empty where it does not wait
};

// As one line of at most `columns` characters, with a bar where there is room for one; 0: of any length, without a bar.
std::string ProgressLine(const ProgressView& view, size_t columns);

// Asked for from a thread of the progress, whenever it shows itself.
struct ProgressSources {
  std::function<std::string()> waits_for;  // shown while nothing is done
  std::function<uint64_t()> retries;
};

// May be called from any thread. Between Begin and End the line is kept up to date by a thread of its own, also while
// nothing happens.
class Progress {
 public:
  Progress(Console& console, Clock& clock, ProgressSources sources = {});
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Takes the line away.
  ~Progress();

  // A phase begins; the one before has ended.
  void Begin(std::string_view phase);
  void Subject(std::string_view subject);
  // From now on the total is known.
  void SetTotal(uint64_t total);
  void AddTotal(uint64_t more);
  void Step(uint64_t count = 1);
  void Failed(uint64_t count = 1);
  // The phase is over: its last line says `summary`, and how long it took.
  void End(const std::string& summary);

 private:
  struct Sample {
    int64_t at_ms;
    uint64_t done;
  };
  void Run();
  ProgressView ViewLocked();
  void ShowLocked();
  void EmitLocked(std::string_view event, const ProgressView& view, std::string_view summary);

  Console& console_;
  Clock& clock_;
  const ProgressSources sources_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false, running_ = false;
  ProgressView view_;
  std::deque<Sample> samples_;  // of the last seconds
  int64_t began_ms_ = 0, stepped_ms_ = 0, noted_ms_ = 0, emitted_ms_ = 0;
  uint64_t emitted_done_ = 0;
  bool emitted_waiting_ = false;
  std::thread thread_;
};

// "6 s", "2 min 5 s", "1 h 3 min".
std::string Elapsed(int64_t ms);

}  // namespace dbxark::cli
