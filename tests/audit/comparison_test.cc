#include "audit/comparison.h"

#include "audit/change_text.h"
#include "support/catch.h"
#include "support/memory_side.h"

using namespace dbxark;
using namespace dbxark::audit;
using namespace dbxark::objects;
using dbxark::test::MemorySide;

namespace {

struct Outcome {
  Tally tally;
  std::vector<Change> changes;

  // "~ job etl: max_concurrent_runs", a line a change.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const Change& change : changes) {
      std::string line =
          std::string(SymbolOf(change)) + " " + std::string(change.kind->name) + " " + change.natural_key;
      for (const FieldChange& field : change.fields) line += ": " + field.path;
      lines.push_back(line);
    }
    return lines;
  }
};

Outcome Compare(Side& left, Side& right, const CompareOptions& options = {}) {
  Outcome outcome;
  auto tally = CompareSides(left, right, options,
                            [&](const Change& change) {
                              outcome.changes.push_back(change);
                              return true;
                            },
                            {});
  REQUIRE(tally.ok());
  outcome.tally = std::move(*tally);
  return outcome;
}

using Lines = std::vector<std::string>;

std::string Job(const std::string& id, const std::string& name, const std::string& more = "") {
  return R"({"job_id":)" + id + R"(,"creator_user_name":"ana@example.com","settings":{"name":")" + name + "\"" + more +
         "}}";
}

std::string JobOn(const std::string& id, const std::string& name, const std::string& cluster) {
  return Job(id, name, R"(,"tasks":[{"task_key":"t","existing_cluster_id":")" + cluster + "\"}]");
}

std::string Cluster(const std::string& id, const std::string& name, const std::string& more = "") {
  return R"({"cluster_id":")" + id + R"(","cluster_name":")" + name + R"(","spec":{"cluster_name":")" + name + "\"" +
         more + "}}";
}

}  // namespace

TEST_CASE("one workspace: objects are matched by id, and a new name is a change") {
  MemorySide mon("mon", "1"), tue("tue", "1");
  mon.Add(kJob, Job("1", "a"));
  tue.Add(kJob, Job("1", "b"));
  mon.Add(kJob, Job("2", "gone"));
  tue.Add(kJob, Job("3", "gone"));
  const Outcome outcome = Compare(mon, tue);
  CHECK(outcome.Lines() == Lines{"~ job a: name", "- job gone", "+ job gone"});
  CHECK(outcome.changes[2].creator == "ana@example.com");
  CHECK(outcome.tally.added == 1);
  CHECK(outcome.tally.gone == 1);
  CHECK(outcome.tally.changed == 1);
}

TEST_CASE("two workspaces: objects are matched by name, and ids follow") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kCluster, Cluster("c1", "etl"));
  target.Add(kCluster, Cluster("c9", "etl"));
  source.Add(kJob, JobOn("1", "load", "c1"));
  target.Add(kJob, JobOn("7", "load", "c9"));
  const Outcome outcome = Compare(source, target);
  CHECK(outcome.Lines() == Lines{});
  CHECK(outcome.tally.same == 2);
}

TEST_CASE("a reference that points at something else is a difference, and so is one that points at nothing") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kCluster, Cluster("c1", "etl"));
  target.Add(kCluster, Cluster("c9", "etl"));
  target.Add(kCluster, Cluster("c8", "other"));
  source.Add(kJob, JobOn("1", "load", "c1"));
  target.Add(kJob, JobOn("7", "load", "c8"));
  source.Add(kJob, JobOn("2", "lost", "c-of-old"));
  target.Add(kJob, JobOn("8", "lost", "c9"));
  const Outcome outcome = Compare(source, target);
  CHECK(outcome.Lines() == Lines{"+ cluster other", "~ job load: tasks[t].existing_cluster_id",
                                 "~ job lost: tasks[t].existing_cluster_id"});
  CHECK(outcome.changes[1].fields[0].left == "\"c9\"");
  CHECK(outcome.changes[1].fields[0].right == "\"c8\"");
  CHECK(outcome.changes[2].fields[0].left == "\"c-of-old\"");
}

