// Clusters, their libraries, cluster policies and instance pools. Time moves clusters from state to state: Tick.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

class ClusterTable;  // clusters.h
class LibraryTable;  // libraries.h
class PolicyTable;   // policies.h
class PoolTable;     // pools.h

class Compute : public Family {
 public:
  // How long a cluster stays in a passing state.
  struct Durations {
    int64_t pending_ms = 200;
    int64_t restarting_ms = 200;
    int64_t terminating_ms = 100;
    int64_t library_ms = 100;
  };

  explicit Compute(Emulator& emulator);
  ~Compute() override;

  std::string name() const override { return "compute"; }
  void AddRoutes(std::vector<Route>& routes) override;
  Json Save() const override;
  void Load(const Json& state) override;
  void Tick(int64_t now_ms) override;

  ClusterTable& clusters() { return *clusters_; }
  LibraryTable& libraries() { return *libraries_; }
  PolicyTable& policies() { return *policies_; }
  PoolTable& pools() { return *pools_; }

  Durations durations;
  std::optional<int64_t> cluster_quota;  // of clusters that are not TERMINATED; none: as many as come

 private:
  std::unique_ptr<ClusterTable> clusters_;
  std::unique_ptr<LibraryTable> libraries_;
  std::unique_ptr<PolicyTable> policies_;
  std::unique_ptr<PoolTable> pools_;
};

// What --variant takes for these endpoints: name, and what is unconfirmed about it.
std::vector<std::pair<std::string, std::string>> ComputeVariants();

}  // namespace emulator
