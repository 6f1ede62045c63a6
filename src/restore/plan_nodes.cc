// Planning what lies in trees: directories, notebooks, files.
#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/planner_steps.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {

using objects::FieldEdit;
using objects::ObjectDescriptor;

void Planner::PlanNode(size_t index) {
  const ArchivedObject& object = Object(index);
  Step step = NewStep(index);
  const auto& nodes = IsInTree(*object.kind) ? in_.target.tree : in_.target.dbfs;
  const Progress* progress = ProgressOf(object);
  const auto node = nodes.find(object.row.natural_key);
  if (object.row.natural_key == "/") {
    step.op = Op::kAdopt;
  } else if (const std::string closed = ClosedFolderAbove(object); !closed.empty()) {
    step.op = Op::kBlocked;
    step.reason = "what is there is not known: " + closed;
  } else if (node == nodes.end() && in_.refused[index] && object.kind != &objects::kDirectory) {
    step.reason = kLeftOut;
  } else if (node == nodes.end()) {
    PlanNewNode(step);
  } else if (node->second.type != NodeTypeOf(*object.kind)) {
    step.op = Op::kBlocked;
    step.reason = "a " + ToLowerAscii(node->second.type) + " of this name is in the way";
  } else if (object.kind == &objects::kDirectory || node->second.sha256_hex == object.row.sha256_hex) {
    step.op = Op::kAdopt;
    NoteEqualNode(step, node->second);
  } else if (object.kind == &objects::kDbfsFile && progress != nullptr && progress->open &&
             progress->open->natural_key == object.row.natural_key) {
    step.op = progress->open->op == "update" ? Op::kUpdate : Op::kCreate;
    step.overwrite = true;
    step.reason = "an earlier upload was interrupted";
  } else if (options_.standby && !step.dependency) {
    PlanChangedNode(step, node->second);
  } else if (OnConflictOf(step) == OnConflict::kUpdate && !step.dependency) {
    step.op = Op::kUpdate;
    step.reason = "its content differs";
  } else {
    PlanDifferentNode(step);
  }
  if (step.op == Op::kCreate || step.op == Op::kUpdate) AddMapEdits(step);
  AddStep(index, std::move(step));
}

std::string Planner::ClosedFolderAbove(const ArchivedObject& object) const {
  const auto& closed = IsInTree(*object.kind) ? in_.target.closed_folders : in_.target.closed_dbfs_folders;
  if (closed.empty()) return {};
  std::string folder = object.row.natural_key;
  do {
    folder = ParentOf(folder);
    if (const auto found = closed.find(folder); found != closed.end()) return found->second;
  } while (folder != "/");
  return {};
}

void Planner::PlanNewNode(Step& step) const {
  step.op = Op::kCreate;
  const std::string folder = ParentOf(step.natural_key);
  bool folder_planned = !IsInTree(*step.kind) || folder == "/" || in_.target.tree.contains(folder);
  for (const size_t need : step.needs) {
    const Step& parent = plan_.steps[need];
    if (parent.kind != &objects::kDirectory || parent.natural_key != folder) continue;
    folder_planned = true;
    if (parent.op == Op::kBlocked) {
      step.op = Op::kBlocked;
      step.reason = "its folder " + folder + " is blocked";
    }
  }
  step.make_parent = !folder_planned;
  const auto& nodes = IsInTree(*step.kind) ? in_.target.tree : in_.target.dbfs;
  for (std::string above = folder; !above.empty() && above != "/"; above = ParentOf(above)) {
    const auto node = nodes.find(above);
    if (node == nodes.end() || node->second.type == "DIRECTORY" || node->second.type == "REPO") continue;
    step.op = Op::kBlocked;
    step.reason = "the " + ToLowerAscii(node->second.type) + " " + above + " is in the way";
  }
}

void Planner::PlanDifferentNode(Step& step) const {
  const bool fail = OnConflictOf(step) == OnConflict::kFail && !step.dependency;
  step.op = fail ? Op::kBlocked : Op::kSkip;
  step.reason = "is there with other content";
  if (fail) step.reason += " (--on-conflict fail)";
}

}  // namespace dbxark::restore
