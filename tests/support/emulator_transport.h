// The emulator in this process as a Transport: no socket, no server.
#pragma once

#include <string>

#include "emulator/emulator.h"
#include "http/transport.h"

namespace dbxark::test {

// Sends with the administrator's token, or the one given; "" sends none. What the emulator would do to the socket
// (reset, short body) becomes the error that the real transport reports then. The emulator outlives it.
class EmulatorTransport : public http::Transport {
 public:
  explicit EmulatorTransport(emulator::Emulator& emulator);
  EmulatorTransport(emulator::Emulator& emulator, std::string token);

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override;

 private:
  emulator::Emulator& emulator_;
  std::string token_;
};

}  // namespace dbxark::test
