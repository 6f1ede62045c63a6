// The parts of the hostile sample: what workspaces that were used for ten years hold, and what most tools fall over.
//
// What the service would take is made through its API. What it took in former years, or made itself, and would not take
// today (two pools of one name, a policy that is no JSON, a job without a name) is planted in the state.
#pragma once

#include <string>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

constexpr const char* kHostileRoot = "/Shared/hostile";
constexpr const char* kDeletedUser = "gone@example.com";  // owns a home and runs jobs, and is no user of the workspace

struct HostileIds {
  std::string doomed_pool, doomed_policy, gone_cluster;  // what others refer to, until EndHostileCompute deletes it
  std::string broken_policy;                             // no JSON
  std::string usual_cluster;                             // with nothing the matter
  std::string poolless_cluster, lawless_cluster;         // whose pool is gone, whose policy is no JSON
};

void FillHostileTree(Emulator& emulator);
void FillHostileFiles(Emulator& emulator);  // DBFS
void FillHostileCompute(Emulator& emulator, HostileIds& ids);
void EndHostileCompute(Emulator& emulator, const HostileIds& ids);
void FillHostileJobs(Emulator& emulator, const HostileIds& ids);

// Names that some file system, shell, archive, URL, terminal or program minds.
const std::vector<std::string>& HostileNames();

}  // namespace emulator
