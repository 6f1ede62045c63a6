#include "objects/notebook_content.h"

#include "json/document.h"
#include "json/edit.h"
#include "json/path_pattern.h"

namespace dbxark::objects {

std::string ComparableJupyter(const std::string& content) {
  auto document = json::Document::Parse(content);
  if (!document.ok() || !document->root()["cells"].IsArray()) return content;
  json::Editor editor(*document);
  for (const char* pattern : {"metadata.\"application/vnd.databricks.v1+notebook\".{notebookOrigID,notebookName}",
                              "cells[].metadata.\"application/vnd.databricks.v1+cell\".nuid"}) {
    json::PathPattern(pattern).Match(document->root(),
                                     [&](json::Node node, const std::string&) { editor.Remove(node); });
  }
  return editor.Apply();
}

}  // namespace dbxark::objects
