#include "emulator/identity_family.h"

#include <algorithm>
#include <cctype>
#include <regex>

#include "emulator/family_support.h"

namespace emulator {
namespace {

constexpr const char* kRoot = "/api/2.0/preview/scim/v2/";
constexpr const char* kListSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
constexpr const char* kErrorSchema = "urn:ietf:params:scim:api:messages:2.0:Error";

std::string SchemaOf(const std::string& type) {
  return "urn:ietf:params:scim:schemas:core:2.0:" + type.substr(0, type.size() - 1);
}

// What must be given and is unique.
const char* KeyOf(const std::string& type) {
  return type == "Users" ? "userName" : type == "Groups" ? "displayName" : "applicationId";
}

// SCIM words its refusals in a way of its own.
Handler Scim(Handler handler) {
  return [handler = std::move(handler)](Context& context) {
    try {
      return handler(context);
    } catch (const ApiError& error) {
      std::string detail = context.emulator.Has("scim-detail-null") ? "null" : error.message;
      Json body = {{"schemas", {kErrorSchema}}, {"detail", detail}, {"status", std::to_string(error.status)}};
      if (error.status == 409) body["scimType"] = "uniqueness";
      return JsonResponse(body, error.status);
    }
  };
}

struct Condition {
  std::string attribute, operation, value;
};

// "a eq \"x\" and b co \"y\"": conditions joined by `and`; each alternative of `or` is a list of its own.
std::vector<std::vector<Condition>> ParseFilter(const std::string& filter) {
  static const std::regex pattern(R"(\s*([A-Za-z.]+)\s+(eq|ne|co|sw)\s+(?:"([^"]*)\"|(\S+))\s*(and|or|$))",
                                  std::regex::icase);
  std::vector<std::vector<Condition>> alternatives(1);
  auto begin = filter.begin();
  for (std::smatch match; begin != filter.end(); begin = match.suffix().first) {
    if (!std::regex_search(begin, filter.end(), match, pattern, std::regex_constants::match_continuous)) {
      throw ApiError{400, "INVALID_PARAMETER_VALUE", "The filter cannot be parsed: " + filter};
    }
    std::string operation = match[2];
    std::transform(operation.begin(), operation.end(), operation.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    alternatives.back().push_back({match[1], operation, match[3].matched ? match[3] : match[4]});
    if (SameIgnoringCase(match[5].str(), "or")) alternatives.emplace_back();
  }
  return alternatives;
}

bool Holds(const Json& resource, const Condition& condition) {
  auto lower = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  };
  const Json& member = MemberOf(resource, condition.attribute);
  std::string value = lower(member.is_string() ? member.get<std::string>() : member.dump());
  std::string wanted = lower(condition.value);
  if (condition.operation == "eq") return value == wanted;
  if (condition.operation == "ne") return value != wanted;
  if (condition.operation == "sw") return value.rfind(wanted, 0) == 0;
  return value.find(wanted) != std::string::npos;
}

bool Matches(const Json& resource, const std::vector<std::vector<Condition>>& alternatives) {
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const std::vector<Condition>& conditions) {
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const Condition& condition) { return Holds(resource, condition); });
  });
}

Json Chosen(const Json& resource, const std::string& attributes, const std::string& excluded) {
  if (attributes.empty() && excluded.empty()) return resource;
  auto named = [](const std::string& list, const std::string& name) {
    return ("," + list + ",").find("," + name + ",") != std::string::npos;
  };
  Json chosen = Json::object();
  for (const auto& [name, value] : resource.items()) {
    bool always = name == "id" || name == "schemas";
    if (always || (attributes.empty() ? !named(excluded, name) : named(attributes, name))) chosen[name] = value;
  }
  return chosen;
}

Json* FindByKey(RecordTable& table, const char* key, const std::string& value) {
  for (auto& [sequence, resource] : table.records()) {
    if (SameIgnoringCase(TextOf(resource, key), value)) return &resource;
  }
  return nullptr;
}

}  // namespace

void Identity::AddRoutes(std::vector<Route>& routes) {
  PutGroup("admins");
  PutGroup("users");
  PutUser(emulator_.options().user_name, emulator_.options().user_name, true);
  routes.push_back({"GET", std::string(kRoot) + "Me", "scim", Scim([this](Context& context) { return Me(context); })});
  AddResource(routes, "Users", users_);
  AddResource(routes, "Groups", groups_);
  AddResource(routes, "ServicePrincipals", service_principals_);
}

