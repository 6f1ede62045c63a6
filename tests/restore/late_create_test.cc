// Requests whose effect comes after their answer was given up.
#include <utility>

#include "support/small_workspace.h"

using namespace dbxark;
using namespace dbxark::test;
using restore::Outcome;

namespace {

// Each create of a cluster takes its time and then gets no answer; its effect comes later, when its time has come.
class Late : public http::Transport {
 public:
  Late(http::Transport& inner, ManualClock& clock, std::vector<int64_t> effects_ms)
      : inner_(inner), clock_(clock), effects_ms_(std::move(effects_ms)) {}

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    Arrive();
    if (request.path != "/api/2.1/clusters/create" || creates_ == effects_ms_.size()) return inner_.Send(request, stop);
    due_.emplace_back(clock_.NowMs() + effects_ms_[creates_++], request);
    clock_.Advance(1'500);
    return Error(ErrorCode::kOutcomeUnknown, "connection reset");
  }

  // What is due by now.
  void Arrive() {
    for (auto& [due_ms, request] : due_) {
      if (due_ms > clock_.NowMs() || std::exchange(due_ms, kNever) == kNever) continue;
      CHECK(inner_.Send(request, {})->status == 200);
      ++arrived_;
    }
  }
  size_t arrived() const { return arrived_; }

 private:
  static constexpr int64_t kNever = int64_t{1} << 60;
  http::Transport& inner_;
  ManualClock& clock_;
  const std::vector<int64_t> effects_ms_;
  size_t creates_ = 0, arrived_ = 0;
  std::vector<std::pair<int64_t, http::Request>> due_;
};

}  // namespace

TEST_CASE("a cluster is not stopped as long as a lost request with its token may come and make another") {
  const Small small;
  // Each look comes 1.5 s after its create: the first sees nothing, a later one what the first request made.
  const std::vector<std::vector<int64_t>> cases = {
      {2'000, 3'000}, {2'000, 20'000}, {4'000, 10'000, 10'000}, {5'000, 9'000, 8'000}};
  for (const std::vector<int64_t>& effects_ms : cases) {
    INFO(effects_ms.size() << " creates, the last one's effect after " << effects_ms.back());
    EmulatedWorkspace target(2);
    const std::string journal =
        small.folder / ("late " + std::to_string(effects_ms[0] + 7 * effects_ms[1] + effects_ms.back()));
    EmulatorTransport direct(target.emulator());
    Late late(direct, target.clock(), effects_ms);
    RestoreRun(small.archive, target, journal, &late).Run();
    RestoreRun(small.archive, target, journal, &late).Run();
    target.clock().Advance(60'000);
    late.Arrive();
    CHECK(late.arrived() == effects_ms.size());
    const restore::Report last = RestoreRun(small.archive, target, journal, &late).Run();
    INFO(Complaints(last));
    CHECK(last.Complete());
    const auto clusters = target.Clusters();
    CHECK(clusters.size() == 1);
    target.clock().Advance(10'000);
    CHECK(target.Clusters().front().at("state") == "TERMINATED");
    NothingIsOpen(journal);
  }
}
