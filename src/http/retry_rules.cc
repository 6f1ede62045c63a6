#include "http/retry_rules.h"

#include <charconv>
#include <cstdio>
#include <limits>
#include <string>

#include "base/text.h"
#include "json/document.h"

namespace dbxark::http {
namespace {

// The service did not get as far as looking at the request.
constexpr std::string_view kRefusals[] = {
    "UnknownWorkerEnvironmentException",        "does not have any associated worker environments",
    "There is no worker environment with id",   "Unknown worker environment",
    "RPC token bucket limit has been exceeded", "exceeded the concurrent limit of",
};
// It gave up somewhere on the way.
constexpr std::string_view kGaveUp[] = {
    "ClusterNotReadyException",
    "Timed out after ",
    "deadline exceeded",
    "Unexpected error",
    "Please try again later or try a faster operation.",
};

bool ContainsAny(std::string_view text, const auto& parts) {
  for (std::string_view part : parts) {
    if (ContainsIgnoreCase(text, part)) return true;
  }
  return false;
}

// "worker env … not found", whatever stands in between.
bool SaysWorkerEnvNotFound(std::string_view text) {
  const std::string lower = ToLowerAscii(text);
  const size_t first = lower.find("worker env");
  return first != std::string::npos && lower.find("not found", first) != std::string::npos;
}

int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

}  // namespace

bool HasErrorBody(const Response& response) {
  if (response.body.find('{') == std::string::npos) return false;
  auto document = json::Document::Parse(response.body);
  if (!document.ok()) return false;
  const json::Node root = document->root();
  return root.IsObject() && (root["error_code"] || root["error"] || root["message"] || root["detail"]);
}

bool SaysQuota(std::string_view error_code, std::string_view message) {
  if (error_code == "QUOTA_EXCEEDED" || error_code == "RESOURCE_LIMIT_EXCEEDED") return true;
  return error_code == "INVALID_STATE" && ContainsIgnoreCase(message, "job creations per");
}

bool SaysQuota(const Response& response) {
  if (response.status < 400) return false;
  auto document = json::Document::Parse(response.body);
  if (!document.ok()) return false;
  const json::Node root = document->root();
  return root.IsObject() && SaysQuota(root["error_code"].TextOrNumber(), root["message"].text());
}

Verdict Judge(const Response& response) {
  const int status = response.status;
  if (status >= 200 && status < 400) return Verdict::kFinal;
  if (status == 429) return Verdict::kRefused;
  if (ContainsAny(response.body, kRefusals) || SaysWorkerEnvNotFound(response.body)) return Verdict::kRefused;
  if (status == 503 && HasErrorBody(response)) return Verdict::kRefused;
  if (status == 500 || status == 502 || status == 503 || status == 504 || status == 408) return Verdict::kUncertain;
  if (ContainsAny(response.body, kGaveUp)) return Verdict::kUncertain;
  return Verdict::kFinal;
}

std::optional<int64_t> RetryAfterMs(std::string_view header, int64_t now_ms) {
  header = Trim(header);
  if (header.empty()) return std::nullopt;
  if (header.find_first_not_of("0123456789") == std::string_view::npos) {
    constexpr int64_t kLongest = std::numeric_limits<int64_t>::max() / 2000;
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
    if (error == std::errc::result_out_of_range || seconds > kLongest) seconds = kLongest;
    return seconds * 1000;
  }
  const std::optional<int64_t> date = HttpDateMs(std::string(header));
  if (!date) return std::nullopt;
  return *date > now_ms ? *date - now_ms : 0;
}

std::optional<int64_t> PauseAskedMs(const Response& response, int64_t now_ms) {
  const std::optional<int64_t> date = HttpDateMs(std::string(response.Header("date")));
  return RetryAfterMs(response.Header("retry-after"), date.value_or(now_ms));
}

std::optional<int64_t> HttpDateMs(const std::string& text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char month_name[4] = {}, zone[4] = {};
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d %3s", &day, month_name, &year, &hour, &minute, &second,
                  zone) != 7) {
    return std::nullopt;
  }
  const size_t month_at = kMonths.find(month_name);
  if (month_at == std::string_view::npos || month_at % 3 != 0 || std::string_view(month_name).size() != 3 ||
      std::string_view(zone) != "GMT" || day < 1 || day > 31 || year < 1970 || hour < 0 || minute < 0 || second < 0) {
    return std::nullopt;
  }
  const int64_t days = DaysFromCivil(year, static_cast<int>(month_at / 3) + 1, day);
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

}  // namespace dbxark::http
