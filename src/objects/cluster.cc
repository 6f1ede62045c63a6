// Clusters and the libraries installed on them. Source: SDK module compute; Clusters 2.0 reference (idempotency_token).
#include "objects/cluster_spec.h"
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

constexpr std::string_view kVersions[] = {"2.1", "2.0"};
// `spec` is what the person sent last, without what the server filled in; a list or an older server has none.
constexpr std::string_view kBodies[] = {"spec", ""};

std::span<const FieldList> Fields() {
  static const FieldList lists[] = {{"", ClusterSpecFields()}};
  return lists;
}

constexpr Reference kOwn[] = {{"creator_user_name", "user", ReferenceForm::kPrincipal}};

std::span<const ReferenceMount> Mounts() {
  static const ReferenceMount mounts[] = {{"", ClusterSpecReferences()}, {"spec", ClusterSpecReferences()}, {"", kOwn}};
  return mounts;
}

constexpr KeyedArray kKeyed[] = {{"ssh_public_keys", ""}};

void Prepare(PrepareContext& context) {
  PrepareClusterSpec(context, context.body, context.body == context.definition ? "" : "spec");
}

// Clusters of jobs, pipelines, SQL and served models come and go with their owner. Older servers name no source; their
// names tell.
std::string_view OwnedElsewhere(json::Node definition) {
  const std::string source = definition["cluster_source"].text();
  if (source == "UI" || source == "API") return {};
  const std::string name = definition["cluster_name"].text();
  if (source == "JOB" || (source.empty() && name.starts_with("job-") && name.find("-run-") != std::string::npos)) {
    return "belongs to a job run";
  }
  if (source.starts_with("PIPELINE") || (source.empty() && name.starts_with("dlt-execution-"))) {
    return "belongs to a pipeline";
  }
  if (source == "SQL") return "belongs to SQL";
  if (source == "MODELS" || (source.empty() && name.starts_with("mlflow-model-"))) return "belongs to a served model";
  return {};
}

// Unnamed, it is listed with an empty name.
constexpr ServerDefault kDefaults[] = {{"cluster_name", R"("")"}};

constexpr std::string_view kRunning[] = {"PENDING", "RUNNING", "RESTARTING", "RESIZING"};

constexpr std::string_view kLibrariesBody[] = {""};
// `library_statuses` becomes `libraries` (PrepareLibraries).
constexpr std::string_view kLibrariesFields[] = {"cluster_id", "libraries", "library_statuses"};
constexpr FieldList kLibrariesLists[] = {{"", kLibrariesFields}};
constexpr Reference kLibrariesOwn[] = {{"cluster_id", "cluster", ReferenceForm::kId, Need::kPart}};

std::span<const ReferenceMount> LibrariesMounts() {
  static const ReferenceMount mounts[] = {{"", kLibrariesOwn}, {"library_statuses[].library", LibraryReferences()}};
  return mounts;
}

constexpr KeyedArray kLibrariesKeyed[] = {{"libraries", ""}};

// What is read are states of libraries, what an install takes is the libraries; one that is on its way out, or that
// every cluster gets, is not this cluster's own.
void PrepareLibraries(PrepareContext& context) {
  std::string libraries = "[";
  size_t index = 0;
  const json::Node statuses = context.definition["library_statuses"];
  if (statuses) context.editor.Remove(statuses);
  for (const json::Node& status : statuses.elements()) {
    const std::string path = "library_statuses[" + std::to_string(index++) + "]";
    if (status["status"].text() == "UNINSTALL_ON_RESTART") {
      context.NotSent(path, "is being uninstalled");
    } else if (status["is_library_for_all_clusters"].AsBool().value_or(false)) {
      context.NotSent(path, "is installed on all clusters, not on this one");
    } else if (const json::Node library = status["library"]) {
      if (libraries.size() > 1) libraries += ',';
      libraries += context.editor.Apply(library);
    }
  }
  context.editor.Set(context.body, "libraries", libraries + "]");
}

}  // namespace

const ObjectDescriptor kCluster{.name = "cluster",
                                .plural = "clusters",
                                .family = "clusters",
                                .list = {"/api/{v}/clusters/list", "clusters", Paging::kPageToken, "page_size=100"},
                                .read = {"/api/{v}/clusters/get", "cluster_id"},
                                .create = {"POST", "/api/{v}/clusters/create", "cluster_id"},
                                .versions = kVersions,
                                .id = "cluster_id",
                                .natural_key = "cluster_name",
                                .unique_key = false,
                                .bodies = kBodies,
                                .create_fields = Fields(),
                                .references = Mounts(),
                                .keyed_arrays = kKeyed,
                                .server_defaults = kDefaults,
                                .update = {"POST", "/api/{v}/clusters/edit", ""},
                                .update_id = "cluster_id",
                                .remove = {"POST", "/api/{v}/clusters/permanent-delete", ""},
                                .stop_path = "/api/{v}/clusters/delete",
                                .pin_path = "/api/{v}/clusters/pin",
                                .unpin_path = "/api/{v}/clusters/unpin",
                                .state = "state",
                                .running_states = kRunning,
                                .idempotency_token = true,
                                .prepare = Prepare,
                                .owned_elsewhere = OwnedElsewhere};

const ObjectDescriptor kClusterLibraries{.name = "cluster_libraries",
                                         .plural = "cluster_libraries",
                                         .family = "libraries",
                                         .list = {"/api/2.0/libraries/all-cluster-statuses", "statuses"},
                                         .create = {"POST", "/api/2.0/libraries/install", ""},
                                         .id = "cluster_id",
                                         .natural_key = "cluster_id",
                                         .bodies = kLibrariesBody,
                                         .create_fields = kLibrariesLists,
                                         .references = LibrariesMounts(),
                                         .keyed_arrays = kLibrariesKeyed,
                                         .prepare = PrepareLibraries};

}  // namespace dbxark::objects
