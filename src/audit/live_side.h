// A live workspace as a side of a comparison. Sends only reads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/side.h"
#include "objects/object.h"
#include "workspace/client.h"
#include "workspace/content.h"
#include "workspace/inventory.h"

namespace dbxark::audit {

class LiveSide : public Side {
 public:
  // `client` and `content` outlive it; `client` has had an answer, so that it knows its workspace's id. The roots in
  // DBFS should be those of the other side.
  LiveSide(std::string name, workspace::Client& client, workspace::ContentSource& content,
           workspace::InventoryOptions options);

  const std::string& name() const override { return name_; }
  std::string workspace_id() const override { return client_.workspace_id(); }
  Result<std::vector<Item>> Load(const objects::ObjectDescriptor& kind, std::stop_token stop) override;
  const Coverage& coverage() const override { return coverage_; }
  const std::vector<Missing>& failures() const override { return failures_; }
  Result<std::string> Definition(const objects::ObjectDescriptor& kind, const Item& item,
                                 std::stop_token stop) override;
  Result<Body> Content(const objects::ObjectDescriptor& kind, const Item& item, std::string_view format,
                       std::stop_token stop) override;

 private:
  void NoteGap(const workspace::Gap& gap);

  const std::string name_;
  workspace::Client& client_;
  workspace::ContentSource& content_;
  workspace::Inventory inventory_;
  Coverage coverage_;
  std::vector<Missing> failures_;
  std::vector<objects::Object> objects_;  // of the kind that was loaded last
};

}  // namespace dbxark::audit
