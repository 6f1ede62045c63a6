#include "base/nearest.h"

#include "support/catch.h"

using dbxark::NearestWord;

TEST_CASE("the word that was probably meant") {
  CHECK(NearestWord("warehous", {"path", "warehouse", "user"}) == "warehouse");
  CHECK(NearestWord("exprot", {"restore", "export"}) == "export");
  CHECK(NearestWord("xyz", {"restore", "export"}).empty());
  CHECK(NearestWord("a", {}).empty());
  // The first of those that are equally near.
  CHECK(NearestWord("cat", {"bat", "hat"}) == "bat");
}
