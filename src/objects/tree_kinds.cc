// What lies in trees: nodes of the workspace and files in DBFS. Their bytes come through workspace/content.h, their
// natural key is their path, and nothing in them is rewritten.
#include "objects/registry.h"

namespace dbxark::objects {

constinit const ObjectDescriptor kDirectory{.name = "directory",
                                            .plural = "directories",
                                            .storage = Storage::kTree,
                                            .family = "workspace",
                                            .id = "object_id",
                                            .natural_key = "path"};

constinit const ObjectDescriptor kNotebook{.name = "notebook",
                                           .plural = "notebooks",
                                           .storage = Storage::kTree,
                                           .family = "workspace/export",
                                           .id = "object_id",
                                           .natural_key = "path"};

constinit const ObjectDescriptor kWorkspaceFile{.name = "workspace_file",
                                                .plural = "workspace_files",
                                                .storage = Storage::kTree,
                                                .family = "workspace/export",
                                                .id = "object_id",
                                                .natural_key = "path"};

constinit const ObjectDescriptor kDbfsFile{.name = "dbfs_file",
                                           .plural = "dbfs_files",
                                           .storage = Storage::kDbfs,
                                           .family = "dbfs",
                                           .id = "path",
                                           .natural_key = "path"};

}  // namespace dbxark::objects