TEST_CASE("the journal's id map goes before names") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kJob, Job("1", "a"));
  target.Add(kJob, Job("7", "renamed"));
  target.Add(kJob, Job("8", "a", R"(,"description":"another")"));
  CompareOptions options;
  options.id_map = [](std::string_view kind, const std::string& id) {
    return kind == "job" && id == "1" ? std::optional<std::string>("7") : std::nullopt;
  };
  CHECK(Compare(source, target, options).Lines() == Lines{"~ job a: name", "+ job a"});
}

TEST_CASE("of namesakes the equal ones find each other first") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kJob, Job("1", "twin", R"(,"description":"one")"));
  source.Add(kJob, Job("2", "twin", R"(,"description":"two")"));
  source.Add(kJob, Job("3", "twin", R"(,"description":"three")"));
  target.Add(kJob, Job("7", "twin", R"(,"description":"two")"));
  target.Add(kJob, Job("8", "twin", R"(,"description":"three")"));
  target.Add(kJob, Job("9", "twin", R"(,"description":"changed")"));
  const Outcome outcome = Compare(source, target);
  CHECK(outcome.Lines() == Lines{"~ job twin: description"});
  CompareOptions with_patch;  // pairs that are only weighed have none
  with_patch.patch = true;
  CHECK(Compare(source, target, with_patch).changes.size() == 1);
  CHECK(outcome.changes[0].left_id == "1");
  CHECK(outcome.changes[0].right_id == "9");
  CHECK(outcome.tally.same == 2);
}

TEST_CASE("what a restore holds back is no difference between two workspaces, and one within one") {
  const std::string on = R"(,"schedule":{"quartz_cron_expression":"0 0 * * * ?","timezone_id":"UTC"})";
  const std::string off =
      R"(,"schedule":{"quartz_cron_expression":"0 0 * * * ?","timezone_id":"UTC","pause_status":"PAUSED"})";
  for (const bool same_workspace : {false, true}) {
    MemorySide left("left", "1"), right("right", same_workspace ? "1" : "2");
    left.Add(kJob, Job("1", "a", on));
    right.Add(kJob, Job("1", "a", off));
    const Outcome outcome = Compare(left, right);
    CHECK(outcome.tally.held_back == (same_workspace ? 0 : 1));
    CHECK(outcome.Lines() == (same_workspace ? Lines{"~ job a: schedule.pause_status"} : Lines{}));
  }
}

TEST_CASE("an optional reference without counterpart is counted apart") {
  const std::string hook = R"(,"webhook_notifications":{"on_failure":[{"id":"hook"}]})";
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kJob, Job("1", "a", hook));
  target.Add(kJob, Job("7", "a"));
  const Outcome outcome = Compare(source, target);
  CHECK(outcome.Lines() == Lines{});
  CHECK(outcome.tally.dropped == 1);
}

TEST_CASE("a pin is a difference, unless a restore pinned the cluster for a job") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kCluster, Cluster("c1", "needed"));
  source.Add(kCluster, Cluster("c2", "not needed"));
  source.Add(kCluster, Cluster("c3", "unpinned")).pinned = true;
  source.Add(kJob, JobOn("1", "load", "c1"));
  target.Add(kCluster, Cluster("d1", "needed")).pinned = true;
  target.Add(kCluster, Cluster("d2", "not needed")).pinned = true;
  target.Add(kCluster, Cluster("d3", "unpinned"));
  target.Add(kJob, JobOn("7", "load", "d1"));
  const Outcome outcome = Compare(source, target);
  CHECK(outcome.Lines() == Lines{"~ cluster unpinned: pinned", "~ cluster not needed: pinned"});
  CHECK(outcome.tally.pinned_for_jobs == 1);
}

