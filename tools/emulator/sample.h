// The parts of the small sample, and what samples share. Every time in it counts from kSampleEpochMs, so that the clock
// has no say in it.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/emulator.h"

namespace emulator {

constexpr int64_t kSampleEpochMs = 1756716000000;  // 2025-09-01T08:40:00Z

// Names of what one part makes and another refers to.
struct SampleIds {
  std::string workers_pool, drivers_pool;
  std::string engineering_policy, family_policy, restricted_policy;
  std::string shared_cluster, etl_cluster, gone_cluster;
};

// The other sample (sample_hostile.h): fills an empty workspace; the same for the same seed.
void FillHostileSample(Emulator& emulator);

void FillSampleTree(Emulator& emulator);
void FillSampleFiles(Emulator& emulator);  // DBFS
void FillSampleCompute(Emulator& emulator, SampleIds& ids);
void FillSampleJobs(Emulator& emulator, const SampleIds& ids);

// Bytes that do not compress, the same for the same seed.
std::string SampleBytes(uint64_t seed, size_t count);
// All times of the tree and of DBFS, in their order.
void SetSampleTimes(Emulator& emulator);

}  // namespace emulator
