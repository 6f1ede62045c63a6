// The client against the emulator in process: what both believe about the API has to fit.
#include "http/retrying_transport.h"
#include "objects/registry.h"
#include "support/catch.h"
#include "support/emulator_transport.h"
#include "support/faulty_transport.h"
#include "support/manual_clock.h"
#include "workspace/client.h"
#include "workspace/content.h"

namespace dbxark::workspace {
namespace {

using emulator::Json;
using test::EmulatorTransport;
using test::FaultyTransport;
using test::ManualClock;

struct Fixture {
  explicit Fixture(emulator::Options options = {}) : service(std::move(options)) {}

  emulator::Emulator service;
  ManualClock clock;
  EmulatorTransport wire{service};
  FaultyTransport faulty{wire};
  http::RetryingTransport transport{faulty, clock, {}};
  Client client{transport, clock};
  ApiContentSource source{client, Spool{}};
  ContentWriter writer{client};

  Result<Body> Fetch(ContentKind kind, const std::string& path, NotebookFormat format = NotebookFormat::kSource) {
    const ContentRequest request{kind, path, format, {}, {}};
    std::optional<Result<Body>> answer;
    source.Fetch({&request, 1}, [&](size_t, Result<Body> body) { answer.emplace(std::move(body)); }, {});
    return *answer;
  }
  std::string Text(const Result<Body>& body) {
    INFO((body.ok() ? std::string() : body.error().message()));
    REQUIRE(body.ok());
    return *body->ReadAll(100'000'000);
  }
};

#define REQUIRE_OK(expression)                                        \
  do {                                                                \
    auto&& outcome = (expression);                                    \
    INFO((outcome.ok() ? std::string() : outcome.error().message())); \
    REQUIRE(outcome.ok());                                            \
  } while (false)

TEST_CASE("the caller is known, and the workspace by its number") {
  emulator::Options options;
  options.org_id = 740512345678901;
  Fixture f(options);
  auto me = f.client.Me({});
  REQUIRE_OK(me);
  CHECK(me->user_name == "admin@example.com");
  CHECK(me->admin);
  CHECK(f.client.workspace_id() == "740512345678901");
}

TEST_CASE("notebooks of every language go and come back") {
  Fixture f;
  REQUIRE_OK(f.writer.MakeFolder("/Shared/a/b", {}));
  struct Case {
    const char* language;
    const char* source;
  };
  for (const Case& c : {Case{"PYTHON", "# Databricks notebook source\nprint(1)\n\n# COMMAND ----------\n\nprint(2)\n"},
                        Case{"SQL", "-- Databricks notebook source\nSELECT 1\n"},
                        Case{"SCALA", "// Databricks notebook source\nval x = 1\n"},
                        Case{"R", "# Databricks notebook source\nx <- 1\n"}}) {
    const std::string path = std::string("/Shared/a/b/") + c.language;
    REQUIRE_OK(f.writer.PutNotebook(path, c.language, NotebookFormat::kSource, Body(c.source), false, {}));
    CHECK(f.Text(f.Fetch(ContentKind::kNotebook, path)) == c.source);
    CHECK(f.Fetch(ContentKind::kNotebook, path, NotebookFormat::kJupyter).ok());
  }
  Status again = f.writer.PutNotebook("/Shared/a/b/R", "R", NotebookFormat::kSource, Body("x"), false, {});
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code() == ErrorCode::kAlreadyExists);
  Status orphan = f.writer.PutNotebook("/Shared/none/x", "R", NotebookFormat::kSource, Body("x"), false, {});
  REQUIRE_FALSE(orphan.ok());
  CHECK(orphan.error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a notebook near the limit goes as a form and comes back") {
  Fixture f;
  std::string source = "# Databricks notebook source\n";
  while (source.size() < 9'900'000) source += "print('0123456789012345678901234567890123456789')\n";
  REQUIRE_OK(f.writer.PutNotebook("/Shared/big", "PYTHON", NotebookFormat::kSource, Body(source), true, {}));
  CHECK(f.Text(f.Fetch(ContentKind::kNotebook, "/Shared/big")) == source);
}

TEST_CASE("files stay files, with any bytes and any name") {
  Fixture f;
  const std::string bytes("\0\xff# Databricks notebook source\n", 31);
  for (const char* path : {"/Shared/plain.bin", "/Shared/\xE6\x96\x87 100% \"a\"+b&c=d.txt"}) {
    REQUIRE_OK(f.writer.PutWorkspaceFile(path, Body(bytes), true, {}));
    CHECK(f.Text(f.Fetch(ContentKind::kWorkspaceFile, path)) == bytes);
  }
  const std::string notebook = "# Databricks notebook source\nprint(1)\n";
  REQUIRE_OK(f.writer.PutWorkspaceFile("/Shared/looks.py", Body(notebook), true, {}));
  auto status = f.client.Get("/api/2.0/workspace/get-status", {{"path", "/Shared/looks.py"}}, "workspace", {});
  REQUIRE_OK(status);
  CHECK(status->root()["object_type"].text() == "FILE");
  CHECK(f.Text(f.Fetch(ContentKind::kWorkspaceFile, "/Shared/looks.py")) == notebook);
}

TEST_CASE("DBFS files of every size go and come back") {
  Fixture f;
  for (size_t size : {size_t{0}, size_t{1}, size_t{786'432}, size_t{786'433}, size_t{1} << 20, (size_t{1} << 20) + 1,
                      (size_t{3} << 20) + 17}) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
    REQUIRE_OK(f.writer.PutDbfs("/databricks/init/x.bin", Body(bytes), true, {}));
    CHECK(f.Text(f.Fetch(ContentKind::kDbfsFile, "/databricks/init/x.bin")) == bytes);
  }
  CHECK(f.Fetch(ContentKind::kDbfsFile, "/nowhere").error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a DBFS file is whole although a block's answer was lost") {
  Fixture f;
  const std::string bytes(2'500'000, 'w');
  f.faulty.FailNext([](const http::Request& request) { return request.path.ends_with("/add-block"); });
  REQUIRE_OK(f.writer.PutDbfs("/FileStore/w", Body(bytes), false, {}));
  CHECK(f.faulty.fired() == 1);
  CHECK(f.Text(f.Fetch(ContentKind::kDbfsFile, "/FileStore/w")) == bytes);
}

TEST_CASE("reads survive what the wire does to them") {
  Fixture f;
  REQUIRE_OK(f.writer.PutNotebook("/Shared/n", "PYTHON", NotebookFormat::kSource, Body("print(1)\n"), true, {}));
  f.service.SetFaults(Json::parse(R"([
    {"match":{"path":"/api/2.0/workspace/export"},"action":{"status":429,"retry_after":"2"}},
    {"match":{"path":"/api/2.0/workspace/export"},"action":{"status":503,"html":true}},
    {"match":{"path":"/api/2.0/workspace/export"},"action":{"reset":"before"}},
    {"match":{"path":"/api/2.0/workspace/export"},"action":{"short_body":3}},
    {"match":{"path":"/api/2.0/workspace/list"},"action":{"status":200,"empty":true}},
    {"match":{"path":"/api/2.0/workspace/list"},"action":{"status":200,"html":true}}])"));
  CHECK(f.Fetch(ContentKind::kNotebook, "/Shared/n").ok());
  std::vector<std::string> paths;
  REQUIRE_OK(f.client.GetPages("/api/2.0/workspace/list", {{"path", "/Shared"}}, "workspace", "objects",
                               objects::Paging::kNone,
                               [&](json::Node node) {
                                 paths.push_back(node["path"].text());
                                 return Status();
                               },
                               {}));
  CHECK(paths == std::vector<std::string>{"/Shared/n"});
  for (const Json& fault : f.service.Faults()) {
    INFO(fault.dump());
    CHECK(fault["fired"] == 1);
  }
}

TEST_CASE("an update of a pool takes along only what can be changed") {
  emulator::Options options;
  options.variants = {"strict-unknown-fields"};
  Fixture f(options);
  std::string created = R"({"instance_pool_name":"p","node_type_id":"i3.xlarge","min_idle_instances":1,
      "disk_spec":{"disk_count":1,"disk_size":100,"disk_type":{"ebs_volume_type":"GENERAL_PURPOSE_SSD"}},
      "preloaded_spark_versions":["15.4.x-scala2.12"]})";
  auto made = f.client.Create(objects::kInstancePool, created, {});
  REQUIRE_OK(made);
  const std::string id = made->id;
  std::string changed = created;
  changed.replace(changed.find(":1,"), 3, ":0,");
  REQUIRE_OK(f.client.Update(objects::kInstancePool, objects::kInstancePool.update, id, changed, false, {}));
  auto read = f.client.Read(objects::kInstancePool, id, {});
  REQUIRE_OK(read);
  const Json pool = Json::parse(*read);
  CHECK(pool.value("min_idle_instances", 0) == 0);
  CHECK(pool["disk_spec"]["disk_size"] == 100);
}

TEST_CASE("a wrong token is a lack of rights, in every form of the service's answer") {
  for (const char* variant : {"", "invalid-token-401", "unauthenticated-text", "unauthenticated-empty-body",
                              "login-redirect", "error-html", "error-plain-text"}) {
    emulator::Options options;
    if (*variant != '\0') options.variants = {variant};
    emulator::Emulator service(options);
    ManualClock clock;
    for (const char* token : {"wrong", ""}) {
      EmulatorTransport wire(service, token);
      Client client(wire, clock);
      auto me = client.Me({});
      INFO(variant << " token " << token);
      REQUIRE_FALSE(me.ok());
      INFO(me.error().message());
      CHECK(me.error().code() == ErrorCode::kDenied);
      CHECK(me.error().message().find('\n') == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace dbxark::workspace
