#include "objects/reference_tables.h"

#include <cctype>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace dbxark::objects {

const std::vector<CompiledReference>& CompiledReferences(const ObjectDescriptor& kind) {
  static std::mutex mutex;
  static std::map<const ObjectDescriptor*, std::unique_ptr<std::vector<CompiledReference>>> cache;
  std::lock_guard lock(mutex);
  auto& compiled = cache[&kind];
  if (!compiled) {
    compiled = std::make_unique<std::vector<CompiledReference>>();
    for (const ReferenceMount& mount : kind.references) {
      for (const Reference& reference : mount.references) {
        const bool joined = !mount.at.empty() && !reference.path.empty();
        compiled->push_back(
            {&reference, json::PathPattern(std::string(mount.at) + (joined ? "." : "") + std::string(reference.path))});
      }
    }
  }
  return *compiled;
}

std::vector<std::pair<size_t, size_t>> WordsOfChoice(std::string_view pattern) {
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
  std::vector<std::pair<size_t, size_t>> spans;
  for (size_t i = 0; i < pattern.size();) {
    if (!word(pattern[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < pattern.size() && word(pattern[end])) ++end;
    const bool opens = i == 0 || std::string_view("^(|").find(pattern[i - 1]) != std::string_view::npos;
    const bool closes = end == pattern.size() || std::string_view("$)|").find(pattern[end]) != std::string_view::npos;
    if (opens && closes) spans.emplace_back(i, end - i);
    i = end;
  }
  return spans;
}

}  // namespace dbxark::objects
