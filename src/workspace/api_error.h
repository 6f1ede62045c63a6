// What the service means when it says no, whatever shape it says it in.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/transport.h"

namespace dbxark::workspace {

enum class ApiErrorKind { kNotFound, kDenied, kRateLimited, kUnavailable, kAlreadyExists, kFailed };

struct ApiError {
  std::string method, path;  // of the request
  int status = 0;
  std::string code;        // "RESOURCE_DOES_NOT_EXIST", "SCIM_404"; empty where the answer has none
  std::string message;     // one line, safe for a terminal, not too long
  std::string request_id;  // what the vendor's support asks for
  std::string details;     // the `details` member, JSON as received
  ApiErrorKind kind = ApiErrorKind::kFailed;
};

// Reads an answer that is not 2xx. Every shape is understood: 2.x, 1.2, SCIM, plain text, HTML, nothing, a redirect to
// a login page.
ApiError ParseApiError(std::string_view method, std::string_view path, const http::Response& response);

// One line: `GET /api/2.0/workspace/list: 403 PERMISSION_DENIED: <message> (request id …)`.
Error ToError(const ApiError& error);

// For list calls alone: the workspace does not have this kind at all. Missing permission is not that.
bool MeansOutOfReach(const ApiError& error);

// The service answered, and said no: not an interruption, not a network that is down.
bool ConcernsOneObject(const Error& error);

// A path without what could be a value in it, for messages: no query.
std::string_view WithoutQuery(std::string_view path);

}  // namespace dbxark::workspace
