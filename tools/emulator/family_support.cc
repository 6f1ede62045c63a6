#include "emulator/family_support.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <optional>

#include "emulator/codec.h"

namespace emulator {

void RefuseParameter(const std::string& message) { throw ApiError{400, "INVALID_PARAMETER_VALUE", message}; }
void RefuseState(const std::string& message) { throw ApiError{400, "INVALID_STATE", message}; }
void RefuseRight(const std::string& message) { throw ApiError{403, "PERMISSION_DENIED", message}; }
void RefuseMissing(const std::string& message) { throw ApiError{404, "RESOURCE_DOES_NOT_EXIST", message}; }

void RequireAdmin(const Context& context, const std::string& what) {
  if (!context.caller.admin) RefuseRight("Only workspace admins can " + what + ".");
}

void RefuseTaken(const Emulator& emulator, const std::string& message, const std::string& usual_code) {
  if (emulator.Has("already-exists-409")) throw ApiError{409, "RESOURCE_ALREADY_EXISTS", message};
  if (emulator.Has("already-exists-invalid-parameter")) RefuseParameter(message);
  throw ApiError{400, usual_code, message};
}

const Json& MemberOf(const Json& value, std::string_view name) {
  static const Json null;
  if (!value.is_object()) return null;
  auto found = value.find(std::string(name));
  return found == value.end() ? null : *found;
}

std::string TextOf(const Json& value, std::string_view name, std::string fallback) {
  const Json& member = MemberOf(value, name);
  return member.is_string() ? member.get<std::string>() : fallback;
}

int64_t IntegerOf(const Json& value, std::string_view name, int64_t fallback) {
  const Json& member = MemberOf(value, name);
  return member.is_number_integer() ? member.get<int64_t>() : fallback;
}

bool BooleanOf(const Json& value, std::string_view name, bool fallback) {
  const Json& member = MemberOf(value, name);
  return member.is_boolean() ? member.get<bool>() : fallback;
}

void CheckType(const Json& value, std::string_view name, std::string_view type) {
  const Json& member = MemberOf(value, name);
  if (member.is_null() || type == member.type_name()) return;
  throw ApiError{400, "MALFORMED_REQUEST",
                 "Could not parse request object: Expected '" + std::string(type) + "' for field '" +
                     std::string(name) + "', found '" + member.type_name() + "'."};
}

void CheckLength(const Json& value, std::string_view name, size_t most) {
  const Json& member = MemberOf(value, name);
  size_t length = member.is_string() ? member.get_ref<const std::string&>().size() : member.size();
  if (length <= most) return;
  RefuseParameter("The field '" + std::string(name) + "' has " + std::to_string(length) + " entries; at most " +
                  std::to_string(most) + " are allowed.");
}

void CheckRange(const Json& value, std::string_view name, int64_t least, int64_t most) {
  const Json& member = MemberOf(value, name);
  if (member.is_null()) return;
  CheckType(value, name, "number");
  if (int64_t number = member.get<int64_t>(); number >= least && number <= most) return;
  RefuseParameter("The field '" + std::string(name) + "' must be between " + std::to_string(least) + " and " +
                  std::to_string(most) + ", found " + member.dump() + ".");
}

void CheckOneOf(const Json& value, std::string_view name, std::initializer_list<std::string_view> words) {
  if (MemberOf(value, name).is_null()) return;
  CheckType(value, name, "string");
  std::string word = TextOf(value, name);
  if (std::find(words.begin(), words.end(), word) != words.end()) return;
  RefuseParameter("Unknown value '" + word + "' for the field '" + std::string(name) + "'.");
}

void CheckFields(const Emulator& emulator, const Json& value, const std::vector<std::string_view>& legal) {
  if (!emulator.Has("strict-unknown-fields") || !value.is_object()) return;
  for (const auto& [name, member] : value.items()) {
    if (std::find(legal.begin(), legal.end(), name) == legal.end()) {
      RefuseParameter("The request has the unknown or read-only field '" + name + "'.");
    }
  }
}

Json Keep(const Json& value, const std::vector<std::string_view>& legal) {
  Json kept = Json::object();
  for (const auto& [name, member] : value.items()) {
    if (std::find(legal.begin(), legal.end(), name) != legal.end() && !member.is_null()) kept[name] = member;
  }
  return kept;
}

bool IsTooNew(const Context& context, int64_t created_ms) {
  return context.now_ms < created_ms + context.emulator.options().read_after_write_delay_ms;
}

namespace {

void LeaveOut(Json& value, bool booleans, bool zeros) {
  if (value.is_array()) {
    for (Json& element : value) LeaveOut(element, booleans, zeros);
  }
  if (!value.is_object()) return;
  Json kept = Json::object();
  for (auto& [name, member] : value.items()) {
    if (booleans && member.is_boolean() && !member.get<bool>()) continue;
    if (zeros && member.is_number() && member.get<double>() == 0) continue;
    LeaveOut(member, booleans, zeros);
    kept[name] = std::move(member);
  }
  value = std::move(kept);
}

// Wherever a docker image is: a cluster's, its spec's, a job's cluster's, a pool's.
void LeaveOutPasswords(Json& value) {
  if (value.is_object() && value.contains("basic_auth")) value["basic_auth"].erase("password");
  if (!value.is_structured()) return;
  for (Json& member : value) LeaveOutPasswords(member);
}

}  // namespace

Response Answer(const Context& context, Json value) {
  if (context.emulator.Has("docker-password-omitted")) LeaveOutPasswords(value);
  bool booleans = context.emulator.Has("booleans-omitted"), zeros = context.emulator.Has("zeros-omitted");
  if (booleans || zeros) LeaveOut(value, booleans, zeros);
  return JsonResponse(value);
}

Response Empty() { return JsonResponse(Json::object()); }

std::string EncodeToken(std::string_view text) { return Base64Encode(std::string("t1|") + std::string(text)); }

std::string DecodeToken(const std::string& token) {
  std::optional<std::string> text = Base64Decode(token);
  if (!text || text->rfind("t1|", 0) != 0) RefuseParameter("Invalid page token: " + token);
  return text->substr(3);
}

Handler Guarded(Handler handler, std::string absent_variant, std::string disabled_variant) {
  return [handler = std::move(handler), absent = std::move(absent_variant),
          disabled = std::move(disabled_variant)](Context& context) {
    if (!absent.empty() && context.emulator.Has(absent)) {
      throw ApiError{404, "ENDPOINT_NOT_FOUND",
                     "No API found for '" + context.request.method + " " + context.request.path + "'"};
    }
    if (!disabled.empty() && context.emulator.Has(disabled)) {
      int status = context.emulator.Has("feature-disabled-400") ? 400 : 404;
      throw ApiError{status, "FEATURE_DISABLED", "This feature is not enabled in this workspace."};
    }
    return handler(context);
  };
}

std::string RandomLetters(Emulator& emulator, size_t count) {
  std::string letters;
  while (letters.size() < count) letters += static_cast<char>('a' + std::stoi(emulator.NewHex(4), nullptr, 16) % 26);
  return letters;
}

std::string RandomDigits(Emulator& emulator, size_t count) {
  std::string digits;
  while (digits.size() < count) digits += static_cast<char>('0' + std::stoi(emulator.NewHex(4), nullptr, 16) % 10);
  return digits;
}

std::string TimeStamp(int64_t now_ms) {
  std::time_t seconds = now_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%m%d-%H%M%S", &utc);
  return text;
}

std::string UpperHex(Emulator& emulator, size_t digits) {
  std::string text = emulator.NewHex(digits);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

bool SameIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

Json CallRoute(Emulator& emulator, const std::string& method, const std::string& path, const Json& body,
               int64_t now_ms) {
  Request request;
  request.method = method;
  request.path = path;
  request.body = body.dump();
  for (const Route& route : emulator.routes()) {
    if (route.method != method || route.path != path) continue;
    Context context{emulator, request, Caller{emulator.options().user_name, true}, now_ms, body};
    return Json::parse(route.handler(context).body);
  }
  throw ApiError{404, "ENDPOINT_NOT_FOUND", "No API found for '" + method + " " + path + "'"};
}

}  // namespace emulator
