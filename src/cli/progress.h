// What goes on meanwhile, on standard error: on a terminal one line that is written over, elsewhere one line a phase
// and at least one in half a minute.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cli/console.h"

namespace dbxark::cli {

// May be called from any thread.
class Progress {
 public:
  Progress(Console& console, Clock& clock);
  ~Progress() { Clear(); }

  // `what` is a short word ("read"); `total` 0 is unknown. Ends the phase before.
  void Begin(std::string_view what, uint64_t total);
  void AddTotal(uint64_t more);
  void Step(uint64_t count = 1);
  // What it waits for, shown until the next step: "throttled by the server, resuming in 12 s".
  void Waiting(const std::string& why);
  // The phase's last line: `detail` beside the word, and the time it took.
  void End(const std::string& detail);
  // Takes the line away, so that others can write.
  void Clear();

 private:
  void Show(bool force);
  std::string Line() const;

  Console& console_;
  Clock& clock_;
  std::mutex mutex_;
  std::string what_, waiting_;
  uint64_t total_ = 0, done_ = 0;
  int64_t began_ms_ = 0, shown_ms_ = 0;
  bool on_screen_ = false;
};

// "6 s", "2 min 5 s", "1 h 3 min".
std::string Elapsed(int64_t ms);

}  // namespace dbxark::cli
