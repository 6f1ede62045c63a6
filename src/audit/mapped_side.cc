#include "audit/mapped_side.h"

#include <algorithm>
#include <tuple>

namespace dbxark::audit {

Result<std::vector<Item>> MappedSide::Load(const objects::ObjectDescriptor& kind, std::stop_token stop) {
  auto items = SideOver::Load(kind, stop);
  if (!items.ok()) return items;
  for (Item& item : *items) item.aside = !selection_.Matches(kind.name, item.id, item.natural_key);
  if (!IsTree(kind)) return items;
  for (Item& item : *items) {
    if (auto path = mapping_.PathOf(kind, item.natural_key, nullptr)) item.natural_key = std::move(*path);
  }
  std::sort(items->begin(), items->end(),
            [](const Item& a, const Item& b) { return std::tie(a.natural_key, a.id) < std::tie(b.natural_key, b.id); });
  return items;
}

Result<std::string> MappedSide::Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                           std::stop_token stop) {
  auto definition = SideOver::Definition(kind, item, stop);
  if (!definition.ok()) return definition;
  auto mapped = mapping_.Apply(kind, std::move(*definition), nullptr);
  if (!mapped.ok()) return std::move(mapped).error();
  return std::move(mapped->text);
}

}  // namespace dbxark::audit
