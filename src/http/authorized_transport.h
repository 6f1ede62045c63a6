// Puts the caller's credentials on every request.
#pragma once

#include "http/transport.h"

namespace dbxark::http {

// Where the headers that prove who we are come from. Safe for concurrent use.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // The headers for one request, fresh enough to be accepted. May ask a token endpoint, so it may fail and it stops.
  virtual Result<Fields> Headers(std::stop_token stop) = 0;
};

class AuthorizedTransport : public Transport {
 public:
  // Both outlive it.
  AuthorizedTransport(Transport& inner, Credentials& credentials) : inner_(inner), credentials_(credentials) {}

  Result<Response> Send(const Request& request, std::stop_token stop) override;

 private:
  Transport& inner_;
  Credentials& credentials_;
};

}  // namespace dbxark::http
