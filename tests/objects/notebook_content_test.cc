#include "objects/notebook_content.h"

#include <string>

#include "support/catch.h"

using dbxark::objects::ComparableJupyter;

namespace {

std::string Notebook(const std::string& id, const std::string& cell_id, const std::string& source) {
  return R"({"cells":[{"cell_type":"code","metadata":{"application/vnd.databricks.v1+cell":{"nuid":")" + cell_id +
         R"(","title":"t"}},"source":[")" + source +
         R"("]}],"metadata":{"application/vnd.databricks.v1+notebook":{"language":"python","notebookName":"n)" + id +
         R"(","notebookOrigID":)" + id + R"(}},"nbformat":4})";
}

}  // namespace

TEST_CASE("two exports of one notebook compare as equal whatever ids the service gave it") {
  CHECK(ComparableJupyter(Notebook("1", "a", "x = 1")) == ComparableJupyter(Notebook("2", "b", "x = 1")));
}

TEST_CASE("a changed cell makes two exports differ") {
  CHECK(ComparableJupyter(Notebook("1", "a", "x = 1")) != ComparableJupyter(Notebook("1", "a", "x = 2")));
}

TEST_CASE("a changed cell title makes two exports differ") {
  std::string other = Notebook("1", "a", "x");
  other.replace(other.find(R"("title":"t")"), 11, R"("title":"u")");
  CHECK(ComparableJupyter(Notebook("1", "a", "x")) != ComparableJupyter(other));
}

TEST_CASE("what is no Jupyter document is compared as it is") {
  CHECK(ComparableJupyter("# Databricks notebook source\n") == "# Databricks notebook source\n");
  CHECK(ComparableJupyter("{\"cells\":1}") == "{\"cells\":1}");
}
