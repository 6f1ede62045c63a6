#include "emulator/clusters.h"

#include <algorithm>

#include "emulator/compute_family.h"
#include "emulator/family_support.h"
#include "emulator/libraries.h"
#include "emulator/policies.h"

namespace emulator {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;

// The vendor's names of events are not quite those of states; that a cluster has terminated is no event of its own.
std::string EventOf(const std::string& state, bool first) {
  if (state == "PENDING") return first ? "CREATING" : "STARTING";
  return state == "TERMINATED" ? "" : state;
}

// What `spec` shows: the request, without what is only said to a create.
Json AsSent(const Json& asked) {
  Json spec = Keep(asked, ClusterSpecFields());
  spec.erase("clone_from");
  return spec;
}

bool Rests(const Json& record) {
  std::string state = TextOf(record, "state");
  return state == "RUNNING" || state == "TERMINATED";
}

bool IsUserMade(const Json& record) {
  std::string source = TextOf(record, "cluster_source");
  return source == "UI" || source == "API";
}

std::string InWords(const std::string& state) {
  std::string words = state;
  std::transform(words.begin() + 1, words.end(), words.begin() + 1, [](unsigned char c) { return std::tolower(c); });
  return words;
}

[[noreturn]] void RefuseUnexpected(const Json& record) {
  RefuseState("Cluster " + TextOf(record, "cluster_id") + " is in unexpected state " +
              InWords(TextOf(record, "state")) + ".");
}

}  // namespace

void ClusterTable::AddRoutes(std::vector<Route>& routes) {
  auto add = [&](const char* method, const std::string& call, const char* family,
                 Response (ClusterTable::*handler)(Context&)) {
    Handler answer = [this, handler](Context& context) { return (this->*handler)(context); };
    routes.push_back({method, "/api/2.0/clusters/" + call, family, Guarded(answer, "", "clusters-disabled")});
    routes.push_back(
        {method, "/api/2.1/clusters/" + call, family, Guarded(answer, "clusters-21-absent", "clusters-disabled")});
  };
  auto catalogue = [&](const std::string& call, Json (*make)()) {
    Handler answer = [make](Context& context) { return Answer(context, make()); };
    routes.push_back({"GET", "/api/2.0/clusters/" + call, "clusters", answer});
    routes.push_back({"GET", "/api/2.1/clusters/" + call, "clusters", Guarded(answer, "clusters-21-absent", "")});
  };
  routes.push_back({"GET", "/api/2.0/clusters/list", "clusters/list",
                    Guarded([this](Context& context) { return List(context, false); }, "", "clusters-disabled")});
  routes.push_back(
      {"GET", "/api/2.1/clusters/list", "clusters/list",
       Guarded([this](Context& context) { return List(context, true); }, "clusters-21-absent", "clusters-disabled")});
  add("GET", "get", "clusters", &ClusterTable::Get);
  add("POST", "create", "clusters/create", &ClusterTable::Create);
  add("POST", "edit", "clusters", &ClusterTable::Edit);
  // No client and no reference knows `update` of 2.0.
  routes.push_back(
      {"POST", "/api/2.1/clusters/update", "clusters",
       Guarded([this](Context& context) { return Update(context); }, "clusters-21-absent", "clusters-disabled")});
  add("POST", "start", "clusters", &ClusterTable::Start);
  add("POST", "restart", "clusters", &ClusterTable::Restart);
  add("POST", "resize", "clusters", &ClusterTable::Resize);
  add("POST", "delete", "clusters", &ClusterTable::Terminate);
  add("POST", "permanent-delete", "clusters", &ClusterTable::Forget);
  add("POST", "pin", "clusters", &ClusterTable::Pin);
  add("POST", "unpin", "clusters", &ClusterTable::Unpin);
  add("POST", "change-owner", "clusters", &ClusterTable::ChangeOwner);
  add("POST", "events", "clusters", &ClusterTable::Events);
  catalogue("spark-versions", &SparkVersions);
  for (const char* version : {"2.0", "2.1"}) {
    Handler answer = [](Context& context) { return Answer(context, NodeTypes(context.emulator)); };
    routes.push_back({"GET", "/api/" + std::string(version) + "/clusters/list-node-types", "clusters",
                      Guarded(answer, version == std::string("2.1") ? "clusters-21-absent" : "", "")});
  }
  catalogue("list-zones", &Zones);
}

bool ClusterTable::MaySee(const Context& context, const std::string& cluster_id) const {
  const Json* record = clusters_.Find(cluster_id);
  return record != nullptr &&
         (context.caller.admin || TextOf(*record, "creator_user_name") == context.caller.user_name);
}

