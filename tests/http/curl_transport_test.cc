#include "http/curl_transport.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <tuple>

#include "support/catch.h"
#include "support/raw_server.h"

namespace dbxark::http {
namespace {

using test::HttpAnswer;
using test::RawAnswer;
using test::RawServer;

CurlOptions To(const RawServer& server) {
  CurlOptions options;
  options.base_url = server.url();
  return options;
}

Request Post(Effect effect) {
  Request request;
  request.method = "POST";
  request.path = "/api/2.2/jobs/create";
  request.body = R"({"name":"nightly"})";
  request.content_type = "application/json";
  request.effect = effect;
  return request;
}

int64_t MillisecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a request carries its query, headers, body and who sends it") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", "{}", "X-Thing: 7\r\n")}; });
  CurlTransport transport(To(server));
  Request request = Post(Effect::kOnce);
  request.query = {{"path", "/Users/ana maria/50%"}};
  request.headers = {{"Authorization", "Bearer dapi1"}};
  auto response = transport.Send(request, {});
  REQUIRE(response.ok());
  CHECK(response->status == 200);
  CHECK(response->body == "{}");
  CHECK(response->Header("x-thing") == "7");
  const std::string sent = server.requests().at(0);
  CHECK(sent.starts_with("POST /api/2.2/jobs/create?path=%2FUsers%2Fana%20maria%2F50%25 HTTP/1.1\r\n"));
  CHECK(Has(sent, "Authorization: Bearer dapi1\r\n"));
  CHECK(Has(sent, "User-Agent: dbxark/"));
  CHECK(Has(sent, "Accept-Encoding: "));
  CHECK(Has(sent, "Content-Type: application/json\r\n"));
  CHECK_FALSE(Has(sent, "Expect:"));
  CHECK(sent.ends_with("\r\n\r\n" + request.body));
}

TEST_CASE("a connection is kept for the next request") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", "{}"), true}; });
  CurlTransport transport(To(server));
  for (int i = 0; i < 5; ++i) CHECK(transport.Send(Request{}, {}).ok());
  CHECK(server.connections() == 1);
}

TEST_CASE("a redirect is an answer and is not followed") {
  RawServer server(
      [](const std::string&, size_t) { return RawAnswer{HttpAnswer("302 Found", "", "Location: /login.html\r\n")}; });
  CurlTransport transport(To(server));
  auto response = transport.Send(Request{}, {});
  REQUIRE(response.ok());
  CHECK(response->status == 302);
  CHECK(response->Header("location") == "/login.html");
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a kept connection that dies under a create does not send it twice") {
  // The first answer keeps the connection; the second request is swallowed and the connection closed.
  RawServer server([](const std::string&, size_t number) {
    return number == 0 ? RawAnswer{HttpAnswer("200 OK", "{}"), true} : RawAnswer{"", false, true};
  });
  CurlTransport transport(To(server));
  REQUIRE(transport.Send(Request{}, {}).ok());
  auto response = transport.Send(Post(Effect::kOnce), {});
  REQUIRE_FALSE(response.ok());
  CHECK(response.error().code() == ErrorCode::kOutcomeUnknown);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("what was never sent is unavailable, not unknown") {
  CurlOptions options;
  {
    RawServer gone([](const std::string&, size_t) { return RawAnswer{}; });
    options = To(gone);
  }
  CurlTransport transport(options);
  auto response = transport.Send(Post(Effect::kOnce), {});
  REQUIRE_FALSE(response.ok());
  CHECK(response.error().code() == ErrorCode::kUnavailable);
  CHECK(Has(response.error().message(), "127.0.0.1"));
}

TEST_CASE("an answer that ends early is an error, for a read a harmless one") {
  RawServer server([](const std::string&, size_t) {
    return RawAnswer{HttpAnswer("200 OK", "{\"jobs\":[", "Content-Length: 500\r\n")};
  });
  CurlTransport transport(To(server));
  auto read = transport.Send(Request{}, {});
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code() == ErrorCode::kUnavailable);
  auto create = transport.Send(Post(Effect::kOnce), {});
  REQUIRE_FALSE(create.ok());
  CHECK(create.error().code() == ErrorCode::kOutcomeUnknown);
}

