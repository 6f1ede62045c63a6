// Export in every format, of single objects and of whole directories.
#include <utility>

#include "emulator/codec.h"
#include "emulator/workspace_family.h"
#include "emulator/zip.h"

namespace emulator {
namespace {

constexpr size_t kMaxExport = 10'485'760;

[[noreturn]] void RefuseFormat(const TreeNode& node, const std::string& format) {
  throw ApiError{400, "BAD_REQUEST", node.object_type + " " + node.Path() + " cannot be exported as " + format};
}

std::string ExtensionOfName(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? "" : name.substr(dot + 1);
}

std::string ContentTypeOf(const std::string& extension) {
  if (extension == "json" || extension == "ipynb") return "application/json";
  if (extension == "html") return "text/html; charset=utf-8";
  if (extension == "zip" || extension == "dbc") return "application/zip";
  return "text/plain; charset=utf-8";
}

// Whether SOURCE comes back as it was given.
bool KeepsText(const SourceStyle& style) {
  return !(style.final_newline || style.no_final_newline || style.crlf_normalised || style.magic_trailing_space ||
           style.separators_normalised);
}

// A folder's archive holds <top>/<path inside>.<extension>.
void Collect(const TreeNode& node, const std::string& prefix, const std::string& format, const SourceStyle& style,
             std::vector<ZipEntry>& entries) {
  for (const auto& [name, child] : node.children) {
    if (child->deny != 0) continue;
    const std::string path = prefix + name;
    if (child->IsContainer()) {
      if (format == "DBC") entries.push_back({path + "/", {}});
      Collect(*child, path + "/", format, style, entries);
    } else if (child->IsNotebook() && format == "DBC") {
      entries.push_back(
          {path + "." + ToLower(child->Language()), WriteDbcEntry(*OpenNotebook(*child), name, child->id)});
    } else if (format == "AUTO" && child->FromJupyter()) {
      entries.push_back({path + ".ipynb", WriteJupyter(*child->notebook, name, child->id, true, false)});
    } else if (child->IsNotebook()) {
      entries.push_back({path + "." + ExtensionOf(child->Language()), WriteSource(*OpenNotebook(*child), style)});
    } else if (child->object_type == "FILE" && format == "AUTO") {
      entries.push_back({path, child->bytes});
    }
  }
}

}  // namespace

std::string WorkspaceTree::ExportDirectory(const TreeNode& node, const std::string& format) {
  std::vector<ZipEntry> entries;
  const bool top = !node.name.empty() && !emulator_.Has("directory-archive-without-top");
  if (top && format == "DBC") entries.push_back({node.name + "/", {}});
  Collect(node, top ? node.name + "/" : "", format, Style(), entries);
  return WriteZip(entries);
}

WorkspaceTree::Exported WorkspaceTree::ExportNotebook(const TreeNode& node, const std::string& format, bool outputs) {
  if (node.written.write != nullptr && (format == "SOURCE" || format == "AUTO" || format == "RAW") &&
      KeepsText(Style())) {
    // Taken apart and put together again it would be the same text, at three times the cost.
    const std::string extension = ExtensionOf(node.Language());
    return {node.written.write(node.written.seed), extension, node.name + "." + extension};
  }
  const OpenNotebook opened(node);
  const Notebook& notebook = *opened;
  if (format == "JUPYTER" || ((format == "AUTO" || format == "RAW") && notebook.from_jupyter)) {
    return {WriteJupyter(notebook, node.name, node.id, outputs, emulator_.Has("jupyter-indented")), "ipynb",
            node.name + ".ipynb"};
  }
  if (format == "HTML") return {WriteHtml(notebook, node.name, node.id), "html", node.name + ".html"};
  if (format == "DBC") {
    const std::string entry = node.name + "." + ToLower(notebook.language);
    return {WriteZip({{entry, WriteDbcEntry(notebook, node.name, node.id)}}), "dbc", node.name + ".dbc"};
  }
  if (format == "R_MARKDOWN") return {WriteRMarkdown(notebook), "Rmd", node.name + ".Rmd"};
  const std::string extension = ExtensionOf(notebook.language);
  return {WriteSource(notebook, Style()), extension, node.name + "." + extension};
}

WorkspaceTree::Exported WorkspaceTree::ExportNode(const TreeNode& node, const std::string& format,
                                                  const std::string& outputs) {
  if (node.IsContainer()) {
    if (format != "SOURCE" && format != "AUTO" && format != "DBC") RefuseFormat(node, format);
    const std::string extension = format == "DBC" ? "dbc" : "zip";
    return {ExportDirectory(node, format), extension, (node.name.empty() ? "root" : node.name) + "." + extension};
  }
  if (node.IsNotebook()) return ExportNotebook(node, format, outputs != "NONE");
  if (node.object_type == "FILE") {
    const bool source = format == "SOURCE" && !emulator_.Has("export-source-rejects-files");
    if (!source && format != "AUTO" && format != "RAW") RefuseFormat(node, format);
    return {node.bytes, ExtensionOfName(node.name), node.name};
  }
  if (node.object_type == "DASHBOARD" && format == "AUTO")
    return {node.bytes, "lvdash.json", node.name + ".lvdash.json"};
  RefuseFormat(node, format);
}

void WorkspaceTree::CheckExportSize(const Exported& exported) const {
  const size_t size = exported.bytes.size();
  if (size <= kMaxExport) return;
  if (emulator_.Has("export-limit-notebook-size")) {
    throw ApiError{400, "MAX_NOTEBOOK_SIZE_EXCEEDED",
                   "Notebook size exceeded limit: " + std::to_string(size) + " > " + std::to_string(kMaxExport)};
  }
  if (emulator_.Has("export-limit-as-import")) {
    throw ApiError{400, "MAX_NOTEBOOK_SIZE_EXCEEDED",
                   "File size imported is (" + std::to_string(size) + " bytes), exceeded max size (" +
                       std::to_string(kMaxExport) + " bytes)"};
  }
  throw ApiError{400, "BAD_REQUEST", "Size exceeds " + std::to_string(kMaxExport) + " bytes"};
}

Response WorkspaceTree::Export(Context& context) {
  const std::string path = context.RequiredText("path");
  const std::string format = context.Text("format", "SOURCE");
  const std::string outputs = context.Text("outputs", "ALL");
  const bool direct = context.Boolean("direct_download", false);
  bool known = false;
  for (const char* name : {"AUTO", "DBC", "HTML", "JUPYTER", "RAW", "R_MARKDOWN", "SOURCE"})
    known = known || format == name;
  if (!known) throw ApiError{400, "INVALID_PARAMETER_VALUE", "Unsupported export format: " + format};
  if (outputs != "ALL" && outputs != "NONE") {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Unsupported value of outputs: " + outputs};
  }
  if (emulator_.Has("export-disabled-bad-request")) {
    throw ApiError{400, "BAD_REQUEST", "Export of notebooks is disabled."};
  }
  if (emulator_.Has("export-disabled")) throw ApiError{403, "PERMISSION_DENIED", "Export of notebooks is disabled."};
  TreeNode& node = Reach(context, Parse(path), path);
  if (node.deny == 404) throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "Path (" + path + ") doesn't exist."};
  if (node.deny != 0) throw ApiError{node.deny, "PERMISSION_DENIED", "You do not have View permissions on " + path};
  Exported exported = ExportNode(node, format, outputs);
  CheckExportSize(exported);
  if (!direct || emulator_.Has("direct-download-ignored")) {
    Json answer = Json::object();
    if (!exported.bytes.empty()) answer["content"] = Base64Encode(exported.bytes);
    if (!exported.file_type.empty()) answer["file_type"] = exported.file_type;
    return Deliver(node, JsonResponse(answer));
  }
  Response response;
  response.content_type =
      emulator_.Has("download-content-type") ? ContentTypeOf(exported.file_type) : "application/octet-stream";
  if (!emulator_.Has("download-without-disposition")) {
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename*=UTF-8''" + PercentEncode(exported.file_name));
  }
  response.body = std::move(exported.bytes);
  return Deliver(node, std::move(response));
}

