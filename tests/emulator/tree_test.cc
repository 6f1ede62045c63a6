#include <set>

#include "emulator/service.h"
#include "emulator/zip.h"
#include "support/catch.h"

using namespace emulator;

namespace {

const std::string kHeader = "# Databricks notebook source\n";
const std::string kApi = "/api/2.0/workspace/";

std::set<std::string> List(Service& service, const std::string& path) {
  std::set<std::string> paths;
  const Json answer = service.Get(kApi + "list?path=" + PercentEncode(path));
  if (!answer.contains("objects")) return paths;
  for (const Json& object : answer["objects"]) {
    paths.insert(object["object_type"].get<std::string>() + " " + object["path"].get<std::string>());
  }
  return paths;
}

Json Status(Service& service, const std::string& path, const std::string& more = {}) {
  return service.Get(kApi + "get-status?path=" + PercentEncode(path) + more);
}

}  // namespace

TEST_CASE("a new workspace has its roots and the administrator's home, and an empty folder lists as {}") {
  Service service;
  CHECK(List(service, "/") == std::set<std::string>{"DIRECTORY /Repos", "DIRECTORY /Shared", "DIRECTORY /Users"});
  CHECK(List(service, "/Users") == std::set<std::string>{"DIRECTORY /Users/admin@example.com"});
  CHECK(service.Get(kApi + "list?path=/Shared") == Json::object());
  CHECK(Status(service, "/")["object_id"] == 0);
}

TEST_CASE("paths are one object with and without /Workspace, and slashes collapse") {
  Service service;
  service.emulator->tree().PutFile("/Shared/f", "x");
  CHECK(Status(service, "/Workspace/Shared/f")["path"] == "/Workspace/Shared/f");
  CHECK(Status(service, "//Workspace/Shared//f")["path"] == "/Shared/f");
  CHECK(Status(service, "/Shared//f/")["path"] == "/Shared/f");
  CHECK(List(service, "/Workspace/Shared") == std::set<std::string>{"FILE /Workspace/Shared/f"});
  CHECK(service.GetOutcome(kApi + "list?path=Shared") == "400 INVALID_PARAMETER_VALUE");
}

TEST_CASE("mkdirs makes parents, takes what is there, and stops at what is no folder") {
  Service service;
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Shared/a/b/c"}}) == "200");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Shared/a/b/c"}}) == "200");
  service.emulator->tree().PutFile("/Shared/f", "x");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Shared/f"}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Shared/f/g"}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Repos/x"}}) == "200");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Repos/x/y"}}) == "400 BAD_REQUEST");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Users/new@example.com"}}) == "200");
  Service strict = Service::With("users-protected");
  CHECK(strict.PostOutcome(kApi + "mkdirs", {{"path", "/Users/new@example.com"}}) == "400 DIRECTORY_PROTECTED");
}

TEST_CASE("delete wants recursive for a full folder and keeps roots and homes") {
  Service service;
  service.emulator->tree().PutFile("/Shared/a/f", "x");
  CHECK(service.PostOutcome(kApi + "delete", {{"path", "/Shared/a"}}) == "400 DIRECTORY_NOT_EMPTY");
  CHECK(service.PostOutcome(kApi + "delete", {{"path", "/Shared/a"}, {"recursive", true}}) == "200");
  CHECK(service.PostOutcome(kApi + "delete", {{"path", "/Shared/a"}}) == "404 RESOURCE_DOES_NOT_EXIST");
  for (const char* path : {"/", "/Users", "/Shared", "/Repos", "/Users/admin@example.com"}) {
    INFO(path);
    CHECK(service.PostOutcome(kApi + "delete", {{"path", path}, {"recursive", true}}) == "400 DIRECTORY_PROTECTED");
  }
}

TEST_CASE("a notebook says its language, a file its size, and both their times") {
  Service service;
  service.Import("/Shared/n", "SOURCE", "select 1", {{"language", "SQL"}});
  service.Import("/Shared/f.bin", "AUTO", "12345");
  const Json notebook = Status(service, "/Shared/n", "&return_export_info=true"),
             file = Status(service, "/Shared/f.bin");
  CHECK(notebook["object_type"] == "NOTEBOOK");
  CHECK(notebook["language"] == "SQL");
  CHECK(notebook["repos_export_format"] == "SOURCE");
  CHECK(notebook["created_at"] == *service.now);
  CHECK(file["object_type"] == "FILE");
  CHECK(file["size"] == 5);
  CHECK(file["resource_id"] == std::to_string(file["object_id"].get<int64_t>()));
  CHECK(!Status(service, "/Shared").contains("created_at"));
}

