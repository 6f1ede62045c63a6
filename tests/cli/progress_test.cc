#include "cli/progress.h"

#include <atomic>

#include "base/text.h"
#include "cli/layout.h"
#include "json/document.h"
#include "support/catch.h"
#include "support/console_fixture.h"

using namespace dbxark;
using namespace dbxark::cli;
using dbxark::test::ConsoleFixture;

namespace {

ProgressView Reading() {
  ProgressView view;
  view.phase = "read";
  view.subject = "notebooks";
  view.done = 11'090;
  view.total = 14'208;
  view.total_known = true;
  view.per_second = 212;
  view.retries = 1;
  view.elapsed_ms = 15'000;
  return view;
}

// Time that a test moves.
class SetClock : public Clock {
 public:
  int64_t NowMs() override { return now_ms; }
  int64_t SteadyMs() override { return now_ms; }
  bool SleepMs(int64_t, std::stop_token) override { return true; }
  std::atomic<int64_t> now_ms = 1'000'000;
};

// What it waits for is asked for when nothing was done for a second of the test's time, right before that is shown.
class Waiting {
 public:
  explicit Waiting(std::string what) : what_(std::move(what)) {}
  std::string Asked() {
    asked_ = true;
    asked_.notify_all();
    return what_;
  }
  void UntilAsked() { asked_.wait(false); }

 private:
  const std::string what_;
  std::atomic<bool> asked_ = false;
};

}  // namespace

TEST_CASE("a progress line says what is known, in the columns that there are") {
  const ProgressView view = Reading();
  CHECK(ProgressLine(view, 200) ==
        "read  [###############################---------]   78 %  11,090 of 14,208  notebooks  212/s  1 retry  15 s");
  CHECK(ProgressLine(view, 79) == "read  [##########---]   78 %  11,090 of 14,208  notebooks  212/s  1 retry  15 s");
  CHECK(ProgressLine(view, 70) == "read   78 %  11,090 of 14,208  notebooks  212/s  1 retry  15 s");
  CHECK(ProgressLine(view, 20) == "read   78 %  11,090…");
  for (size_t columns = 10; columns < 220; ++columns) CHECK(WidthOf(ProgressLine(view, columns)) <= columns);
}

TEST_CASE("a total that is not known is not made up") {
  ProgressView view = Reading();
  view.phase = "list";
  view.total_known = false;
  view.failed = 2;
  CHECK(ProgressLine(view, 79) == "list  11,090 so far  notebooks  212/s  1 retry  2 failed  15 s");
}

TEST_CASE("all but one is not a hundred per cent, and nothing of nothing is") {
  ProgressView view = Reading();
  view.done = 9'999'999;
  view.total = 10'000'000;
  CHECK(ProgressLine(view, 79).find(" 99 %") != std::string::npos);
  view.done = view.total;
  CHECK(ProgressLine(view, 79).find("100 %") != std::string::npos);
  view.done = view.total = 0;
  CHECK(ProgressLine(view, 79).find("100 %") != std::string::npos);
}

TEST_CASE("what it waits for takes the rate's place") {
  ProgressView view = Reading();
  view.waits_for = "throttled by the server, resuming in 12 s";
  CHECK(ProgressLine(view, 79) == "read   78 %  11,090 of 14,208  15 s  throttled by the server, resuming in 12 s");
}

TEST_CASE("on a terminal the line is written over, gives way, and is taken away") {
  ConsoleFixture fixture({}, false, 80);
  SetClock clock;
  {
    Progress progress(fixture.console(), clock);
    progress.Begin("list");
    progress.Step(3);
    fixture.console().SetStatus("list  3 so far");
    fixture.console().Note("a word");
    progress.End("3 objects");
  }
  const std::string text = fixture.err();
  CHECK(text.find("\r\x1b[Klist  3 so far\r\x1b[Ka word\n") != std::string::npos);
  CHECK(text.ends_with("  0 s\n"));
}

TEST_CASE("where it is no terminal there is a line in half a minute, without carriage returns") {
  ConsoleFixture fixture;
  SetClock clock;
  {
    Waiting waiting("throttled by the server, resuming in 9 s");
    Progress progress(fixture.console(), clock, {[&] { return waiting.Asked(); }, {}});
    progress.Begin("read");
    progress.SetTotal(10);
    progress.Step(5);
    clock.now_ms += 31'000;
    waiting.UntilAsked();
    progress.End("10 objects, 1 KiB");
  }
  CHECK(fixture.err() ==
        "read   50 %  5 of 10  31 s  throttled by the server, resuming in 9 s\n"
        "read  10 objects, 1 KiB                                       31 s\n");
}

TEST_CASE("for machines a phase is a pair of events, and what goes on lies between them") {
  ConsoleFixture fixture(dbxark::test::Json());
  SetClock clock;
  {
    Waiting waiting("");
    Progress progress(fixture.console(), clock, {[&] { return waiting.Asked(); }, {}});
    progress.Begin("read");
    progress.SetTotal(4);
    progress.Step(2);
    clock.now_ms += 2'000;
    waiting.UntilAsked();
    progress.Step(2);
    progress.End("4 objects");
  }
  std::vector<std::string> events;
  for (const std::string_view line : Split(fixture.out(), '\n')) {
    if (line.empty()) continue;
    const auto event = json::Document::Parse(std::string(line));
    REQUIRE(event.ok());
    CHECK(event->root()["schema"].text() == "dbxark.event.v1");
    events.push_back(std::string(event->root()["event"].text()) + " " + event->root()["done"].TextOrNumber());
  }
  CHECK(events == std::vector<std::string>{"phase ", "progress 2", "phase_end 4"});
  CHECK(fixture.err().empty());
}
