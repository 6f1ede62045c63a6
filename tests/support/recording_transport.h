// A transport that counts what reached the service and may have changed something there, by what it says.
#pragma once

#include <map>
#include <mutex>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace dbxark::test {

// Writes by method, path and body; ids of this workspace, handles and tokens of idempotency are masked, so that the
// same write into two workspaces, or at two times, is the same.
using Writes = std::map<std::string, size_t>;

class RecordingTransport : public http::Transport {
 public:
  explicit RecordingTransport(http::Transport& inner) : inner_(inner) {}

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    if (request.effect != http::Effect::kRead) {
      const std::string write =
          Masked(request.method + " " + request.path + " " + WholeBody(request), BoundaryOf(request.content_type));
      std::lock_guard lock(mutex_);
      ++writes_[write];
    }
    return inner_.Send(request, stop);
  }

  Writes writes() const {
    std::lock_guard lock(mutex_);
    return writes_;
  }

 private:
  static std::string WholeBody(const http::Request& request) {
    if (!request.open_body) return request.body;
    auto source = request.open_body();
    if (!source.ok()) return "?";
    std::string body, buffer(65536, '\0');
    for (auto count = (*source)->Read(buffer.data(), buffer.size()); count.ok() && *count > 0;
         count = (*source)->Read(buffer.data(), buffer.size())) {
      body.append(buffer, 0, *count);
    }
    return body;
  }

  static std::string BoundaryOf(const std::string& content_type) {
    const size_t at = content_type.find("boundary=");
    return at == std::string::npos ? "" : content_type.substr(at + 9);
  }

  static std::string Masked(std::string text, const std::string& boundary) {
    for (size_t at = boundary.empty() ? text.npos : text.find(boundary); at != text.npos; at = text.find(boundary)) {
      text.erase(at, boundary.size());
    }
    if (text.size() > 10'000) return text;  // content, which names no ids; a regex would be long about it
    static const std::regex ids(
        R"(\d{4}-\d{6}-\w+(-pool-\w+)?|\b\d{12,}\b|\b[0-9A-F]{16}\b|"handle":\d+|dbxark-[0-9a-f]{40})");
    return std::regex_replace(text, ids, "ID");
  }

  http::Transport& inner_;
  mutable std::mutex mutex_;
  Writes writes_;
};

// How many writes of `sent` are more than in `once`, which has each as often as it is due.
inline std::vector<std::string> Repeated(const std::vector<Writes>& sent, const Writes& once) {
  Writes all;
  for (const Writes& writes : sent) {
    for (const auto& [write, count] : writes) all[write] += count;
  }
  std::vector<std::string> repeated;
  for (const auto& [write, count] : all) {
    const auto due = once.find(write);
    for (size_t more = due == once.end() ? 1 : due->second; more < count; ++more) {
      repeated.push_back(write.substr(0, 200));
    }
  }
  return repeated;
}

}  // namespace dbxark::test
