// An emulator for tests, asked in few words. No dbxark library is used here, so that it is the emulator alone that is
// tested.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/codec.h"
#include "emulator/dbfs_family.h"
#include "emulator/emulator.h"
#include "emulator/workspace_family.h"

namespace emulator {

struct Service {
  explicit Service(Options options = {}) {
    options.second_token = "second";
    options.now_ms = [now = now] { return *now; };
    emulator = std::make_unique<Emulator>(std::move(options));
  }
  static Service With(const std::string& variant) {
    Options options;
    options.variants.insert(variant);
    return Service(options);
  }

  // `target` may have a query, percent-encoded.
  Response Ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    Request request;
    request.method = method;
    const size_t question = target.find('?');
    request.path = PercentDecode(target.substr(0, question), false);
    if (question != std::string::npos) request.query = ParseQuery(target.substr(question + 1));
    if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
    if (!content_type.empty()) request.headers["content-type"] = content_type;
    request.body = body;
    return emulator->Answer(request);
  }
  Json Get(const std::string& target) { return Json::parse(Ask("GET", target).body); }
  Response Post(const std::string& path, const Json& body) { return Ask("POST", path, body.dump()); }

  // "400 RESOURCE_ALREADY_EXISTS", "200".
  static std::string Outcome(const Response& response) {
    const Json body = Json::parse(response.body, nullptr, false);
    const bool coded = body.is_object() && body.contains("error_code") && body["error_code"].is_string();
    return std::to_string(response.status) + (coded ? " " + body["error_code"].get<std::string>() : "");
  }
  static std::string Message(const Response& response) { return Json::parse(response.body).value("message", ""); }
  std::string PostOutcome(const std::string& path, const Json& body) { return Outcome(Post(path, body)); }
  std::string GetOutcome(const std::string& target) { return Outcome(Ask("GET", target)); }

  // The content of an export.
  std::string Export(const std::string& path, const std::string& format, const std::string& more = {}) {
    const Json answer = Get("/api/2.0/workspace/export?path=" + PercentEncode(path) + "&format=" + format + more);
    return Base64Decode(answer.value("content", "")).value_or("?");
  }
  std::string Import(const std::string& path, const std::string& format, const std::string& content,
                     const Json& more = Json::object()) {
    Json body{{"path", path}, {"format", format}, {"content", Base64Encode(content)}};
    body.update(more);
    return PostOutcome("/api/2.0/workspace/import", body);
  }

  std::shared_ptr<int64_t> now = std::make_shared<int64_t>(1'700'000'000'000);
  std::string token = "dapi-emulator";
  std::string content_type;
  std::unique_ptr<Emulator> emulator;
};

}  // namespace emulator