TEST_CASE("libraries are matched through their cluster") {
  const auto libraries = [](const std::string& id, const std::string& package) {
    return R"({"cluster_id":")" + id + R"(","library_statuses":[{"status":"INSTALLED","library":{"pypi":{"package":")" +
           package + "\"}}}]}";
  };
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kCluster, Cluster("c1", "etl"));
  source.Add(kClusterLibraries, libraries("c1", "a"));
  target.Add(kCluster, Cluster("d1", "etl"));
  target.Add(kClusterLibraries, libraries("d1", "a"));
  CHECK(Compare(source, target).Lines() == Lines{});

  MemorySide other("target", "2");
  other.Add(kCluster, Cluster("d1", "etl"));
  other.Add(kClusterLibraries, libraries("d1", "b"));
  const Outcome outcome = Compare(source, other);
  REQUIRE(outcome.changes.size() == 1);
  CHECK(outcome.changes[0].fields.size() == 2);  // one library went, another came
}

TEST_CASE("in a tree the path decides; within one workspace an id tells what was moved") {
  MemorySide mon("mon", "1"), tue("tue", "1");
  mon.AddContent(kNotebook, "1", "/a", "x\n");
  tue.AddContent(kNotebook, "1", "/b", "x\n");
  mon.AddContent(kNotebook, "2", "/c", "one\ntwo\nthree\n").language = "PYTHON";
  tue.AddContent(kNotebook, "99", "/c", "one\n2\nthree\nfour\n").language = "PYTHON";
  mon.AddContent(kNotebook, "3", "/d", "x").language = "PYTHON";
  tue.AddContent(kNotebook, "3", "/d", "x").language = "SQL";
  const Outcome outcome = Compare(mon, tue);
  CHECK(outcome.Lines() == Lines{"~ notebook /a: path", "~ notebook /c", "~ notebook /d: language"});
  CHECK(outcome.changes[1].lines.added == 2);
  CHECK(outcome.changes[1].lines.removed == 1);

  MemorySide elsewhere("target", "2");
  elsewhere.AddContent(kNotebook, "1", "/b", "x\n");
  MemorySide source("source", "1");
  source.AddContent(kNotebook, "1", "/a", "x\n");
  CHECK(Compare(source, elsewhere).Lines() == Lines{"- notebook /a", "+ notebook /b"});
}

TEST_CASE("bytes that are no text are compared, and told by their size") {
  MemorySide left("left", "1"), right("right", "1");
  left.AddContent(kDbfsFile, "/x", "/x", std::string("\0\1", 2));
  right.AddContent(kDbfsFile, "/x", "/x", std::string("\0\1\2", 3));
  const Outcome outcome = Compare(left, right);
  REQUIRE(outcome.changes.size() == 1);
  CHECK_FALSE(outcome.changes[0].is_text);
  CHECK(LinesOf(outcome.changes[0])[0].find("2 B -> 3 B") != std::string::npos);
}

TEST_CASE("a content whose digest is not known is read") {
  MemorySide left("left", "1"), right("right", "1");
  left.AddContent(kNotebook, "1", "/x", "same");
  right.AddContent(kNotebook, "1", "/x", "same").has_digest = false;
  left.AddContent(kNotebook, "2", "/y", "one");
  right.AddContent(kNotebook, "2", "/y", "two").has_digest = false;
  CHECK(Compare(left, right).Lines() == Lines{"~ notebook /y"});
}

TEST_CASE("what one side does not cover is never taken for gone") {
  Coverage jobs_only(*Selection::Parse({"jobs:a*"}, {}), {});
  MemorySide left("left", "1", jobs_only), right("right", "1");
  left.Add(kJob, Job("1", "a1"));
  right.Add(kJob, Job("1", "a1"));
  right.Add(kJob, Job("2", "a2"));
  right.Add(kJob, Job("3", "b"));
  right.AddContent(kNotebook, "1", "/x", "x");
  const Outcome outcome = Compare(left, right);
  CHECK(outcome.Lines() == Lines{"+ job a2"});
  CHECK(outcome.tally.outside == std::map<std::string, uint64_t>{{"job", 1}});
  REQUIRE(outcome.tally.notes.size() == 1);
  CHECK(outcome.tally.notes[0].find("directories, notebooks, workspace_files") != std::string::npos);
}

