// Libraries of clusters. Their status follows from the cluster's state and the time, so nothing here needs a tick.
#pragma once

#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

class LibraryTable {
 public:
  explicit LibraryTable(Emulator& emulator) : emulator_(emulator) {}

  void AddRoutes(std::vector<Route>& routes);
  Json Save() const { return libraries_.Save(); }
  void Load(const Json& state) { libraries_.Load(state); }

  // A cluster starts: what waited to be uninstalled goes.
  void ClusterStarted(const std::string& cluster_id);
  // A cluster is created as a clone: it gets the libraries of its origin.
  void Clone(const Context& context, const std::string& origin_id, const std::string& cluster_id);
  void ClusterGone(const std::string& cluster_id) { libraries_.Erase(cluster_id); }

 private:
  Response AllStatuses(Context& context);
  Response Status(Context& context);
  Response Install(Context& context);
  Response Uninstall(Context& context);
  Json StatusOf(const Context& context, const std::string& cluster_id) const;

  Emulator& emulator_;
  RecordTable libraries_;  // by cluster: {"cluster_id", "libraries": [{"library", "since", "leaving"}]}
};

// 400 unless each is an object with one known key.
void CheckLibraries(const Json& libraries);

}  // namespace emulator
