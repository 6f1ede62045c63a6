// Bodies whose size is not known before they are read: small ones stay in memory, larger ones go to a file that has no
// name any more, so that nothing is left behind however the process ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace dbxark {

// Bytes that do not change. Copies share them; may be read from any thread, by several sources at once.
class Body {
 public:
  Body() : Body(std::string()) {}
  explicit Body(std::string bytes);

  uint64_t size() const;
  // From the beginning. The source keeps the bytes alive.
  std::unique_ptr<ByteSource> OpenSource() const;
  // At most `limit` bytes from the beginning, for a look.
  Result<std::string> Head(size_t limit) const;
  // All of them; more than `limit_bytes` is an error.
  Result<std::string> ReadAll(uint64_t limit_bytes) const;

 private:
  friend class SpoolWriter;
  struct State;
  class Source;
  explicit Body(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Where to spool. Errors name the folder; a full disk is kNoSpace.
struct Spool {
  std::string folder;  // empty: $TMPDIR, or /tmp
  size_t memory_limit_bytes = size_t{1} << 20;
};

// Collects one body. Belongs to one thread.
class SpoolWriter : public ByteSink {
 public:
  explicit SpoolWriter(const Spool& spool) : spool_(spool) {}
  ~SpoolWriter() override;
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;

  Status Write(std::string_view bytes) override;
  // Forgets what was written, for a second attempt.
  void Restart();
  uint64_t size() const { return size_; }
  // What was written. The writer is empty afterwards.
  Body Finish();

 private:
  Status OpenFile();
  Status WriteFile(std::string_view bytes);

  Spool spool_;
  std::string memory_;
  int file_ = -1;
  uint64_t size_ = 0;
};

}  // namespace dbxark
