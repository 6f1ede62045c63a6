#include "restore/saved_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/archived.h"
#include "restore/plan_text.h"

namespace dbxark::restore {
namespace {

// The second of two passes is a step of its own, and so is what becomes of the place that something has left.
using StepKey = std::tuple<std::string, std::string, std::string>;

bool IsAboutGone(std::string_view op) { return op == "gone" || op == "remove"; }

StepKey KeyOf(json::Node step) {
  const std::string op = step["op"].text();
  const std::string part = IsAboutGone(op) ? "gone from " + step["natural_key"].text() : op == "complete" ? op : "";
  return {step["kind"].text(), step["id"].text(), part};
}

// All that a person has approved. Not the order, nor the number of a step, nor what an id becomes: that is the word of
// the step that makes or finds it.
std::string Essence(json::Node step) {
  std::string text;
  for (const json::Node& member : step.members()) {
    const std::string key = member.key();
    if (key == "needs" || key == "looked_up_first" || key == "edits") continue;
    text += key + "=" + std::string(member.raw()) + "\n";
  }
  for (const json::Node& edit : step["edits"].elements()) {
    text += edit["why"].text() + " " + edit["path"].text() + " " + std::string(edit["old"].raw()) + " " +
            edit["reason"].text();
    if (edit["why"].text() != "mapped") text += " " + std::string(edit["new"].raw());
    text += "\n";
  }
  return text;
}

std::string Said(json::Node step) {
  const std::string reason = step["reason"].text();
  return step["op"].text() + (reason.empty() ? "" : " (" + Printable(reason) + ")");
}

std::string Named(json::Node step) {
  return KindWords(step["kind"].text()) + " " + Printable(Shorten(step["natural_key"].text(), 60));
}

bool Makes(json::Node step) {
  const std::string op = step["op"].text();
  return op == "create" || op == "finish" || op == "complete" || op == "update";
}

// A restore has begun with it since the plan was saved, and what is left of it is what that left.
bool WasBegun(json::Node saved, const ProgressMap& progress) {
  const auto found = progress.find({saved["kind"].text(), saved["id"].text()});
  if (found == progress.end()) return false;
  const Progress& known = found->second;
  if (saved["op"].text() == "remove") {
    const bool elsewhere = std::any_of(known.former.begin(), known.former.end(), [&](const FormerPlace& place) {
      return place.natural_key == saved["natural_key"].text();
    });
    return !elsewhere && (known.removed || known.natural_key != saved["natural_key"].text());
  }
  if (!Makes(saved)) return false;
  // It was there before the plan too: what counts is whether it was written since.
  if (saved["op"].text() == "update" && !known.open) return known.written.fingerprint != saved["was_written"].text();
  // What it found there, somebody else has made.
  return known.open || !known.unknown.empty() || (known.how != "adopted" && (known.done || !known.new_id.empty()));
}

// In a tree, what was to be made is there, with the same content: whoever made it.
bool CameAbout(json::Node saved, json::Node now) {
  const objects::ObjectDescriptor* kind = objects::FindKind(saved["kind"].text());
  return kind != nullptr && !HasDefinition(*kind) && Makes(saved) && now["op"].text() == "adopt";
}

}  // namespace

Result<std::vector<std::string>> ChangesSince(const std::string& saved, const Plan& now, const ProgressMap& progress) {
  auto then = json::Document::Parse(saved);
  if (!then.ok() || then->root()["schema"].text() != "dbxark.plan.v1" || !then->root()["steps"].IsArray()) {
    return Error(ErrorCode::kFailed, "is no plan that --save-plan wrote");
  }
  const json::Node root = then->root();
  if (root["archive_id"].text() != now.archive_id) {
    return Error(ErrorCode::kAlreadyExists, "is the plan of another archive, " + Printable(root["archive_id"].text()));
  }
  if (root["target"]["workspace_id"].text() != now.target_workspace_id) {
    return Error(ErrorCode::kAlreadyExists,
                 "is the plan for another target, workspace " + Printable(root["target"]["workspace_id"].text()));
  }
  auto present = json::Document::Parse(PlanJson(now));
  if (!present.ok()) return std::move(present).error();
  std::map<StepKey, json::Node> before;
  for (const json::Node& step : root["steps"].elements()) before.emplace(KeyOf(step), step);
  std::vector<std::string> changes;
  for (const json::Node& step : present->root()["steps"].elements()) {
    const auto found = before.find(KeyOf(step));
    if (found == before.end()) {
      changes.push_back(Named(step) + ": not in the plan; now " + Said(step));
      continue;
    }
    const json::Node old = found->second;
    before.erase(found);
    if (WasBegun(old, progress) || CameAbout(old, step) || Essence(old) == Essence(step)) continue;
    const std::string was = Said(old), is = Said(step);
    changes.push_back(Named(step) + ": " +
                      (was == is ? was + ", with other fields" : "planned " + was + "; now " + is));
  }
  for (const auto& [key, step] : before) {
    if (!WasBegun(step, progress)) changes.push_back(Named(step) + ": planned " + Said(step) + "; now nothing");
  }
  return changes;
}

}  // namespace dbxark::restore
