#include "base/digest.h"

#include "support/catch.h"

using namespace dbxark;

TEST_CASE("SHA-256 is that of the standard's examples, in one piece or many") {
  CHECK(ToHex(Sha256Of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(ToHex(Sha256Of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 hash;
  hash.Update("a");
  hash.Update("");
  hash.Update("bc");
  CHECK(hash.Finish() == Sha256Of("abc"));
}

TEST_CASE("XXH64 is that of the reference, with seed 0") {
  CHECK(Xxh64Of("") == 0xEF46DB3751D8E999u);
  CHECK(Xxh64Of("abc") == 0x44BC2CF5AD770999u);
}

TEST_CASE("hexadecimal digits are written small and read in any case") {
  const std::string bytes("\x00\x7f\xff", 3);
  CHECK(ToHex(bytes) == "007fff");
  CHECK(FromHex("007FfF") == bytes);
  CHECK(FromHex("") == "");
  CHECK_FALSE(FromHex("0").has_value());
  CHECK_FALSE(FromHex("0g").has_value());
  CHECK_FALSE(FromHex(" 00 ").has_value());
}

TEST_CASE("base64 is written with padding and reads back, for every length") {
  CHECK(ToBase64("") == "");
  CHECK(ToBase64("f") == "Zg==");
  CHECK(ToBase64("fo") == "Zm8=");
  CHECK(ToBase64("foo") == "Zm9v");
  CHECK(ToBase64("foobar") == "Zm9vYmFy");
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(FromBase64(ToBase64(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST_CASE("base64 is read over line breaks") { CHECK(FromBase64("Zm9v\r\nYmFy\n") == "foobar"); }

TEST_CASE("a line break in base64, or what is none of it, is seen wherever it stands") {
  const std::string bytes = "the quick brown fox jumps over", text = ToBase64(bytes);
  for (size_t at = 0; at <= text.size(); ++at) {
    std::string broken = text, wrong = text;
    broken.insert(at, "\r\n");
    CHECK(FromBase64(broken) == bytes);
    wrong.insert(at, "-");
    CHECK_FALSE(FromBase64(wrong).has_value());
  }
}

TEST_CASE("what is not base64 is nothing") {
  for (const char* wrong :
       {"Z", "Zg", "Zg=", "Zg===", "Zm8", "=", "====", "Zg==Zg==", "Zm9v=", "Zm-_", "Zm 9v", "Z=g="}) {
    INFO(wrong);
    CHECK_FALSE(FromBase64(wrong).has_value());
  }
}
