// One line for each request that really goes out, for -v.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/transport.h"

namespace dbxark::http {

// Replaces every occurrence of a secret, as it is and percent-encoded. Secrets of fewer than four characters are left:
// they would mask everything.
std::string MaskSecrets(std::string text, const std::vector<std::string>& secrets);

// Whether a field of this name holds a credential: "authorization", "token_value", "client_secret", ...
bool IsSecretName(std::string_view name);

class TracedTransport : public Transport {
 public:
  // Called from any thread, once a request: "GET /api/2.0/workspace/list?path=/Users 200 1.2 KiB 34 ms".
  using Sink = std::function<void(std::string)>;

  // `inner` and `clock` outlive it. Headers and bodies are never shown.
  TracedTransport(Transport& inner, Clock& clock, Sink sink, std::vector<std::string> secrets)
      : inner_(inner), clock_(clock), sink_(std::move(sink)), secrets_(std::move(secrets)) {}

  Result<Response> Send(const Request& request, std::stop_token stop) override;

 private:
  Transport& inner_;
  Clock& clock_;
  Sink sink_;
  std::vector<std::string> secrets_;
};

}  // namespace dbxark::http
