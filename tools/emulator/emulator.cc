#include "emulator/emulator.h"

#include <chrono>
#include <utility>

#include "emulator/codec.h"
#include "emulator/compute_family.h"
#include "emulator/dbfs_family.h"
#include "emulator/guts.h"
#include "emulator/identity_family.h"
#include "emulator/init_scripts_family.h"
#include "emulator/jobs_family.h"
#include "emulator/workspace_family.h"

namespace emulator {
namespace {

constexpr std::string_view kStateFormat = "dbxark-emulator state 1";

uint64_t SplitMix(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15ULL;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
  return z ^ z >> 31;
}

int64_t MachineClock() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::vector<std::pair<std::string, std::string>> CoreVariants() {
  return {
      {"denied-customer-unauthorized", "a refused right is 400 CUSTOMER_UNAUTHORIZED and not 403 PERMISSION_DENIED"},
      {"error-code-integer", "error_code is the status as a number"},
      {"error-details", "errors carry details[] with an ErrorInfo"},
      {"error-html", "errors are pages with <pre>"},
      {"error-plain-text", "errors are \"CODE: message\" as plain text"},
      {"empty-success-body", "an empty success is zero bytes and not {}"},
      {"invalid-token-401", "a wrong token answers 401 and not 403"},
      {"login-redirect", "a request without token is answered by the login page, status 200"},
      {"rate-without-retry-after", "429 comes without Retry-After"},
      {"request-body-10mb", "a request body over 10 MB answers 413, also where it is base64 of less"},
      {"unauthenticated-empty-body", "401 comes with {} as body"},
      {"unauthenticated-text", "401 comes with plain text"},
  };
}

}  // namespace

Response JsonResponse(const Json& value, int status) {
  Response response;
  response.status = status;
  response.body = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

Emulator::Emulator(Options options) : options_(std::move(options)) {
  if (!options_.now_ms) options_.now_ms = MachineClock;
  guts_ = std::make_unique<Guts>(options_);
  if (options_.org_id == 0) {
    uint64_t state = options_.seed;
    options_.org_id = static_cast<int64_t>(1'000'000'000'000'000 + SplitMix(state) % 8'000'000'000'000'000);
  }
  tree_ = std::make_unique<WorkspaceTree>(*this);
  dbfs_ = std::make_unique<Dbfs>(*this);
  compute_ = std::make_unique<Compute>(*this);
  jobs_ = std::make_unique<Jobs>(*this);
  init_scripts_ = std::make_unique<InitScripts>(*this);
  identity_ = std::make_unique<Identity>(*this);
  for (Family* family : Families()) family->AddRoutes(routes_);
  for (const Route& route : routes_) {
    if (route.path.find('{') == std::string::npos) {
      guts_->exact.emplace(route.method + " " + route.path, &route);
    } else {
      guts_->patterns.push_back({SplitPath(route.path), &route});
    }
  }
}

Emulator::~Emulator() = default;

std::vector<Family*> Emulator::Families() const {
  return {tree_.get(), dbfs_.get(), compute_.get(), jobs_.get(), init_scripts_.get(), identity_.get()};
}

const std::vector<std::pair<std::string, std::string>>& Emulator::Variants() {
  static const auto all = [] {
    auto variants = CoreVariants();
    for (const auto& more : {TreeVariants(), DbfsVariants(), ComputeVariants(), JobsVariants(), InitScriptsVariants(),
                             IdentityVariants()}) {
      variants.insert(variants.end(), more.begin(), more.end());
    }
    return variants;
  }();
  return all;
}

Json Emulator::Save() {
  const std::lock_guard lock(guts_->state);
  RunDelayedEffects();
  Json state{{"format", kStateFormat}, {"org_id", options_.org_id}, {"random", std::to_string(guts_->random_state)}};
  for (Family* family : Families()) {
    family->Tick(Now());
    state[family->name()] = family->Save();
  }
  return state;
}

void Emulator::Load(const Json& state) {
  if (!state.is_object() || state.value("format", "") != kStateFormat) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "this is no state of an emulator of this version"};
  }
  const std::lock_guard lock(guts_->state);
  guts_->delayed.clear();
  try {
    if (state.contains("org_id")) options_.org_id = state["org_id"].get<int64_t>();
    if (state.contains("random")) guts_->random_state = std::stoull(state["random"].get<std::string>());
    for (Family* family : Families()) {
      if (state.contains(family->name())) family->Load(state[family->name()]);
    }
  } catch (const std::exception& error) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", std::string("the state cannot be loaded: ") + error.what()};
  }
}

Json Emulator::Requests() { return guts_->log.Report(); }
void Emulator::ClearRequests() { guts_->log.Clear(); }
void Emulator::SetFaults(const Json& script) { guts_->faults.Set(script); }
Json Emulator::Faults() { return guts_->faults.Report(); }

int64_t Emulator::NewNumber() {
  constexpr int64_t kFirst = (int64_t{1} << 53) + 1;  // no double holds it
  const auto number = static_cast<int64_t>(SplitMix(guts_->random_state) >> 1);
  return number < kFirst ? number + kFirst : number;
}

std::string Emulator::NewHex(size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  uint64_t bits = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = SplitMix(guts_->random_state);
    text += kDigits[bits & 15];
    bits >>= 4;
  }
  return text;
}

std::string Emulator::NewUuid() {
  std::string text = NewHex(32);
  text[12] = '4';
  text[16] = "89ab"[static_cast<size_t>(text[16]) % 4];
  for (const size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
  return text;
}

}  // namespace emulator
