#include "emulator/server.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

// What the packaged library is built with; its types depend on it.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#endif
#ifndef CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#endif
#ifndef CPPHTTPLIB_BROTLI_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT
#endif
#include <httplib.h>

#include "emulator/codec.h"

namespace emulator {
namespace {

constexpr int kWaiting = 1024;    // connections that were not taken yet
constexpr size_t kThreads = 256;  // a kept-alive connection holds one
constexpr size_t kMaxBody = size_t{1} << 30;
constexpr int64_t kUntilReadMs = 20;  // what was sent before a reset is to have arrived
// The library would take these requests' bodies apart, or not read them at all, each version in a way of its own. So
// the content type moves aside until the body is here, and a GET with a body travels as a POST.
constexpr const char* kContentType = "X-Emulator-Content-Type";
constexpr const char* kMethod = "X-Emulator-Method";

void TakeBodyAsItIs(httplib::Request& request) {
  const std::string type = request.get_header_value("Content-Type");
  request.headers.erase("Content-Type");
  request.headers.erase(kContentType);
  request.headers.erase(kMethod);
  // Blocks of files are large and seldom compress: that would take most of the time that a benchmark measures.
  if (request.path.starts_with("/api/2.0/dbfs/read")) request.headers.erase("Accept-Encoding");
  if (!type.empty()) request.headers.emplace(kContentType, type);
  const bool chunked = request.has_header("Transfer-Encoding");
  const std::string length = request.get_header_value("Content-Length");
  if (request.method == "GET") {
    if (!chunked && (length.empty() || length == "0")) return;
    request.headers.emplace(kMethod, "GET");
    request.method = "POST";
  } else if (request.method != "HEAD" && !chunked && length.empty()) {
    // Without this the library would read to the connection's end.
    request.headers.emplace("Content-Length", "0");
  }
}

Request Convert(const httplib::Request& from, std::string body) {
  Request request;
  request.method = from.method;
  const size_t question = from.target.find('?');
  request.path = PercentDecode(std::string_view(from.target).substr(0, question), false);
  if (question != std::string::npos) {
    const std::string_view query = std::string_view(from.target).substr(question + 1);
    request.query = ParseQuery(query.substr(0, query.find('#')));
  }
  for (const auto& [name, value] : from.headers) {
    const std::string lower = ToLower(name);
    if (name == kMethod) {
      request.method = value;
    } else if (name == kContentType) {
      request.headers["content-type"] = value;
    } else {
      request.headers[lower] = value;
    }
  }
  request.body = std::move(body);
  return request;
}

// Sends RST at once and leaves a socket on which the library's answer goes nowhere.
void Reset(int socket) {
  const linger none{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  sockaddr nothing{};
  nothing.sa_family = AF_UNSPEC;
  if (connect(socket, &nothing, sizeof nothing) != 0) shutdown(socket, SHUT_RDWR);
}

struct Peer {
  std::string address;
  int port;
};

// The library hands out no socket, so the connection is found by its peer.
void ResetConnectionOf(const Peer& peer) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int highest = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  for (int socket = 3; socket < highest; ++socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    char text[INET6_ADDRSTRLEN] = {};
    int port = 0;
    if (address.ss_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
      inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
      port = ntohs(v4->sin_port);
    } else if (address.ss_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
      inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
      port = ntohs(v6->sin6_port);
    }
    if (port == peer.port && peer.address == text) Reset(socket);
  }
}

void SleepMs(int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(std::max<int64_t>(ms, 0))); }

// A body that comes to grief on its way: `sent` bytes of it get out under the length `declared`.
void AnswerByProvider(Response response, const Peer& peer, httplib::Response& to) {
  const WireFault wire = response.wire;
  const auto body = std::make_shared<const std::string>(std::move(response.body));
  size_t declared = body->size(), sent = body->size(), step = std::max<size_t>(sent, 1);
  const bool reset = wire.kind == WireFault::Kind::kResetInBody;
  if (wire.kind == WireFault::Kind::kShortBody || reset) {
    sent = std::min(sent, static_cast<size_t>(std::max<int64_t>(wire.bytes, 0)));
    // Where nothing should follow, the answer would be whole with its headers.
    if (reset) declared = std::max(declared, sent + 1);
  } else if (wire.kind == WireFault::Kind::kWrongLength) {
    declared = static_cast<size_t>(std::max<int64_t>(static_cast<int64_t>(declared) + wire.bytes, 0));
    sent = std::min(sent, declared);
  } else {
    step = static_cast<size_t>(std::max<int64_t>(wire.bytes, 1));
  }
  if (declared == 0) return;
  if (declared != body->size() || sent != declared) to.set_header("Connection", "close");
  to.set_content_provider(declared, response.content_type,
                          [body, sent, step, wire, reset, peer](size_t offset, size_t length, httplib::DataSink& sink) {
                            if (offset >= sent && reset) {
                              SleepMs(kUntilReadMs);
                              ResetConnectionOf(peer);
                            }
                            if (offset >= sent) return false;  // the library closes the connection
                            const size_t count = std::min({step, sent - offset, length});
                            if (wire.kind == WireFault::Kind::kDrip && offset > 0) SleepMs(wire.interval_ms);
                            return sink.write(body->data() + offset, count);
                          });
}

void Convert(const httplib::Request& request, Response response, httplib::Response& to) {
  const Peer peer{request.remote_addr, request.remote_port};
  to.status = response.status;
  for (const auto& [name, value] : response.headers) to.set_header(name.c_str(), value);
  switch (response.wire.kind) {
    case WireFault::Kind::kResetBefore:
    case WireFault::Kind::kResetAfter:
      to.set_header("Connection", "close");
      return ResetConnectionOf(peer);
    case WireFault::Kind::kResetInBody:
    case WireFault::Kind::kShortBody:
    case WireFault::Kind::kWrongLength:
    case WireFault::Kind::kDrip:
      return AnswerByProvider(std::move(response), peer, to);
    case WireFault::Kind::kNone:
      break;
  }
  to.set_header("Content-Type", response.content_type);
  to.body = std::move(response.body);
}

}  // namespace

