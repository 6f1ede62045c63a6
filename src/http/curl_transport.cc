#include "http/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "base/version.h"

namespace dbxark::http {
namespace {

// An error page longer than this tells nothing more.
constexpr size_t kErrorBodyLimit = 256 * 1024;

// One attempt, as libcurl's callbacks see it.
struct Exchange {
  const Request& request;
  const CurlOptions& options;
  std::stop_token stop;
  CURL* handle = nullptr;

  Response response;
  ByteSink* sink = nullptr;
  std::unique_ptr<ByteSource> source;
  std::optional<Error> failure;  // what one of our callbacks found; libcurl only knows that it was told to abort

  int times_sent = 0;
  bool resent = false;
  bool stalled = false;
  curl_off_t bytes_moved = 0;
  int64_t last_move_ms = 0;
  char error_text[CURL_ERROR_SIZE] = {};
};

bool IsSuccess(long status) { return status >= 200 && status < 300; }

long StatusOf(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line = Trim(std::string_view(data, size));
  if (line.starts_with("HTTP/")) {  // a 100 Continue may come before the real one
    exchange.response.headers.clear();
    return size;
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && colon > 0) {
    exchange.response.headers.emplace_back(ToLowerAscii(Trim(line.substr(0, colon))),
                                           std::string(Trim(line.substr(colon + 1))));
  }
  return size;
}

Status OpenSink(Exchange& exchange) {
  if (exchange.sink != nullptr) return {};
  auto sink = exchange.request.open_sink();
  if (!sink.ok()) return std::move(sink).error();
  exchange.sink = *sink;
  return {};
}

Status TakeBody(Exchange& exchange, std::string_view bytes) {
  const bool success = IsSuccess(StatusOf(exchange.handle));
  if (success && exchange.request.open_sink) {
    if (Status opened = OpenSink(exchange); !opened.ok()) return opened;
    return exchange.sink->Write(bytes);
  }
  std::string& body = exchange.response.body;
  if (!success) {
    body.append(bytes.substr(0, kErrorBodyLimit - std::min(kErrorBodyLimit, body.size())));
    return {};
  }
  if (body.size() + bytes.size() > exchange.options.body_limit_bytes) {
    return Error(ErrorCode::kFailed, "the answer is larger than " + HumanSize(exchange.options.body_limit_bytes));
  }
  body.append(bytes);
  return {};
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  Status taken = TakeBody(exchange, std::string_view(data, size));
  if (taken.ok()) return size;
  exchange.failure = std::move(taken).error();
  return size == 0 ? 1 : 0;
}

size_t OnRead(char* buffer, size_t, size_t capacity, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  auto count = exchange.source->Read(buffer, capacity);
  if (count.ok()) return *count;
  exchange.failure = std::move(count).error();
  return CURL_READFUNC_ABORT;
}

// libcurl starts a body again when a kept connection turned out to be dead.
int OnSeek(void* user, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  auto source = exchange.request.open_body();
  if (!source.ok()) {
    exchange.failure = std::move(source).error();
    return CURL_SEEKFUNC_FAIL;
  }
  exchange.source = std::move(*source);
  return CURL_SEEKFUNC_OK;
}

int OnProgress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.stop.stop_requested()) return 1;
  const int64_t now = Clock::Real().SteadyMs();
  curl_off_t headers = 0;
  for (const auto& [name, value] : exchange.response.headers) headers += static_cast<curl_off_t>(name.size());
  const curl_off_t moved = received + sent + headers;
  if (moved != exchange.bytes_moved) {
    exchange.bytes_moved = moved;
    exchange.last_move_ms = now;
  }
  exchange.stalled = now - exchange.last_move_ms > exchange.options.stall_timeout_ms;
  return exchange.stalled ? 1 : 0;
}