Json& ClusterTable::Require(const Context& context, const std::string& cluster_id) {
  Json* record = clusters_.Find(cluster_id);
  if (record == nullptr) RefuseParameter("Cluster " + cluster_id + " does not exist");
  if (!MaySee(context, cluster_id)) {
    RefuseRight(context.caller.user_name + " does not have Attach permissions on " + cluster_id +
                ". Please contact the owner or an administrator for access.");
  }
  return *record;
}

void ClusterTable::Enter(Json& record, const std::string& state, int64_t now_ms) {
  const Compute::Durations& durations = emulator_.compute().durations;
  record["state"] = state;
  if (std::string event = EventOf(state, record["events"].empty()); !event.empty()) {
    record["events"].push_back({{"timestamp", now_ms}, {"type", event}});
  }
  int64_t until = kNever;
  if (state == "PENDING") until = now_ms + durations.pending_ms;
  if (state == "RESTARTING" || state == "RESIZING") until = now_ms + durations.restarting_ms;
  if (state == "TERMINATING") until = now_ms + durations.terminating_ms;
  if (state == "PENDING" || state == "RESTARTING") {
    ++starts_;
    record["start_time"] = now_ms;
    emulator_.compute().libraries().ClusterStarted(TextOf(record, "cluster_id"));
  }
  if (state == "RUNNING") {
    record["running_since"] = now_ms;
    record["spark_context_id"] = emulator_.NewNumber();
    int64_t minutes = IntegerOf(record.at("effective"), "autotermination_minutes");
    if (minutes > 0) until = now_ms + minutes * 60000;
  }
  if (state == "TERMINATED") {
    record["terminated_time"] = now_ms;
    if (emulator_.Has("terminated-clusters-vanish")) until = now_ms + 30 * kDayMs;
  }
  record["state_until"] = until;
  next_due_ms_ = std::min(next_due_ms_, until);
}

void ClusterTable::Tick(int64_t now_ms) {
  if (now_ms < next_due_ms_) return;
  next_due_ms_ = kNever;
  std::vector<std::string> vanished;
  for (auto& [sequence, record] : clusters_.records()) {
    // A long step of the clock can bring several changes.
    for (int64_t due; (due = IntegerOf(record, "state_until", kNever)) <= now_ms;) {
      std::string state = TextOf(record, "state");
      if (state == "TERMINATED") {
        record["state_until"] = kNever;
        if (!record.contains("pinned_by")) vanished.push_back(TextOf(record, "cluster_id"));
      } else if (state == "TERMINATING") {
        Enter(record, "TERMINATED", due);
      } else if (state == "RUNNING") {
        record["termination_reason"] = {
            {"code", "INACTIVITY"},
            {"type", "SUCCESS"},
            {"parameters",
             {{"inactivity_duration_min",
               std::to_string(IntegerOf(record.at("effective"), "autotermination_minutes"))}}}};
        Enter(record, "TERMINATING", due);
      } else {
        Enter(record, "RUNNING", due);
      }
    }
    next_due_ms_ = std::min(next_due_ms_, IntegerOf(record, "state_until", kNever));
  }
  for (const std::string& id : vanished) {
    clusters_.Erase(id);
    emulator_.compute().libraries().ClusterGone(id);
  }
}

std::string ClusterTable::MadeBefore(const std::string& token) const {
  if (token.empty()) return {};
  for (const auto& [sequence, record] : clusters_.records()) {
    std::string state = TextOf(record, "state");
    bool over = state == "TERMINATED" || state == "TERMINATING";
    if (TextOf(record, "idempotency_token") == token && (!over || emulator_.Has("idempotency-token-lasts"))) {
      return TextOf(record, "cluster_id");
    }
  }
  return {};
}

void ClusterTable::CheckOwnership(Context& context, const Json& spec) const {
  std::string policy_id = TextOf(spec, "policy_id");
  if (!context.caller.admin && policy_id.empty()) {
    RefuseRight("You are not authorized to create clusters. Please contact your administrator.");
  }
  const Json* policy = emulator_.compute().policies().Find(policy_id);
  if (policy == nullptr || !policy->contains("max_clusters_per_user")) return;
  int64_t count = 0;
  for (const auto& [sequence, record] : clusters_.records()) {
    count += TextOf(record.at("effective"), "policy_id") == policy_id && TextOf(record, "state") != "TERMINATED" &&
             TextOf(record, "creator_user_name") == context.caller.user_name;
  }
  if (count >= IntegerOf(*policy, "max_clusters_per_user")) {
    throw ApiError{400, "QUOTA_EXCEEDED",
                   "The policy '" + TextOf(*policy, "name") + "' allows at most " +
                       std::to_string(IntegerOf(*policy, "max_clusters_per_user")) + " active clusters for each user."};
  }
}

