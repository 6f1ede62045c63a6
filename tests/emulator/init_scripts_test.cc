#include "emulator/compute_service.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

constexpr const char* kScripts = "/api/2.0/global-init-scripts";

std::string Make(Service& service, const std::string& name, int64_t position = -1) {
  Json script = {{"name", name}, {"script", Base64Encode("echo " + name)}};
  if (position >= 0) script["position"] = position;
  Reply made = service.Post(kScripts, script);
  REQUIRE(made.status == 200);
  return made.body.at("script_id");
}

std::string Names(Service& service) {
  std::string names;
  Json list = service.Get(kScripts).body;
  for (const Json& script : list.at("scripts")) {
    names += script.at("name").get<std::string>() + script.at("position").dump() + " ";
  }
  return names;
}

TEST_CASE("global init scripts keep their order") {
  Service service;
  CHECK(service.Get(kScripts).body == Json::object());
  Make(service, "a");
  Make(service, "b");
  std::string first = Make(service, "c", 0);
  Make(service, "d", 99);
  CHECK(Names(service) == "c0 a1 b2 d3 ");
  CHECK(service.Call("PATCH", std::string(kScripts) + "/" + first, {{"position", 2}, {"enabled", true}}).status == 200);
  CHECK(Names(service) == "a0 b1 c2 d3 ");
  CHECK(service.Call("DELETE", std::string(kScripts) + "/" + first).status == 200);
  CHECK(Names(service) == "a0 b1 d2 ");
  CHECK(service.Get(std::string(kScripts) + "/" + first).status == 404);
}

TEST_CASE("the content of a script is in get alone") {
  Service service;
  std::string id = Make(service, "a");
  CHECK(!service.Get(kScripts).body.at("scripts")[0].contains("script"));
  Json read = service.Get(std::string(kScripts) + "/" + id).body;
  CHECK(read.at("script") == Base64Encode("echo a"));
  CHECK(read.at("enabled") == false);
  CHECK(read.at("created_by") == "admin@example.com");
  service.Call("PATCH", std::string(kScripts) + "/" + id, {{"name", "b"}});
  CHECK(service.Get(std::string(kScripts) + "/" + id).body.at("script") == Base64Encode("echo a"));
}

TEST_CASE("a script has at most 64 KiB") {
  Service service;
  auto status = [&](size_t bytes) {
    return service.Post(kScripts, {{"name", "big"}, {"script", Base64Encode(std::string(bytes, '#'))}}).status;
  };
  CHECK(status(64 * 1024) == 200);
  CHECK(status(64 * 1024 + 1) == 400);
  CHECK(service.Post(kScripts, {{"name", "none"}}).status == 400);
  CHECK(service.Post(kScripts, {{"name", "bad"}, {"script", "***"}}).status == 400);
}

TEST_CASE("global init scripts are for administrators") {
  Service service;
  service.AsUser();
  CHECK(service.Get(kScripts).status == 403);
  Service disabled({"init-scripts-disabled"});
  CHECK(disabled.Get(kScripts).code() == "FEATURE_DISABLED");
}

}  // namespace
}  // namespace emulator::test
