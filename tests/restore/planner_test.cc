// Plan = f(archive, target, journal, options), without a workspace.
#include "restore/planner.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "objects/registry.h"
#include "restore/plan_text.h"
#include "support/catch.h"

using namespace dbxark;
using objects::ObjectDescriptor;
using restore::OnConflict;
using restore::Op;
using restore::Step;

namespace {

// An archive, a target and a journal, said line by line.
class Scene {
 public:
  Scene() {
    archive_.workspace_id = "111";
    archive_.read = [this](const format::Row& row) { return Result<std::string>(bytes_.at(row.kind + "/" + row.id)); };
  }

  void Archived(const ObjectDescriptor& kind, const std::string& definition, const std::string& info = {}) {
    auto document = json::Document::Parse(definition);
    REQUIRE(document.ok());
    format::Row row;
    row.kind = kind.name;
    row.id = objects::IdOf(kind, document->root());
    row.natural_key = objects::NaturalKeyOf(kind, document->root());
    row.info = info;
    Add(kind, row, definition);
  }
  void ArchivedNode(const ObjectDescriptor& kind, const std::string& path, const std::string& content = {}) {
    format::Row row;
    row.kind = kind.name;
    row.id = "id of " + path;
    row.natural_key = path;
    row.sha256_hex = ToHex(Sha256Of(content));
    Add(kind, row, content);
  }
  void There(const ObjectDescriptor& kind, const std::string& definition) {
    auto document = json::Document::Parse(definition);
    REQUIRE(document.ok());
    target.objects[std::string(kind.name)].push_back({objects::IdOf(kind, document->root()),
                                                      objects::NaturalKeyOf(kind, document->root()),
                                                      definition,
                                                      true,
                                                      false,
                                                      {}});
  }

  const restore::Plan& Make() {
    const size_t count = archive_.objects.size();
    auto graph = restore::ObjectGraph::Build(archive_, {});
    REQUIRE(graph.ok());
    std::vector<bool> asked(count), refused(count);
    for (size_t i = 0; i < count; ++i) {
      const std::string key = archive_.objects[i].row.kind + ":" + archive_.objects[i].row.natural_key;
      refused[i] = key == exclude;
      asked[i] = !refused[i] && (include.empty() || key == include);
    }
    auto made = restore::BuildPlan(
        {archive_, *graph, target, progress, counterparts, asked, graph->Closure(asked), refused}, options, ids, {});
    INFO((made.ok() ? "" : made.error().message()));
    REQUIRE(made.ok());
    plan = std::move(*made);
    return plan;
  }
  const Step& StepOf(const std::string& kind, const std::string& id) const {
    for (const Step& step : plan.steps) {
      if (step.kind->name == kind && step.id == id) return step;
    }
    FAIL("no step for " << kind << " " << id);
    return plan.steps.front();
  }

  restore::TargetInventory target;
  restore::ProgressMap progress;
  std::map<restore::ObjectKey, std::string> counterparts;
  restore::PlanOptions options;
  restore::IdMap ids;
  restore::Plan plan;
  std::string include, exclude;

 private:
  void Add(const ObjectDescriptor& kind, format::Row row, const std::string& bytes) {
    bytes_[row.kind + "/" + row.id] = bytes;
    archive_.objects.push_back({&kind, std::move(row)});
  }
  restore::ArchivedWorkspace archive_;
  std::map<std::string, std::string> bytes_;
};

std::string Job(int id, const std::string& name, const std::string& more = {}) {
  return R"({"job_id":)" + std::to_string(id) + R"(,"settings":{"name":")" + name + "\"" + more + "}}";
}
std::string Calls(int id) {
  return R"(,"tasks":[{"task_key":"a","run_job_task":{"job_id":)" + std::to_string(id) + "}}]";
}
std::string Cluster(const std::string& id, const std::string& name, const std::string& more = {}) {
  return R"({"cluster_id":")" + id + R"(","cluster_source":"UI","cluster_name":")" + name + "\"" + more + "}";
}
std::string RunsOn(const std::string& cluster) {
  return R"(,"tasks":[{"task_key":"a","existing_cluster_id":")" + cluster + "\"}]";
}

}  // namespace

