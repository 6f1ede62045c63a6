// A side of a comparison that a test makes up.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "audit/side.h"
#include "json/document.h"
#include "objects/definition.h"
#include "objects/registry.h"

namespace dbxark::test {

class MemorySide : public audit::Side {
 public:
  MemorySide(std::string name, std::string workspace_id, audit::Coverage coverage = {})
      : name_(std::move(name)), workspace_id_(std::move(workspace_id)), coverage_(std::move(coverage)) {}

  // An object with a definition: id and name are read out of it.
  audit::Item& Add(const objects::ObjectDescriptor& kind, const std::string& definition) {
    auto document = json::Document::Parse(definition);
    audit::Item item;
    if (document.ok()) {
      item.id = objects::IdOf(kind, document->root());
      item.natural_key = objects::NaturalKeyOf(kind, document->root());
      item.position = document->root()["position"].AsInt64().value_or(-1);
    }
    return AddItem(kind, std::move(item), definition);
  }
  // Something in a tree.
  audit::Item& AddContent(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& path,
                          const std::string& content = {}) {
    audit::Item item;
    item.id = id;
    item.natural_key = path;
    return AddItem(kind, std::move(item), content);
  }

  void Fail(const std::string& natural_key, Error error) { errors_.emplace(natural_key, std::move(error)); }
  audit::Coverage& own_coverage() { return coverage_; }
  std::vector<audit::Missing>& own_failures() { return failures_; }

  const std::string& name() const override { return name_; }
  std::string workspace_id() const override { return workspace_id_; }
  Result<std::vector<audit::Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token) override {
    std::vector<audit::Item> items = items_[&kind];
    std::sort(items.begin(), items.end(), [](const audit::Item& a, const audit::Item& b) {
      return std::tie(a.natural_key, a.id) < std::tie(b.natural_key, b.id);
    });
    return items;
  }
  const audit::Coverage& coverage() const override { return coverage_; }
  const std::vector<audit::Missing>& failures() const override { return failures_; }
  Result<std::string> Definition(const objects::ObjectDescriptor&, const audit::Item& item, std::stop_token) override {
    if (const auto error = errors_.find(item.natural_key); error != errors_.end()) return error->second;
    return bytes_[item.handle];
  }
  Result<Body> Content(const objects::ObjectDescriptor&, const audit::Item& item, std::string_view,
                       std::stop_token) override {
    if (const auto error = errors_.find(item.natural_key); error != errors_.end()) return error->second;
    return Body(bytes_[item.handle]);
  }

 private:
  audit::Item& AddItem(const objects::ObjectDescriptor& kind, audit::Item item, const std::string& bytes) {
    item.handle = bytes_.size();
    item.size = bytes.size();
    item.sha256 = Sha256Of(bytes);
    item.has_digest = true;
    bytes_.push_back(bytes);
    coverage_.AddPresent(kind.name);
    auto& items = items_[&kind];
    items.push_back(std::move(item));
    return items.back();
  }

  const std::string name_, workspace_id_;
  audit::Coverage coverage_;
  std::vector<audit::Missing> failures_;
  std::map<const objects::ObjectDescriptor*, std::vector<audit::Item>> items_;
  std::map<std::string, Error> errors_;
  std::vector<std::string> bytes_;
};

}  // namespace dbxark::test
