// Carries out a plan: steps at the same time where they do not need each other.
//
// The only thing in this room that changes a workspace. One step that fails never stops the rest; what counts on it is
// blocked and listed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "base/result.h"
#include "restore/plan.h"
#include "restore/read_back.h"
#include "restore/report.h"
#include "restore/step_runner.h"

namespace dbxark::restore {

struct ReplayOptions {
  size_t workers = 16;
  size_t starting_clusters = 4;   // at once, at most: each begins to start before it can be stopped
  int64_t patience_ms = 300'000;  // how long a step that finds no room under a quota is tried again, behind all others
  ReadBackOptions read_back = {};
};

// After each step: it, what came of it, how many are over. Called from any worker, one at a time.
using ReplayObserver = std::function<void(const Step&, const StepResult&, size_t finished, size_t total)>;

// At the end, what was written is read back. When `stop` is requested, requests in flight are finished, nothing more is
// begun, and the report says `interrupted`. An error only where the journal cannot be written: then nothing more is
// sent either.
Result<Report> Replay(const Plan& plan, const Workshop& shop, const ReplayOptions& options,
                      const ReplayObserver& observer, std::stop_token stop);

}  // namespace dbxark::restore
