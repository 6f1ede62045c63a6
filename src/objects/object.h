// One object of a workspace, as a plain value.
#pragma once

#include <string>

#include "objects/descriptor.h"

namespace dbxark::objects {

struct Object {
  const ObjectDescriptor* kind = nullptr;
  std::string id;           // unique within its kind; for DBFS files the path
  std::string natural_key;  // what people call it: a path or a name
  // The answer's bytes, as they came: of a read where the kind has one, else the element of the list. For what lies in
  // a tree it is the node's description (ObjectInfo, FileInfo); the content is fetched apart.
  std::string definition;
  // A JSON object of facts that are not in the definition ({"pinned":true}), or empty.
  std::string facts;
};

}  // namespace dbxark::objects