void Identity::AddResource(std::vector<Route>& routes, const std::string& type, RecordTable& table) {
  auto add = [&](const char* method, const char* rest, Handler handler) {
    routes.push_back({method, kRoot + type + rest, "scim", Scim(Guarded(std::move(handler), "", "scim-disabled"))});
  };
  add("GET", "", [this, type, &table](Context& context) { return List(context, type, table); });
  add("GET", "/{}", [this, type, &table](Context& context) {
    return JsonResponse(Chosen(Shown(Find(context, type, table), type), context.Text("attributes"),
                               context.Text("excludedAttributes")));
  });
  add("POST", "", [this, type, &table](Context& context) { return Create(context, type, table); });
  add("PATCH", "/{}", [this, type, &table](Context& context) { return Patch(context, type, table); });
  add("PUT", "/{}", [this, type, &table](Context& context) { return Replace(context, type, table); });
  add("DELETE", "/{}", [this, type, &table](Context& context) {
    RequireAdmin(context, "delete principals");
    table.Erase(TextOf(Find(context, type, table), "id"));
    Response response;
    response.status = 204;
    return response;
  });
}

std::string Identity::PutUser(const std::string& user_name, const std::string& display_name, bool admin) {
  if (const Json* known = FindByKey(users_, "userName", user_name)) return TextOf(*known, "id");
  std::string id = RandomDigits(emulator_, 1) + RandomDigits(emulator_, 15);
  if (id[0] == '0') id[0] = '4';
  users_.Put(id, {{"id", id},
                  {"userName", user_name},
                  {"displayName", display_name},
                  {"emails", Json::array({{{"type", "work"}, {"value", user_name}, {"primary", true}}})},
                  {"active", true},
                  {"schemas", {SchemaOf("Users"), "urn:ietf:params:scim:schemas:extension:workspace:2.0:User"}}});
  AddMember(PutGroup("users"), id);
  if (admin) AddMember(PutGroup("admins"), id);
  return id;
}

std::string Identity::PutGroup(const std::string& display_name) {
  if (const Json* known = FindByKey(groups_, "displayName", display_name)) return TextOf(*known, "id");
  std::string id = "5" + RandomDigits(emulator_, 14);
  Json group = {{"id", id},
                {"displayName", display_name},
                {"meta", {{"resourceType", "WorkspaceGroup"}}},
                {"schemas", Json::array({SchemaOf("Groups")})}};
  if (display_name == "users") {
    group["entitlements"] = Json::array({{{"value", "workspace-access"}}, {{"value", "databricks-sql-access"}}});
  }
  if (display_name == "admins") group["entitlements"] = Json::array({{{"value", "allow-cluster-create"}}});
  groups_.Put(id, std::move(group));
  return id;
}

std::string Identity::PutServicePrincipal(const std::string& display_name) {
  if (const Json* known = FindByKey(service_principals_, "displayName", display_name)) return TextOf(*known, "id");
  return AddServicePrincipal(display_name, "");
}

std::string Identity::AddServicePrincipal(const std::string& display_name, const std::string& given_id) {
  std::string id = "6" + RandomDigits(emulator_, 15);
  const std::string application_id = given_id.empty() ? emulator_.NewUuid() : given_id;
  service_principals_.Put(id, {{"id", id},
                               {"applicationId", application_id},
                               {"displayName", display_name.empty() ? application_id : display_name},
                               {"active", true},
                               {"schemas", Json::array({SchemaOf("ServicePrincipals")})}});
  return id;
}

void Identity::AddMember(const std::string& group_id, const std::string& member_id) {
  Json* group = groups_.Find(group_id);
  if (group == nullptr) return;
  Json& members = (*group)["members"];
  if (!members.is_array()) members = Json::array();
  for (const Json& member : members) {
    if (TextOf(member, "value") == member_id) return;
  }
  const char* type = users_.Has(member_id) ? "Users/" : groups_.Has(member_id) ? "Groups/" : "ServicePrincipals/";
  const Json* resource = users_.Has(member_id)    ? users_.Find(member_id)
                         : groups_.Has(member_id) ? groups_.Find(member_id)
                                                  : service_principals_.Find(member_id);
  if (resource == nullptr) RefuseMissing("Principal " + member_id + " does not exist.");
  members.push_back({{"display", TextOf(*resource, "displayName")}, {"value", member_id}, {"$ref", type + member_id}});
}

