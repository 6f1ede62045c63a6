#include "cli/verify_command.h"

#include <algorithm>
#include <thread>

#include "audit/verification.h"
#include "base/file_system.h"
#include "base/text.h"
#include "json/writer.h"

namespace dbxark::cli {
namespace {

using objects::Dangling;

std::string ReportJson(const VerifyFlags& flags, const format::ArchiveReader& reader,
                       const std::vector<std::string>& findings, const std::vector<Dangling>& dangling) {
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.verify.v1").Member("archive", flags.archive);
  out.Member("whole", findings.empty()).Member("quick", flags.quick).Member("objects", reader.object_count());
  out.Key("findings").BeginArray();
  for (const std::string& finding : findings) out.String(finding);
  out.EndArray();
  if (flags.restorable) {
    out.Key("dangling").BeginArray();
    for (const Dangling& reference : dangling) out.Raw(audit::DanglingJson(reference));
    out.EndArray();
  }
  return out.EndObject().Take();
}

// What is missing comes first, then what no archive of this version has.
void SayDangling(Console& console, const std::vector<Dangling>& dangling) {
  for (const bool handled : {true, false}) {
    for (const Dangling& reference : dangling) {
      if (reference.handled != handled) continue;
      console.OutLine(console.Mark(handled ? "!" : "-") + " " + audit::DanglingLine(reference));
      if (console.reader_gone()) return;
    }
  }
}

}  // namespace

int RunVerify(const VerifyFlags& flags, Console& console) {
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  const size_t threads = flags.threads > 0 ? flags.threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::string> findings;
  const Status verified = (*reader)->Verify(flags.quick, threads, [&](const std::string& finding) {
    findings.push_back(finding);
    if (!console.json()) console.OutLine(console.Mark("!") + " " + Printable(finding));
  });
  if (!verified.ok() && findings.empty()) return console.Fail(verified.error());

  std::vector<Dangling> dangling;
  if (flags.restorable && findings.empty()) {
    auto found = audit::FindDangling(**reader);
    if (!found.ok()) return console.Fail(found.error());
    dangling = std::move(*found);
  }
  if (console.json()) console.OutLine(ReportJson(flags, **reader, findings, dangling));
  if (!findings.empty()) {
    return console.Finish(ExitCode::kDamaged,
                          "damaged: " + Printable(findings.front()) +
                              (findings.size() > 1 ? ", and " + WithSeparators(findings.size() - 1) + " more" : ""));
  }
  if (!console.json()) SayDangling(console, dangling);
  const std::string size = Counted((*reader)->object_count(), "object") + ", " + HumanSize((*reader)->size_bytes());
  console.Verdict(flags.quick ? "whole in its structure: " + size + "; contents were not read"
                              : "whole: " + size + ", every SHA-256 as written");
  const size_t missing = static_cast<size_t>(
      std::count_if(dangling.begin(), dangling.end(), [](const Dangling& reference) { return reference.handled; }));
  const size_t not_saved = dangling.size() - missing;
  if (flags.restorable) {
    console.Verdict(missing + not_saved == 0 ? "every reference finds what it needs"
                                             : Counted(missing, "reference") + " to what is not in the archive, " +
                                                   WithSeparators(not_saved) + " to kinds that are not saved");
  }
  if (missing == 0) return console.Finish(ExitCode::kDone);
  return console.Finish(ExitCode::kPartial, "the archive is whole; " + Counted(missing, "reference") +
                                                " in it would find nothing in an empty workspace");
}

}  // namespace dbxark::cli
