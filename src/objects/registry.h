// All kinds, in the order in which a restore makes them: what an object refers to comes before it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objects/descriptor.h"

namespace dbxark::objects {

extern const ObjectDescriptor kDirectory, kNotebook, kWorkspaceFile, kDbfsFile, kGlobalInitScript, kPolicyFamily,
    kInstancePool, kClusterPolicy, kCluster, kClusterLibraries, kJob;

std::span<const ObjectDescriptor* const> AllKinds();

// By name or plural; nullptr if it is no kind.
const ObjectDescriptor* FindKind(std::string_view name);

// Where a kind stands in AllKinds().
size_t RankOf(const ObjectDescriptor& kind);

// Kinds of a workspace that this version does not look at, by name: said in every manifest, so that nobody believes
// they were saved.
std::span<const std::string_view> KindsNotLookedAt();

}  // namespace dbxark::objects
