// A side as a map has it: for comparing an archive with a workspace into which it was restored by that map.
#pragma once

#include <string>
#include <vector>

#include "audit/side.h"
#include "mapping/mapping.h"
#include "objects/selector.h"

namespace dbxark::audit {

class MappedSide : public Side {
 public:
  // All outlive it. `selection` is of the side's own names: what it does not match is aside.
  MappedSide(Side& side, const mapping::Mapping& mapping, const objects::Selection& selection)
      : side_(side), mapping_(mapping), selection_(selection) {}

  const std::string& name() const override { return side_.name(); }
  std::string workspace_id() const override { return side_.workspace_id(); }
  Result<std::vector<Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token stop) override;
  const Coverage& coverage() const override { return side_.coverage(); }
  const std::vector<Missing>& failures() const override { return side_.failures(); }
  Result<std::string> Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                 std::stop_token stop) override;
  Result<Body> Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view format,
                       std::stop_token stop) override {
    return side_.Content(kind, item, format, stop);
  }

 private:
  Side& side_;
  const mapping::Mapping& mapping_;
  const objects::Selection& selection_;
};

}  // namespace dbxark::audit