// Called when a connection is there and the request is about to go out on it, so it tells "never sent" from "perhaps
// answered". libcurl by itself sends a request again if a kept connection dies before the first byte of the answer;
// the server may have acted on the first one, so a create must not take that path.
int OnSending(void* user, char*, char*, int, int) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (++exchange.times_sent > 1 && exchange.request.effect == Effect::kOnce) {
    exchange.resent = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

std::string UrlOf(const CurlOptions& options, const Request& request) {
  std::string url = options.base_url + request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    url += separator + UrlEncode(name) + '=' + UrlEncode(value);
    separator = '&';
  }
  return url;
}

struct HeaderList {
  curl_slist* first = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(first); }
  void Add(const std::string& line) { first = curl_slist_append(first, line.c_str()); }
};

bool HasLineBreak(const std::string& text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

Status AddHeaders(const Request& request, HeaderList& list) {
  list.Add("Expect:");  // the wait for 100 Continue costs a second where a proxy does not speak it
  for (const auto& [name, value] : request.headers) {
    if (HasLineBreak(name) || HasLineBreak(value)) {
      return Error(ErrorCode::kFailed, "the header " + Printable(name) + " would contain a line break");
    }
    list.Add(value.empty() ? name + ";" : name + ": " + value);
  }
  // Without a type, libcurl would call a body a form.
  list.Add(request.content_type.empty() ? "Content-Type:" : "Content-Type: " + request.content_type);
  return {};
}

Status SetBody(CURL* handle, Exchange& exchange) {
  const Request& request = exchange.request;
  if (request.open_body) {
    auto source = request.open_body();
    if (!source.ok()) return std::move(source).error();
    exchange.source = std::move(*source);
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &OnRead);
    curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, &OnSeek);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body_size));
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
             request.method == "PATCH") {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" && request.method != "POST") {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  return {};
}

void SetCommonOptions(CURL* handle, Exchange& exchange, const std::string& url, const std::string& user_agent) {
  const CurlOptions& options = exchange.options;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);  // no tidying of dots: the path is meant as it is
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  // A connection that idled for long may be dead; a create pays for that guess with an unknown outcome, a read does
  // not.
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, exchange.request.effect == Effect::kOnce ? 10L : 60L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange.error_text);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &OnSending);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
}

// What a proxy said to CONNECT; 0 without one.
long ProxyStatusOf(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &status);
  return status;
}

bool ProxyRefuses(CURLcode code, CURL* handle) {
  const long status = ProxyStatusOf(handle);
  return code != CURLE_OK && (status == 401 || status == 403 || status == 407);
}

std::string_view WhatToDo(CURLcode code, std::string_view text, long proxy_status) {
  if (proxy_status == 407) {
    return ": the proxy wants a user and a password (HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT)";
  }
  const bool out_of_time = text.find("expired") != text.npos || text.find("not yet valid") != text.npos;
  if (code == CURLE_PEER_FAILED_VERIFICATION && out_of_time) return ": or this machine's clock is wrong";
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR) {
    return ": a certificate authority of your own goes into SSL_CERT_FILE";
  }
  const bool no_tls = code == CURLE_SSL_CONNECT_ERROR && text.find("wrong version number") != text.npos;
  return no_tls ? ": no TLS is spoken there (a host without scheme means https)" : "";
}

std::string WhatHappened(CURLcode code, const Exchange& exchange) {
  const std::string& host = exchange.options.base_url;
  if (exchange.resent) return host + " closed the connection without an answer";
  if (exchange.stalled) {
    return host + " sent nothing for " + std::to_string(exchange.options.stall_timeout_ms / 1000) + " s";
  }
  const char* text = exchange.error_text[0] != '\0' ? exchange.error_text : curl_easy_strerror(code);
  return host + ": " + Printable(Trim(text)) + std::string(WhatToDo(code, text, ProxyStatusOf(exchange.handle)));
}

