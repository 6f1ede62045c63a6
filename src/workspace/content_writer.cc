#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "json/writer.h"
#include "workspace/content.h"

namespace dbxark::workspace {
namespace {

constexpr uint64_t kDbfsBlockBytes = 1 << 20;
// `contents` may have 1 MB in its base64 form; what is larger goes in blocks.
constexpr uint64_t kDbfsPutBytes = (1 << 20) / 4 * 3;
// Up to here, base64 in JSON; above, it would come near to the limit of a request, and raw bytes travel as a form.
constexpr uint64_t kJsonImportBytes = 4 << 20;
constexpr int kDbfsAttempts = 4;

// Bytes before, a body, bytes behind.
class FramedSource : public ByteSource {
 public:
  FramedSource(std::string before, const Body& body, std::string after)
      : before_(std::move(before)), after_(std::move(after)), body_(body.OpenSource()) {}

  Result<size_t> Read(char* buffer, size_t capacity) override {
    if (offset_ < before_.size()) {
      const size_t count = before_.copy(buffer, capacity, offset_);
      offset_ += count;
      return count;
    }
    if (!body_done_) {
      auto count = body_->Read(buffer, capacity);
      if (!count.ok() || *count > 0) return count;
      body_done_ = true;
      offset_ = before_.size();
    }
    const size_t count = after_.copy(buffer, capacity, offset_ - before_.size());
    offset_ += count;
    return count;
  }

