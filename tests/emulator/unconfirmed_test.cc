// Variants that came with tools/live_check: each one beside what is assumed. The others are tested with their families.
#include <string>

#include "emulator/codec.h"
#include "emulator/compute_service.h"
#include "emulator/workspace_family.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

const Json kCluster = {{"spark_version", "15.4.x-scala2.12"}, {"node_type_id", "i3.xlarge"}, {"num_workers", 1}};

Json With(Json value, const Json& more) {
  value.update(more);
  return value;
}

Reply Import(Service& service, const std::string& path, const std::string& text, const std::string& format,
             const Json& more = Json::object()) {
  Json body = {{"path", path}, {"content", Base64Encode(text)}, {"format", format}};
  return service.Post("/api/2.0/workspace/import", With(body, more));
}

std::string TypeOf(Service& service, const std::string& path) {
  return service.Get("/api/2.0/workspace/get-status?path=" + PercentEncode(path)).body.value("object_type", "");
}

// A direct download, with its headers.
Response Download(Service& service, const std::string& path) {
  Request request;
  request.method = "GET";
  request.path = "/api/2.0/workspace/export";
  request.query = {{"path", path}, {"format", "AUTO"}, {"direct_download", "true"}};
  request.headers["authorization"] = "Bearer admin-token";
  return service.emulator().Answer(request);
}

std::string Disposition(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Disposition") return value;
  }
  return {};
}

std::string NewJob(Service& service, const std::string& name) {
  return service.Post("/api/2.2/jobs/create", {{"name", name}}).body.at("job_id").dump();
}

}  // namespace

TEST_CASE("a refused right may be CUSTOMER_UNAUTHORIZED") {
  const auto ask = [](Service service) {
    service.AsUser();
    const Reply reply = service.Get("/api/2.0/global-init-scripts");
    return std::to_string(reply.status) + " " + reply.code();
  };
  CHECK(ask(Service()) == "403 PERMISSION_DENIED");
  CHECK(ask(Service({"denied-customer-unauthorized"})) == "400 CUSTOMER_UNAUTHORIZED");
}

TEST_CASE("a direct download may say less, more, or be JSON") {
  const auto ask = [](std::set<std::string> variants) {
    Service service(std::move(variants));
    CHECK(Import(service, "/Shared/x.json", "{}", "RAW").status == 200);
    return Download(service, "/Shared/x.json");
  };
  CHECK(ask({}).body == "{}");
  CHECK(ask({}).content_type == "application/octet-stream");
  CHECK_FALSE(Disposition(ask({})).empty());
  CHECK(Disposition(ask({"download-without-disposition"})).empty());
  CHECK(ask({"download-content-type"}).content_type == "application/json");
  CHECK(Json::parse(ask({"direct-download-ignored"}).body).at("content") == Base64Encode("{}"));
  CHECK(ask({"export-disabled-bad-request"}).status == 400);
}

TEST_CASE("RAW may make notebooks") {
  const std::string text = "# Databricks notebook source\nprint(1)\n";
  Service usual, other({"raw-as-auto"});
  CHECK(Import(usual, "/Shared/x.py", text, "RAW").status == 200);
  CHECK(Import(other, "/Shared/x.py", text, "RAW").status == 200);
  CHECK(TypeOf(usual, "/Shared/x.py") == "FILE");
  CHECK(TypeOf(other, "/Shared/x") == "NOTEBOOK");
}

TEST_CASE("an import over another type may be RESOURCE_ALREADY_EXISTS") {
  const auto ask = [](Service service) {
    Import(service, "/Shared/x", "1", "RAW");
    return Import(service, "/Shared/x", "1", "SOURCE", {{"language", "PYTHON"}, {"overwrite", true}}).code();
  };
  CHECK(ask(Service()) == "INVALID_PARAMETER_VALUE");
  CHECK(ask(Service({"type-mismatch-exists"})) == "RESOURCE_ALREADY_EXISTS");
}

TEST_CASE("files over 10 MB may be refused on either way") {
  const auto upload = [](Service& service) {
    Request request;
    request.method = "POST";
    request.path = "/api/2.0/workspace-files/import-file/Shared/x";
    request.headers["authorization"] = "Bearer admin-token";
    request.body = std::string(10'485'761, '0');
    return service.emulator().Answer(request).status;
  };
  Service usual, small({"import-file-limit-10mb"}), old({"import-file-limit-200mb"}),
      read({"workspace-files-limit-10mb"});
  CHECK(upload(usual) == 200);
  CHECK(upload(small) == 413);
  CHECK(upload(old) == 200);
  CHECK(upload(read) == 200);
  CHECK(usual.Get("/api/2.0/workspace-files/Shared/x").status == 200);
  CHECK(read.Get("/api/2.0/workspace-files/Shared/x").status == 400);
}

