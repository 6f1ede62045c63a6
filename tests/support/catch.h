// The one include that tests need of Catch2: v2 is a single header, v3 is a library.
#pragma once

#ifdef DBXARK_CATCH2_V3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
