#include "restore/replayer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/text.h"
#include "objects/registry.h"

namespace dbxark::restore {
namespace {

// Steps of one lane run one after the other: creates of one name, since the fate of one is told by what appears under
// its name; and init scripts, since their order is that of their making.
std::string LaneOf(const Step& step) {
  if (step.op != Op::kCreate || !HasDefinition(*step.kind)) return {};
  if (step.kind == &objects::kGlobalInitScript) return std::string(step.kind->name);
  return std::string(step.kind->name) + '\n' + step.natural_key;
}

class Schedule {
 public:
  Schedule(const Plan& plan, size_t starting_clusters)
      : plan_(plan), starting_left_(starting_clusters), waits_for_(plan.steps.size()), then_(plan.steps.size()) {
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      std::set<size_t> needs(plan.steps[i].needs.begin(), plan.steps[i].needs.end());
      waits_for_[i] = needs.size();
      for (const size_t need : needs) then_[need].push_back(i);
      if (needs.empty()) ready_.insert(i);
    }
  }

  // The first step that may begin; nothing if none may before another ends.
  std::optional<size_t> Take() {
    for (const size_t index : ready_) {
      const Step& step = plan_.steps[index];
      const std::string lane = LaneOf(step);
      if (!lane.empty() && lanes_.contains(lane)) continue;
      if (Starts(step) && starting_left_ == 0) continue;
      ready_.erase(index);
      if (!lane.empty()) lanes_.insert(lane);
      if (Starts(step)) --starting_left_;
      ++under_way_;
      return index;
    }
    return std::nullopt;
  }

  void Finish(size_t index) {
    const Step& step = plan_.steps[index];
    lanes_.erase(LaneOf(step));
    if (Starts(step)) ++starting_left_;
    --under_way_;
    for (const size_t next : then_[index]) {
      if (--waits_for_[next] == 0) ready_.insert(next);
    }
  }

  bool Over() const { return ready_.empty() && under_way_ == 0; }
  size_t under_way() const { return under_way_; }

 private:
  static bool Starts(const Step& step) { return step.op == Op::kCreate && !step.kind->stop_path.empty(); }

  const Plan& plan_;
  size_t starting_left_;
  size_t under_way_ = 0;
  std::vector<size_t> waits_for_;
  std::vector<std::vector<size_t>> then_;
  std::set<size_t> ready_;
  std::set<std::string> lanes_;
};

class Crew {
 public:
  Crew(const Plan& plan, const Workshop& shop, const ReplayOptions& options, const ReplayObserver& observer,
       std::stop_token stop)
      : plan_(plan),
        runner_(shop),
        client_(shop.client),
        observer_(observer),
        stop_(stop),
        schedule_(plan, std::max<size_t>(1, options.starting_clusters)),
        results_(plan.steps.size()) {}

  Status Work(size_t workers) {
    {
      std::vector<std::jthread> threads;
      for (size_t i = 1; i < workers; ++i) threads.emplace_back([this] { WorkAlone(); });
      WorkAlone();
    }
    if (error_) return *error_;
    return {};
  }

  const std::vector<StepResult>& results() const { return results_; }
  bool interrupted() const { return interrupted_; }
  StepRunner& runner() { return runner_; }

  Status Reconcile() {
    for (size_t i = 0; i < results_.size() && !interrupted_; ++i) {
      if (results_[i].outcome != Outcome::kUnknown) continue;
      auto late = runner_.Reconcile(plan_.steps[i], stop_);
      if (!late.ok()) return std::move(late).error();
      if (late->outcome == Outcome::kNothing) continue;
      results_[i] = std::move(*late);
    }
    return {};
  }

 private:
  void WorkAlone() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (error_ || schedule_.Over()) break;
      if (stop_.stop_requested()) interrupted_ = true;
      if (interrupted_) break;
      const std::optional<size_t> index = schedule_.Take();
      if (!index) {
        changed_.wait(lock);
        continue;
      }
      lock.unlock();
      Result<StepResult> result = Run(*index);
      // Nothing that follows could be made.
      if (Status taken = client_.CheckToken({}); !taken.ok()) {
        result =
            Error(taken.error().code(), taken.error().message() +
                                            "; what was made is in the journal: run the same command again with a new "
                                            "token");
      }
      lock.lock();
      schedule_.Finish(*index);
      Note(*index, std::move(result));
      changed_.notify_all();
    }
    changed_.notify_all();
  }

  // What is to go stays as long as what counted on it does. The results of what a step needs are there, and stay.
  Result<StepResult> Run(size_t index) {
    const Step& step = plan_.steps[index];
    if (step.op != Op::kRemove) return runner_.Run(step, stop_);
    for (const size_t need : step.needs) {
      const Outcome outcome = results_[need].outcome;
      if (outcome == Outcome::kRemoved || outcome == Outcome::kUpdated) continue;
      const Step& other = plan_.steps[need];
      return StepResult{Outcome::kSkipped, step.new_id,
                        "stays, since " + KindWords(other.kind->name) + " " + other.natural_key + " could not be " +
                            (other.op == Op::kRemove ? "removed" : "updated")};
    }
    return runner_.Run(step, stop_);
  }

  void Note(size_t index, Result<StepResult> result) {
    ++finished_;
    if (!result.ok()) {
      error_ = std::move(result).error();
      return;
    }
    if (result->outcome == Outcome::kInterrupted) interrupted_ = true;
    results_[index] = std::move(*result);
    if (observer_) observer_(plan_.steps[index], results_[index], finished_, plan_.steps.size());
  }

  const Plan& plan_;
  StepRunner runner_;
  workspace::Client& client_;
  const ReplayObserver& observer_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Schedule schedule_;
  std::vector<StepResult> results_;
  std::optional<Error> error_;
  size_t finished_ = 0;
  bool interrupted_ = false;
};

void CountHeldBack(const Step& step, HeldBack& held_back) {
  if (!step.kind->stop_path.empty()) ++held_back[std::string(step.kind->name)];
  for (const objects::FieldEdit& edit : step.edits) {
    if (edit.why == objects::FieldEdit::Why::kHeldBack) ++held_back[HeldBackWord(edit.path, *step.kind)];
  }
}

}  // namespace

void Report::Add(const Step& step, const StepResult& result) {
  if (result.outcome == Outcome::kNothing || result.outcome == Outcome::kInterrupted) return;
  items[result.outcome].push_back(
      {std::string(step.kind->name), step.id, step.natural_key, result.new_id, result.reason});
  if (result.outcome == Outcome::kCreated || result.outcome == Outcome::kUpdated) CountHeldBack(step, held_back);
}

Result<Report> Replay(const Plan& plan, const Workshop& shop, const ReplayOptions& options,
                      const ReplayObserver& observer, std::stop_token stop) {
  Crew crew(plan, shop, options, observer, stop);
  if (Status worked = crew.Work(std::max<size_t>(1, options.workers)); !worked.ok()) return std::move(worked).error();
  if (Status reconciled = crew.Reconcile(); !reconciled.ok()) return std::move(reconciled).error();
  Report report;
  report.interrupted = crew.interrupted();
  report.journal_path = shop.journal.path();
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    report.Add(plan.steps[i], crew.results()[i]);
  }
  if (!report.interrupted) {
    report.read_back = ReadBackWritten(plan, crew.results(), shop, crew.runner(), options.read_back, stop);
  }
  return report;
}

}  // namespace dbxark::restore
