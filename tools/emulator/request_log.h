// What was asked of the emulator, for tests to assert. Safe for concurrent use.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "emulator/emulator.h"

namespace emulator {

class RequestLog {
 public:
  // A request arrived. `route` is null where none matched.
  void Begin(const Request& request, const Route* route);
  // It was answered; 0 is a connection that was cut.
  void End(int status);

  Json Report() const;
  void Clear();

 private:
  static constexpr size_t kMaxEntries = 100'000;
  static constexpr size_t kMaxBody = 64 * 1024;
  static constexpr size_t kMaxBodies = 128 * 1024 * 1024;

  struct Entry {
    std::string method, path, query, body;
    size_t body_bytes = 0;
    bool body_kept = false;
  };

  mutable std::mutex mutex_;
  int64_t total_ = 0;
  int64_t in_flight_ = 0;
  int64_t highest_ = 0;
  std::map<std::string, int64_t> counts_;
  std::map<int, int64_t> by_status_;
  std::deque<Entry> entries_;
  size_t bodies_ = 0;
};

}  // namespace emulator
