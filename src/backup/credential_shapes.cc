#include "backup/credential_shapes.h"

#include <cctype>

#include "base/text.h"

namespace dbxark::backup {
namespace {

struct Shape {
  std::string_view name;
  std::string_view prefix;
  size_t least_after;  // characters of the alphabet that must follow
  std::string_view alphabet;
};

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kWord = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

constexpr Shape kShapes[] = {
    {"databricks token", "dapi", 32, kHex},
    {"aws access key", "AKIA", 16, kUpper},
    {"github token", "ghp_", 36, kWord},
    {"github token", "github_pat_", 22, kWord},
    {"slack token", "xoxb-", 20, kWord},
    {"private key", "-----BEGIN RSA PRIVATE KEY", 0, ""},
    {"private key", "-----BEGIN PRIVATE KEY", 0, ""},
    {"private key", "-----BEGIN OPENSSH PRIVATE KEY", 0, ""},
    {"azure storage key", "AccountKey=", 40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="},
    {"shared access signature", "sig=", 30, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+/="},
};

// Whether a field of this name holds a secret: "password", "spark.hadoop.fs.azure.account.key.x", "API_TOKEN".
bool NameSpeaksOfSecrets(std::string_view key) {
  const std::string lower = ToLowerAscii(key);
  for (const std::string_view word : {"password", "passwd", "secret", "token", "account.key", "access_key", "accesskey",
                                      "access.key", "api_key", "apikey", "credential", "primary_key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

uint64_t CredentialShapes::count() const {
  uint64_t count = 0;
  for (const auto& [name, number] : by_shape_) count += number;
  return count;
}

void CredentialShapes::LookAtText(std::string_view text) {
  for (const Shape& shape : kShapes) {
    for (size_t at = text.find(shape.prefix); at != std::string_view::npos; at = text.find(shape.prefix, at + 1)) {
      size_t length = 0;
      size_t i = at + shape.prefix.size();
      while (i + length < text.size() && length < shape.least_after &&
             shape.alphabet.find(text[i + length]) != std::string_view::npos) {
        ++length;
      }
      if (length >= shape.least_after) ++by_shape_[std::string(shape.name)];
    }
  }
}

void CredentialShapes::LookAtValue(std::string_view key, const std::string& value) {
  const uint64_t before = count();
  LookAtText(value);
  if (count() != before || value.empty() || !NameSpeaksOfSecrets(key)) return;
  // A reference to a secret is how it should be; switches and numbers are no secrets.
  if (value.find("{{secrets/") != std::string::npos || value.size() < 8) return;
  ++by_shape_["field named like a secret"];
}

void CredentialShapes::LookAtDefinition(json::Node definition) {
  for (const json::Node& member : definition.members()) {
    if (member.IsString()) {
      LookAtValue(member.key(), member.text());
    } else {
      LookAtDefinition(member);
    }
  }
  for (const json::Node& element : definition.elements()) {
    if (element.IsString()) {
      LookAtText(element.text());
    } else {
      LookAtDefinition(element);
    }
  }
}

}  // namespace dbxark::backup
