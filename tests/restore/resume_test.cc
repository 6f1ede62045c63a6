// A restore that ends at any moment is taken up again.
#include <algorithm>
#include <functional>
#include <set>

#include "format/archive_reader.h"
#include "objects/registry.h"
#include "support/recording_transport.h"
#include "support/small_workspace.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::test;
using restore::Outcome;

namespace {

// A restore that is disturbed, and one more to its end.
class Disturbed {
 public:
  Disturbed(const Small& small, const Clean& clean, const std::string& name, size_t workers = 1)
      : small_(small), clean_(clean), workers_(workers), journal_(small.folder / name) {}

  // `disturb` sets the faults of the first run.
  restore::Report First(const std::function<void(FaultyTransport&)>& disturb) {
    EmulatorTransport direct(target_.emulator());
    RecordingTransport recording(direct);
    FaultyTransport faulty(recording);
    disturb(faulty);
    RestoreRun run(small_.archive, target_, journal_, &faulty);
    run.options.workers = workers_;
    restore::Report report = run.Run();
    fired_ = faulty.fired();
    sent_.push_back(recording.writes());
    return report;
  }

  // The target is as after an undisturbed run, nothing is open, and of all writes of both runs at most one for each
  // worker was sent twice.
  //
  // Why this holds: a step that was done is in the journal or found by its path, and is not done again; so only what a
  // worker had under way when it ended may be, and that is one request, whose answer nobody saw. Look-ups come on top
  // of that, and write nothing. An upload in pieces is one step of many requests, whose handle is lost with the run: it
  // begins anew, with all pieces that were sent before.
  void SecondEndsIt() {
    EmulatorTransport direct(target_.emulator());
    RecordingTransport recording(direct);
    RestoreRun run(small_.archive, target_, journal_, &recording);
    run.options.workers = workers_;
    const restore::Report report = run.Run();
    sent_.push_back(recording.writes());
    INFO(Complaints(report));
    CHECK(report.Complete());
    CHECK(Text(Contents(target_)) == Text(clean_.contents));
    CHECK(target_.fired().empty());
    NothingIsOpen(journal_);

    std::vector<std::string> repeated = Repeated(sent_, clean_.writes);
    const size_t all = repeated.size();
    std::erase_if(repeated, [](const std::string& write) { return write.find("/api/2.0/dbfs/") != write.npos; });
    std::string text;
    for (const std::string& write : repeated) text += write + "\n";
    INFO("sent twice: " << text);
    CHECK(repeated.size() <= workers_);
    CHECK(all - repeated.size() <= kPieces);
    repeated_ = repeated.size();
  }

  size_t fired() const { return fired_; }
  size_t repeated() const { return repeated_; }

 private:
  static constexpr size_t kPieces = 4;  // of 1.5 MB: create, two blocks, close
  const Small& small_;
  const Clean& clean_;
  const size_t workers_;
  const std::string journal_;
  EmulatedWorkspace target_{2};
  std::vector<Writes> sent_;
  size_t fired_ = 0, repeated_ = 0;
};

}  // namespace

TEST_CASE("the sample of these sweeps has every kind") {
  const Small small;
  auto reader = format::ArchiveReader::Open(FileSystem::Real(), small.archive);
  REQUIRE(reader.ok());
  std::set<std::string> kinds;
  REQUIRE((*reader)->ForEachRow([&](const format::Row& row) { return kinds.insert(row.kind).second || true; }).ok());
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    INFO(kind->name);
    CHECK(kinds.contains(std::string(kind->name)));
  }
}

TEST_CASE("a restore that is stopped at any request is taken up again, and the target is as after a clean one") {
  const Small small;
  const Clean clean(small);
  INFO(Text(clean.contents));
  REQUIRE(clean.calls > clean.before_replay + 15);
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(5)) {
    INFO("stopped at request " << at << " of " << clean.calls);
    Disturbed restore(small, clean, "stopped " + std::to_string(at));
    const restore::Report report = restore.First([&](FaultyTransport& faulty) { faulty.StopAt(at); });
    CHECK((report.interrupted || report.read_back.interrupted));
    CHECK(restore.fired() > 0);
    restore.SecondEndsIt();
    CHECK(restore.repeated() == 0);  // nothing was under way: what was stopped never left
  }
}

