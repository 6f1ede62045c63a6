#include "restore/rights.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/archived.h"

namespace dbxark::restore {
namespace {

// An administrator's to make, whatever else somebody is granted.
bool NeedsAdministrator(const objects::ObjectDescriptor& kind) {
  return &kind == &objects::kClusterPolicy || &kind == &objects::kGlobalInitScript;
}

struct ByName {
  bool operator()(const objects::ObjectDescriptor* a, const objects::ObjectDescriptor* b) const {
    return a->name < b->name;
  }
};
using KindCounts = std::map<const objects::ObjectDescriptor*, size_t, ByName>;

bool Makes(const Step& step) { return step.op == Op::kCreate || step.op == Op::kUpdate; }

bool LiesInHomeOfAnother(const Step& step, const workspace::Identity& caller) {
  if (!IsInTree(*step.kind) || !step.natural_key.starts_with("/Users/")) return false;
  const std::string home = "/Users/" + caller.user_name;
  return step.natural_key != home && !step.natural_key.starts_with(home + "/");
}

bool HasEntitlement(const workspace::Identity& caller, std::string_view name) {
  return std::find(caller.entitlements.begin(), caller.entitlements.end(), name) != caller.entitlements.end();
}

// "2 cluster policies, 1 global init script"
std::string CountedKinds(const KindCounts& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += (text.empty() ? "" : ", ") + Counted(count, KindWords(kind->name), KindWords(kind->plural));
  }
  return text;
}

enum class Standing { kAdministrator, kOther, kUnknown };

// Me may leave out groups of the caller: a list that only administrators get settles it.
Result<Standing> StandingOf(workspace::Client& client, std::stop_token stop) {
  const Status listed = client.List(
      objects::kGlobalInitScript, [](json::Node) -> Status { return {}; }, std::move(stop));
  if (listed.ok()) return Standing::kAdministrator;
  if (listed.error().code() == ErrorCode::kInterrupted) return listed.error();
  return listed.error().code() == ErrorCode::kDenied ? Standing::kOther : Standing::kUnknown;
}

std::vector<std::string> Doubts(const Plan& plan, const workspace::Identity& caller) {
  size_t pins = 0, clusters = 0, pools = 0, foreign = 0;
  for (const Step& step : plan.steps) {
    const bool follows = Makes(step) || step.op == Op::kFinish;
    if (follows && std::find(step.follow.begin(), step.follow.end(), "pin") != step.follow.end()) ++pins;
    if (!Makes(step)) continue;
    if (step.kind == &objects::kCluster && step.op == Op::kCreate) ++clusters;
    if (step.kind == &objects::kInstancePool) ++pools;
    if (LiesInHomeOfAnother(step, caller)) ++foreign;
  }
  std::vector<std::string> doubts;
  if (pins > 0) doubts.push_back(Counted(pins, "cluster is", "clusters are") + " to be pinned");
  if (clusters > 0 && !HasEntitlement(caller, "allow-cluster-create")) {
    doubts.push_back(Counted(clusters, "cluster") + " to be made without the entitlement allow-cluster-create");
  }
  if (pools > 0 && !HasEntitlement(caller, "allow-instance-pool-create")) {
    doubts.push_back(Counted(pools, "pool") + " to be made without the entitlement allow-instance-pool-create");
  }
  if (foreign > 0) doubts.push_back(Counted(foreign, "object belongs", "objects belong") + " in homes of others");
  return doubts;
}

}  // namespace

Result<Rights> CheckRights(const Plan& plan, const workspace::Identity& caller, workspace::Client& client,
                           std::stop_token stop) {
  Rights rights;
  if (caller.admin || plan.ChangesNothing()) return rights;
  KindCounts impossible;
  for (const Step& step : plan.steps) {
    if (Makes(step) && NeedsAdministrator(*step.kind)) ++impossible[step.kind];
  }
  const std::vector<std::string> doubts = Doubts(plan, caller);
  if (impossible.empty() && doubts.empty()) return rights;
  const auto standing = StandingOf(client, std::move(stop));
  if (!standing.ok()) return standing.error();
  if (*standing == Standing::kAdministrator) return rights;
  const std::string who = Printable(caller.user_name) + " is no administrator of the target";
  if (!impossible.empty() && *standing == Standing::kUnknown) {
    rights.warnings.push_back(who + ", as it seems: " + CountedKinds(impossible) + " to be made, which may be refused");
  } else if (!impossible.empty()) {
    std::string exclude;
    for (const auto& [kind, count] : impossible) exclude += " --exclude " + std::string(kind->plural);
    rights.refusal = who + ", and " + CountedKinds(impossible) + " of this plan can be made by nobody else: use an " +
                     "administrator's token, or leave them out (" + exclude.substr(1) + ")";
  }
  for (const std::string& doubt : doubts) rights.warnings.push_back(who + ": " + doubt + ", which may be refused");
  return rights;
}

Result<bool> SeemsAdministrator(const workspace::Identity& caller, workspace::Client& client, std::stop_token stop) {
  if (caller.admin) return true;
  const auto standing = StandingOf(client, std::move(stop));
  if (!standing.ok()) return standing.error();
  return *standing == Standing::kAdministrator;
}

}  // namespace dbxark::restore
