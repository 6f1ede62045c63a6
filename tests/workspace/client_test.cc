#include "workspace/client.h"

#include "objects/descriptor.h"
#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"
#include "workspace/pages.h"

namespace dbxark::workspace {
namespace {

using objects::Paging;
using test::Answer;
using test::ErrorAnswer;
using test::ManualClock;
using test::QueryOf;
using test::ScriptedTransport;

struct Fixture {
  ScriptedTransport script;
  ManualClock clock;
  Client client{script, clock};

  std::vector<std::string> seen;
  std::function<Status(json::Node)> Collect() {
    return [this](json::Node node) {
      seen.emplace_back(node.raw());
      return Status();
    };
  }
  Status Pages(std::string_view items, Paging paging, ApiError* error = nullptr) {
    return client.GetPages("/api/2.2/jobs/list", {{"limit", "2"}}, "jobs", items, paging, Collect(), {}, error);
  }
};

constexpr std::string_view kVersions[] = {"2.2", "2.1"};
constexpr std::string_view kPaged[] = {"settings.tasks", "settings.parameters"};
const objects::ObjectDescriptor kJob{
    .name = "job",
    .plural = "jobs",
    .family = "jobs",
    .list = {"/api/{v}/jobs/list", "jobs", Paging::kPageToken, "limit=100&expand_tasks=false"},
    .read = {"/api/{v}/jobs/get", "job_id", kPaged},
    .create = {"POST", "/api/{v}/jobs/create", "job_id"},
    .versions = kVersions,
    .id = "job_id",
};

TEST_CASE("elements are given byte for byte, over pages, empty ones too") {
  Fixture f;
  f.script.Then(Answer(200, R"({"jobs":[{"job_id": 9007199254740993, "x":2.50}],"next_page_token":"a"})"))
      .Then(Answer(200, R"({"next_page_token":"b"})"))
      .Then(Answer(200, R"({"jobs":[{"job_id":2}],"next_page_token":"","has_more":true})"));
  REQUIRE(f.Pages("jobs", Paging::kPageToken).ok());
  CHECK(f.seen == std::vector<std::string>{R"({"job_id": 9007199254740993, "x":2.50})", R"({"job_id":2})"});
  const auto requests = f.script.requests();
  REQUIRE(requests.size() == 3);
  CHECK(QueryOf(requests[0]) == "limit=2");
  CHECK(QueryOf(requests[1]) == "limit=2 page_token=a");
  CHECK(QueryOf(requests[2]) == "limit=2 page_token=b");
}

TEST_CASE("a list may be empty, without paging, or a top-level array") {
  Fixture f;
  f.script.Then(Answer(200, R"({"has_more":false})"))
      .Then(Answer(200, R"({"jobs":[1],"next_page_token":"ignored"})"))
      .Then(Answer(200, "[1,2]"));
  CHECK(f.Pages("jobs", Paging::kPageToken).ok());
  CHECK(f.Pages("jobs", Paging::kNone).ok());
  CHECK(f.Pages("", Paging::kNone).ok());
  CHECK(f.seen == std::vector<std::string>{"1", "1", "2"});
}

TEST_CASE("a page token that comes twice is an error, not a loop") {
  Fixture f;
  f.script.Always(Answer(200, R"({"jobs":[1],"next_page_token":"a"})"));
  Status status = f.Pages("jobs", Paging::kPageToken);
  REQUIRE_FALSE(status.ok());
  CHECK(f.script.requests().size() == 2);
}

TEST_CASE("a list whose items are no array is an error") {
  Fixture f;
  f.script.Then(Answer(200, R"({"jobs":{"a":1}})"));
  CHECK_FALSE(f.Pages("jobs", Paging::kNone).ok());
}

TEST_CASE("what the service refuses is an error and an ApiError") {
  Fixture f;
  f.script.Then(ErrorAnswer(404, "ENDPOINT_NOT_FOUND", "no API"));
  ApiError api_error;
  Status status = f.Pages("jobs", Paging::kNone, &api_error);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message() == "GET /api/2.2/jobs/list: 404 ENDPOINT_NOT_FOUND: no API");
  CHECK(MeansOutOfReach(api_error));
}

TEST_CASE("an answer that is no JSON is asked for again, and is an error in the end") {
  for (const char* body : {"", "{\"jobs\":[", "<html><title>Maintenance</title></html>"}) {
    Fixture f;
    f.script.Then(Answer(200, body)).Then(Answer(200, R"({"jobs":[7]})"));
    CHECK(f.Pages("jobs", Paging::kNone).ok());
    CHECK(f.seen == std::vector<std::string>{"7"});
    Fixture always;
    always.script.Always(Answer(200, body));
    Status status = always.Pages("jobs", Paging::kNone);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code() == ErrorCode::kUnavailable);
    CHECK(always.script.requests().size() == 4);
  }
}

