// Where bytes go to and where they come from, without saying what is behind.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dbxark {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(std::string_view bytes) = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills at most `capacity` bytes; 0 is the end.
  virtual Result<size_t> Read(char* buffer, size_t capacity) = 0;
};

class StringSink : public ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    text_.append(bytes);
    return {};
  }
  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// Reads from memory that outlives it.
class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string_view bytes) : rest_(bytes) {}
  Result<size_t> Read(char* buffer, size_t capacity) override {
    const size_t count = rest_.copy(buffer, capacity);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace dbxark
