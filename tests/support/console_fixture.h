// A console whose words a test can read.
#pragma once

#include <memory>
#include <string>

#include "cli/console.h"

namespace dbxark::test {

class ConsoleFixture {
 public:
  explicit ConsoleFixture(const cli::ConsoleOptions& options = {}, bool reader_leaves = false,
                          size_t terminal_columns = 0) {
    cli::ConsoleStreams streams;
    streams.err_is_terminal = terminal_columns > 0;
    streams.err_columns = [terminal_columns] { return terminal_columns; };
    streams.out = std::make_unique<Recorder>(out_, reader_leaves);
    streams.err = std::make_unique<Recorder>(err_, false);
    console_ = std::make_unique<cli::Console>(std::move(streams));
    console_->Configure(options);
  }

  cli::Console& console() { return *console_; }
  // Complete once the command has finished.
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }

 private:
  class Recorder : public ByteSink {
   public:
    Recorder(std::string& text, bool leaves) : text_(text), leaves_(leaves) {}
    Status Write(std::string_view bytes) override {
      if (leaves_) return Error(ErrorCode::kInterrupted, "nobody reads any more");
      text_.append(bytes);
      return {};
    }

   private:
    std::string& text_;
    const bool leaves_;
  };

  std::string out_, err_;
  std::unique_ptr<cli::Console> console_;
};

inline cli::ConsoleOptions Json() {
  cli::ConsoleOptions options;
  options.json = true;
  return options;
}

}  // namespace dbxark::test
