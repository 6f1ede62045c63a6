#include "format/manifest.h"

#include <algorithm>

#include "base/clock.h"
#include "base/version.h"
#include "format/frame.h"
#include "json/document.h"
#include "json/writer.h"

namespace dbxark::format {

Result<std::string> BuildManifest(const ManifestFacts& facts, std::string_view members) {
  json::Writer out;
  out.BeginObject();
  out.Key("format").BeginObject().Member("name", "dbxark");
  out.Member("major", int{facts.identity.major}).Member("minor", int{facts.identity.minor}).EndObject();
  out.Member("archive_id", FormatUuid(facts.identity.uuid));
  out.Member("created", FormatTime(facts.identity.created_ms)).Member("created_ms", facts.identity.created_ms);
  out.Key("tool").BeginObject().Member("name", "dbxark").Member("version", DBXARK_VERSION).EndObject();
  out.Key("libraries").BeginObject().Member("zstd", ZstdVersion()).EndObject();
  out.Key("compression").BeginObject().Member("name", "zstd").Member("level", facts.level).EndObject();
  out.Member("objects", facts.object_count).Member("content_bytes", facts.content_bytes);
  out.Key("index").BeginObject().Member("member", kIndexName).Member("size", facts.index_size);
  out.Member("sha256", ToHex(facts.index_sha256)).EndObject();
  // Reserved for incremental archives and signatures, and named from the start so that "none" can be told from
  // "unknown".
  out.Key("base").Null().Key("signer").Null();

  if (!members.empty()) {
    const auto ours = json::Document::Parse(out.text() + "}");
    const auto theirs = json::Document::Parse(std::string(members));
    if (!theirs.ok() || !theirs->root().IsObject()) {
      return Error(ErrorCode::kUsage, "what is to go into the manifest is not a JSON object");
    }
    for (const json::Node member : theirs->root().members()) {
      if (ours.ok() && ours->root()[member.key()]) {
        return Error(ErrorCode::kUsage, "the manifest's member \"" + member.key() + "\" belongs to the format");
      }
      out.Key(member.key()).Raw(member.raw());
    }
  }
  out.EndObject();
  std::string text = json::Pretty(out.text());
  if (text.empty() || text.back() != '\n') text += '\n';
  if (IsTooLargeManifest(text)) {
    return Error(ErrorCode::kUsage, "the manifest would be over 64 MiB, or have over 4 million values");
  }
  return text;
}

bool IsTooLargeManifest(std::string_view text) {
  const auto opens_value = [](char c) { return c == ',' || c == '[' || c == '{'; };
  return text.size() > kMaxManifest ||
         static_cast<size_t>(std::count_if(text.begin(), text.end(), opens_value)) > kMaxManifestValues;
}

std::string_view ReadmeText() {
  return R"(This is a dbxark archive: the content and definitions of a Databricks workspace.

It is a tar file in zstd frames. To open it without dbxark:

    tar --zstd -xf ARCHIVE        (GNU tar)
    bsdtar -xf ARCHIVE            (libarchive, also the tar of Windows and macOS)
    zstd -dc ARCHIVE | tar -xf -  (anything else)

META/manifest.json says where it comes from and what could not be saved. META/index.ndjson
has one line of JSON for each object: its kind, id, true path, member name, size and SHA-256.
Member names are escaped and cut where file systems need it; the true path is in the index.
A file cut short can still look whole to tar and zstd; "dbxark verify ARCHIVE" finds out.
)";
}

}  // namespace dbxark::format
