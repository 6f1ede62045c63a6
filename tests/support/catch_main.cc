// Catch2 v2 wants its main in one file of ours; v3 brings it as a library.
#ifndef DBXARK_CATCH2_V3
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