bool Identity::Knows(const std::string& member, const std::string& principal) {
  if (member == "user_name") return FindByKey(users_, "userName", principal) != nullptr;
  if (member == "group_name") return FindByKey(groups_, "displayName", principal) != nullptr;
  return FindByKey(service_principals_, "applicationId", principal) != nullptr;
}

Json Identity::Shown(const Json& resource, const std::string& type) const {
  Json shown = resource;
  Json groups = Json::array();
  for (const auto& [sequence, group] : groups_.records()) {
    for (const Json& member : MemberOf(group, "members")) {
      if (TextOf(member, "value") != TextOf(resource, "id")) continue;
      std::string id = TextOf(group, "id");
      groups.push_back(
          {{"display", TextOf(group, "displayName")}, {"type", "direct"}, {"value", id}, {"$ref", "Groups/" + id}});
    }
  }
  if (!groups.empty()) shown["groups"] = std::move(groups);
  if (type == "Groups" && shown.contains("members") && shown["members"].empty()) shown.erase("members");
  return shown;
}

Response Identity::Me(Context& context) {
  PutUser(context.caller.user_name, context.caller.user_name, context.caller.admin);
  Json me = Shown(*FindByKey(users_, "userName", context.caller.user_name), "Users");
  if (emulator_.Has("me-without-groups")) me.erase("groups");
  return JsonResponse(me);
}

Json& Identity::Find(Context& context, const std::string& type, RecordTable& table) {
  const std::string& id = context.request.path_arguments.at(0);
  if (Json* resource = table.Find(id)) return *resource;
  RefuseMissing(type.substr(0, type.size() - 1) + " with id " + id + " not found.");
}

Response Identity::List(Context& context, const std::string& type, RecordTable& table) {
  std::vector<std::vector<Condition>> filter = ParseFilter(context.Text("filter"));
  bool all = context.Text("filter").empty();
  int64_t start = std::max<int64_t>(1, context.Integer("startIndex", 1));
  int64_t count = std::clamp<int64_t>(context.Integer("count", 100), 0, emulator_.Has("scim-count-100") ? 100 : 10000);
  std::vector<const Json*> matching;
  for (const auto& [sequence, resource] : table.records()) {
    if (all || Matches(resource, filter)) matching.push_back(&resource);
  }
  if (const std::string sort_by = context.Text("sortBy"); !sort_by.empty()) {
    std::stable_sort(matching.begin(), matching.end(),
                     [&](const Json* a, const Json* b) { return MemberOf(*a, sort_by) < MemberOf(*b, sort_by); });
    if (context.Text("sortOrder") == "descending") std::reverse(matching.begin(), matching.end());
  }
  Json resources = Json::array();
  const int64_t total = static_cast<int64_t>(matching.size());
  for (int64_t at = start - 1; at < std::min(start - 1 + count, total); ++at) {
    resources.push_back(Chosen(Shown(*matching[static_cast<size_t>(at)], type), context.Text("attributes"),
                               context.Text("excludedAttributes")));
  }
  Json answer = {{"schemas", Json::array({kListSchema})},
                 {"totalResults", total},
                 {"startIndex", start},
                 {"itemsPerPage", resources.size()}};
  if (!resources.empty()) answer["Resources"] = std::move(resources);
  return JsonResponse(answer);
}

Response Identity::Create(Context& context, const std::string& type, RecordTable& table) {
  RequireAdmin(context, "create principals");
  const char* key = KeyOf(type);
  std::string value = type == "ServicePrincipals" ? context.Text(key) : context.RequiredText(key);
  if (!value.empty() && FindByKey(table, key, value) != nullptr) {
    const char* what = type == "Users"    ? "User with username "
                       : type == "Groups" ? "Group with name "
                                          : "Service principal with application ID ";
    throw ApiError{409, "RESOURCE_ALREADY_EXISTS", what + value + " already exists."};
  }
  std::string name = context.Text("displayName", value);
  std::string id = type == "Users"    ? PutUser(value, name, false)
                   : type == "Groups" ? PutGroup(value)
                                      : AddServicePrincipal(name, value);
  Json& resource = *table.Find(id);
  for (const char* field : {"entitlements", "roles", "externalId", "name", "active"}) {
    if (context.Arguments().contains(field)) resource[field] = context.Arguments().at(field);
  }
  for (const Json& member : MemberOf(context.Arguments(), "members")) AddMember(id, TextOf(member, "value"));
  return JsonResponse(Shown(*table.Find(id), type), 201);
}

