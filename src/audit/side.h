// One of the two sides of a comparison: an archive, or a live workspace.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/coverage.h"
#include "base/digest.h"
#include "base/result.h"
#include "base/spool.h"
#include "objects/descriptor.h"

namespace dbxark::audit {

// One object, without its definition or content: about 200 bytes.
struct Item {
  std::string id, natural_key;
  std::string_view language;  // of a notebook: "PYTHON", ...; empty where it is not said
  std::string_view format;    // in which a notebook's content is stored: "SOURCE", "JUPYTER"; empty: as one asks
  bool pinned = false;
  int64_t position = -1;    // in an order that matters (global init scripts)
  uint64_t size = 0;        // of the content or definition, where `has_digest`
  bool has_digest = false;  // the SHA-256 is known without reading
  Sha256Digest sha256{};
  bool aside = false;  // only for finding what it is to what refers to it: not compared
  size_t handle = 0;   // the side's own
};

// Words that many items share, stored once for ever.
std::string_view Interned(std::string_view word);

class Side {
 public:
  virtual ~Side() = default;

  // As the person called it: "mon.tar.zst", "live:primary".
  virtual const std::string& name() const = 0;
  // Empty where it is not known.
  virtual std::string workspace_id() const = 0;

  // All objects of a kind, sorted by natural key, then id. Each kind is asked for once; its items may be read from
  // until the next kind is asked for. An error is the side's end (damage, interruption): what merely cannot be seen is
  // missing in coverage().
  virtual Result<std::vector<Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token stop) = 0;

  // Complete for the kinds that were loaded.
  virtual const Coverage& coverage() const = 0;
  // What could not be looked at and should have been.
  virtual const std::vector<Missing>& failures() const = 0;

  // The definition of an item of the kind that was loaded last. Safe for concurrent use.
  virtual Result<std::string> Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                         std::stop_token stop) = 0;
  // The content of a notebook (in `format`, where the side can choose) or file. Safe for concurrent use.
  virtual Result<Body> Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view format,
                               std::stop_token stop) = 0;
};

// One that shows what another has, with changes.
class SideOver : public Side {
 public:
  explicit SideOver(Side& side) : side_(side) {}  // which outlives it

  const std::string& name() const override { return side_.name(); }
  std::string workspace_id() const override { return side_.workspace_id(); }
  Result<std::vector<Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token stop) override {
    return side_.Load(kind, std::move(stop));
  }
  const Coverage& coverage() const override { return side_.coverage(); }
  const std::vector<Missing>& failures() const override { return side_.failures(); }
  Result<std::string> Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                 std::stop_token stop) override {
    return side_.Definition(kind, item, std::move(stop));
  }
  Result<Body> Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view format,
                       std::stop_token stop) override {
    return side_.Content(kind, item, format, std::move(stop));
  }

 private:
  Side& side_;
};

inline bool IsTree(const objects::ObjectDescriptor& kind) {
  return kind.storage == objects::Storage::kTree || kind.storage == objects::Storage::kDbfs;
}

}  // namespace dbxark::audit
