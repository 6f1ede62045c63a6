#include "http/retrying_transport.h"

#include <numeric>

#include "http/retry_rules.h"
#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace dbxark::http {
namespace {

using test::Answer;
using test::ErrorAnswer;
using test::ManualClock;
using test::ScriptedTransport;

struct Fixture {
  ScriptedTransport script;
  ManualClock clock;
  std::vector<std::string> notices;
  RetryOptions options;

  Fixture() {
    options.jitter_seed = 7;
    options.observer = [this](const RetryNotice& notice) { notices.push_back(notice.reason); };
  }
  Result<Response> Send(Effect effect, std::stop_token stop = {}) {
    RetryingTransport transport(script, clock, options);
    Request request;
    request.effect = effect;
    return transport.Send(request, stop);
  }
  int64_t Waited() {
    const auto sleeps = clock.sleeps();
    return std::accumulate(sleeps.begin(), sleeps.end(), int64_t{0});
  }
};

const Error kRefusedConnection(ErrorCode::kUnavailable, "connection refused");
const Error kReset(ErrorCode::kOutcomeUnknown, "connection reset");

TEST_CASE("a 429 is repeated for every effect") {
  for (Effect effect : {Effect::kRead, Effect::kIdempotent, Effect::kOnce}) {
    Fixture f;
    f.script.Then(ErrorAnswer(429, "REQUEST_LIMIT_EXCEEDED")).Then(Answer(200, "{}"));
    auto response = f.Send(effect);
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(f.notices == std::vector<std::string>{"429 from the server"});
  }
}

TEST_CASE("a quota's refusal of a create comes back at once, whatever its status, and is repeated for others") {
  for (const char* code : {"QUOTA_EXCEEDED", "RESOURCE_LIMIT_EXCEEDED"}) {
    for (Effect effect : {Effect::kRead, Effect::kIdempotent, Effect::kOnce}) {
      Fixture f;
      f.script.Then(ErrorAnswer(429, code)).Then(Answer(200, "{}"));
      CHECK(f.Send(effect)->status == (effect == Effect::kOnce ? 429 : 200));
    }
  }
  CHECK(SaysQuota(ErrorAnswer(400, "QUOTA_EXCEEDED")));
  CHECK(SaysQuota("INVALID_STATE",
                  "1000 jobs were made in the past 3600 seconds; at most 1000 job creations per 3600 s"));
  CHECK(!SaysQuota("INVALID_STATE", "the cluster is in state PENDING"));
  CHECK(!SaysQuota(ErrorAnswer(429, "REQUEST_LIMIT_EXCEEDED")));
  CHECK(!SaysQuota(Answer(400, "<html>QUOTA_EXCEEDED</html>")));
  CHECK(!SaysQuota(Answer(200, R"({"error_code": "QUOTA_EXCEEDED"})")));
}

TEST_CASE("a 503 of the service is repeated for every effect") {
  for (Effect effect : {Effect::kRead, Effect::kIdempotent, Effect::kOnce}) {
    Fixture f;
    f.script.Then(ErrorAnswer(503, "TEMPORARILY_UNAVAILABLE")).Then(Answer(200, "{}"));
    CHECK(f.Send(effect)->status == 200);
  }
}

TEST_CASE("a 503 of a gateway is repeated for reads, not for creates") {
  for (Effect effect : {Effect::kRead, Effect::kOnce}) {
    Fixture f;
    f.script.Then(Answer(503, "<html><title>Service Unavailable</title></html>")).Then(Answer(200, "{}"));
    CHECK(f.Send(effect)->status == (effect == Effect::kOnce ? 503 : 200));
  }
}

TEST_CASE("500, 502 and 504 are repeated a few times for what can be repeated") {
  for (int status : {500, 502, 504}) {
    Fixture f;
    f.script.Always(ErrorAnswer(status, "INTERNAL_ERROR"));
    CHECK(f.Send(Effect::kIdempotent)->status == status);
    CHECK(f.script.requests().size() == 5);
    Fixture once;
    once.script.Always(ErrorAnswer(status, "INTERNAL_ERROR"));
    CHECK(once.Send(Effect::kOnce)->status == status);
    CHECK(once.script.requests().size() == 1);
  }
}

TEST_CASE("other refusals are final") {
  for (int status : {400, 401, 403, 404, 409, 501}) {
    Fixture f;
    f.script.Then(ErrorAnswer(status, "WHATEVER"));
    CHECK(f.Send(Effect::kRead)->status == status);
    CHECK(f.clock.sleeps().empty());
  }
}

TEST_CASE("a message that says later is repeated whatever the status") {
  Fixture f;
  f.script.Then(ErrorAnswer(400, "BAD_REQUEST", "There is no worker environment with id 7")).Then(Answer(200, "{}"));
  CHECK(f.Send(Effect::kOnce)->status == 200);
  Fixture limit;
  limit.script.Then(ErrorAnswer(400, "BAD_REQUEST", "Workspace 1 exceeded the concurrent limit of 20 requests."))
      .Then(Answer(200, "{}"));
  CHECK(limit.Send(Effect::kOnce)->status == 200);
}

TEST_CASE("a message of a backend that gave up leaves a create's outcome open") {
  Fixture f;
  f.script.Then(ErrorAnswer(400, "BAD_REQUEST", "Timed out after 60 s")).Then(Answer(200, "{}"));
  CHECK(f.Send(Effect::kOnce)->status == 400);
  Fixture read;
  read.script.Then(ErrorAnswer(400, "BAD_REQUEST", "Timed out after 60 s")).Then(Answer(200, "{}"));
  CHECK(read.Send(Effect::kRead)->status == 200);
}

TEST_CASE("a create is repeated only if it never left") {
  Fixture never_sent;
  never_sent.script.Then(kRefusedConnection).Then(Answer(200, "{}"));
  CHECK(never_sent.Send(Effect::kOnce).ok());
  Fixture lost;
  lost.script.Then(kReset).Then(Answer(200, "{}"));
  auto response = lost.Send(Effect::kOnce);
  REQUIRE_FALSE(response.ok());
  CHECK(response.error().code() == ErrorCode::kOutcomeUnknown);
  CHECK(lost.script.requests().size() == 1);
  Fixture idempotent;
  idempotent.script.Then(kReset).Then(Answer(200, "{}"));
  CHECK(idempotent.Send(Effect::kIdempotent).ok());
}

TEST_CASE("errors that repetition cannot mend are final") {
  Fixture f;
  f.script.Then(Error(ErrorCode::kDenied, "certificate")).Then(Answer(200, "{}"));
  CHECK_FALSE(f.Send(Effect::kRead).ok());
  CHECK(f.script.requests().size() == 1);
}

TEST_CASE("a host that never answered is given up soon, one that did is not") {
  Fixture f;
  f.script.Always([](const Request&) -> Result<Response> { return kRefusedConnection; });
  CHECK_FALSE(f.Send(Effect::kRead).ok());
  CHECK(f.script.requests().size() == 3);
  CHECK(f.Waited() < 10'000);

  Fixture known;
  known.script.Then(Answer(200, "{}"));
  known.script.Always([](const Request&) -> Result<Response> { return kRefusedConnection; });
  RetryingTransport transport(known.script, known.clock, known.options);
  REQUIRE(transport.Send(Request{}, {}).ok());
  CHECK_FALSE(transport.Send(Request{}, {}).ok());
  CHECK(known.script.requests().size() == 1 + 8);
  CHECK(transport.requests() == 9);
  CHECK(transport.retries() == 7);
}

TEST_CASE("Retry-After is waited for") {
  Fixture f;
  f.script.Then(ErrorAnswer(429, "X", "x", {{"retry-after", "12"}})).Then(Answer(200, "{}"));
  CHECK(f.Send(Effect::kRead)->status == 200);
  CHECK(f.Waited() >= 12'000);
  CHECK(f.Waited() < 14'000);
}

TEST_CASE("an absurd Retry-After does not outlast patience") {
  Fixture f;
  f.script.Always(ErrorAnswer(429, "X", "x", {{"retry-after", "99999999999999999999"}}));
  CHECK(f.Send(Effect::kRead)->status == 429);
  CHECK(f.Waited() == 300'000);
  CHECK(f.script.requests().size() == 2);
}

TEST_CASE("a Retry-After that makes no sense is as none") {
  for (const char* value : {"soon", "-5", "1.5", "", "0"}) {
    Fixture f;
    f.script.Then(ErrorAnswer(503, "X", "x", {{"retry-after", value}})).Then(Answer(200, "{}"));
    CHECK(f.Send(Effect::kRead)->status == 200);
    CHECK(f.Waited() >= 750);
    CHECK(f.Waited() <= 1'250);
  }
}

TEST_CASE("a Retry-After may be a date") {
  const int64_t now = 784111777000;  // Sun, 06 Nov 1994 08:49:37 GMT
  CHECK(RetryAfterMs("Sun, 06 Nov 1994 08:49:47 GMT", now) == 10'000);
  CHECK(RetryAfterMs("Sun, 06 Nov 1994 08:49:07 GMT", now) == 0);
  CHECK(RetryAfterMs("Tue, 29 Feb 2028 00:00:00 GMT", 1835395200000 - 1000) == 1'000);
  CHECK_FALSE(RetryAfterMs("Sun, 06 Foo 1994 08:49:47 GMT", now));
}

TEST_CASE("a date in Retry-After counts from the answer's own, whatever the clock here says") {
  for (const std::string year : {"1994", "2094"}) {
    Fixture f;
    f.script
        .Then(ErrorAnswer(429, "X", "x",
                          {{"date", "Sun, 06 Nov " + year + " 08:49:37 GMT"},
                           {"retry-after", "Sun, 06 Nov " + year + " 08:49:49 GMT"}}))
        .Then(Answer(200, "{}"));
    CHECK(f.Send(Effect::kRead)->status == 200);
    CHECK(f.Waited() >= 12'000);
    CHECK(f.Waited() < 14'000);
  }
}

TEST_CASE("pauses grow and patience ends") {
  Fixture f;
  f.script.Always(ErrorAnswer(429, "X"));
  CHECK(f.Send(Effect::kRead)->status == 429);
  const auto sleeps = f.clock.sleeps();
  CHECK(f.Waited() == 300'000);
  REQUIRE(sleeps.size() > 5);
  CHECK(sleeps[0] <= 1'250);
  CHECK(sleeps[3] >= 6'000);
  for (int64_t sleep : sleeps) CHECK(sleep <= 37'500);
}

TEST_CASE("a request to stop ends the pause") {
  Fixture f;
  std::stop_source stop;
  f.script.Then([&](const Request&) -> Result<Response> {
    stop.request_stop();
    return ErrorAnswer(429, "X");
  });
  auto response = f.Send(Effect::kRead, stop.get_token());
  REQUIRE_FALSE(response.ok());
  CHECK(response.error().code() == ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace dbxark::http
