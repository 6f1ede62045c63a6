// What the families share: the service's refusals, lenient reading of JSON, routes in several versions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

[[noreturn]] void RefuseParameter(const std::string& message);  // 400 INVALID_PARAMETER_VALUE
[[noreturn]] void RefuseState(const std::string& message);      // 400 INVALID_STATE
[[noreturn]] void RefuseRight(const std::string& message);      // 403 PERMISSION_DENIED
[[noreturn]] void RefuseMissing(const std::string& message);    // 404 RESOURCE_DOES_NOT_EXIST
void RequireAdmin(const Context& context, const std::string& what);

// A name that must be unique is taken. Which status and code the service gives is unconfirmed: variants.
[[noreturn]] void RefuseTaken(const Emulator& emulator, const std::string& message, const std::string& usual_code);

// The member, or the fallback where it is absent or of another type.
std::string TextOf(const Json& value, std::string_view name, std::string fallback = {});
int64_t IntegerOf(const Json& value, std::string_view name, int64_t fallback = 0);
bool BooleanOf(const Json& value, std::string_view name, bool fallback = false);
const Json& MemberOf(const Json& value, std::string_view name);  // null where absent

// 400 where the member is there and of another type than `type` ("string", "number", "boolean", "object", "array").
void CheckType(const Json& value, std::string_view name, std::string_view type);
void CheckLength(const Json& value, std::string_view name, size_t most);  // characters, members or elements
void CheckRange(const Json& value, std::string_view name, int64_t least, int64_t most);
void CheckOneOf(const Json& value, std::string_view name, std::initializer_list<std::string_view> words);

// Under the variant strict-unknown-fields: 400 for a member that is not in `legal`.
void CheckFields(const Emulator& emulator, const Json& value, const std::vector<std::string_view>& legal);
// The members of `value` that are in `legal`, in their order.
Json Keep(const Json& value, const std::vector<std::string_view>& legal);

// True while a new object is not yet visible to a read.
bool IsTooNew(const Context& context, int64_t created_ms);

// The answer, with false booleans or zeros left out where a variant says so.
Response Answer(const Context& context, Json value);
Response Empty();

// Pages by token: `Encode` makes what looks opaque out of a text, `Decode` gives it back, or 400.
std::string EncodeToken(std::string_view text);
std::string DecodeToken(const std::string& token);

// Answers 404 ENDPOINT_NOT_FOUND, or FEATURE_DISABLED, under the variants named (empty: never).
Handler Guarded(Handler handler, std::string absent_variant, std::string disabled_variant);

// For ids: letters in lower case, digits, the time as 0923-164208.
std::string RandomLetters(Emulator& emulator, size_t count);
std::string RandomDigits(Emulator& emulator, size_t count);
std::string TimeStamp(int64_t now_ms);
std::string UpperHex(Emulator& emulator, size_t digits);

bool SameIgnoringCase(std::string_view left, std::string_view right);

// Calls a route of the emulator as its administrator at a time of the caller's choosing: no socket, no latency, no
// rate, no log. Throws ApiError where the service would refuse. Only for an emulator that serves nobody yet.
Json CallRoute(Emulator& emulator, const std::string& method, const std::string& path, const Json& body,
               int64_t now_ms);

}  // namespace emulator
