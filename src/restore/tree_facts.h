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
Result<std::string> DigestOf(const Body& body);

// Whether `body`, read from the target, is what the archive holds of the object: byte for byte, or as Jupyter notebooks
// are compared.
Result<bool> IsArchivedContent(const ArchivedWorkspace& archive, const ArchivedObject& object, const Body& body);

}  // namespace dbxark::restore
