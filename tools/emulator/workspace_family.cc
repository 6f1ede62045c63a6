#include "emulator/workspace_family.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "emulator/codec.h"

namespace emulator {
namespace {

std::unique_ptr<TreeNode> NewNode(int64_t id, std::string name, TreeNode* parent, std::string object_type) {
  auto node = std::make_unique<TreeNode>();
  node->id = id;
  node->name = std::move(name);
  node->parent = parent;
  node->object_type = std::move(object_type);
  return node;
}

constexpr std::pair<Fate, std::string_view> kFates[] = {{Fate::kGoneWhenShown, "gone when shown"},
                                                        {Fate::kGoneWhenRead, "gone when read"}};

size_t Count(const TreeNode& node) {
  size_t count = 1;
  for (const auto& [name, child] : node.children) count += Count(*child);
  return count;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> TreeVariants() {
  return {
      {"auto-extension-kept", "AUTO keeps the extension in the notebook's path"},
      {"crlf-normalised", "a SOURCE export has \\n where the import had \\r\\n"},
      {"direct-download-ignored", "an export with direct_download=true is JSON all the same"},
      {"directory-archive-without-top", "a directory archive's names start inside the folder"},
      {"download-content-type", "a direct download's Content-Type is that of its content, as application/json"},
      {"download-without-disposition", "a direct download has no Content-Disposition"},
      {"export-disabled", "exports answer 403: an administrator switched them off"},
      {"export-disabled-bad-request", "exports answer 400 BAD_REQUEST: an administrator switched them off"},
      {"export-limit-as-import",
       "an export over 10 MB answers MAX_NOTEBOOK_SIZE_EXCEEDED, 'File size imported is ...'"},
      {"export-limit-notebook-size",
       "an export over 10 MB answers MAX_NOTEBOOK_SIZE_EXCEEDED, 'Notebook size exceeded'"},
      {"export-source-rejects-files", "a file cannot be exported as SOURCE"},
      {"file-size-omitted", "files are shown without size"},
      {"git-folders-unmarked", "a Git folder is listed as any other DIRECTORY, as those of Git's command line"},
      {"import-file-limit-10mb", "workspace-files/import-file takes 10 MB, as import, and not 500 MB"},
      {"import-file-limit-200mb", "an older release: workspace-files/import-file takes 200 MB and not 500 MB"},
      {"import-limit-bad-request", "an import over 10 MB answers BAD_REQUEST"},
      {"jupyter-indented", "JUPYTER exports are indented and end in a newline"},
      {"magic-trailing-space", "an empty line of a magic cell is exported as '# MAGIC ' with a space"},
      {"notebook-times-omitted", "notebooks are shown without created_at and modified_at"},
      {"overwrite-new-id", "an import over an existing object gives it a new object_id"},
      {"protected-403", "deleting a root or home folder answers 403 PERMISSION_DENIED"},
      {"raw-as-auto", "an import as RAW makes notebooks of what looks like one, as AUTO does"},
      {"repos-protected-403", "a folder deeper under /Repos is refused with 403 and not 400"},
      {"separators-normalised", "a SOURCE export has exactly one empty line around each separator"},
      {"source-final-newline", "a SOURCE export always ends in one newline"},
      {"source-no-final-newline", "a SOURCE export never ends in a newline"},
      {"trash-hidden", "a home's Trash is not listed"},
      {"type-mismatch-exists", "an import over another type of object answers RESOURCE_ALREADY_EXISTS"},
      {"unreadable-403", "what a caller may not see answers 403 and not 404"},
      {"users-protected", "mkdirs cannot make a folder directly under /Users"},
      {"workspace-files-absent", "GET workspace-files/{path} is no endpoint"},
      {"workspace-files-limit-10mb", "GET workspace-files/{path} refuses more than 10 MB, as export does"},
  };
}

std::string TreeNode::Path() const {
  if (parent == nullptr) return "/";
  std::string path;
  for (const TreeNode* node = this; node->parent != nullptr; node = node->parent) path.insert(0, "/" + node->name);
  return path;
}

OpenNotebook::OpenNotebook(const TreeNode& node) : kept_(node.notebook.get()) {
  if (kept_ != nullptr) return;
  // The cells' ids are the same each time, too.
  uint64_t cell = 0;
  const NewNuid nuid = [&] {
    char text[37];
    std::snprintf(text, sizeof text, "%08x-0000-4000-8000-%012x", static_cast<unsigned>(++cell),
                  static_cast<unsigned>(node.written.seed));
    return std::string(text);
  };
  anew_ = std::make_unique<Notebook>(ParseSource(node.written.write(node.written.seed), node.Language(), nuid));
}

WorkspaceTree::Spelled WorkspaceTree::Parse(std::string_view path) {
  if (!path.starts_with('/')) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Path (" + std::string(path) + ") doesn't start with '/'"};
  }
  Spelled spelled{SplitPath(path), false};
  if (!spelled.parts.empty() && spelled.parts.front() == "Workspace") {
    spelled.parts.erase(spelled.parts.begin());
    // "//Workspace/x" comes back as "/x".
    spelled.workspace_prefix = !path.starts_with("//");
  }
  return spelled;
}

std::string WorkspaceTree::Spelled::Path() const {
  std::string path;
  for (const std::string& part : parts) path += "/" + part;
  return path.empty() ? "/" : path;
}

WorkspaceTree::WorkspaceTree(Emulator& emulator) : emulator_(emulator), root_(NewNode(0, "", nullptr, "DIRECTORY")) {
  for (const std::string& path :
       {std::string("/Repos"), std::string("/Shared"), "/Users/" + emulator.options().user_name}) {
    for (TreeNode* node = Mkdirs(path); node->parent != nullptr; node = node->parent) node->created_at = 0;
  }
}

TreeNode* WorkspaceTree::Walk(const std::vector<std::string>& parts) {
  TreeNode* node = root_.get();
  for (const std::string& part : parts) {
    const auto found = node->children.find(part);
    if (found == node->children.end()) return nullptr;
    node = found->second.get();
  }
  return node;
}

TreeNode* WorkspaceTree::ParentFor(const std::vector<std::string>& parts) {
  TreeNode* parent = parts.empty() ? nullptr : Walk({parts.begin(), parts.end() - 1});
  return parent != nullptr && parent->IsContainer() ? parent : nullptr;
}

TreeNode& WorkspaceTree::Add(TreeNode& parent, const std::string& name, std::string object_type) {
  auto node = NewNode(emulator_.NewNumber(), name, &parent, std::move(object_type));
  node->created_at = node->modified_at = emulator_.Now();
  return *(parent.children[name] = std::move(node));
}

TreeNode* WorkspaceTree::Mkdirs(std::string_view path) {
  TreeNode* node = root_.get();
  for (const std::string& part : Parse(path).parts) {
    const auto found = node->children.find(part);
    node = found != node->children.end() ? found->second.get() : &Add(*node, part, "DIRECTORY");
    if (!node->IsContainer()) {
      throw ApiError{400, "RESOURCE_ALREADY_EXISTS", "Path (" + node->Path() + ") already exists and is no directory."};
    }
  }
  return node;
}

TreeNode* WorkspaceTree::PutNode(std::string_view path, std::string_view object_type, const Json& fields,
                                 std::string bytes) {
  const Spelled spelled = Parse(path);
  if (spelled.parts.empty()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "the root is there already"};
  TreeNode* parent = Mkdirs(Spelled{{spelled.parts.begin(), spelled.parts.end() - 1}, false}.Path());
  TreeNode& node = Add(*parent, spelled.parts.back(), std::string(object_type));
  node.fields = fields;
  node.bytes = std::move(bytes);
  return &node;
}

TreeNode* WorkspaceTree::PutNotebook(std::string_view path, std::string_view language, std::string_view source_text) {
  TreeNode* node = PutNode(path, "NOTEBOOK");
  node->notebook = std::make_unique<Notebook>(ParseSource(source_text, std::string(language), Nuids()));
  return node;
}

TreeNode* WorkspaceTree::PutJupyter(std::string_view path, std::string_view ipynb_text) {
  auto notebook = std::make_unique<Notebook>(ParseJupyter(ipynb_text, Nuids()));
  TreeNode* node = PutNode(path, "NOTEBOOK");
  node->notebook = std::move(notebook);
  return node;
}

TreeNode* WorkspaceTree::PutWritten(std::string_view path, const WrittenNotebook& written) {
  TreeNode* node = PutNode(path, "NOTEBOOK");
  node->written = written;
  return node;
}

TreeNode* WorkspaceTree::PutFile(std::string_view path, std::string bytes) {
  return PutNode(path, "FILE", Json::object(), std::move(bytes));
}

TreeNode* WorkspaceTree::Find(std::string_view path) { return Walk(Parse(path).parts); }

bool WorkspaceTree::Remove(std::string_view path) {
  TreeNode* node = Find(path);
  if (node == nullptr || node->parent == nullptr) return false;
  Drop(*node);
  return true;
}

void WorkspaceTree::Drop(TreeNode& node) { node.parent->children.erase(std::string(node.name)); }

void WorkspaceTree::Deny(std::string_view path, int status) {
  TreeNode* node = Find(path);
  if (node == nullptr)
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "Path (" + std::string(path) + ") doesn't exist."};
  node->deny = status;
}

size_t WorkspaceTree::CountNodes() const { return Count(*root_) - 1; }

NewNuid WorkspaceTree::Nuids() {
  return [this] { return emulator_.NewUuid(); };
}

SourceStyle WorkspaceTree::Style() const {
  SourceStyle style;
  style.final_newline = emulator_.Has("source-final-newline");
  style.no_final_newline = emulator_.Has("source-no-final-newline");
  style.crlf_normalised = emulator_.Has("crlf-normalised");
  style.magic_trailing_space = emulator_.Has("magic-trailing-space");
  style.separators_normalised = emulator_.Has("separators-normalised");
  return style;
}

bool WorkspaceTree::MaySee(const Context& context, const TreeNode& node) const {
  if (context.caller.admin) return true;
  const std::vector<std::string> parts = SplitPath(node.Path());
  if (parts.empty() || parts[0] == "Shared") return true;
  if (parts[0] != "Users" && parts[0] != "Repos") return false;
  return parts.size() == 1 || parts[1] == context.caller.user_name;
}

void WorkspaceTree::RequireWrite(const Context& context, const std::vector<std::string>& parts) const {
  if (context.caller.admin) return;
  const bool shared = !parts.empty() && parts[0] == "Shared";
  const bool own =
      parts.size() > 1 && (parts[0] == "Users" || parts[0] == "Repos") && parts[1] == context.caller.user_name;
  if (shared || own) return;
  throw ApiError{403, "PERMISSION_DENIED",
                 context.caller.user_name + " does not have Manage permissions on " + Spelled{parts, false}.Path()};
}

TreeNode& WorkspaceTree::Reach(const Context& context, const Spelled& spelled, std::string_view path) {
  TreeNode* node = Walk(spelled.parts);
  const bool there = node != nullptr && emulator_.Visible(node->created_at);
  if (there && !MaySee(context, *node) && emulator_.Has("unreadable-403")) {
    throw ApiError{403, "PERMISSION_DENIED",
                   context.caller.user_name + " does not have View permissions on " + node->Path()};
  }
  if (!there || !MaySee(context, *node)) {
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "Path (" + std::string(path) + ") doesn't exist."};
  }
  return *node;
}

