#include "backup/backup.h"

#include <algorithm>

#include "emulator/dbfs_family.h"
#include "emulator/workspace_family.h"
#include "json/document.h"
#include "support/restore_fixture.h"

using namespace dbxark;
using dbxark::test::EmulatedWorkspace;
using dbxark::test::EmulatorTransport;
using dbxark::test::TempFolder;
using dbxark::workspace::Gap;

namespace {

// A small workspace and one export of it.
class Story {
 public:
  explicit Story(std::set<std::string> variants = {}) : workspace(7, std::move(variants)) {
    auto& tree = workspace.emulator().tree();
    tree.Mkdirs("/Shared/etl");
    tree.Mkdirs("/Shared/closed");
    tree.PutNotebook("/Shared/etl/load", "PYTHON", "# Databricks notebook source\nprint(1)\n");
    tree.PutNotebook("/Shared/closed/hidden", "PYTHON", "# Databricks notebook source\nprint(2)\n");
    tree.PutFile("/Shared/etl/notes.txt", "hello");
    workspace.emulator().dbfs().PutFile("/databricks/init/setup.sh", "#!/bin/sh\n");
    workspace.emulator().dbfs().PutFile("/elsewhere/table.bin", "1234");
    options.host = "https://source.example.com";
    options.path = folder / "a.tar.zst";
    options.workers = options.inventory.workers = 2;
  }

  Result<backup::BackupReport> Export(http::Transport* through = nullptr, std::stop_token stop = {}) {
    EmulatorTransport direct(workspace.emulator(), token.empty() ? workspace.emulator().options().token : token);
    workspace::Client client(through != nullptr ? *through : direct, workspace.clock());
    workspace::ApiContentSource content(client, {});
    backup::BackupObserver observer;
    return backup::Backup(client, content, FileSystem::Real(), workspace.clock(), options, observer, stop);
  }

  backup::BackupReport MustExport() {
    auto report = Export();
    INFO((report.ok() ? "" : report.error().message()));
    REQUIRE(report.ok());
    return std::move(*report);
  }

  std::vector<std::string> Archived(const std::string& kind) {
    std::vector<std::string> keys;
    auto reader = test::OpenArchive(options.path);
    const Status read = reader->ForEachRow([&](const format::Row& row) {
      if (row.kind == kind) keys.push_back(row.natural_key);
      return true;
    });
    REQUIRE(read.ok());
    return keys;
  }

  std::string AddJob(const std::string& name, const emulator::Json& task) {
    emulator::Json full = task;
    full["task_key"] = "t";
    return workspace.Call("POST", "/api/2.2/jobs/create", {{"name", name}, {"tasks", emulator::Json::array({full})}})
        .at("job_id")
        .dump();
  }

  TempFolder folder;
  EmulatedWorkspace workspace;
  backup::BackupOptions options;
  std::string token;
};

bool HasGap(const backup::BackupReport& report, Gap::Class gap_class, const std::string& kind,
            const std::string& natural_key, const std::string& reason = {}) {
  const auto gaps = report.Of(gap_class);
  return std::any_of(gaps.begin(), gaps.end(), [&](const Gap* gap) {
    return gap->kind == kind && gap->natural_key == natural_key && gap->reason.find(reason) != std::string::npos;
  });
}

bool Contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

TEST_CASE("an export sends nothing but GET and HEAD") {
  Story story;
  story.workspace.emulator().ClearRequests();
  story.MustExport();
  const emulator::Json log = story.workspace.emulator().Requests().at("log");
  REQUIRE(log.size() > 5);
  for (const auto& entry : log) {
    const std::string method = entry.at("method");
    CHECK((method == "GET" || method == "HEAD"));
  }
}

TEST_CASE("a job that goes while jobs are listed takes no other with it") {
  const bool selective = GENERATE(false, true);
  INFO("selective: " << selective);
  Story story({"jobs-pages-by-offset"});
  if (selective) story.options.selection = *objects::Selection::Parse({}, {"jobs:job 1?"});
  std::vector<std::string> ids;
  for (int i = 0; i < 102; ++i) {
    ids.push_back(
        story.AddJob("job " + std::to_string(i), {{"notebook_task", {{"notebook_path", "/Shared/etl/load"}}}}));
  }
  // Deletes a job of the first page once that was read: all others move up by one.
  struct Deleting : http::Transport {
    Story& story;
    EmulatorTransport inner;
    std::string id;
    bool done = false;
    Deleting(Story& story, std::string id)
        : story(story),
          inner(story.workspace.emulator(), story.workspace.emulator().options().token),
          id(std::move(id)) {}
    Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
      auto answer = inner.Send(request, stop);
      if (!done && request.path.ends_with("/jobs/list")) {
        done = true;
        story.workspace.Call("POST", "/api/2.2/jobs/delete", {{"job_id", std::stoll(id)}});
      }
      return answer;
    }
  } deleting(story, ids[50]);
  story.options.workers = story.options.inventory.workers = 1;
  const auto report = story.Export(&deleting);
  REQUIRE(report.ok());
  CHECK(deleting.done);
  const auto names = story.Archived("job");
  CHECK(names.size() == (selective ? 91 : 101));
  for (int i = 0; i < 102; ++i) {
    const bool left_out = selective && i >= 10 && i < 20;
    CHECK(Contains(names, "job " + std::to_string(i)) == (i != 50 && !left_out));
  }
  uint64_t not_selected = 0;
  for (const Gap* gap : report->Of(Gap::Class::kExcluded)) not_selected += gap->kind == "job" ? gap->count : 0;
  CHECK(not_selected == (selective ? 10 : 0));
  CHECK(HasGap(*report, Gap::Class::kFailed, "job", "job 50", "gone since it was listed"));
}

