#include "restore/step_runner.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "http/retry_rules.h"
#include "json/document.h"
#include "json/edit.h"
#include "json/writer.h"
#include "objects/fingerprint.h"
#include "objects/registry.h"
#include "restore/tree_facts.h"
#include "restore/written.h"

namespace dbxark::restore {
namespace {

using http::Effect;
using objects::FieldEdit;

constexpr int kCreateAttempts = 3;  // where a second one surely makes no second object
constexpr char kComplete[] = "complete";

ObjectKey KeyOf(const Step& step) { return {std::string(step.kind->name), step.id}; }

// Long enough to be nobody else's, and within the 64 characters that the service takes. Each attempt has its own: the
// token of an earlier one would give back a cluster that is in use meanwhile.
std::string TokenFor(const ArchivedWorkspace& archive, const Step& step, int64_t at_ms) {
  const std::string seed = archive.workspace_id + '\n' + step.id + '\n' + std::to_string(at_ms);
  return "dbxark-" + ToHex(Sha256Of(seed)).substr(0, 40);
}

// For a first pass that the second did not follow.
std::string MadeWithout(const objects::ObjectDescriptor& kind) {
  std::string text = "made without its ";
  for (const objects::CycleMember& cycle : kind.cycle_members) {
    if (&cycle != &kind.cycle_members.front()) text += " and ";
    text += cycle.member;
  }
  return text + ": ";
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

Result<StepResult> StepRunner::Run(const Step& step, bool may_put_back, std::stop_token stop) {
  switch (step.op) {
    case Op::kSkip:
      return StepResult{Outcome::kSkipped, {}, step.reason};
    case Op::kBlocked:
      return Block(step, step.reason);
    case Op::kAdopt:
      return Adopt(step);
    case Op::kConflict:
      return Conflict(step);
    case Op::kGone:
      return StepResult{Outcome::kGone, step.new_id, step.reason};
    default:
      break;
  }
  if (stop.stop_requested()) return StepResult{Outcome::kInterrupted, {}, {}};
  if (step.op == Op::kRemove) return Remove(step, stop);
  if (!HasDefinition(*step.kind)) return CreateNode(step, stop);
  switch (step.op) {
    case Op::kCreate:
      return Create(step, may_put_back, stop);
    case Op::kUpdate:
      return Update(step, stop);
    case Op::kComplete:
      return Complete(step, stop);
    default:
      return FinishEarlier(step, stop);
  }
}

// Of an earlier run; what it was made of matters no more.
Result<StepResult> StepRunner::FinishEarlier(const Step& step, std::stop_token stop) {
  const auto progress = shop_.journal.Find(KeyOf(step));
  const int64_t settled_ms = progress && progress->open ? SettledMs(*progress->open, progress->open->at_ms) : 0;
  return Finish(step, step.new_id, "created", step.follow, Body(), settled_ms, stop);
}

// A token is good as long as what it made is not stopped: a request that was lost on its way would make another.
int64_t StepRunner::SettledMs(const Intention& intention, int64_t lost_at_ms) const {
  return intention.token.empty() ? 0 : lost_at_ms + shop_.settle_ms;
}

Result<StepResult> StepRunner::Block(const Step& step, std::string reason) {
  const auto progress = shop_.journal.Find(KeyOf(step));
  if (!progress || progress->blocked != reason) {
    if (Status noted = shop_.journal.RecordBlocked(KeyOf(step), reason); !noted.ok()) {
      return std::move(noted).error();
    }
  }
  // Those that count on it must not.
  if (HasDefinition(*step.kind) && step.new_id.empty()) shop_.ids.Lose(step.kind->name, step.id);
  return StepResult{Outcome::kBlocked, {}, std::move(reason)};
}

// What lies in trees is found by its path again, and needs no record, unless one says that it is not done.
Result<StepResult> StepRunner::Adopt(const Step& step) {
  const auto progress = shop_.journal.Find(KeyOf(step));
  const bool has_definition = HasDefinition(*step.kind);
  if (has_definition) shop_.ids.Set(step.kind->name, step.id, step.new_id);
  Status noted;
  if (!step.fingerprint.empty() && progress && progress->done && progress->new_id == step.new_id) {
    // Ours, and equal to the archive's, though not by what the journal knows: an update that was interrupted, perhaps.
    Written written = progress->written;
    written.fingerprint = step.fingerprint;
    noted = shop_.journal.RecordDone(KeyOf(step), step.natural_key, step.new_id, progress->how, {}, {}, written);
  } else if (!has_definition) {
    if (progress && !progress->done) {
      Written written;
      if (step.kind != &objects::kDirectory) {
        auto print = ArchivedFingerprint(shop_.archive, shop_.archive.objects[step.object]);
        if (print.ok()) written.fingerprint = std::move(*print);
      }
      noted = shop_.journal.RecordDone(KeyOf(step), step.natural_key, {}, "found", {}, {}, written);
    }
  } else if (!progress || !progress->done || progress->new_id != step.new_id) {
    noted = shop_.journal.RecordDone(KeyOf(step), step.natural_key, step.new_id, "adopted", {}, {});
  }
  if (!noted.ok()) return noted.error();
  return StepResult{Outcome::kAdopted, step.new_id, step.reason};
}

// It stays what it is, and what refers to it finds it.
Result<StepResult> StepRunner::Conflict(const Step& step) {
  if (HasDefinition(*step.kind)) shop_.ids.Set(step.kind->name, step.id, step.new_id);
  return StepResult{Outcome::kConflict, step.new_id, step.reason};
}

StepRunner::Made StepRunner::MakeBody(const Step& step, bool first_of_two) {
  const auto failed = [](std::string reason) { return Made{std::nullopt, {Outcome::kFailed, {}, std::move(reason)}}; };
  auto text = shop_.archive.read(shop_.archive.objects[step.object].row);
  if (!text.ok()) return failed(text.error().message());
  auto document = json::Document::Parse(std::move(*text));
  if (!document.ok()) return failed(document.error().message());
  // In the first of two passes, members of its circle may still be to come.
  const objects::Resolver& there =
      first_of_two ? static_cast<const objects::Resolver&>(shop_.ids) : shop_.ids.existing();
  auto whole = objects::Prepare(*step.kind, *document, there, {.stay_on = &step.stay_on});
  if (!whole.ok()) return failed(whole.error().message());
  if (!whole->blockers.empty()) {
    const objects::Blocker& blocker = whole->blockers.front();
    return {std::nullopt,
            {Outcome::kBlocked,
             {},
             "needs " + KindWords(blocker.target) + " " + blocker.id + ", which could not be restored"}};
  }
  Body body;
  for (const FieldEdit& edit : whole->edits) {
    if (edit.why == FieldEdit::Why::kDropped) body.dropped.push_back(edit.path);
    if (edit.why == FieldEdit::Why::kHeldBack) body.held_back.push_back(edit.path);
  }
  body.text = std::move(whole->body);
  if (auto print = objects::FingerprintOf(*step.kind, body.text); print.ok()) body.fingerprint = std::move(*print);
  const json::Node id = objects::Follow(document->root(), step.kind->id);
  body.numeric_id = id && id.type() == json::Type::kNumber;
  if (first_of_two) {
    auto first = objects::Prepare(*step.kind, *document, shop_.ids.existing(), {.first_of_two = true});
    if (!first.ok()) return failed(first.error().message());
    if (!first->blockers.empty()) return failed("needs " + first->blockers.front().target + " before it can be made");
    body.text = std::move(first->body);
  }
  return {std::move(body), {}};
}

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

// Of what was sent, by an earlier restore where this one only finishes it.
std::string StepRunner::FingerprintOf(const Step& step, const Body& body) const {
  if (!body.fingerprint.empty()) return body.fingerprint;
  const auto progress = shop_.journal.Find(KeyOf(step));
  if (!progress) return {};
  return progress->open ? progress->open->fingerprint : progress->written.fingerprint;
}

// From here on it is there, and its id is known. What is left to do is on the disk before it is done.
Result<StepResult> StepRunner::Finish(const Step& step, const std::string& new_id, const std::string& how,
                                      std::vector<std::string> follow, const Body& body, int64_t not_before_ms,
                                      std::stop_token stop) {
  shop_.owned.Add(step.kind->name, step.natural_key, new_id);
  shop_.ids.Set(step.kind->name, step.id, new_id);
  const Outcome outcome = step.op == Op::kFinish ? Outcome::kFinished : Outcome::kCreated;
  const Written written = WrittenBy(step, FingerprintOf(step, body));
  while (true) {
    std::vector<std::string> left = follow;
    if (step.first_of_two) left.push_back(kComplete);
    const Status noted = left.empty()
                             ? shop_.journal.RecordDone(KeyOf(step), step.natural_key, new_id, how, body.dropped,
                                                        body.held_back, written)
                             : shop_.journal.RecordMade(KeyOf(step), step.natural_key, new_id, how, left, written);
    if (!noted.ok()) return noted.error();
    if (follow.empty()) return StepResult{outcome, new_id, {}};
    const int64_t early_ms = not_before_ms - shop_.clock.NowMs();
    if (early_ms > 0 && !shop_.clock.SleepMs(early_ms, stop)) {
      return StepResult{Outcome::kInterrupted, new_id, "made as " + new_id + ", but not yet done: " + follow.front()};
    }
    if (Status done = Follow(step, follow.front(), new_id); !done.ok()) {
      const bool interrupted = done.error().code() == ErrorCode::kInterrupted;
      return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, new_id,
                        "made as " + new_id + ", but not yet done: " + follow.front() + ": " + done.error().message()};
    }
    follow.erase(follow.begin());
  }
}

// Not to be stopped, not even in a pause: what it switches off runs and costs meanwhile.
Status StepRunner::Follow(const Step& step, const std::string& what, const std::string& new_id) {
  const std::string_view path = what == "stop" ? step.kind->stop_path : what == "pin" ? step.kind->pin_path : "";
  if (path.empty()) return {};
  const std::string body = json::Writer().BeginObject().Member(step.kind->id, new_id).EndObject().Take();
  auto answer = shop_.client.Call(*step.kind, "POST", path, new_id, body, Effect::kIdempotent, {});
  if (!answer.ok()) return std::move(answer).error();
  return {};
}

// An install adds to what is there: a second one of the same libraries changes nothing.
Result<StepResult> StepRunner::Install(const Step& step, const Body& body, std::stop_token stop) {
  const auto cluster = shop_.ids.ResolveExisting("cluster", step.id);
  auto answer = shop_.client.Call(*step.kind, step.kind->create.method, step.kind->create.path, step.id, body.text,
                                  Effect::kIdempotent, stop);
  if (!answer.ok()) {
    const bool interrupted = answer.error().code() == ErrorCode::kInterrupted;
    return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, {}, answer.error().message()};
  }
  const std::string new_id = cluster.value_or(step.id);
  const Status noted = shop_.journal.RecordDone(KeyOf(step), step.natural_key, new_id, "created", body.dropped,
                                                body.held_back, WrittenBy(step, body.fingerprint));
  if (!noted.ok()) return noted.error();
  return StepResult{Outcome::kCreated, new_id, {}};
}

Status StepRunner::SendUpdate(const Step& step, const Body& body, const std::string& new_id, std::stop_token stop) {
  return shop_.client.Update(*step.kind, step.kind->update, new_id, body.text, body.numeric_id, stop);
}

Result<StepResult> StepRunner::Update(const Step& step, std::stop_token stop) {
  Made made = MakeBody(step, false);
  if (!made.body) {
    return made.result.outcome == Outcome::kBlocked ? Block(step, made.result.reason) : made.result;
  }
  if (Status sent = SendUpdate(step, *made.body, step.new_id, stop); !sent.ok()) {
    const bool interrupted = sent.error().code() == ErrorCode::kInterrupted;
    return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, step.new_id, sent.error().message()};
  }
  const Status noted =
      shop_.journal.RecordDone(KeyOf(step), step.natural_key, step.new_id, "updated", made.body->dropped,
                               made.body->held_back, WrittenBy(step, made.body->fingerprint));
  if (!noted.ok()) return noted.error();
  return StepResult{Outcome::kUpdated, step.new_id, {}};
}

