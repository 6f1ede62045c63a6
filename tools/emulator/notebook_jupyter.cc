// Notebooks as .ipynb files.
#include <utility>

#include "emulator/codec.h"
#include "emulator/notebook.h"

namespace emulator {
namespace {

constexpr const char* kNotebookKey = "application/vnd.databricks.v1+notebook";
constexpr const char* kCellKey = "application/vnd.databricks.v1+cell";

std::string SourceText(const Json& source) {
  if (source.is_string()) return source.get<std::string>();
  std::string text;
  if (source.is_array()) {
    for (const Json& line : source) text += line.is_string() ? line.get<std::string>() : "";
  }
  return text;
}

Json SourceLines(std::string_view text) {
  Json lines = Json::array();
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(std::string(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return lines;
}

const Json& At(const Json& object, std::initializer_list<const char*> path) {
  static const Json nothing;
  const Json* at = &object;
  for (const char* name : path) {
    if (!at->is_object() || !at->contains(name)) return nothing;
    at = &(*at)[name];
  }
  return *at;
}

std::string TextAt(const Json& object, std::initializer_list<const char*> path) {
  const Json& found = At(object, path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::string LanguageOfMetadata(const Json& metadata) {
  for (const std::string& name :
       {TextAt(metadata, {kNotebookKey, "language"}), TextAt(metadata, {"language_info", "name"}),
        TextAt(metadata, {"kernelspec", "language"})}) {
    if (std::string language = LanguageOf(name); !language.empty()) return language;
  }
  return "PYTHON";
}

// DBC's results, as Jupyter shows them.
Json OutputsOfResults(const Json& results) {
  Json outputs = Json::array();
  const std::string type = TextAt(results, {"type"});
  const Json& data = At(results, {"data"});
  if (type == "listResults" && data.is_array()) {
    for (const Json& result : data) {
      for (Json& output : OutputsOfResults(result)) outputs.push_back(std::move(output));
    }
  } else if (type.starts_with("html")) {
    outputs.push_back({{"output_type", "display_data"},
                       {"metadata", Json::object()},
                       {"data", {{"text/html", SourceLines(SourceText(data))}}}});
  } else if (type == "ansi") {
    outputs.push_back({{"output_type", "stream"}, {"name", "stdout"}, {"text", SourceLines(SourceText(data))}});
  } else if (!data.is_null()) {
    outputs.push_back({{"output_type", "display_data"},
                       {"metadata", {{"application/vnd.databricks.v1+output", results}}},
                       {"data", {{"text/plain", Json::array()}}}});
  }
  return outputs;
}

Cell ReadCell(const Json& from, const NewNuid& nuid) {
  Cell cell;
  cell.text = SourceText(At(from, {"source"}));
  cell.metadata = from.value("metadata", Json::object());
  const std::string kind = TextAt(from, {"cell_type"});
  if (kind == "markdown") cell.text = "%md" + std::string(cell.text.starts_with(' ') ? "" : "\n") + cell.text;
  if (kind == "raw") cell.text = "%raw\n" + cell.text;
  const Json& own = At(cell.metadata, {kCellKey});
  cell.title = TextAt(own, {"title"});
  cell.show_title = At(own, {"showTitle"}).is_boolean() && At(own, {"showTitle"}).get<bool>();
  cell.nuid = TextAt(own, {"nuid"});
  if (cell.nuid.empty()) cell.nuid = nuid();
  const Json& outputs = At(from, {"outputs"});
  if (outputs.is_array() && !outputs.empty()) cell.outputs = outputs;
  const Json& count = At(from, {"execution_count"});
  if (count.is_number_integer()) cell.execution_count = count.get<int64_t>();
  return cell;
}

Json WriteCell(const Cell& cell, bool outputs) {
  const bool markdown = cell.text.starts_with("%md ") || cell.text.starts_with("%md\n") || cell.text == "%md";
  std::string_view text = cell.text;
  if (markdown) text.remove_prefix(std::min<size_t>(text.size(), text.substr(3, 1) == "\n" ? 4 : 3));
  Json metadata = cell.metadata.is_object() ? cell.metadata : Json::object();
  Json& own = metadata[kCellKey];
  if (!own.is_object()) own = {{"cellMetadata", Json::object()}, {"inputWidgets", Json::object()}};
  own["nuid"] = cell.nuid;
  own["showTitle"] = cell.show_title;
  own["title"] = cell.title;
  Json written{{"cell_type", markdown ? "markdown" : "code"}};
  if (!markdown) {
    written["execution_count"] = outputs && cell.execution_count != 0 ? Json(cell.execution_count) : Json();
  }
  written["metadata"] = std::move(metadata);
  if (!markdown) {
    written["outputs"] = !outputs                  ? Json::array()
                         : !cell.outputs.is_null() ? cell.outputs
                         : !cell.results.is_null() ? OutputsOfResults(cell.results)
                                                   : Json::array();
  }
  written["source"] = SourceLines(text);
  return written;
}

}  // namespace

Notebook ParseJupyter(std::string_view text, const NewNuid& nuid) {
  const Json document = Json::parse(text, nullptr, false);
  if (!document.is_object() || !At(document, {"cells"}).is_array()) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "The notebook is not in valid Jupyter format (nbformat 4)."};
  }
  Notebook notebook;
  notebook.from_jupyter = true;
  notebook.metadata = document.value("metadata", Json::object());
  notebook.language = LanguageOfMetadata(notebook.metadata);
  for (const Json& cell : document["cells"]) {
    if (!cell.is_object()) throw ApiError{400, "INVALID_PARAMETER_VALUE", "A cell of the notebook is no object."};
    notebook.cells.push_back(ReadCell(cell, nuid));
  }
  return notebook;
}

std::string WriteJupyter(const Notebook& notebook, const std::string& name, int64_t id, bool outputs, bool indented) {
  Json cells = Json::array();
  for (const Cell& cell : notebook.cells) cells.push_back(WriteCell(cell, outputs));
  const std::string language = ToLower(notebook.language);
  Json metadata = notebook.metadata.is_object() ? notebook.metadata : Json::object();
  Json& own = metadata[kNotebookKey];
  if (!own.is_object()) {
    own = {{"dashboards", Json::array()}, {"language", language}, {"notebookMetadata", {{"pythonIndentUnit", 4}}}};
  }
  own["language"] = language;
  own["notebookName"] = name;
  own["notebookOrigID"] = id;
  if (!own.contains("widgets")) own["widgets"] = Json::object();
  if (!metadata.contains("language_info")) metadata["language_info"] = {{"name", language}};
  const Json document{
      {"cells", std::move(cells)}, {"metadata", std::move(metadata)}, {"nbformat", 4}, {"nbformat_minor", 0}};
  return document.dump(indented ? 1 : -1, ' ', false, Json::error_handler_t::replace) + (indented ? "\n" : "");
}

}  // namespace emulator
