#include "restore/saved_plan.h"

#include "objects/registry.h"
#include "restore/plan_text.h"
#include "support/catch.h"

using namespace dbxark;
using restore::ChangesSince;
using restore::Op;
using restore::Plan;
using restore::Progress;
using restore::ProgressMap;
using restore::Step;

namespace {

Step StepOf(const objects::ObjectDescriptor& kind, Op op, const std::string& name) {
  Step step;
  step.kind = &kind;
  step.op = op;
  step.id = "id of " + name;
  step.natural_key = name;
  return step;
}

// A cluster, and a job that runs on it.
Plan Small() {
  Plan plan;
  plan.archive_id = "a";
  plan.target_workspace_id = "222";
  plan.steps.push_back(StepOf(objects::kCluster, Op::kCreate, "etl"));
  plan.steps.push_back(StepOf(objects::kJob, Op::kCreate, "load"));
  plan.steps[1].needs = {0};
  plan.steps[1].edits.push_back(
      {objects::FieldEdit::Why::kMapped, "settings.tasks[0].existing_cluster_id", "\"c\"", "\"(new) etl\"", "cluster"});
  return plan;
}

std::vector<std::string> Changes(const Plan& then, const Plan& now, const ProgressMap& progress = {}) {
  auto changes = ChangesSince(restore::PlanJson(then), now, progress);
  REQUIRE(changes.ok());
  return *changes;
}

}  // namespace

TEST_CASE("a plan that would be made again has not changed") { CHECK(Changes(Small(), Small()).empty()); }

TEST_CASE("what the target has become since is said, step by step") {
  Plan now = Small();
  now.steps[0].op = Op::kAdopt;
  now.steps[0].new_id = "0123";
  CHECK(Changes(Small(), now) == std::vector<std::string>{"cluster etl: planned create; now adopt"});
  now = Small();
  now.steps[1].op = Op::kBlocked;
  now.steps[1].reason = "the target has another of this name";
  CHECK(Changes(Small(), now) ==
        std::vector<std::string>{"job load: planned create; now blocked (the target has another of this name)"});
  now = Small();
  now.steps[1].edits[0].why = objects::FieldEdit::Why::kDropped;
  CHECK(Changes(Small(), now) == std::vector<std::string>{"job load: create, with other fields"});
  now = Small();
  now.steps.pop_back();
  CHECK(Changes(Small(), now) == std::vector<std::string>{"job load: planned create; now nothing"});
  CHECK(Changes(now, Small()) == std::vector<std::string>{"job load: not in the plan; now create"});
  // The two of an object in two passes are two.
  now = Small();
  now.steps.push_back(StepOf(objects::kJob, Op::kComplete, "load"));
  CHECK(Changes(Small(), now) == std::vector<std::string>{"job load: not in the plan; now complete"});
}

TEST_CASE("a plan that was carried out in part is still the same plan") {
  Plan now = Small();
  now.steps[0].op = Op::kAdopt;
  now.steps[0].new_id = "0123";
  now.steps[1].edits[0].new_value = "\"0123\"";
  ProgressMap progress;
  Progress& made = progress[{"cluster", "id of etl"}];
  made.new_id = "0123";
  made.how = "created";
  made.done = true;
  CHECK(Changes(Small(), now, progress).empty());
  // Found there is not made.
  made.how = "adopted";
  CHECK(Changes(Small(), now, progress).size() == 1);
}

TEST_CASE("what was to be made in a tree and is there with the same content is no change") {
  Plan then = Small(), now = Small();
  then.steps.push_back(StepOf(objects::kNotebook, Op::kCreate, "/Shared/load"));
  now.steps.push_back(StepOf(objects::kNotebook, Op::kAdopt, "/Shared/load"));
  CHECK(Changes(then, now).empty());
  now.steps.back().op = Op::kSkip;
  now.steps.back().reason = "is there with other content";
  CHECK(Changes(then, now) ==
        std::vector<std::string>{"notebook /Shared/load: planned create; now skip (is there with other content)"});
}

TEST_CASE("a plan of something else is refused, and what is no plan too") {
  Plan other = Small();
  other.archive_id = "b";
  CHECK(ChangesSince(restore::PlanJson(other), Small(), {}).error().code() == ErrorCode::kAlreadyExists);
  other = Small();
  other.target_workspace_id = "333";
  CHECK(ChangesSince(restore::PlanJson(other), Small(), {}).error().code() == ErrorCode::kAlreadyExists);
  for (const char* text : {"", "{", "[]", "{}", R"({"schema":"dbxark.plan.v1"})", R"({"schema":"x","steps":[]})"}) {
    INFO(text);
    CHECK(ChangesSince(text, Small(), {}).error().code() == ErrorCode::kFailed);
  }
}
