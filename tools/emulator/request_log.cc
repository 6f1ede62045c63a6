#include "emulator/request_log.h"

#include <algorithm>
#include <utility>

#include "emulator/codec.h"

namespace emulator {

void RequestLog::Begin(const Request& request, const Route* route) {
  Entry entry{request.method, request.path, {}, {}, request.body.size(), false};
  for (const auto& [name, value] : request.query) {
    entry.query += (entry.query.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(value);
  }
  if (!request.body.empty() && request.body.size() <= kMaxBody && IsUtf8(request.body)) {
    entry.body = request.body;
    entry.body_kept = true;
  }
  const std::lock_guard lock(mutex_);
  ++total_;
  highest_ = std::max(highest_, ++in_flight_);
  ++counts_[request.method + " " + (route != nullptr ? route->path : request.path)];
  bodies_ += entry.body.size();
  entries_.push_back(std::move(entry));
  while (entries_.size() > kMaxEntries || bodies_ > kMaxBodies) {
    bodies_ -= entries_.front().body.size();
    entries_.pop_front();
  }
}

void RequestLog::End(int status) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  ++by_status_[status];
}

Json RequestLog::Report() const {
  const std::lock_guard lock(mutex_);
  Json counts = Json::object();
  for (const auto& [what, count] : counts_) counts[what] = count;
  Json by_status = Json::object();
  for (const auto& [status, count] : by_status_) by_status[std::to_string(status)] = count;
  Json log = Json::array();
  for (const Entry& entry : entries_) {
    Json item{{"method", entry.method}, {"path", entry.path}, {"query", entry.query}};
    if (entry.body_kept) item["body"] = entry.body;
    if (entry.body_bytes > 0) item["body_bytes"] = entry.body_bytes;
    log.push_back(std::move(item));
  }
  return {{"total", total_},
          {"highest_concurrency", highest_},
          {"counts", std::move(counts)},
          {"by_status", by_status},
          {"log", std::move(log)}};
}

void RequestLog::Clear() {
  const std::lock_guard lock(mutex_);
  total_ = 0;
  highest_ = in_flight_;
  counts_.clear();
  by_status_.clear();
  entries_.clear();
  bodies_ = 0;
}

}  // namespace emulator