TEST_CASE("what is needed comes first") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "a", RunsOn("c")));
  scene.Archived(objects::kCluster, Cluster("c", "shared", R"(,"policy_id":"p")"));
  scene.Archived(objects::kClusterPolicy,
                 R"({"policy_id":"p","name":"pol","definition":"{\"instance_pool_id\":{\"value\":\"x\"}}"})");
  scene.Archived(objects::kInstancePool, R"({"instance_pool_id":"x","instance_pool_name":"pool"})");
  scene.ArchivedNode(objects::kNotebook, "/Shared/a/n");
  scene.ArchivedNode(objects::kDirectory, "/Shared/a");
  std::vector<std::string> order;
  for (const Step& step : scene.Make().steps) {
    CHECK(step.op == Op::kCreate);
    order.emplace_back(step.kind->name);
    for (const size_t need : step.needs) CHECK(need < order.size() - 1);
  }
  CHECK(order ==
        std::vector<std::string>{"directory", "notebook", "instance_pool", "cluster_policy", "cluster", "job"});
  CHECK(scene.StepOf("cluster", "c").follow == std::vector<std::string>{"stop", "pin"});
}

TEST_CASE("a cluster is pinned where it was, or where a job needs it") {
  Scene scene;
  scene.Archived(objects::kCluster, Cluster("c", "loose"));
  scene.Archived(objects::kCluster, Cluster("d", "pinned"), R"({"pinned":true})");
  scene.Make();
  CHECK(scene.StepOf("cluster", "c").follow == std::vector<std::string>{"stop"});
  CHECK(scene.StepOf("cluster", "d").follow == std::vector<std::string>{"stop", "pin"});
}

TEST_CASE("a missing reference blocks its object, and what needs that") {
  Scene scene;
  scene.Archived(objects::kCluster, Cluster("c", "shared", R"(,"policy_id":"gone")"));
  scene.Archived(objects::kJob, Job(1, "a", RunsOn("c")));
  scene.Archived(objects::kJob, Job(2, "b", Calls(1)));
  scene.Make();
  CHECK(scene.StepOf("cluster", "c").reason == "needs cluster policy gone: not in the archive, not in the target");
  CHECK(scene.StepOf("job", "1").reason == "needs cluster c: which cannot be restored itself");
  CHECK(scene.StepOf("job", "2").op == Op::kBlocked);
  CHECK(scene.plan.ChangesNothing());
}

TEST_CASE("a job that needs a kind that is not handled is blocked; an optional one is dropped and listed") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "a", R"(,"tasks":[{"task_key":"a","sql_task":{"warehouse_id":"77aa"}}])"));
  scene.Archived(objects::kJob, Job(2, "b", R"(,"webhook_notifications":{"on_failure":[{"id":"dest"}]})"));
  scene.Make();
  CHECK(scene.StepOf("job", "1").reason == "needs warehouse 77aa: this version does not restore that kind");
  const Step& kept = scene.StepOf("job", "2");
  CHECK(kept.op == Op::kCreate);
  CHECK(std::any_of(kept.edits.begin(), kept.edits.end(),
                    [](const objects::FieldEdit& edit) { return edit.why == objects::FieldEdit::Why::kDropped; }));
}

TEST_CASE("jobs in a circle are made in two passes; a blocked one blocks the circle") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "ping", Calls(2)));
  scene.Archived(objects::kJob, Job(2, "pong", Calls(1)));
  scene.Archived(objects::kJob, Job(3, "self", Calls(3)));
  scene.Make();
  CHECK(scene.plan.Count(Op::kCreate) == 3);
  CHECK(scene.plan.Count(Op::kComplete) == 3);
  CHECK(scene.StepOf("job", "1").first_of_two);

  Scene blocked;
  blocked.Archived(objects::kJob, Job(1, "ping", Calls(2)));
  blocked.Archived(objects::kJob, Job(2, "pong",
                                      R"(,"tasks":[{"task_key":"a","run_job_task":{"job_id":1}},)"
                                      R"({"task_key":"b","existing_cluster_id":"gone"}])"));
  blocked.Make();
  CHECK(blocked.plan.Count(Op::kBlocked) == 2);
}

