#include "objects/dangling.h"

#include "objects/registry.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::objects;

namespace {

const std::set<std::string> kAll = {"notebook", "workspace_file", "directory",     "dbfs_file",
                                    "cluster",  "cluster_policy", "instance_pool", "job"};

void AddJob(ReferenceCheck& check, const std::string& task) {
  auto job = json::Document::Parse(R"({"job_id":1,"settings":{"name":"j","tasks":[{"task_key":"a",)" + task + "}]}}");
  REQUIRE(job.ok());
  check.AddObject(kJob, "1", "j");
  check.AddDefinition(kJob, "1", "j", job->root());
}

// "target value" of what is missing; "?" behind what is not saved at all.
std::vector<std::string> Missing(const ReferenceCheck& check, const std::set<std::string>& looked_at = kAll,
                                 const std::vector<std::string>& roots = {"/FileStore"}) {
  std::vector<std::string> lines;
  for (const Dangling& dangling : check.Finish(looked_at, roots)) {
    lines.push_back(dangling.target + " " + dangling.value + (dangling.handled ? "" : "?"));
  }
  return lines;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a job on a cluster that is gone is found, whatever the order in which objects come") {
  ReferenceCheck check;
  AddJob(check, R"("existing_cluster_id":"c1")");
  CHECK(Missing(check) == Strings{"cluster c1"});
  check.AddObject(kCluster, "c1", "shared");
  CHECK(Missing(check).empty());
}

TEST_CASE("what is missing is told with the object that refers and where") {
  ReferenceCheck check;
  AddJob(check, R"("existing_cluster_id":"c1")");
  const auto missing = check.Finish(kAll, {});
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].kind == "job");
  CHECK(missing[0].id == "1");
  CHECK(missing[0].natural_key == "j");
  CHECK(missing[0].path == "settings.tasks[0].existing_cluster_id");
}

TEST_CASE("a kind that was not looked at misses nothing") {
  ReferenceCheck check;
  AddJob(check, R"("existing_cluster_id":"c1","notebook_task":{"notebook_path":"/Users/a/x"})");
  CHECK(Missing(check, {"job"}).empty());
}

TEST_CASE("a kind that is not saved at all is told apart") {
  ReferenceCheck check;
  AddJob(check, R"("sql_task":{"warehouse_id":"w1"})");
  CHECK(Missing(check) == Strings{"warehouse w1?"});
}

TEST_CASE("a notebook is found by any spelling of its path") {
  for (const char* path : {"/Users/a/x", "/Workspace/Users/a/x"}) {
    ReferenceCheck check;
    AddJob(check, std::string(R"("notebook_task":{"notebook_path":")") + path + "\"}");
    CHECK(Missing(check) == Strings{"workspace path /Users/a/x"});
    check.AddObject(kNotebook, "77", "/Users/a/x");
    CHECK(Missing(check).empty());
  }
}

TEST_CASE("a notebook in a folder of any name is looked for, one in a Git repository is not") {
  ReferenceCheck check;
  AddJob(check, R"("notebook_task":{"notebook_path":"/etl/load"})");
  CHECK(Missing(check) == Strings{"workspace path /etl/load"});
  ReferenceCheck in_git;
  AddJob(in_git, R"("notebook_task":{"notebook_path":"etl/load","source":"GIT"})");
  AddJob(in_git, R"("notebook_task":{"notebook_path":"/Repos/a/r/load"})");
  CHECK(Missing(in_git).empty());
}

TEST_CASE("a file in DBFS is missed under the roots that were saved, and told apart elsewhere") {
  ReferenceCheck check;
  AddJob(
      check,
      R"("libraries":[{"jar":"dbfs:/FileStore/a.jar"},{"jar":"dbfs:/mnt/b.jar"},{"whl":"s3://b/c.whl"},{"whl":"/Volumes/c/s/v/d.whl"}])");
  CHECK(Missing(check) == Strings{"DBFS path /FileStore/a.jar", "DBFS path /mnt/b.jar?"});
  check.AddObject(kDbfsFile, "/FileStore/a.jar", "/FileStore/a.jar");
  CHECK(Missing(check) == Strings{"DBFS path /mnt/b.jar?"});
  CHECK(Missing(check, kAll, {"/"}) == Strings{"DBFS path /mnt/b.jar"});
}

TEST_CASE("a pool inside of a policy's JSON text is looked for") {
  auto policy =
      json::Document::Parse(R"({"policy_id":"p","definition":"{\"instance_pool_id\":{\"value\":\"pool1\"}}"})");
  REQUIRE(policy.ok());
  ReferenceCheck check;
  check.AddDefinition(kClusterPolicy, "p", "n", policy->root());
  CHECK(Missing(check) == Strings{"instance_pool pool1"});
  check.AddObject(kInstancePool, "pool1", "x");
  CHECK(Missing(check).empty());
}
