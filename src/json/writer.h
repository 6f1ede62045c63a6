// Making JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dbxark::json {

// With quotes; control characters escaped; bytes that are no UTF-8 become U+FFFD.
std::string Quote(std::string_view text);

// Compact JSON, value after value. Commas and colons come by themselves; what is opened must be closed.
class Writer {
 public:
  Writer& BeginObject();
  Writer& EndObject();
  Writer& BeginArray();
  Writer& EndArray();
  Writer& Key(std::string_view key);
  Writer& String(std::string_view text);
  Writer& Int(int64_t number);
  Writer& Uint(uint64_t number);
  Writer& Bool(bool truth);
  Writer& Null();
  // JSON text as it is.
  Writer& Raw(std::string_view json);

  // Key and value at once.
  Writer& Member(std::string_view key, std::string_view text) { return Key(key).String(text); }
  Writer& Member(std::string_view key, const char* text) { return Key(key).String(text); }
  Writer& Member(std::string_view key, const std::string& text) { return Key(key).String(text); }
  Writer& Member(std::string_view key, bool truth) { return Key(key).Bool(truth); }
  Writer& Member(std::string_view key, int number) { return Key(key).Int(number); }
  Writer& Member(std::string_view key, int64_t number) { return Key(key).Int(number); }
  Writer& Member(std::string_view key, uint64_t number) { return Key(key).Uint(number); }

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  void Separate();

  std::string text_;
  std::vector<bool> first_;
  bool after_key_ = false;
};

// The same value, two spaces an indent.
std::string Pretty(std::string_view json);

}  // namespace dbxark::json
