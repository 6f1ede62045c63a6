// Compresses pieces of tar, and hashes the members in them, on several threads, and hands the frames on in the order in
// which the pieces came.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace dbxark::format {

// Each piece is compressed on its own, so the frames are the same for any number of threads. Holds at most
// (threads + 1) * 4 MiB of pieces; Submit waits beyond. Submit and Drain belong to one thread, and `sink` runs on it.
class FramePipeline {
 public:
  // A member's bytes in its piece.
  struct Span {
    size_t at, size;
  };
  // What has become of a piece.
  struct Packed {
    std::string frame;
    size_t content_size = 0;
    std::vector<Sha256Digest> members;  // as many as spans were given with it, in their order
  };
  using Sink = std::function<Status(const Packed&)>;

  FramePipeline(size_t threads, int level, Sink sink);
  // Drops what is under way.
  ~FramePipeline();
  FramePipeline(const FramePipeline&) = delete;
  FramePipeline& operator=(const FramePipeline&) = delete;

  // `piece` is not empty. After an error of sink or compressor nothing more goes to the sink.
  Status Submit(std::string piece, std::vector<Span> members = {});
  // Returns once the sink has had everything.
  Status Drain();

 private:
  struct Job {
    std::string piece;
    std::vector<Span> members;
    std::optional<Result<Packed>> packed;
  };
  void Work();
  Status PassOn(bool wait_for_all);

  const size_t max_threads_;
  const int level_;
  const Sink sink_;
  std::mutex mutex_;
  std::condition_variable work_ready_, frame_ready_;
  std::deque<Job> jobs_;  // a deque keeps references valid while it grows and shrinks at its ends
  size_t first_untaken_ = 0;
  size_t pending_bytes_ = 0;
  bool closed_ = false;
  std::optional<Error> error_;
  std::vector<std::jthread> threads_;
};

}  // namespace dbxark::format