struct Server::Adapter {
  Emulator& emulator;
  ServerOptions options;
  std::unique_ptr<httplib::Server> server;
  int socket = -1;  // the one that it listens on

  void Answer(const httplib::Request& request, std::string body, httplib::Response& response) {
    Convert(request, emulator.Answer(Convert(request, std::move(body))), response);
  }

  void Prepare() {
    server->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server->set_tcp_nodelay(true);
    server->set_socket_options([this](int made) {
      // A port that somebody else listens on is not shared with them.
      const int yes = 1;
      setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      socket = made;
    });
    server->set_keep_alive_max_count(1'000'000);
    server->set_keep_alive_timeout(60);
    server->set_read_timeout(300, 0);
    server->set_write_timeout(300, 0);
    server->set_payload_max_length(kMaxBody);
    server->set_pre_routing_handler([](const httplib::Request& request, httplib::Response&) {
      // The library's own request is not const; this is the only hook before it reads the body.
      TakeBodyAsItIs(const_cast<httplib::Request&>(request));
      return httplib::Server::HandlerResponse::Unhandled;
    });
    const char* every_path = R"([\s\S]*)";
    const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                  const httplib::ContentReader& read) {
      std::string body;
      read([&](const char* bytes, size_t count) {
        body.append(bytes, count);
        return true;
      });
      Answer(request, std::move(body), response);
    };
    server->Get(every_path, [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, {}, response);
    });
    server->Post(every_path, with_body);
    server->Put(every_path, with_body);
    server->Patch(every_path, with_body);
    server->Delete(every_path, with_body);
  }
};

Server::Server(Emulator& emulator, ServerOptions options)
    : adapter_(std::make_unique<Adapter>(Adapter{emulator, std::move(options), nullptr, -1})) {
  const ServerOptions& given = adapter_->options;
  if (given.tls_cert.empty()) {
    adapter_->server = std::make_unique<httplib::Server>();
  } else {
    adapter_->server = std::make_unique<httplib::SSLServer>(given.tls_cert.c_str(), given.tls_key.c_str());
  }
  adapter_->Prepare();
}

Server::~Server() = default;

int Server::Bind() {
  const ServerOptions& options = adapter_->options;
  if (!adapter_->server->is_valid()) return -1;
  int port = options.port;
  if (port == 0) {
    port = adapter_->server->bind_to_any_port(options.host);
  } else if (!adapter_->server->bind_to_port(options.host, port)) {
    port = -1;
  }
  // The library lets five wait; all others would try again after a second.
  if (port >= 0) listen(adapter_->socket, kWaiting);
  return port;
}

void Server::Run() { adapter_->server->listen_after_bind(); }
void Server::Stop() { adapter_->server->stop(); }

}  // namespace emulator
