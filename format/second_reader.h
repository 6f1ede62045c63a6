// Another implementation's view of our tar headers: what libarchive makes of them, and with it every tool built on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "format/tar_header.h"

namespace dbxark::format {

// Why libarchive would not see `member` in that header, or nothing. Give it headers of our own making only: it is no
// judge of hostile bytes. Any thread, any locale.
std::optional<std::string> FindSecondOpinion(std::string_view header, const TarMember& member);

}  // namespace dbxark::format