TEST_CASE("a circle that is there is found again, also where several in it have one name") {
  for (const bool whole : {true, false}) {
    Scene scene;
    scene.Archived(objects::kJob, Job(1, "ring", Calls(3)));
    scene.Archived(objects::kJob, Job(2, "ring", Calls(1)));
    scene.Archived(objects::kJob, Job(3, "ring's third", Calls(2)));
    scene.There(objects::kJob, Job(700, "ring", Calls(800)));
    scene.There(objects::kJob, Job(800, "ring", Calls(whole ? 900 : 800)));
    scene.There(objects::kJob, Job(900, "ring's third", Calls(700)));
    scene.options.twins = restore::Twins::kCreate;
    scene.Make();
    CHECK(scene.plan.Count(Op::kAdopt) == (whole ? 3 : 0));
    CHECK(scene.plan.Count(Op::kCreate) == (whole ? 0 : 3));
    if (whole) CHECK(scene.StepOf("job", "1").new_id == "800");
    if (whole) CHECK(scene.StepOf("job", "2").new_id == "700");
  }
  // Of many that are called alike, not every combination is tried.
  Scene many;
  for (int i = 1; i <= 8; ++i) many.Archived(objects::kJob, Job(i, "same", Calls(i % 8 + 1)));
  for (int i = 1; i <= 8; ++i) many.There(objects::kJob, Job(100 + i, "same", Calls(1)));
  many.Make();
  CHECK(many.plan.Count(Op::kBlocked) == 8);
}

TEST_CASE("two of one name stay two, and an equal one that is there is adopted once") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "twin", R"(,"timeout_seconds":5)"));
  scene.Archived(objects::kJob, Job(2, "twin", R"(,"timeout_seconds":5)"));
  scene.There(objects::kJob, Job(900, "twin", R"(,"timeout_seconds":5)"));
  scene.Make();
  CHECK(scene.plan.Count(Op::kAdopt) == 1);
  CHECK(scene.plan.Count(Op::kCreate) == 1);
}

TEST_CASE("where names are unique, only one of one name is made, whatever an old workspace had") {
  const auto pool = [](const std::string& id, const std::string& name, int capacity) {
    return R"({"instance_pool_id":")" + id + R"(","instance_pool_name":")" + name +
           R"(","node_type_id":"i3.xlarge","enable_elastic_disk":true,"max_capacity":)" + std::to_string(capacity) +
           "}";
  };
  enum class Before { kNothing, kOneOfThatName, kTheSecond };
  for (const Before before : {Before::kNothing, Before::kOneOfThatName, Before::kTheSecond}) {
    Scene scene;
    scene.Archived(objects::kInstancePool, pool("a", "twin", 1));
    scene.Archived(objects::kInstancePool, pool("b", "twin", 2));
    scene.Archived(objects::kCluster, Cluster("on a", "1", R"(,"instance_pool_id":"a")"));
    scene.Archived(objects::kCluster, Cluster("on b", "2", R"(,"instance_pool_id":"b")"));
    if (before != Before::kNothing) scene.There(objects::kInstancePool, pool("q", "twin", 1));
    if (before == Before::kTheSecond) {
      scene.progress[{"instance_pool", "b"}].new_id = "q";
      scene.progress[{"instance_pool", "b"}].done = true;
    }
    scene.Make();
    // Nobody moves from one pool to another in silence.
    const std::string one = before == Before::kTheSecond ? "b" : "a", other = one == "a" ? "b" : "a";
    CHECK(scene.StepOf("instance_pool", one).op == (before == Before::kNothing ? Op::kCreate : Op::kAdopt));
    CHECK(scene.StepOf("instance_pool", other).op == Op::kBlocked);
    CHECK(scene.StepOf("instance_pool", other).reason ==
          "names are unique, and instance pool " + one + " has the same");
    CHECK(scene.StepOf("cluster", "on " + one).op == Op::kCreate);
    CHECK(scene.StepOf("cluster", "on " + other).op == Op::kBlocked);
  }
  Scene rest;
  rest.Archived(objects::kClusterPolicy, R"({"policy_id":"a","name":"pol","definition":"{}"})");
  rest.Archived(objects::kClusterPolicy, R"({"policy_id":"b","name":"pol","definition":"{ }"})");
  rest.Archived(objects::kClusterPolicy, R"({"policy_id":"c","definition":"{}"})");
  rest.Make();
  CHECK(rest.StepOf("cluster_policy", "a").op == Op::kCreate);
  CHECK(rest.StepOf("cluster_policy", "b").op == Op::kBlocked);
  CHECK(rest.StepOf("cluster_policy", "c").op == Op::kBlocked);
  CHECK(rest.StepOf("cluster_policy", "c").reason == "has no name, and none can be made without");
}

