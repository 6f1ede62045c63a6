#include "workspace/api_error.h"

#include "support/catch.h"
#include "support/scripted_transport.h"

namespace dbxark::workspace {
namespace {

using test::Answer;

ApiError Parse(int status, const std::string& body, http::Fields headers = {}, std::string_view path = "/api/2.0/x") {
  return ParseApiError("GET", path, Answer(status, body, std::move(headers)));
}

std::string Line(int status, const std::string& body, http::Fields headers = {}) {
  return ToError(Parse(status, body, std::move(headers))).message();
}

TEST_CASE("the standard shape becomes one line") {
  const ApiError error = ParseApiError(
      "GET", "/api/2.0/workspace/list?path=x",
      Answer(403, R"({"error_code":"PERMISSION_DENIED","message":"no\nway"})", {{"x-request-id", "r-1"}}));
  CHECK(ToError(error).message() == "GET /api/2.0/workspace/list: 403 PERMISSION_DENIED: no way (request id r-1)");
  CHECK(ToError(error).code() == ErrorCode::kDenied);
}

TEST_CASE("every shape is understood") {
  CHECK(Line(404, R"({"error":"ContextNotFound"})") == "GET /api/2.0/x: 404: ContextNotFound");
  CHECK(Line(404,
             R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"no such user","status":"404"})") ==
        "GET /api/2.0/x: 404 SCIM_404: no such user");
  CHECK(Line(409, R"({"schemas":["s"],"detail":"null","status":"409","scimType":"uniqueness"})") ==
        "GET /api/2.0/x: 409 SCIM_409: uniqueness");
  CHECK(Line(400, "INVALID_STATE: the cluster is away") == "GET /api/2.0/x: 400 INVALID_STATE: the cluster is away");
  CHECK(Line(400, "just words") == "GET /api/2.0/x: 400: just words");
  CHECK(Line(502, "<html><head><title>Bad\n Gateway</title></head></html>") ==
        "GET /api/2.0/x: 502: a web page: Bad Gateway");
  CHECK(Line(500, "<html><body><pre>worker <b>env</b> gone</pre></body></html>") ==
        "GET /api/2.0/x: 500: a web page: worker env gone");
  CHECK(Line(503, "<html>") == "GET /api/2.0/x: 503: a web page without title");
  CHECK(Line(401, "") == "GET /api/2.0/x: 401: Unauthorized");
  CHECK(Line(401, "{}") == "GET /api/2.0/x: 401: Unauthorized");
  CHECK(Line(400, R"({"error_code":7,"message":"m"})") == "GET /api/2.0/x: 400 7: m");
  CHECK(Line(400, R"({"message":"m"})") == "GET /api/2.0/x: 400: m");
  CHECK(Line(404, R"("gone")") == "GET /api/2.0/x: 404: gone");
}

TEST_CASE("a request id may stand in the details") {
  const ApiError error = Parse(
      400, R"({"error_code":"A_B","message":"m","details":[{"@type":"x"},{"@type":"RequestInfo","request_id":"q7"}]})");
  CHECK(error.request_id == "q7");
  CHECK(error.details.starts_with("[{\"@type\":\"x\"}"));
}

TEST_CASE("a message cannot harm a terminal nor fill it") {
  CHECK(Line(400, "{\"message\":\"\\u001b[31mred\\u0007\"}").find('\x1b') == std::string::npos);
  CHECK(Line(400, "{\"message\":\"" + std::string(100'000, 'y') + "\"}").size() < 700);
  CHECK(Line(400, std::string("bytes \xff\xfe")).find('\xff') == std::string::npos);
}

TEST_CASE("a redirect to a login page is a lack of rights") {
  const ApiError error = Parse(302, "", {{"location", "https://x/login.html?next=secret"}});
  CHECK(ToError(error).code() == ErrorCode::kDenied);
  CHECK(ToError(error).message().find("secret") == std::string::npos);
  CHECK(ToError(Parse(301, "", {{"location", "https://elsewhere/"}})).code() == ErrorCode::kFailed);
}

TEST_CASE("the code decides before the status") {
  const auto kind = [](int status, const std::string& code) {
    return Parse(status, R"({"error_code":")" + code + R"(","message":"m"})").kind;
  };
  CHECK(kind(400, "RESOURCE_ALREADY_EXISTS") == ApiErrorKind::kAlreadyExists);
  CHECK(kind(409, "RESOURCE_ALREADY_EXISTS") == ApiErrorKind::kAlreadyExists);
  CHECK(kind(400, "RESOURCE_DOES_NOT_EXIST") == ApiErrorKind::kNotFound);
  CHECK(kind(403, "INVALID_ACCESS_TOKEN") == ApiErrorKind::kDenied);
  CHECK(kind(407, "") == ApiErrorKind::kDenied);
  CHECK(kind(429, "SOMETHING") == ApiErrorKind::kRateLimited);
  CHECK(kind(400, "REQUEST_LIMIT_EXCEEDED") == ApiErrorKind::kRateLimited);
  CHECK(kind(503, "TEMPORARILY_UNAVAILABLE") == ApiErrorKind::kUnavailable);
  CHECK(kind(500, "INTERNAL_ERROR") == ApiErrorKind::kUnavailable);
  CHECK(kind(409, "ABORTED") == ApiErrorKind::kUnavailable);
  CHECK(kind(400, "INVALID_PARAMETER_VALUE") == ApiErrorKind::kFailed);
  CHECK(kind(404, "") == ApiErrorKind::kNotFound);
  CHECK(Parse(400, R"({"message":"Path (/a) already exists."})").kind == ApiErrorKind::kAlreadyExists);
}

TEST_CASE("a 400 that means 404 is not found") {
  const auto kind = [](std::string_view path, const std::string& message) {
    return Parse(400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":")" + message + "\"}", {}, path).kind;
  };
  CHECK(kind("/api/2.1/clusters/get", "Cluster 0923-1 does not exist") == ApiErrorKind::kNotFound);
  CHECK(kind("/api/2.2/jobs/get", "Job 7 does not exist.") == ApiErrorKind::kNotFound);
  CHECK(kind("/api/2.1/jobs/runs/get", "Run 7 does not exist.") == ApiErrorKind::kNotFound);
  CHECK(kind("/api/2.1/jobs/runs/get", "Run: 7 in job: 8 doesn't exist") == ApiErrorKind::kNotFound);
  CHECK(kind("/api/2.2/jobs/get", "job_id is no number") == ApiErrorKind::kFailed);
  CHECK(kind("/api/2.2/jobs/update", "Job 7 does not exist.") == ApiErrorKind::kFailed);
  CHECK(kind("/api/2.0/permissions/clusters/x", "Cannot access cluster x") == ApiErrorKind::kNotFound);
}

TEST_CASE("only the lack of the whole kind is out of reach") {
  CHECK(MeansOutOfReach(Parse(404, R"({"error_code":"FEATURE_DISABLED","message":"m"})")));
  CHECK(MeansOutOfReach(Parse(404, R"({"error_code":"ENDPOINT_NOT_FOUND","message":"m"})")));
  CHECK(MeansOutOfReach(Parse(501, "")));
  CHECK_FALSE(MeansOutOfReach(Parse(403, R"({"error_code":"PERMISSION_DENIED","message":"m"})")));
  CHECK_FALSE(MeansOutOfReach(Parse(404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"m"})")));
  CHECK_FALSE(MeansOutOfReach(Parse(500, "")));
}

}  // namespace
}  // namespace dbxark::workspace
