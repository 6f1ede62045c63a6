// Which id in the target stands for which id of the source. Safe for concurrent use.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "objects/definition.h"

namespace dbxark::restore {

class IdMap : public objects::Resolver {
 public:
  void Set(std::string_view kind, const std::string& old_id, const std::string& new_id);
  // It will be made: until then a placeholder stands for it, digits that no object has.
  void Expect(std::string_view kind, const std::string& old_id, const std::string& name);
  // It will not come.
  void Forget(std::string_view kind, const std::string& old_id);
  // It was to come, and did not: nobody planned to do without.
  void Lose(std::string_view kind, const std::string& old_id);

  // The target is the source: ids of kinds that no restore handles stay what they are.
  void KeepForeignIds() { keep_foreign_ids_ = true; }
  // Asked for ids of kinds that no restore handles; safe for concurrent use.
  using ForeignIds = std::function<std::optional<std::string>(std::string_view kind, const std::string& old_id)>;
  void SetForeign(ForeignIds foreign) { foreign_ = std::move(foreign); }

  // What has no counterpart is to be left out of definitions.
  void DropMissing() { drop_missing_ = true; }
  bool DropsMissing(std::string_view, const std::string&) const override { return drop_missing_; }

  // Placeholders included, for planning.
  std::optional<std::string> Resolve(std::string_view kind, const std::string& old_id) const override;
  // Only what is there, for sending.
  std::optional<std::string> ResolveExisting(std::string_view kind, const std::string& old_id) const;
  const objects::Resolver& existing() const { return existing_; }

  // "(new) etl-small" for a placeholder's JSON text, else the text as it is.
  std::string Explain(const std::string& json_value) const;

 private:
  class Existing : public objects::Resolver {
   public:
    explicit Existing(const IdMap& map) : map_(map) {}
    std::optional<std::string> Resolve(std::string_view kind, const std::string& old_id) const override {
      return map_.ResolveExisting(kind, old_id);
    }
    // What is known was to come, or is there.
    bool DropsMissing(std::string_view kind, const std::string& old_id) const override {
      return map_.drop_missing_ && !map_.Knows(kind, old_id);
    }

   private:
    const IdMap& map_;
  };

  struct Counterpart {
    std::string id;
    bool exists = false, lost = false;
  };
  bool Knows(std::string_view kind, const std::string& old_id) const;
  std::optional<std::string> Foreign(std::string_view kind, const std::string& old_id) const;

  bool keep_foreign_ids_ = false, drop_missing_ = false;
  ForeignIds foreign_;
  mutable std::shared_mutex mutex_;
  std::map<std::pair<std::string, std::string>, Counterpart> counterparts_;
  std::map<std::string, std::string> placeholders_;  // and whose they are
  Existing existing_{*this};
};

}  // namespace dbxark::restore
