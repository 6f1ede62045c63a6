#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <array>
#include <cassert>

namespace dbxark {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  // Looked for once: that takes as long as hashing a short text.
  static EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  [[maybe_unused]] const int done = EVP_DigestInit_ex(state_->context, kAlgorithm, nullptr);
  assert(done == 1);
}
Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>()) {
  [[maybe_unused]] const int done = EVP_MD_CTX_copy_ex(state_->context, other.state_->context);
  assert(done == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

Sha256Digest Sha256::Finish() {
  Sha256Digest digest{};
  EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  return digest;
}

Sha256Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

Result<Sha256Digest> Sha256Of(ByteSource& source) {
  Sha256 digest;
  std::string buffer(65536, '\0');
  while (true) {
    auto count = source.Read(buffer.data(), buffer.size());
    if (!count.ok()) return std::move(count).error();
    if (*count == 0) return digest.Finish();
    digest.Update(std::string_view(buffer).substr(0, *count));
  }
}

uint64_t Xxh64Of(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

std::string ToHex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string ToHex(const Sha256Digest& digest) {
  return ToHex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::optional<std::string> FromHex(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string ToBase64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  static constexpr std::array<int8_t, 256> kValues = [] {
    std::array<int8_t, 256> values{};
    values.fill(-1);
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < kAlphabet.size(); ++i) {
      values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
    }
    return values;
  }();
  const auto value = [&](size_t at) -> int { return kValues[static_cast<unsigned char>(text[at])]; };
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  uint32_t group = 0;
  int count = 0, padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    // Nearly all of a text is whole groups of the alphabet: these four at once.
    while (count == 0 && padding == 0 && text.size() - i >= 4) {
      const int a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
      if ((a | b | c | d) < 0) break;
      bytes[size++] = static_cast<char>(a << 2 | b >> 4);
      bytes[size++] = static_cast<char>(b << 4 | c >> 2);
      bytes[size++] = static_cast<char>(c << 6 | d);
      i += 4;
    }
    if (i == text.size()) break;
    if (text[i] == '\r' || text[i] == '\n') continue;
    if (text[i] == '=') {
      ++padding;
      continue;
    }
    if (value(i) < 0 || padding > 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(value(i));
    if (++count == 4) {
      bytes[size++] = static_cast<char>(group >> 16);
      bytes[size++] = static_cast<char>(group >> 8);
      bytes[size++] = static_cast<char>(group);
      group = 0;
      count = 0;
    }
  }
  if (count == 1 || padding > 2 || (padding > 0 && count + padding != 4) || (count > 0 && padding == 0)) {
    return std::nullopt;
  }
  if (count == 2) bytes[size++] = static_cast<char>(group >> 4);
  if (count == 3) {
    bytes[size++] = static_cast<char>(group >> 10);
    bytes[size++] = static_cast<char>(group >> 2);
  }
  bytes.resize(size);
  return bytes;
}

std::string DigestLibraryVersions() {
  return std::string(OpenSSL_version(OPENSSL_VERSION_STRING)).insert(0, "OpenSSL ") + ", xxHash " +
         std::to_string(XXH_versionNumber() / 10000) + "." + std::to_string(XXH_versionNumber() / 100 % 100) + "." +
         std::to_string(XXH_versionNumber() % 100);
}

}  // namespace dbxark
