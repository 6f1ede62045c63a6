// Zip archives, as the service gives and takes them for directories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator {

struct ZipEntry {
  std::string name;  // a directory's ends in '/'
  std::string bytes;
};

std::string WriteZip(const std::vector<ZipEntry>& entries);
bool LooksLikeZip(std::string_view bytes);
// ApiError 400 for what is no zip, is damaged, or would unpack to more than a gigabyte.
std::vector<ZipEntry> ReadZip(std::string_view bytes);

std::string Deflate(std::string_view bytes);

}  // namespace emulator
