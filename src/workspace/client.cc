#include "workspace/client.h"

#include <utility>

#include "base/text.h"
#include "http/retry_rules.h"
#include "json/edit.h"
#include "json/writer.h"
#include "workspace/pages.h"

namespace dbxark::workspace {
namespace {

constexpr int kJsonAttempts = 4;

std::string Where(const http::Request& request) {
  return request.method + ' ' + Shorten(WithoutQuery(request.path), 120);
}

// "limit=100&expand_tasks=false"
http::Fields ParseQuery(std::string_view text) {
  http::Fields query;
  if (text.empty()) return query;
  for (std::string_view part : Split(text, '&')) {
    const size_t equals = part.find('=');
    query.emplace_back(part.substr(0, equals), equals == part.npos ? std::string_view() : part.substr(equals + 1));
  }
  return query;
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// What an answer that should be JSON is instead.
std::string DescribeBody(const http::Response& response) {
  const std::string_view body = Trim(response.body);
  if (body.empty()) return "an empty answer";
  if (body.starts_with('<')) {
    return ParseApiError("", "", response).message;
  }
  return "an answer that is no JSON (" + Counted(response.body.size(), "byte") + ")";
}

http::Request GetRequest(const std::string& path, const http::Fields& query, const std::string& family) {
  http::Request request;
  request.path = path;
  request.query = query;
  request.family = family;
  return request;
}

bool SpeaksOfToken(const ApiError& error) {
  return error.status == 401 || error.code == "UNAUTHENTICATED" || error.code == "INVALID_ACCESS_TOKEN";
}

}  // namespace

Result<http::Response> Client::Send(http::Request request, std::stop_token stop, ApiError* api_error) {
  Result<http::Response> response = transport_.Send(request, stop);
  if (!response.ok()) return std::move(response).error().Within(Where(request));
  Notice(*response);
  if (response->status >= 200 && response->status < 300) return response;
  const ApiError error = ParseApiError(request.method, request.path, *response);
  if (api_error != nullptr) *api_error = error;
  if (SpeaksOfToken(error)) token_refused_ = true;
  Error refused = ToError(error);
  if (request.effect == http::Effect::kOnce && http::Judge(*response) == http::Verdict::kUncertain) {
    return Error(ErrorCode::kOutcomeUnknown, refused.message());
  }
  return refused;
}

Result<json::Document> Client::SendForJson(const http::Request& request, Answer answer, std::stop_token stop,
                                           ApiError* api_error) {
  for (int attempt = 1;; ++attempt) {
    Result<http::Response> response = Send(request, stop, api_error);
    if (!response.ok()) return std::move(response).error();
    if (answer == Answer::kMayBeEmpty && Trim(response->body).empty()) response->body = "{}";
    std::string found;
    if (Trim(response->body).empty() || Trim(response->body).starts_with('<')) {
      found = DescribeBody(*response);
    } else {
      auto document = json::Document::Parse(std::move(response->body));
      if (document.ok()) return document;
      found = document.error().message();
    }
    const std::string text = Where(request) + ": " + std::to_string(response->status) + " with " + found;
    if (request.effect == http::Effect::kOnce) return Error(ErrorCode::kOutcomeUnknown, text);
    if (ContainsIgnoreCase(found, "a web page") &&
        (ContainsIgnoreCase(found, "login") || ContainsIgnoreCase(found, "sign in"))) {
      return Error(ErrorCode::kDenied, text);
    }
    if (attempt >= kJsonAttempts) return Error(ErrorCode::kUnavailable, text);
    if (!clock_.SleepMs(int64_t{500} << attempt, stop)) return Error(ErrorCode::kInterrupted, "interrupted");
  }
}

Result<json::Document> Client::Get(const std::string& path, const http::Fields& query, const std::string& family,
                                   std::stop_token stop, ApiError* api_error) {
  return SendForJson(GetRequest(path, query, family), Answer::kNeeded, stop, api_error);
}

Result<json::Document> Client::Post(const std::string& path, std::string body, const std::string& family,
                                    http::Effect effect, Answer answer, std::stop_token stop, ApiError* api_error) {
  http::Request request;
  request.method = "POST";
  request.path = path;
  request.body = std::move(body);
  request.content_type = "application/json";
  request.effect = effect;
  request.family = family;
  return SendForJson(request, answer, stop, api_error);
}

Status Client::ListFolder(objects::Storage storage, const std::string& folder,
                          const std::function<Status(json::Node)>& each, std::stop_token stop, ApiError* api_error) {
  const bool tree = storage == objects::Storage::kTree;
  return GetPages(tree ? "/api/2.0/workspace/list" : "/api/2.0/dbfs/list", {{"path", folder}},
                  tree ? "workspace" : "dbfs", tree ? "objects" : "files", objects::Paging::kNone, each,
                  std::move(stop), api_error);
}

Status Client::GetPages(const std::string& path, const http::Fields& query, const std::string& family,
                        std::string_view items, objects::Paging paging, const std::function<Status(json::Node)>& each,
                        std::stop_token stop, ApiError* api_error) {
  PageTokens tokens;
  while (true) {
    http::Fields page_query = query;
    if (!tokens.next().empty()) page_query.emplace_back("page_token", tokens.next());
    auto page = Get(path, page_query, family, stop, api_error);
    if (!page.ok()) return std::move(page).error();
    const json::Node root = page->root();
    const json::Node list = items.empty() ? root : root[items];
    if (list && !list.IsArray() && !list.IsNull()) {
      return Error(ErrorCode::kFailed, "GET " + path + ": \"" + std::string(items) + "\" is not an array");
    }
    if (list.IsArray()) {
      for (const json::Node& element : list.elements()) {
        if (Status taken = each(element); !taken.ok()) return taken;
      }
    }
    if (paging == objects::Paging::kNone) return {};
    auto more = tokens.Advance(root);
    if (!more.ok()) return std::move(more).error().Within("GET " + path);
    if (!*more) return {};
  }
}

// A server that does not know the newest version of a family says ENDPOINT_NOT_FOUND, or, where it says so in another
// form, 404 to a list, which names no object; then all calls of that kind go to the next one.
template <typename T>
Result<T> Client::WithVersion(const objects::ObjectDescriptor& kind, std::string_view path, ApiError* api_error,
                              const std::function<Result<T>(const std::string&, ApiError*)>& call) {
  ApiError unused;
  if (api_error == nullptr) api_error = &unused;
  if (kind.versions.empty() || path.find("{v}") == path.npos) return call(std::string(path), api_error);
  size_t version = 0;
  {
    std::lock_guard lock(mutex_);
    if (auto known = versions_.find(kind.name); known != versions_.end()) version = known->second;
  }
  while (true) {
    std::string versioned(path);
    ReplaceAll(versioned, "{v}", kind.versions[version]);
    *api_error = {};
    Result<T> result = call(versioned, api_error);
    const bool lists = path == kind.list.path;
    const bool unknown =
        !result.ok() && (api_error->code == "ENDPOINT_NOT_FOUND" || (lists && api_error->status == 404));
    if (!unknown || version + 1 >= kind.versions.size()) {
      if (result.ok()) {
        std::lock_guard lock(mutex_);
        versions_[std::string(kind.name)] = version;
      }
      return result;
    }
    ++version;
  }
}

Status Client::List(const objects::ObjectDescriptor& kind, const std::function<Status(json::Node)>& each,
                    std::stop_token stop, ApiError* api_error) {
  const std::string family = std::string(kind.family);
  Result<bool> listed =
      WithVersion<bool>(kind, kind.list.path, api_error, [&](const std::string& path, ApiError* error) -> Result<bool> {
        Status status =
            GetPages(path, ParseQuery(kind.list.query), family, kind.list.items, kind.list.paging, each, stop, error);
        if (!status.ok()) return std::move(status).error();
        return true;
      });
  if (!listed.ok()) return std::move(listed).error();
  return {};
}

Result<std::string> Client::Read(const objects::ObjectDescriptor& kind, const std::string& id, std::stop_token stop,
                                 ApiError* api_error) {
  return WithVersion<std::string>(kind, kind.read.path, api_error,
                                  [&](const std::string& path, ApiError* error) -> Result<std::string> {
                                    std::string target = path;
                                    ReplaceAll(target, "{id}", UrlEncode(id));
                                    http::Fields query;
                                    if (!kind.read.id_parameter.empty()) query.emplace_back(kind.read.id_parameter, id);
                                    PageTokens tokens;
                                    std::vector<json::Document> pages;
                                    while (true) {
                                      http::Fields page_query = query;
                                      if (!tokens.next().empty()) page_query.emplace_back("page_token", tokens.next());
                                      auto page = Get(target, page_query, std::string(kind.family), stop, error);
                                      if (!page.ok()) return std::move(page).error();
                                      pages.push_back(std::move(*page));
                                      if (kind.read.paged_arrays.empty()) break;
                                      auto more = tokens.Advance(pages.back().root());
                                      if (!more.ok()) return std::move(more).error().Within("GET " + target);
                                      if (!*more) break;
                                    }
                                    return JoinPages(pages, kind.read.paged_arrays);
                                  });
}

Result<Created> Client::Create(const objects::ObjectDescriptor& kind, std::string body, std::stop_token stop,
                               ApiError* api_error) {
  const Answer answer = kind.create.answer_id.empty() ? Answer::kMayBeEmpty : Answer::kNeeded;
  return WithVersion<Created>(
      kind, kind.create.path, api_error, [&](const std::string& path, ApiError* error) -> Result<Created> {
        http::Request request;
        request.method = kind.create.method;
        request.path = path;
        request.body = body;
        request.content_type = "application/json";
        request.effect = http::Effect::kOnce;
        request.family = std::string(kind.family) + "/create";
        auto document = SendForJson(request, answer, stop, error);
        if (!document.ok()) return std::move(document).error();
        std::string id = document->root()[kind.create.answer_id].TextOrNumber();
        if (id.empty() && !kind.create.answer_id.empty()) {
          return Error(ErrorCode::kOutcomeUnknown,
                       Where(request) + ": the answer has no \"" + std::string(kind.create.answer_id) + "\"");
        }
        return Created{std::move(id), std::move(*document)};
      });
}

Result<json::Document> Client::Call(const objects::ObjectDescriptor& kind, std::string_view method,
                                    std::string_view path, const std::string& id, std::string body, http::Effect effect,
                                    std::stop_token stop, ApiError* api_error) {
  return WithVersion<json::Document>(
      kind, path, api_error, [&](const std::string& versioned, ApiError* error) -> Result<json::Document> {
        http::Request request;
        request.method = method;
        request.path = versioned;
        ReplaceAll(request.path, "{id}", UrlEncode(id));
        request.body = body;
        if (!body.empty()) request.content_type = "application/json";
        request.effect = effect;
        request.family = kind.family;
        return SendForJson(request, effect == http::Effect::kRead ? Answer::kNeeded : Answer::kMayBeEmpty, stop, error);
      });
}

namespace {

// Nothing if all of the body may be sent.
std::optional<std::string> WithoutFixed(const objects::ObjectDescriptor& kind, const std::string& body) {
  if (kind.fixed_fields.empty()) return std::nullopt;
  const auto document = json::Document::Parse(body);
  if (!document.ok()) return std::nullopt;
  json::Editor editor(*document);
  for (const objects::FixedField& field : kind.fixed_fields) {
    const json::Node member = document->root()[field.member];
    if (member && !field.required) editor.Remove(member);
  }
  return editor.Apply();
}

}  // namespace

Status Client::Update(const objects::ObjectDescriptor& kind, const objects::CreateCall& call, const std::string& id,
                      const std::string& body, bool numeric_id, std::stop_token stop) {
  std::string text = body;
  if (auto fitting = WithoutFixed(kind, text); fitting) text = std::move(*fitting);
  if (!kind.update_nest.empty()) {
    text = json::Writer().BeginObject().Key(kind.update_nest).Raw(text).EndObject().Take();
  }
  if (!kind.update_id.empty()) {
    auto named = json::WithMember(std::move(text), kind.update_id, numeric_id ? id : json::Quote(id));
    if (!named.ok()) return std::move(named).error();
    text = std::move(*named);
  }
  auto answer = Call(kind, call.method, call.path, id, std::move(text), http::Effect::kIdempotent, std::move(stop));
  if (!answer.ok()) return std::move(answer).error();
  return {};
}

Result<Identity> Client::Me(std::stop_token stop) {
  auto me = Get("/api/2.0/preview/scim/v2/Me", {}, "scim", stop);
  if (!me.ok()) return std::move(me).error();
  const json::Node root = me->root();
  Identity identity;
  identity.id = root["id"].TextOrNumber();
  identity.user_name = root["userName"].text();
  if (identity.user_name.empty()) identity.user_name = root["applicationId"].text();
  identity.display_name = root["displayName"].text();
  identity.active = root["active"].AsBool().value_or(true);
  for (const json::Node& group : root["groups"].elements()) {
    if (group["display"].text() == "admins") identity.admin = true;
  }
  for (const json::Node& entitlement : root["entitlements"].elements()) {
    identity.entitlements.push_back(entitlement["value"].text());
  }
  if (identity.user_name.empty()) {
    return Error(ErrorCode::kFailed, "GET /api/2.0/preview/scim/v2/Me: the answer names no user");
  }
  return identity;
}

Status Client::CheckToken(std::stop_token stop) {
  if (!token_refused_.exchange(false)) return {};
  auto me = Me(std::move(stop));
  if (me.ok() || me.error().code() != ErrorCode::kDenied) return {};
  return Error(ErrorCode::kDenied, "the token is not accepted any more: " + me.error().message());
}

std::string Client::workspace_id() {
  std::lock_guard lock(mutex_);
  return workspace_id_;
}

std::optional<int64_t> Client::clock_skew_s() {
  std::lock_guard lock(mutex_);
  return clock_skew_s_;
}

void Client::Notice(const http::Response& response) {
  const std::string_view id = Trim(response.Header("x-databricks-org-id"));
  const auto date_ms = http::HttpDateMs(std::string(response.Header("date")));
  std::lock_guard lock(mutex_);
  if (!id.empty() && id.size() <= 40) workspace_id_ = Printable(id);
  if (date_ms) clock_skew_s_ = (*date_ms - clock_.NowMs()) / 1000;
}

}  // namespace dbxark::workspace
