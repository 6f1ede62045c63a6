// The steps of what lies in trees: folders, notebooks, files. A path is a key that no two have, so that a lost answer
// is answered by looking.
#include "json/document.h"
#include "objects/registry.h"
#include "restore/step_runner.h"
#include "restore/tree_facts.h"
#include "restore/written.h"

namespace dbxark::restore {
namespace {

constexpr int kPutAttempts = 3;

}  // namespace

Result<StepResult> StepRunner::CreateNode(const Step& step, std::stop_token stop) {
  const ObjectKey key{std::string(step.kind->name), step.id};
  if (step.kind == &objects::kDirectory) {
    const Status made = shop_.writer.MakeFolder(step.natural_key, stop);
    if (made.ok()) {
      // So that a folder of ours can be told from one that was there.
      const Status noted = shop_.journal.RecordDone(key, step.natural_key, {}, "created", {}, {}, WrittenBy(step, {}));
      if (!noted.ok()) return noted.error();
      return StepResult{Outcome::kCreated, {}, {}};
    }
    const bool interrupted = made.error().code() == ErrorCode::kInterrupted;
    return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, {}, made.error().message()};
  }
  // Only an upload in pieces can leave a torso behind.
  if (step.kind == &objects::kDbfsFile) {
    const Status noted = shop_.journal.RecordIntended(
        key, {step.op == Op::kUpdate ? "update" : "create", step.natural_key, shop_.clock.NowMs(), {}, {}, {}});
    if (!noted.ok()) return noted.error();
  }
  if (step.make_parent) {
    if (const Status made = shop_.writer.MakeFolder(ParentOf(step.natural_key), stop); !made.ok()) {
      const bool interrupted = made.error().code() == ErrorCode::kInterrupted;
      return StepResult{interrupted ? Outcome::kInterrupted : Outcome::kFailed, {}, made.error().message()};
    }
  }
  bool overwrite = step.overwrite || step.op == Op::kUpdate;
  for (int attempt = 1;; ++attempt) {
    Status put = PutContent(step, overwrite, stop);
    if (!put.ok()) {
      auto after = AfterPut(step, std::move(put).error(), stop);
      if (!after.ok()) return after;
      if (after->outcome == Outcome::kNothing && attempt < kPutAttempts) {
        overwrite = overwrite || step.kind == &objects::kDbfsFile;
        continue;
      }
      if (after->outcome == Outcome::kNothing) after->outcome = Outcome::kFailed;
      if (after->outcome != Outcome::kCreated) return after;
    }
    const bool update = step.op == Op::kUpdate;
    auto print = ArchivedFingerprint(shop_.archive, shop_.archive.objects[step.object]);
    const Written written = WrittenBy(step, print.ok() ? std::move(*print) : std::string());
    const Status noted =
        shop_.journal.RecordDone(key, step.natural_key, {}, update ? "updated" : "created", {}, {}, written);
    if (!noted.ok()) return noted.error();
    return StepResult{update ? Outcome::kUpdated : Outcome::kCreated, {}, {}};
  }
}

Status StepRunner::PutContent(const Step& step, bool overwrite, std::stop_token stop) {
  const format::Row& row = shop_.archive.objects[step.object].row;
  auto body = shop_.archive.read_content(row);
  if (!body.ok()) return std::move(body).error();
  if (step.kind == &objects::kNotebook) {
    return shop_.writer.PutNotebook(step.natural_key, LanguageOf(row), FormatOf(row), *body, overwrite, stop);
  }
  if (step.kind == &objects::kWorkspaceFile) {
    return shop_.writer.PutWorkspaceFile(step.natural_key, *body, overwrite, stop);
  }
  return shop_.writer.PutDbfs(step.natural_key, *body, overwrite, stop);
}

// kCreated: it is there after all. kNothing: it may be tried again.
Result<StepResult> StepRunner::AfterPut(const Step& step, Error error, std::stop_token stop) {
  if (error.code() == ErrorCode::kInterrupted) return StepResult{Outcome::kInterrupted, {}, error.message()};
  if (error.code() != ErrorCode::kOutcomeUnknown && error.code() != ErrorCode::kAlreadyExists) {
    return StepResult{Outcome::kFailed, {}, WhyUnread(error)};
  }
  auto same = SameContent(step, stop);
  if (same.ok() && *same) return StepResult{Outcome::kCreated, {}, {}};
  if (!same.ok() && same.error().code() == ErrorCode::kInterrupted) {
    return StepResult{Outcome::kInterrupted, {}, error.message()};
  }
  const bool absent = !same.ok() && same.error().code() == ErrorCode::kNotFound;
  const bool torso = step.kind == &objects::kDbfsFile && error.code() == ErrorCode::kOutcomeUnknown;
  const bool again = error.code() == ErrorCode::kOutcomeUnknown && (absent || torso || step.op == Op::kUpdate);
  return StepResult{again ? Outcome::kNothing : Outcome::kFailed, {}, error.message()};
}

Result<bool> StepRunner::SameContent(const Step& step, std::stop_token stop) {
  const ArchivedObject& object = shop_.archive.objects[step.object];
  const workspace::ContentRequest request = RequestFor(object);
  Result<bool> same = false;
  shop_.content.Fetch(
      std::span(&request, 1),
      [&](size_t, Result<dbxark::Body> body) {
        if (body.ok()) {
          same = IsArchivedContent(shop_.archive, object, *body);
        } else {
          same = std::move(body).error();
        }
      },
      stop);
  return same;
}

}  // namespace dbxark::restore
