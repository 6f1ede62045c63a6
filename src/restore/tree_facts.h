// What the archive says of objects whose bytes are content: language, format, what a path means.
#pragma once

#include <string>

#include "base/result.h"
#include "base/spool.h"
#include "restore/archived.h"
#include "workspace/content.h"

namespace dbxark::restore {

// "/a/b" -> "/a"; "/a" -> "/".
std::string ParentOf(const std::string& path);
// As the service names it: "NOTEBOOK".
std::string NodeTypeOf(const objects::ObjectDescriptor& kind);
// "PYTHON"; empty where the archive does not say.
std::string LanguageOf(const format::Row& row);
workspace::NotebookFormat FormatOf(const format::Row& row);
// {"pinned":true}
bool IsPinned(const std::string& facts);
// For reading what lies at the object's path, in the form in which the archive has it.
workspace::ContentRequest RequestFor(const ArchivedObject& object);

// What content says, to know later whether it still says the same: its SHA-256; of a Jupyter notebook, that of what two
// exports of it have in common, marked as such.
Result<std::string> FingerprintOfContent(workspace::ContentKind kind, workspace::NotebookFormat format,
                                         const Body& body);
// The same of what the archive holds of the object; reads it only where the archive's digest is not enough.
Result<std::string> ArchivedFingerprint(const ArchivedWorkspace& archive, const ArchivedObject& object);
// In which form a notebook has to be read to have such a fingerprint.
workspace::NotebookFormat FormatOfFingerprint(const std::string& fingerprint);

// Whether `body`, read from the target, is what the archive holds of the object: byte for byte, or as Jupyter notebooks
// are compared.
Result<bool> IsArchivedContent(const ArchivedWorkspace& archive, const ArchivedObject& object, const Body& body);

}  // namespace dbxark::restore
