// A notebook as the workspace keeps it: a language and cells, parsed from any of its written forms and written out in
// any of them. What a form spells in a way of its own (empty lines, line ends, `# MAGIC` with or without a trailing
// space) is kept, so that a SOURCE text comes back as it was; variants make the service rewrite it instead.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/http.h"

namespace emulator {

// How SOURCE is written; each deviation from the default is an unconfirmed behaviour of some release.
struct SourceStyle {
  bool final_newline = false;          // always exactly one at the end
  bool no_final_newline = false;       // never one
  bool crlf_normalised = false;        // line ends become \n
  bool magic_trailing_space = false;   // an empty line of a magic cell is "# MAGIC " and not as it was spelled
  bool separators_normalised = false;  // exactly one empty line around each separator
};

struct Cell {
  std::string text;  // as typed in the browser: a magic line first, no `MAGIC` prefix
  std::string title;
  bool show_title = false;
  std::string nuid;
  Json metadata;  // Jupyter's, of this cell; null where there is none
  Json outputs;   // Jupyter's array; null where there are none
  Json results;   // DBC's; null where there are none
  int64_t execution_count = 0;
  // SOURCE details: the lines as they were where they differ from what is written for `text`, and the line ends between
  // them and the separators (or the header and the end).
  std::string spelling;
  int lead = 1;
  int trail = 2;
};

struct Notebook {
  std::string language;  // PYTHON, SQL, SCALA, R
  std::vector<Cell> cells;
  Json metadata;              // Jupyter's, of the whole notebook
  bool from_jupyter = false;  // its natural form is .ipynb
  bool crlf = false;
  bool bare_header = false;  // the header line was all, without a line end
};

using NewNuid = std::function<std::string()>;

// "PYTHON" -> "py"; empty for a language that is none.
std::string ExtensionOf(std::string_view language);
// ".py", "py" or "python" -> "PYTHON"; empty where it is no language's.
std::string LanguageOf(std::string_view extension);
// Whether the first line is the header of that language's source files.
bool HasSourceHeader(std::string_view text, std::string_view language);

// Notebooks from their forms; ApiError 400 for a text that is not of that form.
Notebook ParseSource(std::string_view text, const std::string& language, const NewNuid& nuid);
Notebook ParseJupyter(std::string_view text, const NewNuid& nuid);
Notebook ParseDbcEntry(std::string_view text, const NewNuid& nuid);
Notebook ParseHtml(std::string_view text, const NewNuid& nuid);
Notebook ParseRMarkdown(std::string_view text, const NewNuid& nuid);

std::string WriteSource(const Notebook& notebook, const SourceStyle& style);
std::string WriteJupyter(const Notebook& notebook, const std::string& name, int64_t id, bool outputs, bool indented);
std::string WriteDbcEntry(const Notebook& notebook, const std::string& name, int64_t id);
std::string WriteHtml(const Notebook& notebook, const std::string& name, int64_t id);
std::string WriteRMarkdown(const Notebook& notebook);

Json SaveNotebook(const Notebook& notebook);
Notebook LoadNotebook(const Json& saved);

}  // namespace emulator
