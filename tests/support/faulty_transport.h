// A transport that breaks chosen requests of another one, and says whether it came to that.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace dbxark::test {

class FaultyTransport : public http::Transport {
 public:
  enum class Fault {
    kNotSent,     // refused before it left: nothing happened
    kLostAnswer,  // the service acted, its answer was lost
    kLostRequest  // the service never saw it, and we cannot know
  };

  explicit FaultyTransport(http::Transport& inner) : inner_(inner) {}

  // The `nth` request (from 1) of all.
  void FailCall(size_t nth, Fault fault = Fault::kLostAnswer) { by_number_[nth] = fault; }
  // The next request that `matches`.
  void FailNext(std::function<bool(const http::Request&)> matches, Fault fault = Fault::kLostAnswer) {
    std::lock_guard lock(mutex_);
    by_shape_.emplace_back(std::move(matches), fault);
  }
  // From this request on, every one is interrupted, as if the process were killed there.
  void StopAt(size_t nth) { stop_at_ = nth; }
  // The machine goes down with `under_way` requests sent, from this one on: the service acts, nobody sees the answers,
  // and nothing more is sent.
  void GoDownAt(size_t nth, size_t under_way) {
    down_at_ = nth;
    stop_at_ = nth + under_way;
  }

  size_t calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  size_t fired() const {
    std::lock_guard lock(mutex_);
    return fired_;
  }

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    std::optional<Fault> fault;
    bool down = false;
    {
      std::lock_guard lock(mutex_);
      ++calls_;
      down = down_at_ != 0 && calls_ >= down_at_ && calls_ < stop_at_;
      if (down) ++fired_;
      if (stop_at_ != 0 && calls_ >= stop_at_) {
        ++fired_;
        return Error(ErrorCode::kInterrupted, "interrupted");
      }
      fault = Take(request);
      if (fault) ++fired_;
    }
    if (down) {
      (void)inner_.Send(request, stop);
      return Error(ErrorCode::kInterrupted, "interrupted");
    }
    if (!fault) return inner_.Send(request, stop);
    if (*fault == Fault::kNotSent) return Error(ErrorCode::kUnavailable, "connection refused");
    if (*fault == Fault::kLostAnswer) (void)inner_.Send(request, stop);
    const bool read = request.effect == http::Effect::kRead;
    return Error(read ? ErrorCode::kUnavailable : ErrorCode::kOutcomeUnknown, "connection reset");
  }

 private:
  std::optional<Fault> Take(const http::Request& request) {
    if (auto numbered = by_number_.find(calls_); numbered != by_number_.end()) return numbered->second;
    for (auto it = by_shape_.begin(); it != by_shape_.end(); ++it) {
      if (!it->first(request)) continue;
      const Fault fault = it->second;
      by_shape_.erase(it);
      return fault;
    }
    return std::nullopt;
  }

  http::Transport& inner_;
  mutable std::mutex mutex_;
  size_t calls_ = 0, fired_ = 0, stop_at_ = 0, down_at_ = 0;
  std::map<size_t, Fault> by_number_;
  std::vector<std::pair<std::function<bool(const http::Request&)>, Fault>> by_shape_;
};

}  // namespace dbxark::test
