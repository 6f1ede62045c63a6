#include "format/layout.h"

#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::format;

TEST_CASE("a UUID is text and bytes") {
  const auto uuid = ParseUuid("0123ABCD-4567-89ab-cdef-001122334455");
  REQUIRE(uuid);
  CHECK(FormatUuid(*uuid) == "0123abcd-4567-89ab-cdef-001122334455");
  CHECK(!ParseUuid("0123abcd456789abcdef001122334455"));
  CHECK(!ParseUuid("0123abcd-4567-89ab-cdef-00112233445g"));
  CHECK(!ParseUuid(""));
  const Uuid random = RandomUuid();
  CHECK(random != RandomUuid());
  CHECK((random[6] & 0xF0) == 0x40);
  CHECK((random[8] & 0xC0) == 0x80);
}

TEST_CASE("the start frame says what was put in") {
  Identity identity;
  identity.uuid = *ParseUuid("0123abcd-4567-89ab-cdef-001122334455");
  identity.flags = 7;
  identity.created_ms = -5;
  const std::string bytes = EncodeStart(identity);
  REQUIRE(bytes.size() == kStartSize);
  REQUIRE(DecodeStart(bytes));
  CHECK(*DecodeStart(bytes) == identity);
  CHECK(!DecodeStart(bytes.substr(1)));
  for (size_t i = 0; i < 16; ++i) {
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK(!DecodeStart(other));
  }
}

TEST_CASE("the footer says what was put in, and any changed bit of it is found") {
  Footer footer;
  footer.identity.created_ms = 1763701140000;
  footer.tar_size = 1;
  footer.object_count = 2;
  footer.index = {3, 4, 5, 6, Sha256Of("index")};
  footer.manifest = {7, 8, 9, 10, Sha256Of("manifest")};
  footer.sha256_before = Sha256Of("before");
  footer.table_xxh64 = 11;
  const std::string bytes = EncodeFooter(footer);
  REQUIRE(bytes.size() == kFooterSize);
  Footer read;
  REQUIRE(!DecodeFooter(bytes, read));
  CHECK(EncodeFooter(read) == bytes);
  CHECK(read.index.size == 6);
  CHECK(read.manifest.sha256 == Sha256Of("manifest"));
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    if (!DecodeFooter(other, read)) FAIL("bit " << bit << " was missed");
  }
}

TEST_CASE("the seek table says what was put in") {
  const std::vector<TableEntry> entries = {{48, 0}, {1000, 4096}, {384, 0}};
  const std::string bytes = EncodeTable(entries);
  CHECK(bytes.size() == TableSize(3));
  CHECK(DecodeTableTail(std::string_view(bytes).substr(bytes.size() - kTableTailSize)) == 3u);
  std::vector<TableEntry> read;
  REQUIRE(!DecodeTable(bytes, read));
  REQUIRE(read.size() == 3);
  CHECK(read[1].compressed_size == 1000);
  CHECK(read[1].content_size == 4096);
}
