// A connected workspace: the transports in their order, the client, the content seam.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/progress.h"
#include "http/curl_transport.h"
#include "http/retrying_transport.h"
#include "http/throttled_transport.h"
#include "http/traced_transport.h"
#include "workspace/client.h"
#include "workspace/connection.h"
#include "workspace/content.h"

namespace dbxark::cli {

// Which workspace; the same options on every command that speaks to one.
struct ConnectionFlags {
  std::string profile, host;
};

struct TuningFlags {
  size_t workers = 16;
  double requests_per_second = -1;  // < 0: the published rates
  std::string spool;
  int64_t patience_s = 300;
};

// Lives as long as the command. Safe for concurrent use through client() and content().
class Session {
 public:
  // Resolves the connection, and says on the console from where everything came. Sends nothing yet.
  static Result<std::unique_ptr<Session>> Open(const ConnectionFlags& flags, const TuningFlags& tuning,
                                               Console& console);

  // Asks who we are; every command begins with it, so that a wrong token is one clear line.
  Result<workspace::Identity> Introduce(std::string_view preposition, Console& console, std::stop_token stop);

  workspace::Client& client() { return *client_; }
  workspace::ContentSource& content() { return *content_; }
  workspace::ContentWriter& content_writer() { return *content_writer_; }
  const workspace::Connection& connection() const { return connection_; }
  std::string workspace_id() { return client_->workspace_id(); }
  uint64_t requests() const { return retrying_->requests(); }
  uint64_t retries() const { return retrying_->retries(); }
  // What a refused or lost request waits for just now: "throttled by the server, resuming in 12 s"; else empty.
  std::string WaitsFor();
  // For a progress line.
  ProgressSources Sources();

 private:
  Session() = default;

  workspace::Connection connection_;
  std::unique_ptr<http::Credentials> credentials_;
  std::unique_ptr<http::CurlTransport> curl_;
  std::unique_ptr<http::TracedTransport> traced_;
  std::unique_ptr<http::AuthorizedTransport> authorized_;
  std::unique_ptr<http::ThrottledTransport> throttled_;
  std::unique_ptr<http::RetryingTransport> retrying_;
  std::unique_ptr<workspace::Client> client_;
  std::unique_ptr<workspace::ApiContentSource> content_;
  std::unique_ptr<workspace::ContentWriter> content_writer_;
  void Remember(const http::RetryNotice& notice);
  std::mutex wait_mutex_;
  int64_t wait_until_ms_ = 0;  // by the steady clock
  std::string wait_for_;
};

}  // namespace dbxark::cli
