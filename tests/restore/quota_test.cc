// A quota that is full: what finds no room waits, the rest goes on.
#include <algorithm>

#include "emulator/compute_family.h"
#include "support/small_workspace.h"

using namespace dbxark;
using namespace dbxark::test;
using emulator::Json;
using restore::Outcome;

namespace {

// Three clusters, a job on each, and one job on none.
struct Clusters {
  Clusters() {
    for (const std::string name : {"a", "b", "c"}) {
      const Json id = source
                          .Call("POST", "/api/2.1/clusters/create",
                                {{"cluster_name", name},
                                 {"spark_version", "15.4.x-scala2.12"},
                                 {"node_type_id", "i3.xlarge"},
                                 {"num_workers", 1}})
                          .at("cluster_id");
      MakeJob("on " + name, {{"existing_cluster_id", id}});
    }
    MakeJob("alone", Json::object());
    Export(source, archive);
  }

  void MakeJob(const std::string& name, const Json& where) {
    Json task = {{"task_key", "run"}, {"notebook_task", {{"notebook_path", "/Shared/etl"}}}};
    task.update(where);
    source.Call("POST", "/api/2.2/jobs/create", {{"name", name}, {"tasks", Json::array({task})}});
  }

  TempFolder folder;
  std::string archive = folder / "clusters.tar.zst";
  EmulatedWorkspace source{1};
};

// Notes each create, in its order, with the status of its answer.
class Creates : public http::Transport {
 public:
  explicit Creates(http::Transport& inner) : inner_(inner) {}

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    auto response = inner_.Send(request, stop);
    if (request.path.ends_with("/create") && response.ok()) {
      std::lock_guard lock(mutex_);
      seen_.push_back(request.family + " " + std::to_string(response->status));
    }
    return response;
  }

  size_t Count(const std::string& what) const {
    return static_cast<size_t>(std::count(seen_.begin(), seen_.end(), what));
  }
  // Where the first, or the last, of these stands.
  size_t First(const std::string& what) const {
    return static_cast<size_t>(std::find(seen_.begin(), seen_.end(), what) - seen_.begin());
  }
  size_t Last(const std::string& what) const {
    return seen_.size() - 1 - static_cast<size_t>(std::find(seen_.rbegin(), seen_.rend(), what) - seen_.rbegin());
  }

 private:
  http::Transport& inner_;
  std::mutex mutex_;
  std::vector<std::string> seen_;
};

constexpr char kMade[] = "clusters/create 200", kFull[] = "clusters/create 400", kJob[] = "jobs/create 200";

}  // namespace

TEST_CASE("a cluster that finds no room is made later, and what does not need it comes first") {
  for (const size_t workers : {1, 4}) {
    Clusters clusters;
    EmulatedWorkspace target(2);
    target.emulator().compute().cluster_quota = 1;
    EmulatorTransport direct(target.emulator());
    Creates creates(direct);
    RestoreRun run(clusters.archive, target, clusters.folder / "journal", &creates);
    run.options.workers = workers;
    const restore::Report report = run.Run();
    INFO(Complaints(report));
    CHECK(report.Complete());
    CHECK(creates.Count(kMade) == 3);
    CHECK(creates.Count(kFull) > 0);
    CHECK(creates.Count(kJob) == 4);
    // With several workers a job may be faster than any cluster.
    if (workers == 1) CHECK(creates.First(kFull) < creates.First(kJob));
    CHECK(creates.First(kJob) < creates.Last(kMade));
    CHECK(target.Clusters().size() == 3);
    CHECK(target.Jobs().size() == 4);
    NothingIsOpen(clusters.folder / "journal");
  }
}

TEST_CASE("a quota that stays full is waited for within patience, and said; a later run makes what is missing") {
  Clusters clusters;
  EmulatedWorkspace target(2);
  target.emulator().compute().cluster_quota = 0;
  EmulatorTransport direct(target.emulator());
  Creates creates(direct);
  {
    RestoreRun run(clusters.archive, target, clusters.folder / "journal", &creates);
    run.options.patience_ms = 120'000;
    const int64_t began_ms = target.clock().NowMs();
    const restore::Report report = run.Run();
    INFO(Complaints(report));
    CHECK(target.clock().NowMs() - began_ms >= 120'000);
    CHECK(target.clock().NowMs() - began_ms < 125'000);
    // One of them at 0, 2, 6, 14, 30, 60 and 90 seconds, and each at the end.
    CHECK(creates.Count(kFull) == 7 + 3);
    CHECK(report.Count(Outcome::kFailed) == 3);
    for (const auto& item : report.items.at(Outcome::kFailed)) {
      CHECK(item.kind == "cluster");
      CHECK(item.reason.find("QUOTA_EXCEEDED") != std::string::npos);
      CHECK(item.reason.find("waited 120 s for room") != std::string::npos);
    }
    CHECK(report.Count(Outcome::kBlocked) == 3);
    CHECK(target.Jobs().size() == 1);
  }
  target.emulator().compute().cluster_quota.reset();
  const restore::Report report = RestoreRun(clusters.archive, target, clusters.folder / "journal").Run();
  INFO(Complaints(report));
  CHECK(report.Complete());
  CHECK(target.Clusters().size() == 3);
  CHECK(target.Jobs().size() == 4);
  NothingIsOpen(clusters.folder / "journal");
}

TEST_CASE("without patience, or for what never has room again, a quota's refusal is the last word") {
  Clusters clusters;
  EmulatedWorkspace target(2, {"job-quota-20"});
  target.emulator().compute().cluster_quota = 0;
  for (int i = 0; i < 20; ++i) target.Call("POST", "/api/2.2/jobs/create", {{"name", "other"}});
  EmulatorTransport direct(target.emulator());
  Creates creates(direct);
  RestoreRun run(clusters.archive, target, clusters.folder / "journal", &creates);
  run.options.patience_ms = 0;
  const int64_t began_ms = target.clock().NowMs();
  const restore::Report report = run.Run();
  CHECK(target.clock().NowMs() == began_ms);
  CHECK(creates.Count(kFull) == 3);
  CHECK(creates.Count("jobs/create 400") == 1);
  CHECK(report.Count(Outcome::kFailed) == 4);
}
