#include "emulator/arguments.h"
#include "support/catch.h"

using namespace emulator;

namespace {
std::string Refusal(const std::vector<std::string>& words) {
  try {
    ParseArguments(words);
    return "";
  } catch (const ApiError& error) {
    CHECK(error.status == 2);
    return error.message;
  }
}
}  // namespace

TEST_CASE("the command line is understood with values apart or after =") {
  const Arguments a = ParseArguments({"--listen", "0.0.0.0:80", "--rate=dbfs=30", "--rate", "jobs/create=0.5",
                                      "--import-dir=/x/y/:/Shared/z", "--import-dir", "/x/y/", "--seed", "7",
                                      "--variant", "crlf-normalised"});
  CHECK(a.host == "0.0.0.0");
  CHECK(a.port == 80);
  CHECK(a.options.rates.at("dbfs") == 30);
  CHECK(a.options.rates.at("jobs/create") == 0.5);
  CHECK(a.import_dirs[0].second == "/Shared/z");
  CHECK(a.import_dirs[1].second == "/Shared/y");
  CHECK(a.options.seed == 7);
  CHECK(a.options.variants.contains("crlf-normalised"));
  CHECK(ParseArguments({"--sample", "hostile"}).sample == "hostile");
  CHECK(ParseArguments({"--cluster-quota", "0"}).cluster_quota == 0);
  CHECK(!ParseArguments({}).cluster_quota);
}

TEST_CASE("what is wrong is said, with the likely word") {
  CHECK(Refusal({"--sede", "1"}) == "unknown option --sede; did you mean --seed?");
  CHECK(Refusal({"--variant", "crlf-normalized"}) == "no variant 'crlf-normalized'; did you mean crlf-normalised?");
  CHECK(Refusal({"--seed"}) == "--seed needs a value");
  CHECK(Refusal({"--seed", "x"}) == "--seed takes a number, not 'x'");
  CHECK(!Refusal({"--listen", "80"}).empty());
  CHECK(!Refusal({"--rate", "dbfs"}).empty());
  CHECK(Refusal({"--sample", "huge"}).starts_with("no sample 'huge'; there are: "));
  CHECK(!Refusal({"--sample", "large", "--objects", "99"}).empty());
  CHECK(!Refusal({"--sample", "small", "--objects", "1000"}).empty());
  CHECK(ParseArguments({"--objects", "1000", "--sample", "large"}).objects == 1000);
  CHECK(ParseArguments({"--sample", "large"}).objects == 10000);
  CHECK(!Refusal({"--tls-cert", "x"}).empty());
  CHECK(!Refusal({"more"}).empty());
}