TEST_CASE("notebooks_modified_after leaves out older notebooks and nothing else") {
  Service service;
  service.emulator->tree().PutNotebook("/Shared/old", "PYTHON", kHeader);
  service.emulator->tree().PutFile("/Shared/file", "");
  *service.now += 1000;
  service.emulator->tree().PutNotebook("/Shared/new", "PYTHON", kHeader);
  const Json listed = service.Get(kApi + "list?path=/Shared&notebooks_modified_after=" + std::to_string(*service.now));
  CHECK(listed["objects"].size() == 2);
}

TEST_CASE("import wants the parent folder, a language for SOURCE, and overwrite for what is there") {
  Service service;
  CHECK(service.Import("/Shared/no/n", "RAW", "x") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(service.Import("/Shared/n", "SOURCE", "x") == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Import("/Shared/n", "SOURCE", "x", {{"language", "PERL"}}) == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Import("/Shared/n", "source", "x", {{"language", "R"}}) == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Import("/Shared/n", "SOURCE", "x", {{"language", "R"}}) == "200");
  const Json before = Status(service, "/Shared/n");
  CHECK(service.Import("/Shared/n", "SOURCE", "y", {{"language", "R"}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.Import("/Shared/n", "SOURCE", "y", {{"language", "R"}, {"overwrite", true}}) == "200");
  CHECK(Status(service, "/Shared/n")["object_id"] == before["object_id"]);
  CHECK(service.Import("/Shared/n", "RAW", "y", {{"overwrite", true}}) == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Import("/Shared", "RAW", "y", {{"overwrite", true}}) == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.PostOutcome(kApi + "import", {{"path", "/Shared/m"}, {"format", "RAW"}, {"content", "*"}}) ==
        "400 MALFORMED_REQUEST");
}

TEST_CASE("AUTO makes a notebook of a header or .ipynb, and drops the extension") {
  Service service;
  CHECK(service.Import("/Shared/etl.py", "AUTO", kHeader + "x = 1\n") == "200");
  CHECK(service.Import("/Shared/plain.py", "AUTO", "x = 1\n") == "200");
  CHECK(service.Import("/Shared/q.sql", "AUTO", "-- Databricks notebook source\nselect 1") == "200");
  CHECK(service.Import("/Shared/s.scala", "AUTO", "// Databricks notebook source\nval x = 1") == "200");
  CHECK(service.Import("/Shared/wrong.sql", "AUTO", kHeader) == "200");
  CHECK(service.Import("/Shared/j.ipynb", "AUTO", R"({"cells":[],"metadata":{},"nbformat":4})") == "200");
  CHECK(service.Import("/Shared/broken.ipynb", "AUTO", "{}") == "400 INVALID_PARAMETER_VALUE");
  CHECK(List(service, "/Shared") == std::set<std::string>{"NOTEBOOK /Shared/etl", "FILE /Shared/plain.py",
                                                          "NOTEBOOK /Shared/q", "NOTEBOOK /Shared/s",
                                                          "FILE /Shared/wrong.sql", "NOTEBOOK /Shared/j"});
  CHECK(service.Import("/Shared/etl.py", "AUTO", kHeader) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.Import("/Shared/etl.py", "RAW", kHeader) == "200");  // a file beside the notebook
}

TEST_CASE("import takes multipart/form-data with raw content") {
  Service service;
  service.content_type = "multipart/form-data; boundary=\"b--1\"";
  const std::string body =
      "--b--1\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/Shared/x\r\n"
      "--b--1\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\nRAW\r\n"
      "--b--1\r\nContent-Disposition: form-data; name=\"content\"; filename=\"c\"\r\nContent-Type: a/b\r\n\r\n"
      "raw\r\n--b-bytes\r\n--b--1--\r\n";
  REQUIRE(Service::Outcome(service.Ask("POST", kApi + "import", body)) == "200");
  CHECK(service.emulator->tree().Find("/Shared/x")->bytes == "raw\r\n--b-bytes");
  CHECK(Service::Outcome(service.Ask("POST", kApi + "import", "nothing")) == "400 MALFORMED_REQUEST");
}

TEST_CASE("10,485,760 bytes go in and out, one more does not, in every encoding") {
  Service service;
  const std::string most(10'485'760, 'x');
  CHECK(service.Import("/Shared/most", "RAW", most) == "200");
  CHECK(service.Import("/Shared/more", "RAW", most + "x") == "400 MAX_NOTEBOOK_SIZE_EXCEEDED");
  CHECK(service.Export("/Shared/most", "AUTO").size() == most.size());
  service.emulator->tree().PutFile("/Shared/more", most + "x");
  const std::string path = kApi + "export?path=/Shared/more&format=AUTO";
  CHECK(Service::Message(service.Ask("GET", path)) == "Size exceeds 10485760 bytes");
  CHECK(service.GetOutcome(path + "&direct_download=true") == "400 BAD_REQUEST");
  CHECK(service.Ask("GET", "/api/2.0/workspace-files/Shared/more").body.size() == most.size() + 1);
  for (const char* variant : {"export-limit-notebook-size", "export-limit-as-import"}) {
    Service other = Service::With(variant);
    other.emulator->tree().PutFile("/Shared/more", most + "x");
    CHECK(other.GetOutcome(path) == "400 MAX_NOTEBOOK_SIZE_EXCEEDED");
  }
}

TEST_CASE("each kind exports in its formats and refuses the others") {
  Service service;
  WorkspaceTree& tree = service.emulator->tree();
  tree.PutNotebook("/Shared/d/n", "PYTHON", kHeader + "x = 1\n");
  tree.PutFile("/Shared/d/f.txt", "file");
  tree.PutNode("/Shared/d/lib", "LIBRARY");
  tree.PutNode("/Shared/d/dash", "DASHBOARD", {{"resource_id", "abc"}}, "{\"pages\":[]}");
  tree.PutNode("/Shared/d/exp", "MLFLOW_EXPERIMENT");
  const auto outcome = [&](const std::string& name, const std::string& format) {
    return service.GetOutcome(kApi + "export?path=/Shared/d" + name + "&format=" + format).substr(0, 3);
  };
  for (const char* format : {"SOURCE", "JUPYTER", "HTML", "DBC", "R_MARKDOWN", "AUTO", "RAW"})
    CHECK(outcome("/n", format) == "200");
  for (const char* format : {"SOURCE", "AUTO", "RAW"}) CHECK(outcome("/f.txt", format) == "200");
  for (const char* format : {"JUPYTER", "HTML", "DBC"}) CHECK(outcome("/f.txt", format) == "400");
  for (const char* format : {"SOURCE", "AUTO", "DBC"}) CHECK(outcome("", format) == "200");
  for (const char* format : {"JUPYTER", "HTML", "RAW"}) CHECK(outcome("", format) == "400");
  CHECK(outcome("/lib", "AUTO") == "400");
  CHECK(outcome("/exp", "AUTO") == "400");
  CHECK(service.Export("/Shared/d/dash", "AUTO") == "{\"pages\":[]}");
  CHECK(Status(service, "/Shared/d/dash")["resource_id"] == "abc");
  CHECK(outcome("/n", "python") == "400");
  CHECK(service.Get(kApi + "export?path=/Shared/d/n")["file_type"] == "py");
  CHECK(service.Ask("GET", kApi + "export?path=/Shared/d/f.txt&direct_download=true").body == "file");
}

TEST_CASE("a folder exports as an archive and comes back from it") {
  Service service;
  WorkspaceTree& tree = service.emulator->tree();
  tree.PutNotebook("/Shared/d/n", "PYTHON", kHeader + "x = 1\n");
  tree.PutNotebook("/Shared/d/sub/q", "SQL", "-- Databricks notebook source\nselect 1\n");
  tree.PutFile("/Shared/d/f.txt", "file");
  tree.Mkdirs("/Shared/d/empty");
  const auto names = [&](const std::string& format) {
    std::set<std::string> found;
    for (const ZipEntry& entry : ReadZip(service.Export("/Shared/d", format))) found.insert(entry.name);
    return found;
  };
  CHECK(names("SOURCE") == std::set<std::string>{"d/n.py", "d/sub/q.sql"});
  CHECK(names("AUTO") == std::set<std::string>{"d/n.py", "d/sub/q.sql", "d/f.txt"});
  CHECK(names("DBC") == std::set<std::string>{"d/", "d/n.python", "d/sub/", "d/sub/q.sql", "d/empty/"});
  CHECK(service.Import("/Shared/copy", "DBC", service.Export("/Shared/d", "DBC")) == "200");
  CHECK(List(service, "/Shared/copy") ==
        std::set<std::string>{"NOTEBOOK /Shared/copy/n", "DIRECTORY /Shared/copy/sub", "DIRECTORY /Shared/copy/empty"});
  CHECK(service.Export("/Shared/copy/n", "SOURCE") == kHeader + "x = 1\n");
  CHECK(service.Import("/Shared/copy", "DBC", service.Export("/Shared/d", "DBC")) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.Import("/Shared/x", "DBC", "PK", {{"overwrite", true}}) == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Import("/Shared/x", "DBC", "no zip") == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.Import("/Shared/from-zip", "SOURCE", service.Export("/Shared/d", "SOURCE")) == "200");
  CHECK(service.Export("/Shared/from-zip/sub/q", "SOURCE") == "-- Databricks notebook source\nselect 1\n");
}

TEST_CASE("a damaged archive is refused at every cut") {
  const std::string zip = WriteZip({{"a/", ""}, {"a/b.py", std::string(1000, 'x')}});
  CHECK(ReadZip(zip).size() == 2);
  for (size_t size = 0; size < zip.size(); ++size) {
    bool refused = false;
    try {
      ReadZip(std::string_view(zip).substr(0, size));
    } catch (const ApiError&) {
      refused = true;
    }
    CHECK(refused);
  }
}

TEST_CASE("import-file has statuses of its own") {
  Service service;
  const std::string api = "/api/2.0/workspace-files/import-file/Shared/";
  CHECK(service.Ask("POST", api + "a.bin", "raw").status == 200);
  CHECK(Service::Outcome(service.Ask("POST", api + "a.bin", "raw")) == "409 RESOURCE_ALREADY_EXISTS");
  CHECK(service.Ask("POST", api + "a.bin?overwrite=true", "{\"json\":1}").status == 200);
  CHECK(service.emulator->tree().Find("/Shared/a.bin")->bytes == "{\"json\":1}");
  CHECK(service.Ask("POST", api + "no/a.bin", "raw").status == 404);
  CHECK(service.Ask("POST", api + "n.py", kHeader).status == 200);
  const Response taken = service.Ask("POST", api + "n.py", kHeader);
  CHECK(Service::Outcome(taken) == "400");
  CHECK(Service::Message(taken) == "Path (/Shared/n) already exists.");
}

TEST_CASE("who is no administrator sees what is shared and his own") {
  Service service;
  WorkspaceTree& tree = service.emulator->tree();
  tree.PutFile("/Users/ana@example.com/f", "x");
  tree.PutFile("/Users/analyst@example.com/f", "x");
  tree.Mkdirs("/Secret");
  service.token = "second";
  CHECK(List(service, "/") == std::set<std::string>{"DIRECTORY /Repos", "DIRECTORY /Shared", "DIRECTORY /Users"});
  CHECK(List(service, "/Users") == std::set<std::string>{"DIRECTORY /Users/analyst@example.com"});
  CHECK(service.GetOutcome(kApi + "list?path=/Users/ana@example.com") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Users/ana@example.com/x"}}) == "403 PERMISSION_DENIED");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/Users/analyst@example.com/x"}}) == "200");
  CHECK(service.Import("/f", "RAW", "x") == "403 PERMISSION_DENIED");
}

