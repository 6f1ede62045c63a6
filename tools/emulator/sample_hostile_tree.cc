#include "emulator/dbfs_family.h"
#include "emulator/sample.h"
#include "emulator/sample_hostile.h"
#include "emulator/workspace_family.h"

namespace emulator {
namespace {

constexpr size_t kEleven = 11'000'000;  // bytes: over what an export or import may be
const std::string kPython = "# Databricks notebook source\n";

// Each name as a file, a notebook and a folder.
void PutNames(WorkspaceTree& tree) {
  const std::string root = std::string(kHostileRoot) + "/names";
  int number = 0;
  for (const std::string& name : HostileNames()) {
    const std::string mark = std::to_string(++number);
    tree.PutFile(root + "/files/" + name, "file " + mark + "\n");
    tree.PutNotebook(root + "/notebooks/" + name, "PYTHON", kPython + "print('notebook " + mark + "')\n");
    tree.PutFile(root + "/folders/" + name + "/inside.txt", "inside of " + mark + "\n");
  }
  std::string deep = std::string(kHostileRoot) + "/deep";
  for (int level = 0; level < 20; ++level) deep += "/" + std::string(255, static_cast<char>('a' + level));
  tree.PutFile(deep + "/bottom.txt", "a path of 5,000 bytes\n");
  tree.PutNotebook(deep + "/bottom", "PYTHON", kPython + "print('bottom')\n");
}

// A path is one object's, whatever its type: names are shared up to what a file system adds or ignores.
void PutTwins(WorkspaceTree& tree) {
  const std::string root = std::string(kHostileRoot) + "/twins";
  const std::string sql = "-- Databricks notebook source\nSELECT 1\n";
  tree.PutNotebook(root + "/report", "PYTHON", kPython + "print('the notebook')\n");
  tree.PutFile(root + "/report.py", "print('the file')\n");
  tree.PutFile(root + "/report.PY", "print('the other file')\n");
  tree.PutFile(root + "/report.py.py", "print('one more')\n");
  tree.PutNotebook(root + "/REPORT", "SQL", sql);
  tree.PutFile(root + "/report.sql", "SELECT 'a file'\n");
  tree.PutNotebook(root + "/folder", "PYTHON", kPython + "print('beside a folder')\n");
  tree.PutFile(root + "/folder.py/inside.txt", "in a folder that is called as a notebook's file\n");
  tree.PutNotebook(root + "/query", "SQL", sql);
  tree.PutFile(root + "/query.sql/inside.txt", "in another one\n");
  tree.PutNotebook(root + "/named.ipynb", "PYTHON", kPython + "print('not Jupyter')\n");
  tree.PutNotebook(root + "/named.py", "SCALA", "// Databricks notebook source\nval x = 1\n");
}

Json Jupyter(const std::string& printed) {
  Json output = {{"name", "stdout"}, {"output_type", "stream"}, {"text", Json::array({printed})}};
  Json cell = {{"cell_type", "code"},
               {"execution_count", 1},
               {"metadata", Json::object()},
               {"outputs", Json::array({output})},
               {"source", Json::array({"print('many lines')"})}};
  return {{"cells", Json::array({cell})},
          {"metadata", {{"language_info", {{"name", "python"}}}}},
          {"nbformat", 4},
          {"nbformat_minor", 0}};
}

// Bytes that may be taken for something else.
void PutContents(Emulator& emulator) {
  WorkspaceTree& tree = emulator.tree();
  const std::string root = std::string(kHostileRoot) + "/contents";
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"empty", ""},
           {"one line end", "\n"},
           {"an answer.json", R"({"content":"ZmFsc2U=","file_type":"py"})"},
           {"no answer.json", "{}"},
           {"an error.json", R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"this is a file"})"},
           {"a page.html", "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>login</body></html>\n"},
           {"looks like a notebook.py", kPython + "print('and is a file')\n"},
           {"looks like a notebook.sql", "-- Databricks notebook source\nSELECT 1\n"},
           {"no notebook.ipynb", Jupyter("a file\n").dump()},
           {"binary.bin", std::string("\0\x01\xff\xfe\r\n\x1a", 7) + SampleBytes(emulator.options().seed, 5000)},
           {"not UTF-8.txt", "caf\xe9 \xc3\x28 \xed\xa0\x80\n"},
           {"mark and header.py", "\xef\xbb\xbf" + kPython}}) {
    tree.PutFile(root + "/" + name, bytes);
  }
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"nothing", kPython},
           {"bare header", "# Databricks notebook source"},
           {"no final line end", kPython + "print(1)"},
           {"line ends of Windows",
            "# Databricks notebook source\r\nprint(1)\r\n\r\n# COMMAND ----------\r\n\r\nprint(2)\r\n"},
           {"separators within", kPython + "text = '''\n# MAGIC # COMMAND ----------\n# COMMAND ---------\n'''\n"},
           {"one long line", kPython + "x = '" + std::string(1'500'000, '.') + "'\n"},
           {"many cells",
            [] {
              std::string all = kPython + "0\n";
              for (int cell = 1; cell < 2000; ++cell) all += "\n# COMMAND ----------\n\n" + std::to_string(cell) + "\n";
              return all;
            }()},
           {"a page", kPython + "<!DOCTYPE html>\n<html>login</html>\n"}}) {
    tree.PutNotebook(root + "/" + name, "PYTHON", text);
  }
  // Its results are too long for the Jupyter form; its source is not.
  tree.PutJupyter(root + "/with results", Jupyter(std::string(kEleven, '#')).dump());
}