TEST_CASE("what failed, a folder that could not be listed, and a kind that is out of reach are not gone") {
  MemorySide left("left", "1"), right("right", "1");
  left.AddContent(kNotebook, "1", "/secret/a/b", "x");
  left.AddContent(kNotebook, "2", "/secretary", "x");
  left.Add(kJob, Job("5", "no permission"));
  left.Add(kInstancePool, R"({"instance_pool_id":"p","instance_pool_name":"pool"})");
  right.AddContent(kNotebook, "9", "/other", "x");
  right.Add(kJob, Job("6", "x"));
  right.own_coverage().AddMissing({"directory", "", "/secret", "cannot be listed", 0, 1});
  right.own_coverage().AddMissing({"job", "5", "no permission", "403", 0, 1});
  right.own_coverage().AddMissing({"instance_pool", "", "", "403", 0, 1});
  right.own_failures().push_back({"directory", "", "/secret", "cannot be listed", 0, 1});
  const Outcome outcome = Compare(left, right);
  CHECK(outcome.Lines() == Lines{"+ notebook /other", "- notebook /secretary", "+ job x"});
  CHECK(outcome.tally.not_compared.size() == 1);
}

TEST_CASE("an object that cannot be read is reported, and the rest compared") {
  MemorySide left("left", "1"), right("right", "2");
  left.Add(kJob, Job("1", "a"));
  left.Add(kJob, Job("2", "b"));
  right.Add(kJob, Job("3", "a"));
  right.Add(kJob, Job("4", "b", R"(,"description":"d")"));
  right.Fail("a", Error(ErrorCode::kDenied, "no permission"));
  const Outcome outcome = Compare(left, right);
  CHECK(outcome.Lines() == Lines{"~ job b: description"});
  REQUIRE(outcome.tally.not_compared.size() == 1);
  CHECK(outcome.tally.not_compared[0].natural_key == "a");
}

TEST_CASE("what the restore announced is not counted as gone") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kJob, Job("1", "blocked"));
  source.Add(kJob, Job("2", "forgotten"));
  target.Add(kJob, Job("9", "x"));
  CompareOptions options;
  options.told = {{{"job", "1"}, {Told::How::kBlocked, "needs a warehouse"}}};
  const Outcome outcome = Compare(source, target, options);
  CHECK(outcome.Lines() == Lines{"- job forgotten", "+ job x"});
  CHECK(outcome.tally.announced == 1);
}

TEST_CASE("what failed or is not known stays a difference, and says why; what is announced is told on request") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kJob, Job("1", "blocked"));
  source.Add(kJob, Job("2", "refused"));
  source.Add(kJob, Job("3", "late"));
  target.Add(kJob, Job("9", "late"));
  CompareOptions options;
  options.told = {{{"job", "1"}, {Told::How::kBlocked, "needs a warehouse"}},
                  {{"job", "2"}, {Told::How::kFailed, "403"}},
                  {{"job", "3"}, {Told::How::kFailed, "the answer was lost"}}};
  options.account_for_left = true;
  const Outcome outcome = Compare(source, target, options);
  CHECK(outcome.Lines() == Lines{"! job blocked", "- job refused"});
  CHECK(outcome.changes[0].told == "needs a warehouse");
  CHECK(outcome.changes[1].told == "403");
  CHECK(outcome.tally.announced == 1);
  CHECK(outcome.tally.gone == 1);
  CHECK(outcome.tally.same == 1);  // it is there after all
  const std::vector<std::string> lines = LinesOf(outcome.changes[1], Wording::kDrill);
  CHECK(lines.front().ends_with("missing, id 2"));
  CHECK(lines.at(1) == "    the restore: 403");
}

TEST_CASE("what a restore has not finished differs, also where it looks equal") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kCluster, Cluster("c1", "etl"));
  target.Add(kCluster, Cluster("c9", "etl"));
  CompareOptions options;
  options.told = {{{"cluster", "c1"}, {Told::How::kUnfinished, "made, and still to do: stop"}}};
  const Outcome outcome = Compare(source, target, options);
  CHECK(outcome.Lines() == Lines{"~ cluster etl"});
  CHECK(outcome.tally.changed == 1);
  CHECK(LinesOf(outcome.changes.at(0)).front().ends_with("not finished"));
}

