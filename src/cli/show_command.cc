#include "cli/show_command.h"

#include "audit/listing.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::cli {
namespace {

bool IsDefinition(const format::Row& row) {
  const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
  return kind != nullptr &&
         (kind->storage == objects::Storage::kDefinition || kind->storage == objects::Storage::kCatalogue);
}

// Prints one object after the other.
class Shower {
 public:
  Shower(const format::ArchiveReader& reader, bool pretty, bool several, Console& console)
      : reader_(reader), pretty_(pretty), several_(several), console_(console) {}

  Status Show(const format::Row& row) { return console_.json() ? ShowJson(row) : ShowText(row); }

 private:
  Status ShowText(const format::Row& row) {
    if (row.folder) {
      console_.OutLine(pretty_ ? json::Pretty(row.info) : row.info);
      return {};
    }
    if (!IsDefinition(row)) {
      // As head and tail do it, so that it can be seen where one ends.
      if (several_) console_.OutLine("==> " + audit::NameOf(row.kind, row.id, row.natural_key) + " <==");
      return reader_.ReadTo(row, console_.sink());
    }
    auto bytes = reader_.Read(row);
    if (!bytes.ok()) return std::move(bytes).error();
    std::string text = pretty_ && json::Document::Parse(*bytes).ok() ? json::Pretty(*bytes) : std::move(*bytes);
    if (text.empty() || text.back() != '\n') text += '\n';
    console_.Out(text);
    return {};
  }

  Status ShowJson(const format::Row& row) {
    json::Writer out;
    out.BeginObject().Member("kind", row.kind).Member("id", row.id).Member("natural_key", row.natural_key);
    if (!row.info.empty()) out.Key("info").Raw(row.info);
    if (!row.folder) {
      auto bytes = reader_.Read(row);
      if (!bytes.ok()) return std::move(bytes).error();
      if (IsDefinition(row) && json::Document::Parse(*bytes).ok()) {
        out.Key("definition").Raw(Trim(*bytes));
      } else if (IsValidUtf8(*bytes)) {
        out.Member("content", *bytes);
      } else {
        out.Member("content_base64", ToBase64(*bytes));
      }
    }
    console_.Out((shown_++ == 0 ? "" : ",\n") + out.EndObject().Take());
    return {};
  }

  const format::ArchiveReader& reader_;
  const bool pretty_, several_;
  Console& console_;
  uint64_t shown_ = 0;
};

}  // namespace

int RunShow(const ShowFlags& flags, Console& console) {
  auto selection = objects::Selection::Parse(flags.selectors, {});
  if (!selection.ok()) return console.Fail(selection.error());
  if (flags.selectors.empty()) {
    return console.Fail(Error(ErrorCode::kUsage, "show needs a selector, as in notebooks:/Shared/x"));
  }
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  if (Status met = audit::CheckSelection(**reader, *selection); !met.ok()) return console.Fail(met.error());
  const auto matches = audit::ForEachSelected(**reader, *selection, [](const format::Row&) { return true; });
  if (!matches.ok()) return console.Fail(matches.error());

  Shower shower(**reader, flags.pretty, *matches > 1, console);
  if (console.json()) console.Out("{\"schema\":\"dbxark.show.v1\",\"objects\":[");
  Status shown;
  const auto read = audit::ForEachSelected(**reader, *selection, [&](const format::Row& row) {
    shown = shower.Show(row);
    return shown.ok() && !console.reader_gone();
  });
  if (console.json() && shown.ok()) console.OutLine("]}");
  if (!shown.ok()) return console.Fail(shown.error());
  if (!read.ok()) return console.Fail(read.error());
  return console.Finish(ExitCode::kDone);
}

}  // namespace dbxark::cli
