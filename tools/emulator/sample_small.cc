#include "emulator/clusters.h"
#include "emulator/codec.h"
#include "emulator/compute_family.h"
#include "emulator/dbfs_family.h"
#include "emulator/family_support.h"
#include "emulator/identity_family.h"
#include "emulator/jobs_family.h"
#include "emulator/sample.h"
#include "emulator/workspace_family.h"

namespace emulator {
namespace {

void SetTimes(TreeNode& node, int64_t& number) {
  node.created_at = kSampleEpochMs + 1000 * number;
  node.modified_at = node.created_at + 60000;
  ++number;
  for (auto& [name, child] : node.children) SetTimes(*child, number);
}

void SetTimes(Json& value, int64_t& number) {
  if (!value.is_structured()) return;
  if (value.is_object() && value.contains("modified_at")) value["modified_at"] = kSampleEpochMs + 1000 * number++;
  for (Json& member : value) SetTimes(member, number);
}

void FillPrincipals(Identity& identity) {
  std::string engineers = identity.PutGroup("data-engineers"), analysts = identity.PutGroup("分析 team");
  identity.AddMember(engineers, identity.PutUser("ana@example.com", "Ana Lima", false));
  identity.AddMember(analysts, identity.PutUser("bob@example.com", "Bob Müller", false));
  identity.AddMember(engineers, identity.PutServicePrincipal("nightly-runner"));
  identity.AddMember(engineers, analysts);
}

void FillInitScripts(Emulator& emulator) {
  struct Script {
    const char* name;
    const char* text;
    bool enabled;
  };
  static constexpr Script kScripts[] = {
      {"proxy settings", "#!/bin/bash\necho 'export https_proxy=http://proxy.example.com:3128' >> /etc/environment\n",
       true},
      {"install-monitoring", "#!/bin/bash\nset -e\napt-get install -y collectd\n", true},
      {"old-hive-fix", "#!/bin/bash\n# kept for the day we need it again\nexit 0\n", false},
  };
  int64_t now = kSampleEpochMs;
  for (const Script& script : kScripts) {
    CallRoute(emulator, "POST", "/api/2.0/global-init-scripts",
              {{"name", script.name}, {"script", Base64Encode(script.text)}, {"enabled", script.enabled}}, now += 5000);
  }
}

}  // namespace

std::string SampleBytes(uint64_t seed, size_t count) {
  std::string bytes;
  bytes.reserve(count + 8);
  uint64_t state = seed * 2 + 1;
  while (bytes.size() < count) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(state >> shift & 0xFF);
  }
  bytes.resize(count);
  return bytes;
}

void SetSampleTimes(Emulator& emulator) {
  int64_t number = 0;
  SetTimes(*emulator.tree().Find("/"), number);
  Json files = emulator.dbfs().Save();
  SetTimes(files, number);
  emulator.dbfs().Load(files);
}

void FillSmallSample(Emulator& emulator) {
  // What a workspace no longer answers may have been made before: variants come over the finished sample.
  std::set<std::string> variants = emulator.SwapVariants({});
  SampleIds ids;
  FillPrincipals(emulator.identity());
  FillSampleTree(emulator);
  FillSampleFiles(emulator);
  FillSampleCompute(emulator, ids);
  FillSampleJobs(emulator, ids);
  FillInitScripts(emulator);
  // The orphan's cluster is long gone.
  CallRoute(emulator, "POST", "/api/2.0/clusters/permanent-delete", {{"cluster_id", ids.gone_cluster}}, kSampleEpochMs);
  emulator.jobs().ForgetFired();
  SetSampleTimes(emulator);
  emulator.SwapVariants(std::move(variants));
}

}  // namespace emulator
