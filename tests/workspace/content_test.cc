#include "workspace/content.h"

#include "base/digest.h"
#include "json/document.h"
#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace dbxark::workspace {
namespace {

using test::Answer;
using test::ErrorAnswer;
using test::ManualClock;
using test::QueryOf;
using test::ScriptedTransport;

const http::Fields kAttached = {{"content-type", "application/octet-stream"}, {"content-disposition", "attachment"}};
const http::Fields kJson = {{"content-type", "application/json"}};

struct Fixture {
  ScriptedTransport script;
  ManualClock clock;
  Client client{script, clock};
  ApiContentSource source{client, Spool{}};
  ContentWriter writer{client};

  Result<Body> Fetch(ContentRequest request) {
    std::optional<Result<Body>> answer;
    source.Fetch({&request, 1}, [&](size_t, Result<Body> body) { answer.emplace(std::move(body)); }, {});
    REQUIRE(answer);
    return *answer;
  }
  Result<Body> Notebook(NotebookFormat format = NotebookFormat::kSource) {
    return Fetch({ContentKind::kNotebook, "/Users/ana/etl", format, {}, {}});
  }
  Result<Body> File() { return Fetch({ContentKind::kWorkspaceFile, "/Shared/a b.txt", {}, {}, {}}); }
  Result<Body> Dbfs() { return Fetch({ContentKind::kDbfsFile, "/init/x.sh", {}, {}, {}}); }
};

std::string Text(const Result<Body>& body) {
  INFO((body.ok() ? std::string() : body.error().message()));
  REQUIRE(body.ok());
  return *body->ReadAll(100'000'000);
}

TEST_CASE("a notebook comes as raw bytes") {
  Fixture f;
  f.script.Then(Answer(200, "# Databricks notebook source\nprint(1)", kAttached));
  CHECK(Text(f.Notebook()) == "# Databricks notebook source\nprint(1)");
  CHECK(QueryOf(f.script.requests()[0]) == "path=/Users/ana/etl format=SOURCE direct_download=true");
}

TEST_CASE("a service that ignores or refuses direct_download answers JSON, which is decoded") {
  const std::string json = R"({"content":")" + ToBase64("-- x\n") + R"(","file_type":"sql"})";
  Fixture ignores;
  ignores.script.Then(Answer(200, json, kJson));
  CHECK(Text(ignores.Notebook()) == "-- x\n");
  Fixture refuses;
  refuses.script.Then(ErrorAnswer(400, "INVALID_PARAMETER_VALUE", "Unknown parameter direct_download"))
      .Then(Answer(200, json, kJson));
  CHECK(Text(refuses.Notebook()) == "-- x\n");
  CHECK(QueryOf(refuses.script.requests()[1]) == "path=/Users/ana/etl format=SOURCE");
}

TEST_CASE("an empty answer is no empty object, unless it is said twice") {
  Fixture notebook;
  notebook.script.Then(Answer(200, "", kAttached)).Then(Answer(200, "# Databricks notebook source\n", kAttached));
  CHECK(Text(notebook.Notebook()) == "# Databricks notebook source\n");
  Fixture file;
  file.script.Then(Answer(200, "", kAttached)).Then(Answer(200, R"({"content":"YQ=="})", kJson));
  CHECK(Text(file.File()) == "a");
  Fixture empty;
  empty.script.Then(Answer(200, "", kAttached)).Then(Answer(200, R"({"file_type":"txt"})", kJson));
  CHECK(Text(empty.File()).empty());
  // That says nothing of how the server takes direct_download.
  empty.script.Then(Answer(200, "abc", kAttached));
  CHECK(Text(empty.File()) == "abc");
  CHECK(QueryOf(empty.script.requests()[2]) == "path=/Shared/a b.txt format=AUTO direct_download=true");
}

TEST_CASE("a notebook without its header is asked for in the other form") {
  Fixture f;
  f.script.Then(Answer(200, "][", kAttached))
      .Then(Answer(200, R"({"content":")" + ToBase64("-- x\n") + R"("})", kJson));
  CHECK(Text(f.Notebook()) == "-- x\n");
  CHECK(QueryOf(f.script.requests()[1]) == "path=/Users/ana/etl format=SOURCE");
  // One that has none is no reason to ask otherwise from now on.
  f.script.Then(Answer(200, "x", kAttached)).Then(Answer(200, R"({"content":"eA=="})", kJson));
  CHECK(Text(f.Notebook()) == "x");
  f.script.Then(Answer(200, "# Databricks notebook source\n", kAttached));
  CHECK(Text(f.Notebook()) == "# Databricks notebook source\n");
  CHECK(f.script.requests().size() == 5);
}

TEST_CASE("a file that looks like an answer is told from an answer") {
  const auto in_json = [](const std::string& text) { return R"({"content":")" + ToBase64(text) + R"("})"; };
  const http::Fields page_type = {{"content-type", "text/html"}};
  const std::string page = "<html><body>mine</body></html>";
  for (const auto& [file, type] : {std::pair(in_json("hello"), kJson), {std::string("{}"), kJson}, {page, page_type}}) {
    Fixture f;
    f.script.Then(Answer(200, file, type)).Then(Answer(200, in_json(file), kJson));
    CHECK(Text(f.File()) == file);
    CHECK(QueryOf(f.script.requests()[1]) == "path=/Shared/a b.txt format=AUTO");
  }
  // A server that takes no notice of direct_download is asked once too often, and not again.
  Fixture ignores;
  ignores.script.Always(Answer(200, in_json("hello"), kJson));
  CHECK(Text(ignores.File()) == "hello");
  CHECK(ignores.script.requests().size() == 2);
  CHECK(Text(ignores.File()) == "hello");
  CHECK(ignores.script.requests().size() == 3);
}

TEST_CASE("what is called JSON and is none is looked at in the other form") {
  for (const std::string& file : {std::string("]["), std::string(R"({"content":"aGVsbG8)")}) {
    Fixture f;
    f.script.Then(Answer(200, file, kJson)).Then(Answer(200, R"({"content":"aGVsbG8="})", kJson));
    CHECK(Text(f.File()) == "hello");
    CHECK(QueryOf(f.script.requests()[1]) == "path=/Shared/a b.txt format=AUTO");
  }
}

TEST_CASE("a Jupyter notebook is JSON and stays as it is; a cut one is fetched again") {
  const std::string notebook = R"({"cells":[],"nbformat":4})";
  Fixture f;
  f.script.Then(Answer(200, notebook.substr(0, 10), kAttached)).Then(Answer(200, notebook, kJson));
  CHECK(Text(f.Notebook(NotebookFormat::kJupyter)) == notebook);
  Fixture cut;
  cut.script.Always(Answer(200, notebook.substr(0, 10), kAttached));
  CHECK_FALSE(cut.Notebook(NotebookFormat::kJupyter).ok());
}

TEST_CASE("a page of a gateway is no notebook, an HTML file is one's own") {
  const std::string page = "<!DOCTYPE html><html></html>";
  Fixture f;
  f.script.Always(Answer(200, page, {{"content-type", "text/html"}}));
  CHECK_FALSE(f.Notebook().ok());
  Fixture own;
  own.script.Then(Answer(200, page, kAttached));
  CHECK(Text(own.File()) == page);
}

TEST_CASE("a JSON file that looks like an answer is a file") {
  const std::string body = R"({"content":"x","other":1})";
  Fixture f;
  f.script.Then(Answer(200, body, kJson));
  CHECK(Text(f.File()) == body);
  Fixture attached;
  attached.script.Then(Answer(200, R"({"content":"eA=="})", kAttached));
  CHECK(Text(attached.File()) == R"({"content":"eA=="})");
}

TEST_CASE("a notebook over the limit is a failure that says so") {
  for (const auto& answer :
       {ErrorAnswer(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", "too big"),
        ErrorAnswer(400, "BAD_REQUEST", "Size exceeds 10485760 bytes"),
        ErrorAnswer(400, "BAD_REQUEST", "File size imported is (12 bytes), exceeded max size (10485760 bytes)")}) {
    Fixture f;
    f.script.Then(answer);
    auto body = f.Notebook();
    REQUIRE_FALSE(body.ok());
    CHECK(body.error().code() == ErrorCode::kFailed);
    CHECK(body.error().message().find("larger than the API exports") != std::string::npos);
  }
}

TEST_CASE("a file over the limit is read the other way, where there is one") {
  Fixture f;
  f.script.Then(ErrorAnswer(400, "MAX_NOTEBOOK_SIZE_EXCEEDED")).Then(Answer(200, std::string(3'000'000, 'z')));
  CHECK(Text(f.File()).size() == 3'000'000);
  CHECK(f.script.requests()[1].path == "/api/2.0/workspace-files/Shared/a%20b.txt");
  Fixture none;
  none.script.Then(ErrorAnswer(400, "MAX_NOTEBOOK_SIZE_EXCEEDED")).Then(ErrorAnswer(404, "ENDPOINT_NOT_FOUND"));
  auto body = none.File();
  REQUIRE_FALSE(body.ok());
  CHECK(body.error().message().find("larger than the API exports") != std::string::npos);
}

TEST_CASE("an error concerns its object alone") {
  Fixture f;
  f.script.Then(ErrorAnswer(404, "RESOURCE_DOES_NOT_EXIST"))
      .Then(Answer(200, "# Databricks notebook source\n", kAttached));
  const ContentRequest requests[] = {{ContentKind::kNotebook, "/a", {}, {}, {}},
                                     {ContentKind::kNotebook, "/b", {}, {}, {}}};
  std::vector<bool> results;
  f.source.Fetch(requests, [&](size_t, Result<Body> body) { results.push_back(body.ok()); }, {});
  CHECK(results == std::vector<bool>{false, true});
}

http::Response DbfsStatus(int64_t size, int64_t time) {
  return Answer(200, R"({"path":"/init/x.sh","is_dir":false,"file_size":)" + std::to_string(size) +
                         R"(,"modification_time":)" + std::to_string(time) + "}");
}
http::Response DbfsBlock(const std::string& bytes) {
  return Answer(200, R"({"bytes_read":)" + std::to_string(bytes.size()) + R"(,"data":")" + ToBase64(bytes) + "\"}");
}

TEST_CASE("a DBFS file is read block by block") {
  Fixture f;
  const std::string block(1 << 20, 'a');
  f.script.Then(DbfsStatus((1 << 20) + 3, 5)).Then(DbfsBlock(block)).Then(DbfsBlock("end"));
  f.script.Then(DbfsStatus((1 << 20) + 3, 5));
  CHECK(Text(f.Dbfs()) == block + "end");
  CHECK(QueryOf(f.script.requests()[2]) == "path=/init/x.sh offset=1048576 length=1048576");
}

TEST_CASE("an empty DBFS file, listed before, costs one look") {
  Fixture f;
  f.script.Then(Answer(200, R"({"path":"/e","modification_time":9})"));
  CHECK(Text(f.Fetch({ContentKind::kDbfsFile, "/e", {}, 0, 9})).empty());
  CHECK(f.script.requests().size() == 1);
}

TEST_CASE("a DBFS file that changes while it is read is read again, or fails") {
  Fixture f;
  f.script.Then(DbfsStatus(3, 5)).Then(DbfsBlock("old")).Then(DbfsStatus(4, 6));
  f.script.Then(DbfsStatus(4, 6)).Then(DbfsBlock("new!")).Then(DbfsStatus(4, 6));
  CHECK(Text(f.Dbfs()) == "new!");
  Fixture never;
  for (int i = 0; i < 6; ++i)
    never.script.Then(DbfsStatus(3, 10 * i)).Then(DbfsBlock("old")).Then(DbfsStatus(3, 10 * i + 1));
  auto body = never.Dbfs();
  REQUIRE_FALSE(body.ok());
  CHECK(body.error().message().find("changed while it was read") != std::string::npos);
}

TEST_CASE("a notebook is imported as JSON, a large one as a form") {
  Fixture f;
  f.script.Always(Answer(200, "{}"));
  REQUIRE(f.writer.PutNotebook("/a\"b", "PYTHON", NotebookFormat::kSource, Body("print(1)"), true, {}).ok());
  const http::Request small = f.script.requests()[0];
  auto json = json::Document::Parse(small.body);
  REQUIRE(json.ok());
  CHECK(json->root()["path"].text() == "/a\"b");
  CHECK(json->root()["format"].text() == "SOURCE");
  CHECK(json->root()["language"].text() == "PYTHON");
  CHECK(json->root()["content"].text() == ToBase64("print(1)"));
  CHECK(json->root()["overwrite"].AsBool() == true);
  CHECK(small.effect == http::Effect::kIdempotent);

  const std::string large(9'900'000, 'x');
  REQUIRE(f.writer.PutNotebook("/big", "PYTHON", NotebookFormat::kSource, Body(large), false, {}).ok());
  const http::Request form = f.script.requests()[1];
  CHECK(form.effect == http::Effect::kOnce);
  CHECK(form.content_type.starts_with("multipart/form-data; boundary="));
  REQUIRE(form.open_body);
  auto source = form.open_body();
  REQUIRE(source.ok());
  std::string bytes, buffer(1000, '\0');
  while (true) {
    auto count = (*source)->Read(buffer.data(), buffer.size());
    REQUIRE(count.ok());
    if (*count == 0) break;
    bytes.append(buffer, 0, *count);
  }
  CHECK(bytes.size() == form.body_size);
  CHECK(bytes.find("name=\"path\"\r\n\r\n/big\r\n") != std::string::npos);
  CHECK(bytes.find("\r\n\r\n" + large + "\r\n--dbxark-") != std::string::npos);
}

TEST_CASE("a workspace file stays a file") {
  Fixture f;
  const Body notebook_like("# Databricks notebook source\n");
  f.script.Then(Answer(200, ""));
  f.script.Then(Answer(200, R"({"object_type":"FILE","path":"/a.py"})"));
  REQUIRE(f.writer.PutWorkspaceFile("/a.py", notebook_like, true, {}).ok());
  CHECK(f.script.requests()[0].body.find("\"format\":\"RAW\"") != std::string::npos);
  CHECK(f.script.requests()[1].path == "/api/2.0/workspace/get-status");
  // A server that did not listen has put a notebook there, under that name or without the ending.
  f.script.Then(Answer(200, ""));
  f.script.Then(Answer(200, R"({"object_type":"NOTEBOOK","path":"/a.py"})"));
  CHECK_FALSE(f.writer.PutWorkspaceFile("/a.py", notebook_like, true, {}).ok());
  f.script.Then(Answer(200, ""));
  f.script.Then(ErrorAnswer(404, "RESOURCE_DOES_NOT_EXIST", "Path (/a.ipynb) doesn't exist."));
  CHECK_FALSE(f.writer.PutWorkspaceFile("/a.ipynb", Body("{}"), true, {}).ok());
  f.script.Always(Answer(200, ""));
  const size_t before = f.script.requests().size();
  REQUIRE(f.writer.PutWorkspaceFile("/a b/c.bin", Body(std::string(11'000'000, 'q')), true, {}).ok());
  CHECK(f.script.requests()[before].path == "/api/2.0/workspace-files/import-file/a%20b/c.bin");
  CHECK(QueryOf(f.script.requests()[before]) == "overwrite=true");
  const Body large_notebook("# Databricks notebook source\n" + std::string(11'000'000, 'q'));
  CHECK_FALSE(f.writer.PutWorkspaceFile("/x.py", large_notebook, true, {}).ok());
  CHECK(f.script.requests().size() == before + 1);
}

TEST_CASE("a small DBFS file is one call, a large one is created, filled and closed") {
  Fixture f;
  f.script.Then(Answer(200, "{}"));
  REQUIRE(f.writer.PutDbfs("/s", Body("abc"), true, {}).ok());
  CHECK(f.script.requests()[0].path == "/api/2.0/dbfs/put");
  f.script.Then(Answer(200, R"({"handle":9007199254740993})"));
  f.script.Always(Answer(200, "{}"));
  REQUIRE(f.writer.PutDbfs("/l", Body(std::string((2 << 20) + 1, 'k')), false, {}).ok());
  std::string calls;
  for (const http::Request& request : f.script.requests()) calls += request.path.substr(request.path.rfind('/'));
  CHECK(calls == "/put/create/add-block/add-block/add-block/close");
  CHECK(f.script.requests()[2].body.starts_with(R"({"handle":9007199254740993,)"));
}

TEST_CASE("a block whose answer was lost begins the file again") {
  Fixture f;
  f.script.Then(Answer(200, R"({"handle":1})")).Then(Error(ErrorCode::kOutcomeUnknown, "reset"));
  f.script.Then(Answer(200, R"({"handle":2})"));
  f.script.Always(Answer(200, "{}"));
  REQUIRE(f.writer.PutDbfs("/l", Body(std::string(1'500'000, 'k')), false, {}).ok());
  const auto requests = f.script.requests();
  REQUIRE(requests.size() == 6);
  CHECK(requests[2].path == "/api/2.0/dbfs/create");
  CHECK(requests[2].body.find("\"overwrite\":true") != std::string::npos);  // it is ours by now
  CHECK(requests[5].body == R"({"handle":2})");
}

TEST_CASE("a DBFS file that was there is not replaced without being asked") {
  Fixture f;
  f.script.Then(ErrorAnswer(400, "RESOURCE_ALREADY_EXISTS"));
  Status status = f.writer.PutDbfs("/l", Body(std::string(1'500'000, 'k')), false, {});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code() == ErrorCode::kAlreadyExists);
  CHECK(f.script.requests().size() == 1);
}

}  // namespace
}  // namespace dbxark::workspace