Json WorkspaceTree::Info(const TreeNode& node, bool workspace_prefix) const {
  const std::string path = node.Path();
  Json info = Json::object();
  if (!node.object_type.empty()) info["object_type"] = node.object_type;
  info["path"] = !workspace_prefix ? path : path == "/" ? "/Workspace" : "/Workspace" + path;
  if (node.IsNotebook()) info["language"] = node.Language();
  const bool times = node.object_type == "FILE" || (node.IsNotebook() && !emulator_.Has("notebook-times-omitted"));
  if (times) info.update({{"created_at", node.created_at}, {"modified_at", node.modified_at}});
  info["object_id"] = node.id;
  info["resource_id"] = std::to_string(node.id);
  if (node.object_type == "FILE" && !node.bytes.empty() && !emulator_.Has("file-size-omitted")) {
    info["size"] = node.bytes.size();
  }
  for (const auto& [name, value] : node.fields.items()) {
    if (name != "git_info") info[name] = value;
  }
  if (emulator_.Has("git-folders-unmarked")) {
    if (node.object_type == "REPO") info["object_type"] = "DIRECTORY";
    info.erase("directory_info");
  }
  return info;
}

Json WorkspaceTree::SaveNode(const TreeNode& node) const {
  Json saved{{"name", node.name},
             {"id", node.id},
             {"type", node.object_type},
             {"created_at", node.created_at},
             {"modified_at", node.modified_at}};
  if (!node.fields.empty()) saved["fields"] = node.fields;
  if (node.deny != 0) saved["deny"] = node.deny;
  for (const auto& [fate, word] : kFates) {
    if (node.fate == fate) saved["fate"] = word;
  }
  if (node.IsNotebook()) saved["notebook"] = SaveNotebook(*OpenNotebook(node));
  if (!node.bytes.empty()) saved["bytes"] = Base64Encode(node.bytes);
  if (node.IsContainer()) {
    Json& children = saved["children"] = Json::array();
    for (const auto& [name, child] : node.children) children.push_back(SaveNode(*child));
  }
  return saved;
}

std::unique_ptr<TreeNode> WorkspaceTree::LoadNode(const Json& saved, TreeNode* parent) const {
  auto node = NewNode(saved.at("id").get<int64_t>(), saved.at("name").get<std::string>(), parent, saved.at("type"));
  node->created_at = saved.value("created_at", int64_t{0});
  node->modified_at = saved.value("modified_at", int64_t{0});
  node->fields = saved.value("fields", Json::object());
  node->deny = saved.value("deny", 0);
  for (const auto& [fate, word] : kFates) {
    if (saved.value("fate", "") == word) node->fate = fate;
  }
  if (saved.contains("notebook")) node->notebook = std::make_unique<Notebook>(LoadNotebook(saved["notebook"]));
  node->bytes = Base64Decode(saved.value("bytes", "")).value_or("");
  for (const Json& child : saved.value("children", Json::array())) {
    auto loaded = LoadNode(child, node.get());
    node->children[loaded->name] = std::move(loaded);
  }
  return node;
}

Json WorkspaceTree::Save() const { return SaveNode(*root_); }
void WorkspaceTree::Load(const Json& state) { root_ = LoadNode(state, nullptr); }

}  // namespace emulator
