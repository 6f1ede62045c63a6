#include "format/second_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace dbxark::format {
namespace {

struct Closer {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

}  // namespace

std::optional<std::string> FindSecondOpinion(std::string_view header, const TarMember& member) {
  const std::unique_ptr<archive, Closer> reader(archive_read_new());
  if (!reader) return std::nullopt;  // no memory, no opinion
  archive_read_support_format_tar(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_memory(reader.get(), header.data(), header.size()) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
    const char* why = archive_error_string(reader.get());
    return std::string("libarchive does not take its tar header: ") + (why ? why : "no reason given");
  }
  // Names in old GNU headers are bytes to libarchive too: no locale has a part in this.
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr || name != member.name) return "libarchive reads another name";
  if (archive_entry_filetype(entry) != (member.folder ? AE_IFDIR : AE_IFREG)) return "libarchive reads another type";
  if (archive_entry_size(entry) != static_cast<la_int64_t>(member.size) ||
      archive_entry_mtime(entry) != member.mtime_s) {
    return "libarchive reads another size or time";
  }
  return std::nullopt;
}

}  // namespace dbxark::format
