// The way of one request through the emulator: log, latency, faults, authentication, rates, route.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "emulator/codec.h"
#include "emulator/emulator.h"
#include "emulator/guts.h"

namespace emulator {
namespace {

void Sleep(int64_t ms) {
  if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

bool Matches(const std::vector<std::string>& pattern, const Request& request, std::vector<std::string>& arguments) {
  arguments.clear();
  std::string_view rest = request.path;
  for (const std::string& segment : pattern) {
    if (rest.empty() || rest.front() != '/') return false;
    rest.remove_prefix(1);
    if (segment == "{*}") {
      arguments.emplace_back(rest);
      return !rest.empty();
    }
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (segment == "{}") {
      if (part.empty()) return false;
      arguments.emplace_back(part);
    } else if (segment != part) {
      return false;
    }
    rest.remove_prefix(part.size());
  }
  return rest.empty();
}

// Nested names of a query: "filter_by.cluster_sources=UI" is {"filter_by":{"cluster_sources":"UI"}}.
Json QueryArguments(const Request& request) {
  Json arguments = Json::object();
  for (const auto& [name, value] : request.query) {
    Json* at = &arguments;
    std::string_view rest = name;
    for (size_t dot; (dot = rest.find('.')) != std::string_view::npos; rest.remove_prefix(dot + 1)) {
      Json& inner = (*at)[std::string(rest.substr(0, dot))];
      if (!inner.is_object()) inner = Json::object();
      at = &inner;
    }
    const std::string last(rest);
    if (!at->contains(last)) {
      (*at)[last] = value;
    } else if ((*at)[last].is_array()) {
      (*at)[last].push_back(value);
    } else {
      (*at)[last] = Json::array({(*at)[last], value});
    }
  }
  return arguments;
}

Json ParseArguments(const Request& request, const Route& route) {
  Json arguments = QueryArguments(request);
  for (const Part& part : request.parts) {
    if (part.filename.empty()) arguments[part.name] = part.content;
  }
  if (route.raw_body || request.body.empty() || !request.parts.empty()) return arguments;
  Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    throw ApiError{400, "MALFORMED_REQUEST",
                   "Invalid JSON given in the body of the request - failed to parse given JSON"};
  }
  for (auto& [name, value] : arguments.items()) {
    if (!body.contains(name)) body[name] = value;
  }
  return body;
}

// As an answer's Date has it.
std::string HttpDate(int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

Response Replacement(const FaultAction& fault) {
  Response response;
  response.status = fault.status.value_or(200);
  response.content_type = fault.content_type;
  response.body = fault.body;
  return response;
}

}  // namespace

const Route* Emulator::FindRoute(Request& request) const {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  if (auto found = guts_->exact.find(method + " " + request.path); found != guts_->exact.end()) return found->second;
  for (const Guts::Pattern& pattern : guts_->patterns) {
    if (pattern.route->method == method && Matches(pattern.segments, request, request.path_arguments)) {
      return pattern.route;
    }
  }
  request.path_arguments.clear();
  return nullptr;
}

Caller Emulator::Authenticate(const Request& request) const {
  const auto header = request.headers.find("authorization");
  const std::string text = header == request.headers.end() ? "" : header->second;
  if (text.empty()) {
    throw ApiError{401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API."};
  }
  const std::string token = ToLower(text.substr(0, 7)) == "bearer " ? text.substr(7) : "";
  if (!token.empty() && token == options_.token) return {options_.user_name, true};
  if (!token.empty() && token == options_.second_token) return {options_.second_user_name, false};
  if (Has("invalid-token-401")) throw ApiError{401, "UNAUTHENTICATED", "Invalid access token."};
  throw ApiError{403, "INVALID_ACCESS_TOKEN", "Invalid access token."};
}

Response Emulator::Failure(const Request& request, const ApiError& refused) const {
  const bool other_code = refused.code == "PERMISSION_DENIED" && Has("denied-customer-unauthorized");
  const ApiError error = other_code ? ApiError{400, "CUSTOMER_UNAUTHORIZED", refused.message} : refused;
  if (error.status == 401) {
    if (Has("login-redirect")) {
      Response page;
      page.content_type = "text/html; charset=utf-8";
      page.body = "<html><head><title>Databricks - Sign In</title></head><body></body></html>";
      return page;
    }
    if (Has("unauthenticated-empty-body")) return JsonResponse(Json::object(), 401);
  }
  const bool text = Has("error-plain-text") || (error.status == 401 && Has("unauthenticated-text"));
  if (text || Has("error-html")) {
    Response response;
    response.status = error.status;
    response.content_type = text ? "text/plain; charset=utf-8" : "text/html; charset=utf-8";
    response.body = text ? error.code + ": " + error.message
                         : "<html><body><h2>HTTP ERROR: " + std::to_string(error.status) + "</h2><pre>" +
                               error.message + "</pre></body></html>";
    return response;
  }
  if (request.path.find("/scim/v2/") != std::string::npos) {
    Json body{{"schemas", {"urn:ietf:params:scim:api:messages:2.0:Error"}},
              {"detail", error.message},
              {"status", std::to_string(error.status)}};
    // SCIM's own codes are written in lower case; the others have no place in this body.
    if (!error.code.empty() && error.code[0] >= 'a' && error.code[0] <= 'z') body["scimType"] = error.code;
    return JsonResponse(body, error.status);
  }
  if (request.path.starts_with("/api/1.2/")) return JsonResponse({{"error", error.message}}, error.status);
  Json body = Json::object();
  if (!error.code.empty()) body["error_code"] = error.code;
  if (Has("error-code-integer")) body["error_code"] = error.status;
  body["message"] = error.message;
  if (Has("error-details")) {
    body["details"] = {{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                        {"reason", error.code},
                        {"domain", ""},
                        {"metadata", Json::object()}}};
  }
  return JsonResponse(body, error.status);
}

void Emulator::RunDelayedEffects() {
  auto& delayed = guts_->delayed;
  // The order in which they were asked for is also that of their effects where they are due at once.
  std::stable_sort(delayed.begin(), delayed.end(), [](const auto& a, const auto& b) { return a.due_ms < b.due_ms; });
  while (!delayed.empty() && delayed.front().due_ms <= Now()) {
    const Guts::DelayedEffect effect = std::move(delayed.front());
    delayed.erase(delayed.begin());
    try {
      Context context{*this, effect.request, effect.caller, Now(), ParseArguments(effect.request, *effect.route)};
      effect.route->handler(context);
    } catch (const ApiError&) {
      // Nobody is there any more to be told.
    }
  }
}

Response Emulator::Run(const Request& request, const Route& route, const Caller& caller) {
  Json arguments = ParseArguments(request, route);
  const std::lock_guard lock(guts_->state);
  RunDelayedEffects();
  const int64_t now_ms = Now();
  for (Family* family : Families()) family->Tick(now_ms);
  Context context{*this, request, caller, now_ms, std::move(arguments)};
  return route.handler(context);
}

Response Emulator::Serve(const Request& request, const Route* route) {
  try {
    const Caller caller = Authenticate(request);
    if (route == nullptr) {
      if (!request.path.starts_with("/api/")) {
        Response page;
        page.status = 404;
        page.content_type = "text/html; charset=utf-8";
        page.body = "<html><head><title>Not Found</title></head><body><pre>Not Found</pre></body></html>";
        return page;
      }
      throw ApiError{404, "ENDPOINT_NOT_FOUND",
                     "No API found for '" + request.method + " " + request.path.substr(4) + "'"};
    }
    if (const int64_t wait = guts_->rates.Spend(route->family, Now()); wait > 0) {
      Response refusal =
          Failure(request, {429, "REQUEST_LIMIT_EXCEEDED",
                            "Your request was rejected since your organization has exceeded the rate limit. "
                            "Please retry your request later."});
      if (!Has("rate-without-retry-after")) refusal.headers.emplace_back("Retry-After", std::to_string(wait));
      return refusal;
    }
    if (Has("request-body-10mb") && route->path.find("import-file") == std::string::npos &&
        request.body.size() > 10 * 1024 * 1024) {
      throw ApiError{413, "MAX_NOTEBOOK_SIZE_EXCEEDED", "Request body exceeds 10485760 bytes"};
    }
    Response response = Run(request, *route, caller);
    if (response.body == "{}" && request.method != "GET" && Has("empty-success-body")) response.body.clear();
    return response;
  } catch (const ApiError& error) {
    return Failure(request, error);
  } catch (const std::exception& error) {
    return Failure(request, {500, "INTERNAL_ERROR", std::string("the emulator failed: ") + error.what()});
  }
}

Response Emulator::Answer(Request request) {
  if (request.path.starts_with("/emulator/")) return Control(request);
  const Route* route = FindRoute(request);
  guts_->log.Begin(request, route);
  Response response;
  try {
    if (request.parts.empty()) {
      const auto type = request.headers.find("content-type");
      const std::string boundary = type == request.headers.end() ? "" : MultipartBoundary(type->second);
      if (!boundary.empty()) request.parts = ParseMultipart(request.body, boundary);
    }
    Sleep(options_.latency_ms);
    const std::optional<FaultAction> fault = guts_->faults.Next(request, route);
    if (fault) Sleep(fault->delay_ms);
    if (fault && !fault->forget.empty()) request = Without(std::move(request), fault->forget);
    if (!fault || fault->effect || !(fault->replaces || fault->reset)) response = Serve(request, route);
    if (fault && fault->delay_effect_ms && route != nullptr) {
      const Caller caller = Authenticate(request);
      const std::lock_guard lock(guts_->state);
      guts_->delayed.push_back({Now() + *fault->delay_effect_ms, request, route, caller});
    }
    if (fault && fault->replaces) response = Replacement(*fault);
    if (fault && fault->retry_after) response.headers.emplace_back("Retry-After", *fault->retry_after);
    if (fault) response.wire = fault->wire;
  } catch (const ApiError& error) {
    response = Failure(request, error);
  }
  const uint64_t number = ++guts_->answered;
  response.headers.emplace_back("Date", HttpDate(Now()));
  response.headers.emplace_back("X-Databricks-Org-Id", std::to_string(options_.org_id));
  response.headers.emplace_back("X-Request-Id",
                                "emulator-" + std::to_string(options_.seed) + "-" + std::to_string(number));
  const bool cut =
      response.wire.kind == WireFault::Kind::kResetBefore || response.wire.kind == WireFault::Kind::kResetAfter;
  guts_->log.End(cut ? 0 : response.status);
  return response;
}

}  // namespace emulator
