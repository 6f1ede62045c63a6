#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "emulator/arguments.h"
#include "emulator/compute_family.h"
#include "emulator/emulator.h"
#include "emulator/import_dir.h"
#include "emulator/sample.h"
#include "emulator/server.h"

namespace {

using emulator::ApiError;
using emulator::Json;

constexpr int64_t kSampleTime =
    1'726'000'000'000;  // the sample's times, so that they too are the same for the same seed

bool ReadJson(const std::string& file, Json& value) {
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) return false;
  value = Json::parse(in, nullptr, false);
  if (value.is_discarded()) throw ApiError{400, "", file + ": not JSON"};
  return true;
}

// Whole or not at all.
bool WriteState(emulator::Emulator& service, const std::string& file) {
  const std::string temporary = file + ".part";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << service.Save().dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  out.close();
  return out.good() && std::rename(temporary.c_str(), file.c_str()) == 0;
}

void Fill(emulator::Emulator& service, const emulator::Arguments& arguments) {
  Json saved;
  const bool loaded = !arguments.state_file.empty() && ReadJson(arguments.state_file, saved);
  if (loaded) {
    if (arguments.options.org_id != 0) saved["org_id"] = arguments.options.org_id;
    service.Load(saved);
  } else if (!arguments.sample.empty()) {
    auto clock = service.options().now_ms;
    service.SetClock([] { return kSampleTime; });
    if (arguments.sample == "large") {
      FillLargeSample(service, arguments.objects);
    } else if (arguments.sample == "hostile") {
      FillHostileSample(service);
    } else {
      FillSmallSample(service);
    }
    service.SetClock(std::move(clock));
  }
  for (const auto& [folder, target] : arguments.import_dirs) {
    const emulator::ImportedDir done = ImportDir(service.tree(), folder, target);
    std::cerr << "imported " << done.notebooks << " notebooks and " << done.files << " files from " << folder << " to "
              << target << '\n';
  }
  if (!arguments.faults_file.empty()) {
    Json script;
    if (!ReadJson(arguments.faults_file, script)) throw ApiError{400, "", "cannot read " + arguments.faults_file};
    service.SetFaults(script);
  }
  service.compute().cluster_quota = arguments.cluster_quota;
  service.ClearRequests();
}

int Serve(emulator::Emulator& service, const emulator::Arguments& arguments) {
  // Before any thread starts, so that only the one that waits for them gets the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  emulator::Server server(service, {arguments.host, arguments.port, arguments.tls_cert, arguments.tls_key});
  const int port = server.Bind();
  if (port < 0) {
    std::cerr << "dbxark-emulator: cannot listen on " << arguments.host << ":" << arguments.port << '\n';
    return 1;
  }
  std::thread serving([&server] { server.Run(); });
  const std::string host = arguments.host.find(':') == std::string::npos ? arguments.host : "[" + arguments.host + "]";
  std::cout << "listening on " << (arguments.tls_cert.empty() ? "http://" : "https://") << host << ":" << port
            << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  const bool saved = arguments.state_file.empty() || WriteState(service, arguments.state_file);
  if (!saved) std::cerr << "dbxark-emulator: cannot write " << arguments.state_file << '\n';
  std::cerr.flush();
  // Connections that are kept alive would hold a proper end up for as long as their clients like.
  _exit(saved ? 0 : 1);
}

int Main(const std::vector<std::string>& words) {
  const emulator::Arguments arguments = emulator::ParseArguments(words);
  if (arguments.help) {
    std::cout << emulator::Usage();
    return 0;
  }
  if (arguments.list_variants) {
    for (const auto& [name, meaning] : emulator::Emulator::Variants()) std::cout << name << "  " << meaning << '\n';
    return 0;
  }
  emulator::Emulator service(arguments.options);
  Fill(service, arguments);
  return Serve(service, arguments);
}

}  // namespace

int main(int count, char** words) {
  try {
    return Main({words + 1, words + count});
  } catch (const ApiError& error) {
    std::cerr << "dbxark-emulator: " << error.message << '\n';
    return error.status == 2 ? 2 : 1;
  } catch (const std::exception& error) {
    std::cerr << "dbxark-emulator: " << error.what() << '\n';
    return 1;
  }
}
