// The steps that take something away: looked at once more, so that what somebody changed after the plan was made stays.
#include "json/document.h"
#include "json/writer.h"
#include "objects/fingerprint.h"
#include "objects/registry.h"
#include "restore/step_runner.h"
#include "restore/tree_facts.h"
#include "restore/vanished.h"

namespace dbxark::restore {
namespace {

using http::Effect;

constexpr char kChanged[] = "changed in the target since the plan was made: stays";

StepResult Ended(const Error& error) {
  const bool interrupted = error.code() == ErrorCode::kInterrupted;
  return {interrupted ? Outcome::kInterrupted : Outcome::kFailed, {}, error.message()};
}

}  // namespace

Result<StepResult> StepRunner::Remove(const Step& step, std::stop_token stop) {
  auto removed = HasDefinition(*step.kind) ? RemoveObject(step, stop) : RemoveNode(step, stop);
  if (!removed.ok() || removed->outcome != Outcome::kRemoved) return removed;
  const Status noted = shop_.journal.RecordRemoved({std::string(step.kind->name), step.id}, step.natural_key);
  if (!noted.ok()) return noted.error();
  return removed;
}

// Repeating it does no harm; what is not there any more is as good as removed. Requests that change something go to
// their end.
Result<StepResult> StepRunner::RemoveObject(const Step& step, std::stop_token stop) {
  const objects::ObjectDescriptor& kind = *step.kind;
  const StepResult gone{Outcome::kRemoved, step.new_id, {}};
  auto there = shop_.client.Read(kind, step.new_id, stop);
  if (!there.ok()) return there.error().code() == ErrorCode::kNotFound ? gone : Ended(there.error());
  auto print = objects::FingerprintOfDefinition(kind, *there);
  if (!print.ok()) return Ended(print.error());
  if (*print != step.fingerprint) return StepResult{Outcome::kConflict, step.new_id, kChanged};
  auto document = json::Document::Parse(std::move(*there));
  if (!document.ok()) return Ended(document.error());
  const json::Node id = objects::Follow(document->root(), kind.id);
  const std::string id_text = id ? std::string(id.raw()) : json::Quote(step.new_id);
  const std::string body = json::Writer().BeginObject().Key(kind.id).Raw(id_text).EndObject().Take();
  if (!kind.unpin_path.empty()) {
    auto unpinned = shop_.client.Call(kind, "POST", kind.unpin_path, step.new_id, body, Effect::kIdempotent, {});
    if (!unpinned.ok()) return Ended(unpinned.error());
  }
  const bool in_path = kind.remove.path.find("{id}") != std::string_view::npos;
  auto answer = shop_.client.Call(kind, kind.remove.method, kind.remove.path, step.new_id, in_path ? "" : body,
                                  Effect::kIdempotent, {});
  if (answer.ok()) return gone;
  // Of a request whose answer was lost, a second one may well find nothing.
  auto still = shop_.client.Read(kind, step.new_id, {});
  if (!still.ok() && still.error().code() == ErrorCode::kNotFound) return gone;
  return Ended(answer.error());
}

Result<StepResult> StepRunner::RemoveNode(const Step& step, std::stop_token stop) {
  if (step.kind != &objects::kDirectory) {
    const auto there = ContentThere(step, stop);
    if (!there.ok()) {
      // Gone already: what is left is to note it.
      if (there.error().code() != ErrorCode::kNotFound) return Ended(there.error());
    } else if (*there != step.fingerprint) {
      return StepResult{Outcome::kConflict, {}, kChanged};
    }
  }
  const Status removed = IsInTree(*step.kind) ? shop_.writer.RemoveNode(step.natural_key, {})
                                              : shop_.writer.RemoveDbfs(step.natural_key, {});
  if (!removed.ok()) return Ended(removed.error());
  return StepResult{Outcome::kRemoved, {}, {}};
}

Result<std::string> StepRunner::ContentThere(const Step& step, std::stop_token stop) {
  const Vanished vanished{step.kind, step.id, step.natural_key, step.natural_key, {step.fingerprint}, true};
  const workspace::ContentRequest request = RequestFor(vanished);
  Result<std::string> print = std::string();
  shop_.content.Fetch(
      std::span(&request, 1),
      [&](size_t, Result<dbxark::Body> body) {
        print = body.ok() ? FingerprintOfContent(request.kind, request.format, *body)
                          : Result<std::string>(std::move(body).error());
      },
      stop);
  return print;
}

}  // namespace dbxark::restore
