#include "emulator/libraries.h"

#include <algorithm>

#include "emulator/clusters.h"
#include "emulator/compute_family.h"
#include "emulator/family_support.h"

namespace emulator {

void CheckLibraries(const Json& libraries) {
  if (libraries.is_null()) return;
  if (!libraries.is_array()) RefuseParameter("The field 'libraries' must be an array.");
  for (const Json& library : libraries) {
    if (!library.is_object() || library.size() != 1) {
      RefuseParameter("A library must have exactly one of jar, egg, whl, requirements, maven, pypi, cran: " +
                      library.dump());
    }
    std::string kind = library.begin().key();
    const Json& value = library.begin().value();
    if (kind == "jar" || kind == "egg" || kind == "whl" || kind == "requirements") {
      if (!value.is_string()) RefuseParameter("A library's " + kind + " must be a URI.");
    } else if (kind == "maven") {
      if (TextOf(value, "coordinates").empty()) RefuseParameter("Missing required field: maven.coordinates");
    } else if (kind == "pypi" || kind == "cran") {
      if (TextOf(value, "package").empty()) RefuseParameter("Missing required field: " + kind + ".package");
    } else {
      RefuseParameter("Unknown kind of library '" + kind + "'.");
    }
  }
}

void LibraryTable::AddRoutes(std::vector<Route>& routes) {
  auto add = [&](const char* method, const char* call, Response (LibraryTable::*handler)(Context&)) {
    routes.push_back({method, std::string("/api/2.0/libraries/") + call, "libraries",
                      Guarded([this, handler](Context& context) { return (this->*handler)(context); },
                              "libraries-absent", "libraries-disabled")});
  };
  add("GET", "all-cluster-statuses", &LibraryTable::AllStatuses);
  add("GET", "cluster-status", &LibraryTable::Status);
  add("POST", "install", &LibraryTable::Install);
  add("POST", "uninstall", &LibraryTable::Uninstall);
}

void LibraryTable::ClusterStarted(const std::string& cluster_id) {
  Json* record = libraries_.Find(cluster_id);
  if (record == nullptr) return;
  Json staying = Json::array();
  for (const Json& library : (*record)["libraries"]) {
    if (!BooleanOf(library, "leaving")) staying.push_back(library);
  }
  (*record)["libraries"] = std::move(staying);
}

Json LibraryTable::StatusOf(const Context& context, const std::string& cluster_id) const {
  Json statuses = Json::array();
  const Json* record = libraries_.Find(cluster_id);
  if (record == nullptr) return statuses;
  Compute& compute = emulator_.compute();
  const Json* cluster = compute.clusters().Peek(cluster_id);
  for (const Json& library : record->at("libraries")) {
    std::string status = "PENDING";
    if (BooleanOf(library, "leaving")) {
      status = "UNINSTALL_ON_RESTART";
    } else if (cluster != nullptr && TextOf(*cluster, "state") == "RUNNING") {
      int64_t since = std::max(IntegerOf(library, "since"), IntegerOf(*cluster, "running_since"));
      status = context.now_ms - since < compute.durations.library_ms ? "INSTALLING" : "INSTALLED";
    }
    statuses.push_back(
        {{"library", library.at("library")}, {"status", status}, {"is_library_for_all_clusters", false}});
  }
  return statuses;
}

Response LibraryTable::AllStatuses(Context& context) {
  Json all = Json::array();
  for (const auto& [sequence, record] : libraries_.records()) {
    std::string id = TextOf(record, "cluster_id");
    if (!emulator_.compute().clusters().MaySee(context, id)) continue;
    Json statuses = StatusOf(context, id);
    if (!statuses.empty()) all.push_back({{"cluster_id", id}, {"library_statuses", std::move(statuses)}});
  }
  if (all.empty()) return Empty();
  return Answer(context, {{"statuses", std::move(all)}});
}

Response LibraryTable::Status(Context& context) {
  std::string id = context.RequiredText("cluster_id");
  emulator_.compute().clusters().Require(context, id);
  Json statuses = StatusOf(context, id);
  Json answer = {{"cluster_id", id}};
  if (!statuses.empty()) answer["library_statuses"] = std::move(statuses);
  return Answer(context, std::move(answer));
}

Response LibraryTable::Install(Context& context) {
  std::string id = context.RequiredText("cluster_id");
  emulator_.compute().clusters().Require(context, id);
  const Json& asked = MemberOf(context.Arguments(), "libraries");
  CheckLibraries(asked);
  Json* record = libraries_.Find(id);
  if (record == nullptr) record = &libraries_.Put(id, {{"cluster_id", id}, {"libraries", Json::array()}});
  Json& libraries = (*record)["libraries"];
  for (const Json& library : asked) {
    auto same = std::find_if(libraries.begin(), libraries.end(),
                             [&](const Json& there) { return there.at("library") == library; });
    if (same != libraries.end()) {
      (*same)["leaving"] = false;
    } else {
      libraries.push_back({{"library", library}, {"since", context.now_ms}, {"leaving", false}});
    }
  }
  return Empty();
}

void LibraryTable::Clone(const Context& context, const std::string& origin_id, const std::string& cluster_id) {
  const Json* origin = libraries_.Find(origin_id);
  if (origin == nullptr) return;
  Json libraries = Json::array();
  for (const Json& library : origin->at("libraries")) {
    if (BooleanOf(library, "leaving")) continue;
    libraries.push_back({{"library", library.at("library")}, {"since", context.now_ms}, {"leaving", false}});
  }
  libraries_.Put(cluster_id, {{"cluster_id", cluster_id}, {"libraries", std::move(libraries)}});
}

Response LibraryTable::Uninstall(Context& context) {
  std::string id = context.RequiredText("cluster_id");
  emulator_.compute().clusters().Require(context, id);
  const Json& asked = MemberOf(context.Arguments(), "libraries");
  CheckLibraries(asked);
  Json* record = libraries_.Find(id);
  if (record == nullptr) return Empty();
  for (Json& library : (*record)["libraries"]) {
    if (std::find(asked.begin(), asked.end(), library.at("library")) != asked.end()) library["leaving"] = true;
  }
  return Empty();
}

}  // namespace emulator
