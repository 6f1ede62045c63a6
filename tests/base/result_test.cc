#include "base/result.h"

#include <sstream>

#include "base/bytes.h"
#include "base/secret.h"
#include "support/catch.h"

using namespace dbxark;

TEST_CASE("an error's message goes from large to small") {
  Error error = Error(ErrorCode::kNotFound, "policy 8F is not there").Within("create job \"x\"").Within("restore");
  CHECK(error.message() == "restore: create job \"x\": policy 8F is not there");
  CHECK(error.code() == ErrorCode::kNotFound);
}

TEST_CASE("a result is a value or an error, even where the value is itself a text") {
  Result<std::string> good = std::string("yes");
  CHECK(good.ok());
  CHECK(good->size() == 3);
  CHECK(*std::move(good) == "yes");
  Result<std::string> bad = Error(ErrorCode::kDenied, "no");
  CHECK_FALSE(bad);
  CHECK(bad.error().message() == "no");
  CHECK(Status().ok());
  CHECK_FALSE(Status(Error(ErrorCode::kFailed, "x")).ok());
}

TEST_CASE("a secret prints as stars") {
  std::ostringstream out;
  out << SecretString("dapi123") << "|" << SecretString();
  CHECK(out.str() == "***|");
  CHECK(SecretString("dapi123").Reveal() == "dapi123");
}

TEST_CASE("memory can be read and written as a stream of bytes") {
  StringSink sink;
  REQUIRE(sink.Write("ab").ok());
  REQUIRE(sink.Write("c").ok());
  CHECK(sink.text() == "abc");
  StringSource source("abc");
  char buffer[2];
  CHECK(*source.Read(buffer, 2) == 2);
  CHECK(*source.Read(buffer, 2) == 1);
  CHECK(buffer[0] == 'c');
  CHECK(*source.Read(buffer, 2) == 0);
}
