// Encodings of the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/http.h"

namespace emulator {

std::string Base64Encode(std::string_view bytes);
// Nothing for a text that is not base64; line ends and missing padding are forgiven.
std::optional<std::string> Base64Decode(std::string_view text);

// "%41" -> "A"; an escape that is none stays.
std::string PercentDecode(std::string_view text, bool plus_is_space);
std::string PercentEncode(std::string_view text);
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);

// The boundary of "multipart/form-data; boundary=...", empty where there is none.
std::string MultipartBoundary(std::string_view content_type);
// ApiError 400 for a body that is not of that form.
std::vector<Part> ParseMultipart(std::string_view body, std::string_view boundary);

bool IsUtf8(std::string_view text);
// Whether `text` is of the shape of `glob`: `*` is any text, `?` any one byte.
bool GlobMatches(std::string_view glob, std::string_view text);
std::vector<std::string> SplitLines(std::string_view text);
std::vector<std::string> SplitPath(std::string_view path);  // empty components are dropped
std::string ToLower(std::string_view text);

}  // namespace emulator
