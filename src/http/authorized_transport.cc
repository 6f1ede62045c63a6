#include "http/authorized_transport.h"

namespace dbxark::http {

Result<Response> AuthorizedTransport::Send(const Request& request, std::stop_token stop) {
  auto headers = credentials_.Headers(stop);
  if (!headers.ok()) return std::move(headers).error();
  Request authorized = request;
  authorized.headers.insert(authorized.headers.end(), headers->begin(), headers->end());
  return inner_.Send(authorized, stop);
}

}  // namespace dbxark::http
