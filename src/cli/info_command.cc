#include "cli/info_command.h"

#include <algorithm>

#include "audit/archive_facts.h"
#include "audit/listing.h"
#include "base/file_system.h"
#include "base/text.h"
#include "cli/layout.h"
#include "format/archive_reader.h"
#include "json/writer.h"

namespace dbxark::cli {
namespace {

using audit::ArchiveFacts;
using audit::Missing;

constexpr size_t kShortList = 5;

uint64_t Total(const std::vector<Missing>& list) {
  uint64_t total = 0;
  for (const Missing& missing : list) total += missing.count;
  return total;
}

// "  notebook /Users/ana/big: larger than the API exports", in as many lines as it takes.
std::string MissingLine(const Missing& missing) {
  std::string line = audit::NameOf(missing.kind, missing.id, missing.natural_key);
  if (missing.count > 1) line += " (" + Counted(missing.count, "object") + ")";
  if (missing.size_bytes > 0) line += ", " + HumanSize(missing.size_bytes);
  if (!missing.reason.empty()) line += ": " + Printable(missing.reason);
  return Labelled("", line, 2);
}

void SayMissing(Console& console, std::string_view title, const std::vector<Missing>& list, std::string_view more) {
  if (list.empty()) return;
  uint64_t bytes = 0;
  for (const Missing& missing : list) bytes += missing.size_bytes;
  console.Say("");
  console.Say(std::string(title) + " " + WithSeparators(Total(list)) + (bytes > 0 ? ", " + HumanSize(bytes) : "") +
              ":");
  for (size_t i = 0; i < std::min(list.size(), kShortList); ++i) console.Say(MissingLine(list[i]));
  if (list.size() > kShortList) {
    console.Say("  and " + WithSeparators(list.size() - kShortList) + " more  (" + std::string(more) + ")");
  }
}

std::string ScopeText(const ArchiveFacts& facts) {
  std::string text;
  if (facts.include.empty()) {
    text = "everything";
  } else {
    for (const std::string& selector : facts.include) text += (text.empty() ? "" : ", ") + Printable(selector);
  }
  if (!facts.exclude.empty()) {
    text += "; without ";
    for (const std::string& selector : facts.exclude) {
      text += (&selector == &facts.exclude.front() ? "" : ", ") + Printable(selector);
    }
  }
  text += "; notebooks as " + Printable(facts.notebook_format);
  if (!facts.dbfs_roots.empty()) text += "; DBFS under " + Printable(Join(facts.dbfs_roots, ", "));
  return text;
}

void SayCounts(Console& console, const ArchiveFacts& facts) {
  console.Say("");
  uint64_t total = 0;
  for (const auto& [plural, count] : facts.counts) {
    console.Say("  " + PadRight(Printable(plural), 20) + PadLeft(WithSeparators(count), 14));
    total += count;
  }
  console.Say("  " + PadRight("all", 20) + PadLeft(WithSeparators(total), 14));
}

void SayAll(Console& console, const format::ArchiveReader& reader, const ArchiveFacts& facts) {
  console.Say(Labelled("archive", Printable(reader.path()) + "  " + HumanSize(reader.size_bytes()) + ", unpacked " +
                                      HumanSize(reader.tar_bytes())));
  console.Say(Labelled("made", facts.created + "  by dbxark " + Printable(facts.tool_version) + ", format " +
                                   std::to_string(facts.format_major) + "." + std::to_string(facts.format_minor)));
  console.Say(Labelled("id", facts.archive_id));
  std::string source = facts.host.empty() ? std::string("not said") : Printable(facts.host);
  if (!facts.workspace_id.empty()) source += "  workspace " + Printable(facts.workspace_id);
  if (!facts.cloud.empty()) source += ", " + Printable(facts.cloud);
  console.Say(Labelled("source", source));
  if (!facts.crawl_started.empty()) {
    console.Say(Labelled("read", Printable(facts.crawl_started) + " to " + Printable(facts.crawl_ended)));
  }
  if (!facts.user_name.empty()) {
    console.Say(
        Labelled("as", Printable(facts.user_name) + (facts.admin ? ", an administrator" : ", no administrator")));
  }
  console.Say(Labelled("scope", ScopeText(facts)));
  SayCounts(console, facts);

  SayMissing(console, "failed", facts.failed, "info --failed");
  SayMissing(console, "out of reach", facts.out_of_reach, "info --json");
  SayMissing(console, "excluded", facts.excluded, "info --json");
  if (!facts.not_looked_at.empty()) {
    console.Say("");
    console.Say("not looked at by that version, and so not in the archive:");
    console.Say(Labelled("", Printable(Join(facts.not_looked_at, ", ")), 2));
  }
  if (!facts.left_behind.empty()) {
    console.Say("");
    console.Say("left behind:");
    for (const std::string& text : facts.left_behind) console.Say(Labelled("", Printable(text), 2));
  }
  if (!facts.dangling.empty()) {
    console.Say("");
    const auto missing = static_cast<size_t>(
        std::count_if(facts.dangling.begin(), facts.dangling.end(), [](const auto& one) { return one.handled; }));
    console.Say("references that nothing in the archive answers " + WithSeparators(missing) +
                ", to kinds that are not saved " + WithSeparators(facts.dangling.size() - missing) + ":");
    console.Say("  verify --restorable lists them");
  }
  if (facts.credential_count > 0) {
    std::string fields;
    for (const auto& [field, count] : facts.credential_shapes) {
      fields += (fields.empty() ? ": " : ", ") + Printable(field) + " " + WithSeparators(count);
    }
    console.Say("");
    console.Say(Labelled("",
                         "! " + Counted(facts.credential_count, "value looks", "values look") +
                             " like a credential, in clear text" + fields,
                         2));
  }
  console.Say("");
}

int RunFailed(Console& console, const ArchiveFacts& facts) {
  if (console.json()) {
    json::Writer out;
    out.BeginObject().Member("schema", "dbxark.info.v1").Key("failed").BeginArray();
    for (const Missing& missing : facts.failed) {
      out.BeginObject().Member("kind", missing.kind).Member("id", missing.id);
      out.Member("natural_key", missing.natural_key).Member("reason", missing.reason).EndObject();
    }
    console.OutLine(out.EndArray().EndObject().text());
    return console.Finish(ExitCode::kDone);
  }
  for (const Missing& missing : facts.failed) console.OutLine(MissingLine(missing).substr(2));
  console.Verdict(Counted(Total(facts.failed), "object") + " failed");
  return console.Finish(ExitCode::kDone);
}

}  // namespace

int RunInfo(const InfoFlags& flags, Console& console) {
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), flags.archive);
  if (!reader.ok()) return console.Fail(reader.error());
  const ArchiveFacts facts = audit::FactsOf((*reader)->manifest());
  if (flags.failed) return RunFailed(console, facts);
  if (console.json()) {
    json::Writer out;
    out.BeginObject().Member("schema", "dbxark.info.v1").Member("path", flags.archive);
    out.Member("size_bytes", (*reader)->size_bytes()).Member("tar_bytes", (*reader)->tar_bytes());
    out.Member("objects", (*reader)->object_count());
    out.Key("manifest").Raw(Trim((*reader)->manifest()));
    console.OutLine(out.EndObject().text());
    return console.Finish(ExitCode::kDone);
  }
  SayAll(console, **reader, facts);
  const std::string objects = Counted((*reader)->object_count(), "object");
  console.Verdict(facts.failed.empty()
                      ? "the archive is complete: " + objects
                      : "the archive is valid: " + objects + "; " + WithSeparators(Total(facts.failed)) +
                            " failed and not in it" + "  (dbxark info --failed " + ShellQuote(flags.archive) + ")");
  return console.Finish(ExitCode::kDone);
}

}  // namespace dbxark::cli
