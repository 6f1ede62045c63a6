// Clusters: what was asked of them, and the state that time moves them to.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

class ClusterTable {
 public:
  explicit ClusterTable(Emulator& emulator) : emulator_(emulator) {}

  void AddRoutes(std::vector<Route>& routes);
  Json Save() const;
  void Load(const Json& state);
  void Tick(int64_t now_ms);

  bool Has(const std::string& cluster_id) const { return clusters_.Has(cluster_id); }
  const Json* Peek(const std::string& cluster_id) const { return clusters_.Find(cluster_id); }
  bool MaySee(const Context& context, const std::string& cluster_id) const;
  // The record, or 400 "Cluster <id> does not exist", or 403.
  Json& Require(const Context& context, const std::string& cluster_id);

  // A cluster that no user made: of a job (source JOB) or a pipeline (PIPELINE). It is over already.
  std::string PutForeign(Context& context, const Json& spec, const std::string& source);

  // How many times any cluster was started; that is what costs money.
  int64_t starts() const { return starts_; }

 private:
  Response List(Context& context, bool paged);
  Response Get(Context& context);
  Response Create(Context& context);
  Response Edit(Context& context);
  Response Update(Context& context);
  Response Start(Context& context);
  Response Restart(Context& context);
  Response Resize(Context& context);
  Response Terminate(Context& context);
  Response Forget(Context& context);
  Response Pin(Context& context);
  Response Unpin(Context& context);
  Response ChangeOwner(Context& context);
  Response Events(Context& context);

  Json& Target(Context& context) { return Require(context, context.RequiredText("cluster_id")); }
  // The cluster that an idempotency token already made and that still lives, or empty.
  std::string MadeBefore(const std::string& token) const;
  Json& Put(Context& context, Json spec, const std::string& source);
  void CheckOwnership(Context& context, const Json& spec) const;
  void CheckQuota() const;
  void Replace(Context& context, Json& record, Json spec);
  void Enter(Json& record, const std::string& state, int64_t now_ms);
  Json Details(const Json& record) const;
  std::vector<const Json*> Selected(Context& context) const;
  size_t CountPinned() const;

  Emulator& emulator_;
  // {"cluster_id", "spec", "effective", "state", "state_until", "events", "pinned_by", ...}
  RecordTable clusters_;
  int64_t next_due_ms_ = std::numeric_limits<int64_t>::max();  // nothing changes by itself before
  int64_t starts_ = 0;
};

// The fields a create takes (cluster_spec.cc).
const std::vector<std::string_view>& ClusterSpecFields();
// Refuses node types and attributes of another cloud, where the workspace is said to be on one. Of clusters and pools.
void CheckCloud(const Emulator& emulator, const Json& spec);
// 400 where the spec of a cluster, or of a job's new cluster, is not acceptable. Returns it as it takes effect: the
// policy's values and the service's own filled in, without what only a request has.
Json SettleClusterSpec(Context& context, const Json& spec, bool for_job);

// Answers of the catalogue endpoints (cluster_catalogue.cc).
Json SparkVersions();
Json NodeTypes(const Emulator& emulator);
bool IsNodeType(const Emulator& emulator, const std::string& id);
Json Zones();

}  // namespace emulator
