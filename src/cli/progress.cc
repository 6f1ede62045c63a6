#include "cli/progress.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "cli/layout.h"
#include "json/writer.h"

namespace dbxark::cli {
namespace {

constexpr std::chrono::milliseconds kTerminalEvery{100}, kElsewhereEvery{500};
constexpr int64_t kLineEveryMs = 30'000;  // where it is no terminal
constexpr int64_t kEventEveryMs = 1'000;  // for machines
constexpr int64_t kRateOverMs = 5'000;    // what "now" means of a rate
constexpr int64_t kStillMs = 1'000;       // it waits when nothing was done for so long
constexpr size_t kWidestBar = 40, kNarrowestBar = 8;

// A share that is 100 only when all is done.
uint64_t Percent(const ProgressView& view) {
  if (view.total == 0) return 100;
  return static_cast<uint64_t>(static_cast<double>(std::min(view.done, view.total)) * 100.0 /
                               static_cast<double>(view.total));
}

std::string PhaseWord(const ProgressView& view) { return PadRight(view.phase + "  ", 6); }

std::string Bar(const ProgressView& view, size_t width) {
  const size_t filled = view.total == 0
                            ? width
                            : static_cast<size_t>(static_cast<double>(std::min(view.done, view.total)) *
                                                  static_cast<double>(width) / static_cast<double>(view.total));
  return "[" + std::string(filled, '#') + std::string(width - filled, '-') + "]  ";
}

}  // namespace

std::string Elapsed(int64_t ms) {
  const int64_t seconds = (ms + 500) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

std::string ProgressLine(const ProgressView& view, size_t columns) {
  std::string rest;
  if (view.total_known) {
    rest = PadLeft(std::to_string(Percent(view)), 3) + " %  " + WithSeparators(view.done) + " of " +
           WithSeparators(view.total);
  } else {
    rest = WithSeparators(view.done) + " so far";
  }
  if (!view.subject.empty() && view.waits_for.empty()) rest += "  " + view.subject;
  if (view.waits_for.empty() && view.per_second > 0) rest += "  " + WithSeparators(view.per_second) + "/s";
  if (view.retries > 0 && view.waits_for.empty()) rest += "  " + Counted(view.retries, "retry", "retries");
  if (view.failed > 0) rest += "  " + WithSeparators(view.failed) + " failed";
  rest += "  " + Elapsed(view.elapsed_ms);
  if (!view.waits_for.empty()) rest += "  " + view.waits_for;
  std::string line = PhaseWord(view);
  const size_t frame = line.size() + WidthOf(rest) + 4;  // the brackets and two spaces
  if (view.total_known && columns > 0 && frame + kNarrowestBar <= columns) {
    line += Bar(view, std::min(kWidestBar, columns - frame));
  }
  line += rest;
  return columns > 0 ? Truncated(line, columns) : line;
}

Progress::Progress(Console& console, Clock& clock, ProgressSources sources)
    : console_(console), clock_(clock), sources_(std::move(sources)) {
  if (!console_.quiet() || console_.wants_documents()) thread_ = std::thread([this] { Run(); });
}

Progress::~Progress() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  console_.ClearStatus();
}

void Progress::Run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    if (running_) ShowLocked();
    changed_.wait_for(lock, console_.err_is_terminal() ? kTerminalEvery : kElsewhereEvery, [&] { return closing_; });
  }
}

void Progress::Begin(std::string_view phase) {
  std::lock_guard lock(mutex_);
  view_ = {};
  view_.phase = phase;
  samples_.clear();
  began_ms_ = noted_ms_ = emitted_ms_ = stepped_ms_ = clock_.SteadyMs();
  emitted_done_ = 0;
  emitted_waiting_ = false;
  running_ = true;
  EmitLocked("phase", view_, {});
}

void Progress::Subject(std::string_view subject) {
  std::lock_guard lock(mutex_);
  view_.subject = subject;
}

void Progress::SetTotal(uint64_t total) {
  std::lock_guard lock(mutex_);
  view_.total = total;
  view_.total_known = true;
}

void Progress::AddTotal(uint64_t more) {
  std::lock_guard lock(mutex_);
  view_.total += more;
  view_.total_known = true;
}

void Progress::Step(uint64_t count) {
  std::lock_guard lock(mutex_);
  view_.done += count;
  stepped_ms_ = clock_.SteadyMs();
}

void Progress::Failed(uint64_t count) {
  std::lock_guard lock(mutex_);
  view_.failed += count;
}

ProgressView Progress::ViewLocked() {
  const int64_t now = clock_.SteadyMs();
  while (samples_.size() > 1 && samples_[1].at_ms <= now - kRateOverMs) samples_.pop_front();
  const Sample since = samples_.empty() ? Sample{began_ms_, 0} : samples_.front();
  if (samples_.empty() || samples_.back().at_ms < now) samples_.push_back({now, view_.done});
  ProgressView view = view_;
  view.elapsed_ms = now - began_ms_;
  if (now - since.at_ms >= 500) {
    view.per_second = (view.done - since.done) * 1000 / static_cast<uint64_t>(now - since.at_ms);
  }
  if (sources_.waits_for && now - stepped_ms_ >= kStillMs) view.waits_for = sources_.waits_for();
  if (sources_.retries) view.retries = sources_.retries();
  return view;
}

void Progress::ShowLocked() {
  const ProgressView view = ViewLocked();
  const int64_t now = clock_.SteadyMs();
  const bool moved = view.done != emitted_done_ || view.waits_for.empty() == emitted_waiting_;
  if (moved && now - emitted_ms_ >= kEventEveryMs) {
    emitted_ms_ = now;
    emitted_done_ = view.done;
    emitted_waiting_ = !view.waits_for.empty();
    EmitLocked("progress", view, {});
  }
  if (console_.quiet() || console_.json()) return;
  if (console_.err_is_terminal()) {
    console_.SetStatus(ProgressLine(view, console_.err_columns() - 1));
  } else if (now - noted_ms_ >= kLineEveryMs) {
    noted_ms_ = now;
    console_.Note(ProgressLine(view, 0));
  }
}

void Progress::End(const std::string& summary) {
  std::lock_guard lock(mutex_);
  if (!running_) return;
  running_ = false;
  ProgressView view = ViewLocked();
  view.waits_for.clear();
  EmitLocked("phase_end", view, summary);
  console_.ClearStatus();
  if (console_.json()) return;
  console_.Note(PadRight(PhaseWord(view) + summary, 60) + "  " + Elapsed(view.elapsed_ms));
}

void Progress::EmitLocked(std::string_view event, const ProgressView& view, std::string_view summary) {
  if (!console_.wants_documents()) return;
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.event.v1").Member("event", event).Member("phase", view.phase);
  out.Member("time", FormatTime(clock_.NowMs()));
  if (event != "phase") {
    out.Member("done", view.done);
    if (view.total_known) out.Member("total", view.total);
    out.Member("per_second", view.per_second).Member("retries", view.retries).Member("failed", view.failed);
    out.Member("elapsed_ms", view.elapsed_ms);
    if (!view.subject.empty()) out.Member("subject", view.subject);
    if (!view.waits_for.empty()) out.Member("waits_for", view.waits_for);
    if (!summary.empty()) out.Member("summary", summary);
  }
  console_.Document(out.EndObject().text());
}

}  // namespace dbxark::cli