TEST_CASE("another job of the same name is neither taken nor doubled by chance") {
  const auto plan = [](restore::Twins twins, size_t archived, size_t there) {
    Scene scene;
    scene.options.twins = twins;
    for (size_t i = 1; i <= archived; ++i) {
      const int number = static_cast<int>(i);
      scene.Archived(objects::kJob, Job(number, "load", R"(,"timeout_seconds":)" + std::to_string(number)));
    }
    for (size_t i = 0; i < there; ++i) {
      const int number = 900 + static_cast<int>(i);
      scene.There(objects::kJob, Job(number, "load", R"(,"timeout_seconds":)" + std::to_string(number)));
    }
    scene.Make();
    return scene.StepOf("job", "1");
  };
  const Step stopped = plan(restore::Twins::kStop, 1, 1);
  CHECK(stopped.op == Op::kBlocked);
  CHECK(stopped.reason ==
        "the target has another of this name, not equal: --adopt-by-name takes it, --create-anyway makes one beside");
  CHECK(plan(restore::Twins::kStop, 1, 2).reason.starts_with("the target has 2 others of this name, not equal"));

  const Step made = plan(restore::Twins::kCreate, 1, 1);
  CHECK(made.op == Op::kCreate);
  CHECK(made.reason == "the target has another of this name");
  CHECK(made.same_name_ids == std::vector<std::string>{"900"});

  const Step taken = plan(restore::Twins::kAdopt, 1, 1);
  CHECK(taken.op == Op::kAdopt);
  CHECK(taken.new_id == "900");
  REQUIRE(taken.differences.size() == 1);
  CHECK(taken.differences[0].path == "timeout_seconds");
  // Which of them, nobody can tell.
  const Step rivals = plan(restore::Twins::kAdopt, 2, 1), several = plan(restore::Twins::kAdopt, 1, 2);
  CHECK(rivals.op == Op::kBlocked);
  CHECK(rivals.reason ==
        "cannot be told which of its name it is: 2 in the archive, 1 in the target (--create-anyway makes one beside)");
  CHECK(several.op == Op::kBlocked);
  CHECK(several.reason.starts_with("cannot be told which of its name it is: 1 in the archive, 2 in the target"));
}

TEST_CASE("without a journal, jobs of one name are matched as they are, and what is left over stops") {
  Scene scene;
  for (int i = 1; i <= 3; ++i) {
    scene.Archived(objects::kJob, Job(i, "load", R"(,"timeout_seconds":)" + std::to_string(i)));
  }
  // Two came back as they were, in another order; the third has been changed since.
  scene.There(objects::kJob, Job(902, "load", R"(,"timeout_seconds":2)"));
  scene.There(objects::kJob, Job(901, "load", R"(,"timeout_seconds":1)"));
  scene.There(objects::kJob, Job(903, "load", R"(,"timeout_seconds":33)"));
  scene.Make();
  CHECK(scene.StepOf("job", "1").new_id == "901");
  CHECK(scene.StepOf("job", "2").new_id == "902");
  CHECK(scene.StepOf("job", "2").reason == "told from 2 others of its name by its definition");
  CHECK(scene.StepOf("job", "3").op == Op::kBlocked);
}

TEST_CASE("an object's kind may have a rule of its own for what differs") {
  Scene scene;
  scene.options.on_conflict.all = OnConflict::kUpdate;
  scene.options.on_conflict.of_kind["cluster_policy"] = OnConflict::kFail;
  scene.Archived(objects::kClusterPolicy, R"({"policy_id":"p","name":"pol","definition":"{}","description":"old"})");
  scene.There(objects::kClusterPolicy, R"({"policy_id":"q","name":"pol","definition":"{}","description":"new"})");
  scene.Archived(objects::kInstancePool, R"({"instance_pool_id":"i","instance_pool_name":"pool","max_capacity":5})");
  scene.There(objects::kInstancePool, R"({"instance_pool_id":"j","instance_pool_name":"pool","max_capacity":6})");
  scene.Make();
  CHECK(scene.StepOf("cluster_policy", "p").op == Op::kBlocked);
  CHECK(scene.StepOf("instance_pool", "i").op == Op::kUpdate);
}