TEST_CASE("a folder or file can be made unreadable") {
  Service service;
  service.emulator->tree().PutFile("/Shared/d/f", "x");
  service.Post("/emulator/deny", {{"path", "/Shared/d"}, {"status", 403}});
  service.emulator->tree().Deny("/Shared/d/f", 404);
  CHECK(service.GetOutcome(kApi + "list?path=/Shared/d") == "403 PERMISSION_DENIED");
  CHECK(service.GetOutcome(kApi + "export?path=/Shared/d/f&format=AUTO") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(List(service, "/Shared") == std::set<std::string>{"DIRECTORY /Shared/d"});
}

TEST_CASE("Git folders show what they are checked out from") {
  Service service;
  service.emulator->tree().PutNode("/Repos/ana/r", "REPO",
                                   {{"git_info", {{"branch", "main"}, {"url", "https://example.com/r.git"}}}});
  service.emulator->tree().PutFile("/Repos/ana/r/f", "x");
  CHECK(Status(service, "/Repos/ana/r/f", "&return_git_info=true")["git_info"]["branch"] == "main");
  CHECK(!Status(service, "/Repos/ana/r").contains("git_info"));
  CHECK(List(service, "/Repos/ana/r") == std::set<std::string>{"FILE /Repos/ana/r/f"});
}

TEST_CASE("what was just made may be missing for a while") {
  Options options;
  options.read_after_write_delay_ms = 1000;
  Service service(options);
  service.Import("/Shared/f", "RAW", "x");
  CHECK(service.GetOutcome(kApi + "get-status?path=/Shared/f") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(List(service, "/Shared").empty());
  *service.now += 1000;
  CHECK(service.GetOutcome(kApi + "get-status?path=/Shared/f") == "200");
}
