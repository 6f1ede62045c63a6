// Answers from a list, in order, and remembers what was asked.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace dbxark::test {

inline http::Response Answer(int status, std::string body, http::Fields headers = {}) {
  http::Response response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  return response;
}

inline http::Response ErrorAnswer(int status, const std::string& code, const std::string& message = "no reason",
                                  http::Fields headers = {}) {
  return Answer(status, R"({"error_code":")" + code + R"(","message":")" + message + "\"}", std::move(headers));
}

// Bodies of 2xx answers go into the request's sink where it has one, as the real transport does it.
inline Result<http::Response> Deliver(const http::Request& request, http::Response response) {
  if (!request.open_sink || response.status < 200 || response.status >= 300) return response;
  auto sink = request.open_sink();
  if (!sink.ok()) return std::move(sink).error();
  if (Status written = (*sink)->Write(response.body); !written.ok()) return std::move(written).error();
  response.body.clear();
  return response;
}

class ScriptedTransport : public http::Transport {
 public:
  using Step = std::function<Result<http::Response>(const http::Request&)>;

  ScriptedTransport& Then(http::Response response) {
    return Then([response](const http::Request& request) { return Deliver(request, response); });
  }
  ScriptedTransport& Then(Error error) {
    return Then([error](const http::Request&) -> Result<http::Response> { return error; });
  }
  ScriptedTransport& Then(Step step) {
    steps_.push_back(std::move(step));
    return *this;
  }
  // For all requests after the script's end, which otherwise fail.
  void Always(http::Response response) {
    always_ = [response](const http::Request& request) { return Deliver(request, response); };
  }
  void Always(Step step) { always_ = std::move(step); }

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
    Step step = always_;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (!steps_.empty()) {
        step = std::move(steps_.front());
        steps_.pop_front();
      }
    }
    if (!step) return Error(ErrorCode::kFailed, "the script has no more answers");
    return step(request);
  }

  std::vector<http::Request> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  size_t left() {
    std::lock_guard lock(mutex_);
    return steps_.size();
  }

 private:
  std::mutex mutex_;
  std::deque<Step> steps_;
  Step always_;
  std::vector<http::Request> requests_;
};

// "path=/Users format=SOURCE", for comparison.
inline std::string QueryOf(const http::Request& request) {
  std::string text;
  for (const auto& [name, value] : request.query) text += (text.empty() ? "" : " ") + name + "=" + value;
  return text;
}

}  // namespace dbxark::test