TEST_CASE("what has no counterpart is left out if that is asked for, and the plan says so") {
  Scene scene;
  scene.options.drop_missing = true;
  scene.Archived(objects::kJob, R"({"job_id":1,"settings":{"name":"load","tasks":[{"task_key":"t",)"
                                R"("existing_cluster_id":"gone","pipeline_task":{"pipeline_id":"p"}}]}})");
  scene.Archived(objects::kClusterLibraries,
                 R"({"cluster_id":"gone","library_statuses":[{"library":{"pypi":{"package":"x"}}}]})");
  scene.Make();
  const Step& job = scene.StepOf("job", "1");
  CHECK(job.op == Op::kCreate);
  std::vector<std::string> dropped;
  for (const objects::FieldEdit& edit : job.edits) {
    if (edit.why == objects::FieldEdit::Why::kDropped) dropped.push_back(edit.path);
  }
  CHECK(dropped == std::vector<std::string>{"settings.tasks[0].existing_cluster_id",
                                            "settings.tasks[0].pipeline_task.pipeline_id"});
  // Libraries are nothing without their cluster.
  CHECK(scene.StepOf("cluster_libraries", "gone").op == Op::kBlocked);
}

TEST_CASE("a policy of the same name is adopted; what differs is shown, updated or refused as asked") {
  const std::string archived = R"({"policy_id":"p","name":"pol","definition":"{}","description":"old"})";
  const std::string there = R"({"policy_id":"q","name":"pol","definition":"{}","description":"new"})";
  for (const OnConflict choice : {OnConflict::kAdopt, OnConflict::kUpdate, OnConflict::kFail}) {
    Scene scene;
    scene.options.on_conflict.all = choice;
    scene.Archived(objects::kClusterPolicy, archived);
    scene.Archived(objects::kCluster, Cluster("c", "shared", R"(,"policy_id":"p")"));
    scene.There(objects::kClusterPolicy, there);
    scene.Make();
    const Step& step = scene.StepOf("cluster_policy", "p");
    CHECK(step.op == (choice == OnConflict::kAdopt    ? Op::kAdopt
                      : choice == OnConflict::kUpdate ? Op::kUpdate
                                                      : Op::kBlocked));
    REQUIRE(step.differences.size() == 1);
    CHECK(step.differences[0].path == "description");
    CHECK(scene.ids.ResolveExisting("cluster_policy", "p") == "q");
  }
}

TEST_CASE("what is only needed is never updated") {
  Scene scene;
  scene.options.on_conflict.all = OnConflict::kUpdate;
  scene.include = "cluster:shared";
  scene.Archived(objects::kClusterPolicy, R"({"policy_id":"p","name":"pol","definition":"{}","description":"old"})");
  scene.Archived(objects::kCluster, Cluster("c", "shared", R"(,"policy_id":"p")"));
  scene.There(objects::kClusterPolicy, R"({"policy_id":"q","name":"pol","definition":"{}","description":"new"})");
  scene.Make();
  const Step& step = scene.StepOf("cluster_policy", "p");
  CHECK(step.op == Op::kAdopt);
  CHECK(step.dependency);
}

TEST_CASE("built-in policies are adopted, and never made") {
  const std::string policy = R"({"policy_id":"p","name":"Personal Compute","is_default":true,"definition":"{}"})";
  Scene absent;
  absent.Archived(objects::kClusterPolicy, policy);
  absent.Make();
  CHECK(absent.StepOf("cluster_policy", "p").op == Op::kSkip);
  Scene present;
  present.Archived(objects::kClusterPolicy, policy);
  present.There(objects::kClusterPolicy,
                R"({"policy_id":"q","name":"Personal Compute","is_default":true,"definition":"{\"a\":1}"})");
  present.Make();
  CHECK(present.StepOf("cluster_policy", "p").op == Op::kAdopt);
  CHECK(present.StepOf("cluster_policy", "p").differences.empty());
}

TEST_CASE("a kind that the target cannot list is blocked: nothing is made blindly") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "a"));
  scene.target.unreadable["job"] = "all jobs: 403 PERMISSION_DENIED";
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kBlocked);
}

TEST_CASE("what cannot be read in the target blocks what may be its counterpart, and nothing else") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "closed"));
  scene.Archived(objects::kJob, Job(2, "open"));
  scene.There(objects::kJob, Job(900, "closed"));
  scene.target.objects["job"][0].unreadable = "403";
  scene.target.objects["job"][0].definition = "{}";
  scene.ArchivedNode(objects::kNotebook, "/Users/bob/n");
  scene.ArchivedNode(objects::kNotebook, "/Shared/n");
  scene.target.closed_folders["/Users"] = "403";
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kBlocked);
  CHECK(scene.StepOf("job", "2").op == Op::kCreate);
  CHECK(scene.StepOf("notebook", "id of /Users/bob/n").op == Op::kBlocked);
  CHECK(scene.StepOf("notebook", "id of /Shared/n").op == Op::kCreate);
}

