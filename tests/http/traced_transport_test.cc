#include "http/traced_transport.h"

#include "http/authorized_transport.h"
#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace dbxark::http {
namespace {

using test::Answer;
using test::ManualClock;
using test::ScriptedTransport;

TEST_CASE("a request is one line without its secrets") {
  ScriptedTransport script;
  script.Always(Answer(200, std::string(2048, 'x')));
  ManualClock clock;
  std::vector<std::string> lines;
  TracedTransport transport(script, clock, [&](std::string line) { lines.push_back(line); }, {"dapi-secret/1"});
  Request request;
  request.path = "/api/2.0/workspace/list";
  request.query = {{"path", "/Users/a\nb"}, {"client_secret", "hush"}, {"echo", "dapi-secret/1 dapi-secret%2F1"}};
  request.headers = {{"Authorization", "Bearer dapi-secret/1"}};
  REQUIRE(transport.Send(request, {}).ok());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "GET /api/2.0/workspace/list?path=/Users/a\\nb&client_secret=***&echo=*** *** 200 2.0 KiB 0 ms");
}

TEST_CASE("a request without an answer is a line too, and its secrets are masked") {
  ScriptedTransport script;
  script.Then(Error(ErrorCode::kUnavailable, "proxy says: dapi-secret/1 refused"));
  ManualClock clock;
  std::vector<std::string> lines;
  TracedTransport transport(script, clock, [&](std::string line) { lines.push_back(line); }, {"dapi-secret/1"});
  CHECK_FALSE(transport.Send(Request{}, {}).ok());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("dapi") == std::string::npos);
}

TEST_CASE("names that hold secrets are known, page tokens are none") {
  for (const char* name : {"Authorization", "token", "access_token", "client_secret", "PASSWORD",
                           "X-Databricks-Azure-SP-Management-Token"}) {
    CHECK(IsSecretName(name));
  }
  for (const char* name : {"page_token", "next_page_token", "path", "job_id"}) CHECK_FALSE(IsSecretName(name));
}

class CountingCredentials : public Credentials {
 public:
  Result<Fields> Headers(std::stop_token) override {
    if (++calls > 1) return Error(ErrorCode::kDenied, "the token endpoint refused");
    return Fields{{"Authorization", "Bearer t" + std::to_string(calls)}};
  }
  int calls = 0;
};

TEST_CASE("every request carries fresh credentials; none is sent without") {
  ScriptedTransport script;
  script.Always(Answer(200, "{}"));
  CountingCredentials credentials;
  AuthorizedTransport transport(script, credentials);
  Request request;
  request.headers = {{"X-Own", "1"}};
  CHECK(transport.Send(request, {}).ok());
  CHECK(script.requests()[0].headers == Fields{{"X-Own", "1"}, {"Authorization", "Bearer t1"}});
  auto refused = transport.Send(request, {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kDenied);
  CHECK(script.requests().size() == 1);
}

}  // namespace
}  // namespace dbxark::http
