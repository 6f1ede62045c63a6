#include "backup/member_layout.h"

#include "json/document.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::backup {
namespace {

std::string ExtensionOf(const std::string& language, workspace::NotebookFormat format) {
  if (format == workspace::NotebookFormat::kJupyter) return ".ipynb";
  if (language == "PYTHON") return ".py";
  if (language == "SQL") return ".sql";
  if (language == "SCALA") return ".scala";
  if (language == "R") return ".r";
  return ".txt";
}

}  // namespace

format::Entry EntryOf(const objects::Object& object, workspace::NotebookFormat format) {
  format::Entry entry;
  entry.kind = object.kind->name;
  entry.id = object.id;
  entry.natural_key = object.natural_key;
  if (object.kind->storage == objects::Storage::kDefinition || object.kind->storage == objects::Storage::kCatalogue) {
    entry.name = std::string(object.kind->plural) + "/" + object.id + ".json";
    entry.info = object.facts;
    return entry;
  }
  const bool dbfs = object.kind->storage == objects::Storage::kDbfs;
  entry.name = (dbfs ? "dbfs" : "workspace") + object.natural_key;
  entry.folder = object.kind == &objects::kDirectory;
  json::Writer info;
  info.BeginObject().Key("node").Raw(object.definition);
  if (auto node = json::Document::Parse(object.definition); node.ok()) {
    entry.modified_ms = node->root()[dbfs ? "modification_time" : "modified_at"].AsInt64().value_or(0);
    if (object.kind == &objects::kNotebook) {
      const std::string language = node->root()["language"].text();
      entry.name += ExtensionOf(language, format);
      info.Member("format", format == workspace::NotebookFormat::kJupyter ? "JUPYTER" : "SOURCE");
      info.Member("language", language);
    }
  }
  entry.info = info.EndObject().Take();
  return entry;
}

}  // namespace dbxark::backup