TEST_CASE("the journal's word counts before names, as long as the object is there") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "renamed", R"(,"timeout_seconds":5)"));
  scene.There(objects::kJob, Job(900, "another name", R"(,"timeout_seconds":5)"));
  restore::Progress& known = scene.progress[{"job", "1"}];
  known.new_id = "900";
  known.how = "created";
  known.done = true;
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kAdopt);
  CHECK(scene.StepOf("job", "1").new_id == "900");

  scene.target.objects.clear();
  scene.ids.Forget("job", "1");
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kCreate);
}

TEST_CASE("what was made and not finished is finished") {
  Scene scene;
  scene.Archived(objects::kCluster, Cluster("c", "shared"));
  scene.There(objects::kCluster, Cluster("new", "shared"));
  restore::Progress& known = scene.progress[{"cluster", "c"}];
  known.new_id = "new";
  known.how = "created";
  known.follow = {"stop", "pin"};
  scene.Make();
  CHECK(scene.StepOf("cluster", "c").op == Op::kFinish);
  CHECK(scene.StepOf("cluster", "c").follow == known.follow);
}

TEST_CASE("after a lost answer, only what was not there before can be the object") {
  Scene scene;
  scene.Archived(objects::kJob, Job(1, "load"));
  scene.There(objects::kJob, Job(900, "load"));
  scene.progress[{"job", "1"}].open = restore::Intention{"create", "load", 0, {"900"}, {}};
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kCreate);
  CHECK(scene.StepOf("job", "1").look_up);

  scene.There(objects::kJob, Job(901, "load"));
  scene.ids.Forget("job", "1");
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kFinish);
  CHECK(scene.StepOf("job", "1").new_id == "901");
}

TEST_CASE("in a tree, equal content is adopted, other content left, and another kind is in the way") {
  Scene scene;
  for (const std::string name : {"same", "differs", "folder", "new"}) {
    scene.ArchivedNode(objects::kNotebook, "/Shared/" + name, "content");
  }
  const std::string digest = ToHex(Sha256Of("content"));
  scene.target.tree["/Shared"] = {"DIRECTORY", {}};
  scene.target.tree["/Shared/same"] = {"NOTEBOOK", digest};
  scene.target.tree["/Shared/differs"] = {"NOTEBOOK", "other"};
  scene.target.tree["/Shared/folder"] = {"DIRECTORY", {}};
  scene.Make();
  const auto op_of = [&](const std::string& name) { return scene.StepOf("notebook", "id of /Shared/" + name).op; };
  CHECK(op_of("same") == Op::kAdopt);
  CHECK(op_of("differs") == Op::kSkip);
  CHECK(op_of("folder") == Op::kBlocked);
  CHECK(op_of("new") == Op::kCreate);
  scene.options.on_conflict.all = OnConflict::kUpdate;
  scene.Make();
  CHECK(op_of("differs") == Op::kUpdate);
}

TEST_CASE("an interrupted upload is done again; a folder that nobody has is made") {
  Scene scene;
  scene.ArchivedNode(objects::kDbfsFile, "/FileStore/x", "content");
  scene.ArchivedNode(objects::kNotebook, "/Shared/lost/n", "content");
  scene.target.dbfs["/FileStore/x"] = {"FILE", "torso"};
  scene.progress[{"dbfs_file", "id of /FileStore/x"}].open = restore::Intention{"create", "/FileStore/x", 0, {}, {}};
  scene.Make();
  CHECK(scene.StepOf("dbfs_file", "id of /FileStore/x").op == Op::kCreate);
  CHECK(scene.StepOf("dbfs_file", "id of /FileStore/x").overwrite);
  CHECK(scene.StepOf("notebook", "id of /Shared/lost/n").make_parent);
}

TEST_CASE("everything under a blocked folder is blocked") {
  Scene scene;
  scene.ArchivedNode(objects::kDirectory, "/Shared/a");
  scene.ArchivedNode(objects::kDirectory, "/Shared/a/b");
  scene.ArchivedNode(objects::kNotebook, "/Shared/a/b/n");
  scene.target.tree["/Shared/a"] = {"FILE", {}};
  CHECK(scene.Make().Count(Op::kBlocked) == 3);
}

