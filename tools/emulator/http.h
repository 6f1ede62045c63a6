// What the emulator sees of HTTP: one request in, one answer out. Knows no server; server.cc (cpp-httplib) and the
// tests' in-process adapter both speak this.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace emulator {

// Keeps the order of members, as the real service's answers have a stable one.
using Json = nlohmann::ordered_json;

struct Part {  // of multipart/form-data
  std::string name, filename, content_type, content;
};

struct Request {
  std::string method;                                      // upper case
  std::string path;                                        // decoded, without query
  std::vector<std::pair<std::string, std::string>> query;  // decoded
  std::map<std::string, std::string> headers;              // names in lower case
  std::string body;
  std::vector<Part> parts;                  // where the body was multipart/form-data
  std::vector<std::string> path_arguments;  // what the route's placeholders matched

  std::optional<std::string> Query(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
};

// What the socket does to an answer; only server.cc acts on it (in process, the adapter turns it into a lost answer).
struct WireFault {
  enum class Kind {
    kNone,
    kResetBefore,
    kResetAfter,
    kResetInBody,
    kShortBody,
    kWrongLength,
    kDrip
  } kind = Kind::kNone;
  int64_t bytes = 0;        // how much of the body gets out
  int64_t interval_ms = 0;  // between drips
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  WireFault wire;
};

// Thrown by routes; becomes the service's error body.
struct ApiError {
  int status;
  std::string code;
  std::string message;
};

Response JsonResponse(const Json& value, int status = 200);

}  // namespace emulator
