#include "emulator/dbfs_family.h"

#include <algorithm>
#include <utility>

#include "emulator/codec.h"

namespace emulator {
namespace {

constexpr int64_t kMaxBlock = 1'048'576;
constexpr int64_t kDefaultRead = 524'288;
constexpr int64_t kHandleIdleMs = 10 * 60 * 1000;
constexpr size_t kDeletedAtOnce = 100;  // before a partial delete gives up

std::string Join(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += "/" + part;
  return path.empty() ? "/" : path;
}

[[noreturn]] void RefuseMissing(const std::string& path) {
  throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "No file or directory exists on path " + path + "."};
}

std::string DecodeBlock(const Context& context, std::string_view field, bool limited) {
  const auto bytes = Base64Decode(context.Text(field));
  if (!bytes) {
    throw ApiError{400, "MALFORMED_REQUEST",
                   "Could not parse request object: " + std::string(field) + " is not base64"};
  }
  if (limited && static_cast<int64_t>(bytes->size()) > kMaxBlock) {
    throw ApiError{400, "MAX_BLOCK_SIZE_EXCEEDED",
                   "The size of the block is " + std::to_string(bytes->size()) + ", over the limit of 1048576 bytes."};
  }
  return *bytes;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> DbfsVariants() {
  return {
      {"dbfs-delete-partial", "a recursive delete of more than 100 entries answers 503 after the first 100"},
      {"dbfs-disabled", "the DBFS root is switched off: every call answers 403"},
      {"dbfs-not-empty-bad-request", "deleting a folder that is not empty answers BAD_REQUEST and not IO_ERROR"},
      {"dbfs-visible-at-create", "a file is there, empty, from create on and not from close on"},
  };
}

Dbfs::Dbfs(Emulator& emulator) : emulator_(emulator), root_(std::make_unique<Node>()) {}

void Dbfs::AddRoutes(std::vector<Route>& routes) {
  const auto add = [&](const char* method, const char* path, Response (Dbfs::*route)(Context&)) {
    routes.push_back({method, path, "dbfs", [this, route](Context& context) {
                        if (emulator_.Has("dbfs-disabled")) {
                          throw ApiError{403, "PERMISSION_DENIED", "Public DBFS root is disabled. Access is denied."};
                        }
                        return (this->*route)(context);
                      }});
  };
  add("GET", "/api/2.0/dbfs/list", &Dbfs::List);
  add("GET", "/api/2.0/dbfs/get-status", &Dbfs::GetStatus);
  add("GET", "/api/2.0/dbfs/read", &Dbfs::Read);
  add("POST", "/api/2.0/dbfs/create", &Dbfs::Create);
  add("POST", "/api/2.0/dbfs/add-block", &Dbfs::AddBlock);
  add("POST", "/api/2.0/dbfs/close", &Dbfs::Close);
  add("POST", "/api/2.0/dbfs/put", &Dbfs::Put);
  add("POST", "/api/2.0/dbfs/mkdirs", &Dbfs::MkdirsRoute);
  add("POST", "/api/2.0/dbfs/delete", &Dbfs::Delete);
  add("POST", "/api/2.0/dbfs/move", &Dbfs::Move);
}

Dbfs::Parts Dbfs::Parse(const Context& context, std::string_view field) const {
  std::string path = context.RequiredText(field);
  if (path.starts_with("dbfs:/")) path.erase(0, 5);  // as the vendor's legacy command line spells it
  if (!path.starts_with('/')) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Path must be absolute: " + path};
  }
  return SplitPath(path);
}

const Dbfs::Node* Dbfs::Walk(const Parts& parts) const {
  const Node* node = root_.get();
  for (const std::string& part : parts) {
    const auto found = node->children.find(part);
    if (found == node->children.end()) return nullptr;
    node = found->second.get();
  }
  return node;
}

Dbfs::Node& Dbfs::Directory(const Parts& parts, size_t count) {
  Node* node = root_.get();
  for (size_t i = 0; i < count; ++i) {
    std::unique_ptr<Node>& child = node->children[parts[i]];
    if (!child) {
      child = std::make_unique<Node>();
      child->modified_at = emulator_.Now();
    }
    if (!child->is_dir) {
      throw ApiError{400, "RESOURCE_ALREADY_EXISTS",
                     "A file exists at " + Join({parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(i) + 1})};
    }
    node = child.get();
  }
  return *node;
}

Dbfs::Node& Dbfs::Reach(const Parts& parts) {
  Node* node = Walk(parts);
  if (node == nullptr || (!node->is_dir && !emulator_.Visible(node->modified_at))) RefuseMissing(Join(parts));
  return *node;
}

void Dbfs::Store(const Parts& parts, std::string bytes, int64_t now_ms) {
  if (parts.empty()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "The root is a directory."};
  std::unique_ptr<Node>& node = Directory(parts, parts.size() - 1).children[parts.back()];
  node = std::make_unique<Node>();
  node->is_dir = false;
  node->bytes = std::move(bytes);
  node->modified_at = now_ms;
}

void Dbfs::RefuseExisting(const Parts& parts, bool overwrite) const {
  const Node* node = Walk(parts);
  if (node == nullptr || (overwrite && !node->is_dir)) return;
  throw ApiError{400, "RESOURCE_ALREADY_EXISTS",
                 "A " + std::string(node->is_dir ? "directory" : "file") + " exists on path " + Join(parts) + "."};
}

Json Dbfs::Info(const std::string& path, const Node& node) const {
  return {{"path", path},
          {"is_dir", node.is_dir},
          {"file_size", node.bytes.size()},
          {"modification_time", node.is_dir ? 0 : node.modified_at}};
}

Response Dbfs::List(Context& context) {
  const Parts parts = Parse(context, "path");
  const Node& node = Reach(parts);
  Json answer = Json::object();
  if (!node.is_dir) answer["files"].push_back(Info(Join(parts), node));
  const std::string prefix = parts.empty() ? "/" : Join(parts) + "/";
  for (const auto& [name, child] : node.children) {
    if (child->is_dir || emulator_.Visible(child->modified_at)) answer["files"].push_back(Info(prefix + name, *child));
  }
  return JsonResponse(answer);
}

Response Dbfs::GetStatus(Context& context) {
  const Parts parts = Parse(context, "path");
  return JsonResponse(Info(Join(parts), Reach(parts)));
}

Response Dbfs::Read(Context& context) {
  const Parts parts = Parse(context, "path");
  const int64_t offset = context.Integer("offset", 0), length = context.Integer("length", kDefaultRead);
  if (offset < 0 || length < 0) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "offset and length may not be negative"};
  }
  if (length > kMaxBlock) {
    throw ApiError{400, "MAX_READ_SIZE_EXCEEDED", "The length of a read may not exceed 1048576 bytes."};
  }
  Node& node = Reach(parts);
  if (node.is_dir) throw ApiError{400, "INVALID_PARAMETER_VALUE", "Cannot read a directory: " + Join(parts)};
  const std::string_view bytes = node.bytes;
  const std::string_view read =
      bytes.substr(std::min(bytes.size(), static_cast<size_t>(offset)), static_cast<size_t>(length));
  // As JSON would write it; base64 needs no looking for what to escape.
  Response response;
  response.body = "{\"bytes_read\":" + std::to_string(read.size()) + ",\"data\":\"" + Base64Encode(read) + "\"}";
  if (node.growing_reads != 0) {
    node.bytes.append(static_cast<size_t>(node.grows_by), '+');
    node.modified_at = context.now_ms;
    if (node.growing_reads > 0) --node.growing_reads;
  }
  return response;
}