std::string LongNotebook() {
  std::string text = kPython;
  text.reserve(kEleven + 100);
  for (int cell = 0; text.size() < kEleven; ++cell) {
    text += "cell_" + std::to_string(cell) + " = '" + std::string(50'000, 'x') + "'\n\n# COMMAND ----------\n\n";
  }
  return text + "1\n";
}

void PutLarge(Emulator& emulator) {
  WorkspaceTree& tree = emulator.tree();
  const std::string root = std::string(kHostileRoot) + "/large";
  tree.PutNotebook(root + "/11 MB", "PYTHON", LongNotebook());
  // Read and written by a path in a URL, which dots and percent signs must not bend.
  const std::string bytes = SampleBytes(emulator.options().seed + 9, kEleven);
  tree.PutFile(root + "/../11 MB 50%25 #1?.bin", bytes);
  // What the service makes a notebook of where it comes by the way for large files.
  tree.PutFile(root + "/header and 11 MB.py", kPython + "x = '" + std::string(kEleven, 'y') + "'\n");
}

// What is closed, and what goes while somebody reads.
void PutMoods(WorkspaceTree& tree) {
  const std::string root = std::string(kHostileRoot) + "/moods";
  const std::string source = kPython + "print('hello')\n";
  tree.PutNotebook(root + "/closed folder/inside", "PYTHON", source);
  tree.Deny(root + "/closed folder", 403);
  tree.PutNotebook(root + "/closed notebook", "PYTHON", source);
  tree.Deny(root + "/closed notebook", 403);
  tree.PutNotebook(root + "/gone before it is listed/inside", "PYTHON", source);
  tree.Find(root + "/gone before it is listed")->fate = Fate::kGoneWhenShown;
  tree.PutNotebook(root + "/gone after it was listed/notebook", "PYTHON", source);
  tree.PutFile(root + "/gone after it was listed/file.txt", "too late\n");
  tree.Mkdirs(root + "/gone after it was listed/folder");
  tree.Find(root + "/gone after it was listed")->fate = Fate::kGoneWhenRead;
  tree.PutNotebook(root + "/gone before it is read", "PYTHON", source);
  tree.Find(root + "/gone before it is read")->fate = Fate::kGoneWhenShown;
  tree.PutNotebook(root + "/gone while it is read", "PYTHON", source);
  tree.Find(root + "/gone while it is read")->fate = Fate::kGoneWhenRead;
  tree.PutFile(root + "/file gone while it is read.bin", std::string(100'000, 'z'));
  tree.Find(root + "/file gone while it is read.bin")->fate = Fate::kGoneWhenRead;
}

void PutOtherKinds(Emulator& emulator) {
  WorkspaceTree& tree = emulator.tree();
  const std::string root = std::string(kHostileRoot) + "/kinds";
  tree.PutNode(root + "/a library", "LIBRARY", {{"language", "SCALA"}});
  tree.PutNode(root + "/an experiment", "MLFLOW_EXPERIMENT");
  tree.PutNode(root + "/a dashboard.lvdash.json", "DASHBOARD", {{"resource_id", emulator.NewHex(32)}},
               "{\"pages\":[]}");
  tree.PutNode(root + "/a query.dbquery.ipynb", "QUERY");
  tree.PutNode(root + "/of a kind to come", "HOLOGRAM", {{"depth", 3}});
  tree.PutNode(root + "/without a type", "");
  tree.PutNode(root + "/git folder", "DIRECTORY", {{"directory_info", {{"is_git_folder", true}}}});
  tree.PutNotebook(root + "/git folder/main", "PYTHON", kPython + "print('in Git')\n");
  const std::string repo = "/Repos/" + std::string(kDeletedUser) + "/repo %2e..";
  tree.PutNode(repo, "REPO", {{"git_info", {{"url", "https://github.com/example/repo.git"}, {"branch", "main"}}}});
  tree.PutFile(repo + "/README.md", "# in Git\n");
  tree.Mkdirs("/Repos/nobody's folder");
}

void PutHomes(WorkspaceTree& tree) {
  const std::string home = "/Users/" + std::string(kDeletedUser);
  tree.PutNotebook(home + "/the only copy", "PYTHON", kPython + "print('of the nightly job')\n");
  tree.PutNotebook(home + "/Trash/thrown away", "PYTHON", kPython);
  tree.PutFile(home + "/.bundle/prod/state/metadata.json", "{}\n");
  tree.PutFile(home + "/.env", "DEBUG=1\n");
  tree.PutNotebook("/Users/o'neil+tag@example.com/notes", "PYTHON", kPython + "print('+')\n");
  tree.Mkdirs("/Users/用户@例子.公司");
  tree.PutFile("/root level.txt", "beside the homes\n");
  tree.PutNotebook("/root level", "SQL", "-- Databricks notebook source\nSELECT 'beside the homes'\n");
  const std::string root = kHostileRoot;
  for (const char* folder :
       {"/empty", "/empties/a/b/c", "/empties/ ", "/.hidden/.more", "/.git/objects", "/__pycache__"}) {
    tree.Mkdirs(root + folder);
  }
  tree.PutFile(root + "/.hidden/.file", "hidden\n");
}

}  // namespace

void FillHostileTree(Emulator& emulator) {
  WorkspaceTree& tree = emulator.tree();
  PutHomes(tree);
  PutNames(tree);
  PutTwins(tree);
  PutContents(emulator);
  PutLarge(emulator);
  PutMoods(tree);
  PutOtherKinds(emulator);
}

void FillHostileFiles(Emulator& emulator) {
  Dbfs& dbfs = emulator.dbfs();
  const std::string root = "/FileStore/hostile";
  int number = 0;
  for (const std::string& name : HostileNames()) {
    dbfs.PutFile(root + "/files/" + name, "dbfs " + std::to_string(++number) + "\n");
  }
  dbfs.PutFile(root + "/empty", "");
  dbfs.PutFile(root + "/11 MB.bin", SampleBytes(emulator.options().seed + 10, kEleven));
  dbfs.PutFile(root + "/exactly one block", std::string(1 << 20, 'b'));
  dbfs.PutFile(root + "/grows for ever.log", "line\n");
  dbfs.Grow(root + "/grows for ever.log", 5, -1);
  dbfs.PutFile(root + "/grows once.log", "line\n");
  dbfs.Grow(root + "/grows once.log", 5, 1);
  dbfs.Mkdirs(root + "/empty folder");
  dbfs.PutFile("/databricks/init/ä %/cluster.sh", "#!/bin/bash\n");
  dbfs.PutFile("/tmp/not asked for", "x\n");
}

}  // namespace emulator