TEST_CASE("a login page in place of an answer is a lack of rights") {
  Fixture f;
  f.script.Always(Answer(200, "<html><head><title>Databricks - Sign In</title></head></html>"));
  Status status = f.Pages("jobs", Paging::kNone);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code() == ErrorCode::kDenied);
  CHECK(f.script.requests().size() == 1);
}

TEST_CASE("a write may be answered with nothing") {
  Fixture f;
  f.script.Then(Answer(200, ""));
  auto answer =
      f.client.Post("/api/2.0/workspace/mkdirs", "{}", "workspace", http::Effect::kIdempotent, Answer::kMayBeEmpty, {});
  REQUIRE(answer.ok());
  CHECK(answer->text() == "{}");
}

TEST_CASE("a create whose answer says nothing certain has an unknown outcome") {
  struct Case {
    int status;
    const char* body;
  };
  for (const Case& c : {Case{200, ""}, Case{200, "{\"job_id\":"}, Case{200, "{}"}, Case{200, "<html></html>"},
                        Case{500, R"({"error_code":"INTERNAL_ERROR","message":"m"})"}, Case{502, "<html></html>"},
                        Case{503, "<html></html>"}, Case{504, ""}}) {
    Fixture f;
    f.script.Then(Answer(c.status, c.body));
    auto created = f.client.Create(kJob, "{}", {});
    INFO(c.status << " " << c.body);
    REQUIRE_FALSE(created.ok());
    CHECK(created.error().code() == ErrorCode::kOutcomeUnknown);
    CHECK(f.script.requests().size() == 1);
  }
}

TEST_CASE("a create that was refused did not happen") {
  Fixture f;
  f.script.Then(ErrorAnswer(429, "REQUEST_LIMIT_EXCEEDED"))
      .Then(ErrorAnswer(503, "TEMPORARILY_UNAVAILABLE"))
      .Then(ErrorAnswer(400, "INVALID_PARAMETER_VALUE"));
  CHECK(f.client.Create(kJob, "{}", {}).error().code() == ErrorCode::kRateLimited);
  CHECK(f.client.Create(kJob, "{}", {}).error().code() == ErrorCode::kUnavailable);
  CHECK(f.client.Create(kJob, "{}", {}).error().code() == ErrorCode::kFailed);
}

TEST_CASE("a create gives the new id, of more than 53 bits") {
  Fixture f;
  f.script.Then(Answer(200, R"({"job_id":9007199254740993})"));
  auto created = f.client.Create(kJob, R"({"name":"n"})", {});
  REQUIRE(created.ok());
  CHECK(created->id == "9007199254740993");
  const http::Request request = f.script.requests()[0];
  CHECK(request.path == "/api/2.2/jobs/create");
  CHECK(request.body == R"({"name":"n"})");
  CHECK(request.effect == http::Effect::kOnce);
  CHECK(request.family == "jobs/create");
}

