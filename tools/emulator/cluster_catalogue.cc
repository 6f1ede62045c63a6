#include <algorithm>
#include <vector>

#include "emulator/clusters.h"

namespace emulator {

Json SparkVersions() {
  Json versions = Json::array();
  for (const char* release : {"16.4", "15.4", "14.3", "13.3", "12.2", "11.3", "10.4"}) {
    std::string number = release;
    versions.push_back({{"key", number + ".x-scala2.12"}, {"name", number + " LTS (Scala 2.12)"}});
    versions.push_back({{"key", number + ".x-cpu-ml-scala2.12"}, {"name", number + " LTS ML (Scala 2.12)"}});
    versions.push_back({{"key", number + ".x-gpu-ml-scala2.12"}, {"name", number + " LTS ML (GPU, Scala 2.12)"}});
  }
  return {{"versions", std::move(versions)}};
}

namespace {

struct Machine {
  const char* id;
  double cores;
  int memory_mb;
  const char* category;
  int gpus;
  int disks, disk_gb;
};

const std::vector<Machine>& MachinesOf(const Emulator& emulator) {
  static const std::vector<Machine> aws = {
      {"i3.xlarge", 4, 31232, "Storage Optimized", 0, 1, 950},
      {"i3.2xlarge", 8, 62464, "Storage Optimized", 0, 1, 1900},
      {"m5.large", 2, 8192, "General Purpose", 0, 0, 0},
      {"m5.xlarge", 4, 16384, "General Purpose", 0, 0, 0},
      {"r5.xlarge", 4, 32768, "Memory Optimized", 0, 0, 0},
      {"c5.2xlarge", 8, 16384, "Compute Optimized", 0, 0, 0},
      {"g4dn.xlarge", 4, 16384, "GPU Accelerated", 1, 1, 125},
  };
  static const std::vector<Machine> azure = {
      {"Standard_DS3_v2", 4, 14336, "General Purpose", 0, 1, 28},
      {"Standard_D4ds_v5", 4, 16384, "General Purpose", 0, 1, 150},
      {"Standard_E8ds_v4", 8, 65536, "Memory Optimized", 0, 1, 300},
      {"Standard_L8s_v2", 8, 65536, "Storage Optimized", 0, 1, 1788},
      {"Standard_NC4as_T4_v3", 4, 28672, "GPU Accelerated", 1, 1, 176},
  };
  return emulator.options().cloud == "azure" ? azure : aws;
}

}  // namespace

bool IsNodeType(const Emulator& emulator, const std::string& id) {
  const std::vector<Machine>& machines = MachinesOf(emulator);
  return std::any_of(machines.begin(), machines.end(), [&](const Machine& machine) { return machine.id == id; });
}

Json NodeTypes(const Emulator& emulator) {
  Json types = Json::array();
  for (const Machine& machine : MachinesOf(emulator)) {
    types.push_back({{"node_type_id", machine.id},
                     {"memory_mb", machine.memory_mb},
                     {"num_cores", machine.cores},
                     {"description", machine.id},
                     {"instance_type_id", machine.id},
                     {"is_deprecated", false},
                     {"category", machine.category},
                     {"is_io_cache_enabled", machine.category == std::string("Storage Optimized")},
                     {"num_gpus", machine.gpus},
                     {"node_instance_type",
                      {{"instance_type_id", machine.id},
                       {"local_nvme_disks", machine.disks},
                       {"local_nvme_disk_size_gb", machine.disk_gb}}}});
  }
  return {{"node_types", std::move(types)}};
}

Json Zones() { return {{"zones", {"us-west-2a", "us-west-2b", "us-west-2c"}}, {"default_zone", "us-west-2b"}}; }

}  // namespace emulator
