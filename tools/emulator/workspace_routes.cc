// The tree's endpoints apart from export and import.
#include <algorithm>
#include <utility>

#include "emulator/workspace_family.h"

namespace emulator {
namespace {

[[noreturn]] void RefuseDenied(const TreeNode& node) {
  if (node.deny == 404) throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "Path (" + node.Path() + ") doesn't exist."};
  throw ApiError{node.deny, "PERMISSION_DENIED", "You do not have View permissions on " + node.Path()};
}

bool IsProtected(const std::vector<std::string>& parts) {
  if (parts.empty()) return true;
  if (parts.size() == 1) return parts[0] == "Users" || parts[0] == "Shared" || parts[0] == "Repos";
  return parts.size() == 2 && parts[0] == "Users";
}

}  // namespace

void WorkspaceTree::AddRoutes(std::vector<Route>& routes) {
  const auto add = [&](const char* method, const char* path, const char* family,
                       Response (WorkspaceTree::*route)(Context&), bool raw = false) {
    routes.push_back({method, path, family, [this, route](Context& context) { return (this->*route)(context); }, raw});
  };
  add("GET", "/api/2.0/workspace/list", "workspace/list", &WorkspaceTree::List);
  add("GET", "/api/2.0/workspace/get-status", "workspace/get-status", &WorkspaceTree::GetStatus);
  add("GET", "/api/2.0/workspace/export", "workspace/export", &WorkspaceTree::Export);
  add("POST", "/api/2.0/workspace/import", "workspace/import", &WorkspaceTree::Import);
  add("POST", "/api/2.0/workspace/mkdirs", "workspace/mkdirs", &WorkspaceTree::MkdirsRoute);
  add("POST", "/api/2.0/workspace/delete", "workspace/delete", &WorkspaceTree::Delete);
  add("POST", "/api/2.0/workspace-files/import-file/{*}", "workspace/import", &WorkspaceTree::ImportFile, true);
  add("GET", "/api/2.0/workspace-files/{*}", "workspace/export", &WorkspaceTree::GetFile);
}

Response WorkspaceTree::List(Context& context) {
  const std::string path = context.RequiredText("path");
  const Spelled spelled = Parse(path);
  const int64_t modified_after = context.Integer("notebooks_modified_after", 0);
  TreeNode& node = Reach(context, spelled, path);
  if (node.deny != 0) RefuseDenied(node);
  std::vector<TreeNode*> shown;
  if (!node.IsContainer()) shown.push_back(&node);
  const bool home = node.parent != nullptr && node.parent->Path() == "/Users";
  for (const auto& [name, child] : node.children) {
    if (home && name == "Trash" && emulator_.Has("trash-hidden")) continue;
    const bool old = child->IsNotebook() && child->modified_at < modified_after;
    if (!old && MaySee(context, *child) && emulator_.Visible(child->created_at)) shown.push_back(child.get());
  }
  // The order is not defined; that of the ids is not that of the names.
  std::sort(shown.begin(), shown.end(), [](TreeNode* a, TreeNode* b) { return a->id < b->id; });
  Json answer = Json::object();
  for (const TreeNode* child : shown) answer["objects"].push_back(Info(*child, spelled.workspace_prefix));
  const bool over = node.IsContainer() && node.fate == Fate::kGoneWhenRead;
  if (over) Drop(node);
  for (TreeNode* child : shown) {
    if (!over && child->fate == Fate::kGoneWhenShown) Drop(*child);
  }
  return JsonResponse(answer);
}

Response WorkspaceTree::GetStatus(Context& context) {
  const std::string path = context.RequiredText("path");
  const Spelled spelled = Parse(path);
  TreeNode& node = Reach(context, spelled, path);
  Json info = Info(node, spelled.workspace_prefix);
  if (node.IsNotebook() && context.Boolean("return_export_info", false)) {
    info["repos_export_format"] = node.FromJupyter() ? "JUPYTER" : "SOURCE";
  }
  if (context.Boolean("return_git_info", false)) {
    for (const TreeNode* at = &node; at != nullptr; at = at->parent) {
      if (!at->fields.contains("git_info")) continue;
      info["git_info"] = at->fields["git_info"];
      info["git_info"].update({{"id", at->id}, {"path", at->Path()}});
      break;
    }
  }
  if (node.fate == Fate::kGoneWhenShown) Drop(node);
  return JsonResponse(info);
}

Response WorkspaceTree::MkdirsRoute(Context& context) {
  const std::string path = context.RequiredText("path");
  const Spelled spelled = Parse(path);
  const auto& parts = spelled.parts;
  if (Walk(parts) == nullptr) {
    RequireWrite(context, parts);
    if (parts[0] == "Repos" && parts.size() > 2) {
      const TreeNode* repo = Walk({parts.begin(), parts.begin() + 3});
      if (repo == nullptr || parts.size() == 3) {
        const std::string message = "Folders can be made one level below /Repos only: " + spelled.Path();
        if (emulator_.Has("repos-protected-403")) throw ApiError{403, "PERMISSION_DENIED", message};
        throw ApiError{400, "BAD_REQUEST", message};
      }
    }
    if (parts[0] == "Users" && parts.size() > 1 && emulator_.Has("users-protected") && !Walk({parts[0], parts[1]})) {
      throw ApiError{400, "DIRECTORY_PROTECTED", "Folder Users is protected"};
    }
  }
  Mkdirs(spelled.Path());
  return JsonResponse(Json::object());
}

Response WorkspaceTree::Delete(Context& context) {
  const std::string path = context.RequiredText("path");
  const Spelled spelled = Parse(path);
  const TreeNode& node = Reach(context, spelled, path);
  RequireWrite(context, spelled.parts);
  if (IsProtected(spelled.parts)) {
    const std::string folder = node.name.empty() ? "/" : node.name;
    if (emulator_.Has("protected-403")) throw ApiError{403, "PERMISSION_DENIED", "Folder " + folder + " is protected"};
    throw ApiError{400, "DIRECTORY_PROTECTED", "Folder " + folder + " is protected"};
  }
  if (!node.children.empty() && !context.Boolean("recursive", false)) {
    throw ApiError{400, "DIRECTORY_NOT_EMPTY", "Folder (" + path + ") is not empty"};
  }
  Remove(spelled.Path());
  return JsonResponse(Json::object());
}

}  // namespace emulator
