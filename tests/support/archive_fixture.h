// A small language for tests that make and read archives.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "format/archive_reader.h"
#include "format/archive_writer.h"
#include "support/catch.h"

namespace dbxark::test {

// A folder of its own, gone at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dbxark-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // Names of what is in it, sorted.
  std::vector<std::string> List() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::string path_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  REQUIRE(in);
  std::string bytes(static_cast<size_t>(in.tellg()), '\0');
  in.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(in);
  return bytes;
}

inline void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(out.good());
}

inline bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline format::Entry MakeEntry(std::string kind, std::string id, std::string key, std::string name) {
  format::Entry entry;
  entry.kind = std::move(kind);
  entry.id = std::move(id);
  entry.natural_key = std::move(key);
  entry.name = std::move(name);
  return entry;
}

inline format::Entry Notebook(const std::string& path, const std::string& extension = ".py") {
  return MakeEntry("notebook", path, path, "workspace" + path + extension);
}
inline format::Entry Folder(const std::string& path) {
  format::Entry entry = MakeEntry("directory", path, path, "workspace" + path);
  entry.folder = true;
  return entry;
}

inline format::WriterOptions FixedOptions(size_t threads = 2) {
  format::WriterOptions options;
  options.archive_id = "00112233-4455-4677-8899-aabbccddeeff";
  options.clock_ms = 1763701140000;  // 2025-11-21T04:59:00Z
  options.threads = threads;
  return options;
}

using Members = std::vector<std::pair<format::Entry, std::string>>;

inline format::Summary WriteArchive(const std::string& path, const Members& members,
                                    const format::WriterOptions& options = FixedOptions(),
                                    std::string_view manifest = R"({"source":{"host":"https://example.com"}})") {
  auto writer = format::ArchiveWriter::Create(FileSystem::Real(), path, options);
  INFO((writer.ok() ? "" : writer.error().message()));
  REQUIRE(writer.ok());
  for (const auto& [entry, bytes] : members) {
    const Status status = (*writer)->Add(entry, bytes);
    INFO((status.ok() ? "" : status.error().message()));
    REQUIRE(status.ok());
  }
  auto summary = (*writer)->Finish(manifest);
  INFO((summary.ok() ? "" : summary.error().message()));
  REQUIRE(summary.ok());
  return *summary;
}

inline std::unique_ptr<format::ArchiveReader> OpenArchive(const std::string& path) {
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), path);
  INFO((reader.ok() ? "" : reader.error().message()));
  REQUIRE(reader.ok());
  return std::move(*reader);
}

inline std::vector<format::Row> RowsOf(const format::ArchiveReader& reader) {
  std::vector<format::Row> rows;
  const Status status = reader.ForEachRow([&](const format::Row& row) {
    rows.push_back(row);
    return true;
  });
  INFO((status.ok() ? "" : status.error().message()));
  REQUIRE(status.ok());
  return rows;
}

// What opening and full verification have to say; empty if nothing.
inline std::string FindingOf(const std::string& path, bool quick = false) {
  const auto reader = format::ArchiveReader::Open(FileSystem::Real(), path);
  if (!reader.ok()) return reader.error().message();
  const Status status = (*reader)->Verify(quick, 1, nullptr);
  return status.ok() ? "" : status.error().message();
}

// The same each time, and hard to compress.
inline std::string Noise(size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace dbxark::test
