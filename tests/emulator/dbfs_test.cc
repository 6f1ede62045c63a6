#include "emulator/service.h"
#include "support/catch.h"

using namespace emulator;

namespace {
const std::string kApi = "/api/2.0/dbfs/";
const size_t kMebi = 1'048'576;

int64_t Open(Service& service, const std::string& path, bool overwrite = false) {
  const Response response = service.Post(kApi + "create", {{"path", path}, {"overwrite", overwrite}});
  return Json::parse(response.body).value("handle", int64_t{0});
}
}  // namespace

TEST_CASE("a file goes up block by block and is there when closed") {
  Service service;
  const int64_t handle = Open(service, "/FileStore/a/b.bin");
  CHECK(handle > (int64_t{1} << 53));
  for (const char* block : {"one", "two", "two"}) {
    CHECK(service.PostOutcome(kApi + "add-block", {{"handle", handle}, {"data", Base64Encode(block)}}) == "200");
  }
  CHECK(service.GetOutcome(kApi + "get-status?path=/FileStore/a/b.bin") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(service.PostOutcome(kApi + "close", {{"handle", handle}}) == "200");
  CHECK(service.PostOutcome(kApi + "close", {{"handle", handle}}) == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(*service.emulator->dbfs().File("/FileStore/a/b.bin") == "onetwotwo");
  const Json info = service.Get(kApi + "get-status?path=/FileStore/a/b.bin");
  CHECK(info["file_size"] == 9);
  CHECK(info["modification_time"] == *service.now);
}

TEST_CASE("an idle handle expires after ten minutes") {
  Service service;
  const int64_t handle = Open(service, "/x");
  *service.now += 599'000;
  CHECK(service.PostOutcome(kApi + "add-block", {{"handle", handle}, {"data", ""}}) == "200");
  *service.now += 601'000;
  CHECK(service.PostOutcome(kApi + "add-block", {{"handle", handle}, {"data", ""}}) == "404 RESOURCE_DOES_NOT_EXIST");
}

TEST_CASE("blocks, puts and reads are limited to a mebibyte") {
  Service service;
  const std::string most(kMebi, 'x');
  const int64_t handle = Open(service, "/x");
  CHECK(service.PostOutcome(kApi + "add-block", {{"handle", handle}, {"data", Base64Encode(most)}}) == "200");
  CHECK(service.PostOutcome(kApi + "add-block", {{"handle", handle}, {"data", Base64Encode(most + "x")}}) ==
        "400 MAX_BLOCK_SIZE_EXCEEDED");
  CHECK(service.PostOutcome(kApi + "put", {{"path", "/p"}, {"contents", Base64Encode(most)}}) == "200");
  CHECK(service.PostOutcome(kApi + "put", {{"path", "/q"}, {"contents", Base64Encode(most + "x")}}) ==
        "400 MAX_BLOCK_SIZE_EXCEEDED");
  CHECK(service.Get(kApi + "read?path=/p&length=1048576")["bytes_read"] == kMebi);
  CHECK(service.GetOutcome(kApi + "read?path=/p&length=1048577") == "400 MAX_READ_SIZE_EXCEEDED");
}

TEST_CASE("read gives half a mebibyte unless told, and nothing at the end") {
  Service service;
  service.emulator->dbfs().PutFile("/f", std::string(600'000, 'x') + "end");
  CHECK(service.Get(kApi + "read?path=/f")["bytes_read"] == 524'288);
  const Json tail = service.Get(kApi + "read?path=/f&offset=600000&length=10");
  CHECK(tail["bytes_read"] == 3);
  CHECK(Base64Decode(tail["data"].get<std::string>()) == "end");
  CHECK(service.Get(kApi + "read?path=/f&offset=600003")["bytes_read"] == 0);
  CHECK(service.GetOutcome(kApi + "read?path=/f&offset=-1") == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.GetOutcome(kApi + "read?path=/") == "400 INVALID_PARAMETER_VALUE");
  CHECK(service.GetOutcome(kApi + "read?path=/no") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(service.GetOutcome(kApi + "read?path=f") == "400 INVALID_PARAMETER_VALUE");
}

TEST_CASE("create and put replace a file only with overwrite, and never a folder") {
  Service service;
  service.emulator->dbfs().PutFile("/d/f", "old");
  CHECK(service.PostOutcome(kApi + "create", {{"path", "/d/f"}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.PostOutcome(kApi + "put", {{"path", "/d/f"}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.PostOutcome(kApi + "put", {{"path", "/d"}, {"overwrite", true}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.PostOutcome(kApi + "create", {{"path", "/d/f/g"}}) == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(service.PostOutcome(kApi + "put", {{"path", "/d/f"}, {"contents", "bmV3"}, {"overwrite", true}}) == "200");
  CHECK(*service.emulator->dbfs().File("/d/f") == "new");
}

TEST_CASE("put takes a multipart file of any size") {
  Service service;
  service.content_type = "multipart/form-data; boundary=x";
  const std::string big(kMebi + 7, 'y');
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/big\r\n--x\r\nContent-Disposition: "
      "form-data; name=\"contents\"; filename=\"f\"\r\n\r\n" +
      big + "\r\n--x--\r\n";
  CHECK(Service::Outcome(service.Ask("POST", kApi + "put", body)) == "200");
  CHECK(*service.emulator->dbfs().File("/big") == big);
}

TEST_CASE("list shows a folder, a file as itself, and {} for an empty folder") {
  Service service;
  service.emulator->dbfs().PutFile("/d/f", "x");
  service.Post(kApi + "mkdirs", {{"path", "/d/e"}});
  CHECK(service.Get(kApi + "list?path=/d")["files"].size() == 2);
  CHECK(service.Get(kApi + "list?path=/d/f")["files"][0]["path"] == "/d/f");
  CHECK(service.Get(kApi + "list?path=/d/e") == Json::object());
  CHECK(service.GetOutcome(kApi + "list?path=/no") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(service.PostOutcome(kApi + "mkdirs", {{"path", "/d/f"}}) == "400 RESOURCE_ALREADY_EXISTS");
}

TEST_CASE("delete succeeds where nothing is, and wants recursive for a full folder") {
  Service service;
  service.emulator->dbfs().PutFile("/d/f", "x");
  CHECK(service.PostOutcome(kApi + "delete", {{"path", "/no"}}) == "200");
  CHECK(service.PostOutcome(kApi + "delete", {{"path", "/d"}}) == "400 IO_ERROR");
  CHECK(service.PostOutcome(kApi + "delete", {{"path", "/d"}, {"recursive", true}}) == "200");
  CHECK(!service.emulator->dbfs().Exists("/d"));
}

TEST_CASE("a large delete may stop half-way and be called again") {
  Service service = Service::With("dbfs-delete-partial");
  for (int i = 0; i < 150; ++i) service.emulator->dbfs().PutFile("/d/" + std::to_string(i), "x");
  CHECK(service.Post(kApi + "delete", {{"path", "/d"}, {"recursive", true}}).status == 503);
  CHECK(service.Get(kApi + "list?path=/d")["files"].size() == 50);
  CHECK(service.Post(kApi + "delete", {{"path", "/d"}, {"recursive", true}}).status == 200);
}

TEST_CASE("move takes folders with it, and refuses what is there and what is missing") {
  Service service;
  service.emulator->dbfs().PutFile("/a/f", "x");
  service.emulator->dbfs().PutFile("/g", "y");
  const auto move = [&](const char* from, const char* to) {
    return service.PostOutcome(kApi + "move", {{"source_path", from}, {"destination_path", to}});
  };
  CHECK(move("/no", "/x") == "404 RESOURCE_DOES_NOT_EXIST");
  CHECK(move("/a", "/g") == "400 RESOURCE_ALREADY_EXISTS");
  CHECK(move("/a", "/a/inside") == "400 INVALID_PARAMETER_VALUE");
  CHECK(move("/a", "/b") == "200");
  CHECK(*service.emulator->dbfs().File("/b/f") == "x");
  CHECK(move("/g", "/b") == "200");
  CHECK(*service.emulator->dbfs().File("/b/g") == "y");
}

TEST_CASE("the DBFS root may be switched off") {
  Service service = Service::With("dbfs-disabled");
  CHECK(service.GetOutcome(kApi + "list?path=/") == "403 PERMISSION_DENIED");
}