TEST_CASE("within one workspace, what a restore made again is found by its id map, and was held back") {
  const std::string on = R"(,"schedule":{"quartz_cron_expression":"0 0 * * * ?","timezone_id":"UTC"})";
  const std::string off =
      R"(,"schedule":{"quartz_cron_expression":"0 0 * * * ?","timezone_id":"UTC","pause_status":"PAUSED"})";
  MemorySide before("before", "1"), now("now", "1");
  before.Add(kCluster, Cluster("c1", "etl"));
  now.Add(kCluster, Cluster("c9", "etl"));
  before.Add(kJob, Job("1", "again", on));
  now.Add(kJob, Job("7", "again", off));
  before.Add(kJob, Job("2", "paused by somebody", on));
  now.Add(kJob, Job("2", "paused by somebody", off));
  before.Add(kJob, JobOn("3", "follows", "c1"));
  now.Add(kJob, JobOn("3", "follows", "c9"));
  before.Add(kJob, JobOn("4", "points at what is gone", "c1"));
  now.Add(kJob, JobOn("4", "points at what is gone", "c1"));
  CompareOptions options;
  options.id_map = [](std::string_view kind, const std::string& id) -> std::optional<std::string> {
    if (kind == "cluster" && id == "c1") return "c9";
    if (kind == "job" && id == "1") return "7";
    return id;
  };
  const Outcome outcome = Compare(before, now, options);
  CHECK(outcome.Lines() == Lines{"~ job paused by somebody: schedule.pause_status",
                                 "~ job points at what is gone: tasks[t].existing_cluster_id"});
  CHECK(outcome.tally.held_back == 1);
  // Without it, ids are all there is.
  CHECK(Compare(before, now).tally.gone == 2);
}

TEST_CASE("what the right side does not show is counted, but for what was announced") {
  MemorySide source("source", "1"), target("target", "2");
  source.AddContent(kDbfsFile, "1", "/FileStore/a", "a");
  source.AddContent(kDbfsFile, "2", "/FileStore/b", "b");
  target.own_coverage().AddMissing({"dbfs_file", "", "", "is disabled"});
  CompareOptions options;
  options.told = {{{"dbfs_file", "2"}, {Told::How::kBlocked, "is disabled"}}};
  options.account_for_left = true;
  const Outcome outcome = Compare(source, target, options);
  CHECK(outcome.Lines() == Lines{"! dbfs_file /FileStore/b"});
  CHECK(outcome.tally.left_outside == 1);
  CHECK(outcome.tally.announced == 1);
}

TEST_CASE("what has two names is selected by either, and left out by either") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kJob, Job("1", "a"));
  target.Add(kJob, Job("7", "renamed"));
  CompareOptions options;
  options.id_map = [](std::string_view, const std::string&) { return std::optional<std::string>("7"); };
  for (const char* name : {"jobs:a", "jobs:renamed"}) {
    options.selection = *Selection::Parse({name}, {});
    CHECK(Compare(source, target, options).Lines() == Lines{"~ job a: name"});
    options.selection = *Selection::Parse({}, {name});
    CHECK(Compare(source, target, options).Lines() == Lines{});
  }
}

TEST_CASE("a selection limits what is reported, not what references find") {
  MemorySide source("source", "1"), target("target", "2");
  source.Add(kCluster, Cluster("c1", "etl"));
  source.Add(kCluster, Cluster("c2", "lost"));
  target.Add(kCluster, Cluster("c9", "etl"));
  source.Add(kJob, JobOn("1", "load", "c1"));
  target.Add(kJob, JobOn("7", "load", "c9"));
  CompareOptions options;
  options.selection = *Selection::Parse({"jobs"}, {});
  const Outcome outcome = Compare(source, target, options);
  CHECK(outcome.Lines() == Lines{});
  CHECK(outcome.tally.same == 1);
}