Result<StepResult> StepRunner::Complete(const Step& step, std::stop_token stop) {
  const auto new_id = shop_.ids.ResolveExisting(step.kind->name, step.id);
  if (!new_id) return StepResult{};  // the first pass has said why
  Made made = MakeBody(step, false);
  if (!made.body) {
    made.result.reason = MadeWithout(*step.kind) + made.result.reason;
    made.result.new_id = *new_id;
    return made.result;
  }
  if (Status sent = SendUpdate(step, *made.body, *new_id, stop); !sent.ok()) {
    const bool interrupted = sent.error().code() == ErrorCode::kInterrupted;
    return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, *new_id,
                      MadeWithout(*step.kind) + sent.error().message()};
  }
  // What the first pass has noted holds for both, but for what it is now.
  Written written;
  if (const auto progress = shop_.journal.Find(KeyOf(step))) written = progress->written;
  written.fingerprint = made.body->fingerprint;
  const Status noted = shop_.journal.RecordDone(KeyOf(step), step.natural_key, *new_id, "created", made.body->dropped,
                                                made.body->held_back, written);
  if (!noted.ok()) return noted.error();
  return StepResult{Outcome::kNothing, *new_id, {}};
}

Result<StepResult> StepRunner::Reconcile(const Step& step, std::stop_token stop) {
  const auto progress = shop_.journal.Find(KeyOf(step));
  Made made = MakeBody(step, step.first_of_two);
  if (!progress || !progress->open || !made.body) return StepResult{};
  const LostCreate lost{step.kind, step.natural_key, made.body->text, progress->open->known_ids};
  auto found = FindLostCreate(shop_.client, shop_.clock, lost, shop_.owned, 0, stop);
  if (!found.ok() || found->size() != 1) return StepResult{};
  const int64_t settled_ms = SettledMs(*progress->open, shop_.clock.NowMs());
  return Finish(step, found->front(), "found", step.follow, *made.body, settled_ms, stop);
}

Result<std::string> StepRunner::BodyOf(const Step& step) {
  Made made = MakeBody(step, false);
  if (!made.body) return Error(ErrorCode::kFailed, made.result.reason);
  return std::move(made.body->text);
}

}  // namespace dbxark::restore
