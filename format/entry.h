// What stands in an archive: what a caller says of one member, and what the index says of it when read back.
#pragma once

#include <cstdint>
#include <string>

namespace dbxark::format {

struct Entry {
  std::string kind;            // "notebook", "job", ...; UTF-8
  std::string id;              // unique within the kind; UTF-8
  std::string natural_key;     // path or name, any bytes
  std::string name;            // wanted member name: unescaped true path, '/'-separated, "jobs/123.json"
  bool folder = false;         // a folder has no bytes
  int64_t modified_ms = 0;     // 0: unknown
  int64_t read_ms = 0;         // when the bytes were read from the workspace; 0: not said
  std::string origin_archive;  // the earlier archive (UUID) that the bytes were taken from; empty: read for this one
  std::string info;            // a JSON object as text: facts about the object that are not in its bytes; or empty
};

struct Row : Entry {
  std::string member;      // the name in the tar: escaped, unique, with a final '/' for a folder
  uint64_t size = 0;       // of the bytes
  std::string sha256_hex;  // of the bytes; empty for a folder
  uint64_t at = 0;         // where the member's first header block stands in the tar
};

}  // namespace dbxark::format
