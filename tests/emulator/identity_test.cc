#include "emulator/compute_service.h"
#include "emulator/identity_family.h"
#include "support/catch.h"

namespace emulator::test {
namespace {

const std::string kScim = "/api/2.0/preview/scim/v2/";

std::set<std::string> GroupsOfMe(Service& service) {
  std::set<std::string> names;
  Json me = service.Get(kScim + "Me").body;
  for (const Json& group : me.at("groups")) names.insert(group.at("display"));
  return names;
}

TEST_CASE("Me is the caller, with the groups that tell an administrator") {
  Service service;
  CHECK(service.Get(kScim + "Me").body.at("userName") == "admin@example.com");
  CHECK(GroupsOfMe(service) == std::set<std::string>{"admins", "users"});
  service.AsUser();
  CHECK(GroupsOfMe(service) == std::set<std::string>{"users"});
}

TEST_CASE("SCIM lists page, filter and choose attributes") {
  Service service;
  for (int number = 0; number < 7; ++number) {
    service.emulator().identity().PutUser("u" + std::to_string(number) + "@example.com", "U", false);
  }
  Json page = service.Get(kScim + "Users?startIndex=3&count=4").body;
  CHECK(page.at("totalResults") == 8);
  CHECK(page.at("itemsPerPage") == 4);
  CHECK(page.at("Resources").size() == 4);
  CHECK(!service.Get(kScim + "Users?startIndex=99").body.contains("Resources"));
  Json found = service.Get(kScim + "Users?filter=userName%20eq%20%22U3@example.com%22&attributes=userName").body;
  REQUIRE(found.at("Resources").size() == 1);
  CHECK(found["Resources"][0].at("userName") == "u3@example.com");
  CHECK(!found["Resources"][0].contains("emails"));
  CHECK(service.Get(kScim + "Users?filter=nonsense").status == 400);
}

TEST_CASE("SCIM errors have a shape of their own") {
  Service service;
  Reply missing = service.Get(kScim + "Users/1");
  CHECK(missing.status == 404);
  CHECK(missing.body.at("schemas")[0] == "urn:ietf:params:scim:api:messages:2.0:Error");
  CHECK(missing.body.at("status") == "404");
  CHECK(service.Post(kScim + "Groups", {{"displayName", "admins"}}).status == 409);
}

TEST_CASE("groups have members, added and removed by PATCH") {
  Service service;
  std::string user = service.emulator().identity().PutUser("ana@example.com", "Ana", false);
  Json group = service.Post(kScim + "Groups", {{"displayName", "g"}}).body;
  std::string path = kScim + "Groups/" + group.at("id").get<std::string>();
  Json add = {
      {"Operations", Json::array({{{"op", "add"}, {"path", "members"}, {"value", Json::array({{{"value", user}}})}}})}};
  CHECK(service.Call("PATCH", path, add).status == 200);
  CHECK(service.Get(path).body.at("members")[0].at("display") == "Ana");
  Json remove = {{"Operations", Json::array({{{"op", "remove"}, {"path", "members[value eq \"" + user + "\"]"}}})}};
  CHECK(service.Call("PATCH", path, remove).status == 200);
  CHECK(!service.Get(path).body.contains("members"));
  CHECK(service.Call("DELETE", path).status == 204);
  CHECK(service.Get(path).status == 404);
}

}  // namespace
}  // namespace emulator::test
