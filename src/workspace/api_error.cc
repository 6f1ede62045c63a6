#include "workspace/api_error.h"

#include <algorithm>
#include <regex>
#include <utility>

#include "base/text.h"
#include "http/retry_rules.h"
#include "json/document.h"

namespace dbxark::workspace {
namespace {

constexpr size_t kMessageWidth = 400;

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 407:
      return "Proxy Authentication Required";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "no message";
  }
}

// Runs of white space, line breaks too, become one space.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return std::string(Trim(line));
}

// The text of the first <name>…</name>, tags within taken out.
std::string ElementText(const std::string& html, const std::string& lower, const std::string& name) {
  const size_t open = lower.find("<" + name);
  if (open == std::string::npos) return {};
  const size_t begin = lower.find('>', open);
  const size_t end = begin == std::string::npos ? begin : lower.find("</" + name, begin);
  if (end == std::string::npos) return {};
  std::string text;
  bool in_tag = false;
  for (size_t i = begin + 1; i < end; ++i) {
    if (html[i] == '<') in_tag = true;
    if (!in_tag) text += html[i];
    if (html[i] == '>') in_tag = false;
  }
  return OneLine(text);
}

bool LooksLikeHtml(std::string_view body) { return Trim(body).starts_with('<'); }

std::string HtmlMessage(const std::string& body) {
  const std::string lower = ToLowerAscii(body);
  for (const char* name : {"pre", "title", "h1"}) {
    std::string text = ElementText(body, lower, name);
    if (!text.empty()) return "a web page: " + text;
  }
  return "a web page without title";
}

bool IsCode(std::string_view text) {
  return text.size() >= 3 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// `ERROR_CODE: message`
void ReadPlainText(std::string_view body, ApiError& error) {
  const size_t colon = body.find(':');
  if (colon != std::string_view::npos && IsCode(body.substr(0, colon))) {
    error.code = body.substr(0, colon);
    body = body.substr(colon + 1);
  }
  error.message = body;
}

void ReadJson(const json::Node root, ApiError& error) {
  error.code = root["error_code"].TextOrNumber();
  error.message = root["message"].text();
  const json::Node details = root["details"];
  error.details = details.raw();
  for (const json::Node& detail : details.elements()) {
    if (error.request_id.empty()) error.request_id = detail["request_id"].text();
  }
  if (const std::string detail = root["detail"].text(); !detail.empty() && error.message.empty()) {
    if (detail != "null") error.message = detail;
    const std::string scim_type = root["scimType"].text();
    if (error.message.empty()) error.message = scim_type;
  }
  if (root["schemas"].IsArray() && error.code.empty()) {
    const std::string status = root["status"].TextOrNumber();
    error.code = "SCIM_" + (status.empty() ? std::to_string(error.status) : status);
  }
  // API 1.2 puts the text there; OAuth a word, with the text beside it.
  if (const std::string text = root["error"].text(); !text.empty() && error.message.empty()) {
    const std::string description = root["error_description"].text();
    error.message = description.empty() ? text : text + ": " + description;
  }
  if (error.message.empty()) error.message = root["error"]["message"].text();
}

void ReadBody(const http::Response& response, ApiError& error) {
  const std::string_view body = Trim(response.body);
  if (body.empty()) return;
  if (LooksLikeHtml(body)) {
    error.message = HtmlMessage(response.body);
    return;
  }
  auto document = json::Document::Parse(std::string(body));
  if (document.ok() && document->root().IsObject()) {
    ReadJson(document->root(), error);
  } else if (document.ok() && document->root().IsString()) {
    error.message = document->root().text();
  } else {
    ReadPlainText(body, error);
  }
}

bool MatchesOneOf(const std::string& text, std::initializer_list<const char*> patterns) {
  // Messages may be long and hostile; what counts stands at their beginning.
  const std::string head(Utf8Prefix(text, 1000));
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const char* pattern) { return std::regex_search(head, std::regex(pattern)); });
}

// A 400 that means 404, in the places where the service is known to do so.
bool IsDisguisedNotFound(const ApiError& error) {
  if (error.status != 400) return false;
  const std::string_view path = error.path;
  const auto ends_with = [&](std::string_view end) { return path.starts_with("/api/2.") && path.ends_with(end); };
  if (error.code == "INVALID_PARAMETER_VALUE") {
    if (ends_with("/clusters/get")) return MatchesOneOf(error.message, {"Cluster .* does not exist"});
    if (ends_with("/jobs/get")) return MatchesOneOf(error.message, {"Job .* does not exist"});
    if (ends_with("/jobs/runs/get")) {
      return MatchesOneOf(error.message, {"Run .* does not exist", "Run: .* in job: .* doesn't exist"});
    }
  }
  return path.find("/permissions/") != std::string_view::npos && error.message.starts_with("Cannot access cluster");
}

