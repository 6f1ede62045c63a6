// A side as a map has it: for comparing an archive with a workspace into which it was restored by that map.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/side.h"
#include "mapping/mapping.h"

namespace dbxark::audit {

class MappedSide : public Side {
 public:
  // Both outlive it.
  MappedSide(Side& side, const mapping::Mapping& mapping) : side_(side), mapping_(mapping) {}

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
};

}  // namespace dbxark::audit
