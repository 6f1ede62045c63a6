// The report of a restore for programs.
#include "base/clock.h"
#include "base/version.h"
#include "json/writer.h"
#include "restore/plan_text.h"
#include "restore/restore_report.h"

namespace dbxark::restore {
namespace {

void WriteField(json::Writer& out, const FieldOf& field) {
  out.BeginObject().Member("kind", field.kind).Member("id", field.id).Member("natural_key", field.natural_key);
  out.Member("path", field.path).EndObject();
}

void WriteFields(json::Writer& out, std::string_view key, std::string_view old_name, std::string_view new_name,
                 const std::vector<ReportedField>& fields) {
  if (fields.empty()) return;
  out.Key(key).BeginArray();
  for (const ReportedField& field : fields) {
    out.BeginObject().Member("why", field.why).Member("path", field.path);
    WriteValue(out, old_name, field.old_value);
    WriteValue(out, new_name, field.new_value);
    if (!field.reason.empty()) out.Member("reason", field.reason);
    out.EndObject();
  }
  out.EndArray();
}

void WriteObject(json::Writer& out, const ReportedObject& object) {
  const ReportItem& item = object.item;
  out.BeginObject().Member("kind", item.kind).Member("id", item.id).Member("natural_key", item.natural_key);
  if (!item.new_id.empty()) out.Member("new_id", item.new_id);
  if (!item.reason.empty()) out.Member("reason", item.reason);
  WriteFields(out, "edits", "old", "new", object.edits);
  WriteFields(out, "differences", "archive", "target", object.differences);
  out.EndObject();
}

// Of what is in the target: the same edits once more, as one looks for them.
void WriteEdits(json::Writer& out, std::string_view key, std::string_view why, const RestoreReport& report) {
  out.Key(key).BeginArray();
  for (const ReportedObject& object : report.objects) {
    const std::string_view outcome = object.outcome;
    if (outcome != "created" && outcome != "updated" && outcome != "finished" && outcome != "adopted") continue;
    for (const ReportedField& edit : object.edits) {
      if (edit.why != why) continue;
      out.BeginObject().Member("kind", object.item.kind).Member("id", object.item.id);
      out.Member("natural_key", object.item.natural_key).Member("new_id", object.item.new_id);
      out.Member("path", edit.path);
      WriteValue(out, "old", edit.old_value);
      WriteValue(out, "new", edit.new_value);
      if (!edit.reason.empty()) out.Member("reason", edit.reason);
      out.EndObject();
    }
  }
  out.EndArray();
}

void WriteTexts(json::Writer& out, std::string_view key, const std::vector<std::string>& texts) {
  out.Key(key).BeginArray();
  for (const std::string& text : texts) out.String(text);
  out.EndArray();
}

void WriteHead(json::Writer& out, const RestoreReport& report) {
  const ReportFacts& facts = report.facts;
  out.Member("schema", kRestoreReportSchema).Member("tool", "dbxark " DBXARK_VERSION);
  out.Key("archive").BeginObject().Member("path", facts.archive_path).Member("id", report.archive_id);
  out.Member("created", facts.archive_created).EndObject();
  out.Key("source").BeginObject().Member("host", report.source_host);
  out.Member("workspace_id", report.source_workspace_id).EndObject();
  out.Key("target").BeginObject().Member("host", report.target_host);
  out.Member("workspace_id", report.target_workspace_id).EndObject();
  out.Member("began", FormatTime(facts.began_ms)).Member("ended", FormatTime(facts.ended_ms));
  out.Member("requests", facts.requests).Member("journal", report.journal_path);
  out.Member("complete", report.complete).Member("interrupted", report.interrupted);
  if (!facts.error.empty()) out.Member("error", facts.error);
  WriteTexts(out, "notes", report.notes);
}

}  // namespace

std::string RestoreReportJson(const RestoreReport& report) {
  json::Writer out;
  out.BeginObject();
  WriteHead(out, report);
  out.Key("to_do").BeginArray();
  for (const ManualStep& to_do : report.to_do) {
    out.BeginObject().Member("name", to_do.name).Member("what", to_do.what);
    WriteTexts(out, "details", to_do.details);
    WriteTexts(out, "commands", to_do.commands);
    out.EndObject();
  }
  out.EndArray().Key("counts").BeginObject();
  for (const std::string_view outcome : kReportedOutcomes) {
    out.Member(outcome, static_cast<uint64_t>(report.Of(outcome).size()));
  }
  out.EndObject().Key("secrets").BeginArray();
  for (const auto& [name, uses] : report.secrets) {
    out.BeginObject().Member("scope", name.scope).Member("key", name.key).Key("used_by").BeginArray();
    for (const FieldOf& use : uses) WriteField(out, use);
    out.EndArray().EndObject();
  }
  out.EndArray().Key("passwords").BeginArray();
  for (const FieldOf& field : report.passwords) WriteField(out, field);
  out.EndArray().Key("off_until_cutover").BeginObject();
  for (const auto& [what, count] : report.held_back) out.Member(what, count);
  out.EndObject();
  WriteReadBack(out, report.read_back);
  WriteEdits(out, "held_back", "held_back", report);
  WriteEdits(out, "dropped", "dropped", report);
  for (const std::string_view outcome : kReportedOutcomes) {
    out.Key(outcome).BeginArray();
    for (const ReportedObject* object : report.Of(outcome)) WriteObject(out, *object);
    out.EndArray();
  }
  return json::Pretty(out.EndObject().Take()) + "\n";
}

}  // namespace dbxark::restore