 private:
  std::string before_, after_;
  std::unique_ptr<ByteSource> body_;
  size_t offset_ = 0;
  bool body_done_ = false;
};

// A line that the content does not hold: its digest is in it.
Result<std::string> BoundaryFor(const Body& body) {
  auto digest = Sha256Of(*body.OpenSource());
  if (!digest.ok()) return std::move(digest).error();
  return "dbxark-" + ToHex(*digest).substr(0, 40);
}

struct FormField {
  std::string name, value;
};

// multipart/form-data with the body as its last part.
Status SetForm(http::Request& request, const std::vector<FormField>& fields, const std::string& part,
               const Body& body) {
  auto boundary = BoundaryFor(body);
  if (!boundary.ok()) return std::move(boundary).error();
  std::string before;
  for (const FormField& field : fields) {
    before += "--" + *boundary + "\r\nContent-Disposition: form-data; name=\"" + field.name + "\"\r\n\r\n" +
              field.value + "\r\n";
  }
  before += "--" + *boundary + "\r\nContent-Disposition: form-data; name=\"" + part + "\"; filename=\"" + part +
            "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
  std::string after = "\r\n--" + *boundary + "--\r\n";
  request.content_type = "multipart/form-data; boundary=" + *boundary;
  request.body_size = before.size() + body.size() + after.size();
  request.open_body = [before, body, after]() -> Result<std::unique_ptr<ByteSource>> {
    return std::unique_ptr<ByteSource>(std::make_unique<FramedSource>(before, body, after));
  };
  return {};
}

std::string PathBody(const std::string& path) {
  return json::Writer().BeginObject().Member("path", path).EndObject().Take();
}

http::Effect EffectOf(bool overwrite) { return overwrite ? http::Effect::kIdempotent : http::Effect::kOnce; }

}  // namespace

Status ContentWriter::PutNotebook(const std::string& path, const std::string& language, NotebookFormat format,
                                  const Body& body, bool overwrite, std::stop_token stop) {
  const bool jupyter = format == NotebookFormat::kJupyter;
  return Import(path, jupyter ? "JUPYTER" : "SOURCE", language, body, overwrite, stop);
}

Status ContentWriter::PutWorkspaceFile(const std::string& path, const Body& body, bool overwrite,
                                       std::stop_token stop) {
  auto head = body.Head(4096);
  if (!head.ok()) return std::move(head).error();
  const bool like_a_notebook = HasNotebookHeader(*head) || path.ends_with(".ipynb");
  if (body.size() <= kExportLimitBytes) {
    Status put = Import(path, "RAW", "", body, overwrite, stop);
    return put.ok() && like_a_notebook ? CheckIsFile(path, stop) : put;
  }
  if (like_a_notebook) {
    return Error(ErrorCode::kFailed, "import " + Shorten(path, 120) +
                                         ": the file is larger than the API imports (10 MiB)" +
                                         ", and the way for larger ones would make a notebook of it");
  }
  return ImportFileRaw(path, body, overwrite, stop);
}

Status ContentWriter::CheckIsFile(const std::string& path, std::stop_token stop) {
  auto node = client_.Get("/api/2.0/workspace/get-status", {{"path", path}}, "workspace/get-status", stop);
  if (!node.ok() && node.error().code() != ErrorCode::kNotFound) return std::move(node).error();
  if (node.ok() && node->root()["object_type"].text() == "FILE") return {};
  return Error(ErrorCode::kFailed, "import " + Shorten(path, 120) + ": this workspace made a notebook of the file");
}

Status ContentWriter::Import(const std::string& path, const std::string& format, const std::string& language,
                             const Body& body, bool overwrite, std::stop_token stop) {
  http::Request request;
  request.method = "POST";
  request.path = "/api/2.0/workspace/import";
  request.effect = EffectOf(overwrite);
  request.family = "workspace/import";
  const bool fits_a_form_field = path.find_first_of(std::string_view("\r\n\0", 3)) == path.npos;
  if (body.size() <= kJsonImportBytes || !fits_a_form_field) {
    auto bytes = body.ReadAll(UINT64_MAX);
    if (!bytes.ok()) return std::move(bytes).error();
    json::Writer json;
    json.BeginObject().Member("path", path).Member("format", format);
    if (!language.empty()) json.Member("language", language);
    json.Member("content", ToBase64(*bytes)).Member("overwrite", overwrite).EndObject();
    request.body = json.Take();
    request.content_type = "application/json";
  } else {
    std::vector<FormField> fields = {{"path", path}, {"format", format}, {"overwrite", overwrite ? "true" : "false"}};
    if (!language.empty()) fields.push_back({"language", language});
    if (Status set = SetForm(request, fields, "content", body); !set.ok()) return set;
  }
  auto answer = client_.SendForJson(request, Answer::kMayBeEmpty, stop);
  if (!answer.ok()) return std::move(answer).error().Within("import " + Shorten(path, 120));
  return {};
}

Status ContentWriter::ImportFileRaw(const std::string& path, const Body& body, bool overwrite, std::stop_token stop) {
  http::Request request;
  request.method = "POST";
  request.path = "/api/2.0/workspace-files/import-file/" + UrlEncode(path.substr(path.starts_with('/') ? 1 : 0), true);
  request.query = {{"overwrite", overwrite ? "true" : "false"}};
  request.effect = EffectOf(overwrite);
  request.family = "workspace/import";
  request.content_type = "application/octet-stream";
  request.body_size = body.size();
  request.open_body = [body]() -> Result<std::unique_ptr<ByteSource>> { return body.OpenSource(); };
  auto answer = client_.SendForJson(request, Answer::kMayBeEmpty, stop);
  if (!answer.ok()) return std::move(answer).error().Within("import " + Shorten(path, 120));
  return {};
}

Status ContentWriter::MakeFolder(const std::string& path, std::stop_token stop) {
  Status made =
      CallPlain("/api/2.0/workspace/mkdirs", PathBody(path), "workspace/mkdirs", http::Effect::kIdempotent, stop);
  if (!made.ok()) return std::move(made).error().Within("create folder " + Shorten(path, 120));
  return {};
}

Status ContentWriter::MakeDbfsFolder(const std::string& path, std::stop_token stop) {
  Status made = CallPlain("/api/2.0/dbfs/mkdirs", PathBody(path), "dbfs", http::Effect::kIdempotent, stop);
  if (!made.ok()) return std::move(made).error().Within("create folder dbfs:" + Shorten(path, 120));
  return {};
}

Status ContentWriter::PutDbfs(const std::string& path, const Body& body, bool overwrite, std::stop_token stop) {
  const std::string where = "write dbfs:" + Shorten(path, 120);
  if (body.size() <= kDbfsPutBytes) {
    auto bytes = body.ReadAll(kDbfsPutBytes);
    if (!bytes.ok()) return std::move(bytes).error().Within(where);
    json::Writer json;
    json.BeginObject().Member("path", path).Member("contents", ToBase64(*bytes)).Member("overwrite", overwrite);
    Status put = CallPlain("/api/2.0/dbfs/put", json.EndObject().Take(), "dbfs", EffectOf(overwrite), stop);
    if (!put.ok()) return std::move(put).error().Within(where);
    return {};
  }
  for (int attempt = 1;; ++attempt) {
    bool created = false;
    Status put = PutDbfsBlocks(path, body, overwrite, created, stop);
    if (put.ok()) return put;
    const ErrorCode code = put.error().code();
    // A block whose answer was lost may be there or not, and a second one would be appended to it: only a new file is
    // sure. A handle that is gone has the same remedy. What we created ourselves may be replaced.
    overwrite = overwrite || created;
    const bool again = overwrite && (code == ErrorCode::kOutcomeUnknown || code == ErrorCode::kNotFound);
    if (!again || attempt >= kDbfsAttempts) return std::move(put).error().Within(where);
  }
}

Status ContentWriter::PutDbfsBlocks(const std::string& path, const Body& body, bool overwrite, bool& created,
                                    std::stop_token stop) {
  json::Writer create;
  create.BeginObject().Member("path", path).Member("overwrite", overwrite).EndObject();
  auto opened = client_.Post("/api/2.0/dbfs/create", create.Take(), "dbfs", EffectOf(overwrite), Answer::kNeeded, stop);
  if (!opened.ok()) return std::move(opened).error();
  created = true;
  const auto handle = opened->root()["handle"].AsInt64();
  if (!handle) return Error(ErrorCode::kOutcomeUnknown, "POST /api/2.0/dbfs/create: the answer has no handle");

  auto source = body.OpenSource();
  std::string block(kDbfsBlockBytes, '\0');
  while (true) {
    size_t filled = 0;
    while (filled < block.size()) {
      auto count = source->Read(block.data() + filled, block.size() - filled);
      if (!count.ok()) return std::move(count).error();
      if (*count == 0) break;
      filled += *count;
    }
    if (filled == 0) break;
    json::Writer add;
    add.BeginObject().Member("handle", *handle);
    add.Member("data", ToBase64(std::string_view(block).substr(0, filled))).EndObject();
    Status added = CallPlain("/api/2.0/dbfs/add-block", add.Take(), "dbfs", http::Effect::kOnce, stop);
    if (!added.ok()) return added;
  }
  json::Writer close;
  close.BeginObject().Member("handle", *handle).EndObject();
  return CallPlain("/api/2.0/dbfs/close", close.Take(), "dbfs", http::Effect::kOnce, stop);
}

Status ContentWriter::RemoveNode(const std::string& path, std::stop_token stop) {
  const std::string body =
      json::Writer().BeginObject().Member("path", path).Member("recursive", false).EndObject().Take();
  Status removed = CallPlain("/api/2.0/workspace/delete", body, "workspace", http::Effect::kIdempotent, stop);
  if (!removed.ok() && removed.error().code() == ErrorCode::kNotFound) return {};
  return removed;
}

Status ContentWriter::RemoveDbfs(const std::string& path, std::stop_token stop) {
  const std::string body =
      json::Writer().BeginObject().Member("path", path).Member("recursive", false).EndObject().Take();
  Status removed = CallPlain("/api/2.0/dbfs/delete", body, "dbfs", http::Effect::kIdempotent, stop);
  if (!removed.ok() && removed.error().code() == ErrorCode::kNotFound) return {};
  return removed;
}

Status ContentWriter::CallPlain(const std::string& path, std::string body, const std::string& family,
                                http::Effect effect, std::stop_token stop) {
  auto answer = client_.Post(path, std::move(body), family, effect, Answer::kMayBeEmpty, stop);
  if (!answer.ok()) return std::move(answer).error();
  return {};
}

}  // namespace dbxark::workspace
