// How a command ends: numbers that scripts and alarms rely on, so they never change their meaning.
#pragma once

#include <string_view>

#include "base/result.h"

namespace dbxark::cli {

enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kPartial = 3,  // done, but something failed and is listed
  kDamaged = 4,
  kNotFound = 5,
  kExists = 6,  // or a precondition does not hold
  kDenied = 7,
  kLocked = 8,
  kNotReplicated = 9,
  kDifferent = 10,
  kInterrupted = 130,
  kTerminated = 143,
};

constexpr ExitCode ExitCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return ExitCode::kUsage;
    case ErrorCode::kNotFound:
      return ExitCode::kNotFound;
    case ErrorCode::kAlreadyExists:
      return ExitCode::kExists;
    case ErrorCode::kDenied:
      return ExitCode::kDenied;
    case ErrorCode::kCorruption:
      return ExitCode::kDamaged;
    case ErrorCode::kLocked:
      return ExitCode::kLocked;
    case ErrorCode::kInterrupted:
      return ExitCode::kInterrupted;
    case ErrorCode::kFailed:
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kOutcomeUnknown:
    case ErrorCode::kNoSpace:
      return ExitCode::kFailed;
  }
  return ExitCode::kFailed;
}

// What the number says, in a word or two.
constexpr std::string_view MeaningOf(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return "done";
    case ExitCode::kFailed:
      return "failed";
    case ExitCode::kUsage:
      return "usage";
    case ExitCode::kPartial:
      return "done, but something failed";
    case ExitCode::kDamaged:
      return "damaged";
    case ExitCode::kNotFound:
      return "not found";
    case ExitCode::kExists:
      return "in the way";
    case ExitCode::kDenied:
      return "not authenticated or not allowed";
    case ExitCode::kLocked:
      return "locked by another run";
    case ExitCode::kNotReplicated:
      return "not yet replicated";
    case ExitCode::kDifferent:
      return "differences found";
    case ExitCode::kInterrupted:
    case ExitCode::kTerminated:
      return "interrupted";
  }
  return "failed";
}

// As it stands in JSON documents.
constexpr std::string_view NameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kAlreadyExists:
      return "already_exists";
    case ErrorCode::kDenied:
      return "denied";
    case ErrorCode::kRateLimited:
      return "rate_limited";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kOutcomeUnknown:
      return "outcome_unknown";
    case ErrorCode::kCorruption:
      return "corruption";
    case ErrorCode::kLocked:
      return "locked";
    case ErrorCode::kInterrupted:
      return "interrupted";
    case ErrorCode::kNoSpace:
      return "no_space";
    case ErrorCode::kFailed:
      return "failed";
  }
  return "failed";
}

}  // namespace dbxark::cli