TEST_CASE("init scripts are compared in their order, whatever their numbers") {
  const auto script = [](const std::string& id, const std::string& name, int position) {
    return R"({"script_id":")" + id + R"(","name":")" + name + R"(","script":"eA==","enabled":false,"position":)" +
           std::to_string(position) + "}";
  };
  MemorySide source("source", "1"), target("target", "2"), turned("turned", "2");
  source.Add(kGlobalInitScript, script("1", "a", 0));
  source.Add(kGlobalInitScript, script("2", "b", 5));
  target.Add(kGlobalInitScript, script("8", "a", 3));
  target.Add(kGlobalInitScript, script("9", "b", 4));
  turned.Add(kGlobalInitScript, script("8", "a", 4));
  turned.Add(kGlobalInitScript, script("9", "b", 3));
  CHECK(Compare(source, target).Lines() == Lines{});
  CHECK(Compare(source, turned).Lines() ==
        Lines{"~ global_init_script a: position", "~ global_init_script b: position"});
}

TEST_CASE("a policy's definition is compared inside of its text") {
  const auto policy = [](const std::string& rules) {
    return R"({"policy_id":"P","name":"small","definition":")" + rules + "\"}";
  };
  MemorySide left("left", "1"), right("right", "1");
  left.Add(kClusterPolicy,
           policy(R"({\"spark_version\":{\"type\":\"fixed\",\"value\":\"15.4\"},\"x\":{\"type\":\"any\"}})"));
  right.Add(kClusterPolicy,
            policy(R"({\"x\": {\"type\":\"any\"}, \"spark_version\":{\"type\":\"fixed\",\"value\":\"16.0\"}})"));
  CHECK(Compare(left, right).Lines() == Lines{"~ cluster_policy small: definition(json).spark_version.value"});
}

TEST_CASE("raw compares bytes") {
  MemorySide left("left", "1"), right("right", "1");
  left.Add(kJob, R"({"job_id":1,"created_time":5,"settings":{"name":"a"}})");
  right.Add(kJob, R"({"job_id":1,"created_time":6,"settings":{"name":"a"}})");
  left.Add(kJob, R"({"job_id":2,"settings":{"name":"b"}})");
  right.Add(kJob, R"({"job_id":2, "settings":{"name":"b"}})");
  CHECK(Compare(left, right).Lines() == Lines{});
  CompareOptions options;
  options.raw = true;
  const Outcome outcome = Compare(left, right, options);
  CHECK(outcome.Lines() == Lines{"~ job a: created_time", "~ job b"});
}

TEST_CASE("a patch shows definitions sorted, and contents as they are") {
  MemorySide left("left", "1"), right("right", "1");
  left.Add(kJob, Job("1", "a", R"(,"timeout_seconds":5,"description":"x")"));
  right.Add(kJob, Job("1", "a", R"(,"description":"x","timeout_seconds":6)"));
  left.AddContent(kNotebook, "1", "/n", "a\nb\n");
  right.AddContent(kNotebook, "1", "/n", "a\nc\n");
  CompareOptions options;
  options.patch = true;
  const Outcome outcome = Compare(left, right, options);
  REQUIRE(outcome.changes.size() == 2);
  CHECK(outcome.changes[0].lines.patch ==
        "--- left/notebooks:/n\n+++ right/notebooks:/n\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
  const std::string& patch = outcome.changes[1].lines.patch;
  CHECK(patch.find("-  \"timeout_seconds\": 5\n+  \"timeout_seconds\": 6\n") != std::string::npos);
}

TEST_CASE("any number of workers tells the same") {
  MemorySide left("left", "1"), right("right", "1");
  for (int i = 0; i < 100; ++i) {
    left.Add(kJob, Job(std::to_string(i), "job" + std::to_string(i)));
    right.Add(kJob, Job(std::to_string(i), "job" + std::to_string(i), i % 3 == 0 ? R"(,"description":"d")" : ""));
  }
  CompareOptions one, many;
  one.workers = 1;
  many.workers = 8;
  const Lines lines = Compare(left, right, one).Lines();
  CHECK(lines.size() == 34);
  CHECK(Compare(left, right, many).Lines() == lines);
}
