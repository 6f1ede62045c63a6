// What all places have in common that embed a cluster's settings: clusters, job clusters, and the like.
// Source: SDK module compute, ClusterSpec; Terraform provider, clusters resource (rules for pools).
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "objects/descriptor.h"

namespace dbxark::objects {

std::span<const std::string_view> ClusterSpecFields();
std::span<const Reference> ClusterSpecReferences();
std::span<const Reference> LibraryReferences();
// Path patterns of the cluster settings in a kind's definitions; "" is the definition itself.
std::vector<std::string_view> ClusterSpecPlaces(const ObjectDescriptor& kind);

// What a read leaves out and a create needs (a size of 0) is put in.
// With an instance pool, the pool's own values (node types, disks, cloud attributes) come back on read and are refused
// in a create; without one, a driver pool is.
void PrepareClusterSpec(PrepareContext& context, json::Node spec, const std::string& path);

}  // namespace dbxark::objects
