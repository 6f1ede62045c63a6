#include "support/emulator_transport.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "emulator/codec.h"

namespace dbxark::test {
namespace {

Result<std::string> WholeBody(const http::Request& request) {
  if (!request.open_body) return request.body;
  auto source = request.open_body();
  if (!source.ok()) return std::move(source).error();
  std::string body, buffer(65536, '\0');
  while (true) {
    auto count = (*source)->Read(buffer.data(), buffer.size());
    if (!count.ok()) return std::move(count).error();
    if (*count == 0) break;
    body.append(buffer, 0, *count);
  }
  if (body.size() != request.body_size) return Error(ErrorCode::kFailed, "the body is not as long as announced");
  return body;
}

Result<emulator::Request> Translate(const http::Request& request, const std::string& token) {
  auto body = WholeBody(request);
  if (!body.ok()) return std::move(body).error();
  emulator::Request translated;
  translated.method = request.method;
  translated.path = emulator::PercentDecode(request.path, false);
  translated.query = request.query;
  for (const auto& [name, value] : request.headers) translated.headers[ToLowerAscii(name)] = value;
  if (!token.empty()) translated.headers.try_emplace("authorization", "Bearer " + token);
  if (!request.content_type.empty()) translated.headers["content-type"] = request.content_type;
  translated.body = std::move(*body);
  return translated;
}

Error LostAnswer(const http::Request& request, const std::string& how) {
  const bool read = request.effect == http::Effect::kRead;
  return Error(read ? ErrorCode::kUnavailable : ErrorCode::kOutcomeUnknown, "emulator: " + how);
}

}  // namespace

EmulatorTransport::EmulatorTransport(emulator::Emulator& emulator)
    : EmulatorTransport(emulator, emulator.options().token) {}

EmulatorTransport::EmulatorTransport(emulator::Emulator& emulator, std::string token)
    : emulator_(emulator), token_(std::move(token)) {}

Result<http::Response> EmulatorTransport::Send(const http::Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
  auto translated = Translate(request, token_);
  if (!translated.ok()) return std::move(translated).error();
  emulator::Response answer = emulator_.Answer(*translated);

  using Kind = emulator::WireFault::Kind;
  const Kind fault = answer.wire.kind;
  if (fault == Kind::kResetBefore || fault == Kind::kResetAfter || fault == Kind::kResetInBody)
    return LostAnswer(request, "connection reset");
  if (fault == Kind::kShortBody || fault == Kind::kWrongLength) {
    return LostAnswer(request, "the body ended early");
  }
  http::Response response;
  response.status = answer.status;
  response.headers.emplace_back("content-type", answer.content_type);
  for (const auto& [name, value] : answer.headers) response.headers.emplace_back(ToLowerAscii(name), value);
  const bool success = answer.status >= 200 && answer.status < 300;
  if (request.method == "HEAD") return response;
  if (!success || !request.open_sink) {
    response.body = std::move(answer.body);
    return response;
  }
  auto sink = request.open_sink();
  if (!sink.ok()) return std::move(sink).error();
  if (Status written = (*sink)->Write(answer.body); !written.ok()) return std::move(written).error();
  return response;
}

}  // namespace dbxark::test
