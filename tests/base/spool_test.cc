#include "base/spool.h"

#include <cstdlib>
#include <filesystem>

#include "support/catch.h"

namespace dbxark {
namespace {

std::string ReadInSteps(const Body& body, size_t step) {
  auto source = body.OpenSource();
  std::string text, buffer(step, '\0');
  while (true) {
    auto count = source->Read(buffer.data(), step);
    REQUIRE(count.ok());
    if (*count == 0) return text;
    text.append(buffer, 0, *count);
  }
}

TEST_CASE("a body is read as it was written, from memory and from a file") {
  for (size_t limit : {size_t{0}, size_t{5}, size_t{1000}}) {
    SpoolWriter writer(Spool{"", limit});
    std::string expected;
    for (int i = 0; i < 50; ++i) {
      const std::string part(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
      REQUIRE(writer.Write(part).ok());
      expected += part;
    }
    CHECK(writer.size() == expected.size());
    const Body body = writer.Finish();
    CHECK(body.size() == expected.size());
    CHECK(ReadInSteps(body, 7) == expected);
    CHECK(ReadInSteps(body, 100'000) == expected);
    CHECK(*body.Head(3) == expected.substr(0, 3));
    CHECK(*body.ReadAll(100'000) == expected);
    CHECK_FALSE(body.ReadAll(10).ok());
    CHECK(writer.size() == 0);
  }
}

TEST_CASE("a spool leaves no file behind, even while it is open") {
  std::string folder = (std::filesystem::temp_directory_path() / "dbxark-spool-test-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  SpoolWriter writer(Spool{folder, 10});
  REQUIRE(writer.Write(std::string(100, 'x')).ok());
  CHECK(std::filesystem::is_empty(folder));
  const Body body = writer.Finish();
  CHECK(std::filesystem::is_empty(folder));
  CHECK(body.OpenSource() != nullptr);
  std::filesystem::remove(folder);
}

TEST_CASE("a source outlives the body that it came from") {
  std::unique_ptr<ByteSource> source;
  {
    SpoolWriter writer(Spool{"", 2});
    REQUIRE(writer.Write("longer than two").ok());
    source = writer.Finish().OpenSource();
  }
  char buffer[64];
  auto count = source->Read(buffer, sizeof buffer);
  REQUIRE(count.ok());
  CHECK(std::string(buffer, *count) == "longer than two");
}

TEST_CASE("a restarted writer forgets") {
  SpoolWriter writer(Spool{"", 4});
  REQUIRE(writer.Write("first attempt").ok());
  writer.Restart();
  REQUIRE(writer.Write("2nd").ok());
  CHECK(*writer.Finish().ReadAll(100) == "2nd");
}

TEST_CASE("a folder that is not there is an error that names it") {
  SpoolWriter writer(Spool{"/nonexistent/spool", 0});
  Status status = writer.Write("x");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message().find("/nonexistent/spool") != std::string::npos);
}

}  // namespace
}  // namespace dbxark