TEST_CASE("what is pinned is known from the filter, from the cluster, or not at all, which is said") {
  for (const auto& [variant, told] : {std::pair("no-total-count", true),
                                      {"pinned-by-user-name", true},
                                      {"pinned-by-user-name-too", true},
                                      {"pin-filter-unknown", false}}) {
    INFO(variant);
    Story story({variant});
    const auto make = [&](const std::string& name) {
      return story.workspace
          .Call("POST", "/api/2.1/clusters/create",
                {{"cluster_name", name},
                 {"spark_version", "15.4.x-scala2.12"},
                 {"node_type_id", "i3.xlarge"},
                 {"num_workers", 1}})
          .at("cluster_id");
    };
    make("loose");
    story.workspace.Call("POST", "/api/2.1/clusters/pin", {{"cluster_id", make("pinned")}});
    const auto report = story.MustExport();
    std::vector<std::string> pinned;
    auto reader = test::OpenArchive(story.options.path);
    const Status read = reader->ForEachRow([&](const format::Row& row) {
      if (row.info.find("\"pinned\":true") != std::string::npos) pinned.push_back(row.natural_key);
      return true;
    });
    REQUIRE(read.ok());
    CHECK(pinned == (told ? std::vector<std::string>{"pinned"} : std::vector<std::string>{}));
    CHECK(HasGap(report, Gap::Class::kOutOfReach, "cluster", "", "does not tell") != told);
  }
}

TEST_CASE("what a workspace holds is in the archive, empty folders too") {
  Story story;
  story.workspace.emulator().tree().Mkdirs("/Shared/empty");
  const auto report = story.MustExport();
  CHECK(report.Of(Gap::Class::kFailed).empty());
  CHECK(Contains(story.Archived("directory"), "/Shared/empty"));
  CHECK(Contains(story.Archived("notebook"), "/Shared/etl/load"));
  CHECK(Contains(story.Archived("workspace_file"), "/Shared/etl/notes.txt"));
  CHECK(story.Archived("dbfs_file") == std::vector<std::string>{"/databricks/init/setup.sh"});
}

TEST_CASE("a folder that cannot be listed is a failure by name, and the rest is saved") {
  Story story;
  story.workspace.emulator().tree().Deny("/Shared/closed", 403);
  const auto report = story.MustExport();
  CHECK(HasGap(report, Gap::Class::kFailed, "directory", "/Shared/closed", "403"));
  CHECK(Contains(story.Archived("notebook"), "/Shared/etl/load"));
  CHECK_FALSE(Contains(story.Archived("notebook"), "/Shared/closed/hidden"));
}

TEST_CASE("a notebook that is gone when it is read is a failure, and stops nothing") {
  Story story;
  story.workspace.emulator().SetFaults(emulator::Json::parse(
      R"([{"match":{"method":"GET","path":"/api/2.0/workspace/export","query_contains":"etl"},"times":-1,
           "action":{"status":404,"body":"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"gone\"}"}}])"));
  const auto report = story.MustExport();
  CHECK(story.workspace.emulator().Faults().dump().find("\"fired\":0") == std::string::npos);
  CHECK(HasGap(report, Gap::Class::kFailed, "notebook", "/Shared/etl/load", "gone since it was listed"));
  CHECK(Contains(story.Archived("notebook"), "/Shared/closed/hidden"));
}

