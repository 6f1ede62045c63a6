#include "json/document.h"
#include "json/writer.h"
#include "restore/plan_text.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;

void WriteHeldBack(json::Writer& out, const HeldBack& held_back) {
  out.Key("held_back").BeginObject();
  for (const auto& [what, count] : held_back) out.Member(what, count);
  out.EndObject();
}

void WriteStep(json::Writer& out, const Step& step) {
  out.BeginObject().Member("op", OpName(step.op)).Member("kind", step.kind->name).Member("id", step.id);
  out.Member("natural_key", step.natural_key);
  if (!step.new_id.empty()) out.Member("new_id", step.new_id);
  if (!step.reason.empty()) out.Member("reason", step.reason);
  if (step.dependency) out.Member("dependency", true);
  if (step.first_of_two) out.Member("first_of_two", true);
  if (!step.was_written.empty()) out.Member("was_written", step.was_written);
  if (step.look_up) out.Member("looked_up_first", true);
  if (!step.needs.empty()) {
    out.Key("needs").BeginArray();
    for (const size_t need : step.needs) out.Uint(need);
    out.EndArray();
  }
  if (!step.follow.empty()) {
    out.Key("then").BeginArray();
    for (const std::string& what : step.follow) out.String(what);
    out.EndArray();
  }
  if (!step.blockers.empty()) {
    out.Key("blockers").BeginArray();
    for (const objects::Blocker& blocker : step.blockers) {
      out.BeginObject().Member("path", blocker.path).Member("kind", blocker.target).Member("id", blocker.id);
      out.EndObject();
    }
    out.EndArray();
  }
  if (!step.differences.empty()) {
    out.Key("differences").BeginArray();
    for (const objects::Difference& difference : step.differences) {
      out.BeginObject().Member("path", difference.path);
      WriteValue(out, "archive", difference.left);
      WriteValue(out, "target", difference.right);
      out.EndObject();
    }
    out.EndArray();
  }
  if (!step.edits.empty()) {
    out.Key("edits").BeginArray();
    for (const FieldEdit& edit : step.edits) {
      out.BeginObject().Member("why", WhyName(edit.why)).Member("path", edit.path);
      WriteValue(out, "old", edit.old_value);
      WriteValue(out, "new", edit.new_value);
      out.Member("reason", edit.reason).EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
}

void WriteHead(json::Writer& out, std::string_view schema, const Plan& plan) {
  out.BeginObject().Member("schema", schema).Member("archive_id", plan.archive_id);
  out.Key("source").BeginObject().Member("host", plan.source_host).Member("workspace_id", plan.source_workspace_id);
  out.EndObject();
  out.Key("target").BeginObject().Member("host", plan.target_host).Member("workspace_id", plan.target_workspace_id);
  out.EndObject();
}

}  // namespace

void WriteValue(json::Writer& out, std::string_view key, const std::string& value) {
  if (value.empty()) return;
  out.Key(key);
  if (json::Document::Parse(value).ok()) {
    out.Raw(value);
  } else {
    out.String(value);
  }
}

std::string_view WhyName(FieldEdit::Why why) {
  switch (why) {
    case FieldEdit::Why::kMapped:
      return "mapped";
    case FieldEdit::Why::kDropped:
      return "dropped";
    case FieldEdit::Why::kHeldBack:
      return "held_back";
    case FieldEdit::Why::kNotSent:
      return "not_sent";
    case FieldEdit::Why::kUnknown:
      return "unknown";
    case FieldEdit::Why::kLeftOn:
      return "left_on";
    case FieldEdit::Why::kUndone:
      return "undone";
    case FieldEdit::Why::kOverlaid:
      return "changed_since";
  }
  return "";
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCreated:
      return "created";
    case Outcome::kFinished:
      return "finished";
    case Outcome::kUpdated:
      return "updated";
    case Outcome::kAdopted:
      return "adopted";
    case Outcome::kSkipped:
      return "skipped";
    case Outcome::kBlocked:
      return "blocked";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kUnknown:
      return "unknown";
    case Outcome::kConflict:
      return "conflict";
    case Outcome::kGone:
      return "gone";
    case Outcome::kRemoved:
      return "removed";
    case Outcome::kInterrupted:
    case Outcome::kPutBack:
    case Outcome::kNothing:
      break;
  }
  return "";
}

std::string PlanJson(const Plan& plan) {
  json::Writer out;
  WriteHead(out, "dbxark.plan.v1", plan);
  out.Key("counts").BeginObject();
  for (const Op op : {Op::kCreate, Op::kFinish, Op::kComplete, Op::kUpdate, Op::kAdopt, Op::kSkip, Op::kBlocked,
                      Op::kConflict, Op::kGone, Op::kRemove}) {
    out.Member(OpName(op), plan.Count(op));
  }
  out.EndObject();
  WriteHeldBack(out, plan.held_back);
  out.Member("requests", plan.Requests()).Key("requests_by_family").BeginObject();
  for (const auto& [family, count] : plan.requests) out.Member(family, count);
  out.EndObject().Member("cluster_starts", plan.cluster_starts);
  if (!plan.map.empty()) {
    out.Key("map").BeginArray();
    for (const RuleUse& use : plan.map) {
      out.BeginObject().Member("line", static_cast<uint64_t>(use.rule.line)).Member("table", use.rule.table);
      out.Member("old", use.rule.from).Member("new", use.rule.to).Member("applied", use.count).EndObject();
    }
    out.EndArray();
  }
  out.Key("notes").BeginArray();
  for (const std::string& note : plan.notes) out.String(note);
  out.EndArray();
  out.Key("steps").BeginArray();
  for (const Step& step : plan.steps) WriteStep(out, step);
  return out.EndArray().EndObject().Take();
}

std::string StepEventJson(const Step& step, const StepResult& result) {
  if (OutcomeName(result.outcome).empty()) return {};
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.event.v1").Member("event", "step").Member("kind", step.kind->name);
  out.Member("id", step.id).Member("natural_key", step.natural_key).Member("outcome", OutcomeName(result.outcome));
  if (!result.new_id.empty()) out.Member("new_id", result.new_id);
  if (!result.reason.empty()) out.Member("reason", result.reason);
  return out.EndObject().Take();
}

void WriteItems(json::Writer& out, const std::vector<ReportItem>& items) {
  out.BeginArray();
  for (const ReportItem& item : items) {
    out.BeginObject().Member("kind", item.kind).Member("id", item.id).Member("natural_key", item.natural_key);
    if (!item.new_id.empty()) out.Member("new_id", item.new_id);
    if (!item.reason.empty()) out.Member("reason", item.reason);
    out.EndObject();
  }
  out.EndArray();
}

std::string ReportJson(const Report& report, const Plan& plan) {
  json::Writer out;
  WriteHead(out, "dbxark.restore.v1", plan);
  out.Member("interrupted", report.interrupted).Member("complete", report.Complete());
  out.Member("journal", report.journal_path);
  WriteHeldBack(out, report.held_back);
  out.Key("counts").BeginObject();
  for (const auto& [outcome, items] : report.items)
    out.Member(OutcomeName(outcome), static_cast<uint64_t>(items.size()));
  out.EndObject();
  for (const auto& [outcome, items] : report.items) {
    WriteItems(out.Key(OutcomeName(outcome)), items);
  }
  WriteReadBack(out, report.read_back);
  return out.EndObject().Take();
}

}  // namespace dbxark::restore