Response WorkspaceTree::Deliver(TreeNode& node, Response response) {
  if (node.fate != Fate::kGoneWhenRead) return response;
  response.wire = {WireFault::Kind::kShortBody, static_cast<int64_t>(response.body.size() / 2), 0};
  Drop(node);
  return response;
}

Response WorkspaceTree::GetFile(Context& context) {
  if (emulator_.Has("workspace-files-absent")) {
    throw ApiError{404, "ENDPOINT_NOT_FOUND", "No API found for 'GET " + context.request.path.substr(4) + "'"};
  }
  const std::string path = "/" + context.request.path_arguments.at(0);
  TreeNode& node = Reach(context, Parse(path), path);
  if (node.deny == 404 || node.IsContainer()) {
    throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", "Path (" + path + ") doesn't exist."};
  }
  if (node.deny != 0) throw ApiError{node.deny, "PERMISSION_DENIED", "You do not have View permissions on " + path};
  Response response;
  response.content_type = "application/octet-stream";
  response.body = node.IsNotebook() ? ExportNotebook(node, "AUTO", true).bytes : node.bytes;
  if (emulator_.Has("workspace-files-limit-10mb")) CheckExportSize({response.body, {}, {}});
  return Deliver(node, std::move(response));
}

}  // namespace emulator