TEST_CASE("a chunked answer that ends early is an error") {
  RawServer server([](const std::string&, size_t) {
    return RawAnswer{HttpAnswer("200 OK", "5\r\n{\"a\":\r\n", "Transfer-Encoding: chunked\r\n")};
  });
  CurlTransport transport(To(server));
  auto read = transport.Send(Request{}, {});
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code() == ErrorCode::kUnavailable);
}

TEST_CASE("a server that falls silent is noticed") {
  RawServer server([](const std::string&, size_t) {
    return RawAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", false, false, 20'000};
  });
  CurlOptions options = To(server);
  options.stall_timeout_ms = 1'000;
  CurlTransport transport(options);
  const int64_t took = MillisecondsOf([&] {
    auto response = transport.Send(Request{}, {});
    REQUIRE_FALSE(response.ok());
    CHECK(response.error().code() == ErrorCode::kUnavailable);
    CHECK(Has(response.error().message(), "sent nothing for 1 s"));
  });
  CHECK(took < 6'000);
}

TEST_CASE("a request to stop is noticed while an answer is awaited") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{"", false, false, 20'000}; });
  CurlTransport transport(To(server));
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const int64_t took = MillisecondsOf([&] {
    auto response = transport.Send(Request{}, stop.get_token());
    REQUIRE_FALSE(response.ok());
    CHECK(response.error().code() == ErrorCode::kInterrupted);
  });
  CHECK(took < 3'000);
}

TEST_CASE("a request that changes something is not cut off by a request to stop, but does not begin after it") {
  // Asked for once the request has arrived, with time for the client to notice.
  std::atomic<std::stop_source*> asked = nullptr;
  RawServer server([&](const std::string&, size_t) {
    asked.load()->request_stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(1'000));
    return RawAnswer{HttpAnswer("200 OK", "{}", "Connection: close\r\n")};
  });
  CurlTransport transport(To(server));
  for (const Effect effect : {Effect::kIdempotent, Effect::kOnce}) {
    std::stop_source stop;
    asked = &stop;
    Request request;
    request.method = "POST";
    request.effect = effect;
    auto response = transport.Send(request, stop.get_token());
    INFO((response.ok() ? std::string() : response.error().message()));
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(stop.stop_requested());
    CHECK(transport.Send(request, stop.get_token()).error().code() == ErrorCode::kInterrupted);
  }
}

TEST_CASE("the body of a success goes to the sink, that of an error does not") {
  RawServer server([](const std::string&, size_t number) {
    if (number == 0) return RawAnswer{HttpAnswer("403 Forbidden", "{\"error_code\":\"PERMISSION_DENIED\"}")};
    return RawAnswer{HttpAnswer("200 OK", number == 1 ? "print(1)" : "")};
  });
  CurlTransport transport(To(server));
  StringSink sink;
  int opened = 0;
  Request request;
  request.open_sink = [&]() -> Result<ByteSink*> {
    ++opened;
    return static_cast<ByteSink*>(&sink);
  };
  auto refused = transport.Send(request, {});
  REQUIRE(refused.ok());
  CHECK(refused->body == "{\"error_code\":\"PERMISSION_DENIED\"}");
  CHECK(opened == 0);
  auto taken = transport.Send(request, {});
  REQUIRE(taken.ok());
  CHECK(taken->body.empty());
  CHECK(sink.text() == "print(1)");
  CHECK(transport.Send(request, {}).ok());
  CHECK(opened == 2);  // for the empty body too
}

TEST_CASE("an error of the sink ends the request and is reported as it is") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", "content")}; });
  CurlTransport transport(To(server));
  Request request;
  request.open_sink = []() -> Result<ByteSink*> { return Error(ErrorCode::kNoSpace, "the spool is full"); };
  auto response = transport.Send(request, {});
  REQUIRE_FALSE(response.ok());
  CHECK(response.error().code() == ErrorCode::kNoSpace);
  CHECK(response.error().message() == "the spool is full");
}

TEST_CASE("an answer larger than the limit is refused") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", std::string(5000, 'x'))}; });
  CurlOptions options = To(server);
  options.body_limit_bytes = 4096;
  CurlTransport transport(options);
  auto response = transport.Send(Request{}, {});
  REQUIRE_FALSE(response.ok());
  CHECK(response.error().code() == ErrorCode::kFailed);
}

TEST_CASE("a large body is streamed from its source, whatever the method") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", "{}"), true}; });
  CurlTransport transport(To(server));
  const std::string body(3'000'000, 'b');
  for (const char* method : {"POST", "PUT"}) {
    Request request;
    request.method = method;
    request.body_size = body.size();
    request.open_body = [&]() -> Result<std::unique_ptr<ByteSource>> {
      return std::unique_ptr<ByteSource>(std::make_unique<StringSource>(body));
    };
    REQUIRE(transport.Send(request, {}).ok());
    const std::string sent = server.requests().back();
    CHECK(sent.starts_with(method));
    CHECK(sent.ends_with("\r\n\r\n" + body));
  }
}

