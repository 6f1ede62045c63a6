#include <charconv>
#include <string>

#include "emulator/emulator.h"

namespace emulator {
namespace {

const Json* Member(const Json& arguments, std::string_view name) {
  const auto found = arguments.find(std::string(name));
  return found == arguments.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void RefuseType(std::string_view name, const char* type) {
  throw ApiError{400, "MALFORMED_REQUEST",
                 "Could not parse request object: Expected '" + std::string(name) + "' to be of type " + type};
}

}  // namespace

std::string Context::RequiredText(std::string_view name) const {
  const std::string text = Text(name);
  if (text.empty()) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Missing required field: " + std::string(name)};
  }
  return text;
}

std::string Context::Text(std::string_view name, std::string_view fallback) const {
  const Json* value = Member(arguments, name);
  if (value == nullptr) return std::string(fallback);
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number_integer()) return value->dump();
  RefuseType(name, "STRING");
}

int64_t Context::Integer(std::string_view name, int64_t fallback) const {
  const Json* value = Member(arguments, name);
  if (value == nullptr) return fallback;
  if (value->is_number_integer()) return value->get<int64_t>();
  if (!value->is_string()) RefuseType(name, "INTEGER");
  const std::string& text = value->get_ref<const std::string&>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) RefuseType(name, "INTEGER");
  return number;
}

bool Context::Boolean(std::string_view name, bool fallback) const {
  const Json* value = Member(arguments, name);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  const std::string text = value->is_string() ? value->get<std::string>() : "";
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  RefuseType(name, "BOOLEAN");
}

}  // namespace emulator
