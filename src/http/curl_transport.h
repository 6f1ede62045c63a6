// The one place that knows libcurl: requests go out over TLS and keep-alive connections and come back as Responses.
//
// Certificates are verified, always. Proxies are taken from the environment as every tool takes them (HTTPS_PROXY,
// NO_PROXY, ...). Redirects are answers, never followed: a token must not travel to where a redirect points. The body
// of a 2xx answer streams into Request::open_sink's sink where there is one; other bodies are held in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/transport.h"

namespace dbxark::http {

struct CurlOptions {
  std::string base_url;    // "https://adb-1.azuredatabricks.net", no slash at its end
  std::string user_agent;  // empty: UserAgent()
  std::string ca_file;     // empty: the system's
  int64_t connect_timeout_ms = 30'000;
  int64_t stall_timeout_ms = 75'000;                // so long without a byte in either direction is a lost connection
  uint64_t body_limit_bytes = uint64_t{256} << 20;  // of an answer in memory; a larger one is kFailed
};

class CurlTransport : public Transport {
 public:
  explicit CurlTransport(CurlOptions options);
  ~CurlTransport() override;

  // Safe for concurrent use: each request in flight has a connection of its own, kept for the next one. Messages say
  // what happened and to which host, not which request. A stop request is noticed within about a second
  // while reading.
  Result<Response> Send(const Request& request, std::stop_token stop) override;

 private:
  class Pool;
  CurlOptions options_;
  std::unique_ptr<Pool> pool_;
};

// "dbxark/0.1.0 libcurl/8.14.1 os/linux".
std::string UserAgent();

// libcurl's version with those of the libraries that it was built with, for --version.
std::string CurlVersions();

}  // namespace dbxark::http
