// Keeps requests under the service's rates: one budget per API family, spent evenly, and a cap on how many are in
// flight.
//
// A family starts at its published rate. A 429 slows that family down for all threads, below the rate that it was
// refused at, and for the time that its Retry-After says; time without a 429 brings it back.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "http/transport.h"

namespace dbxark::http {

struct ThrottleOptions {
  size_t concurrency = 16;                    // requests in flight
  std::optional<double> requests_per_second;  // over all families; 0 is unlimited; absent: the published rates
  int64_t longest_pause_ms = 60'000;          // whatever a refusal asks for
};

// Requests a second that the family may send: "jobs/create", else "jobs", else a cautious default.
double PublishedRate(std::string_view family);

class ThrottledTransport : public Transport {
 public:
  // Both outlive it.
  ThrottledTransport(Transport& inner, Clock& clock, ThrottleOptions options);

  Result<Response> Send(const Request& request, std::stop_token stop) override;

  // The family's present rate; 0 is unlimited.
  double RateOf(const std::string& family);

 private:
  struct Budget {
    double start_rate = 0;  // where it began and recovers to; 0 is unlimited
    double rate = 0;
    double next_slot_ms = 0;
    double paused_until_ms = 0;
    double slowed_at_ms = -1e18;
    double recovered_at_ms = 0;
    std::deque<double> recent_ms;  // when requests of the last second went out
  };
  class InFlight;

  Budget& BudgetOf(const std::string& family);
  bool AwaitSlot(const std::string& family, std::stop_token stop);
  double ReserveSlot(Budget& budget, double now);
  void Learn(const std::string& family, const Response& response);
  void Recover(Budget& budget, double now);

  Transport& inner_;
  Clock& clock_;
  const ThrottleOptions options_;
  std::mutex mutex_;
  std::map<std::string, Budget> budgets_;
  Budget total_;  // of --requests-per-second
  size_t in_flight_ = 0;
  std::map<std::string, size_t> in_flight_by_family_;
  std::condition_variable_any room_;
};

}  // namespace dbxark::http
