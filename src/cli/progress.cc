#include "cli/progress.h"

#include <algorithm>

#include "base/text.h"

namespace dbxark::cli {
namespace {

constexpr int64_t kTerminalEveryMs = 100;
constexpr int64_t kElsewhereEveryMs = 30'000;
constexpr size_t kBarWidth = 25;

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::string Elapsed(int64_t ms) {
  const int64_t seconds = (ms + 500) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

Progress::Progress(Console& console, Clock& clock) : console_(console), clock_(clock) {}

void Progress::Begin(std::string_view what, uint64_t total) {
  std::lock_guard lock(mutex_);
  what_ = what;
  total_ = total;
  done_ = 0;
  waiting_.clear();
  began_ms_ = shown_ms_ = clock_.SteadyMs();
}

void Progress::AddTotal(uint64_t more) {
  std::lock_guard lock(mutex_);
  total_ += more;
}

void Progress::Step(uint64_t count) {
  std::lock_guard lock(mutex_);
  done_ += count;
  waiting_.clear();
  Show(false);
}

void Progress::Waiting(const std::string& why) {
  std::lock_guard lock(mutex_);
  waiting_ = why;
  Show(false);
}

std::string Progress::Line() const {
  const int64_t elapsed = std::max<int64_t>(1, clock_.SteadyMs() - began_ms_);
  std::string line = Padded(what_, 6);
  if (total_ > 0) {
    const size_t filled = static_cast<size_t>(std::min<uint64_t>(done_, total_) * kBarWidth / total_);
    line += "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '-') + "] " +
            std::to_string(std::min<uint64_t>(done_, total_) * 100 / total_) + " %  ";
  }
  line += WithSeparators(done_);
  if (done_ > 0) line += "  " + WithSeparators(done_ * 1000 / static_cast<uint64_t>(elapsed)) + "/s";
  line += "  " + Elapsed(elapsed);
  if (!waiting_.empty()) line += "  " + waiting_;
  return line;
}

void Progress::Show(bool force) {
  if (console_.quiet() || console_.json()) return;
  const int64_t now = clock_.SteadyMs();
  const bool terminal = console_.err_is_terminal();
  if (!force && now - shown_ms_ < (terminal ? kTerminalEveryMs : kElsewhereEveryMs)) return;
  shown_ms_ = now;
  if (terminal) {
    console_.Progress("\r\x1b[K" + Line());
    on_screen_ = true;
  } else {
    console_.Note(Line());
  }
}

void Progress::Clear() {
  std::lock_guard lock(mutex_);
  if (on_screen_) console_.Progress("\r\x1b[K");
  on_screen_ = false;
}

void Progress::End(const std::string& detail) {
  Clear();
  std::lock_guard lock(mutex_);
  console_.Note(Padded(what_, 6) + Padded(detail, 56) + "  " + Elapsed(clock_.SteadyMs() - began_ms_));
}

}  // namespace dbxark::cli
