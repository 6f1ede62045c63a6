// A side as a map has it: for comparing an archive with a workspace into which it was restored by that map.
#pragma once

#include <string>
#include <vector>

#include "audit/side.h"
#include "mapping/mapping.h"
#include "objects/selector.h"

namespace dbxark::audit {

class MappedSide : public SideOver {
 public:
  // All outlive it. `selection` is of the side's own names: what it does not match is aside.
  MappedSide(Side& side, const mapping::Mapping& mapping, const objects::Selection& selection)
      : SideOver(side), mapping_(mapping), selection_(selection) {}

  Result<std::vector<Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token stop) override;
  Result<std::string> Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                 std::stop_token stop) override;

 private:
  const mapping::Mapping& mapping_;
  const objects::Selection& selection_;
};

}  // namespace dbxark::audit