// Of all that are not over, whoever made them.
void ClusterTable::CheckQuota() const {
  const std::optional<int64_t> most = emulator_.compute().cluster_quota;
  if (!most) return;
  const auto count = std::count_if(clusters_.records().begin(), clusters_.records().end(),
                                   [](const auto& entry) { return TextOf(entry.second, "state") != "TERMINATED"; });
  if (count < *most) return;
  throw ApiError{emulator_.Has("cluster-quota-429") ? 429 : 400,
                 emulator_.Has("cluster-quota-limit-exceeded") ? "RESOURCE_LIMIT_EXCEEDED" : "QUOTA_EXCEEDED",
                 "The quota for the number of active clusters has been reached. The current quota is " +
                     std::to_string(*most) + "."};
}

Json& ClusterTable::Put(Context& context, Json spec, const std::string& source) {
  std::string id = TimeStamp(context.now_ms) + "-" + RandomLetters(emulator_, 5) + RandomDigits(emulator_, 3);
  Json record = {{"cluster_id", id},
                 {"spec", AsSent(spec)},
                 {"effective", SettleClusterSpec(context, spec, false)},
                 {"cluster_source", source},
                 {"creator_user_name", context.caller.user_name},
                 {"created_ms", context.now_ms},
                 {"events", Json::array()}};
  if (!TextOf(spec, "idempotency_token").empty()) record["idempotency_token"] = TextOf(spec, "idempotency_token");
  return clusters_.Put(id, std::move(record));
}

Response ClusterTable::Create(Context& context) {
  const Json& asked = context.Arguments();
  std::vector<std::string_view> legal = ClusterSpecFields();
  legal.push_back("idempotency_token");
  CheckFields(emulator_, asked, legal);
  std::string token = context.Text("idempotency_token");
  if (token.size() > 64) RefuseParameter("An idempotency_token has at most 64 characters.");
  if (std::string before = MadeBefore(token); !before.empty()) return JsonResponse({{"cluster_id", before}});
  CheckOwnership(context, asked);
  std::string origin = TextOf(MemberOf(asked, "clone_from"), "source_cluster_id");
  if (asked.contains("clone_from")) Require(context, origin);
  CheckQuota();
  Json& record = Put(context, asked, "API");
  if (!origin.empty()) emulator_.compute().libraries().Clone(context, origin, TextOf(record, "cluster_id"));
  Enter(record, "PENDING", context.now_ms);
  return JsonResponse({{"cluster_id", record["cluster_id"]}});
}

std::string ClusterTable::PutForeign(Context& context, const Json& spec, const std::string& source) {
  Json& record = Put(context, spec, source);
  record["start_time"] = context.now_ms;
  record["events"].push_back({{"timestamp", context.now_ms}, {"type", "CREATING"}});
  record["termination_reason"] = {{"code", "JOB_FINISHED"}, {"type", "SUCCESS"}};
  Enter(record, "TERMINATED", context.now_ms);
  return TextOf(record, "cluster_id");
}

void ClusterTable::Replace(Context& context, Json& record, Json spec) {
  if (!IsUserMade(record)) {
    RefuseParameter("Cluster " + TextOf(record, "cluster_id") + " was not created by a user and cannot be edited.");
  }
  if (!Rests(record)) RefuseUnexpected(record);
  record["effective"] = SettleClusterSpec(context, spec, false);
  record["spec"] = AsSent(spec);
  record["events"].push_back({{"timestamp", context.now_ms}, {"type", "EDITED"}});
  if (TextOf(record, "state") == "RUNNING") Enter(record, "RESTARTING", context.now_ms);
}

Response ClusterTable::Edit(Context& context) {
  std::vector<std::string_view> legal = ClusterSpecFields();
  std::erase(legal, "clone_from");
  legal.push_back("cluster_id");
  CheckFields(emulator_, context.Arguments(), legal);
  Json spec = context.Arguments();
  Json& record = Target(context);
  spec.erase("cluster_id");
  Replace(context, record, std::move(spec));
  return Empty();
}

