// What notebooks and files hold, in both directions.
//
// Reading goes through one seam that answers for many objects at once, so that a folder may one day come in one request
// without anybody above noticing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/spool.h"
#include "workspace/client.h"

namespace dbxark::workspace {

// What the service exports and imports of one object, at most.
inline constexpr uint64_t kExportLimitBytes = 10'485'760;

enum class ContentKind { kNotebook, kWorkspaceFile, kDbfsFile };
enum class NotebookFormat { kSource, kJupyter };

struct ContentRequest {
  ContentKind kind = ContentKind::kNotebook;
  std::string path;  // "/Users/ana@example.com/etl", "/databricks/init/setup.sh"
  NotebookFormat format = NotebookFormat::kSource;
  // Of a DBFS file, as listed: saves the look before reading. A file that is no longer so is read anew.
  std::optional<int64_t> listed_size, listed_modification_time;
};

class ContentSource {
 public:
  virtual ~ContentSource() = default;
  // Calls `take` exactly once for each request, in any order, on the calling thread. An error concerns that object
  // alone: kNotFound (gone since it was listed), kDenied, kFailed (too large, changed while it was read), ...
  virtual void Fetch(std::span<const ContentRequest> requests,
                     const std::function<void(size_t index, Result<Body> body)>& take, std::stop_token stop) = 0;
};

// One object after the other. Safe for concurrent use.
class ApiContentSource : public ContentSource {
 public:
  // `client` outlives it.
  ApiContentSource(Client& client, Spool spool) : client_(client), spool_(std::move(spool)) {}
  void Fetch(std::span<const ContentRequest> requests, const std::function<void(size_t, Result<Body>)>& take,
             std::stop_token stop) override;

 private:
  Result<Body> FetchOne(const ContentRequest& request, std::stop_token stop);
  Result<Body> Export(const ContentRequest& request, std::stop_token stop);
  Result<Body> ExportOnce(const ContentRequest& request, bool direct, std::stop_token stop, ApiError& api_error,
                          bool& unclear);
  Result<Body> ReadLargeFile(const std::string& path, Error too_large, std::stop_token stop);
  Result<Body> ReadDbfs(const ContentRequest& request, std::stop_token stop);
  Result<Body> ReadDbfsBlocks(const std::string& path, uint64_t size, std::stop_token stop);

  Client& client_;
  Spool spool_;
  std::atomic<bool> direct_unknown_ = false;  // the server takes no notice of `direct_download`
};

// Puts content into a workspace. Safe for concurrent use; two writers of one path are the caller's affair.
//
// With `overwrite`, a call may be repeated and is, where an answer gets lost. Without it, something in the way is
// kAlreadyExists and a lost answer kOutcomeUnknown. A parent folder that is missing is kNotFound.
class ContentWriter {
 public:
  // `client` outlives it.
  explicit ContentWriter(Client& client) : client_(client) {}

  // A notebook at exactly `path`. `language` is PYTHON, SCALA, SQL or R; it may be empty for Jupyter.
  Status PutNotebook(const std::string& path, const std::string& language, NotebookFormat format, const Body& body,
                     bool overwrite, std::stop_token stop);
  // A file as it is, even where it looks like a notebook. One over the import limit goes another way, on which the
  // service would make a notebook of it; such a file is kFailed, as is one of which it made a notebook all the same.
  Status PutWorkspaceFile(const std::string& path, const Body& body, bool overwrite, std::stop_token stop);
  // Parents too; a folder that is there is success.
  Status MakeFolder(const std::string& path, std::stop_token stop);

  // Parents come by themselves.
  Status PutDbfs(const std::string& path, const Body& body, bool overwrite, std::stop_token stop);
  Status MakeDbfsFolder(const std::string& path, std::stop_token stop);

  // One node, a folder only if it is empty. What is not there is success.
  Status RemoveNode(const std::string& path, std::stop_token stop);
  Status RemoveDbfs(const std::string& path, std::stop_token stop);

 private:
  Status Import(const std::string& path, const std::string& format, const std::string& language, const Body& body,
                bool overwrite, std::stop_token stop);
  // What looks like a notebook was asked to stay a file, and not every server may listen.
  Status CheckIsFile(const std::string& path, std::stop_token stop);
  Status ImportFileRaw(const std::string& path, const Body& body, bool overwrite, std::stop_token stop);
  Status PutDbfsBlocks(const std::string& path, const Body& body, bool overwrite, bool& created, std::stop_token stop);
  Status CallPlain(const std::string& path, std::string body, const std::string& family, http::Effect effect,
                   std::stop_token stop);

  Client& client_;
};

// "NOTEBOOK" in the first line, as SOURCE notebooks say of themselves: "# Databricks notebook source", "-- …", "// …".
bool HasNotebookHeader(std::string_view head);

}  // namespace dbxark::workspace
