// What list, get and events show of clusters.
#include <algorithm>

#include "emulator/clusters.h"
#include "emulator/family_support.h"

namespace emulator {
namespace {

void AddMachines(Json& cluster, const Json& record, const Json& effective) {
  if (TextOf(record, "state") != "RUNNING" && TextOf(record, "state") != "RESIZING") return;
  int64_t workers = effective.contains("autoscale") ? IntegerOf(effective.at("autoscale"), "min_workers")
                                                    : IntegerOf(effective, "num_workers");
  auto machine = [&](int64_t number) {
    return Json{{"private_ip", "10.0.0." + std::to_string(10 + number % 200)},
                {"node_id", TextOf(record, "cluster_id") + "-" + std::to_string(number)},
                {"start_timestamp", record.at("start_time")}};
  };
  cluster["driver"] = machine(0);
  Json executors = Json::array();
  for (int64_t number = 1; number <= std::min<int64_t>(workers, 8); ++number) executors.push_back(machine(number));
  if (!executors.empty()) cluster["executors"] = std::move(executors);
  cluster["spark_context_id"] = record.at("spark_context_id");
  cluster["driver_healthy"] = true;
  cluster["jdbc_port"] = 10000;
  cluster["cluster_cores"] = 4.0 * static_cast<double>(workers + 1);
  cluster["cluster_memory_mb"] = 31232 * (workers + 1);
}

void AddSources(Json& cluster) {
  std::string pool = TextOf(cluster, "instance_pool_id");
  Json workers =
      pool.empty() ? Json{{"node_type_id", TextOf(cluster, "node_type_id")}} : Json{{"instance_pool_id", pool}};
  Json driver = pool.empty() ? Json{{"node_type_id", TextOf(cluster, "driver_node_type_id")}}
                             : Json{{"instance_pool_id", TextOf(cluster, "driver_instance_pool_id", pool)}};
  cluster["instance_source"] = std::move(workers);
  cluster["driver_instance_source"] = std::move(driver);
}

bool Repeats(const Request& request, std::string_view name, const std::string& value, bool& asked) {
  for (const auto& [key, wanted] : request.query) {
    if (key != name) continue;
    asked = true;
    if (wanted == value) return true;
  }
  return false;
}

bool Passes(const Request& request, std::string_view name, const std::string& value) {
  bool asked = false;
  return Repeats(request, name, value, asked) || !asked;
}

}  // namespace

Json ClusterTable::Details(const Json& record) const {
  const Json& effective = record.at("effective");
  Json cluster = {{"cluster_id", record.at("cluster_id")}, {"creator_user_name", record.at("creator_user_name")}};
  AddMachines(cluster, record, effective);
  cluster.update(effective);
  cluster["cluster_source"] = record.at("cluster_source");
  cluster["state"] = record.at("state");
  cluster["state_message"] = TextOf(record, "state") == "PENDING" ? "Starting Spark" : "";
  for (const char* name : {"start_time", "terminated_time", "last_restarted_time", "termination_reason"}) {
    if (record.contains(name)) cluster[name] = record.at(name);
  }
  std::string state = TextOf(record, "state");
  if (state != "TERMINATED" && state != "TERMINATING") cluster.erase("termination_reason");
  if (state != "TERMINATED") cluster.erase("terminated_time");
  cluster["last_state_loss_time"] = 0;
  cluster["default_tags"] = {{"Vendor", "Databricks"},
                             {"Creator", record.at("creator_user_name")},
                             {"ClusterName", TextOf(effective, "cluster_name")},
                             {"ClusterId", record.at("cluster_id")}};
  cluster["effective_spark_version"] = TextOf(effective, "spark_version");
  cluster["init_scripts_safe_mode"] = false;
  if (!cluster.contains("autotermination_minutes")) cluster["autotermination_minutes"] = 0;
  if (!cluster.contains("enable_local_disk_encryption")) cluster["enable_local_disk_encryption"] = false;
  if (!cluster.contains("cluster_name") && !emulator_.Has("cluster-name-omitted")) cluster["cluster_name"] = "";
  AddSources(cluster);
  return cluster;
}

std::vector<const Json*> ClusterTable::Selected(Context& context) const {
  const Request& request = context.request;
  std::optional<std::string> pinned = request.Query("filter_by.is_pinned");
  std::vector<const Json*> selected;
  for (const auto& [sequence, record] : clusters_.records()) {
    if (!MaySee(context, TextOf(record, "cluster_id"))) continue;
    if (emulator_.Has("late-in-list") && IsTooNew(context, IntegerOf(record, "created_ms"))) continue;
    if (!Passes(request, "filter_by.cluster_sources", TextOf(record, "cluster_source"))) continue;
    if (!Passes(request, "filter_by.cluster_states", TextOf(record, "state"))) continue;
    if (!Passes(request, "filter_by.policy_id", TextOf(record.at("effective"), "policy_id"))) continue;
    // The vendor's Python SDK writes nested booleans as "True".
    const bool wants_pinned = pinned && SameIgnoringCase(*pinned, "true");
    const bool knows_filter = !emulator_.Has("pinned-by-user-name") && !emulator_.Has("pin-filter-unknown");
    if (pinned && knows_filter && wants_pinned != record.contains("pinned_by")) continue;
    selected.push_back(&record);
  }
  return selected;
}

Response ClusterTable::List(Context& context, bool paged) {
  std::vector<const Json*> selected = Selected(context);
  if (!emulator_.Has("lists-oldest-first")) std::reverse(selected.begin(), selected.end());
  if (context.request.Query("sort_by.field").value_or("") == "CLUSTER_NAME") {
    std::stable_sort(selected.begin(), selected.end(), [](const Json* a, const Json* b) {
      return TextOf(a->at("effective"), "cluster_name") < TextOf(b->at("effective"), "cluster_name");
    });
  }
  if (context.request.Query("sort_by.direction").value_or("") == "DESC") std::reverse(selected.begin(), selected.end());
  size_t begin = 0, size = selected.size();
  if (paged) {
    int64_t asked = context.Integer("page_size", 20);
    if (emulator_.Has("page-size-refused") && asked > 100) {
      RefuseParameter("page_size must be between 1 and 100, found " + std::to_string(asked) + ".");
    }
    size = static_cast<size_t>(std::clamp<int64_t>(asked, 1, emulator_.Has("page-size-lowered") ? 20 : 100));
    if (std::string token = context.Text("page_token"); !token.empty()) {
      // A token names the cluster that comes next, so that others may come and go; is it gone itself, its place counts.
      std::string text = DecodeToken(token);
      std::string id = text.substr(0, text.find('|'));
      auto next = std::find_if(selected.begin(), selected.end(),
                               [&](const Json* record) { return TextOf(*record, "cluster_id") == id; });
      begin = next != selected.end() ? static_cast<size_t>(next - selected.begin())
                                     : std::min<size_t>(std::stoul(text.substr(id.size() + 1)), selected.size());
    }
  }
  size_t end = std::min(begin + size, selected.size());
  Json clusters = Json::array();
  for (size_t at = begin; at < end; ++at) {
    clusters.push_back(Details(*selected[at]));
    const bool named = emulator_.Has("pinned-by-user-name") || emulator_.Has("pinned-by-user-name-too");
    if (named && selected[at]->contains("pinned_by")) {
      clusters.back()["pinned_by_user_name"] = selected[at]->at("pinned_by");
    }
  }
  Json answer = Json::object();
  if (!clusters.empty()) answer["clusters"] = std::move(clusters);
  if (paged && !selected.empty()) {
    auto token = [&](size_t at) { return EncodeToken(TextOf(*selected[at], "cluster_id") + "|" + std::to_string(at)); };
    answer["next_page_token"] = end < selected.size() ? token(end) : std::string();
    answer["prev_page_token"] = begin > 0 ? token(begin > size ? begin - size : 0) : std::string();
  }
  return Answer(context, std::move(answer));
}

Response ClusterTable::Get(Context& context) {
  const Json& record = Target(context);
  if (IsTooNew(context, IntegerOf(record, "created_ms"))) {
    RefuseParameter("Cluster " + TextOf(record, "cluster_id") + " does not exist");
  }
  Json cluster = Details(record);
  if (!emulator_.Has("no-cluster-spec")) cluster["spec"] = record.at("spec");
  return Answer(context, std::move(cluster));
}

Response ClusterTable::Events(Context& context) {
  const Json& record = Target(context);
  const Json& asked = context.Arguments();
  CheckOneOf(asked, "order", {"ASC", "DESC"});
  CheckRange(asked, "limit", 0, 500);
  const bool ascending = context.Text("order") == "ASC";
  const Json& types = MemberOf(asked, "event_types");
  const int64_t from = IntegerOf(asked, "start_time"), until = IntegerOf(asked, "end_time", context.now_ms);
  std::vector<const Json*> selected;
  for (const Json& event : record.at("events")) {
    if (types.is_array() && !types.empty() && std::find(types.begin(), types.end(), event.at("type")) == types.end()) {
      continue;
    }
    const int64_t time = IntegerOf(event, "timestamp");
    if (time >= from && time <= until) selected.push_back(&event);
  }
  if (!ascending) std::reverse(selected.begin(), selected.end());
  int64_t begin = IntegerOf(asked, "offset");
  if (begin > 0 && !ascending && !asked.contains("end_time")) {
    RefuseParameter("An offset in descending order needs an end_time.");
  }
  const std::string token = context.Text("page_token");
  if (!token.empty()) begin = std::stoll(DecodeToken(token));
  int64_t size = std::clamp<int64_t>(IntegerOf(asked, "page_size"), 0, 500);
  if (size == 0) size = IntegerOf(asked, "limit");
  if (size == 0) size = 50;
  const int64_t total = static_cast<int64_t>(selected.size()), end = std::min(begin + size, total);
  Json events = Json::array();
  for (int64_t at = begin; at < end; ++at) {
    const Json& event = *selected[static_cast<size_t>(at)];
    events.push_back({{"cluster_id", record.at("cluster_id")},
                      {"timestamp", event.at("timestamp")},
                      {"type", event.at("type")},
                      {"details", Json::object()}});
  }
  Json answer = {{"total_count", total}};
  if (!events.empty()) answer["events"] = std::move(events);
  if (end < total) {
    // Clients of either age go on from here: with this request, or with the token.
    Json next = Keep(asked, {"cluster_id", "event_types", "start_time"});
    next.update({{"end_time", until}, {"order", ascending ? "ASC" : "DESC"}, {"offset", end}, {"limit", size}});
    answer["next_page"] = std::move(next);
    answer["next_page_token"] = EncodeToken(std::to_string(end));
  }
  if (begin > 0) answer["prev_page_token"] = EncodeToken(std::to_string(std::max<int64_t>(begin - size, 0)));
  return Answer(context, std::move(answer));
}

}  // namespace emulator
