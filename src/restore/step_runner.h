// Carries out one step of a plan: journal, request, journal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "restore/archived.h"
#include "restore/id_map.h"
#include "restore/journal.h"
#include "restore/lost_create.h"
#include "restore/plan.h"
#include "workspace/client.h"
#include "workspace/content.h"

namespace dbxark::restore {

enum class Outcome {
  kCreated,
  kFinished,  // made earlier, and now complete
  kUpdated,
  kAdopted,
  kSkipped,
  kBlocked,
  kFailed,
  kConflict,     // changed in the target since it was made there, and left so
  kGone,         // not in the archive any more, and left in the target
  kRemoved,      // the same, and taken away
  kUnknown,      // whether it was made is not known
  kInterrupted,  // not begun, or to be finished by the next run
  kPutBack,      // refused for want of room, nothing was made: try it again later
  kNothing,      // nothing worth a line of its own
};

struct StepResult {
  Outcome outcome = Outcome::kNothing;
  std::string new_id;
  std::string reason;
  bool no_room = false;  // of kFailed and kPutBack: a quota was full that may have room later
};

// Why a step failed that could not read from the archive.
inline std::string WhyUnread(const Error& error) {
  return (error.code() == ErrorCode::kCorruption ? std::string(kArchiveDamaged) : "") + error.message();
}

// Where the journal has it.
inline ObjectKey KeyOf(const Step& step) { return {std::string(step.kind->name), step.id}; }

// What steps share. All outlive the runner and are safe for concurrent use.
struct Workshop {
  const ArchivedWorkspace& archive;
  workspace::Client& client;
  workspace::ContentSource& content;
  workspace::ContentWriter& writer;
  Clock& clock;
  Journal& journal;
  IdMap& ids;
  OwnedIds& owned;
  int64_t settle_ms = 60'000;
};

// Safe for concurrent use; the caller sees to it that creates of one kind and name come one after the other.
class StepRunner {
 public:
  explicit StepRunner(Workshop shop) : shop_(shop) {}

  // An Error ends the whole restore: the journal cannot be written. All else is a result; kPutBack only if
  // `may_put_back`.
  Result<StepResult> Run(const Step& step, bool may_put_back, std::stop_token stop);

  // Looks once more for what an `unknown` step may have made meanwhile.
  Result<StepResult> Reconcile(const Step& step, std::stop_token stop);

  // What was sent, all passes together, of a step that was carried out; what it refers to is there.
  Result<std::string> BodyOf(const Step& step);

 private:
  struct Body {
    std::string text;  // JSON, to be sent
    std::vector<std::string> dropped, held_back;
    bool numeric_id = false;
    std::string fingerprint;  // of what the object is once all is sent
  };
  // A body, or the result that says why there is none.
  struct Made {
    std::optional<Body> body;
    StepResult result;
  };

  Result<StepResult> Adopt(const Step& step);
  Result<StepResult> Block(const Step& step, std::string reason);
  Result<StepResult> Create(const Step& step, bool may_put_back, std::stop_token stop);
  Result<StepResult> CreateNew(const Step& step, const Body& body, std::stop_token stop);
  Result<StepResult> Send(const Step& step, const Body& body, std::string sent, Intention intention,
                          std::stop_token stop);
  // `attempts` so far; `repeat` is set if another one does no harm.
  Result<StepResult> AfterLostAnswer(const Step& step, const Body& body, const Intention& intention, int attempts,
                                     bool& repeat, std::stop_token stop);
  Result<StepResult> Install(const Step& step, const Body& body, std::stop_token stop);
  Result<StepResult> Finish(const Step& step, const std::string& new_id, const std::string& how,
                            std::vector<std::string> follow, const Body& body, int64_t not_before_ms = 0,
                            std::stop_token stop = {});
  std::string FingerprintOf(const Step& step, const Body& body) const;
  Result<StepResult> FinishEarlier(const Step& step, std::stop_token stop);
  int64_t SettledMs(const Intention& intention, int64_t lost_at_ms) const;
  Result<StepResult> Update(const Step& step, std::stop_token stop);
  Result<StepResult> Complete(const Step& step, std::stop_token stop);
  Result<StepResult> Conflict(const Step& step);
  Result<StepResult> Remove(const Step& step, std::stop_token stop);
  Result<StepResult> RemoveObject(const Step& step, std::stop_token stop);
  Result<StepResult> RemoveNode(const Step& step, std::stop_token stop);
  // The fingerprint of what lies there now. kNotFound.
  Result<std::string> ContentThere(const Step& step, std::stop_token stop);
  Result<StepResult> CreateNode(const Step& step, std::stop_token stop);
  // Where a script has to go, if not to the end.
  Result<std::optional<int64_t>> PositionOf(const Step& step, std::stop_token stop);
  Status PutContent(const Step& step, bool overwrite, std::stop_token stop);
  Result<StepResult> AfterPut(const Step& step, Error error, std::stop_token stop);
  Result<bool> SameContent(const Step& step, std::stop_token stop);

  Made MakeBody(const Step& step, bool first_of_two);
  Status SendUpdate(const Step& step, const Body& body, const std::string& new_id, std::stop_token stop);
  Status Follow(const Step& step, const std::string& what, const std::string& new_id);

  Workshop shop_;
};

}  // namespace dbxark::restore