Error ErrorOf(CURLcode code, Exchange& exchange) {
  if (exchange.failure) return std::move(*exchange.failure);
  if (code == CURLE_ABORTED_BY_CALLBACK && exchange.stop.stop_requested() && !exchange.resent) {
    return Error(ErrorCode::kInterrupted, "interrupted");
  }
  std::string text = WhatHappened(code, exchange);
  if (ProxyRefuses(code, exchange.handle)) return Error(ErrorCode::kDenied, std::move(text));
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_SSL_CACERT_BADFILE:
      return Error(ErrorCode::kFailed, std::move(text));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return Error(ErrorCode::kDenied, std::move(text));
    default:
      break;
  }
  const bool no_effect = exchange.request.effect == Effect::kRead || exchange.times_sent == 0;
  return Error(no_effect ? ErrorCode::kUnavailable : ErrorCode::kOutcomeUnknown, std::move(text));
}

}  // namespace

// Easy handles wait here between requests, each with its connections. DNS answers and TLS sessions are shared by all.
class CurlTransport::Pool {
 public:
  Pool() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    share_ = curl_share_init();
    curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
    curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &Lock);
    curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &Unlock);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (CURL* handle : free_) curl_easy_cleanup(handle);
    curl_share_cleanup(share_);
  }

  CURL* Take() {
    {
      std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        CURL* handle = free_.back();  // the last one used has the warmest connection
        free_.pop_back();
        return handle;
      }
    }
    return curl_easy_init();
  }
  void Return(CURL* handle) {
    curl_easy_reset(handle);  // forgets the request, keeps connections
    std::lock_guard lock(mutex_);
    free_.push_back(handle);
  }
  CURLSH* share() { return share_; }

 private:
  static void Lock(CURL*, curl_lock_data data, curl_lock_access, void* user) {
    static_cast<Pool*>(user)->share_mutexes_[data].lock();
  }
  static void Unlock(CURL*, curl_lock_data data, void* user) {
    static_cast<Pool*>(user)->share_mutexes_[data].unlock();
  }

  CURLSH* share_ = nullptr;
  std::mutex share_mutexes_[CURL_LOCK_DATA_LAST];
  std::mutex mutex_;
  std::vector<CURL*> free_;
};

CurlTransport::CurlTransport(CurlOptions options) : options_(std::move(options)), pool_(std::make_unique<Pool>()) {
  if (options_.user_agent.empty()) options_.user_agent = UserAgent();
}

CurlTransport::~CurlTransport() = default;

Result<Response> CurlTransport::Send(const Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
  HeaderList headers;
  if (Status added = AddHeaders(request, headers); !added.ok()) return std::move(added).error();
  CURL* handle = pool_->Take();
  if (handle == nullptr) return Error(ErrorCode::kFailed, "libcurl gave no handle");
  const auto give_back = [this](CURL* used) { pool_->Return(used); };
  const std::unique_ptr<CURL, decltype(give_back)> guard(handle, give_back);

  // A request that changes something goes to its end once it is on its way: cut off, its fate would be open.
  if (request.effect != Effect::kRead) stop = {};
  Exchange exchange{request, options_, stop, handle, {}, nullptr, nullptr, std::nullopt};
  exchange.last_move_ms = Clock::Real().SteadyMs();
  const std::string url = UrlOf(options_, request);
  SetCommonOptions(handle, exchange, url, options_.user_agent);
  curl_easy_setopt(handle, CURLOPT_SHARE, pool_->share());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.first);
  if (Status set = SetBody(handle, exchange); !set.ok()) return std::move(set).error();

  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) return ErrorOf(code, exchange);
  exchange.response.status = static_cast<int>(StatusOf(handle));
  // An empty body never reached the callback, but the caller's sink is to be as empty, not as it was.
  if (IsSuccess(exchange.response.status) && request.open_sink) {
    if (Status opened = OpenSink(exchange); !opened.ok()) return std::move(opened).error();
  }
  return std::move(exchange.response);
}

std::string UserAgent() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  return std::string("dbxark/" DBXARK_VERSION " libcurl/") + info->version + " os/linux";
}

std::string CurlVersions() { return curl_version(); }

}  // namespace dbxark::http
