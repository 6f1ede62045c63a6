#include "workspace/offers.h"

#include <algorithm>

namespace dbxark::workspace {
namespace {

// How it comes in pages: by token, or as SCIM has it, by the number of the first.
enum class Pages { kNone, kToken, kScim };

struct OfferCall {
  std::string_view target, path, family, items, id, label;
  Pages pages = Pages::kNone;
};

// Sources: SDK modules compute, iam (SCIM), sql, pipelines, dashboards, settings.
constexpr OfferCall kCalls[] = {
    {"node_type", "/api/2.0/clusters/list-node-types", "clusters", "node_types", "node_type_id", "description"},
    {"spark_version", "/api/2.0/clusters/spark-versions", "clusters", "versions", "key", "name"},
    {"instance_profile", "/api/2.0/instance-profiles/list", "instance-profiles", "instance_profiles",
     "instance_profile_arn", "iam_role_arn"},
    {"user", "/api/2.0/preview/scim/v2/Users", "scim", "Resources", "userName", "displayName", Pages::kScim},
    {"group", "/api/2.0/preview/scim/v2/Groups", "scim", "Resources", "displayName", "", Pages::kScim},
    {"service_principal", "/api/2.0/preview/scim/v2/ServicePrincipals", "scim", "Resources", "applicationId",
     "displayName", Pages::kScim},
    {"warehouse", "/api/2.0/sql/warehouses", "sql", "warehouses", "id", "name", Pages::kToken},
    {"query", "/api/2.0/sql/queries", "sql", "results", "id", "display_name", Pages::kToken},
    {"alert", "/api/2.0/sql/alerts", "sql", "results", "id", "display_name", Pages::kToken},
    {"pipeline", "/api/2.0/pipelines", "pipelines", "statuses", "pipeline_id", "name", Pages::kToken},
    {"lakeview_dashboard", "/api/2.0/lakeview/dashboards", "lakeview", "dashboards", "dashboard_id", "display_name",
     Pages::kToken},
    {"notification_destination", "/api/2.0/notification-destinations", "notification-destinations", "results", "id",
     "display_name", Pages::kToken},
};

const OfferCall* FindCall(std::string_view target) {
  const auto* found =
      std::find_if(std::begin(kCalls), std::end(kCalls), [&](const OfferCall& call) { return call.target == target; });
  return found == std::end(kCalls) ? nullptr : found;
}

// Pages until an empty one: `totalResults` is not believed.
Status ListScim(Client& client, const OfferCall& call, const std::function<Status(json::Node)>& each,
                std::stop_token stop) {
  constexpr size_t kPage = 1000;
  for (size_t start = 1;;) {
    const http::Fields query = {
        {"startIndex", std::to_string(start)},
        {"count", std::to_string(kPage)},
        {"attributes", std::string(call.id) + (call.label.empty() ? "" : ",") + std::string(call.label)}};
    auto page = client.Get(std::string(call.path), query, std::string(call.family), stop);
    if (!page.ok()) return std::move(page).error();
    const std::vector<json::Node> resources = page->root()[call.items].elements();
    if (resources.empty()) return {};
    for (const json::Node& resource : resources) {
      if (Status taken = each(resource); !taken.ok()) return taken;
    }
    start += resources.size();
  }
}

}  // namespace

bool CanListOffers(std::string_view target) { return FindCall(target) != nullptr; }

Result<std::vector<Offer>> ListOffers(Client& client, std::string_view target, std::stop_token stop) {
  const OfferCall* call = FindCall(target);
  if (call == nullptr) return Error(ErrorCode::kNotFound, "this version cannot ask for each " + std::string(target));
  std::vector<Offer> offers;
  const auto add = [&](json::Node node) -> Status {
    const std::string id = node[call->id].TextOrNumber();
    if (!id.empty()) offers.push_back({id, call->label.empty() ? "" : node[call->label].text()});
    return {};
  };
  const Status listed =
      call->pages == Pages::kScim
          ? ListScim(client, *call, add, stop)
          : client.GetPages(std::string(call->path), {}, std::string(call->family), call->items,
                            call->pages == Pages::kToken ? objects::Paging::kPageToken : objects::Paging::kNone, add,
                            stop);
  if (!listed.ok()) return listed.error();
  return offers;
}

}  // namespace dbxark::workspace
