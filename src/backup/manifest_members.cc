#include "backup/manifest_members.h"

#include "base/clock.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::backup {
namespace {

void WriteTexts(json::Writer& out, std::string_view key, const std::vector<std::string>& texts) {
  out.Key(key).BeginArray();
  for (const std::string& text : texts) out.String(text);
  out.EndArray();
}

std::vector<std::string> TextsOf(const std::vector<objects::Selector>& selectors) {
  std::vector<std::string> texts;
  for (const objects::Selector& selector : selectors) texts.push_back(selector.text());
  return texts;
}

void WriteGaps(json::Writer& out, std::string_view key, const BackupReport& report, workspace::Gap::Class gap_class) {
  out.Key(key).BeginArray();
  for (const workspace::Gap* gap : report.Of(gap_class)) {
    out.BeginObject().Member("kind", gap->kind);
    if (!gap->id.empty()) out.Member("id", gap->id);
    if (!gap->natural_key.empty()) out.Member("natural_key", gap->natural_key);
    out.Member("reason", gap->reason);
    if (gap->size_bytes > 0) out.Member("size_bytes", gap->size_bytes);
    if (gap->count != 1) out.Member("count", gap->count);
    out.EndObject();
  }
  out.EndArray();
}

// What the chosen form of a notebook does not hold (Workspace API, export formats).
std::vector<std::string> LeftBehind(const BackupOptions& options, const BackupReport& report) {
  std::vector<std::string> left;
  const auto notebooks = report.counts.find("notebooks");
  if (notebooks == report.counts.end() || notebooks->second == 0) return left;
  left.push_back("revision history and comments of notebooks");
  if (options.notebook_format == workspace::NotebookFormat::kSource) {
    left.push_back(
        "command outputs, widget values, notebook dashboards and cell states of notebooks (the SOURCE format holds "
        "none; "
        "--notebook-format jupyter keeps outputs)");
  }
  return left;
}

}  // namespace

std::string ManifestMembers(const BackupOptions& options, const BackupReport& report, int64_t started_ms,
                            int64_t ended_ms, int64_t clock_skew_s) {
  json::Writer out;
  out.BeginObject();
  out.Key("source").BeginObject().Member("host", options.host).Member("workspace_id", report.workspace_id).EndObject();
  out.Key("caller")
      .BeginObject()
      .Member("user_name", report.caller.user_name)
      .Member("admin", report.caller.admin)
      .Member("partial", report.partial_view)
      .EndObject();
  out.Key("crawl")
      .BeginObject()
      .Member("started", FormatTime(started_ms))
      .Member("ended", FormatTime(ended_ms))
      .Member("clock_skew_s", clock_skew_s)
      .EndObject();
  out.Key("scope").BeginObject();
  WriteTexts(out, "include", TextsOf(options.selection.include()));
  WriteTexts(out, "exclude", TextsOf(options.selection.exclude()));
  out.Member("notebook_format", options.notebook_format == workspace::NotebookFormat::kJupyter ? "JUPYTER" : "SOURCE");
  WriteTexts(out, "dbfs_roots", options.inventory.dbfs_roots);
  out.Member("dbfs_max_bytes", options.inventory.dbfs_max_bytes).EndObject();
  out.Key("counts").BeginObject();
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    if (const auto count = report.counts.find(std::string(kind->plural)); count != report.counts.end()) {
      out.Member(kind->plural, count->second);
    }
  }
  out.EndObject();
  WriteGaps(out, "failed", report, workspace::Gap::Class::kFailed);
  WriteGaps(out, "out_of_reach", report, workspace::Gap::Class::kOutOfReach);
  WriteGaps(out, "excluded", report, workspace::Gap::Class::kExcluded);
  out.Key("not_looked_at").BeginArray();
  for (const std::string_view kind : objects::KindsNotLookedAt()) out.String(kind);
  out.EndArray();
  WriteTexts(out, "left_behind", LeftBehind(options, report));
  out.Key("dangling").BeginArray();
  for (const objects::Dangling& reference : report.dangling) {
    out.BeginObject()
        .Member("kind", reference.kind)
        .Member("id", reference.id)
        .Member("natural_key", reference.natural_key)
        .Member("path", reference.path)
        .Member("target", reference.target)
        .Member("value", reference.value)
        .Member("saved_kind", reference.handled)
        .EndObject();
  }
  out.EndArray();
  out.Key("credential_shapes").BeginObject().Member("count", report.credentials.count()).Key("shapes").BeginObject();
  for (const auto& [shape, count] : report.credentials.by_shape()) out.Member(shape, count);
  out.EndObject().EndObject();
  return out.EndObject().Take();
}

}  // namespace dbxark::backup
