#include "format/record_log.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/sweep.h"

using namespace dbxark;
using format::RecordLog;

namespace {

class LogFile {
 public:
  LogFile() {
    char name[] = "/tmp/dbxark-log-XXXXXX";
    const int file = ::mkstemp(name);
    ::close(file);
    path_ = name;
    ::unlink(name);
  }
  ~LogFile() { ::unlink(path_.c_str()); }

  std::string Bytes() const {
    std::ifstream in(path_, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void Set(const std::string& bytes) const { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

using Records = std::vector<std::pair<int, std::string>>;

Result<std::unique_ptr<RecordLog>> Open(const LogFile& file, Records& records, const std::string& binding = "a>b") {
  records.clear();
  return RecordLog::Open(FileSystem::Real(), file.path(), binding, [&](uint8_t type, std::string_view payload) {
    records.emplace_back(type, std::string(payload));
    return Status();
  });
}

const Records kThree = {{1, "first"}, {2, ""}, {200, std::string("th\0rd", 5)}};

void WriteThree(const LogFile& file) {
  Records none;
  auto log = Open(file, none);
  REQUIRE(log.ok());
  CHECK(none.empty());
  for (const auto& [type, payload] : kThree) REQUIRE((*log)->Append(static_cast<uint8_t>(type), payload).ok());
}

}  // namespace

TEST_CASE("what was appended is there again, and more can follow") {
  LogFile file;
  WriteThree(file);
  Records records;
  {
    auto log = Open(file, records);
    REQUIRE(log.ok());
    CHECK(records == kThree);
    CHECK((*log)->cut_bytes() == 0);
    REQUIRE((*log)->Append(7, "fourth").ok());
  }
  REQUIRE(Open(file, records).ok());
  CHECK(records.size() == 4);
  CHECK(records.back() == std::make_pair(7, std::string("fourth")));
}

TEST_CASE("a log belongs to one pair of workspaces") {
  LogFile file;
  WriteThree(file);
  Records records;
  auto other = Open(file, records, "a>c");
  REQUIRE(!other.ok());
  CHECK(other.error().code() == ErrorCode::kAlreadyExists);
  CHECK(other.error().message().find("belongs to a>b, not to a>c") != std::string::npos);
}

TEST_CASE("two runs cannot have one log") {
  LogFile file;
  Records records;
  auto first = Open(file, records);
  REQUIRE(first.ok());
  auto second = Open(file, records);
  REQUIRE(!second.ok());
  CHECK(second.error().code() == ErrorCode::kLocked);
  CHECK(
      RecordLog::Read(FileSystem::Real(), file.path(), "a>b", [](uint8_t, std::string_view) { return Status(); }).ok());
}

TEST_CASE("a log that is cut anywhere keeps every whole record and goes on") {
  LogFile file;
  WriteThree(file);
  const std::string whole = file.Bytes();
  size_t seen_most = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    INFO("cut at " << size);
    file.Set(whole.substr(0, size));
    Records records;
    {
      auto log = Open(file, records);
      REQUIRE(log.ok());
      CHECK(records.size() < kThree.size());
      CHECK(records.size() >= seen_most);
      seen_most = records.size();
      CHECK(std::equal(records.begin(), records.end(), kThree.begin()));
      REQUIRE((*log)->Append(9, "after").ok());
    }
    Records again;
    REQUIRE(Open(file, again).ok());
    REQUIRE(again.size() == records.size() + 1);
    CHECK(again.back().second == "after");
  }
  CHECK(seen_most == 2);
}

TEST_CASE("a flipped bit is damage, or costs the last record alone") {
  LogFile file;
  WriteThree(file);
  const std::string whole = file.Bytes();
  const size_t last = whole.rfind("\xF3REC");
  for (size_t bit = 0; bit < whole.size() * 8; bit += test::SweepStride(11)) {
    INFO("bit " << bit);
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    file.Set(bytes);
    Records records;
    auto log = Open(file, records);
    if (bit / 8 < last) {
      REQUIRE(!log.ok());
      CHECK((log.error().code() == ErrorCode::kCorruption || log.error().code() == ErrorCode::kFailed));
      CHECK(file.Bytes() == bytes);
    } else {
      REQUIRE(log.ok());
      CHECK(records == Records(kThree.begin(), kThree.end() - 1));
    }
  }
}

TEST_CASE("a file that is no log is left as it is") {
  LogFile file;
  for (const std::string text : {"notes", "notes that are longer than any header would be"}) {
    file.Set(text);
    Records records;
    auto log = Open(file, records);
    REQUIRE(!log.ok());
    CHECK(log.error().code() == ErrorCode::kCorruption);
    CHECK(file.Bytes() == text);
  }
}

TEST_CASE("threads append at once and nothing is lost") {
  LogFile file;
  Records records;
  {
    auto log = Open(file, records);
    REQUIRE(log.ok());
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 25; ++i) {
          if (!(*log)->Append(static_cast<uint8_t>(thread), std::to_string(i)).ok()) std::abort();
        }
      });
    }
  }
  REQUIRE(Open(file, records).ok());
  REQUIRE(records.size() == 200);
  std::vector<int> next(8);
  for (const auto& [thread, text] : records) CHECK(text == std::to_string(next[static_cast<size_t>(thread)]++));
}
