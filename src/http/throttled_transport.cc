#include "http/throttled_transport.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "http/retry_rules.h"

namespace dbxark::http {
namespace {

struct PublishedLimit {
  std::string_view family;
  double per_second;
};
constexpr PublishedLimit kPublishedLimits[] = {
    {"dbfs", 30},
    {"jobs/create", 20},
    {"jobs/run-now", 20},
    {"jobs/runs/get", 100},
    {"jobs/runs/submit", 35},
    {"mlflow", 120},
    {"mlflow/search", 7},
    {"permissions/get", 100},
    {"permissions/put", 30},
    {"scim", 255.0 / 60},
    {"scim/groups/delete", 35.0 / 60},
    {"scim/groups/patch", 10.0 / 60},
    {"secrets", 1100.0 / 60},
    {"token-management", 40},
    {"workspace/export", 60},
    {"workspace/import", 30},
};
constexpr double kUnpublishedRate = 30;  // the limit of the web application as a whole, as it was once told

// Some are also counted by requests in flight ("exceeded the concurrent limit of 20 requests").
constexpr std::pair<std::string_view, size_t> kConcurrencyLimits[] = {{"permissions", 10}};

// What is sent evenly arrives less so.
constexpr double kMargin = 0.97;

constexpr double kSlowestRate = 0.1;
constexpr double kNoLongerALimit = 2000;  // a rate that recovered up to here is no limit any more

size_t ConcurrencyOf(std::string_view family) {
  for (const auto& [name, limit] : kConcurrencyLimits) {
    if (family.substr(0, family.find('/')) == name) return limit;
  }
  return SIZE_MAX;
}

}  // namespace

double PublishedRate(std::string_view family) {
  while (true) {
    for (const PublishedLimit& limit : kPublishedLimits) {
      if (limit.family == family) return limit.per_second;
    }
    const size_t slash = family.rfind('/');
    if (slash == std::string_view::npos) return kUnpublishedRate;
    family = family.substr(0, slash);
  }
}

// A place among the requests in flight, given back when it goes.
class ThrottledTransport::InFlight {
 public:
  InFlight(ThrottledTransport& owner, const std::string& family, std::stop_token stop)
      : owner_(owner), family_(family) {
    std::unique_lock lock(owner_.mutex_);
    const size_t family_limit = ConcurrencyOf(family);
    taken_ = owner_.room_.wait(lock, stop, [&] {
      return owner_.in_flight_ < std::max<size_t>(owner_.options_.concurrency, 1) &&
             owner_.in_flight_by_family_[family_] < family_limit;
    });
    if (!taken_) return;
    ++owner_.in_flight_;
    ++owner_.in_flight_by_family_[family_];
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() {
    if (!taken_) return;
    {
      std::lock_guard lock(owner_.mutex_);
      --owner_.in_flight_;
      --owner_.in_flight_by_family_[family_];
    }
    owner_.room_.notify_all();
  }
  bool taken() const { return taken_; }

 private:
  ThrottledTransport& owner_;
  const std::string& family_;
  bool taken_ = false;
};

ThrottledTransport::ThrottledTransport(Transport& inner, Clock& clock, ThrottleOptions options)
    : inner_(inner), clock_(clock), options_(options) {
  total_.start_rate = total_.rate = options_.requests_per_second.value_or(0);
}

Result<Response> ThrottledTransport::Send(const Request& request, std::stop_token stop) {
  InFlight place(*this, request.family, stop);
  if (!place.taken() || !AwaitSlot(request.family, stop)) return Error(ErrorCode::kInterrupted, "interrupted");
  Result<Response> answer = inner_.Send(request, stop);
  if (answer.ok()) Learn(request.family, *answer);
  return answer;
}

double ThrottledTransport::RateOf(const std::string& family) {
  std::lock_guard lock(mutex_);
  Budget& budget = BudgetOf(family);
  Recover(budget, static_cast<double>(clock_.SteadyMs()));
  return budget.rate;
}

ThrottledTransport::Budget& ThrottledTransport::BudgetOf(const std::string& family) {
  auto [position, added] = budgets_.try_emplace(family);
  if (added) {
    const double rate = options_.requests_per_second ? 0 : PublishedRate(family) * kMargin;
    position->second.start_rate = position->second.rate = rate;
  }
  return position->second;
}

// Requests are spaced rather than counted per second: a limit seen from the other end of the line must hold in any
// window, and a burst of sixteen at its start may fall into the window before.
double ThrottledTransport::ReserveSlot(Budget& budget, double now) {
  const double slot = std::max({now, budget.next_slot_ms, budget.paused_until_ms});
  budget.next_slot_ms = slot + (budget.rate > 0 ? 1000 / budget.rate : 0);
  return slot;
}

bool ThrottledTransport::AwaitSlot(const std::string& family, std::stop_token stop) {
  while (true) {
    double slot = 0, now = 0;
    {
      std::lock_guard lock(mutex_);
      now = static_cast<double>(clock_.SteadyMs());
      Budget& budget = BudgetOf(family);
      Recover(budget, now);
      slot = std::max(ReserveSlot(budget, now), ReserveSlot(total_, now));
    }
    if (slot > now && !clock_.SleepMs(static_cast<int64_t>(std::ceil(slot - now)), stop)) return false;
    std::lock_guard lock(mutex_);
    Budget& budget = BudgetOf(family);
    now = static_cast<double>(clock_.SteadyMs());
    if (budget.paused_until_ms > now) continue;  // somebody was refused while we slept
    budget.recent_ms.push_back(now);
    while (budget.recent_ms.front() < now - 1000) budget.recent_ms.pop_front();
    return !stop.stop_requested();
  }
}

void ThrottledTransport::Learn(const std::string& family, const Response& response) {
  if (response.status != 429) return;
  std::lock_guard lock(mutex_);
  const double now = static_cast<double>(clock_.SteadyMs());
  Budget& budget = BudgetOf(family);
  const auto retry_after = PauseAskedMs(response, clock_.NowMs());
  const double pause = static_cast<double>(std::min(retry_after.value_or(0), options_.longest_pause_ms));
  budget.paused_until_ms = std::max(budget.paused_until_ms, now + pause);
  // All who were in flight are refused together; that is one lesson, not sixteen.
  if (now - budget.slowed_at_ms < 1000) return;
  while (!budget.recent_ms.empty() && budget.recent_ms.front() < now - 1000) budget.recent_ms.pop_front();
  const double observed = std::max<double>(static_cast<double>(budget.recent_ms.size()), 1);
  const double present = budget.rate > 0 ? std::min(budget.rate, observed) : observed;
  budget.rate = std::max(kSlowestRate, present * 0.7);
  budget.slowed_at_ms = budget.recovered_at_ms = now;
}

void ThrottledTransport::Recover(Budget& budget, double now) {
  if (budget.rate == budget.start_rate) return;
  const double seconds = (now - std::max(budget.recovered_at_ms, budget.paused_until_ms)) / 1000;
  if (seconds < 1) return;
  budget.rate *= std::pow(1.1, std::min(seconds, 200.0));
  budget.recovered_at_ms = now;
  const double target = budget.start_rate > 0 ? budget.start_rate : kNoLongerALimit;
  if (budget.rate >= target) budget.rate = budget.start_rate;
}

}  // namespace dbxark::http
