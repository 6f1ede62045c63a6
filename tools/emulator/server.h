// The emulator on a socket, through cpp-httplib.
#pragma once

#include <memory>
#include <string>

#include "emulator/emulator.h"

namespace emulator {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;          // 0: any that is free
  std::string tls_cert;  // PEM files; both or none
  std::string tls_key;
};

class Server {
 public:
  Server(Emulator& emulator, ServerOptions options);
  ~Server();

  // Binds; the port, or -1 where that failed.
  int Bind();
  // Serves until Stop.
  void Run();
  void Stop();

 private:
  struct Adapter;
  std::unique_ptr<Adapter> adapter_;
};

}  // namespace emulator
