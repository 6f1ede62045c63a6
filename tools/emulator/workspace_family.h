// The workspace tree: directories, notebooks, files and whatever else has a path.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/notebook.h"

namespace emulator {

// When a node ends by itself, as where somebody else deletes it meanwhile; what is below goes with it.
enum class Fate {
  kStays,
  kGoneWhenShown,  // the first list or get-status that shows it is the last request that finds it
  kGoneWhenRead,   // a folder after its first listing; a notebook or file in the middle of its first export
};

// A notebook that is not kept but written anew for each read, as the large sample's are: a million of them need no
// memory.
struct WrittenNotebook {
  const char* language = nullptr;                 // nullptr: this is none
  std::string (*write)(uint64_t seed) = nullptr;  // its SOURCE text, the same each time
  uint64_t seed = 0;
};

struct TreeNode {
  int64_t id = 0;
  std::string name;  // the last component; empty for the root
  TreeNode* parent = nullptr;
  std::string object_type;  // DIRECTORY, REPO, NOTEBOOK, FILE, LIBRARY, DASHBOARD, MLFLOW_EXPERIMENT, ...
  Json fields;              // more members of its ObjectInfo; "git_info" is shown only when asked for
  std::map<std::string, std::unique_ptr<TreeNode>> children;
  std::unique_ptr<Notebook> notebook;  // a notebook has either this or `written`
  WrittenNotebook written;
  std::string bytes;  // of a FILE, and the text of a DASHBOARD
  int64_t created_at = 0;
  int64_t modified_at = 0;
  int deny = 0;  // the status with which its content (a directory's listing, an export) is refused to everybody
  Fate fate = Fate::kStays;

  bool IsContainer() const { return object_type == "DIRECTORY" || object_type == "REPO"; }
  bool IsNotebook() const { return notebook != nullptr || written.language != nullptr; }
  std::string Language() const { return notebook ? notebook->language : written.language; }  // of a notebook
  bool FromJupyter() const { return notebook && notebook->from_jupyter; }
  std::string Path() const;  // without the /Workspace prefix
};

// A node's notebook, for reading: the one that it keeps, or one written for the occasion. The node outlives it.
class OpenNotebook {
 public:
  explicit OpenNotebook(const TreeNode& node);
  const Notebook& operator*() const { return anew_ ? *anew_ : *kept_; }
  const Notebook* operator->() const { return &**this; }

 private:
  const Notebook* kept_;
  std::unique_ptr<Notebook> anew_;
};

class WorkspaceTree : public Family {
 public:
  explicit WorkspaceTree(Emulator& emulator);

  std::string name() const override { return "workspace"; }
  void AddRoutes(std::vector<Route>& routes) override;
  Json Save() const override;
  void Load(const Json& state) override;

  // For the sample, --import-dir and tests; parents are made, what is there is replaced. The state is to be locked or
  // nobody else there. Pointers hold until the node is deleted.
  TreeNode* Mkdirs(std::string_view path);
  TreeNode* PutNotebook(std::string_view path, std::string_view language, std::string_view source_text);
  TreeNode* PutJupyter(std::string_view path, std::string_view ipynb_text);
  TreeNode* PutWritten(std::string_view path, const WrittenNotebook& written);
  TreeNode* PutFile(std::string_view path, std::string bytes);
  // Any kind: LIBRARY, DASHBOARD (its `bytes` are the exported text), REPO, MLFLOW_EXPERIMENT, or a DIRECTORY with
  // {"directory_info":{"is_git_folder":true}}.
  TreeNode* PutNode(std::string_view path, std::string_view object_type, const Json& fields = Json::object(),
                    std::string bytes = {});
  // The listing or export of `path` answers this status (403 or 404) from now on, 0 for as it should be.
  void Deny(std::string_view path, int status);
  // nullptr where there is nothing.
  TreeNode* Find(std::string_view path);
  bool Remove(std::string_view path);
  size_t CountNodes() const;

  // Names for paths as callers spell them.
  struct Spelled {
    std::vector<std::string> parts;
    bool workspace_prefix = false;  // answers echo it
    std::string Path() const;       // without the prefix
  };
  static Spelled Parse(std::string_view path);

 private:
  Response List(Context& context);
  Response GetStatus(Context& context);
  Response MkdirsRoute(Context& context);
  Response Delete(Context& context);
  Response Export(Context& context);
  Response Import(Context& context);
  Response ImportFile(Context& context);
  Response GetFile(Context& context);

  TreeNode* Walk(const std::vector<std::string>& parts);
  TreeNode* ParentFor(const std::vector<std::string>& parts);
  TreeNode& Add(TreeNode& parent, const std::string& name, std::string object_type);
  // The node for a request: exists, visible to the caller and for long enough; else 404 as the service words it.
  TreeNode& Reach(const Context& context, const Spelled& spelled, std::string_view path);
  bool MaySee(const Context& context, const TreeNode& node) const;
  void RequireWrite(const Context& context, const std::vector<std::string>& parts) const;
  Json Info(const TreeNode& node, bool workspace_prefix) const;
  void Drop(TreeNode& node);
  // An answer with the node's content: all of it, or, where the node goes meanwhile, its first half.
  Response Deliver(TreeNode& node, Response response);
  SourceStyle Style() const;
  NewNuid Nuids();

  struct Exported {
    std::string bytes, file_type, file_name;
  };
  Exported ExportNode(const TreeNode& node, const std::string& format, const std::string& outputs);
  Exported ExportNotebook(const TreeNode& node, const std::string& format, bool outputs);
  std::string ExportDirectory(const TreeNode& node, const std::string& format);
  void CheckExportSize(const Exported& exported) const;

  struct Incoming {
    std::string path, format, language, content;
    bool overwrite = false;
  };
  void ImportOne(const Context& context, Incoming incoming);
  void ImportArchive(const Context& context, const Incoming& incoming);
  void Place(const std::vector<std::string>& parts, const std::string& object_type, bool overwrite,
             std::unique_ptr<Notebook> notebook, std::string bytes);

  Json SaveNode(const TreeNode& node) const;
  std::unique_ptr<TreeNode> LoadNode(const Json& saved, TreeNode* parent) const;

  Emulator& emulator_;
  std::unique_ptr<TreeNode> root_;
};

std::vector<std::pair<std::string, std::string>> TreeVariants();

}  // namespace emulator
