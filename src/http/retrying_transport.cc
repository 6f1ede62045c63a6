#include "http/retrying_transport.h"

#include <algorithm>
#include <utility>

#include "http/retry_rules.h"

namespace dbxark::http {
namespace {

std::string ReasonOf(const Result<Response>& answer) {
  if (!answer.ok()) return answer.error().message();
  return std::to_string(answer->status) + " from the server";
}

}  // namespace

RetryingTransport::RetryingTransport(Transport& inner, Clock& clock, RetryOptions options)
    : inner_(inner),
      clock_(clock),
      options_(std::move(options)),
      random_(options_.jitter_seed != 0 ? options_.jitter_seed : std::random_device{}()) {}

Result<Response> RetryingTransport::Send(const Request& request, std::stop_token stop) {
  Attempts attempts;
  while (true) {
    ++requests_;
    Result<Response> answer = inner_.Send(request, stop);
    if (answer.ok()) reached_ = true;
    if (!MayRepeat(request, answer, attempts)) return answer;
    const int64_t patience_left = options_.patience_ms - attempts.waited_ms;
    if (patience_left <= 0) return answer;
    const int64_t wait_ms = std::min(WaitMs(answer, attempts), patience_left);
    if (options_.observer) {
      const int status = answer.ok() ? answer->status : 0;
      options_.observer({request, status, ReasonOf(answer), wait_ms, status == 429});
    }
    if (!clock_.SleepMs(wait_ms, stop)) return Error(ErrorCode::kInterrupted, "interrupted");
    attempts.waited_ms += wait_ms;
    ++attempts.waits;
    ++retries_;
  }
}

bool RetryingTransport::MayRepeat(const Request& request, const Result<Response>& answer, Attempts& attempts) {
  if (!answer.ok()) {
    const ErrorCode code = answer.error().code();
    const bool harmless = code == ErrorCode::kUnavailable || code == ErrorCode::kRateLimited ||
                          (code == ErrorCode::kOutcomeUnknown && request.effect != Effect::kOnce);
    if (!harmless) return false;
    return ++attempts.lost < (reached_ ? options_.lost_attempts : options_.first_contact_attempts);
  }
  switch (Judge(*answer)) {
    case Verdict::kFinal:
      return false;
    case Verdict::kRefused:
      return request.effect != Effect::kOnce || !SaysQuota(*answer);
    case Verdict::kUncertain:
      return request.effect != Effect::kOnce && ++attempts.uncertain < options_.uncertain_attempts;
  }
  return false;
}

int64_t RetryingTransport::WaitMs(const Result<Response>& answer, const Attempts& attempts) {
  const int64_t doubled = options_.first_wait_ms << std::min(attempts.waits, 20);
  const int64_t backoff = std::min(doubled, options_.longest_wait_ms);
  int64_t jitter = 0;
  {
    std::lock_guard lock(random_mutex_);
    jitter = std::uniform_int_distribution<int64_t>(-backoff / 4, backoff / 4)(random_);
  }
  if (answer.ok()) {
    const auto retry_after = PauseAskedMs(*answer, clock_.NowMs());
    // Everybody who was refused is told the same second: without jitter they would all come back in it.
    if (retry_after && *retry_after > 0) return *retry_after + (jitter < 0 ? -jitter : jitter);
  }
  return backoff + jitter;
}

}  // namespace dbxark::http
