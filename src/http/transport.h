// One HTTP exchange. Transport::Send is the whole seam between dbxark and the network: the real one speaks through
// libcurl, tests speak to the emulator in process, and each wrapper (retrying, throttled, authorized, traced) adds one
// concern.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dbxark::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

// How a request's repetition would be seen by the server.
enum class Effect {
  kRead,        // changes nothing: repeat at will
  kIdempotent,  // a second one leaves the same state as one
  kOnce,        // a second one may do it again (a create without token): repeat only what surely never had an effect
};

struct Request {
  std::string method = "GET";
  std::string path;  // "/api/2.0/workspace/list", already percent-encoded
  Fields query;      // not yet encoded
  Fields headers;
  std::string body;  // small bodies
  std::string content_type;
  // A large body: `body_size` bytes from a fresh source for every attempt.
  std::function<Result<std::unique_ptr<ByteSource>>()> open_body;
  uint64_t body_size = 0;
  Effect effect = Effect::kRead;
  // The API family whose rate budget it spends: "workspace/export", "jobs", "dbfs", ...
  std::string family;
  // Where the body of a 2xx answer goes instead of Response::body; made afresh for every attempt.
  std::function<Result<ByteSink*>()> open_sink;
};

struct Response {
  int status = 0;
  Fields headers;    // names in lower case
  std::string body;  // empty where a sink took it

  std::string_view Header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
      if (name == lower_case_name) return value;
    }
    return {};
  }
};

// Safe for concurrent use.
class Transport {
 public:
  virtual ~Transport() = default;
  // An answer of any status is a Response. An Error says that there was none: kUnavailable if the request surely had no
  // effect (never sent), kOutcomeUnknown if it may have had one, kInterrupted if `stop` was requested (before it was
  // sent, where it changes something: what is on its way is not cut off), kDenied for a certificate that does not
  // verify, kFailed for what repetition cannot mend (an address that does not parse).
  virtual Result<Response> Send(const Request& request, std::stop_token stop) = 0;
};

}  // namespace dbxark::http
