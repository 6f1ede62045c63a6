#include "emulator/compute_family.h"

#include "emulator/clusters.h"
#include "emulator/libraries.h"
#include "emulator/policies.h"
#include "emulator/pools.h"

namespace emulator {

Compute::Compute(Emulator& emulator)
    : clusters_(std::make_unique<ClusterTable>(emulator)),
      libraries_(std::make_unique<LibraryTable>(emulator)),
      policies_(std::make_unique<PolicyTable>(emulator)),
      pools_(std::make_unique<PoolTable>(emulator)) {}

Compute::~Compute() = default;

void Compute::AddRoutes(std::vector<Route>& routes) {
  clusters_->AddRoutes(routes);
  libraries_->AddRoutes(routes);
  policies_->AddRoutes(routes);
  pools_->AddRoutes(routes);
}

Json Compute::Save() const {
  return {{"clusters", clusters_->Save()},
          {"libraries", libraries_->Save()},
          {"policies", policies_->Save()},
          {"pools", pools_->Save()},
          {"cost",
           {{"cluster_starts", clusters_->starts()}, {"idle_instances_started", pools_->idle_instances_started()}}}};
}

void Compute::Load(const Json& state) {
  clusters_->Load(state.at("clusters"));
  libraries_->Load(state.at("libraries"));
  policies_->Load(state.at("policies"));
  pools_->Load(state.at("pools"));
}

void Compute::Tick(int64_t now_ms) { clusters_->Tick(now_ms); }

std::vector<std::pair<std::string, std::string>> ComputeVariants() {
  return {
      {"clusters-21-absent", "an older release: /api/2.1/clusters is 404 ENDPOINT_NOT_FOUND, 2.0 answers"},
      {"clusters-disabled", "every clusters call is FEATURE_DISABLED, as where only serverless compute exists"},
      {"no-cluster-spec", "an older release: clusters/get has no `spec`"},
      {"pinned-by-user-name", "an older release: the list has pinned_by_user_name and ignores filter_by.is_pinned"},
      {"pin-limit-20", "how many clusters can be pinned: 20 in older releases, 100 now"},
      {"pinned-by-user-name-too", "the list has pinned_by_user_name and knows filter_by.is_pinned as well"},
      {"pin-filter-unknown", "the list ignores filter_by.is_pinned, and nothing else says what is pinned"},
      {"page-size-refused", "a page_size above 100 is refused, not lowered"},
      {"page-size-lowered", "a page has at most 20 clusters, whatever page_size says"},
      {"lists-oldest-first", "the order of clusters and policies in their lists"},
      {"terminated-clusters-vanish", "the 30 days after which an unpinned terminated cluster is gone"},
      {"idempotency-token-lasts", "an idempotency_token protects after its cluster was terminated, too"},
      {"pool-clash-ignored", "machine fields beside an instance_pool_id are accepted, not refused"},
      {"job-compute-unchecked", "a job's new cluster may name a policy or pool that is not there"},
      {"docker-password-omitted", "reads leave out the password of docker_image.basic_auth"},
      {"cluster-quota-limit-exceeded", "what a full --cluster-quota answers: 400 RESOURCE_LIMIT_EXCEEDED"},
      {"cluster-quota-429", "what a full --cluster-quota answers: 429 QUOTA_EXCEEDED"},
      {"foreign-cloud-refused", "azure_attributes and gcp_attributes are refused in a workspace on AWS"},
      {"libraries-absent", "libraries calls are 404 ENDPOINT_NOT_FOUND"},
      {"libraries-disabled", "libraries calls are FEATURE_DISABLED"},
      {"policies-absent", "policies calls are 404 ENDPOINT_NOT_FOUND"},
      {"policies-disabled", "policies calls are FEATURE_DISABLED (plans without policies)"},
      {"policy-families-absent", "policy-families is 404 ENDPOINT_NOT_FOUND"},
      {"few-built-in-policies", "only Personal Compute is built in"},
      {"no-total-count", "policies/clusters/list has no total_count"},
      {"pools-absent", "instance-pools calls are 404 ENDPOINT_NOT_FOUND"},
      {"pools-disabled", "instance-pools calls are FEATURE_DISABLED"},
      {"feature-disabled-400", "the status of FEATURE_DISABLED: 400, not 404"},
      {"already-exists-409", "a policy's or pool's name that is taken: 409 RESOURCE_ALREADY_EXISTS"},
      {"already-exists-invalid-parameter", "a policy's or pool's name that is taken: 400 INVALID_PARAMETER_VALUE"},
      {"strict-unknown-fields", "a create or edit with a field that it does not take is refused, not tolerated"},
      {"cluster-name-omitted", "a cluster without a name has no cluster_name"},
      {"booleans-omitted", "answers leave out booleans that are false"},
      {"zeros-omitted", "answers leave out numbers that are zero"},
      {"late-in-list", "--read-after-write-delay-ms hides new objects from lists, too"},
  };
}

}  // namespace emulator