// Only what the mask names changes; named and not given means removed.
Response ClusterTable::Update(Context& context) {
  Json& record = Target(context);
  std::string mask = context.RequiredText("update_mask");
  const Json& changes = MemberOf(context.Arguments(), "cluster");
  Json spec = record.at("spec");
  size_t begin = 0;
  while (begin <= mask.size()) {
    size_t end = std::min(mask.find(',', begin), mask.size());
    std::string field = mask.substr(begin, end - begin);
    begin = end + 1;
    std::string top = field.substr(0, field.find('.'));
    if (mask == "*") {
      spec = Keep(changes, ClusterSpecFields());
    } else if (std::find(ClusterSpecFields().begin(), ClusterSpecFields().end(), top) == ClusterSpecFields().end()) {
      RefuseParameter("update_mask names the unknown field '" + field + "'.");
    } else if (top != field) {
      std::string inner = field.substr(top.size() + 1);
      const Json& value = MemberOf(MemberOf(changes, top), inner);
      if (value.is_null()) {
        if (spec.contains(top)) spec[top].erase(inner);
      } else {
        spec[top][inner] = value;
      }
    } else if (MemberOf(changes, field).is_null()) {
      spec.erase(field);
    } else {
      spec[field] = MemberOf(changes, field);
    }
  }
  if (spec.contains("num_workers") && MemberOf(changes, "autoscale").is_object()) spec.erase("num_workers");
  if (spec.contains("autoscale") && MemberOf(changes, "num_workers").is_number()) spec.erase("autoscale");
  Replace(context, record, std::move(spec));
  return Empty();
}

Response ClusterTable::Start(Context& context) {
  Json& record = Target(context);
  if (!IsUserMade(record)) RefuseParameter("Only clusters that a user created can be started.");
  if (TextOf(record, "state") != "TERMINATED") RefuseUnexpected(record);
  CheckQuota();
  record.erase("termination_reason");
  Enter(record, "PENDING", context.now_ms);
  return Empty();
}

Response ClusterTable::Restart(Context& context) {
  Json& record = Target(context);
  if (TextOf(record, "state") != "RUNNING") RefuseUnexpected(record);
  record["last_restarted_time"] = context.now_ms;
  Enter(record, "RESTARTING", context.now_ms);
  return Empty();
}

Response ClusterTable::Resize(Context& context) {
  Json& record = Target(context);
  if (TextOf(record, "state") != "RUNNING") RefuseUnexpected(record);
  for (Json* place : {&record["spec"], &record["effective"]}) {
    if (context.Arguments().contains("autoscale")) {
      place->erase("num_workers");
      (*place)["autoscale"] = context.Arguments().at("autoscale");
    } else {
      place->erase("autoscale");
      (*place)["num_workers"] = context.Integer("num_workers", 0);
    }
  }
  Enter(record, "RESIZING", context.now_ms);
  return Empty();
}

Response ClusterTable::Terminate(Context& context) {
  Json& record = Target(context);
  std::string state = TextOf(record, "state");
  if (state == "TERMINATING" || state == "TERMINATED") return Empty();
  record["termination_reason"] = {
      {"code", "USER_REQUEST"}, {"type", "SUCCESS"}, {"parameters", {{"username", context.caller.user_name}}}};
  Enter(record, "TERMINATING", context.now_ms);
  return Empty();
}

Response ClusterTable::Forget(Context& context) {
  std::string id = TextOf(Target(context), "cluster_id");
  clusters_.Erase(id);
  emulator_.compute().libraries().ClusterGone(id);
  return Empty();
}

size_t ClusterTable::CountPinned() const {
  return static_cast<size_t>(std::count_if(clusters_.records().begin(), clusters_.records().end(),
                                           [](const auto& entry) { return entry.second.contains("pinned_by"); }));
}

Response ClusterTable::Pin(Context& context) {
  RequireAdmin(context, "pin clusters");
  Json& record = Target(context);
  size_t most = emulator_.Has("pin-limit-20") ? 20 : 100;
  if (!record.contains("pinned_by") && CountPinned() >= most) {
    RefuseParameter("At most " + std::to_string(most) + " clusters can be pinned in a workspace.");
  }
  if (!record.contains("pinned_by")) record["events"].push_back({{"timestamp", context.now_ms}, {"type", "PINNED"}});
  record["pinned_by"] = context.caller.user_name;
  return Empty();
}

Response ClusterTable::Unpin(Context& context) {
  RequireAdmin(context, "unpin clusters");
  Json& record = Target(context);
  if (record.erase("pinned_by") > 0) record["events"].push_back({{"timestamp", context.now_ms}, {"type", "UNPINNED"}});
  return Empty();
}

Response ClusterTable::ChangeOwner(Context& context) {
  RequireAdmin(context, "change the owner of clusters");
  Json& record = Target(context);
  std::string owner = context.RequiredText("owner_username");
  if (TextOf(record, "state") != "TERMINATED") RefuseUnexpected(record);
  record["creator_user_name"] = owner;
  return Empty();
}

Json ClusterTable::Save() const { return {{"clusters", clusters_.Save()}, {"starts", starts_}}; }

void ClusterTable::Load(const Json& state) {
  clusters_.Load(state.at("clusters"));
  starts_ = state.at("starts");
  next_due_ms_ = 0;
}

}  // namespace emulator
