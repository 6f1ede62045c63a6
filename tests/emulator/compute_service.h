// An emulator with a clock of its own, and short words for calling it.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "emulator/codec.h"
#include "emulator/emulator.h"

namespace emulator::test {

struct Reply {
  int status = 0;
  Json body;
  std::string code() const { return body.is_object() ? body.value("error_code", "") : ""; }
  std::string message() const { return body.is_object() ? body.value("message", "") : ""; }
};

class Service {
 public:
  explicit Service(std::set<std::string> variants = {}, int64_t read_after_write_delay_ms = 0) {
    Options options;
    options.token = "admin-token";
    options.second_token = "user-token";
    options.variants = std::move(variants);
    options.read_after_write_delay_ms = read_after_write_delay_ms;
    options.now_ms = [now = now_ms_] { return *now; };
    emulator_ = std::make_unique<Emulator>(std::move(options));
  }

  // `path` may have a query, percent-encoded.
  Reply Call(const std::string& method, const std::string& path, const Json& body = nullptr) {
    Request request;
    request.method = method;
    size_t mark = path.find('?');
    request.path = path.substr(0, mark);
    if (mark != std::string::npos) request.query = ParseQuery(path.substr(mark + 1));
    request.headers["authorization"] = "Bearer " + token_;
    if (!body.is_null()) {
      request.headers["content-type"] = "application/json";
      request.body = body.dump();
    }
    Response response = emulator_->Answer(request);
    return {response.status, Json::parse(response.body, nullptr, false)};
  }
  Reply Get(const std::string& path) { return Call("GET", path); }
  Reply Post(const std::string& path, const Json& body) { return Call("POST", path, body); }

  void AsUser() { token_ = "user-token"; }
  void AsAdmin() { token_ = "admin-token"; }
  void Pass(int64_t milliseconds) { *now_ms_ += milliseconds; }
  int64_t now_ms() const { return *now_ms_; }
  Emulator& emulator() { return *emulator_; }

 private:
  std::shared_ptr<int64_t> now_ms_ = std::make_shared<int64_t>(1757000000000);
  std::string token_ = "admin-token";
  std::unique_ptr<Emulator> emulator_;
};

inline Json SmallCluster() {
  return {{"cluster_name", "small"},
          {"spark_version", "15.4.x-scala2.12"},
          {"node_type_id", "i3.xlarge"},
          {"num_workers", 1}};
}

}  // namespace emulator::test