TEST_CASE("libraries go with their cluster") {
  const std::string libraries =
      R"({"cluster_id":"c","library_statuses":[{"library":{"pypi":{"package":"x"}},"status":"INSTALLED"}]})";
  Scene fresh;
  fresh.Archived(objects::kCluster, Cluster("c", "shared"));
  fresh.Archived(objects::kClusterLibraries, libraries);
  fresh.Make();
  CHECK(fresh.StepOf("cluster_libraries", "c").op == Op::kCreate);

  Scene there;
  there.Archived(objects::kCluster, Cluster("c", "shared"));
  there.Archived(objects::kClusterLibraries, libraries);
  there.There(objects::kCluster, Cluster("d", "shared"));
  there.Make();
  CHECK(there.StepOf("cluster_libraries", "c").op == Op::kSkip);
  there.There(objects::kClusterLibraries,
              R"({"cluster_id":"d","library_statuses":[{"library":{"pypi":{"package":"x"}},"status":"PENDING"},)"
              R"({"library":{"pypi":{"package":"y"}},"status":"PENDING"}]})");
  there.ids.Forget("cluster", "c");
  there.Make();
  CHECK(there.StepOf("cluster_libraries", "c").op == Op::kAdopt);
}

TEST_CASE("init scripts are made in the order of their positions") {
  Scene scene;
  scene.Archived(objects::kGlobalInitScript, R"({"script_id":"z","name":"a","position":1,"script":"eA=="})");
  scene.Archived(objects::kGlobalInitScript, R"({"script_id":"y","name":"b","position":0,"script":"eA=="})");
  scene.Make();
  CHECK(scene.plan.steps[0].id == "y");
}

TEST_CASE("in its own workspace, ids stand for themselves, also of kinds that are not handled") {
  Scene scene;
  scene.options.same_workspace = true;
  scene.Archived(objects::kJob, Job(1, "a",
                                    R"(,"tasks":[{"task_key":"a","sql_task":{"warehouse_id":"77aa"}},)"
                                    R"({"task_key":"b","existing_cluster_id":"c"}])"));
  scene.There(objects::kCluster, Cluster("c", "not in the archive"));
  scene.Make();
  CHECK(scene.StepOf("job", "1").op == Op::kCreate);
}

TEST_CASE("what would run is counted, and the text says so in few lines") {
  Scene scene;
  for (int i = 0; i < 200; ++i) {
    scene.Archived(objects::kJob, Job(i + 1, "job " + std::to_string(i),
                                      R"(,"schedule":{"quartz_cron_expression":"x","timezone_id":"UTC"})"));
  }
  scene.Archived(objects::kCluster, Cluster("c", "shared"));
  scene.Archived(objects::kJob, Job(999, "blocked", RunsOn("gone")));
  scene.Make();
  CHECK(scene.plan.held_back.at("schedule") == 200);
  CHECK(restore::HeldBackText(scene.plan.held_back) == "1 cluster, 200 schedules");
  const auto lines = restore::PlanText(scene.plan, {});
  CHECK(lines.size() < 60);
  CHECK(std::any_of(lines.begin(), lines.end(),
                    [](const std::string& line) { return line.find("needs cluster gone") != std::string::npos; }));
  // A cluster is made and stopped.
  CHECK(scene.plan.requests ==
        std::map<std::string, uint64_t>{{"clusters", 1}, {"clusters/create", 1}, {"jobs/create", 200}});
  CHECK(scene.plan.cluster_starts == 1);
  CHECK(std::count(lines.begin(), lines.end(), "costs: 1 cluster starts when it is made, and is stopped at once") == 1);
  CHECK(lines.back() == "Plan: 201 create, 1 blocked; about 202 requests.");
  CHECK(restore::PlanText(scene.plan, {.seconds = 9.7}).back() ==
        "Plan: 201 create, 1 blocked; about 202 requests, 10 s or more at the service's rates.");
  CHECK(restore::PlanText(scene.plan, {.seconds = 700}).back().ends_with(", 12 min or more at the service's rates."));
  CHECK(restore::PlanText(scene.plan, {.seconds = 20000}).back().ends_with(", 6 h or more at the service's rates."));
  CHECK(restore::PlanText(scene.plan, {.full = true}).size() > 200);
  CHECK(json::Document::Parse(restore::PlanJson(scene.plan)).ok());
}
