// An archive as a side of a comparison.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/archive_facts.h"
#include "audit/side.h"
#include "format/archive_reader.h"

namespace dbxark::audit {

class ArchiveSide : public Side {
 public:
  // Reads the whole index; keeps about 300 bytes an object.
  static Result<std::unique_ptr<ArchiveSide>> Open(FileSystem& files, const std::string& path, const Spool& spool);

  const ArchiveFacts& facts() const { return facts_; }
  const format::ArchiveReader& reader() const { return *reader_; }

  const std::string& name() const override { return name_; }
  std::string workspace_id() const override { return facts_.workspace_id; }
  Result<std::vector<Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token stop) override;
  const Coverage& coverage() const override { return coverage_; }
  const std::vector<Missing>& failures() const override { return failures_; }
  Result<std::string> Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                 std::stop_token stop) override;
  Result<Body> Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view format,
                       std::stop_token stop) override;

 private:
  // Where a member lies; the rest of its row stands in the item.
  struct Place {
    std::string member;
    uint64_t at, size;
    int64_t modified_ms;  // the member's header is held to it
  };

  ArchiveSide(std::unique_ptr<format::ArchiveReader> reader, std::string name, const Spool& spool);
  Status ReadIndex();
  format::Row RowOf(const objects::ObjectDescriptor& kind, const Item& item) const;

  const std::unique_ptr<format::ArchiveReader> reader_;
  const std::string name_;
  const Spool spool_;
  const ArchiveFacts facts_;
  Coverage coverage_;
  std::vector<Missing> failures_;  // none: what an archive lacks, its export has reported
  std::map<const objects::ObjectDescriptor*, std::vector<Item>> items_;
  std::vector<Place> places_;
};

}  // namespace dbxark::audit