// As if the machine went down: the service acted, and nobody learned of it.
TEST_CASE("an answer that gets lost at any request makes nothing twice") {
  const Small small;
  const Clean clean(small);
  size_t repeated = 0;
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(5)) {
    INFO("lost answer " << at << " of " << clean.calls);
    Disturbed restore(small, clean, "lost " + std::to_string(at));
    restore.First([&](FaultyTransport& faulty) {
      faulty.FailCall(at);
      faulty.StopAt(at + 1);
    });
    restore.SecondEndsIt();
    repeated += restore.repeated();
  }
  // Or else repetition is not seen: a pin, a stop or an install whose answer is lost is sent again.
  CHECK((repeated > 0 || SweepStride(5) > 1));
}

// In which order workers come is not the same twice: the sweep goes by number all the same, and promises what comes of
// it, not where it stopped.
TEST_CASE(
    "several workers that are stopped or go down at any request make nothing twice, and repeat one each at most") {
  const Small small;
  const Clean clean(small);
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepAll() ? 1 : 3 * SweepStride(5)) {
    INFO("at request " << at << " of about " << clean.calls);
    Disturbed stopped(small, clean, "four stopped " + std::to_string(at), 4);
    stopped.First([&](FaultyTransport& faulty) { faulty.StopAt(at); });
    stopped.SecondEndsIt();
    for (const size_t workers : {1, 4}) {
      INFO(workers << " go down");
      Disturbed down(small, clean, std::to_string(workers) + " down " + std::to_string(at), workers);
      down.First([&](FaultyTransport& faulty) { faulty.GoDownAt(at, workers); });
      down.SecondEndsIt();
    }
  }
}

namespace {

// Loses the answer to one create, right after somebody else has made an equal object: two look like ours.
class Stranger : public http::Transport {
 public:
  Stranger(http::Transport& inner, size_t at) : inner_(inner), at_(at) {}

  Result<http::Response> Send(const http::Request& request, std::stop_token stop) override {
    if (++calls_ != at_ || request.effect != http::Effect::kOnce) return inner_.Send(request, stop);
    const auto ours = inner_.Send(request, stop);
    const auto theirs = inner_.Send(request, stop);
    doubled_ = ours.ok() && theirs.ok() && theirs->status == 200 && theirs->body != ours->body &&
               request.family != "dbfs";  // a handle is no object
    return Error(ErrorCode::kOutcomeUnknown, "connection reset");
  }
  // The service took both, and they are two.
  bool doubled() const { return doubled_; }

 private:
  http::Transport& inner_;
  const size_t at_;
  size_t calls_ = 0;
  bool doubled_ = false;
};

}  // namespace

TEST_CASE("a stranger's equal object, made while an answer gets lost, is not taken for a reason to make a third") {
  const Small small;
  const Clean clean(small);
  size_t doubled = 0;
  for (size_t at = clean.before_replay + 1; at <= clean.calls; at += SweepStride(5)) {
    INFO("lost answer " << at << " of " << clean.calls);
    EmulatedWorkspace target(2);
    const std::string journal = small.folder / ("stranger " + std::to_string(at));
    bool told = false, two = false;
    {
      EmulatorTransport direct(target.emulator());
      Stranger stranger(direct, at);
      const restore::Report report = RestoreRun(small.archive, target, journal, &stranger).Run();
      two = stranger.doubled();
      told = report.Count(Outcome::kUnknown) > 0;
    }
    doubled += two ? 1 : 0;
    const restore::Report report = RestoreRun(small.archive, target, journal).Run();
    INFO(Complaints(report));
    const auto contents = Contents(target);
    INFO(Text(contents));
    // Theirs, if it is one; nothing of ours twice. What cannot be told is said, not made again.
    const size_t expected = clean.contents.size() + (two ? 1 : 0);
    CHECK(contents.size() <= expected);
    if (contents.size() < expected) CHECK(told);
    if (!two) CHECK(Text(contents) == Text(clean.contents));
  }
  CHECK((doubled > 2 || SweepStride(5) > 1));
}
