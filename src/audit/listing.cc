#include "audit/listing.h"

#include <algorithm>

#include "audit/archive_facts.h"
#include "base/clock.h"
#include "base/text.h"
#include "json/writer.h"
#include "objects/no_match.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

constexpr size_t kKindWidth = 18;  // "global_init_script"

std::string PadRight(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string PadLeft(const std::string& text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

// An id says something only where names do not.
bool ShowsId(std::string_view kind_name) {
  const objects::ObjectDescriptor* kind = objects::FindKind(kind_name);
  return kind != nullptr && !kind->unique_key;
}

Error NothingMatches(const format::ArchiveReader& reader, const std::vector<objects::Selector>& unmatched) {
  const auto each = [&](const objects::NameVisitor& visit) {
    return reader.ForEachRow([&](const format::Row& row) {
      visit(row.kind, row.natural_key);
      return true;
    });
  };
  return objects::NothingMatches("nothing in " + reader.path(), unmatched, each,
                                 "dbxark ls " + ShellQuote(reader.path()) + " " +
                                     std::string(unmatched.front().kind().plural) + " lists what there is");
}

}  // namespace

std::string RowLine(const format::Row& row, bool long_format) {
  std::string line = PadRight(row.kind, kKindWidth) + "  ";
  const std::string name = Printable(row.natural_key);
  if (!long_format) return line + name + (ShowsId(row.kind) ? "  " + Printable(row.id) : "");
  line += PadLeft(row.folder ? "-" : WithSeparators(row.size), 11) + "  ";
  line += PadRight(row.modified_ms > 0 ? FormatTime(row.modified_ms) : "-", 20) + "  ";
  return line + PadRight(Printable(row.id), 18) + "  " + name;
}

std::string LongHeader() {
  return PadRight("KIND", kKindWidth) + "  " + PadLeft("BYTES", 11) + "  " + PadRight("MODIFIED", 20) + "  " +
         PadRight("ID", 18) + "  NAME";
}

std::string RowJson(const format::Row& row) {
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.ls.v1").Member("kind", row.kind).Member("id", row.id);
  out.Member("natural_key", row.natural_key).Member("member", row.member).Member("size", row.size);
  if (!row.sha256_hex.empty()) out.Member("sha256", row.sha256_hex);
  if (row.modified_ms > 0) out.Member("modified", FormatTime(row.modified_ms));
  if (row.read_ms > 0) out.Member("read", FormatTime(row.read_ms));
  if (!row.origin_archive.empty()) out.Member("origin_archive", row.origin_archive);
  if (!row.info.empty()) out.Key("info").Raw(row.info);
  return out.EndObject().Take();
}

std::string NameOf(std::string_view kind, std::string_view id, std::string_view natural_key) {
  std::string name(kind);
  if ((ShowsId(kind) || natural_key.empty()) && !id.empty()) name.append(" ").append(Printable(id));
  if (!natural_key.empty()) name.append(" ").append(Printable(natural_key));
  return name;
}

Result<uint64_t> ForEachSelected(const format::ArchiveReader& reader, const objects::Selection& selection,
                                 const std::function<bool(const format::Row&)>& visit) {
  uint64_t count = 0;
  Status status = reader.ForEachRow([&](const format::Row& row) {
    if (!selection.Matches(row.kind, row.id, row.natural_key)) return true;
    ++count;
    return visit(row);
  });
  if (!status.ok()) return std::move(status).error();
  return count;
}

Status CheckSelection(const format::ArchiveReader& reader, const objects::Selection& selection) {
  objects::MatchTally tally(selection.include());
  bool any = selection.include().empty();
  const Status read = reader.ForEachRow([&](const format::Row& row) {
    tally.See(row.kind, row.id, row.natural_key);
    any = any || selection.Matches(row.kind, row.id, row.natural_key);
    return !any || !tally.AllMatched();
  });
  if (!read.ok()) return read;
  const std::vector<objects::Selector> unmatched = tally.Unmatched();
  if (!unmatched.empty()) return NothingMatches(reader, unmatched);
  return any ? Status() : objects::NothingLeft(reader.path(), selection);
}

Status CheckExcluded(const format::ArchiveReader& reader, const objects::Selection& selection) {
  objects::MatchTally tally(selection.exclude());
  const Status read = reader.ForEachRow([&](const format::Row& row) {
    tally.See(row.kind, row.id, row.natural_key);
    return !tally.AllMatched();
  });
  if (!read.ok()) return read;
  std::vector<objects::Selector> unmatched = tally.UnmatchedNames();
  const std::vector<std::string> left_out = FactsOf(reader.manifest()).exclude;
  std::erase_if(unmatched, [&](const objects::Selector& selector) {
    return std::find(left_out.begin(), left_out.end(), selector.text()) != left_out.end();
  });
  return unmatched.empty() ? Status() : NothingMatches(reader, unmatched);
}

}  // namespace dbxark::audit
