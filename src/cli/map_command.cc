#include "cli/map_command.h"

#include "audit/listing.h"
#include "base/file_system.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "format/archive_reader.h"
#include "json/writer.h"
#include "restore/map_template.h"
#include "restore/restore.h"

namespace dbxark::cli {

Result<mapping::MapRules> ReadMap(const std::string& path) {
  constexpr uint64_t kLongestMap = uint64_t{16} << 20;
  if (path.empty()) return mapping::MapRules();
  auto text = ReadSmallFile(FileSystem::Real(), path, kLongestMap);
  if (!text.ok()) return std::move(text).error().Within("--map");
  return mapping::MapRules::Parse(*text, path);
}

int RunMap(const MapFlags& flags, Console& console) {
  const std::stop_token stop = StopOnSignals();
  auto selection = objects::Selection::Parse(flags.include, flags.exclude);
  if (!selection.ok()) return console.Fail(selection.error());
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  if (Status met = audit::CheckSelection(**reader, *selection); !met.ok())
    return console.Fail(met.error().Within("map"));
  auto source = restore::ReadSource(**reader);
  if (!source.ok()) return console.Fail(std::move(source).error().Within(flags.archive));
  auto session = Session::Open(flags.connection, flags.tuning, console);
  if (!session.ok()) return console.Fail(session.error());
  auto me = (*session)->Introduce("to  ", console, stop);
  if (!me.ok()) return console.Fail(me.error());
  auto made = restore::MakeMapTemplate(**reader, *selection, (*session)->client(), stop);
  if (!made.ok()) return console.Fail(std::move(made).error().Within("map " + ShellQuote(flags.archive)));
  const std::string toml =
      "# From " + Printable(source->host) + " to " + Printable((*session)->connection().host) +
      ": what the archive names and the target lacks.\n"
      "# Fill in what is right, and take the # away; old = new. The manual is README.md, Mapping.\n" +
      made->toml;
  if (!flags.output.empty()) {
    if (Status written = WriteNewFile(FileSystem::Real(), flags.output, toml); !written.ok()) {
      return console.Fail(std::move(written).error().Within("-o"));
    }
  }
  if (console.json()) {
    console.Document(json::Writer()
                         .BeginObject()
                         .Member("schema", "dbxark.map_template.v1")
                         .Member("without_counterpart", static_cast<uint64_t>(made->open))
                         .Member("to_judge", static_cast<uint64_t>(made->to_judge))
                         .Member("toml", toml)
                         .EndObject()
                         .Take());
    return console.Finish(ExitCode::kDone);
  }
  if (flags.output.empty()) console.Out(toml);
  const std::string verdict = Counted(made->open, "name") + " without counterpart in the target, " +
                              std::to_string(made->to_judge) + " that only you can judge";
  if (flags.output.empty()) {
    console.Note(verdict);
  } else {
    console.Verdict(verdict + " -> " + ShellQuote(flags.output));
  }
  return console.Finish(ExitCode::kDone);
}

}  // namespace dbxark::cli