Response Identity::Replace(Context& context, const std::string& type, RecordTable& table) {
  RequireAdmin(context, "change principals");
  const std::string id = TextOf(Find(context, type, table), "id");
  const Json& asked = context.Arguments();
  if (type == "Groups") {
    const Json* same = FindByKey(table, "displayName", context.RequiredText("displayName"));
    if (same != nullptr && TextOf(*same, "id") != id) {
      throw ApiError{409, "RESOURCE_ALREADY_EXISTS",
                     "Group with name " + context.Text("displayName") + " already exists."};
    }
  }
  // A user's name and emails and an application's id stay what they are, whatever is asked.
  Json& resource = *table.Find(id);
  for (const char* field : {"displayName", "name", "active", "entitlements", "roles", "externalId"}) {
    resource.erase(field);
    if (asked.contains(field)) resource[field] = asked.at(field);
  }
  if (type != "Groups" && !resource.contains("active")) resource["active"] = true;
  if (type == "Groups") resource.erase("members");
  for (const Json& member : MemberOf(asked, "members")) AddMember(id, TextOf(member, "value"));
  return JsonResponse(Shown(*table.Find(id), type));
}

Response Identity::Patch(Context& context, const std::string& type, RecordTable& table) {
  RequireAdmin(context, "change principals");
  std::string id = TextOf(Find(context, type, table), "id");
  for (const Json& operation : MemberOf(context.Arguments(), "Operations")) {
    std::string action = TextOf(operation, "op"), path = TextOf(operation, "path");
    const Json& value = MemberOf(operation, "value");
    if (!SameIgnoringCase(action, "remove") && value.is_null()) {
      RefuseParameter("The operation '" + action + "' of '" + path + "' has no value.");
    }
    Json& resource = *table.Find(id);
    static const std::regex one(R"re((members|entitlements|roles)\[value eq "([^"]*)"\])re");
    std::smatch match;
    if (SameIgnoringCase(action, "remove") && std::regex_match(path, match, one)) {
      Json kept = Json::array();
      for (const Json& element : MemberOf(resource, match[1].str())) {
        if (TextOf(element, "value") != match[2].str()) kept.push_back(element);
      }
      resource[match[1].str()] = std::move(kept);
    } else if (SameIgnoringCase(action, "remove")) {
      resource.erase(path);
    } else if (path == "members") {
      if (SameIgnoringCase(action, "replace")) resource["members"] = Json::array();
      for (const Json& member : value) AddMember(id, TextOf(member, "value"));
    } else if (value.is_array() && SameIgnoringCase(action, "add")) {
      Json& list = resource[path];
      if (!list.is_array()) list = Json::array();
      for (const Json& element : value) {
        if (std::find(list.begin(), list.end(), element) == list.end()) list.push_back(element);
      }
    } else if (path.empty() && value.is_object()) {
      resource.update(value);
    } else {
      resource[path] = value;
    }
  }
  return JsonResponse(Shown(*table.Find(id), type));
}

Json Identity::Save() const {
  return {{"users", users_.Save()}, {"groups", groups_.Save()}, {"service_principals", service_principals_.Save()}};
}

void Identity::Load(const Json& state) {
  users_.Load(state.at("users"));
  groups_.Load(state.at("groups"));
  service_principals_.Load(state.at("service_principals"));
}

std::vector<std::pair<std::string, std::string>> IdentityVariants() {
  return {
      {"scim-disabled", "SCIM calls other than Me are refused with FEATURE_DISABLED"},
      {"scim-count-100", "the highest `count` of a SCIM list: 100, not 10 000"},
      {"scim-detail-null", "a SCIM error's detail is the text \"null\""},
      {"me-without-groups", "Me does not list the groups of the caller"},
  };
}

}  // namespace emulator