Response Dbfs::Create(Context& context) {
  Upload upload{Parse(context, "path"), {}, context.Boolean("overwrite", false), context.now_ms};
  RefuseExisting(upload.parts, upload.overwrite);
  if (upload.parts.empty()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "The root is a directory."};
  Directory(upload.parts, upload.parts.size() - 1);
  if (emulator_.Has("dbfs-visible-at-create")) Store(upload.parts, {}, context.now_ms);
  const int64_t handle = emulator_.NewNumber();
  uploads_[handle] = std::move(upload);
  return JsonResponse({{"handle", handle}});
}

Dbfs::Upload& Dbfs::Open(Context& context) {
  context.RequiredText("handle");
  const int64_t handle = context.Integer("handle", 0);
  const auto found = uploads_.find(handle);
  if (found == uploads_.end()) {
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "No file handle exists: " + std::to_string(handle)};
  }
  found->second.last_used = context.now_ms;
  return found->second;
}

Response Dbfs::AddBlock(Context& context) {
  Upload& upload = Open(context);
  upload.bytes += DecodeBlock(context, "data", true);
  return JsonResponse(Json::object());
}

Response Dbfs::Close(Context& context) {
  Upload upload = std::move(Open(context));
  uploads_.erase(context.Integer("handle", 0));
  // Somebody else's file may have come there in the meantime.
  RefuseExisting(upload.parts, upload.overwrite || emulator_.Has("dbfs-visible-at-create"));
  Store(upload.parts, std::move(upload.bytes), context.now_ms);
  return JsonResponse(Json::object());
}

Response Dbfs::Put(Context& context) {
  const Parts parts = Parse(context, "path");
  const Part* part = nullptr;
  for (const Part& candidate : context.request.parts) {
    // The reference calls the part `contents`, the vendor's legacy command line sends `file`.
    if (candidate.name == "contents" || candidate.name == "file") part = &candidate;
  }
  RefuseExisting(parts, context.Boolean("overwrite", false));
  Store(parts, part != nullptr ? part->content : DecodeBlock(context, "contents", true), context.now_ms);
  return JsonResponse(Json::object());
}

Response Dbfs::MkdirsRoute(Context& context) {
  const Parts parts = Parse(context, "path");
  Directory(parts, parts.size());
  return JsonResponse(Json::object());
}

