#include "emulator/dbfs_family.h"
#include "emulator/sample.h"
#include "emulator/workspace_family.h"

namespace emulator {
namespace {

constexpr const char* kCommand = "# COMMAND ----------\n\n";

// A Jupyter notebook that was saved with its results.
Json WithResults() {
  Json text = {
      {"cell_type", "markdown"}, {"metadata", Json::object()}, {"source", {"# Exploration\n", "with results"}}};
  auto code = [](int count, const char* source, Json output) {
    return Json{{"cell_type", "code"},
                {"execution_count", count},
                {"metadata", Json::object()},
                {"outputs", Json::array({std::move(output)})},
                {"source", Json::array({source})}};
  };
  Json printed = {{"name", "stdout"}, {"output_type", "stream"}, {"text", Json::array({"42\n"})}};
  Json value = {{"data", {{"text/plain", Json::array({"[1, 2, 3]"})}}},
                {"execution_count", 2},
                {"metadata", Json::object()},
                {"output_type", "execute_result"}};
  Json about = {{"application/vnd.databricks.v1+notebook", {{"language", "python"}, {"notebookName", "exploration"}}},
                {"language_info", {{"name", "python"}}}};
  return {{"cells", Json::array({text, code(1, "print(6 * 7)", printed), code(2, "[1, 2, 3]", value)})},
          {"metadata", about},
          {"nbformat", 4},
          {"nbformat_minor", 0}};
}

void PutNotebooks(WorkspaceTree& tree) {
  std::string etl =
      "# Databricks notebook source\n"
      "# MAGIC %md\n"
      "# MAGIC # Nightly ETL\n"
      "# MAGIC Reads what landed yesterday, writes `sales.orders`.\n"
      "\n# COMMAND ----------\n\n"
      "# DBTITLE 1,Parameters\n"
      "dbutils.widgets.text(\"day\", \"\")\nday = dbutils.widgets.get(\"day\")\n"
      "\n# COMMAND ----------\n\n"
      "orders = spark.read.json(f\"/mnt/landing/orders/{day}\")\n"
      "orders.write.mode(\"append\").saveAsTable(\"sales.orders\")\n"
      "\n# COMMAND ----------\n\n"
      "# MAGIC %sql\n# MAGIC SELECT count(*) FROM sales.orders\n";
  tree.PutNotebook("/Users/ana@example.com/etl", "PYTHON", etl);
  tree.PutFile("/Users/ana@example.com/etl.py",
               "# The notebook beside me has my stem.\nprint('a file, not a notebook')\n");
  tree.PutNotebook("/Users/ana@example.com/projects/churn/features", "PYTHON",
                   "# Databricks notebook source\nfrom pyspark.sql import functions as F\n\n" + std::string(kCommand) +
                       "display(spark.table('crm.customers').withColumn('tenure', F.lit(1)))\n");
  tree.PutNotebook("/Users/ana@example.com/projects/churn/report", "SQL",
                   "-- Databricks notebook source\nSELECT region, avg(churn) FROM crm.scores GROUP BY region\n\n"
                   "-- COMMAND ----------\n\n-- MAGIC %md ## Regions\n\n-- COMMAND ----------\n\n"
                   "SELECT '--' AS not_a_comment\n");
  tree.PutNotebook("/Shared/tools/Aggregations", "SCALA",
                   "// Databricks notebook source\nimport org.apache.spark.sql.functions._\n\n"
                   "// COMMAND ----------\n\nval totals = spark.table(\"sales.orders\").groupBy($\"day\").count()\n\n"
                   "// COMMAND ----------\n\n// MAGIC %python\n// MAGIC print('mixed languages')\n");
  tree.PutNotebook(
      "/Shared/tools/forecast", "R",
      "# Databricks notebook source\nlibrary(SparkR)\n\n# COMMAND ----------\n\nfit <- lm(y ~ x, data = d)\n"
      "summary(fit)\n");
  tree.PutNotebook("/Shared/empty notebook", "PYTHON", "# Databricks notebook source\n");
  tree.PutJupyter("/Users/ana@example.com/exploration", WithResults().dump());
}

// Every name that some file system, shell or URL minds.
void PutOddNames(WorkspaceTree& tree) {
  const std::string root = "/Shared/odd names";
  const std::string source = "# Databricks notebook source\nprint('odd')\n";
  for (const char* name :
       {"销售 报表", "🚀 launch", "it's \"quoted\"", "100% sure", "50%25 already escaped", "trailing dot.",
        "plus+and&amp", "back\\slash", "hash#question?", "~tilde", "-leading dash", "Straße"}) {
    tree.PutNotebook(root + "/" + name, "PYTHON", source);
  }
  tree.PutNotebook(root + "/Case", "PYTHON", source);
  tree.PutNotebook(root + "/case", "SQL", "-- Databricks notebook source\nSELECT 'another one'\n");
  tree.PutFile(root + "/Data/readme.md", "# upper\n");
  tree.PutFile(root + "/data/readme.md", "# lower\n");
  tree.PutFile(root + "/数据.csv", "id,名\n1,一\n");
  tree.PutFile(root + "/line1\nline2.txt", "a newline in a name\n");
  tree.PutFile(root + "/" + std::string(200, 'n') + ".txt", "a long name\n");
  tree.PutFile(root + "/no extension", "plain\n");
}

void PutBigNotebook(WorkspaceTree& tree) {
  // 9.9 MiB: under what an export may be, over what leaves room for anything else.
  constexpr size_t kBytes = 10380902;
  std::string text = "# Databricks notebook source\n";
  text.reserve(kBytes);
  for (size_t cell = 0; text.size() + 60000 < kBytes; ++cell) {
    text += "values_" + std::to_string(cell) + " = [\n";
    for (size_t line = 0; line < 500; ++line) {
      text += "    (" + std::to_string(cell) + ", " + std::to_string(line * 2654435761U % 1000003) +
              ", 'a row of a table that should have been a file'),\n";
    }
    text += "]\n\n";
    text += kCommand;
  }
  std::string comment = "# the end ";
  text += comment + std::string(kBytes - text.size() - comment.size() - 1, '.') + "\n";
  tree.PutNotebook("/Shared/big/generated table", "PYTHON", text);
}

}  // namespace

void FillSampleTree(Emulator& emulator) {
  WorkspaceTree& tree = emulator.tree();
  const std::string admin = emulator.options().user_name;
  for (const char* path :
       {"/Shared", "/Users/bob@example.com/empty folder", "/Shared/a/b/c/d/e/f", "/Repos/bob@example.com"}) {
    tree.Mkdirs(path);
  }
  tree.Mkdirs("/Users/" + admin);
  tree.PutNotebook("/Users/" + admin + "/setup", "PYTHON", "# Databricks notebook source\n# MAGIC %run ./helpers\n");
  PutNotebooks(tree);
  PutOddNames(tree);
  PutBigNotebook(tree);
  tree.PutFile("/Shared/init/install.sh", "#!/bin/bash\npip install great-expectations\n");
  tree.PutFile("/Shared/init/proxy.sh", "#!/bin/bash\nexport http_proxy=http://proxy.example.com:3128\n");
  tree.PutFile("/Shared/lib/transform.py", "def transform(frame):\n    return frame.dropDuplicates()\n");
  tree.PutFile("/Shared/lib/requirements.txt", "pandas==2.2.2\nrequests\n");
  tree.PutFile("/Shared/lib/empty.txt", "");
  tree.PutFile("/Shared/lib/logo.png", "\x89PNG\r\n\x1a\n" + SampleBytes(emulator.options().seed, 20000));
  tree.PutFile("/Users/ana@example.com/projects/churn/config.json",
               "{\"threshold\": 0.50, \"id\": 9007199254740993}\r\n");
  tree.PutNode("/Shared/lib/dbx-utils", "LIBRARY", {{"language", "PYTHON"}});
  tree.PutNode("/Users/bob@example.com/Sales.lvdash.json", "DASHBOARD", {{"resource_id", emulator.NewHex(32)}},
               R"({"pages":[{"name":"p1","displayName":"Sales","layout":[]}]})");
  tree.PutNode("/Users/ana@example.com/churn-experiment", "MLFLOW_EXPERIMENT");
  tree.PutNode(
      "/Repos/ana@example.com/repo", "REPO",
      {{"git_info", {{"url", "https://github.com/example/repo.git"}, {"provider", "gitHub"}, {"branch", "main"}}}});
  tree.PutNotebook("/Repos/ana@example.com/repo/main", "PYTHON", "# Databricks notebook source\nprint('from git')\n");
  tree.PutFile("/Repos/ana@example.com/repo/README.md", "# repo\n");
}

void FillSampleFiles(Emulator& emulator) {
  Dbfs& dbfs = emulator.dbfs();
  uint64_t seed = emulator.options().seed;
  dbfs.PutFile("/databricks/init/install-odbc.sh", "#!/bin/bash\napt-get install -y msodbcsql17\n");
  dbfs.PutFile("/databricks/init/shared-analytics/cert.sh", "#!/bin/bash\nupdate-ca-certificates\n");
  dbfs.PutFile("/databricks/scripts/pip.sh", "#!/bin/bash\n/databricks/python/bin/pip install pyodbc\n");
  dbfs.PutFile("/FileStore/jars/billing-1.4.2.jar", "PK\x03\x04" + SampleBytes(seed + 1, 40000));
  dbfs.PutFile("/FileStore/wheels/reports-0.9-py3-none-any.whl", "PK\x03\x04" + SampleBytes(seed + 2, 9000));
  dbfs.PutFile("/FileStore/tables/weather.bin", SampleBytes(seed + 3, 3 * 1024 * 1024 + 17));
  dbfs.PutFile("/FileStore/tables/countries.csv", "code,name\nDE,Deutschland\nCN,中国\n");
  dbfs.PutFile("/FileStore/empty.dat", "");
  dbfs.PutFile("/FileStore/odd/名 with space%.txt", "odd\n");
  dbfs.Mkdirs("/FileStore/plots");
  dbfs.PutFile("/user/hive/warehouse/sales.db/orders/part-00000.snappy.parquet", "PAR1" + SampleBytes(seed + 4, 70000));
  dbfs.PutFile("/tmp/scratch/old.json", "{}\n");
}

}  // namespace emulator
