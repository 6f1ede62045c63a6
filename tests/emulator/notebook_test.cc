#include "emulator/notebook.h"

#include "emulator/codec.h"
#include "support/catch.h"

using namespace emulator;

namespace {

NewNuid Nuids() {
  return [n = 0]() mutable { return "nuid-" + std::to_string(++n); };
}

std::string Again(const std::string& source, const std::string& language = "PYTHON", const SourceStyle& style = {}) {
  return WriteSource(ParseSource(source, language, Nuids()), style);
}

const std::string kHeader = "# Databricks notebook source\n";
const std::string kCut = "\n# COMMAND ----------\n\n";

}  // namespace

TEST_CASE("SOURCE comes back byte for byte") {
  const std::vector<std::string> sources = {
      kHeader,
      kHeader + "x = 1\n",
      kHeader + "x = 1",
      kHeader + "x = 1\n" + kCut + "y = 2\n",
      kHeader + "\n\nx = 1\n\n\n" + kCut + "\n\ny = 2\n\n\n",
      kHeader + "# MAGIC %md\n# MAGIC # Title\n# MAGIC\n# MAGIC text\n" + kCut + "x\n",
      kHeader + "# MAGIC %md\n# MAGIC \n# MAGIC   two spaces\n",
      kHeader + "# MAGIC %sql\n# MAGIC # COMMAND ----------\n# MAGIC select 1\n",
      kHeader + "# MAGIC %run ./other\n# not magic\n",
      kHeader + "# DBTITLE 1,A title, with a comma\nx = 1\n" + kCut +
          "# DBTITLE 0,Hidden\n# MAGIC %sql\n# MAGIC select 1\n",
      kHeader + "# DBTITLE 1,Title alone\n",
      kHeader + "# DBTITLE x\n",
      kHeader + "%md typed without a prefix\n",
      kHeader + kCut + kCut + "\n",
      kHeader + "tight\n# COMMAND ----------\nno empty lines\n",
      kHeader + "x\n" + "\n# COMMAND ----------",
      kHeader + "x\n" + "\n# COMMAND ----------\n",
      kHeader + "x\n" + kCut,
      kHeader + " # COMMAND ----------\n# COMMAND ---------\n",
      "# Databricks notebook source",
      "# Databricks notebook source\r\nx = 1\r\n\r\n# COMMAND ----------\r\n\r\ny\r\n",
      kHeader + "mixed\r\nline\nends\r\n",
      kHeader + "tab\tand \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80\n",
  };
  for (const std::string& source : sources) {
    INFO(source);
    CHECK(Again(source) == source);
    CHECK(WriteSource(LoadNotebook(SaveNotebook(ParseSource(source, "PYTHON", Nuids()))), {}) == source);
  }
}

TEST_CASE("each language has its comments") {
  CHECK(Again("-- Databricks notebook source\n-- MAGIC %md x\n\n-- COMMAND ----------\n\nselect 1\n", "SQL") ==
        "-- Databricks notebook source\n-- MAGIC %md x\n\n-- COMMAND ----------\n\nselect 1\n");
  CHECK(
      ParseSource("// Databricks notebook source\na\n\n// COMMAND ----------\n\nb\n", "SCALA", Nuids()).cells.size() ==
      2);
  CHECK(ParseSource("# Databricks notebook source\na\n\n# COMMAND ----------\n\nb\n", "R", Nuids()).cells.size() == 2);
  CHECK(LanguageOf(".scala") == "SCALA");
  CHECK(LanguageOf("python") == "PYTHON");
  CHECK(LanguageOf("txt").empty());
}

TEST_CASE("a text without header becomes a notebook, and has one from then on") {
  CHECK(Again("x = 1\n") == kHeader + "x = 1\n");
  CHECK(Again("-- Databricks notebook source\n") == kHeader + "-- Databricks notebook source\n");
}

TEST_CASE("cells are as one types them") {
  const Notebook notebook = ParseSource(
      kHeader + "# DBTITLE 1,T\n# MAGIC %sql\n# MAGIC select 1\n# MAGIC\n# MAGIC -- end\n" + kCut + "x = 1\ny = 2\n",
      "PYTHON", Nuids());
  REQUIRE(notebook.cells.size() == 2);
  CHECK(notebook.cells[0].title == "T");
  CHECK(notebook.cells[0].show_title);
  CHECK(notebook.cells[0].text == "%sql\nselect 1\n\n-- end");
  CHECK(notebook.cells[0].spelling.empty());
  CHECK(notebook.cells[1].text == "x = 1\ny = 2");
}

TEST_CASE("the service may rewrite what it gives") {
  SourceStyle style;
  style.final_newline = true;
  CHECK(Again(kHeader + "x", "PYTHON", style) == kHeader + "x\n");
  CHECK(Again(kHeader + "x\n\n", "PYTHON", style) == kHeader + "x\n");
  style = {};
  style.no_final_newline = true;
  CHECK(Again(kHeader + "x\n", "PYTHON", style) == kHeader + "x");
  style = {};
  style.crlf_normalised = true;
  CHECK(Again("# Databricks notebook source\r\nx\r\n", "PYTHON", style) == kHeader + "x\n");
  style = {};
  style.magic_trailing_space = true;
  CHECK(Again(kHeader + "# MAGIC %md\n# MAGIC\n# MAGIC x\n", "PYTHON", style) ==
        kHeader + "# MAGIC %md\n# MAGIC \n# MAGIC x\n");
  style = {};
  style.separators_normalised = true;
  CHECK(Again(kHeader + "x\n# COMMAND ----------\ny\n", "PYTHON", style) == kHeader + "x\n" + kCut + "y\n");
}

