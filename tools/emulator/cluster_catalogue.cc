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

Json NodeTypes() {
  struct Machine {
    const char* id;
    double cores;
    int memory_mb;
    const char* category;
    int gpus;
    int disks, disk_gb;
  };
  static constexpr Machine kMachines[] = {
      {"i3.xlarge", 4, 31232, "Storage Optimized", 0, 1, 950},
      {"i3.2xlarge", 8, 62464, "Storage Optimized", 0, 1, 1900},
      {"m5.large", 2, 8192, "General Purpose", 0, 0, 0},
      {"m5.xlarge", 4, 16384, "General Purpose", 0, 0, 0},
      {"r5.xlarge", 4, 32768, "Memory Optimized", 0, 0, 0},
      {"c5.2xlarge", 8, 16384, "Compute Optimized", 0, 0, 0},
      {"g4dn.xlarge", 4, 16384, "GPU Accelerated", 1, 1, 125},
  };
  Json types = Json::array();
  for (const Machine& machine : kMachines) {
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
