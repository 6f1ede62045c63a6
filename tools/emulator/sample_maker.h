// Compute of a sample, made the way people make it: by requests, with time going by between them.
#pragma once

#include <string>

#include "emulator/emulator.h"
#include "emulator/sample.h"

namespace emulator {

class ComputeMaker {
 public:
  explicit ComputeMaker(Emulator& emulator) : emulator_(emulator) {}

  // Their ids.
  std::string Pool(const Json& pool) { return Post("instance-pools/create", pool).at("instance_pool_id"); }
  std::string Policy(const Json& policy) { return Post("policies/clusters/create", policy).at("policy_id"); }
  std::string Cluster(const Json& cluster) { return Post("clusters/create", cluster).at("cluster_id"); }
  // A call of /api/2.0; what it starts has come up when it returns.
  Json Post(const std::string& call, const Json& body);
  // Time goes by.
  void Wait(int64_t ms);

 private:
  Emulator& emulator_;
  int64_t now_ms_ = kSampleEpochMs;
};

}  // namespace emulator
