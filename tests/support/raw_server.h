// A server of raw bytes on a loopback port, for what only a real socket can do to a client.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dbxark::test {

struct RawAnswer {
  std::string bytes;
  bool keep_open = false;  // wait for another request on this connection
  bool reset = false;      // close so that the other end sees a reset
  int64_t linger_ms = 0;   // hold the connection for so long before it closes
};

// "HTTP/1.1 200 OK" with a Content-Length that fits, unless `headers` bring one.
inline std::string HttpAnswer(const std::string& status, const std::string& body, const std::string& headers = "") {
  std::string text = "HTTP/1.1 " + status + "\r\n" + headers;
  if (headers.find("Content-Length") == std::string::npos && headers.find("chunked") == std::string::npos) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + "\r\n" + body;
}

class RawServer {
 public:
  // `answer` gets the whole request as text and its number from 0, over all connections.
  explicit RawServer(std::function<RawAnswer(const std::string& request, size_t number)> answer)
      : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) ::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](std::stop_token stop) { Accept(stop); });
  }
  ~RawServer() {
    acceptor_.request_stop();
    acceptor_.join();
    ::close(listener_);
    for (std::jthread& thread : connections_) thread.request_stop();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  size_t connections() const { return accepted_; }
  std::vector<std::string> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Accept(std::stop_token stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      ++accepted_;
      connections_.emplace_back([this, socket](std::stop_token end) { Serve(socket, end); });
    }
  }

  void Serve(int socket, std::stop_token stop) {
    std::string buffer, request;
    while (ReadRequest(socket, buffer, request, stop)) {
      size_t number = 0;
      {
        std::lock_guard lock(mutex_);
        number = requests_.size();
        requests_.push_back(request);
      }
      const RawAnswer answer = answer_(request, number);
      for (size_t sent = 0; sent < answer.bytes.size();) {
        const ssize_t count = ::send(socket, answer.bytes.data() + sent, answer.bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<size_t>(count);
      }
      for (int64_t waited = 0; waited < answer.linger_ms && !stop.stop_requested(); waited += 10) ::usleep(10'000);
      if (answer.reset) {
        const linger now{1, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      }
      if (!answer.keep_open) break;
    }
    ::close(socket);
  }

  static bool ReadRequest(int socket, std::string& buffer, std::string& request, std::stop_token stop) {
    while (true) {
      const size_t end = buffer.find("\r\n\r\n");
      if (end != std::string::npos) {
        size_t length = 0;
        const size_t header = buffer.find("Content-Length: ");
        if (header < end) length = std::stoul(buffer.substr(header + 16));
        if (buffer.size() >= end + 4 + length) {
          request = buffer.substr(0, end + 4 + length);
          buffer.erase(0, request.size());
          return true;
        }
      }
      pollfd waiting{socket, POLLIN, 0};
      if (stop.stop_requested()) return false;
      if (::poll(&waiting, 1, 20) <= 0) continue;
      char bytes[65536];
      const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
      if (count <= 0) return false;
      buffer.append(bytes, static_cast<size_t>(count));
    }
  }

  std::function<RawAnswer(const std::string&, size_t)> answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<size_t> accepted_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::jthread> connections_;
  std::jthread acceptor_;
};

}  // namespace dbxark::test
