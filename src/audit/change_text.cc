#include "audit/change_text.h"

#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kMostFields = 20;

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Pad(std::string text, size_t width) {
  const size_t own = WidthOf(text);
  if (own < width) text.append(width - own, ' ');
  return text;
}

std::string NoteOf(const Change& change, Wording wording) {
  if (change.what == Change::What::kAnnounced) return "as announced";
  if (change.what != Change::What::kChanged) {
    const bool is_new = change.what == Change::What::kNew, drill = wording == Wording::kDrill;
    std::string note = is_new ? drill ? "only in the target" : "new" : drill ? "missing" : "gone";
    if (!change.kind->unique_key) note += ", id " + Printable(is_new ? change.right_id : change.left_id);
    if (!change.creator.empty()) note += ", by " + Printable(change.creator);
    return note;
  }
  std::string note;
  if (change.content_changed && IsTree(*change.kind)) {
    if (change.is_text) {
      note = "+" + WithSeparators(change.lines.added) + " -" + WithSeparators(change.lines.removed) + " lines";
    } else {
      note = "content, " + HumanSize(change.left_size) + " -> " + HumanSize(change.right_size);
    }
  } else if (change.content_changed && change.fields.empty()) {
    return "other bytes, the same values";
  }
  if (!change.fields.empty()) {
    if (!note.empty()) note += ", ";
    note += Counted(change.fields.size(), "field") + (change.fields.size() == 1 ? " differs" : " differ");
  }
  return note.empty() ? "not finished" : note;
}

std::string Value(std::string_view json, size_t width) { return json.empty() ? "(absent)" : Shorten(json, width); }

void AddFieldLines(const FieldChange& field, std::vector<std::string>& lines) {
  const std::string path = "    " + Printable(field.path);
  const std::string line = Pad(path, 38) + "  " + Value(field.left, kColumns) + " -> " + Value(field.right, kColumns);
  if (WidthOf(line) <= kColumns) {
    lines.push_back(line);
    return;
  }
  lines.push_back(path);
  lines.push_back("        " + Value(field.left, 34) + " -> " + Value(field.right, 34));
}

void WriteCounts(json::Writer& out, const Tally& tally) {
  out.Member("new", tally.added).Member("changed", tally.changed).Member("gone", tally.gone);
  out.Member("same", tally.same).Member("off_until_cutover", tally.held_back);
  out.Member("dropped_references", tally.dropped).Member("pinned_for_jobs", tally.pinned_for_jobs);
  out.Member("announced", tally.announced);
}

}  // namespace

std::string_view SymbolOf(const Change& change) {
  switch (change.what) {
    case Change::What::kNew:
      return "+";
    case Change::What::kGone:
      return "-";
    case Change::What::kChanged:
      return "~";
    case Change::What::kAnnounced:
      return "!";
  }
  return "~";
}

std::vector<std::string> LinesOf(const Change& change, Wording wording) {
  std::vector<std::string> lines;
  lines.push_back(Pad(std::string(change.kind->name), 18) + "  " + Pad(Printable(change.natural_key), 36) + "  " +
                  NoteOf(change, wording));
  if (!change.told.empty()) lines.push_back("    the restore: " + Printable(change.told));
  if (!change.lines.patch.empty() && !IsTree(*change.kind)) return lines;  // the patch says it all
  for (size_t i = 0; i < std::min(change.fields.size(), kMostFields); ++i) AddFieldLines(change.fields[i], lines);
  if (change.fields.size() > kMostFields) {
    lines.push_back("    and " + Counted(change.fields.size() - kMostFields, "more field", "more fields") +
                    " (--json shows all)");
  }
  return lines;
}

std::string JsonOf(const Change& change) {
  json::Writer out;
  const char* what = change.what == Change::What::kNew         ? "new"
                     : change.what == Change::What::kGone      ? "gone"
                     : change.what == Change::What::kAnnounced ? "announced"
                                                               : "changed";
  out.BeginObject().Member("change", what).Member("kind", change.kind->name);
  if (!change.left_id.empty()) out.Member("left_id", change.left_id);
  if (!change.right_id.empty()) out.Member("right_id", change.right_id);
  out.Member("natural_key", change.natural_key);
  if (!change.creator.empty()) out.Member("creator", change.creator);
  if (!change.told.empty()) out.Member("restore", change.told);
  if (change.what == Change::What::kChanged) {
    out.Key("fields").BeginArray();
    for (const FieldChange& field : change.fields) {
      out.BeginObject().Member("path", field.path);
      if (!field.left.empty()) out.Key("left").Raw(field.left);
      if (!field.right.empty()) out.Key("right").Raw(field.right);
      out.EndObject();
    }
    out.EndArray();
  }
  if (change.content_changed) {
    out.Key("content").BeginObject();
    out.Member("left_size", change.left_size).Member("right_size", change.right_size);
    if (change.is_text) out.Member("lines_added", change.lines.added).Member("lines_removed", change.lines.removed);
    out.EndObject();
  }
  if (!change.lines.patch.empty()) out.Member("patch", change.lines.patch);
  return out.EndObject().Take();
}

std::vector<std::string> AsideLines(const Tally& tally) {
  std::vector<std::string> lines;
  const auto add = [&](const char* what, uint64_t count) {
    if (count > 0) lines.push_back(what + WithSeparators(count));
  };
  add("off until cutover: ", tally.held_back);
  add("dropped, no counterpart: ", tally.dropped);
  add("pinned, since jobs need them: ", tally.pinned_for_jobs);
  add("as announced by the restore: ", tally.announced);
  if (!tally.outside.empty()) {
    std::string line;
    for (const auto& [name, count] : tally.outside) {
      if (count == 0) continue;
      const objects::ObjectDescriptor* kind = objects::FindKind(name);
      line += (line.empty() ? "" : ", ") +
              (kind == nullptr ? WithSeparators(count) + " " + name : Counted(count, kind->name, kind->plural));
    }
    if (!line.empty()) lines.push_back("not compared, since one side does not cover them: " + line);
  }
  for (const std::string& note : tally.notes) lines.push_back(Printable(note));
  return lines;
}

std::string VerdictOf(const Tally& tally) {
  if (!tally.Differs()) {
    return "no differences: " + Counted(tally.same, "object") + (tally.same == 1 ? " is" : " are") + " the same";
  }
  return WithSeparators(tally.added) + " new, " + WithSeparators(tally.changed) + " changed, " +
         WithSeparators(tally.gone) + " gone, " + WithSeparators(tally.same) + " the same";
}

std::string JsonOf(const Tally& tally) {
  json::Writer out;
  out.BeginObject().Key("counts").BeginObject();
  WriteCounts(out, tally);
  out.EndObject().Key("outside").BeginObject();
  for (const auto& [kind, count] : tally.outside) out.Member(kind, count);
  out.EndObject().Key("notes").BeginArray();
  for (const std::string& note : tally.notes) out.String(note);
  out.EndArray().Key("not_compared").BeginArray();
  for (const NotCompared& one : tally.not_compared) {
    out.BeginObject().Member("kind", one.kind).Member("id", one.id).Member("natural_key", one.natural_key);
    out.Member("reason", one.reason).EndObject();
  }
  return out.EndArray().EndObject().Take();
}

}  // namespace dbxark::audit
