// How one object that was read back differs from what was sent.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "restore/archived.h"
#include "restore/plan.h"
#include "restore/read_back.h"

namespace dbxark::restore {

struct Findings {
  std::vector<LostField> lost;
  std::vector<std::string> filled_in, not_shown;  // paths without indices: "tasks[].run_if"
};

// Between the body that was sent and a definition of the target. An error where one of them makes no sense.
Result<Findings> CompareSent(const objects::ObjectDescriptor& kind, const std::string& sent,
                             const std::string& definition);

// What was stopped as soon as it was made must not run.
void CheckStopped(const Step& step, const std::string& definition, Findings& findings);

// Of a folder's list, `tree` of the workspace's or else of DBFS's, without its content.
Findings CheckNode(const ArchivedObject& object, json::Node node, bool tree);

}  // namespace dbxark::restore
