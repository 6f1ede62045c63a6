// A Databricks workspace in one process, true to the REST API as far as public sources tell. It is what the quick start
// runs on, what tests run on and what benchmarks load. It knows no room of src/.
//
// Threads: Answer may be called from any number of threads; the state is behind one mutex.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/http.h"

namespace emulator {

struct Options {
  std::string token = "dapi-emulator";  // an administrator's
  std::string second_token;             // a caller that is no administrator, where not empty
  std::string user_name = "admin@example.com";
  std::string second_user_name = "analyst@example.com";
  uint64_t seed = 1;
  int64_t org_id = 0;  // 0: derived from the seed
  // "aws" or "azure": node types and cloud attributes of another cloud are refused. Empty: AWS, and anything goes.
  std::string cloud;
  int64_t latency_ms = 0;
  int64_t read_after_write_delay_ms = 0;  // a new object answers 404 on get for so long
  std::map<std::string, double> rates;    // family -> requests a second; absent is unlimited
  std::set<std::string> variants;         // see Variants()
  std::function<int64_t()> now_ms;        // default: the machine's clock
};

struct Caller {
  std::string user_name;
  bool admin = true;
};

class Emulator;

// What one request may touch. The state is locked while it lives.
struct Context {
  Emulator& emulator;
  const Request& request;
  Caller caller;
  int64_t now_ms;

  // The request's JSON body, or the query string where there is none (the old GET endpoints take both): values are then
  // text, "a.b=1" is {"a":{"b":"1"}}, a repeated name is an array. A multipart body's fields without file name are text
  // too.
  const Json& Arguments() const { return arguments; }
  Json arguments;

  // Typed arguments; a missing required one is the service's 400 INVALID_PARAMETER_VALUE.
  std::string RequiredText(std::string_view name) const;
  std::string Text(std::string_view name, std::string_view fallback = {}) const;
  int64_t Integer(std::string_view name, int64_t fallback) const;
  bool Boolean(std::string_view name, bool fallback) const;
};

using Handler = std::function<Response(Context&)>;

// One endpoint. `path` has placeholders: "{}" is one segment, "{*}" is all the rest. `family` is the rate budget it
// spends ("workspace/export", "dbfs", "jobs/create", ...). tests/conformance computes its list from this table.
struct Route {
  std::string method;
  std::string path;
  std::string family;
  Handler handler;
  // The body is content, not JSON: arguments are the query's.
  bool raw_body = false;
};

// One API family: a file of its own that owns its part of the state.
class Family {
 public:
  virtual ~Family() = default;
  virtual std::string name() const = 0;
  virtual void AddRoutes(std::vector<Route>& routes) = 0;
  // Everything, so that Load(Save()) is the same workspace.
  virtual Json Save() const = 0;
  virtual void Load(const Json& state) = 0;
  // Lets time do its work (a cluster's start) up to now.
  virtual void Tick(int64_t /*now_ms*/) {}
};

class WorkspaceTree;  // workspace_family.h
class Dbfs;           // dbfs_family.h
class Compute;        // compute_family.h: clusters, libraries, policies, pools
class Jobs;           // jobs_family.h
class InitScripts;    // init_scripts_family.h
class Identity;       // identity_family.h: SCIM

class Emulator {
 public:
  explicit Emulator(Options options);
  ~Emulator();

  // The whole service. Applies latency, authentication, rates and faults around the route.
  Response Answer(Request request);

  const Options& options() const { return options_; }
  bool Has(std::string_view variant) const { return options_.variants.contains(std::string(variant)); }
  // Every name that --variant takes, with what is unconfirmed about it.
  static const std::vector<std::pair<std::string, std::string>>& Variants();

  // State and log, as /emulator/state and /emulator/requests give them.
  Json Save();
  void Load(const Json& state);
  Json Requests();
  void ClearRequests();
  // Throws ApiError for a script that makes no sense.
  void SetFaults(const Json& script);
  Json Faults();

  const std::vector<Route>& routes() const { return routes_; }

  // For families: fresh, unpredictable, the same for the same seed. Numbers are above 2^53.
  // With the state locked.
  int64_t NewNumber();
  std::string NewHex(size_t digits);
  std::string NewUuid();
  int64_t Now() const { return options_.now_ms(); }
  // For tests and samples that want the same times again. Not while requests are answered.
  // Takes other variants, and returns those it had.
  std::set<std::string> SwapVariants(std::set<std::string> variants) {
    std::swap(options_.variants, variants);
    return variants;
  }
  void SetClock(std::function<int64_t()> now_ms) { options_.now_ms = std::move(now_ms); }
  // False while a get of an object made at `created_ms` still answers 404 (read_after_write_delay_ms).
  bool Visible(int64_t created_ms) const { return Now() >= created_ms + options_.read_after_write_delay_ms; }

  // Families, for each other and for the sample.
  WorkspaceTree& tree() { return *tree_; }
  Dbfs& dbfs() { return *dbfs_; }
  Compute& compute() { return *compute_; }
  Jobs& jobs() { return *jobs_; }
  InitScripts& init_scripts() { return *init_scripts_; }
  Identity& identity() { return *identity_; }

 private:
  struct Guts;
  const Route* FindRoute(Request& request) const;
  Caller Authenticate(const Request& request) const;
  Response Serve(const Request& request, const Route* route);
  Response Run(const Request& request, const Route& route, const Caller& caller);
  Response Failure(const Request& request, const ApiError& error) const;
  Response Control(const Request& request);
  void RunDelayedEffects();
  std::vector<Family*> Families() const;
  Options options_;
  std::unique_ptr<Guts> guts_;
  std::unique_ptr<WorkspaceTree> tree_;
  std::unique_ptr<Dbfs> dbfs_;
  std::unique_ptr<Compute> compute_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<InitScripts> init_scripts_;
  std::unique_ptr<Identity> identity_;
  std::vector<Route> routes_;
};

// Fills an empty workspace (sample_small.cc); the same for the same seed.
void FillSmallSample(Emulator& emulator);
// The same with so many objects, as a backup counts them: 100 to 1,000,000 (sample_large.cc).
void FillLargeSample(Emulator& emulator, size_t objects);

}  // namespace emulator
