// Cluster settings on another cloud. Source: SDK module compute (AwsAttributes, AzureAttributes, GcpAttributes and
// their enums; InitScriptInfo, ClusterLogConf; DiskType).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mapping/map_rules.h"
#include "objects/rewrite.h"

namespace dbxark::mapping {

// Whose blocks, or rules about them, stand in a definition: "aws", "azure", "gcp".
std::vector<std::string_view> CloudsIn(const std::string& definition);

// Takes out the blocks of other clouds, and brings along what they have in common: whether instances are spot or
// on-demand, how many are on-demand at least, the class of disks. Init scripts and logs whose location moved to another
// kind of storage get that storage's form. Edits are appended to `moved.edits`; `moved.text` is read and replaced.
// kFailed if something moves to S3 and its region is not known.
Status MoveToCloud(const objects::ObjectDescriptor& kind, const CloudMove& move, objects::Rewritten& moved);

}  // namespace dbxark::mapping