TEST_CASE("a kind that the workspace does not have is out of reach, one that is refused has failed") {
  Story absent({"pools-disabled"});
  CHECK(HasGap(absent.MustExport(), Gap::Class::kOutOfReach, "instance_pool", ""));

  Story refused;
  refused.workspace.emulator().SetFaults(emulator::Json::parse(
      R"([{"match":{"method":"GET","path":"/api/2.0/instance-pools/list"},"times":-1,
           "action":{"status":403,"body":"{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"no\"}"}}])"));
  CHECK(HasGap(refused.MustExport(), Gap::Class::kFailed, "instance_pool", "", "PERMISSION_DENIED"));
}

TEST_CASE("kinds that are seen and not handled stand in the manifest by name") {
  Story story;
  auto& tree = story.workspace.emulator().tree();
  tree.PutNode("/Shared/Sales.lvdash.json", "DASHBOARD", emulator::Json::object());
  tree.PutNode("/Shared/lib", "LIBRARY", emulator::Json::object());
  const auto report = story.MustExport();
  CHECK(HasGap(report, Gap::Class::kExcluded, "DASHBOARD", "/Shared/Sales.lvdash.json"));
  CHECK(HasGap(report, Gap::Class::kOutOfReach, "LIBRARY", "/Shared/lib"));
  const std::string manifest = test::OpenArchive(story.options.path)->manifest();
  CHECK(manifest.find("/Shared/Sales.lvdash.json") != std::string::npos);
}

TEST_CASE("DBFS outside of the chosen roots is listed with its size") {
  Story story;
  const auto report = story.MustExport();
  const auto gaps = report.Of(Gap::Class::kExcluded);
  const auto found =
      std::find_if(gaps.begin(), gaps.end(), [](const Gap* gap) { return gap->natural_key == "/elsewhere/"; });
  REQUIRE(found != gaps.end());
  CHECK((*found)->size_bytes == 4);
  CHECK((*found)->count == 1);
}

TEST_CASE("a root of DBFS that was seen and cannot be listed is a failure; one that is not there is none") {
  Story story;
  CHECK(story.MustExport().Of(Gap::Class::kFailed).empty());  // /FileStore is not there
  story.options.path = story.folder / "b.tar.zst";
  story.workspace.emulator().SetFaults(emulator::Json::parse(
      R"([{"match":{"path":"/api/2.0/dbfs/list","query_contains":"/databricks/init"},"action":{"status":404}}])"));
  const auto report = story.MustExport();
  CHECK(story.workspace.emulator().Faults()[0]["fired"] == 1);
  CHECK(HasGap(report, Gap::Class::kFailed, "dbfs_file", "/databricks/init", "404"));
}

TEST_CASE("an excluded folder of DBFS that cannot be listed is not called empty") {
  Story story;
  story.workspace.emulator().SetFaults(emulator::Json::parse(
      R"([{"match":{"path":"/api/2.0/dbfs/list","query_contains":"/elsewhere"},"times":-1,"action":{"status":403}}])"));
  const auto report = story.MustExport();
  CHECK(story.workspace.emulator().Faults()[0]["fired"] == 1);
  CHECK(HasGap(report, Gap::Class::kExcluded, "dbfs_file", "/elsewhere/", "at least, not all of it could be listed"));
}

TEST_CASE("a job on a cluster that is gone is a dangling reference") {
  Story story;
  const std::string cluster = story.workspace
                                  .Call("POST", "/api/2.1/clusters/create",
                                        {{"cluster_name", "short-lived"},
                                         {"spark_version", "15.4.x-scala2.12"},
                                         {"node_type_id", "i3.xlarge"},
                                         {"num_workers", 1}})
                                  .at("cluster_id");
  const std::string job = story.AddJob(
      "orphan", {{"existing_cluster_id", cluster}, {"notebook_task", {{"notebook_path", "/Shared/nowhere"}}}});
  story.workspace.Call("POST", "/api/2.1/clusters/permanent-delete", {{"cluster_id", cluster}});
  const auto report = story.MustExport();
  REQUIRE(report.dangling.size() == 2);
  CHECK(report.dangling[0].id == job);
  CHECK(report.dangling[0].value == cluster);
  CHECK(report.dangling[1].value == "/Shared/nowhere");
}

