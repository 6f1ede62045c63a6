// Rows of an archive's index as people and programs read them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/archive_reader.h"
#include "objects/selector.h"

namespace dbxark::audit {

// One line without its end: "job                 nightly-load  8812"; the id stands where names need not be unique.
// `long_format` puts size, time and id in front of the name.
std::string RowLine(const format::Row& row, bool long_format);
// The head of the long format's columns.
std::string LongHeader();

// {"schema":"dbxark.ls.v1","kind":...}
std::string RowJson(const format::Row& row);

// "job 8812 nightly-load", "notebook /Shared/x": in messages and reports.
std::string NameOf(std::string_view kind, std::string_view id, std::string_view natural_key);

// Calls `visit` for each row that `selection` matches; it returns false to stop. Returns how many there were.
Result<uint64_t> ForEachSelected(const format::ArchiveReader& reader, const objects::Selection& selection,
                                 const std::function<bool(const format::Row&)>& visit);

// kNotFound if one of the included selectors matches nothing in the archive, with the objects whose names are nearest;
// and if nothing is left of what is included.
Status CheckSelection(const format::ArchiveReader& reader, const objects::Selection& selection);
// The same if an excluded name matches nothing: for what must not go wrong. What the archive was made without is none.
Status CheckExcluded(const format::ArchiveReader& reader, const objects::Selection& selection);

}  // namespace dbxark::audit
