#include "base/spool.h"

#include <cstdlib>
#include <filesystem>

#include "support/catch.h"

using namespace dbxark;

namespace {

std::string AllOf(const Body& body, size_t step = 7) {
  auto source = body.OpenSource();
  std::string text, buffer(step, '\0');
  while (true) {
    auto count = source->Read(buffer.data(), buffer.size());
    REQUIRE(count.ok());
    if (*count == 0) return text;
    text.append(buffer, 0, *count);
  }
}

}  // namespace

TEST_CASE("a body reads back what was written, in memory or on disk") {
  std::string folder = (std::filesystem::temp_directory_path() / "dbxark-spool-test-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  for (const size_t limit : {0, 1, 9, 10, 11, 1000}) {
    INFO(limit);
    SpoolWriter writer(Spool{folder, limit});
    REQUIRE(writer.Write("01234").ok());
    REQUIRE(writer.Write("").ok());
    REQUIRE(writer.Write("56789").ok());
    CHECK(writer.size() == 10);
    // Nothing is left behind however the process ends: the file has no name already.
    CHECK(std::filesystem::is_empty(folder));
    const Body body = writer.Finish();
    CHECK(body.size() == 10);
    CHECK(AllOf(body) == "0123456789");
    CHECK(AllOf(body, 1) == "0123456789");
    CHECK(*body.Head(4) == "0123");
    CHECK(*body.Head(99) == "0123456789");
    CHECK(*body.ReadAll(10) == "0123456789");
    CHECK_FALSE(body.ReadAll(9).ok());
    CHECK(writer.size() == 0);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a body that is begun again holds nothing of the first attempt") {
  for (const size_t limit : {2, 1000}) {
    SpoolWriter writer(Spool{{}, limit});
    REQUIRE(writer.Write("first attempt").ok());
    writer.Restart();
    CHECK(writer.size() == 0);
    REQUIRE(writer.Write("second").ok());
    CHECK(AllOf(writer.Finish()) == "second");
    REQUIRE(writer.Write("another body").ok());
    CHECK(AllOf(writer.Finish()) == "another body");
  }
}

TEST_CASE("a source keeps its bytes alive, and copies share them") {
  std::unique_ptr<ByteSource> source;
  {
    SpoolWriter writer(Spool{{}, 0});
    REQUIRE(writer.Write("kept").ok());
    const Body body = writer.Finish(), copy = body;
    source = copy.OpenSource();
  }
  char buffer[8];
  auto count = source->Read(buffer, sizeof buffer);
  REQUIRE(count.ok());
  CHECK(std::string(buffer, *count) == "kept");
}

TEST_CASE("an empty body has nothing to read") {
  CHECK(AllOf(Body()).empty());
  CHECK(Body().size() == 0);
  CHECK(AllOf(Body(std::string("x"))) == "x");
}

TEST_CASE("a spool that cannot be written names its folder") {
  SpoolWriter writer(Spool{"/nowhere/at all", 0});
  const Status status = writer.Write("x");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message().find("/nowhere/at all") != std::string::npos);
}
