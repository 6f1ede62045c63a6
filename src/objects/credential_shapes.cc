#include "objects/credential_shapes.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "json/writer.h"
#include "objects/definition.h"

namespace dbxark::objects {
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

namespace {

constexpr size_t kShortestCredential = 8;  // what is shorter stands in too many places
constexpr size_t kLongestShown = 200;

// Where people write what they like.
constexpr std::string_view kFreeText[] = {"spark_env_vars",
                                          "spark_conf",
                                          "basic_auth",
                                          "parameters",
                                          "base_parameters",
                                          "named_parameters",
                                          "job_parameters",
                                          "dbt_commands",
                                          "python_params",
                                          "jar_params",
                                          "spark_submit_params",
                                          "sql_params",
                                          "params",
                                          "query_params",
                                          "default",
                                          "conf",
                                          "script",
                                          "configuration",
                                          "inputs",
                                          "headers"};

// The whole of it.
bool IsReferenceToSecret(std::string_view value) {
  return value.starts_with("{{secrets/") && value.find("}}") == value.size() - 2;
}

bool MayHoldCredentials(std::string_view path) {
  if (NameSpeaksOfSecrets(path)) return true;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find_first_of(".[(", begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (std::find(std::begin(kFreeText), std::end(kFreeText), part) != std::end(kFreeText)) return true;
    begin = end + 1;
  }
  return false;
}

// How many characters at `at`, where `shape` begins, belong to it; 0: it is none.
size_t SizeOf(const Shape& shape, std::string_view text, size_t at) {
  const size_t begin = at + shape.prefix.size();
  if (shape.alphabet.empty()) return text.size() - at;  // a key goes on to its end
  size_t end = begin;
  while (end < text.size() && shape.alphabet.find(text[end]) != std::string_view::npos) ++end;
  if (end - begin < shape.least_after) return 0;
  // What follows without a gap is not worth a guess.
  while (end < text.size() && kWord.find(text[end]) != std::string_view::npos) ++end;
  return end - at;
}

// In Azure's addresses of storage, a container's name stands where others have a login.
bool NamesContainer(std::string_view text, size_t scheme_end) {
  for (const std::string_view scheme : {"abfss", "abfs", "wasbs", "wasb"}) {
    if (text.substr(0, scheme_end).ends_with(scheme)) return true;
  }
  return false;
}

// "https://ana:hunter2@example.com/x" -> "https://(hidden)@example.com/x".
std::string WithoutLogins(std::string text) {
  for (size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const size_t begin = at + 3, end = std::min(text.find_first_of("/ \t\n\"'<>", begin), text.size());
    const size_t sign = text.substr(0, end).rfind('@');
    if (sign == std::string::npos || sign <= begin) continue;
    const bool password = text.substr(begin, sign - begin).find(':') != std::string::npos;
    if (password || !NamesContainer(text, at)) text.replace(begin, sign - begin, kHidden);
  }
  return text;
}

void AddCredentialValues(json::Node node, bool hidden, std::vector<std::string>& values) {
  if (node.IsString()) {
    const std::string value = node.text();
    if (hidden && value.size() >= kShortestCredential && !IsReferenceToSecret(value)) values.push_back(value);
  }
  for (const json::Node& member : node.members()) {
    const std::string key = member.key();
    AddCredentialValues(member, hidden || key == "spark_env_vars" || NameSpeaksOfSecrets(key), values);
  }
  for (const json::Node& element : node.elements()) AddCredentialValues(element, hidden, values);
}

}  // namespace

std::string WithoutCredentials(std::string_view text) {
  std::string shown(text);
  for (const Shape& shape : kShapes) {
    for (size_t at = shown.find(shape.prefix); at != std::string::npos; at = shown.find(shape.prefix, at + 1)) {
      if (const size_t size = SizeOf(shape, shown, at); size > 0) shown.replace(at, size, kHidden);
    }
  }
  return WithoutLogins(std::move(shown));
}

std::string ShownValue(std::string_view path, std::string_view json) {
  if (json.empty()) return {};
  const auto document = json::Document::Parse(std::string(json));
  if (!document.ok()) return "(too long to show)";
  const json::Node value = document->root();
  if (value.IsObject()) return "(" + Counted(value.size(), "member") + ")";
  if (value.IsArray()) return "(" + Counted(value.size(), "element") + ")";
  if (!value.IsString()) return std::string(json);
  const std::string text = value.text();
  if (MayHoldCredentials(path) && !IsReferenceToSecret(text)) return std::string(kHidden);
  if (text.size() > kLongestShown) return "(" + Counted(text.size(), "byte") + ")";
  return json::Quote(WithoutCredentials(text));
}

bool LooksSecret(std::string_view path, const std::string& json) {
  if (json.empty()) return false;
  const auto document = json::Document::Parse(json);
  if (!document.ok()) return true;
  // What a member is called is no value of it.
  const bool named = !path.ends_with(kNameOf) && NameSpeaksOfSecrets(path);
  std::vector<std::string> values;
  AddCredentialValues(document->root(), named, values);
  CredentialShapes shapes;
  shapes.LookAtDefinition(document->root());
  return !values.empty() || shapes.count() > 0 || WithoutCredentials(json) != json;
}

std::vector<std::string> CredentialValues(json::Node definition) {
  std::vector<std::string> values;
  AddCredentialValues(definition, false, values);
  return values;
}

}  // namespace dbxark::objects