TEST_CASE("HEAD and DELETE are what they say") {
  RawServer server([](const std::string& request, size_t) {
    if (request.starts_with("HEAD")) return RawAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", true};
    return RawAnswer{HttpAnswer("204 No Content", "", "X: y\r\n"), true};
  });
  CurlTransport transport(To(server));
  for (const char* method : {"HEAD", "DELETE"}) {
    Request request;
    request.method = method;
    auto response = transport.Send(request, {});
    REQUIRE(response.ok());
    CHECK(response->body.empty());
    CHECK(server.requests().back().starts_with(method));
  }
}

TEST_CASE("what a proxy refuses is denied, and only a proxy that is out of order is asked again") {
  for (const auto& [status, code, hint] :
       {std::tuple{"407 Proxy Authentication Required", ErrorCode::kDenied, "the proxy wants a user and a password"},
        std::tuple{"403 Forbidden", ErrorCode::kDenied, "403"},
        std::tuple{"502 Bad Gateway", ErrorCode::kUnavailable, "502"}}) {
    INFO(status);
    const std::string answer = HttpAnswer(status, "<html><title>Proxy</title></html>");
    RawServer proxy([&](const std::string&, size_t) { return RawAnswer{answer}; });
    ::setenv("https_proxy", proxy.url().c_str(), 1);
    CurlOptions options;
    options.base_url = "https://workspace.invalid";
    CurlTransport transport(options);
    auto response = transport.Send(Post(Effect::kOnce), {});
    ::unsetenv("https_proxy");
    REQUIRE_FALSE(response.ok());
    CHECK(response.error().code() == code);
    CHECK(Has(response.error().message(), "https://workspace.invalid"));
    CHECK(Has(response.error().message(), hint));
    CHECK(proxy.requests().at(0).starts_with("CONNECT workspace.invalid:443 HTTP/1.1\r\n"));
  }
}

TEST_CASE("a header with a line break is refused") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", "{}")}; });
  CurlTransport transport(To(server));
  Request request;
  request.headers = {{"X-Name", "a\r\nX-Other: b"}};
  CHECK_FALSE(transport.Send(request, {}).ok());
  CHECK(server.requests().empty());
}

TEST_CASE("many threads share one transport") {
  RawServer server([](const std::string&, size_t) { return RawAnswer{HttpAnswer("200 OK", "{}"), true}; });
  CurlTransport transport(To(server));
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 20; ++j) good += transport.Send(Request{}, {}).ok();
      });
    }
  }
  CHECK(good == 160);
  CHECK(server.connections() <= 8);
}

}  // namespace
}  // namespace dbxark::http
