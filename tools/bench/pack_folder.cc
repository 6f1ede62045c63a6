// Packs a folder's files into an archive and tells how long that took: `dbxark-bench-pack FOLDER ARCHIVE [LEVEL]`. The
// files are in memory before the clock starts, as they are when a workspace gives them. Prints one JSON object.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "format/archive_writer.h"

namespace {

using dbxark::format::ArchiveWriter;

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::vector<std::pair<std::string, std::string>> ReadAll(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files.emplace_back(entry.path().lexically_relative(folder).string(),
                       std::string(std::istreambuf_iterator<char>(in), {}));
  }
  std::sort(files.begin(), files.end());
  return files;
}

int Fail(const dbxark::Error& error) {
  std::fprintf(stderr, "dbxark-bench-pack: %s\n", error.message().c_str());
  return 1;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return std::fprintf(stderr, "usage: dbxark-bench-pack FOLDER ARCHIVE [LEVEL]\n"), 2;
  const auto files = ReadAll(words[1]);
  uint64_t bytes = 0;
  for (const auto& [name, text] : files) bytes += text.size();

  const double before = ProcessorSeconds();
  const auto began = std::chrono::steady_clock::now();
  dbxark::format::WriterOptions options;
  options.clock_ms = 1756716000000;
  if (count > 3) options.level = std::stoi(words[3]);
  auto writer = ArchiveWriter::Create(dbxark::FileSystem::Real(), words[2], options);
  if (!writer.ok()) return Fail(writer.error());
  for (const auto& [name, text] : files) {
    dbxark::format::Entry entry;
    entry.kind = "notebook";
    entry.id = entry.natural_key = entry.name = name;
    if (auto added = (*writer)->Add(entry, text); !added.ok()) return Fail(added.error());
  }
  const auto summary = (*writer)->Finish("{}");
  if (!summary.ok()) return Fail(summary.error());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  std::printf("{\"files\": %zu, \"bytes\": %llu, \"packed_bytes\": %llu, \"seconds\": %.3f, \"processor\": %.3f}\n",
              files.size(), static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(summary->archive_bytes), seconds.count(), ProcessorSeconds() - before);
  return 0;
}