TEST_CASE("a caller that is no administrator makes a partial view, and the manifest says so") {
  Story story;
  emulator::Options options;
  options.second_token = "dapi-second";
  emulator::Emulator emulator(options);
  EmulatorTransport transport(emulator, "dapi-second");
  auto report = story.Export(&transport);
  REQUIRE(report.ok());
  CHECK(report->partial_view);
  auto manifest = json::Document::Parse(test::OpenArchive(story.options.path)->manifest());
  REQUIRE(manifest.ok());
  CHECK(manifest->root()["caller"]["partial"].AsBool() == true);
}

TEST_CASE("the same workspace gives the same bytes for any number of workers") {
  Story story;
  story.options.writer.archive_id = "123e4567-e89b-12d3-a456-426614174000";
  story.options.writer.clock_ms = 1'700'000'000'000;
  story.options.workers = story.options.inventory.workers = 1;
  story.MustExport();
  const std::string one = test::ReadFile(story.options.path);
  story.options.path = story.folder / "b.tar.zst";
  story.options.workers = story.options.inventory.workers = 8;
  story.MustExport();
  CHECK(test::ReadFile(story.options.path) == one);
}

TEST_CASE("a selection saves what it names, and counts what it leaves out") {
  Story story;
  auto selection = objects::Selection::Parse({"notebooks:/Shared/etl/**"}, {});
  REQUIRE(selection.ok());
  story.options.selection = *selection;
  const auto report = story.MustExport();
  CHECK(story.Archived("notebook") == std::vector<std::string>{"/Shared/etl/load"});
  CHECK(story.Archived("workspace_file").empty());
  CHECK(HasGap(report, Gap::Class::kExcluded, "notebook", "", "not selected"));
}

TEST_CASE("credentials in clear are counted, and stop an export that refuses them") {
  Story story;
  story.workspace.emulator().tree().PutFile("/Shared/etl/token.txt", "dapi0123456789abcdef0123456789abcdef");
  CHECK(story.MustExport().credentials.count() == 1);
  story.options.path = story.folder / "refused.tar.zst";
  story.options.refuse_plain_secrets = true;
  const auto refused = story.Export();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kAlreadyExists);
  CHECK(story.folder.List() == std::vector<std::string>{"a.tar.zst"});
}

TEST_CASE("outputs that are too large are named, and the notebook is saved as source") {
  Story story;
  const emulator::Json output = {
      {"name", "stdout"}, {"output_type", "stream"}, {"text", {std::string(workspace::kExportLimitBytes, '#')}}};
  const emulator::Json cell = {{"cell_type", "code"},
                               {"metadata", emulator::Json::object()},
                               {"outputs", emulator::Json::array({output})},
                               {"source", {"print(1)"}}};
  const emulator::Json notebook = {{"cells", emulator::Json::array({cell})},
                                   {"metadata", emulator::Json::object()},
                                   {"nbformat", 4},
                                   {"nbformat_minor", 0}};
  story.workspace.emulator().tree().PutJupyter("/Shared/etl/long", notebook.dump());
  story.options.notebook_format = workspace::NotebookFormat::kJupyter;
  const auto report = story.MustExport();
  CHECK(story.Archived("notebook") ==
        std::vector<std::string>{"/Shared/closed/hidden", "/Shared/etl/load", "/Shared/etl/long"});
  REQUIRE(report.Of(Gap::Class::kFailed).size() == 1);
  CHECK(report.Of(Gap::Class::kFailed)[0]->natural_key == "/Shared/etl/long");
  CHECK(report.Of(Gap::Class::kFailed)[0]->reason.starts_with("saved as source, without its outputs: "));
  story.options.notebook_format = workspace::NotebookFormat::kSource;
  story.options.path = story.folder / "b.tar.zst";
  CHECK(story.MustExport().Of(Gap::Class::kFailed).empty());
}

TEST_CASE("an export that is asked to stop leaves no file") {
  Story story;
  std::stop_source stop;
  stop.request_stop();
  const auto report = story.Export(nullptr, stop.get_token());
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code() == ErrorCode::kInterrupted);
  CHECK(story.folder.List().empty());
}

TEST_CASE("an existing file is never overwritten") {
  Story story;
  test::WriteFile(story.options.path, "mine");
  const auto report = story.Export();
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code() == ErrorCode::kAlreadyExists);
  CHECK(test::ReadFile(story.options.path) == "mine");
}
