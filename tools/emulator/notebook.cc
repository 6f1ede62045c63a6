#include "emulator/notebook.h"

#include <algorithm>
#include <utility>

#include "emulator/codec.h"

namespace emulator {
namespace {

struct Language {
  std::string_view name, extension, comment, dbc;
};
constexpr Language kLanguages[] = {{"PYTHON", "py", "#", "python"},
                                   {"SQL", "sql", "--", "sql"},
                                   {"SCALA", "scala", "//", "scala"},
                                   {"R", "r", "#", "r"}};

std::string Comment(std::string_view language) {
  for (const Language& known : kLanguages) {
    if (known.name == language) return std::string(known.comment);
  }
  throw ApiError{400, "INVALID_PARAMETER_VALUE", "Unsupported language: " + std::string(language)};
}

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
  return text;
}

void DropCarriageReturns(std::string& text) {
  size_t kept = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    text[kept++] = text[i];
  }
  text.resize(kept);
}

// Whether every line ends in \r\n; where some do and some do not, the \r are the author's.
bool IsCrlf(std::string_view text) {
  size_t ends = 0, crlf = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') continue;
    ++ends;
    if (i > 0 && text[i - 1] == '\r') ++crlf;
  }
  return ends > 0 && ends == crlf;
}

std::string WriteCell(const Cell& cell, const std::string& comment, bool trailing_space) {
  std::string out;
  if (!cell.title.empty()) {
    out += comment + " DBTITLE " + (cell.show_title ? "1," : "0,") + cell.title;
    if (cell.text.empty()) return out;
    out += '\n';
  }
  if (!cell.text.starts_with('%')) return out + cell.text;
  std::vector<std::string> lines = SplitLines(cell.text);
  for (std::string& line : lines) {
    line = comment + (line.empty() ? (trailing_space ? " MAGIC " : " MAGIC") : " MAGIC " + line);
  }
  return out + Join(lines);
}

// The text of a magic cell without its prefixes; false where not every line has one.
bool StripMagic(std::vector<std::string>& lines, const std::string& comment) {
  const std::string magic = comment + " MAGIC";
  for (const std::string& line : lines) {
    if (line != magic && !line.starts_with(magic + " ")) return false;
  }
  for (std::string& line : lines) line = line.size() > magic.size() ? line.substr(magic.size() + 1) : std::string();
  return true;
}

Cell ParseCell(std::string body, const std::string& comment) {
  Cell cell;
  std::string_view rest = body;
  const std::string title = comment + " DBTITLE ";
  if (rest.starts_with(title) && rest.size() > title.size() + 1 && rest[title.size() + 1] == ',') {
    const size_t end = rest.find('\n');
    cell.show_title = rest[title.size()] == '1';
    cell.title = rest.substr(title.size() + 2, end == std::string_view::npos ? end : end - title.size() - 2);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  std::vector<std::string> lines = SplitLines(rest);
  cell.text = !rest.empty() && StripMagic(lines, comment) ? Join(lines) : std::string(rest);
  if (WriteCell(cell, comment, false) != body) cell.spelling = std::move(body);
  return cell;
}

// Cuts `text` at its separator lines; the pieces keep their line ends.
// `open_end`: the last line is a separator without a line end; the cell after it is there, and empty.
std::vector<std::string> CutAtSeparators(std::string_view text, const std::string& separator, bool& open_end) {
  open_end = false;
  std::vector<std::string> pieces(1);
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = text.find('\n', at);
    const std::string_view line = text.substr(at, end == std::string_view::npos ? end : end - at);
    at = end == std::string_view::npos ? text.size() : end + 1;
    if (line == separator) {
      pieces.emplace_back();
      open_end = end == std::string_view::npos;
    } else {
      pieces.back().append(line);
      if (end != std::string_view::npos) pieces.back() += '\n';
    }
  }
  return pieces;
}

}  // namespace

std::string ExtensionOf(std::string_view language) {
  for (const Language& known : kLanguages) {
    if (known.name == language) return std::string(known.extension);
  }
  return {};
}

std::string LanguageOf(std::string_view extension) {
  if (extension.starts_with('.')) extension.remove_prefix(1);
  const std::string lower = ToLower(extension);
  for (const Language& known : kLanguages) {
    if (known.extension == lower || known.dbc == lower) return std::string(known.name);
  }
  return {};
}

bool HasSourceHeader(std::string_view text, std::string_view language) {
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line == Comment(language) + " Databricks notebook source";
}

