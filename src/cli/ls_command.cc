#include "cli/ls_command.h"

#include "audit/listing.h"
#include "base/file_system.h"

namespace dbxark::cli {

int RunLs(const LsFlags& flags, Console& console) {
  auto selection = objects::Selection::Parse(flags.selectors, flags.exclude);
  if (!selection.ok()) return console.Fail(selection.error());
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  if (Status met = audit::CheckSelection(**reader, *selection); !met.ok()) return console.Fail(met.error());
  bool first = true;
  const auto count = audit::ForEachSelected(**reader, *selection, [&](const format::Row& row) {
    if (console.json()) {
      console.OutLine(audit::RowJson(row));
    } else {
      if (first && flags.long_format) console.Say(audit::LongHeader());
      console.OutLine(audit::RowLine(row, flags.long_format));
    }
    first = false;
    return !console.reader_gone();
  });
  if (!count.ok()) return console.Fail(count.error());
  return console.Finish(ExitCode::kDone);
}

}  // namespace dbxark::cli
