// Which answers are refusals, which leave the outcome open, and how long to wait. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/transport.h"

namespace dbxark::http {

enum class Verdict {
  kFinal,      // the service's word: nothing to repeat
  kRefused,    // not now, and surely nothing happened: repeat, whatever the effect
  kUncertain,  // something between us and the service failed: it may have happened; repeat what can be repeated
};

// 429, and 503 with a Databricks error body, are refusals. 500, 502, 504, pages of gateways, and messages of
// backends that gave up half-way are uncertain.
Verdict Judge(const Response& response);

// What a quota's refusal says, whatever its status: it is no rate, and seconds alone do not mend it. Jobs have one that
// counts creations of the last hour.
bool SaysQuota(std::string_view error_code, std::string_view message);
bool SaysQuota(const Response& response);

// {"error_code": ...} and its cousins, as opposed to a gateway's page.
bool HasErrorBody(const Response& response);

// What a Retry-After says, seconds or a date, in milliseconds from now and never negative. Nothing if it is absent or
// makes no sense.
std::optional<int64_t> RetryAfterMs(std::string_view header, int64_t now_ms);

// The same of an answer. A date counts from the answer's own Date where it has one: the two clocks may differ by days.
std::optional<int64_t> PauseAskedMs(const Response& response, int64_t now_ms);

// "Sun, 06 Nov 1994 08:49:37 GMT" in milliseconds since 1970, or nothing.
std::optional<int64_t> HttpDateMs(const std::string& text);

}  // namespace dbxark::http
