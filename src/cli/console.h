// What a command says, and where: results on standard output, all else on standard error.
//
// Commands are functions of options and a Console; they print through it and end with Finish or Fail, which give the
// process's exit code. With --json, what is meant for people (Say, Note, Verdict) is silent and the command writes its
// document with Out. A reader that goes away (head, less) is no error: output is dropped from then on, and long loops
// ask reader_gone() to stop early.
//
// All functions may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "cli/exit_code.h"

namespace dbxark::cli {

enum class ColorMode { kAuto, kAlways, kNever };

struct ConsoleOptions {
  bool json = false;
  bool quiet = false;  // -q: results, errors and the verdict only
  int verbosity = 0;   // -v, -vv
  ColorMode color = ColorMode::kAuto;
};

// Where a console writes, and what is known of it.
struct ConsoleStreams {
  std::unique_ptr<ByteSink> out, err;  // kInterrupted says that nobody reads any more
  bool out_is_terminal = false;
  bool err_is_terminal = false;         // one that can go back to a line's beginning
  std::function<size_t()> err_columns;  // of that terminal
  bool color_allowed = false;           // by the environment: NO_COLOR, TERM

  // The process's own; SIGPIPE is ignored from here on.
  static ConsoleStreams OfProcess();
};

class Console {
 public:
  explicit Console(ConsoleStreams streams) : streams_(std::move(streams)) {}
  ~Console() { Flush(); }

  // Before the first output, once the options are known.
  void Configure(const ConsoleOptions& options) { options_ = options; }

  // A result, byte for byte: content, rows, JSON. Never silenced.
  void Out(std::string_view bytes);
  void OutLine(std::string_view line);
  // A line of a report for people; nothing with -q or --json.
  void Say(std::string_view line);
  // The line that sums up; nothing with --json.
  void Verdict(std::string_view line);
  // For people, on standard error; nothing with -q.
  void Note(std::string_view line);
  // A warning on standard error, also with -q.
  void Warn(std::string_view line);
  // On standard error, with -v (1) or -vv (2).
  void Detail(int verbosity, std::string_view line);
  // A question, on standard error, without a line's end.
  void Ask(std::string_view text);
  // One line at the end of a terminal's standard error that is written over, and gives way to whatever else is said.
  // Nothing where that is no terminal.
  void SetStatus(std::string_view line);
  void ClearStatus();
  // A JSON document or event: with --json on standard output, with --json-file (also) there. At once.
  void Document(std::string_view json);
  // Documents and events go to this file too, which is made, or emptied.
  Status OpenJsonFile(const std::string& path);
  // Out as a sink; fails with kInterrupted once the reader is gone.
  ByteSink& sink() { return sink_; }

  bool json() const { return options_.json; }
  // Somebody reads documents and events: --json, or --json-file.
  bool wants_documents() const { return options_.json || json_file_ != nullptr; }
  bool quiet() const { return options_.quiet; }
  int verbosity() const { return options_.verbosity; }
  bool err_is_terminal() const { return streams_.err_is_terminal; }
  // How wide that terminal is now; 80 where it does not say.
  size_t err_columns() const { return streams_.err_columns ? streams_.err_columns() : 80; }
  bool reader_gone() const;

  // A symbol of one character ("+", "-", "~", "!", "="), coloured where the output takes it.
  std::string Mark(std::string_view symbol) const;

  // The end of a command. With a code that is not 0, the last line is `exit N: <meaning>`, on standard error; `meaning`
  // empty takes the usual words. Returns what main returns.
  int Finish(ExitCode code, std::string_view meaning = {});
  // The end by an error: one line for people, or the document dbxark.error.v1.
  int Fail(const Error& error);

 private:
  class OutSink : public ByteSink {
   public:
    explicit OutSink(Console& console) : console_(console) {}
    Status Write(std::string_view bytes) override;

   private:
    Console& console_;
  };

  void Flush();
  void FlushLocked();
  void ClearStatusLocked();
  void WriteOutLocked(std::string_view bytes);
  void WriteErrLine(std::string_view line);

  ConsoleStreams streams_;
  ConsoleOptions options_;
  OutSink sink_{*this};
  mutable std::mutex mutex_;
  std::string buffer_;
  bool status_shown_ = false;
  std::unique_ptr<ByteSink> json_file_;
  bool reader_gone_ = false;
  std::string write_error_;
};

}  // namespace dbxark::cli
