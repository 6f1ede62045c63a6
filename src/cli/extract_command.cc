#include "cli/extract_command.h"

#include "audit/listing.h"
#include "base/file_system.h"
#include "base/text.h"
#include "format/extractor.h"
#include "json/writer.h"

namespace dbxark::cli {
namespace {

struct Failure {
  std::string kind, id, natural_key;
  Error error;
};

std::string SummaryJson(const ExtractFlags& flags, const format::ExtractSummary& summary,
                        const std::vector<Failure>& failures) {
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.extract.v1").Member("folder", flags.folder);
  out.Member("files", summary.files).Member("folders", summary.folders).Member("bytes", summary.bytes);
  out.Key("failed").BeginArray();
  for (const Failure& failure : failures) {
    out.BeginObject().Member("kind", failure.kind).Member("id", failure.id);
    out.Member("natural_key", failure.natural_key).Key("code").String(NameOf(failure.error.code()));
    out.Member("message", failure.error.message()).EndObject();
  }
  return out.EndArray().EndObject().Take();
}

}  // namespace

int RunExtract(const ExtractFlags& flags, Console& console) {
  auto selection = objects::Selection::Parse(flags.selectors, flags.exclude);
  if (!selection.ok()) return console.Fail(selection.error());
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  if (Status met = audit::CheckSelection(**reader, *selection); !met.ok()) return console.Fail(met.error());

  std::vector<Failure> failures;
  format::ExtractOptions options;
  options.select = [&](const format::Row& row) { return selection->Matches(row.kind, row.id, row.natural_key); };
  options.keep_going = flags.keep_going;
  options.on_failed = [&](const format::Row& row, const Error& error) {
    failures.push_back({row.kind, row.id, row.natural_key, error});
    if (flags.keep_going && !console.json()) {
      console.OutLine(console.Mark("!") + " " + audit::NameOf(row.kind, row.id, row.natural_key) + ": " +
                      Printable(error.message()));
    }
  };
  const auto summary = format::Extract(**reader, flags.folder, options);
  if (!summary.ok()) return console.Fail(summary.error());

  if (console.json()) console.OutLine(SummaryJson(flags, *summary, failures));
  console.Verdict(Counted(summary->files, "file") + " (" + HumanSize(summary->bytes) + ") and " +
                  Counted(summary->folders, "folder") + " into " + Printable(flags.folder));
  if (failures.empty()) return console.Finish(ExitCode::kDone);
  // Damage is the worse news, where there is something in the way as well.
  ErrorCode worst = failures.front().error.code();
  for (const Failure& failure : failures) {
    if (failure.error.code() == ErrorCode::kCorruption) worst = ErrorCode::kCorruption;
  }
  return console.Finish(ExitCodeOf(worst), Counted(failures.size(), "object") + " could not be extracted, and " +
                                               (failures.size() == 1 ? "is" : "are") + " named above");
}

}  // namespace dbxark::cli
