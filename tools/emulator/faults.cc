#include "emulator/faults.h"

#include <utility>

#include "emulator/codec.h"

namespace emulator {
namespace {

[[noreturn]] void Refuse(const std::string& message) { throw ApiError{400, "INVALID_PARAMETER_VALUE", message}; }

void KnowOnly(const Json& object, std::initializer_list<std::string_view> names, const std::string& where) {
  if (!object.is_object()) Refuse(where + " is to be an object");
  for (const auto& [name, value] : object.items()) {
    bool known = false;
    for (const std::string_view candidate : names) known = known || name == candidate;
    if (!known) Refuse("unknown member of " + where + ": " + name);
  }
}

std::string AsText(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

void ParseWire(const Json& given, FaultAction& action) {
  if (given.contains("reset")) {
    const std::string when = given["reset"].get<std::string>();
    if (when != "before" && when != "after" && when != "headers") {
      Refuse("reset is \"before\", \"after\" or \"headers\"");
    }
    action.reset = true;
    action.effect = when != "before";
    action.wire.kind = when == "before"  ? WireFault::Kind::kResetBefore
                       : when == "after" ? WireFault::Kind::kResetAfter
                                         : WireFault::Kind::kResetInBody;
  }
  if (given.contains("delay_effect_ms")) {
    action.delay_effect_ms = given["delay_effect_ms"].get<int64_t>();
    action.reset = true;
    action.effect = false;
    action.wire.kind = WireFault::Kind::kResetBefore;
  }
  if (given.contains("short_body")) {
    const bool reset = action.wire.kind == WireFault::Kind::kResetInBody;
    action.wire = {reset ? WireFault::Kind::kResetInBody : WireFault::Kind::kShortBody,
                   given["short_body"].get<int64_t>(), 0};
  }
  if (given.contains("wrong_length")) {
    const Json& by = given["wrong_length"];
    action.wire = {WireFault::Kind::kWrongLength, by.is_boolean() ? 1 : by.get<int64_t>(), 0};
  }
  if (given.contains("drip")) {
    KnowOnly(given["drip"], {"bytes", "interval_ms"}, "drip");
    action.wire = {WireFault::Kind::kDrip, given["drip"].value("bytes", int64_t{1}),
                   given["drip"].value("interval_ms", int64_t{100})};
  }
}

FaultAction ParseAction(const Json& given) {
  KnowOnly(given,
           {"status", "body", "content_type", "retry_after", "reset", "delay_effect_ms", "short_body", "wrong_length",
            "drip", "html", "empty", "delay_ms", "effect", "forget"},
           "action");
  FaultAction action;
  if (given.contains("status")) action.status = given["status"].get<int>();
  action.replaces =
      given.contains("status") || given.contains("body") || given.contains("html") || given.contains("empty");
  const int status = action.status.value_or(200);
  if (given.value("html", false)) {
    action.content_type = "text/html; charset=utf-8";
    action.body = "<html><head><title>Error " + std::to_string(status) +
                  "</title></head><body><pre>upstream connect error or disconnect</pre></body></html>";
  } else if (given.contains("body")) {
    action.body = AsText(given["body"]);
  } else if (!given.value("empty", false) && action.status) {
    const std::string code = status == 429   ? "REQUEST_LIMIT_EXCEEDED"
                             : status == 503 ? "TEMPORARILY_UNAVAILABLE"
                             : status == 504 ? "DEADLINE_EXCEEDED"
                             : status == 404 ? "RESOURCE_DOES_NOT_EXIST"
                             : status == 403 ? "PERMISSION_DENIED"
                             : status == 401 ? "UNAUTHENTICATED"
                             : status < 500  ? "BAD_REQUEST"
                                             : "INTERNAL_ERROR";
    action.body = Json{{"error_code", code}, {"message", "A fault that was asked for."}}.dump();
  }
  if (given.contains("content_type")) action.content_type = given["content_type"].get<std::string>();
  if (given.contains("retry_after")) action.retry_after = AsText(given["retry_after"]);
  action.delay_ms = given.value("delay_ms", int64_t{0});
  action.effect = given.value("effect", false);
  for (const Json& pointer : given.value("forget", Json::array())) {
    action.forget.push_back(pointer.get<std::string>());
    static_cast<void>(Json::json_pointer(action.forget.back()));  // throws on what is none
  }
  ParseWire(given, action);
  return action;
}

std::string QueryText(const Request& request) {
  std::string text;
  for (const auto& [name, value] : request.query) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

}  // namespace

Request Without(Request request, const std::vector<std::string>& forget) {
  Json body = Json::parse(request.body, nullptr, false);
  if (forget.empty() || body.is_discarded()) return request;
  for (const std::string& text : forget) {
    const Json::json_pointer pointer(text);
    if (pointer.empty() || !body.contains(pointer)) continue;
    Json& container = body[pointer.parent_pointer()];
    if (container.is_array()) {
      container.erase(std::stoul(pointer.back()));
    } else {
      container.erase(pointer.back());
    }
  }
  request.body = body.dump();
  return request;
}

FaultScript::Fault FaultScript::Parse(const Json& given) {
  KnowOnly(given, {"match", "skip", "times", "action", "fired"}, "a fault");
  Fault fault;
  fault.as_given = given;
  fault.as_given.erase("fired");
  const Json match = given.value("match", Json::object());
  KnowOnly(match, {"method", "path", "query_contains", "body_contains"}, "match");
  fault.method = match.value("method", std::string());
  fault.path = match.value("path", std::string());
  fault.query_contains = match.value("query_contains", std::string());
  fault.body_contains = match.value("body_contains", std::string());
  fault.skip = given.value("skip", int64_t{0});
  fault.times = given.value("times", int64_t{1});
  if (!given.contains("action")) Refuse("a fault needs an action");
  fault.action = ParseAction(given["action"]);
  return fault;
}

void FaultScript::Set(const Json& script) {
  const Json& list = script.is_object() && script.contains("faults") ? script["faults"] : script;
  if (!list.is_array()) Refuse("a script of faults is an array");
  std::vector<Fault> faults;
  try {
    for (const Json& given : list) faults.push_back(Parse(given));
  } catch (const Json::exception& error) {
    Refuse(error.what());
  }
  const std::lock_guard lock(mutex_);
  faults_ = std::move(faults);
}

Json FaultScript::Report() const {
  const std::lock_guard lock(mutex_);
  Json report = Json::array();
  for (const Fault& fault : faults_) {
    report.push_back(fault.as_given);
    report.back()["fired"] = fault.fired;
  }
  return report;
}

std::optional<FaultAction> FaultScript::Next(const Request& request, const Route* route) {
  const std::lock_guard lock(mutex_);
  for (Fault& fault : faults_) {
    if (fault.times >= 0 && fault.fired >= fault.times) continue;
    if (!fault.method.empty() && fault.method != request.method) continue;
    if (!fault.path.empty() && !(route != nullptr && route->path == fault.path) &&
        !GlobMatches(fault.path, request.path)) {
      continue;
    }
    if (!fault.query_contains.empty() && QueryText(request).find(fault.query_contains) == std::string::npos) continue;
    if (!fault.body_contains.empty() && request.body.find(fault.body_contains) == std::string::npos) continue;
    if (++fault.matched <= fault.skip) continue;
    ++fault.fired;
    return fault.action;
  }
  return std::nullopt;
}

}  // namespace emulator
