// How an object stands in an archive: its member's name and what the index says of it.
#pragma once

#include <string>

#include "format/entry.h"
#include "objects/object.h"
#include "workspace/content.h"

namespace dbxark::backup {

// The entry of an object whose content (if it lies in a tree) was fetched in `format`.
format::Entry EntryOf(const objects::Object& object, workspace::NotebookFormat format);

}  // namespace dbxark::backup
