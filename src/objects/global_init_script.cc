// Global init scripts. Source: SDK module compute (global init scripts).
#include "objects/registry.h"

namespace dbxark::objects {
namespace {

constexpr std::string_view kBody[] = {""};
// Scripts are made in ascending order, and each goes to the end: `position` is sent only where one is made again that
// others are there to run after (restore/step_runner.cc).
constexpr std::string_view kFields[] = {"name", "script", "enabled"};
constexpr FieldList kFieldLists[] = {{"", kFields}};
// Inside of a script, names are the script's own text: it is carried as it is.
constexpr Reference kReferences[] = {{"script", "workspace_path", ReferenceForm::kText},
                                     {"script", "dbfs_path", ReferenceForm::kText},
                                     {"script", "volume_path", ReferenceForm::kText},
                                     {"script", "secret", ReferenceForm::kText}};
constexpr ReferenceMount kMounts[] = {{"", kReferences}};
constexpr Activity kActivities[] = {{"", "enabled", "false"}};
constexpr ServerDefault kDefaults[] = {{"enabled", "false"}};

}  // namespace

constinit const ObjectDescriptor kGlobalInitScript{.name = "global_init_script",
                                                   .plural = "global_init_scripts",
                                                   .family = "global-init-scripts",
                                                   .list = {"/api/2.0/global-init-scripts", "scripts"},
                                                   .read = {"/api/2.0/global-init-scripts/{id}", ""},
                                                   .create = {"POST", "/api/2.0/global-init-scripts", "script_id"},
                                                   .id = "script_id",
                                                   .natural_key = "name",
                                                   .unique_key = false,
                                                   .bodies = kBody,
                                                   .create_fields = kFieldLists,
                                                   .references = kMounts,
                                                   .activities = kActivities,
                                                   .server_defaults = kDefaults,
                                                   .update = {"PATCH", "/api/2.0/global-init-scripts/{id}", ""},
                                                   .remove = {"DELETE", "/api/2.0/global-init-scripts/{id}", ""}};

}  // namespace dbxark::objects
