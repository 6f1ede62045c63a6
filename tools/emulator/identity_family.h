// SCIM: who is calling, and the users, groups and service principals of the workspace.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

class Identity : public Family {
 public:
  explicit Identity(Emulator& emulator) : emulator_(emulator) {}

  std::string name() const override { return "identity"; }
  void AddRoutes(std::vector<Route>& routes) override;
  Json Save() const override;
  void Load(const Json& state) override;

  // Each makes the resource if it is not there, and returns its id.
  std::string PutUser(const std::string& user_name, const std::string& display_name, bool admin);
  std::string PutGroup(const std::string& display_name);
  std::string PutServicePrincipal(const std::string& display_name);
  // One more, whatever others are called; without an application id it gets one.
  std::string AddServicePrincipal(const std::string& display_name, const std::string& application_id);
  void AddMember(const std::string& group_id, const std::string& member_id);
  // Whether there is who a job's run_as names: {"user_name": ...}, {"service_principal_name": ...}, {"group_name":
  // ...}.
  bool Knows(const std::string& member, const std::string& principal);

 private:
  void AddResource(std::vector<Route>& routes, const std::string& type, RecordTable& table);
  Response Me(Context& context);
  Response List(Context& context, const std::string& type, RecordTable& table);
  Response Create(Context& context, const std::string& type, RecordTable& table);
  Response Replace(Context& context, const std::string& type, RecordTable& table);
  Response Patch(Context& context, const std::string& type, RecordTable& table);
  Json& Find(Context& context, const std::string& type, RecordTable& table);
  // With the groups that the resource is a member of.
  Json Shown(const Json& resource, const std::string& type) const;

  Emulator& emulator_;
  RecordTable users_, groups_, service_principals_;
};

std::vector<std::pair<std::string, std::string>> IdentityVariants();

}  // namespace emulator