TEST_CASE("a server that does not know a version is asked for the next one, and remembered") {
  Fixture f;
  f.script.Then(ErrorAnswer(404, "ENDPOINT_NOT_FOUND"))
      .Then(Answer(200, R"({"jobs":[{"job_id":1}]})"))
      .Then(Answer(200, R"({"job_id":1})"));
  ApiError api_error;
  REQUIRE(f.client.List(kJob, f.Collect(), {}, &api_error).ok());
  REQUIRE(f.client.Read(kJob, "1", {}).ok());
  const auto requests = f.script.requests();
  CHECK(requests[0].path == "/api/2.2/jobs/list");
  CHECK(requests[1].path == "/api/2.1/jobs/list");
  CHECK(QueryOf(requests[1]) == "limit=100 expand_tasks=false");
  CHECK(requests[2].path == "/api/2.1/jobs/get");
  CHECK(QueryOf(requests[2]) == "job_id=1");
  CHECK(api_error.code.empty());
}

TEST_CASE("no known version is out of reach") {
  Fixture f;
  f.script.Always(ErrorAnswer(404, "ENDPOINT_NOT_FOUND"));
  ApiError api_error;
  CHECK_FALSE(f.client.List(kJob, f.Collect(), {}, &api_error).ok());
  CHECK(MeansOutOfReach(api_error));
  CHECK(f.script.requests().size() == 2);
}

TEST_CASE("an object of one page is kept as it came") {
  Fixture f;
  const std::string body = "{ \"job_id\":1,\"settings\":{\"tasks\":[{\"a\":1.50}]}, \"new\":\"\\u00e9\" }\n";
  f.script.Then(Answer(200, body));
  CHECK(*f.client.Read(kJob, "1", {}) == body);
}

TEST_CASE("later pages' elements are spliced into the first") {
  Fixture f;
  f.script.Then(Answer(200, R"({"job_id":1,"settings":{"tasks":[ {"k":1} ],"x":2.50},"next_page_token":"a"})"))
      .Then(Answer(200, R"({"job_id":1,"settings":{"tasks":[{"k": 2}],"parameters":[{"p":1}]},"next_page_token":"b"})"))
      .Then(Answer(200, R"({"job_id":1,"settings":{"tasks":[{"k":3}],"parameters":[]}})"));
  auto definition = f.client.Read(kJob, "1", {});
  REQUIRE(definition.ok());
  auto document = json::Document::Parse(*definition);
  REQUIRE(document.ok());
  const json::Node settings = document->root()["settings"];
  REQUIRE(settings["tasks"].size() == 3);
  CHECK(settings["tasks"].elements()[1].raw() == R"({"k": 2})");
  CHECK(settings["parameters"].raw() == R"([{"p":1}])");
  CHECK(settings["x"].raw() == "2.50");
  CHECK(QueryOf(f.script.requests()[2]) == "job_id=1 page_token=b");
}

TEST_CASE("who I am, whether I am an administrator, and which workspace this is") {
  Fixture f;
  f.script
      .Then(Answer(200,
                   R"({"id":"7","userName":"ana@example.com","groups":[{"display":"users"},{"display":"admins"}]})",
                   {{"x-databricks-org-id", "740512345678901"}}))
      .Then(Answer(200, R"({"id":"8","userName":"bob@example.com"})"));
  auto ana = f.client.Me({});
  REQUIRE(ana.ok());
  CHECK(ana->user_name == "ana@example.com");
  CHECK(ana->admin);
  CHECK_FALSE(f.client.Me({})->admin);
  CHECK(f.client.workspace_id() == "740512345678901");
}

TEST_CASE("an error of the transport names the request") {
  Fixture f;
  f.script.Then(Error(ErrorCode::kUnavailable, "connection refused"));
  auto answer = f.client.Get("/api/2.0/x", {}, "x", {});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().message() == "GET /api/2.0/x: connection refused");
}

}  // namespace
}  // namespace dbxark::workspace
