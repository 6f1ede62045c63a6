#include "cli/session.h"

#include <algorithm>

#include "base/text.h"

namespace dbxark::cli {

Result<std::unique_ptr<Session>> Session::Open(const ConnectionFlags& flags, const TuningFlags& tuning,
                                               Console& console) {
  workspace::ConnectionOptions options;
  if (!flags.host.empty()) options.host = flags.host;
  if (!flags.profile.empty()) options.profile = flags.profile;
  options.environment = workspace::ProcessEnvironment();
  auto connection = workspace::ResolveConnection(options);
  if (!connection.ok()) return std::move(connection).error();
  for (const std::string& warning : connection->warnings) console.Warn(warning);

  Spool spool;
  spool.folder = tuning.spool;
  // Tried before anything else: at the first large body it would be too late.
  if (Status tried = SpoolWriter({spool.folder, 0}).Write("x"); !tried.ok()) return std::move(tried).error();

  std::unique_ptr<Session> session(new Session);
  session->connection_ = std::move(*connection);
  session->credentials_ = workspace::MakeCredentials(session->connection_);
  http::CurlOptions curl;
  curl.base_url = session->connection_.host;
  curl.ca_file = session->connection_.ca_file;
  session->curl_ = std::make_unique<http::CurlTransport>(std::move(curl));
  session->traced_ = std::make_unique<http::TracedTransport>(
      *session->curl_, Clock::Real(), [&console](std::string line) { console.Detail(1, line); },
      std::vector<std::string>{session->connection_.token.Reveal()});
  session->authorized_ = std::make_unique<http::AuthorizedTransport>(*session->traced_, *session->credentials_);
  http::ThrottleOptions throttle;
  throttle.concurrency = tuning.workers;
  if (tuning.requests_per_second >= 0) throttle.requests_per_second = tuning.requests_per_second;
  throttle.longest_pause_ms = std::min(throttle.longest_pause_ms, tuning.patience_s * 1000);
  session->throttled_ = std::make_unique<http::ThrottledTransport>(*session->authorized_, Clock::Real(), throttle);
  http::RetryOptions retry;
  retry.patience_ms = tuning.patience_s * 1000;
  retry.observer = [&console, raw = session.get()](const http::RetryNotice& notice) {
    console.Detail(1, "again in " + std::to_string((notice.wait_ms + 999) / 1000) + " s: " + notice.request.method +
                          " " + notice.request.path + ": " + notice.reason);
    raw->Remember(notice);
  };
  session->retrying_ = std::make_unique<http::RetryingTransport>(*session->throttled_, Clock::Real(), retry);
  session->client_ = std::make_unique<workspace::Client>(*session->retrying_, Clock::Real());
  session->content_ = std::make_unique<workspace::ApiContentSource>(*session->client_, spool);
  session->content_writer_ = std::make_unique<workspace::ContentWriter>(*session->client_);
  return session;
}

void Session::Remember(const http::RetryNotice& notice) {
  const int64_t until = Clock::Real().SteadyMs() + notice.wait_ms;
  std::lock_guard lock(wait_mutex_);
  if (until <= wait_until_ms_) return;
  wait_until_ms_ = until;
  wait_for_ = notice.throttled     ? "throttled by the server, resuming in "
              : notice.status == 0 ? "no answer from the server, trying again in "
                                   : "the server answers " + std::to_string(notice.status) + ", trying again in ";
}

std::string Session::WaitsFor() {
  std::lock_guard lock(wait_mutex_);
  const int64_t wait = wait_until_ms_ - Clock::Real().SteadyMs();
  return wait > 0 ? wait_for_ + std::to_string((wait + 999) / 1000) + " s" : "";
}

ProgressSources Session::Sources() {
  return {[this] { return WaitsFor(); }, [this] { return retries(); }};
}

Result<workspace::Identity> Session::Introduce(std::string_view preposition, Console& console, std::stop_token stop) {
  auto me = client_->Me(stop);
  if (!me.ok()) {
    const bool named = me.error().message().find(connection_.host) != std::string::npos;
    return named ? std::move(me).error() : std::move(me).error().Within(connection_.host);
  }
  std::string line = std::string(preposition) + "  " + connection_.host;
  if (!workspace_id().empty()) line += "  workspace " + workspace_id();
  console.Note(line + "  as " + Printable(me->user_name) + (me->admin ? "" : " (no administrator)") + "  (" +
               connection_.Describe() + ")");
  return me;
}

}  // namespace dbxark::cli
