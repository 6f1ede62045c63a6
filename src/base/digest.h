// Checksums and the encodings they travel in.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace dbxark {

using Sha256Digest = std::array<unsigned char, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  // Goes on from what the other one has had.
  Sha256(const Sha256& other);
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  // Ends it: call once.
  Sha256Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Digest Sha256Of(std::string_view bytes);
// Of all that is left to read.
Result<Sha256Digest> Sha256Of(ByteSource& source);
uint64_t Xxh64Of(std::string_view bytes);

std::string ToHex(std::string_view bytes);
std::string ToHex(const Sha256Digest& digest);
// Nothing unless it is an even number of hexadecimal digits.
std::optional<std::string> FromHex(std::string_view text);

std::string ToBase64(std::string_view bytes);
// Standard alphabet with padding; line breaks are skipped. Nothing if it is not base64.
std::optional<std::string> FromBase64(std::string_view text);

// The versions of the libraries behind this room, for --version.
std::string DigestLibraryVersions();

}  // namespace dbxark