TEST_CASE("Git folders may say nothing of themselves, and a Trash not be listed") {
  Service usual, other({"git-folders-unmarked", "trash-hidden", "repos-protected-403"});
  for (Service* service : {&usual, &other}) {
    service->emulator().tree().PutNode("/Repos/ana/git", "REPO");
    service->emulator().tree().Mkdirs("/Users/ana/Trash");
  }
  CHECK(TypeOf(usual, "/Repos/ana/git") == "REPO");
  CHECK(TypeOf(other, "/Repos/ana/git") == "DIRECTORY");
  CHECK(usual.Get("/api/2.0/workspace/list?path=/Users/ana").body.contains("objects"));
  CHECK_FALSE(other.Get("/api/2.0/workspace/list?path=/Users/ana").body.contains("objects"));
  CHECK(usual.Post("/api/2.0/workspace/mkdirs", {{"path", "/Repos/ana/x"}}).status == 400);
  CHECK(other.Post("/api/2.0/workspace/mkdirs", {{"path", "/Repos/ana/x"}}).status == 403);
}

TEST_CASE("pins may be told by a filter, a name, both or nothing") {
  const auto ask = [](std::set<std::string> variants) {
    Service service(std::move(variants));
    for (const bool pinned : {true, false}) {
      const Json made = service.Post("/api/2.1/clusters/create", kCluster).body;
      if (pinned) service.Post("/api/2.1/clusters/pin", made);
    }
    const Json all = service.Get("/api/2.1/clusters/list?filter_by.is_pinned=true").body.at("clusters");
    size_t named = 0;
    for (const Json& cluster : all) named += cluster.contains("pinned_by_user_name");
    return std::to_string(all.size()) + " shown, " + std::to_string(named) + " named";
  };
  CHECK(ask({}) == "1 shown, 0 named");
  CHECK(ask({"pinned-by-user-name"}) == "2 shown, 1 named");
  CHECK(ask({"pinned-by-user-name-too"}) == "1 shown, 1 named");
  CHECK(ask({"pin-filter-unknown"}) == "2 shown, 0 named");
}

TEST_CASE("a page of clusters may be smaller than asked for") {
  const auto ask = [](Service service) {
    for (int i = 0; i < 25; ++i) service.Post("/api/2.1/clusters/create", kCluster);
    return service.Get("/api/2.1/clusters/list?page_size=100").body.at("clusters").size();
  };
  CHECK(ask(Service()) == 25);
  CHECK(ask(Service({"page-size-lowered"})) == 20);
}

TEST_CASE("a cluster without a name may have no cluster_name") {
  const auto ask = [](Service service) {
    service.Post("/api/2.1/clusters/create", kCluster);
    return service.Get("/api/2.1/clusters/list").body.at("clusters")[0].contains("cluster_name");
  };
  CHECK(ask(Service()));
  CHECK_FALSE(ask(Service({"cluster-name-omitted"})));
}

TEST_CASE("the password of a docker image may be left out wherever it stands") {
  const auto ask = [](Service service) {
    const Json image = {{"url", "r/x:1"}, {"basic_auth", {{"username", "u"}, {"password", "p"}}}};
    const Json made = service.Post("/api/2.1/clusters/create", With(kCluster, {{"docker_image", image}})).body;
    const Json read = service.Get("/api/2.1/clusters/get?cluster_id=" + made.at("cluster_id").get<std::string>()).body;
    const bool outside = read.at("docker_image").at("basic_auth").contains("password");
    CHECK(read.at("spec").at("docker_image").at("basic_auth").contains("password") == outside);
    return outside;
  };
  CHECK(ask(Service()));
  CHECK_FALSE(ask(Service({"docker-password-omitted"})));
}

TEST_CASE("pages of jobs may shift when one is made or deleted meanwhile") {
  const auto ask = [](Service service) {
    for (const char* name : {"a", "b", "c"}) NewJob(service, name);
    const Json first = service.Get("/api/2.2/jobs/list?limit=1").body;
    NewJob(service, "d");
    const std::string token = PercentEncode(first.at("next_page_token").get<std::string>());
    return service.Get("/api/2.2/jobs/list?limit=1&page_token=" + token).body.at("jobs")[0]["settings"]["name"];
  };
  CHECK(ask(Service()) == "b");
  CHECK(ask(Service({"jobs-pages-by-offset"})) == "c");
}

TEST_CASE("what a job refers to may be checked more, or less") {
  Service usual, strict({"run-as-checked"}), lenient({"job-compute-unchecked"});
  const Json stranger = {{"run_as", {{"user_name", "nobody@example.com"}}}};
  CHECK(usual.Post("/api/2.2/jobs/create", stranger).status == 200);
  CHECK(strict.Post("/api/2.2/jobs/create", stranger).status == 400);
  CHECK(strict.Post("/api/2.2/jobs/create", {{"run_as", {{"user_name", "admin@example.com"}}}}).status == 200);
  for (const char* field : {"policy_id", "instance_pool_id"}) {
    Json cluster = {{"spark_version", "15.4.x-scala2.12"}, {"num_workers", 1}, {field, "none"}};
    if (std::string(field) == "policy_id") cluster["node_type_id"] = "i3.xlarge";
    const Json job = {{"job_clusters", Json::array({{{"job_cluster_key", "own"}, {"new_cluster", cluster}}})}};
    CHECK(usual.Post("/api/2.2/jobs/create", job).status == 400);
    CHECK(lenient.Post("/api/2.2/jobs/create", job).status == 200);
    CHECK(lenient.Post("/api/2.1/clusters/create", cluster).status == 400);
  }
}

}  // namespace emulator::test
