// Notebooks as the JSON inside DBC archives, and the HTML page that carries the same JSON.
#include <algorithm>
#include <utility>

#include "emulator/codec.h"
#include "emulator/notebook.h"

namespace emulator {
namespace {

constexpr std::string_view kModelStart = "var __DATABRICKS_NOTEBOOK_MODEL = '";

Json ResultsOfOutputs(const Json& outputs) {
  Json list = Json::array();
  for (const Json& output : outputs) {
    const auto text_of = [](const Json& lines) {
      std::string text;
      for (const Json& line : lines.is_array() ? lines : Json::array({lines})) {
        if (line.is_string()) text += line.get<std::string>();
      }
      return text;
    };
    if (output.contains("data") && output["data"].contains("text/html")) {
      list.push_back({{"type", "htmlSandbox"}, {"data", text_of(output["data"]["text/html"])}});
    } else if (output.contains("text")) {
      list.push_back({{"type", "ansi"}, {"data", text_of(output["text"])}});
    } else {
      list.push_back({{"type", "mimeBundle"}, {"data", output.value("data", Json::object())}});
    }
  }
  return {{"type", "listResults"}, {"data", std::move(list)}};
}

Json WriteCommand(const Cell& cell, size_t number, int64_t id) {
  const Json results = !cell.results.is_null()   ? cell.results
                       : !cell.outputs.is_null() ? ResultsOfOutputs(cell.outputs)
                                                 : Json();
  return {{"version", "CommandV1"},
          {"origId", id + static_cast<int64_t>(number) + 1},
          {"guid", cell.nuid},
          {"subtype", "command"},
          {"commandType", "auto"},
          {"position", static_cast<double>(number + 1)},
          {"command", cell.text},
          {"commandVersion", 0},
          {"state", results.is_null() ? "input" : "finished"},
          {"results", results},
          {"error", nullptr},
          {"startTime", 0},
          {"submitTime", 0},
          {"finishTime", 0},
          {"collapsed", false},
          {"width", "auto"},
          {"height", "auto"},
          {"hideCommandCode", false},
          {"hideCommandResult", false},
          {"commandTitle", cell.title},
          {"showCommandTitle", cell.show_title},
          {"comments", Json::array()},
          {"nuid", cell.nuid}};
}

std::string Field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json Model(const Notebook& notebook, const std::string& name, int64_t id) {
  Json commands = Json::array();
  for (size_t i = 0; i < notebook.cells.size(); ++i) commands.push_back(WriteCommand(notebook.cells[i], i, id));
  return {{"version", "NotebookV1"},
          {"origId", id},
          {"name", name},
          {"language", ToLower(notebook.language)},
          {"commands", std::move(commands)},
          {"dashboards", Json::array()},
          {"guid", notebook.cells.empty() ? "" : notebook.cells.front().nuid},
          {"globalVars", Json::object()},
          {"iPythonMetadata", notebook.metadata},
          {"inputWidgets", Json::object()},
          {"notebookMetadata", Json::object()}};
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

Notebook ParseDbcEntry(std::string_view text, const NewNuid& nuid) {
  const Json model = Json::parse(text, nullptr, false);
  Notebook notebook;
  if (model.is_object()) notebook.language = LanguageOf(Field(model, "language"));
  if (notebook.language.empty() || !model.contains("commands") || !model["commands"].is_array()) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "The DBC archive holds an entry that is no notebook."};
  }
  std::vector<std::pair<double, Cell>> cells;
  for (const Json& command : model["commands"]) {
    if (!command.is_object()) continue;
    Cell cell;
    cell.text = Field(command, "command");
    cell.title = Field(command, "commandTitle");
    cell.show_title = command.value("showCommandTitle", Json()) == Json(true);
    cell.nuid = Field(command, "nuid");
    if (cell.nuid.empty()) cell.nuid = nuid();
    if (command.contains("results") && !command["results"].is_null()) cell.results = command["results"];
    const Json position = command.value("position", Json());
    cells.emplace_back(position.is_number() ? position.get<double>() : 0.0, std::move(cell));
  }
  std::stable_sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [position, cell] : cells) notebook.cells.push_back(std::move(cell));
  const Json metadata = model.value("iPythonMetadata", Json());
  if (metadata.is_object()) notebook.metadata = metadata;
  return notebook;
}

std::string WriteDbcEntry(const Notebook& notebook, const std::string& name, int64_t id) {
  return Model(notebook, name, id).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string WriteHtml(const Notebook& notebook, const std::string& name, int64_t id) {
  // As the real page has it: the model, percent-encoded, then base64.
  std::string page = "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>" + Escaped(name) +
                     " - Databricks</title>\n<script>" + std::string(kModelStart) +
                     Base64Encode(PercentEncode(WriteDbcEntry(notebook, name, id))) + "'</script>\n</head>\n<body>\n";
  for (const Cell& cell : notebook.cells) {
    if (!cell.title.empty()) page += "<h3>" + Escaped(cell.title) + "</h3>\n";
    page += "<pre>" + Escaped(cell.text) + "</pre>\n";
  }
  return page + "</body>\n</html>\n";
}

Notebook ParseHtml(std::string_view text, const NewNuid& nuid) {
  const size_t start = text.find(kModelStart);
  if (start != std::string_view::npos) {
    const std::string_view rest = text.substr(start + kModelStart.size());
    if (const auto model = Base64Decode(rest.substr(0, rest.find('\'')))) {
      return ParseDbcEntry(PercentDecode(*model, false), nuid);
    }
  }
  throw ApiError{400, "INVALID_PARAMETER_VALUE", "The HTML page holds no notebook."};
}

}  // namespace emulator
