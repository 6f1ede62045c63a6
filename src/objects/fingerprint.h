// What a definition says, in 64 hex digits: to know later whether it still says the same, without keeping it.
#pragma once

#include <string>

#include "base/result.h"
#include "objects/descriptor.h"

namespace dbxark::objects {

// Of a body as a create takes it. Two bodies that Compare finds equal have the same one: members in any order, arrays
// that are sets, what the service fills in, and numbers in another spelling make no difference. Nor does an activity,
// on or off: who switches something does not change what it is.
Result<std::string> FingerprintOf(const ObjectDescriptor& kind, const std::string& body);

// The same of an object as its workspace shows it.
Result<std::string> FingerprintOfDefinition(const ObjectDescriptor& kind, const std::string& definition);

}  // namespace dbxark::objects
