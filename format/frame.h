// One zstd frame: a few hundred KiB of tar, compressed on its own, with content size and checksum.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dbxark::format {

// Keeps a compressor's tables between frames. The bytes depend on level, input and libzstd version alone.
// One thread at a time.
class FrameEncoder {
 public:
  explicit FrameEncoder(int level);
  ~FrameEncoder();
  // kFailed if memory is short.
  Result<std::string> Encode(std::string_view content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What `frame` decodes to, which must be exactly `content_size` bytes (at most kMaxFrameContent). Refuses, with
// kCorruption, frames without content size or checksum, with a dictionary, with a window over kMaxWindow, with set
// reserved bits, and anything behind the frame. Allocates no more than content and window. Any thread.
Result<std::string> DecodeFrame(std::string_view frame, size_t content_size);

// The largest a frame of that content can be.
size_t MaxCompressedSize(size_t content_size);

std::string ZstdVersion();

}  // namespace dbxark::format
