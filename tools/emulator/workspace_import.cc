// Import in every format, as JSON, multipart/form-data, archive or raw file.
#include <algorithm>
#include <utility>

#include "emulator/codec.h"
#include "emulator/workspace_family.h"
#include "emulator/zip.h"

namespace emulator {
namespace {

constexpr size_t kMaxImport = 10'485'760;
constexpr size_t kMaxWorkspaceFile = size_t{500} * 1024 * 1024;
constexpr size_t kMaxOldWorkspaceFile = size_t{200} * 1024 * 1024;

// "/a/b.py" -> "py"; empty where the last component has none.
std::string Extension(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : ToLower(name.substr(dot + 1));
}

std::string WithoutExtension(std::string_view path) { return std::string(path.substr(0, path.rfind('.'))); }

// The folder that all names start with, with its slash; an archive of one folder unpacks at the import's path itself.
std::string SharedTop(const std::vector<ZipEntry>& entries) {
  const size_t slash = entries.empty() ? std::string::npos : entries.front().name.find('/');
  if (slash == std::string::npos) return {};
  const std::string top = entries.front().name.substr(0, slash + 1);
  for (const ZipEntry& entry : entries) {
    if (!entry.name.starts_with(top)) return {};
  }
  return top;
}

// The language of "x.py", "x.python", and empty for a name of no notebook.
std::string LanguageOfEntry(const std::string& name) { return LanguageOf(Extension(name)); }

std::string JsonContent(const Context& context) {
  const auto content = Base64Decode(context.Text("content"));
  if (!content) throw ApiError{400, "MALFORMED_REQUEST", "Could not parse request object: content is not base64"};
  return *content;
}

}  // namespace

void WorkspaceTree::Place(const std::vector<std::string>& parts, const std::string& object_type, bool overwrite,
                          std::unique_ptr<Notebook> notebook, std::string bytes) {
  const std::string path = Spelled{parts, false}.Path();
  TreeNode* parent = ParentFor(parts);
  if (parent == nullptr) {
    const std::string missing = parts.empty() ? "/" : Spelled{{parts.begin(), parts.end() - 1}, false}.Path();
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "The parent folder (" + missing + ") does not exist."};
  }
  TreeNode* node = Walk(parts);
  if (node != nullptr && !overwrite) {
    throw ApiError{400, "RESOURCE_ALREADY_EXISTS", "Path (" + path + ") already exists."};
  }
  if (node != nullptr && node->object_type != object_type) {
    throw ApiError{400, emulator_.Has("type-mismatch-exists") ? "RESOURCE_ALREADY_EXISTS" : "INVALID_PARAMETER_VALUE",
                   "Cannot overwrite the asset at " + path + " due to type mismatch (asked: " + object_type +
                       ", actual: " + node->object_type + ")"};
  }
  if (node == nullptr) node = &Add(*parent, parts.back(), object_type);
  if (overwrite && emulator_.Has("overwrite-new-id")) node->id = emulator_.NewNumber();
  node->modified_at = emulator_.Now();
  node->notebook = std::move(notebook);
  node->written = {};
  node->bytes = std::move(bytes);
}

void WorkspaceTree::ImportArchive(const Context& context, const Incoming& incoming) {
  const std::vector<ZipEntry> entries = ReadZip(incoming.content);
  const std::vector<std::string> target = Parse(incoming.path).parts;
  const bool dbc = incoming.format == "DBC";
  const auto place = [&](const std::vector<std::string>& parts, const ZipEntry& entry) {
    const std::string language = LanguageOfEntry(entry.name);
    auto notebook =
        std::make_unique<Notebook>(dbc                                ? ParseDbcEntry(entry.bytes, Nuids())
                                   : Extension(entry.name) == "ipynb" ? ParseJupyter(entry.bytes, Nuids())
                                                                      : ParseSource(entry.bytes, language, Nuids()));
    Place(parts, "NOTEBOOK", incoming.overwrite, std::move(notebook), {});
  };
  RequireWrite(context, target);
  if (TreeNode* there = Walk(target); there != nullptr && !incoming.overwrite) {
    throw ApiError{400, "RESOURCE_ALREADY_EXISTS", "Path (" + incoming.path + ") already exists."};
  }
  if (ParentFor(target) == nullptr) {
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "The parent folder of " + incoming.path + " does not exist."};
  }
  if (dbc && entries.size() == 1 && entries[0].name.find('/') == std::string::npos) return place(target, entries[0]);
  const std::string top = SharedTop(entries);
  Mkdirs(incoming.path);
  for (const ZipEntry& entry : entries) {
    std::vector<std::string> parts = target;
    for (std::string& part : SplitPath(std::string_view(entry.name).substr(top.size())))
      parts.push_back(std::move(part));
    if (parts.size() == target.size()) continue;
    if (entry.name.ends_with('/')) {
      Mkdirs(Spelled{parts, false}.Path());
      continue;
    }
    Mkdirs(Spelled{{parts.begin(), parts.end() - 1}, false}.Path());
    const bool jupyter = !dbc && Extension(entry.name) == "ipynb";
    if (LanguageOfEntry(entry.name).empty() && !jupyter) {
      if (dbc) throw ApiError{400, "INVALID_PARAMETER_VALUE", "The DBC archive holds an entry that is no notebook."};
      continue;  // a SOURCE archive makes notebooks only
    }
    parts.back() = WithoutExtension(parts.back());
    place(parts, entry);
  }
}

