#include "cli/console.h"

#include "cli/layout.h"
#include "support/catch.h"
#include "support/console_fixture.h"

using namespace dbxark;
using namespace dbxark::cli;
using dbxark::test::ConsoleFixture;

TEST_CASE("results go to standard output, the rest to standard error") {
  ConsoleFixture fixture;
  fixture.console().OutLine("result");
  fixture.console().Note("note");
  fixture.console().Verdict("verdict");
  CHECK(fixture.console().Finish(ExitCode::kPartial, "2 failed") == 3);
  CHECK(fixture.out() == "result\nverdict\n");
  CHECK(fixture.err() == "note\nexit 3: 2 failed\n");
}

TEST_CASE("an error is one line, whatever is in it") {
  ConsoleFixture fixture;
  CHECK(fixture.console().Fail(Error(ErrorCode::kCorruption, "a.tar.zst: byte 17\n\x1b[31m")) == 4);
  CHECK(fixture.err() == "exit 4: damaged: a.tar.zst: byte 17\\n\\x1b[31m\n");
}

TEST_CASE("every error code has its exit code") {
  const std::pair<ErrorCode, int> all[] = {
      {ErrorCode::kFailed, 1},        {ErrorCode::kUsage, 2},          {ErrorCode::kNotFound, 5},
      {ErrorCode::kAlreadyExists, 6}, {ErrorCode::kDenied, 7},         {ErrorCode::kRateLimited, 1},
      {ErrorCode::kUnavailable, 1},   {ErrorCode::kOutcomeUnknown, 1}, {ErrorCode::kCorruption, 4},
      {ErrorCode::kLocked, 8},        {ErrorCode::kInterrupted, 130},  {ErrorCode::kNoSpace, 1}};
  for (const auto& [code, exit] : all) CHECK(static_cast<int>(ExitCodeOf(code)) == exit);
}

TEST_CASE("with --json people's lines are silent, and errors are documents") {
  ConsoleFixture fixture(dbxark::test::Json());
  fixture.console().Say("words");
  fixture.console().Verdict("words");
  fixture.console().Fail(Error(ErrorCode::kDenied, "no"));
  CHECK(fixture.out() == "{\"schema\":\"dbxark.error.v1\",\"code\":\"denied\",\"message\":\"no\",\"exit\":7}\n");
  CHECK(fixture.err().empty());
}

TEST_CASE("what nobody reads is dropped, and ends well") {
  ConsoleFixture fixture({}, true);
  Status status;
  for (int i = 0; i < 100000 && status.ok(); ++i) status = fixture.console().sink().Write("0123456789");
  REQUIRE_FALSE(status.ok());
  CHECK(fixture.console().reader_gone());
  CHECK(fixture.console().Fail(status.error()) == 0);
  CHECK(fixture.err().empty());
}

TEST_CASE("an error that nobody reads as a document is a line") {
  ConsoleFixture fixture(dbxark::test::Json(), true);
  while (fixture.console().sink().Write("0123456789").ok()) {
  }
  CHECK(fixture.console().Fail(Error(ErrorCode::kDenied, "no")) == 7);
  CHECK(fixture.out().empty());
  CHECK(fixture.err() == "exit 7: not authenticated or not allowed: no\n");
}

TEST_CASE("colour doubles a symbol, and only where it was asked for") {
  ConsoleFixture plain;
  CHECK(plain.console().Mark("+") == "+");
  ConsoleOptions options;
  options.color = ColorMode::kAlways;
  ConsoleFixture colored(options);
  CHECK(colored.console().Mark("+") == "\x1b[32m+\x1b[0m");
}

TEST_CASE("columns count characters") {
  CHECK(PadRight("日本", 4) == "日本  ");
  CHECK(PadLeft("7", 3) == "  7");
  CHECK(Labelled("ab", "cd", 5) == "ab   cd");
  const std::string long_text = Labelled("", std::string(50, 'x') + " " + std::string(50, 'y'), 2);
  CHECK(long_text == "  " + std::string(50, 'x') + "\n  " + std::string(50, 'y'));
}
