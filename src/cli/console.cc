#include "cli/console.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "cli/interrupt.h"
#include "json/writer.h"

namespace dbxark::cli {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

class DescriptorSink : public ByteSink {
 public:
  explicit DescriptorSink(int descriptor, bool owned = false) : descriptor_(descriptor), owned_(owned) {}
  ~DescriptorSink() override {
    if (owned_) close(descriptor_);
  }

  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
      if (count >= 0) {
        bytes.remove_prefix(static_cast<size_t>(count));
      } else if (errno == EPIPE) {
        return Error(ErrorCode::kInterrupted, "nobody reads any more");
      } else if (errno != EINTR) {
        return Error(ErrorCode::kFailed, std::strerror(errno));
      }
    }
    return {};
  }

 private:
  const int descriptor_;
  const bool owned_;
};

// A terminal that cannot go back to a line's beginning is written to like a file.
bool TerminalGoesBack() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool EnvironmentAllowsColor() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && term != nullptr && std::string_view(term) != "dumb";
}

// Who starts us may have closed them, and then the first file that is opened would be standard output. What stands in
// for one can be neither read nor written, so that its use is the error that it should be.
void KeepStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free: this one.
    if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) return;
  }
}

}  // namespace

ConsoleStreams ConsoleStreams::OfProcess() {
  KeepStandardDescriptors();
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
  return {std::make_unique<DescriptorSink>(STDOUT_FILENO),
          std::make_unique<DescriptorSink>(STDERR_FILENO),
          isatty(STDOUT_FILENO) == 1,
          TerminalGoesBack(),
          &TerminalColumns,
          EnvironmentAllowsColor()};
}

Status Console::OutSink::Write(std::string_view bytes) {
  std::lock_guard lock(console_.mutex_);
  console_.WriteOutLocked(bytes);
  if (console_.reader_gone_) return Error(ErrorCode::kInterrupted, "nobody reads any more");
  if (!console_.write_error_.empty()) return Error(ErrorCode::kFailed, console_.write_error_);
  return {};
}

void Console::WriteOutLocked(std::string_view bytes) {
  if (reader_gone_ || !write_error_.empty()) return;
  buffer_ += bytes;
  if (buffer_.size() >= kBufferBytes || (streams_.out_is_terminal && bytes.ends_with('\n'))) FlushLocked();
}

void Console::FlushLocked() {
  if (buffer_.empty()) return;
  if (streams_.out_is_terminal) ClearStatusLocked();
  const Status written = streams_.out->Write(buffer_);
  buffer_.clear();
  if (written.ok()) return;
  if (written.error().code() == ErrorCode::kInterrupted) {
    reader_gone_ = true;
  } else {
    write_error_ = "cannot write to standard output: " + written.error().message();
  }
}

void Console::Flush() {
  std::lock_guard lock(mutex_);
  FlushLocked();
}

void Console::Out(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  WriteOutLocked(bytes);
}

void Console::OutLine(std::string_view line) { Out(std::string(line) + "\n"); }

void Console::Say(std::string_view line) {
  if (!options_.json && !options_.quiet) OutLine(line);
}

void Console::Verdict(std::string_view line) {
  if (!options_.json) OutLine(line);
}

void Console::WriteErrLine(std::string_view line) {
  std::lock_guard lock(mutex_);
  FlushLocked();  // so that both, on one terminal, stand in the order in which they were said
  ClearStatusLocked();
  // Standard error may be closed too; there is nobody left to tell.
  static_cast<void>(streams_.err->Write(std::string(line) + "\n"));
}

void Console::Note(std::string_view line) {
  if (!options_.quiet) WriteErrLine(line);
}

void Console::Warn(std::string_view line) { WriteErrLine("warning: " + std::string(line)); }

void Console::Detail(int verbosity, std::string_view line) {
  if (options_.verbosity >= verbosity) WriteErrLine(line);
}

void Console::Ask(std::string_view text) {
  std::lock_guard lock(mutex_);
  FlushLocked();
  ClearStatusLocked();
  static_cast<void>(streams_.err->Write(text));
}

void Console::SetStatus(std::string_view line) {
  if (!streams_.err_is_terminal) return;
  std::lock_guard lock(mutex_);
  FlushLocked();
  static_cast<void>(streams_.err->Write("\r\x1b[K" + std::string(line)));
  status_shown_ = true;
}

void Console::ClearStatus() {
  std::lock_guard lock(mutex_);
  ClearStatusLocked();
}

void Console::ClearStatusLocked() {
  if (status_shown_) static_cast<void>(streams_.err->Write("\r\x1b[K"));
  status_shown_ = false;
}

void Console::Document(std::string_view json) {
  const std::string line = std::string(json) + "\n";
  std::lock_guard lock(mutex_);
  if (options_.json) {
    WriteOutLocked(line);
    FlushLocked();
  }
  if (json_file_ == nullptr) return;
  if (const Status written = json_file_->Write(line); !written.ok() && write_error_.empty()) {
    write_error_ = "cannot write to the file of --json-file: " + written.error().message();
  }
}

Status Console::OpenJsonFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error(ErrorCode::kFailed, "--json-file " + ShellQuote(path) + ": " + std::strerror(errno));
  }
  json_file_ = std::make_unique<DescriptorSink>(descriptor, true);
  return {};
}

bool Console::reader_gone() const {
  std::lock_guard lock(mutex_);
  return reader_gone_;
}

std::string Console::Mark(std::string_view symbol) const {
  const bool colored = options_.color == ColorMode::kAlways ||
                       (options_.color == ColorMode::kAuto && streams_.out_is_terminal && streams_.color_allowed);
  if (!colored) return std::string(symbol);
  const char* code = symbol == "+" ? "32" : symbol == "-" || symbol == "!" ? "31" : symbol == "~" ? "33" : "2";
  return "\x1b[" + std::string(code) + "m" + std::string(symbol) + "\x1b[0m";
}

int Console::Finish(ExitCode code, std::string_view meaning) {
  Flush();
  if (!write_error_.empty()) {
    const std::string message = std::exchange(write_error_, {});
    reader_gone_ = true;
    return Fail(Error(ErrorCode::kFailed, message));
  }
  if (code != ExitCode::kDone && !options_.json) {
    WriteErrLine("exit " + std::to_string(static_cast<int>(code)) + ": " +
                 std::string(meaning.empty() ? MeaningOf(code) : meaning));
  }
  return static_cast<int>(code);
}

int Console::Fail(const Error& error) {
  // What could not be written because nobody reads is not worth a word.
  if (reader_gone() && error.code() == ErrorCode::kInterrupted) return static_cast<int>(ExitCode::kDone);
  ExitCode code = ExitCodeOf(error.code());
  if (code == ExitCode::kInterrupted && InterruptExitCode() != 0) code = static_cast<ExitCode>(InterruptExitCode());
  if (wants_documents()) {
    json::Writer document;
    document.BeginObject()
        .Member("schema", "dbxark.error.v1")
        .Member("code", NameOf(error.code()))
        .Member("message", error.message())
        .Member("exit", static_cast<int>(code))
        .EndObject();
    Document(document.text());
  }
  if (options_.json && !reader_gone()) return static_cast<int>(code);
  WriteErrLine("exit " + std::to_string(static_cast<int>(code)) + ": " + std::string(MeaningOf(code)) + ": " +
               Printable(error.message()));
  return static_cast<int>(code);
}

}  // namespace dbxark::cli