void WorkspaceTree::ImportOne(const Context& context, Incoming incoming) {
  const std::string& format = incoming.format;
  std::unique_ptr<Notebook> notebook;
  if (format == "AUTO" || (format == "RAW" && emulator_.Has("raw-as-auto"))) {
    const std::string extension = Extension(incoming.path), language = LanguageOf(extension);
    if (extension == "ipynb") {
      notebook = std::make_unique<Notebook>(ParseJupyter(incoming.content, Nuids()));
    } else if (!language.empty() && HasSourceHeader(incoming.content, language)) {
      notebook = std::make_unique<Notebook>(ParseSource(incoming.content, language, Nuids()));
    }
    if (notebook && !emulator_.Has("auto-extension-kept")) incoming.path = WithoutExtension(incoming.path);
  } else if (format == "SOURCE") {
    if (incoming.language.empty() && LooksLikeZip(incoming.content)) return ImportArchive(context, incoming);
    if (incoming.language.empty()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "Missing required field: language"};
    notebook = std::make_unique<Notebook>(ParseSource(incoming.content, incoming.language, Nuids()));
  } else if (format == "JUPYTER") {
    notebook = std::make_unique<Notebook>(ParseJupyter(incoming.content, Nuids()));
  } else if (format == "HTML") {
    notebook = std::make_unique<Notebook>(ParseHtml(incoming.content, Nuids()));
  } else if (format == "R_MARKDOWN") {
    notebook = std::make_unique<Notebook>(ParseRMarkdown(incoming.content, Nuids()));
  } else if (format == "DBC") {
    if (incoming.overwrite) throw ApiError{400, "INVALID_PARAMETER_VALUE", "Overwrite is not supported for DBC"};
    return ImportArchive(context, incoming);
  } else if (format != "RAW") {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Unsupported import format: " + format};
  }
  const std::vector<std::string> parts = Parse(incoming.path).parts;
  RequireWrite(context, parts);
  const std::string type = notebook ? "NOTEBOOK" : "FILE";
  std::string bytes = notebook ? std::string() : std::move(incoming.content);
  Place(parts, type, incoming.overwrite, std::move(notebook), std::move(bytes));
}

Response WorkspaceTree::Import(Context& context) {
  Incoming incoming{context.RequiredText("path"),
                    context.Text("format", "SOURCE"),
                    context.Text("language"),
                    {},
                    context.Boolean("overwrite", false)};
  const Part* part = nullptr;
  for (const Part& candidate : context.request.parts) {
    if (candidate.name == "content") part = &candidate;
  }
  incoming.content = part != nullptr ? part->content : JsonContent(context);
  if (incoming.content.size() > kMaxImport) {
    throw ApiError{400, emulator_.Has("import-limit-bad-request") ? "BAD_REQUEST" : "MAX_NOTEBOOK_SIZE_EXCEEDED",
                   "File size imported is (" + std::to_string(incoming.content.size()) +
                       " bytes), exceeded max size (" + std::to_string(kMaxImport) + " bytes)"};
  }
  if (!incoming.language.empty() && ExtensionOf(incoming.language).empty()) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Unsupported language: " + incoming.language};
  }
  ImportOne(context, std::move(incoming));
  return JsonResponse(Json::object());
}

Response WorkspaceTree::ImportFile(Context& context) {
  const std::string path = "/" + context.request.path_arguments.at(0);
  const bool overwrite = context.Boolean("overwrite", false);
  const size_t limit = emulator_.Has("import-file-limit-10mb")    ? kMaxImport
                       : emulator_.Has("import-file-limit-200mb") ? kMaxOldWorkspaceFile
                                                                  : kMaxWorkspaceFile;
  if (context.request.body.size() > limit) {
    throw ApiError{413, "MAX_NOTEBOOK_SIZE_EXCEEDED", "The file exceeds the maximum size of a workspace file."};
  }
  try {
    ImportOne(context, {Parse(path).Path(), "AUTO", "", context.request.body, overwrite});
  } catch (const ApiError& error) {
    // This endpoint has statuses of its own for what stands in the way.
    if (error.code != "RESOURCE_ALREADY_EXISTS") throw;
    const TreeNode* there = Walk(Parse(path).parts);
    if (there != nullptr && there->object_type == "FILE") throw ApiError{409, error.code, error.message};
    throw ApiError{400, "", error.message};
  }
  return JsonResponse(Json::object());
}

}  // namespace emulator
