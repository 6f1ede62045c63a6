#include "http/traced_transport.h"

#include "base/text.h"

namespace dbxark::http {
namespace {

std::string Target(const Request& request) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += separator + name + '=' + (IsSecretName(name) ? "***" : value);
    separator = '&';
  }
  return target;
}

std::string Outcome(const Result<Response>& answer) {
  if (!answer.ok()) return answer.error().message();
  std::string outcome = std::to_string(answer->status);
  const std::string_view length = answer->Header("content-length");
  if (!answer->body.empty()) {
    outcome += ' ' + HumanSize(answer->body.size());
  } else if (!length.empty()) {
    outcome += ' ' + std::string(length) + " B";
  }
  const std::string_view retry_after = answer->Header("retry-after");
  if (!retry_after.empty()) outcome += " retry-after " + std::string(retry_after);
  return outcome;
}

}  // namespace

std::string MaskSecrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() < 4) continue;
    for (const std::string& form : {secret, UrlEncode(secret)}) {
      for (size_t at = text.find(form); at != std::string::npos; at = text.find(form, at + 3)) {
        text.replace(at, form.size(), "***");
      }
    }
  }
  return text;
}

bool IsSecretName(std::string_view name) {
  const std::string lower = ToLowerAscii(name);
  if (lower == "page_token" || lower == "next_page_token") return false;
  for (std::string_view part : {"token", "secret", "password", "authorization", "credential"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return false;
}

Result<Response> TracedTransport::Send(const Request& request, std::stop_token stop) {
  const int64_t begin = clock_.SteadyMs();
  Result<Response> answer = inner_.Send(request, stop);
  const std::string line = request.method + ' ' + Target(request) + ' ' + Outcome(answer) + ' ' +
                           std::to_string(clock_.SteadyMs() - begin) + " ms";
  sink_(Printable(MaskSecrets(line, secrets_)));
  return answer;
}

}  // namespace dbxark::http
