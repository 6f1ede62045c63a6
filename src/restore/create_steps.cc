// Making what was not there, and what became of a request whose answer was lost.
#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "http/retry_rules.h"
#include "json/document.h"
#include "json/edit.h"
#include "json/writer.h"
#include "objects/registry.h"
#include "restore/step_runner.h"

namespace dbxark::restore {
namespace {

constexpr int kCreateAttempts = 3;  // where a second one surely makes no second object

// Long enough to be nobody else's, and within the 64 characters that the service takes. Each attempt has its own: the
// token of an earlier one would give back a cluster that is in use meanwhile.
std::string TokenFor(const ArchivedWorkspace& archive, const Step& step, int64_t at_ms) {
  const std::string seed = archive.workspace_id + '\n' + step.id + '\n' + std::to_string(at_ms);
  return "dbxark-" + ToHex(Sha256Of(seed)).substr(0, 40);
}

// A quota on what runs has room again when something stops, and one on creations when the hour is over; saved objects
// do not go away by themselves.
bool MayHaveRoomLater(const objects::ObjectDescriptor& kind, const workspace::ApiError& error) {
  return http::SaysQuota(error.code, error.message) && (!kind.stop_path.empty() || error.code == "INVALID_STATE");
}

bool Contains(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

Result<StepResult> StepRunner::Create(const Step& step, bool may_put_back, std::stop_token stop) {
  Made made = MakeBody(step, step.first_of_two);
  if (!made.body) {
    if (made.result.outcome == Outcome::kBlocked) return Block(step, made.result.reason);
    shop_.ids.Lose(step.kind->name, step.id);
    return made.result;
  }
  if (step.kind == &objects::kClusterLibraries) return Install(step, *made.body, stop);
  auto result = CreateNew(step, *made.body, stop);
  if (result.ok() && result->no_room && may_put_back) {
    result->outcome = Outcome::kPutBack;
    return result;
  }
  const bool there = result.ok() && !result->new_id.empty();
  if (!there) shop_.ids.Lose(step.kind->name, step.id);
  return result;
}

Result<std::optional<int64_t>> StepRunner::PositionOf(const Step& step, std::stop_token stop) {
  std::optional<int64_t> position;
  if (step.runs_before.empty()) return position;
  const Status listed = shop_.client.List(
      *step.kind,
      [&](json::Node script) -> Status {
        const std::optional<int64_t> there = script["position"].AsInt64();
        if (!there || !Contains(step.runs_before, script[step.kind->id].TextOrNumber())) return {};
        if (!position || *there < *position) position = there;
        return {};
      },
      std::move(stop));
  if (!listed.ok()) return listed.error();
  return position;
}

Result<StepResult> StepRunner::CreateNew(const Step& step, const Body& body, std::stop_token stop) {
  Intention intention{"create", step.natural_key, shop_.clock.NowMs(), step.same_name_ids, {}, body.fingerprint};
  const auto progress = shop_.journal.Find(KeyOf(step));
  if (step.look_up && progress && progress->open) {
    // A request of an earlier run: what it made may still be on its way.
    intention = *progress->open;
    const LostCreate lost{step.kind, step.natural_key, body.text, intention.known_ids};
    auto found = FindLostCreate(shop_.client, shop_.clock, lost, shop_.owned, intention.at_ms + shop_.settle_ms, stop);
    if (!found.ok()) {
      const bool interrupted = found.error().code() == ErrorCode::kInterrupted;
      return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, {}, found.error().message()};
    }
    if (found->size() == 1) {
      return Finish(step, found->front(), "found", step.follow, body, SettledMs(intention, intention.at_ms), stop);
    }
    if (found->size() > 1) {
      const std::string reason = std::to_string(found->size()) + " equal objects appeared";
      if (Status noted = shop_.journal.RecordUnknown(KeyOf(step), reason); !noted.ok()) return noted.error();
      return StepResult{Outcome::kUnknown, {}, reason};
    }
    intention.at_ms = shop_.clock.NowMs();
    intention.fingerprint = body.fingerprint;
  }
  for (const std::string& id : shop_.owned.OfName(step.kind->name, step.natural_key)) {
    if (!Contains(intention.known_ids, id)) intention.known_ids.push_back(id);
  }
  if (step.kind->idempotency_token && intention.token.empty()) {
    intention.token = TokenFor(shop_.archive, step, intention.at_ms);
  }
  const auto position = PositionOf(step, stop);
  if (!position.ok()) {
    const bool interrupted = position.error().code() == ErrorCode::kInterrupted;
    return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, {}, position.error().message()};
  }
  std::string sent = body.text;
  if (*position) {
    auto placed = json::WithMember(std::move(sent), "position", std::to_string(**position));
    if (!placed.ok()) return std::move(placed).error();
    sent = std::move(*placed);
  }
  if (Status noted = shop_.journal.RecordIntended(KeyOf(step), intention); !noted.ok()) return noted.error();
  return Send(step, body, std::move(sent), intention, stop);
}

Result<StepResult> StepRunner::Send(const Step& step, const Body& body, std::string sent, Intention intention,
                                    std::stop_token stop) {
  if (!intention.token.empty()) {
    auto with_token = json::WithMember(std::move(sent), "idempotency_token", json::Quote(intention.token));
    if (!with_token.ok()) return std::move(with_token).error();
    sent = std::move(*with_token);
  }
  std::string reason;
  int64_t lost_at_ms = 0;
  for (int attempt = 1; attempt <= kCreateAttempts; ++attempt) {
    if (attempt > 1) {
      // So that a later run knows until when a request may still come.
      intention.at_ms = shop_.clock.NowMs();
      if (Status noted = shop_.journal.RecordIntended(KeyOf(step), intention); !noted.ok()) return noted.error();
    }
    workspace::ApiError api_error;
    auto created = shop_.client.Create(*step.kind, sent, stop, &api_error);
    const int64_t settled_ms = attempt > 1 ? SettledMs(intention, lost_at_ms) : 0;
    if (created.ok()) return Finish(step, created->id, "created", step.follow, body, settled_ms, stop);
    lost_at_ms = shop_.clock.NowMs();
    reason = created.error().message();
    const ErrorCode code = created.error().code();
    if (code == ErrorCode::kInterrupted) {
      // Before it was sent; but an earlier one may have been.
      if (attempt == 1 && stop.stop_requested()) {
        const Status noted = shop_.journal.RecordRefused(KeyOf(step), "interrupted before it was made");
        if (!noted.ok()) return noted.error();
      }
      return StepResult{Outcome::kInterrupted, {}, reason};
    }
    // Of a repeated create, "exists already" may well speak of what the first one made, and no refusal says that the
    // first one came to nothing.
    const bool repeatable = step.kind->unique_key || !intention.token.empty();
    const bool maybe_ours = attempt > 1 && repeatable && code != ErrorCode::kOutcomeUnknown;
    if (code != ErrorCode::kOutcomeUnknown && !maybe_ours) {
      if (Status noted = shop_.journal.RecordRefused(KeyOf(step), reason); !noted.ok()) return noted.error();
      return StepResult{Outcome::kFailed, {}, reason, MayHaveRoomLater(*step.kind, api_error)};
    }
    bool repeat = false;
    auto result = AfterLostAnswer(step, body, intention, attempt, repeat, stop);
    if (!result.ok() || !repeat) return result;
  }
  if (Status noted = shop_.journal.RecordUnknown(KeyOf(step), reason); !noted.ok()) return noted.error();
  return StepResult{Outcome::kUnknown, {}, reason};
}

Result<StepResult> StepRunner::AfterLostAnswer(const Step& step, const Body& body, const Intention& intention,
                                               int attempts, bool& repeat, std::stop_token stop) {
  const LostCreate lost{step.kind, step.natural_key, body.text, intention.known_ids};
  // With a token, the service itself sees to it that a second request makes nothing new; no need to wait first.
  const int64_t until = intention.token.empty() ? shop_.clock.NowMs() + shop_.settle_ms : 0;
  auto found = FindLostCreate(shop_.client, shop_.clock, lost, shop_.owned, until, stop);
  if (!found.ok() && found.error().code() == ErrorCode::kInterrupted) {
    return StepResult{Outcome::kInterrupted, {}, "its answer was lost, and it was not looked for yet"};
  }
  if (found.ok() && found->size() == 1) {
    const int64_t settled_ms = attempts > 1 ? SettledMs(intention, shop_.clock.NowMs()) : 0;
    return Finish(step, found->front(), "found", step.follow, body, settled_ms, stop);
  }
  // Where no two can have the name, or with a token, a second request does no harm.
  if (found.ok() && found->empty() && (step.kind->unique_key || !intention.token.empty())) {
    repeat = true;
    return StepResult{};
  }
  std::string reason =
      !found.ok()      ? "the answer was lost, and a look for it failed: " + found.error().message()
      : found->empty() ? "the answer was lost, and nothing appeared in " + std::to_string(shop_.settle_ms / 1000) + " s"
                       : "the answer was lost, and " + std::to_string(found->size()) + " equal objects appeared";
  if (Status noted = shop_.journal.RecordUnknown(KeyOf(step), reason); !noted.ok()) return noted.error();
  return StepResult{Outcome::kUnknown, {}, std::move(reason)};
}

}  // namespace dbxark::restore
