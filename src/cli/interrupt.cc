#include "cli/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

namespace dbxark::cli {
namespace {

std::atomic<int> received = 0;

// Whatever others hold at the moment, the console too.
[[noreturn]] void EndAtOnce(int number) {
  std::string line = "exit " + std::to_string(128 + number) + ": interrupted twice, ended at once\n";
  if (isatty(STDERR_FILENO)) line.insert(0, "\n");  // behind what shows how far it is
  const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  (void)written;
  _exit(128 + number);
}

}  // namespace

std::stop_token StopOnSignals() {
  static std::stop_source source;
  static const bool installed = [] {
    // A thread of its own waits for them: nothing that a handler may not do has to be done in one. All threads that are
    // started later inherit the mask.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([signals] {
      while (true) {
        int number = 0;
        if (sigwait(&signals, &number) != 0) continue;
        if (received.exchange(number) != 0) EndAtOnce(number);
        source.request_stop();
      }
    }).detach();
    return true;
  }();
  (void)installed;
  return source.get_token();
}

int InterruptExitCode() {
  const int number = received;
  return number == 0 ? 0 : 128 + number;
}

}  // namespace dbxark::cli
