// Notebooks as R Markdown: chunks of code between fences, text around them.
#include <utility>

#include "emulator/codec.h"
#include "emulator/notebook.h"

namespace emulator {
namespace {

std::string Trimmed(std::string text) {
  while (text.starts_with('\n')) text.erase(0, 1);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// "```{r setup}" -> "r"; empty where the line opens no chunk.
std::string ChunkLanguage(std::string_view line) {
  if (!line.starts_with("```{")) return {};
  line.remove_prefix(4);
  return ToLower(line.substr(0, line.find_first_of(" ,}")));
}

}  // namespace

std::string WriteRMarkdown(const Notebook& notebook) {
  std::string text = "<!-- Databricks notebook source -->\n";
  const std::string own = ToLower(notebook.language);
  for (const Cell& cell : notebook.cells) {
    text += '\n';
    if (cell.text.starts_with("%md")) {
      text += Trimmed(cell.text.substr(3)) + "\n";
      continue;
    }
    std::string language = own, code = cell.text;
    if (code.starts_with('%')) {
      const size_t end = code.find_first_of(" \n");
      language = code.substr(1, end == std::string::npos ? end : end - 1);
      code = end == std::string::npos ? "" : code.substr(end + 1);
    }
    text += "```{" + language + "}\n" + code + (code.ends_with('\n') ? "" : "\n") + "```\n";
  }
  return text;
}

Notebook ParseRMarkdown(std::string_view given, const NewNuid& nuid) {
  Notebook notebook;
  notebook.language = "R";
  const auto add = [&](std::string text) {
    Cell cell;
    cell.text = std::move(text);
    cell.nuid = nuid();
    notebook.cells.push_back(std::move(cell));
  };
  std::string prose, code, language;
  bool in_chunk = false;
  const auto end_prose = [&] {
    if (prose = Trimmed(prose); !prose.empty()) add("%md\n" + prose);
    prose.clear();
  };
  for (const std::string& line : SplitLines(given)) {
    if (in_chunk && line.starts_with("```")) {
      add((language == "r" ? "" : "%" + language + "\n") + Trimmed(code));
      code.clear();
      in_chunk = false;
    } else if (in_chunk) {
      code += line + "\n";
    } else if (language = ChunkLanguage(line); !language.empty()) {
      end_prose();
      in_chunk = true;
    } else if (line != "<!-- Databricks notebook source -->") {
      prose += line + "\n";
    }
  }
  if (in_chunk) add((language == "r" ? "" : "%" + language + "\n") + Trimmed(code));
  end_prose();
  return notebook;
}

}  // namespace emulator
