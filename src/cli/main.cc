#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include "cli/console.h"
#include "cli/options.h"

int main(int argc, char** argv) {
#ifdef M_ARENA_MAX
  // One heap for each of many workers would keep what each of them once needed.
  mallopt(M_ARENA_MAX, 2);
#endif
  dbxark::cli::Console console(dbxark::cli::ConsoleStreams::OfProcess());
  return dbxark::cli::RunCommandLine(argc, argv, console);
}
