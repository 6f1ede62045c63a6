// The content of notebooks, as far as two of them can be the same without being the same bytes.
#pragma once

#include <string>

namespace dbxark::objects {

// A Jupyter document without what the service writes into it of the workspace that it came from (the notebook's own id
// and name, ids of cells), for comparing. What is no Jupyter document comes back as it is.
// Source: exports of notebooks, metadata "application/vnd.databricks.v1+notebook" and "...+cell".
std::string ComparableJupyter(const std::string& content);

}  // namespace dbxark::objects
