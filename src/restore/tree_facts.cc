#include "restore/tree_facts.h"

#include "base/digest.h"
#include "json/document.h"
#include "objects/notebook_content.h"
#include "objects/registry.h"

namespace dbxark::restore {
namespace {

template <typename Read>
auto FromFacts(const std::string& facts, const Read& read) -> decltype(read(json::Node())) {
  if (facts.empty()) return read(json::Node());
  auto document = json::Document::Parse(facts);
  if (!document.ok()) return read(json::Node());
  return read(document->root());
}

}  // namespace

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

std::string NodeTypeOf(const objects::ObjectDescriptor& kind) {
  if (&kind == &objects::kDirectory) return "DIRECTORY";
  return &kind == &objects::kNotebook ? "NOTEBOOK" : "FILE";
}

std::string LanguageOf(const format::Row& row) {
  return FromFacts(row.info, [](json::Node facts) {
    const std::string language = facts["language"].text();
    return language.empty() ? facts["node"]["language"].text() : language;
  });
}

workspace::NotebookFormat FormatOf(const format::Row& row) {
  return FromFacts(row.info, [](json::Node facts) {
    return facts["format"].text() == "JUPYTER" ? workspace::NotebookFormat::kJupyter
                                               : workspace::NotebookFormat::kSource;
  });
}

bool IsPinned(const std::string& facts) {
  return FromFacts(facts, [](json::Node node) { return node["pinned"].AsBool().value_or(false); });
}

workspace::ContentRequest RequestFor(const ArchivedObject& object) {
  workspace::ContentRequest request;
  request.kind = object.kind == &objects::kNotebook        ? workspace::ContentKind::kNotebook
                 : object.kind == &objects::kWorkspaceFile ? workspace::ContentKind::kWorkspaceFile
                                                           : workspace::ContentKind::kDbfsFile;
  request.path = object.row.natural_key;
  request.format = FormatOf(object.row);
  return request;
}

namespace {

constexpr std::string_view kJupyter = "jupyter:";
constexpr uint64_t kMostNotebookBytes = 4 * workspace::kExportLimitBytes;

}  // namespace

Result<std::string> FingerprintOfContent(workspace::ContentKind kind, workspace::NotebookFormat format,
                                         const Body& body) {
  if (kind == workspace::ContentKind::kNotebook && format == workspace::NotebookFormat::kJupyter) {
    const auto text = body.ReadAll(kMostNotebookBytes);
    if (!text.ok()) return text.error();
    return std::string(kJupyter) + ToHex(Sha256Of(objects::ComparableJupyter(*text)));
  }
  auto digest = Sha256Of(*body.OpenSource());
  if (!digest.ok()) return std::move(digest).error();
  return ToHex(*digest);
}

Result<std::string> ArchivedFingerprint(const ArchivedWorkspace& archive, const ArchivedObject& object) {
  const workspace::ContentRequest request = RequestFor(object);
  const bool jupyter =
      request.kind == workspace::ContentKind::kNotebook && request.format == workspace::NotebookFormat::kJupyter;
  if (!jupyter) return object.row.sha256_hex;
  auto body = archive.read_content(object.row);
  if (!body.ok()) return std::move(body).error();
  return FingerprintOfContent(request.kind, request.format, *body);
}

workspace::NotebookFormat FormatOfFingerprint(const std::string& fingerprint) {
  return fingerprint.starts_with(kJupyter) ? workspace::NotebookFormat::kJupyter : workspace::NotebookFormat::kSource;
}

Result<bool> IsArchivedContent(const ArchivedWorkspace& archive, const ArchivedObject& object, const Body& body) {
  const workspace::ContentRequest request = RequestFor(object);
  const auto theirs = FingerprintOfContent(request.kind, request.format, body);
  if (!theirs.ok()) return theirs.error();
  const auto ours = ArchivedFingerprint(archive, object);
  if (!ours.ok()) return ours.error();
  return *ours == *theirs;
}

}  // namespace dbxark::restore