Notebook ParseSource(std::string_view given, const std::string& language, const NewNuid& nuid) {
  const std::string comment = Comment(language);
  Notebook notebook;
  notebook.language = language;
  std::string text(given);
  notebook.crlf = IsCrlf(text);
  if (notebook.crlf) DropCarriageReturns(text);
  std::string_view rest = text;
  if (HasSourceHeader(rest, language)) {
    const size_t end = rest.find('\n');
    notebook.bare_header = end == std::string_view::npos;
    rest = notebook.bare_header ? std::string_view() : rest.substr(end + 1);
  }
  bool open_end = false;
  std::vector<std::string> pieces = CutAtSeparators(rest, comment + " COMMAND ----------", open_end);
  for (size_t i = 0; i < pieces.size(); ++i) {
    std::string& piece = pieces[i];
    const bool last = i + 1 == pieces.size();
    int lead = 0, trail = 0;
    if (i > 0 && piece.starts_with('\n')) lead = 1, piece.erase(0, 1);
    while (trail < (last ? 1 : 2) && piece.ends_with('\n')) ++trail, piece.pop_back();
    Cell cell = ParseCell(std::move(piece), comment);
    cell.lead = last && open_end ? -1 : lead;
    cell.trail = trail;
    cell.nuid = nuid();
    notebook.cells.push_back(std::move(cell));
  }
  return notebook;
}

std::string WriteSource(const Notebook& notebook, const SourceStyle& style) {
  const std::string comment = Comment(notebook.language);
  std::string text = comment + " Databricks notebook source";
  if (!notebook.bare_header) text += '\n';
  for (size_t i = 0; i < notebook.cells.size(); ++i) {
    const Cell& cell = notebook.cells[i];
    const bool last = i + 1 == notebook.cells.size();
    if (i > 0) text += comment + " COMMAND ----------";
    if (i > 0 && cell.lead >= 0) text += '\n';
    const int lead = style.separators_normalised ? 1 : std::max(cell.lead, 0);
    if (i > 0) text.append(static_cast<size_t>(lead), '\n');
    const bool respell = style.magic_trailing_space && cell.text.starts_with('%');
    text += cell.spelling.empty() || respell ? WriteCell(cell, comment, style.magic_trailing_space) : cell.spelling;
    const int trail = style.separators_normalised && !last ? 2 : last ? std::min(cell.trail, 1) : cell.trail;
    text.append(static_cast<size_t>(trail), '\n');
  }
  if (style.final_newline || style.no_final_newline) {
    while (text.ends_with('\n')) text.pop_back();
    if (style.final_newline) text += '\n';
  }
  if (!notebook.crlf || style.crlf_normalised) return text;
  std::string crlf;
  for (const char c : text) {
    if (c == '\n') crlf += '\r';
    crlf += c;
  }
  return crlf;
}

Json SaveNotebook(const Notebook& notebook) {
  Json cells = Json::array();
  for (const Cell& cell : notebook.cells) {
    Json saved{{"text", cell.text}, {"nuid", cell.nuid}, {"lead", cell.lead}, {"trail", cell.trail}};
    if (!cell.title.empty()) saved.update({{"title", cell.title}, {"show_title", cell.show_title}});
    if (!cell.spelling.empty()) saved["spelling"] = cell.spelling;
    if (!cell.metadata.is_null()) saved["metadata"] = cell.metadata;
    if (!cell.outputs.is_null()) saved["outputs"] = cell.outputs;
    if (!cell.results.is_null()) saved["results"] = cell.results;
    if (cell.execution_count != 0) saved["execution_count"] = cell.execution_count;
    cells.push_back(std::move(saved));
  }
  return {{"language", notebook.language},         {"metadata", notebook.metadata},
          {"from_jupyter", notebook.from_jupyter}, {"crlf", notebook.crlf},
          {"bare_header", notebook.bare_header},   {"cells", std::move(cells)}};
}

Notebook LoadNotebook(const Json& saved) {
  Notebook notebook;
  notebook.language = saved.at("language").get<std::string>();
  notebook.metadata = saved.value("metadata", Json());
  notebook.from_jupyter = saved.value("from_jupyter", false);
  notebook.crlf = saved.value("crlf", false);
  notebook.bare_header = saved.value("bare_header", false);
  for (const Json& from : saved.at("cells")) {
    Cell cell;
    cell.text = from.value("text", "");
    cell.nuid = from.value("nuid", "");
    cell.lead = from.value("lead", 1);
    cell.trail = from.value("trail", 2);
    cell.title = from.value("title", "");
    cell.show_title = from.value("show_title", false);
    cell.spelling = from.value("spelling", "");
    cell.metadata = from.value("metadata", Json());
    cell.outputs = from.value("outputs", Json());
    cell.results = from.value("results", Json());
    cell.execution_count = from.value("execution_count", int64_t{0});
    notebook.cells.push_back(std::move(cell));
  }
  return notebook;
}

}  // namespace emulator
