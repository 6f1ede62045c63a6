// Calls of one workspace's REST API: JSON in, JSON out, pages followed, errors understood.
//
// A Client is safe for concurrent use. Every error names method, path, status, code and request id where there are any;
// none names a token. A request that may not be repeated (Effect::kOnce) and whose fate is open fails with
// kOutcomeUnknown, whether its answer was lost, cut, or a gateway's page.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/transport.h"
#include "json/document.h"
#include "objects/descriptor.h"
#include "workspace/api_error.h"

namespace dbxark::workspace {

// Who the token belongs to.
struct Identity {
  std::string id, user_name, display_name;
  bool admin = false;  // a direct or indirect member of the group `admins`
  bool active = true;
  std::vector<std::string> entitlements;  // "allow-cluster-create"; what a group brings may not be among them
};

// Whether a write's success has to carry JSON ({} at least), or may be empty.
enum class Answer { kMayBeEmpty, kNeeded };

struct Created {
  std::string id;  // empty where the kind's answers hold none
  json::Document answer;
};

class Client {
 public:
  // Both outlive it. `transport` retries what can be retried.
  Client(http::Transport& transport, Clock& clock) : transport_(transport), clock_(clock) {}

  // --- plain calls. `path` is percent-encoded already, `query` is not. Where the service itself refused, `api_error`
  // (if given) is filled; it stays as it was if there was no answer.

  // Any request. A 2xx answer, or an error.
  Result<http::Response> Send(http::Request request, std::stop_token stop, ApiError* api_error = nullptr);
  // The same, with a JSON answer. An answer that is no JSON is asked for again where that does no harm.
  Result<json::Document> SendForJson(const http::Request& request, Answer answer, std::stop_token stop,
                                     ApiError* api_error = nullptr);

  Result<json::Document> Get(const std::string& path, const http::Fields& query, const std::string& family,
                             std::stop_token stop, ApiError* api_error = nullptr);
  Result<json::Document> Post(const std::string& path, std::string body, const std::string& family, http::Effect effect,
                              Answer answer, std::stop_token stop, ApiError* api_error = nullptr);

  // Follows `next_page_token` (or asks once) and gives every element of `items` ("" is a top-level array) to `each`,
  // in the service's order, on the calling thread. An error of `each` ends it and is returned. A page may be empty and
  // still have a successor.
  Status GetPages(const std::string& path, const http::Fields& query, const std::string& family, std::string_view items,
                  objects::Paging paging, const std::function<Status(json::Node)>& each, std::stop_token stop,
                  ApiError* api_error = nullptr);

  // Every node of a folder of the workspace's tree (kTree) or of DBFS (kDbfs), as above.
  Status ListFolder(objects::Storage storage, const std::string& folder, const std::function<Status(json::Node)>& each,
                    std::stop_token stop, ApiError* api_error = nullptr);

  // --- calls by descriptor.

  Status List(const objects::ObjectDescriptor& kind, const std::function<Status(json::Node)>& each,
              std::stop_token stop, ApiError* api_error = nullptr);
  // The definition's bytes: the answer as it came, the elements of later pages spliced into the first.
  Result<std::string> Read(const objects::ObjectDescriptor& kind, const std::string& id, std::stop_token stop,
                           ApiError* api_error = nullptr);
  // An answer without the new id, where one is due, is kOutcomeUnknown.
  Result<Created> Create(const objects::ObjectDescriptor& kind, std::string body, std::stop_token stop,
                         ApiError* api_error = nullptr);
  // Any other call of that kind (update, stop, pin): `path` may hold "{v}" and "{id}".
  Result<json::Document> Call(const objects::ObjectDescriptor& kind, std::string_view method, std::string_view path,
                              const std::string& id, std::string body, http::Effect effect, std::stop_token stop,
                              ApiError* api_error = nullptr);
  // One of the kind's two updates, `call`, with the id where it belongs; `body` as a create takes it. Repeating it does
  // no harm. `numeric_id`: the service takes the id as a number.
  Status Update(const objects::ObjectDescriptor& kind, const objects::CreateCall& call, const std::string& id,
                const std::string& body, bool numeric_id, std::stop_token stop);

  // --- the workspace itself.

  Result<Identity> Me(std::stop_token stop);
  // As the service names itself in its answers; empty until the first one that does.
  std::string workspace_id();
  // Now, by the service's clock minus ours, in seconds, from the last answer with a Date.
  std::optional<int64_t> clock_skew_s();

  // kDenied if the token is not accepted any more. Asks only where a request was refused for its token since the last
  // call: one endpoint may say so for a reason of its own.
  Status CheckToken(std::stop_token stop);

 private:
  template <typename T>
  Result<T> WithVersion(const objects::ObjectDescriptor& kind, std::string_view path, ApiError* api_error,
                        const std::function<Result<T>(const std::string& path, ApiError* api_error)>& call);
  void Notice(const http::Response& response);

  http::Transport& transport_;
  Clock& clock_;
  std::atomic<bool> token_refused_ = false;
  std::mutex mutex_;
  std::string workspace_id_;
  std::optional<int64_t> clock_skew_s_;
  std::map<std::string, size_t, std::less<>> versions_;  // of each kind: the first one that the server knows
};

}  // namespace dbxark::workspace
