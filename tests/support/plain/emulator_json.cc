// The emulator's JSON library as the emulator itself has it. Linked first, these instances are the ones that programs
// of tests use: those that each test makes of the same templates are compiled without optimization under sanitizers,
// and would take most of such a run.
#include <string>

#include "emulator/http.h"

namespace dbxark::test {

[[gnu::used]] std::string ParseAndDump(const std::string& text) {
  emulator::Json value = emulator::Json::parse(text);
  const emulator::Json copy = value;
  value = copy;
  return value == copy ? value.dump() : copy.dump(1);
}

}  // namespace dbxark::test
