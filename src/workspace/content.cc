#include "workspace/content.h"

#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "json/document.h"

namespace dbxark::workspace {
namespace {

constexpr uint64_t kDbfsBlockBytes = 1 << 20;
constexpr int kDirectAttempts = 3;
// base64 of the largest export, with its JSON around it.
constexpr uint64_t kJsonExportLimit = kExportLimitBytes / 3 * 4 + 65536;

std::string_view FormatName(const ContentRequest& request) {
  if (request.kind == ContentKind::kWorkspaceFile) return "AUTO";
  return request.format == NotebookFormat::kJupyter ? "JUPYTER" : "SOURCE";
}

// The code differs from release to release; the text has always named the limit.
bool SaysTooLarge(const ApiError& error) {
  if (error.code == "MAX_NOTEBOOK_SIZE_EXCEEDED" || error.status == 413) return true;
  return ContainsIgnoreCase(error.message, "exceed") && error.message.find("10485760") != std::string::npos;
}

Error TooLarge(const std::string& path, const Error& found) {
  return Error(ErrorCode::kFailed, Shorten(path, 120) + " is larger than the API exports (10 MiB): " + found.message());
}

bool LooksLikePage(std::string_view head) {
  const std::string lower = ToLowerAscii(Trim(head.substr(0, 200)));
  return lower.starts_with("<!doctype html") || lower.starts_with("<html");
}

// {"content": "<base64>", "file_type": "py"}, which comes where `direct_download` is not known.
std::optional<std::string> DecodeJsonExport(const std::string& text) {
  auto document = json::Document::Parse(text);
  if (!document.ok()) return std::nullopt;
  const json::Node root = document->root();
  if (!root.IsObject() || root["cells"]) return std::nullopt;
  for (const json::Node& member : root.members()) {
    if (member.key() != "content" && member.key() != "file_type") return std::nullopt;
  }
  if (root.size() > 0 && !root["content"] && !root["file_type"]) return std::nullopt;
  return FromBase64(root["content"].text());  // an empty file has no `content`
}

Error Damaged(const std::string& path, std::string_view what) {
  return Error(ErrorCode::kUnavailable, "export " + Shorten(path, 120) + ": " + std::string(what));
}

// What arrived, as the object's content; an error where it is something else. `unclear`: it may just as well be a file
// that looks so.
Result<Body> CheckExport(const ContentRequest& request, const http::Response& response, Body body, bool direct,
                         bool& unclear) {
  if (direct && body.size() == 0) {
    // A notebook has its header at least. An empty file is empty in the other form, too; an answer that got lost is
    // not.
    unclear = request.kind == ContentKind::kWorkspaceFile;
    return unclear ? Result<Body>(std::move(body)) : Damaged(request.path, "the answer is empty");
  }
  const bool attached = !response.Header("content-disposition").empty();
  const bool json_type = response.Header("content-type").starts_with("application/json");
  if (!direct || (json_type && !attached)) {
    auto text = body.ReadAll(kJsonExportLimit);
    if (!text.ok()) return std::move(text).error();
    auto content = DecodeJsonExport(*text);
    if (content) {
      unclear = direct && request.kind == ContentKind::kWorkspaceFile;
      return Body(std::move(*content));
    }
    if (!direct) return Damaged(request.path, "the answer holds no content");
    if (request.kind == ContentKind::kWorkspaceFile && !json::Document::Parse(std::move(*text)).ok()) {
      unclear = true;  // not what its type says: a file, or what is left of an answer
      return Damaged(request.path, "the answer holds no content");
    }
  }
  auto head = body.Head(4096);
  if (!head.ok()) return std::move(head).error();
  const bool page = !attached && response.Header("content-type").starts_with("text/html") && LooksLikePage(*head);
  if (page) {
    unclear = request.kind == ContentKind::kWorkspaceFile;
    return Damaged(request.path, "the answer is a web page");
  }
  if (direct && request.kind == ContentKind::kNotebook && request.format == NotebookFormat::kSource) {
    unclear = !HasNotebookHeader(*head);
  }
  if (request.kind == ContentKind::kNotebook && request.format == NotebookFormat::kJupyter) {
    auto text = body.ReadAll(kJsonExportLimit);
    if (!text.ok()) return std::move(text).error();
    if (!json::Document::Parse(std::move(*text)).ok()) return Damaged(request.path, "the notebook is cut short");
  }
  return body;
}

bool SameContent(const Body& a, const Body& b) {
  const auto first = Sha256Of(*a.OpenSource()), second = Sha256Of(*b.OpenSource());
  return a.size() == b.size() && first.ok() && second.ok() && *first == *second;
}

struct DbfsStatus {
  int64_t size = 0, modified = 0;
  bool is_folder = false;
  bool operator==(const DbfsStatus&) const = default;
};

Result<DbfsStatus> ReadDbfsStatus(Client& client, const std::string& path, std::stop_token stop) {
  auto answer = client.Get("/api/2.0/dbfs/get-status", {{"path", path}}, "dbfs", stop);
  if (!answer.ok()) return std::move(answer).error();
  const json::Node root = answer->root();
  return DbfsStatus{root["file_size"].AsInt64().value_or(0), root["modification_time"].AsInt64().value_or(0),
                    root["is_dir"].AsBool().value_or(false)};
}

}  // namespace

bool HasNotebookHeader(std::string_view head) {
  const std::string_view first = Trim(head.substr(0, head.find('\n')));
  for (std::string_view comment : {"# ", "-- ", "// "}) {
    if (first == std::string(comment) + "Databricks notebook source") return true;
  }
  return false;
}

void ApiContentSource::Fetch(std::span<const ContentRequest> requests,
                             const std::function<void(size_t, Result<Body>)>& take, std::stop_token stop) {
  for (size_t i = 0; i < requests.size(); ++i) {
    if (stop.stop_requested()) {
      take(i, Error(ErrorCode::kInterrupted, "interrupted"));
    } else {
      take(i, FetchOne(requests[i], stop));
    }
  }
}

Result<Body> ApiContentSource::FetchOne(const ContentRequest& request, std::stop_token stop) {
  return request.kind == ContentKind::kDbfsFile ? ReadDbfs(request, stop) : Export(request, stop);
}

Result<Body> ApiContentSource::Export(const ContentRequest& request, std::stop_token stop) {
  bool direct = !direct_unknown_;
  std::optional<Result<Body>> first;
  for (int attempt = 1;; ++attempt) {
    ApiError api_error;
    bool unclear = false;
    Result<Body> body = ExportOnce(request, direct, stop, api_error, unclear);
    if (direct && unclear) {
      // The form that is JSON always tells a file that looks like an answer from an answer, and bears out a notebook
      // without its header.
      first = std::move(body);
      direct = false;
      continue;
    }
    if (body.ok()) {
      const bool was_json = first && first->ok() && request.kind == ContentKind::kWorkspaceFile && body->size() > 0;
      if (was_json && SameContent(**first, *body)) direct_unknown_ = true;
      return body;
    }
    if (api_error.status != 0 && SaysTooLarge(api_error)) {
      Error too_large = TooLarge(request.path, body.error());
      if (request.kind == ContentKind::kWorkspaceFile) return ReadLargeFile(request.path, std::move(too_large), stop);
      return too_large;
    }
    const bool refused_parameter =
        direct && api_error.status == 400 && ContainsIgnoreCase(api_error.message, "direct_download");
    if (refused_parameter) {
      direct = false;
      continue;
    }
    // The transport has repeated what failed on the wire; this is an answer that was none.
    const bool garbled = body.error().code() == ErrorCode::kUnavailable && api_error.status == 0;
    if (!garbled || attempt >= kDirectAttempts) return body;
  }
}

Result<Body> ApiContentSource::ExportOnce(const ContentRequest& request, bool direct, std::stop_token stop,
                                          ApiError& api_error, bool& unclear) {
  SpoolWriter writer(spool_);
  http::Request call;
  call.path = "/api/2.0/workspace/export";
  call.query = {{"path", request.path}, {"format", std::string(FormatName(request))}};
  if (direct) call.query.emplace_back("direct_download", "true");
  call.family = "workspace/export";
  call.open_sink = [&writer]() -> Result<ByteSink*> {
    writer.Restart();
    return static_cast<ByteSink*>(&writer);
  };
  auto response = client_.Send(std::move(call), stop, &api_error);
  if (!response.ok()) return std::move(response).error().Within("export " + Shorten(request.path, 120));
  return CheckExport(request, *response, writer.Finish(), direct, unclear);
}

// Not in the public reference, but the vendor's own tools read large files so.
Result<Body> ApiContentSource::ReadLargeFile(const std::string& path, Error too_large, std::stop_token stop) {
  SpoolWriter writer(spool_);
  http::Request call;
  call.path = "/api/2.0/workspace-files" + UrlEncode(path, true);
  call.family = "workspace/export";
  call.open_sink = [&writer]() -> Result<ByteSink*> {
    writer.Restart();
    return static_cast<ByteSink*>(&writer);
  };
  auto response = client_.Send(std::move(call), stop);
  if (response.ok()) return writer.Finish();
  const ErrorCode code = response.error().code();
  const bool not_there = code == ErrorCode::kNotFound || code == ErrorCode::kFailed || code == ErrorCode::kDenied;
  if (not_there) return too_large;
  return std::move(response).error().Within("read " + Shorten(path, 120));
}

Result<Body> ApiContentSource::ReadDbfs(const ContentRequest& request, std::stop_token stop) {
  const std::string& path = request.path;
  const std::string where = "read dbfs:" + Shorten(path, 120);
  for (int attempt = 1;; ++attempt) {
    const bool listed = attempt == 1 && request.listed_size && request.listed_modification_time;
    auto before = listed ? Result<DbfsStatus>(DbfsStatus{*request.listed_size, *request.listed_modification_time})
                         : ReadDbfsStatus(client_, path, stop);
    if (!before.ok()) return std::move(before).error().Within(where);
    if (before->is_folder) return Error(ErrorCode::kFailed, where + ": is a folder");
    auto body = ReadDbfsBlocks(path, static_cast<uint64_t>(before->size), stop);
    auto after = ReadDbfsStatus(client_, path, stop);
    if (!after.ok()) return std::move(after).error().Within(where);
    const bool same = *before == *after && (!body.ok() || body->size() == static_cast<uint64_t>(before->size));
    if (!body.ok() && same) return std::move(body).error().Within(where);
    if (same) return body;
    if (attempt == 3) return Error(ErrorCode::kFailed, where + ": changed while it was read");
  }
}

Result<Body> ApiContentSource::ReadDbfsBlocks(const std::string& path, uint64_t size, std::stop_token stop) {
  SpoolWriter writer(spool_);
  while (writer.size() < size) {
    auto answer = client_.Get(
        "/api/2.0/dbfs/read",
        {{"path", path}, {"offset", std::to_string(writer.size())}, {"length", std::to_string(kDbfsBlockBytes)}},
        "dbfs", stop);
    if (!answer.ok()) return std::move(answer).error();
    auto block = FromBase64(answer->root()["data"].text());
    const int64_t count = answer->root()["bytes_read"].AsInt64().value_or(0);
    if (!block || static_cast<int64_t>(block->size()) != count) {
      return Error(ErrorCode::kFailed, "a block is not as long as it says");
    }
    if (block->empty()) break;  // it became shorter: the caller compares sizes
    if (Status written = writer.Write(*block); !written.ok()) return std::move(written).error();
  }
  return writer.Finish();
}

}  // namespace dbxark::workspace
