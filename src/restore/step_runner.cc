#include "restore/step_runner.h"

#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "objects/fingerprint.h"
#include "objects/registry.h"
#include "restore/tree_facts.h"
#include "restore/written.h"

namespace dbxark::restore {
namespace {

using http::Effect;
using objects::FieldEdit;

constexpr char kComplete[] = "complete";

// For a first pass that the second did not follow.
std::string MadeWithout(const objects::ObjectDescriptor& kind) {
  std::string text = "made without its ";
  for (const objects::CycleMember& cycle : kind.cycle_members) {
    if (&cycle != &kind.cycle_members.front()) text += " and ";
    text += cycle.member;
  }
  return text + ": ";
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
  if (!text.ok()) return failed(WhyUnread(text.error()));
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