Response Dbfs::Delete(Context& context) {
  const Parts parts = Parse(context, "path");
  Node* node = Walk(parts);
  if (node == nullptr) return JsonResponse(Json::object());
  if (parts.empty()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "The root cannot be deleted."};
  if (!node->children.empty() && !context.Boolean("recursive", false)) {
    throw ApiError{400, emulator_.Has("dbfs-not-empty-bad-request") ? "BAD_REQUEST" : "IO_ERROR",
                   "Directory is not empty. Use recursive mode to delete: " + Join(parts)};
  }
  if (emulator_.Has("dbfs-delete-partial") && node->children.size() > kDeletedAtOnce) {
    for (size_t i = 0; i < kDeletedAtOnce; ++i) node->children.erase(node->children.begin());
    throw ApiError{503, "PARTIAL_DELETE", "The requested operation has deleted a part of the files. Call it again."};
  }
  Directory(parts, parts.size() - 1).children.erase(parts.back());
  return JsonResponse(Json::object());
}

Response Dbfs::Move(Context& context) {
  const Parts source = Parse(context, "source_path"), destination = Parse(context, "destination_path");
  Reach(source);
  if (source.empty()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "The root cannot be moved."};
  Parts target = destination;
  // Into an existing folder a move keeps the name.
  if (const Node* there = Walk(target); there != nullptr && there->is_dir) target.push_back(source.back());
  RefuseExisting(target, false);
  const bool inside = target.size() > source.size() && std::equal(source.begin(), source.end(), target.begin());
  if (inside) throw ApiError{400, "INVALID_PARAMETER_VALUE", "A directory cannot be moved into itself."};
  auto& siblings = Directory(source, source.size() - 1).children;
  std::unique_ptr<Node> node = std::move(siblings.at(source.back()));
  siblings.erase(source.back());
  Directory(target, target.size() - 1).children[target.back()] = std::move(node);
  return JsonResponse(Json::object());
}

void Dbfs::Tick(int64_t now_ms) {
  std::erase_if(uploads_, [&](const auto& upload) { return now_ms - upload.second.last_used > kHandleIdleMs; });
}

void Dbfs::PutFile(std::string_view path, std::string bytes) {
  Store(SplitPath(path), std::move(bytes), emulator_.Now());
}

void Dbfs::Mkdirs(std::string_view path) {
  const Parts parts = SplitPath(path);
  Directory(parts, parts.size());
}

void Dbfs::Grow(std::string_view path, int64_t bytes, int64_t reads) {
  Node* node = Walk(SplitPath(path));
  if (node == nullptr || node->is_dir) throw ApiError{404, "", "no file to grow: " + std::string(path)};
  node->grows_by = bytes;
  node->growing_reads = reads;
}

const std::string* Dbfs::File(std::string_view path) const {
  const Node* node = Walk(SplitPath(path));
  return node == nullptr || node->is_dir ? nullptr : &node->bytes;
}

bool Dbfs::Exists(std::string_view path) const { return Walk(SplitPath(path)) != nullptr; }

Json Dbfs::SaveNode(const Node& node) const {
  Json saved{{"modified_at", node.modified_at}};
  if (!node.is_dir) {
    saved["bytes"] = Base64Encode(node.bytes);
    if (node.growing_reads != 0) saved.update({{"grows_by", node.grows_by}, {"growing_reads", node.growing_reads}});
    return saved;
  }
  Json& children = saved["children"] = Json::object();
  for (const auto& [name, child] : node.children) children[name] = SaveNode(*child);
  return saved;
}

std::unique_ptr<Dbfs::Node> Dbfs::LoadNode(const Json& saved) {
  auto node = std::make_unique<Node>();
  node->modified_at = saved.value("modified_at", int64_t{0});
  node->is_dir = !saved.contains("bytes");
  if (!node->is_dir) {
    node->bytes = Base64Decode(saved["bytes"].get_ref<const std::string&>()).value_or("");
    node->grows_by = saved.value("grows_by", int64_t{0});
    node->growing_reads = saved.value("growing_reads", int64_t{0});
    return node;
  }
  for (const auto& [name, child] : saved.at("children").items()) node->children[name] = LoadNode(child);
  return node;
}

Json Dbfs::Save() const {
  Json uploads = Json::array();
  for (const auto& [handle, upload] : uploads_) {
    uploads.push_back({{"handle", handle},
                       {"path", Join(upload.parts)},
                       {"bytes", Base64Encode(upload.bytes)},
                       {"overwrite", upload.overwrite},
                       {"last_used", upload.last_used}});
  }
  return {{"root", SaveNode(*root_)}, {"uploads", std::move(uploads)}};
}

void Dbfs::Load(const Json& state) {
  root_ = LoadNode(state.at("root"));
  uploads_.clear();
  for (const Json& saved : state.value("uploads", Json::array())) {
    uploads_[saved.at("handle").get<int64_t>()] = {
        SplitPath(saved.value("path", "")), Base64Decode(saved.value("bytes", "")).value_or(""),
        saved.value("overwrite", false), saved.value("last_used", int64_t{0})};
  }
}

}  // namespace emulator
