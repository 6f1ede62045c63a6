// A value that must not be seen: it prints as stars, and has to be asked for by name.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace dbxark {

class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}

  bool empty() const { return value_.empty(); }
  // Only for what proves who we are, or compares with it.
  const std::string& Reveal() const { return value_; }

  friend std::ostream& operator<<(std::ostream& out, const SecretString& secret) {
    return out << (secret.empty() ? "" : "***");
  }

 private:
  std::string value_;
};

}  // namespace dbxark