TEST_CASE("a notebook goes through Jupyter with titles, markdown and outputs") {
  const std::string given = R"json({"cells":[
    {"cell_type":"markdown","metadata":{},"source":["# T\n","text"]},
    {"cell_type":"code","execution_count":3,"metadata":{"mine":1},"source":"print(1)",
     "outputs":[{"output_type":"stream","name":"stdout","text":["1\n"]}]}],
    "metadata":{"language_info":{"name":"python"},"custom":{"a":[1]}},"nbformat":4,"nbformat_minor":0
})json";
  const Notebook notebook = ParseJupyter(given, Nuids());
  CHECK(notebook.language == "PYTHON");
  CHECK(notebook.from_jupyter);
  CHECK(notebook.cells[0].text == "%md\n# T\ntext");
  CHECK(WriteSource(notebook, {}) == kHeader + "# MAGIC %md\n# MAGIC # T\n# MAGIC text\n" + kCut + "print(1)\n");
  const std::string written = WriteJupyter(notebook, "n", 42, true, false);
  const Json document = Json::parse(written);
  CHECK(document["cells"][0]["cell_type"] == "markdown");
  CHECK(document["cells"][0]["source"] == Json::array({"# T\n", "text"}));
  CHECK(document["cells"][1]["outputs"][0]["text"][0] == "1\n");
  CHECK(document["cells"][1]["metadata"]["mine"] == 1);
  CHECK(document["metadata"]["custom"]["a"][0] == 1);
  CHECK(document["metadata"]["application/vnd.databricks.v1+notebook"]["notebookOrigID"] == 42);
  CHECK(WriteJupyter(ParseJupyter(written, Nuids()), "n", 42, true, false) == written);
  CHECK(Json::parse(WriteJupyter(notebook, "n", 42, false, true))["cells"][1]["outputs"].empty());
}

TEST_CASE("the language of a Jupyter notebook is Databricks' own word first") {
  const std::string given = R"({"cells":[],"metadata":{"language_info":{"name":"python"},
      "application/vnd.databricks.v1+notebook":{"language":"sql"}},"nbformat":4})";
  CHECK(ParseJupyter(given, Nuids()).language == "SQL");
  CHECK(ParseJupyter(R"({"cells":[],"metadata":{},"nbformat":4})", Nuids()).language == "PYTHON");
}

TEST_CASE("DBC and HTML carry cells, titles and results") {
  Notebook notebook = ParseSource(kHeader + "# DBTITLE 1,T\nx = 1\n" + kCut + "# MAGIC %md y\n", "PYTHON", Nuids());
  notebook.cells[0].results = {{"type", "html"}, {"data", "<b>1</b>"}};
  for (const Notebook& back :
       {ParseDbcEntry(WriteDbcEntry(notebook, "n", 7), Nuids()), ParseHtml(WriteHtml(notebook, "n", 7), Nuids())}) {
    CHECK(WriteSource(back, {}) == WriteSource(notebook, {}));
    CHECK(back.cells[0].results == notebook.cells[0].results);
    CHECK(back.cells[0].nuid == notebook.cells[0].nuid);
  }
  const Json jupyter = Json::parse(WriteJupyter(notebook, "n", 7, true, false));
  CHECK(jupyter["cells"][0]["outputs"][0]["data"]["text/html"][0] == "<b>1</b>");
}

TEST_CASE("commands of a DBC come in the order of their positions") {
  const std::string entry = R"({"version":"NotebookV1","name":"n","language":"python","commands":[
    {"command":"third","position":2.5},{"command":"first","position":1.0},{"command":"second","position":2.0}]})";
  const Notebook notebook = ParseDbcEntry(entry, Nuids());
  CHECK(notebook.cells[0].text == "first");
  CHECK(notebook.cells[2].text == "third");
}

TEST_CASE("R Markdown goes out and in") {
  const Notebook notebook = ParseSource(
      kHeader + "# MAGIC %md\n# MAGIC # T\n" + kCut + "x <- 1\n" + kCut + "# MAGIC %python\n# MAGIC y = 1\n", "R",
      Nuids());
  const std::string rmd = WriteRMarkdown(notebook);
  CHECK(rmd.find("```{r}\nx <- 1\n```\n") != std::string::npos);
  const Notebook back = ParseRMarkdown(rmd, Nuids());
  REQUIRE(back.cells.size() == 3);
  CHECK(back.cells[0].text == "%md\n# T");
  CHECK(back.cells[1].text == "x <- 1");
  CHECK(back.cells[2].text == "%python\ny = 1");
}

TEST_CASE("what is no notebook is refused") {
  for (const char* text :
       {"", "{}", "[]", "{\"cells\":{}}", "{\"cells\":[1]}", "{\"language\":\"python\"}", "<html>"}) {
    INFO(text);
    int refused = 0;
    for (auto parse : {ParseJupyter, ParseDbcEntry, ParseHtml}) {
      try {
        parse(text, Nuids());
      } catch (const ApiError& error) {
        CHECK(error.status == 400);
        ++refused;
      }
    }
    CHECK(refused == 3);
  }
}

TEST_CASE("base64 and percent escapes are there and back") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    CHECK(Base64Decode(Base64Encode(bytes)) == bytes);
  }
  CHECK(PercentDecode(PercentEncode(bytes), false) == bytes);
  CHECK(PercentDecode("100%+%zz", true) == "100% %zz");
  CHECK(!Base64Decode("a*b=").has_value());
  CHECK(!Base64Decode("abcde").has_value());
  CHECK(GlobMatches("/api/*/jobs/*", "/api/2.1/jobs/create"));
  CHECK(!GlobMatches("/api/?/jobs", "/api/2.1/jobs"));
  CHECK(!IsUtf8("\xff"));
  CHECK(!IsUtf8("\xc3"));
  CHECK(IsUtf8("\xf0\x9f\x98\x80"));
}
