// What can go wrong in the world, as a value.
//
// Result<T> is what a function returns when the world (a server, a disk, a file that somebody made) can make it fail;
// assert is for what only a bug can do. No exception leaves a room.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace dbxark {

// Few, and each says what the caller may do about it.
enum class ErrorCode {
  kFailed,          // nothing more specific: report it
  kUsage,           // the person asked for something that makes no sense
  kNotFound,        // it is not there
  kAlreadyExists,   // something is in the way, or a precondition does not hold
  kDenied,          // not authenticated, or not allowed
  kRateLimited,     // refused for now, nothing happened: repeat later
  kUnavailable,     // refused for now or not reached, nothing happened: repeat later
  kOutcomeUnknown,  // a request that changes something was sent and its answer was lost: look before repeating
  kCorruption,      // bytes are damaged or forged
  kLocked,          // another run holds it
  kInterrupted,     // asked to stop
  kNoSpace,         // the disk is full
};

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  // From large to small, ending with the finding: "restore prod.tar.zst: create job \"x\": policy 8F is not there".
  const std::string& message() const { return message_; }

  // Adds what only the caller knows, in front.
  Error Within(std::string_view context) && {
    message_ = std::string(context) + ": " + message_;
    return std::move(*this);
  }
  Error Within(std::string_view context) const& { return Error(*this).Within(context); }

 private:
  ErrorCode code_;
  std::string message_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return assert(ok()), std::get<0>(state_); }
  const T& value() const& { return assert(ok()), std::get<0>(state_); }
  T&& value() && { return assert(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& { return assert(!ok()), std::get<1>(state_); }
  Error&& error() && { return assert(!ok()), std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return assert(!ok()), *error_; }
  Error&& error() && { return assert(!ok()), std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace dbxark
