// Repeats what may be repeated, with growing pauses, until the service answers or patience is over.
//
// A refusal (429, 503 with a Databricks error body) is repeated for every request. A lost or uncertain answer is
// repeated only where Request::effect says that a second request does no harm; for a kOnce request the answer, or the
// error kOutcomeUnknown, goes back to the caller at once. So does the refusal of a quota: there may be other things to
// do until it has room.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <string>

#include "base/clock.h"
#include "http/transport.h"

namespace dbxark::http {

// One pause before one repetition.
struct RetryNotice {
  const Request& request;
  int status = 0;          // 0: there was no answer
  std::string reason;      // one line: "429 from the server", or the transport's message
  int64_t wait_ms = 0;     // until the repetition
  bool throttled = false;  // refused by a rate limit
};

struct RetryOptions {
  int64_t patience_ms = 300'000;  // all pauses of one request together
  int64_t first_wait_ms = 1'000;  // doubled each time
  int64_t longest_wait_ms = 30'000;
  int uncertain_attempts = 5;      // of a request that is answered with 500, 502, 504 or a gateway's page
  int lost_attempts = 8;           // of one whose connection fails
  int first_contact_attempts = 3;  // the same, until anything was ever answered: a wrong host name should not take long
  uint64_t jitter_seed = 0;        // 0: from the machine
  // Called before each pause, from any thread.
  std::function<void(const RetryNotice&)> observer;
};

class RetryingTransport : public Transport {
 public:
  // Both outlive it.
  RetryingTransport(Transport& inner, Clock& clock, RetryOptions options);

  // The last answer, or the last error, when patience is over.
  Result<Response> Send(const Request& request, std::stop_token stop) override;

  uint64_t requests() const { return requests_; }  // attempts included
  uint64_t retries() const { return retries_; }

 private:
  struct Attempts {
    int lost = 0, uncertain = 0, waits = 0;
    int64_t waited_ms = 0;
  };
  bool MayRepeat(const Request& request, const Result<Response>& answer, Attempts& attempts);
  int64_t WaitMs(const Result<Response>& answer, const Attempts& attempts);

  Transport& inner_;
  Clock& clock_;
  const RetryOptions options_;
  std::atomic<uint64_t> requests_ = 0, retries_ = 0;
  std::atomic<bool> reached_ = false;
  std::mutex random_mutex_;
  std::mt19937_64 random_;
};

}  // namespace dbxark::http
