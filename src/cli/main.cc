#include "cli/console.h"
#include "cli/options.h"

int main(int argc, char** argv) {
  dbxark::cli::Console console(dbxark::cli::ConsoleStreams::OfProcess());
  return dbxark::cli::RunCommandLine(argc, argv, console);
}