// The code decides first: the same one comes with different statuses.
ApiErrorKind KindOf(const ApiError& error, const http::Response& response) {
  struct Entry {
    std::string_view code;
    ApiErrorKind kind;
  };
  static constexpr Entry kByCode[] = {
      {"RESOURCE_DOES_NOT_EXIST", ApiErrorKind::kNotFound},
      {"NOT_FOUND", ApiErrorKind::kNotFound},
      {"ENDPOINT_NOT_FOUND", ApiErrorKind::kNotFound},
      {"FEATURE_DISABLED", ApiErrorKind::kNotFound},
      {"SCIM_404", ApiErrorKind::kNotFound},
      {"PERMISSION_DENIED", ApiErrorKind::kDenied},
      {"UNAUTHENTICATED", ApiErrorKind::kDenied},
      {"INVALID_ACCESS_TOKEN", ApiErrorKind::kDenied},
      {"CUSTOMER_UNAUTHORIZED", ApiErrorKind::kDenied},
      {"SCIM_401", ApiErrorKind::kDenied},
      {"SCIM_403", ApiErrorKind::kDenied},
      {"REQUEST_LIMIT_EXCEEDED", ApiErrorKind::kRateLimited},
      {"RESOURCE_EXHAUSTED", ApiErrorKind::kRateLimited},
      {"SCIM_429", ApiErrorKind::kRateLimited},
      {"TEMPORARILY_UNAVAILABLE", ApiErrorKind::kUnavailable},
      {"WORKSPACE_TEMPORARILY_UNAVAILABLE", ApiErrorKind::kUnavailable},
      {"RESOURCE_ALREADY_EXISTS", ApiErrorKind::kAlreadyExists},
      {"ALREADY_EXISTS", ApiErrorKind::kAlreadyExists},
      {"RESOURCE_CONFLICT", ApiErrorKind::kAlreadyExists},
      {"SCIM_409", ApiErrorKind::kAlreadyExists},
  };
  if (IsDisguisedNotFound(error)) return ApiErrorKind::kNotFound;
  for (const Entry& entry : kByCode) {
    if (entry.code == error.code) return entry.kind;
  }
  // import-file says so without a code.
  if (error.status == 400 && error.code.empty() && error.message.ends_with("already exists.")) {
    return ApiErrorKind::kAlreadyExists;
  }
  switch (error.status) {
    case 401:
    case 403:
    case 407:  // of a proxy
      return ApiErrorKind::kDenied;
    case 404:
      return ApiErrorKind::kNotFound;
    case 409:
      return error.code == "ABORTED" ? ApiErrorKind::kUnavailable : ApiErrorKind::kAlreadyExists;
    case 429:
      return ApiErrorKind::kRateLimited;
    default:
      break;
  }
  return http::Judge(response) == http::Verdict::kFinal ? ApiErrorKind::kFailed : ApiErrorKind::kUnavailable;
}

void ReadRedirect(const http::Response& response, ApiError& error) {
  const std::string_view location = response.Header("location");
  if (ContainsIgnoreCase(location, "login")) {
    error.kind = ApiErrorKind::kDenied;
    error.message = "redirected to a login page: the credentials or this network are not accepted";
  } else {
    error.message = "redirected to " + std::string(WithoutQuery(location)) + ": is this the workspace's own address?";
  }
}

std::string RequestIdOf(const http::Response& response) {
  for (const char* name : {"x-request-id", "x-databricks-request-id", "x-ms-request-id"}) {
    const std::string_view value = response.Header(name);
    if (!value.empty()) return Shorten(value, 80);
  }
  return {};
}

}  // namespace

ApiError ParseApiError(std::string_view method, std::string_view path, const http::Response& response) {
  ApiError error;
  error.method = method;
  error.path = WithoutQuery(path);
  error.status = response.status;
  if (response.status >= 300 && response.status < 400) {
    ReadRedirect(response, error);
  } else {
    ReadBody(response, error);
    error.message = OneLine(error.message);
    error.kind = KindOf(error, response);
  }
  if (error.message.empty()) error.message = ReasonPhrase(response.status);
  error.message = Shorten(error.message, kMessageWidth);
  error.code = Shorten(error.code, 60);
  if (std::string id = RequestIdOf(response); !id.empty()) error.request_id = std::move(id);
  error.request_id = Shorten(error.request_id, 80);
  return error;
}

Error ToError(const ApiError& error) {
  ErrorCode code = ErrorCode::kFailed;
  switch (error.kind) {
    case ApiErrorKind::kNotFound:
      code = ErrorCode::kNotFound;
      break;
    case ApiErrorKind::kDenied:
      code = ErrorCode::kDenied;
      break;
    case ApiErrorKind::kRateLimited:
      code = ErrorCode::kRateLimited;
      break;
    case ApiErrorKind::kUnavailable:
      code = ErrorCode::kUnavailable;
      break;
    case ApiErrorKind::kAlreadyExists:
      code = ErrorCode::kAlreadyExists;
      break;
    case ApiErrorKind::kFailed:
      break;
  }
  std::string text = error.method + ' ' + Shorten(error.path, 120) + ": " + std::to_string(error.status);
  if (!error.code.empty()) text += ' ' + error.code;
  text += ": " + error.message;
  if (!error.request_id.empty()) text += " (request id " + error.request_id + ")";
  return Error(code, std::move(text));
}

bool MeansOutOfReach(const ApiError& error) {
  return error.code == "FEATURE_DISABLED" || error.code == "ENDPOINT_NOT_FOUND" || error.status == 501;
}

std::string_view WithoutQuery(std::string_view path) { return path.substr(0, path.find('?')); }

bool ConcernsOneObject(const Error& error) {
  return error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kDenied ||
         error.code() == ErrorCode::kFailed;
}

}  // namespace dbxark::workspace
