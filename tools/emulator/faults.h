// A script of faults: which request goes wrong, how, and how often; each counts how often it fired.
//
//   [{"match": {"method": "POST", "path": "/api/2.2/jobs/create", "query_contains": "...", "body_contains": "..."},
//     "skip": 0, "times": 1,
//     "action": {"status": 503, "body": ..., "content_type": "...", "retry_after": "2", "html": true, "empty": true,
//                "effect": true, "delay_ms": N, "reset": "before" | "after" | "headers", "delay_effect_ms": N,
//                "forget": ["/settings/name"], "short_body": N, "wrong_length": N, "drip": {"bytes": N, "interval_ms":
//                N}}}]
//
// README.md says what each does. Safe for concurrent use.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

struct FaultAction {
  std::optional<int> status;  // answered in place of the route
  std::string body;
  std::string content_type = "application/json";
  std::optional<std::string> retry_after;
  bool replaces = false;  // status, html, empty or body: the caller gets this answer
  bool effect = false;    // the route does its work all the same
  bool reset = false;
  std::optional<int64_t> delay_effect_ms;  // of a reset: the work is done so much later
  int64_t delay_ms = 0;
  std::vector<std::string> forget;  // members of the request's JSON that the service does not notice
  WireFault wire;
};

// The request as a service sees it that takes no notice of some members.
Request Without(Request request, const std::vector<std::string>& forget);

class FaultScript {
 public:
  // Replaces the script; ApiError 400 for what makes no sense.
  void Set(const Json& script);
  // The script, each fault with "fired".
  Json Report() const;
  // The fault for this request, counted; the first that matches and is not used up.
  std::optional<FaultAction> Next(const Request& request, const Route* route);

 private:
  struct Fault {
    Json as_given;
    std::string method, path, query_contains, body_contains;
    int64_t skip = 0;
    int64_t times = 1;  // -1: always
    int64_t matched = 0;
    int64_t fired = 0;
    FaultAction action;
  };
  static Fault Parse(const Json& given);

  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
};

}  // namespace emulator
