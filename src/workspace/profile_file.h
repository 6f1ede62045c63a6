// .databrickscfg: profiles with their keys.
//
// The vendor's own readers disagree. This one reads by the rules of the Go tools (no continuation lines, a comment
// behind a value begins with a space), and refuses a profile that the Python tools would read differently: a token that
// goes to another host depending on the tool is worse than an error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbxark::workspace {

struct Profile {
  std::map<std::string, std::string> values;
  int line = 0;         // of its header
  std::string problem;  // "line 7: ...", where readers would disagree; empty: none
};

struct ProfileFile {
  std::map<std::string, Profile> profiles;  // in alphabetical order
};

// kFailed with the line for what no reader takes.
Result<ProfileFile> ParseProfileFile(std::string_view text);

}  // namespace dbxark::workspace
