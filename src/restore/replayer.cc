#include "restore/replayer.h"

#include <algorithm>
#include <condition_variable>
#include <map>
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

bool Starts(const Step& step) { return step.op == Op::kCreate && !step.kind->stop_path.empty(); }

// Kinds that a quota refused one of. Those are made one at a time and with pauses, since what has just been stopped
// still counts for a while; patience ends where none of a kind has found room for so long.
class Room {
 public:
  using Kind = const objects::ObjectDescriptor*;

  explicit Room(int64_t patience_ms) : patience_ms_(patience_ms) {}

  bool IsTight(Kind kind) const { return tight_.contains(kind); }
  // None of the kind is tried before.
  int64_t HeldUntilMs(Kind kind) const {
    const auto found = tight_.find(kind);
    return found == tight_.end() ? 0 : found->second.until_ms;
  }
  bool PatienceLeft(Kind kind, int64_t now_ms) const {
    const auto found = tight_.find(kind);
    return patience_ms_ > 0 && (found == tight_.end() || now_ms - found->second.since_ms < patience_ms_);
  }

  void Refused(Kind kind, int64_t now_ms) {
    Tight& tight = tight_.try_emplace(kind, Tight{now_ms}).first->second;
    tight.refused = true;
    if (tight.until_ms > now_ms) return;  // one of those that were under way when the first was refused
    // The last time that they are tried is when patience ends.
    tight.until_ms = std::min(now_ms + tight.pause_ms, tight.since_ms + patience_ms_);
    tight.pause_ms = std::min(2 * tight.pause_ms, kLongestPauseMs);
  }

  void Found(Kind kind, int64_t now_ms) {
    const auto found = tight_.find(kind);
    if (found == tight_.end()) return;
    if (found->second.refused) {
      found->second = Tight{now_ms, kFirstPauseMs, now_ms + kFirstPauseMs};
    } else {
      tight_.erase(found);  // two in a row
    }
  }

  // What the last refusal adds to its reason.
  std::string Words(Kind kind, int64_t now_ms) const {
    const auto found = tight_.find(kind);
    const int64_t waited_ms = found == tight_.end() ? 0 : now_ms - found->second.since_ms;
    return " (waited " + std::to_string((waited_ms + 500) / 1000) +
           " s for room; stop what counts against it or have it raised, then run the same command again)";
  }

 private:
  static constexpr int64_t kFirstPauseMs = 2'000, kLongestPauseMs = 30'000;
  struct Tight {
    int64_t since_ms = 0;  // when the last one found room, or the first one did not
    int64_t pause_ms = kFirstPauseMs;
    int64_t until_ms = 0;
    bool refused = false;  // since the last one that found room
  };
  const int64_t patience_ms_;
  std::map<Kind, Tight> tight_;
};

class Schedule {
 public:
  Schedule(const Plan& plan, const Room& room, size_t starting_clusters)
      : plan_(plan),
        room_(room),
        starting_left_(starting_clusters),
        times_refused_(plan.steps.size()),
        waits_for_(plan.steps.size()),
        then_(plan.steps.size()) {
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      std::set<size_t> needs(plan.steps[i].needs.begin(), plan.steps[i].needs.end());
      waits_for_[i] = needs.size();
      for (const size_t need : needs) then_[need].push_back(i);
      if (needs.empty()) MakeReady(i);
    }
  }

  // The first step that may begin; nothing if none may before another ends, or before DueMs.
  std::optional<size_t> Take(int64_t now_ms) {
    for (const auto& [times, index] : ready_) {
      const Step& step = plan_.steps[index];
      if (IsHeld(step, now_ms)) continue;
      if (Starts(step) && starting_left_ == 0) continue;
      const std::string lane = LaneOf(step);
      if (!lane.empty() && lanes_.contains(lane)) continue;
      const size_t taken = index;
      ready_.erase({times, index});
      if (!lane.empty()) lanes_.insert(lane);
      if (Starts(step)) --starting_left_;
      ++of_kind_[step.kind];
      ++under_way_;
      return taken;
    }
    return std::nullopt;
  }

  void Finish(size_t index) {
    Release(index);
    for (const size_t next : then_[index]) {
      if (--waits_for_[next] == 0) MakeReady(next);
    }
  }

  // It found no room: it comes after all others.
  void PutBack(size_t index) {
    Release(index);
    ++times_refused_[index];
    MakeReady(index);
  }

  bool Over() const { return ready_.empty() && under_way_ == 0; }

  // When the first of those that are held may begin, if any are.
  std::optional<int64_t> DueMs(int64_t now_ms) const {
    std::optional<int64_t> due_ms;
    for (const auto& [times, index] : ready_) {
      const int64_t held_ms = room_.HeldUntilMs(plan_.steps[index].kind);
      if (held_ms > now_ms && (!due_ms || held_ms < *due_ms)) due_ms = held_ms;
    }
    return due_ms;
  }

 private:
  bool IsHeld(const Step& step, int64_t now_ms) const {
    if (step.op != Op::kCreate || !room_.IsTight(step.kind)) return false;
    const auto others = of_kind_.find(step.kind);
    return room_.HeldUntilMs(step.kind) > now_ms || (others != of_kind_.end() && others->second > 0);
  }

  void MakeReady(size_t index) { ready_.insert({times_refused_[index], index}); }

  void Release(size_t index) {
    const Step& step = plan_.steps[index];
    lanes_.erase(LaneOf(step));
    if (Starts(step)) ++starting_left_;
    --of_kind_[step.kind];
    --under_way_;
  }

  const Plan& plan_;
  const Room& room_;
  size_t starting_left_;
  size_t under_way_ = 0;
  std::vector<size_t> times_refused_;  // for want of room
  std::vector<size_t> waits_for_;
  std::vector<std::vector<size_t>> then_;
  std::set<std::pair<size_t, size_t>> ready_;                   // how often it was refused, and which
  std::map<const objects::ObjectDescriptor*, size_t> of_kind_;  // how many steps of a kind are under way
  std::set<std::string> lanes_;
};

constexpr int64_t kLongestNapMs = 200;

class Crew {
 public:
  Crew(const Plan& plan, const Workshop& shop, const ReplayOptions& options, const ReplayObserver& observer,
       std::stop_token stop)
      : plan_(plan),
        runner_(shop),
        client_(shop.client),
        clock_(shop.clock),
        observer_(observer),
        stop_(stop),
        stopped_(stop, [this] { over_.request_stop(); }),
        room_(options.patience_ms),
        schedule_(plan, room_, std::max<size_t>(1, options.starting_clusters)),
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
      const int64_t now_ms = clock_.SteadyMs();
      const std::optional<size_t> index = schedule_.Take(now_ms);
      if (!index) {
        AwaitChange(lock, schedule_.DueMs(now_ms));
        continue;
      }
      const bool may_put_back = room_.PatienceLeft(plan_.steps[*index].kind, now_ms);
      lock.unlock();
      Result<StepResult> result = Run(*index, may_put_back);
      // Nothing that follows could be made.
      if (Status taken = client_.CheckToken({}); !taken.ok()) {
        result =
            Error(taken.error().code(), taken.error().message() +
                                            "; what was made is in the journal: run the same command again with a new "
                                            "token");
      }
      lock.lock();
      if (result.ok() && result->outcome == Outcome::kPutBack) {
        room_.Refused(plan_.steps[*index].kind, clock_.SteadyMs());
        schedule_.PutBack(*index);
      } else {
        schedule_.Finish(*index);
        if (result.ok() && result->outcome == Outcome::kCreated) {
          room_.Found(plan_.steps[*index].kind, clock_.SteadyMs());
        }
        Note(*index, std::move(result));
      }
      changed_.notify_all();
    }
    over_.request_stop();
    changed_.notify_all();
  }

  // Until a step ends, or one that waits is due: one of those with nothing to do keeps the time for all.
  void AwaitChange(std::unique_lock<std::mutex>& lock, std::optional<int64_t> due_ms) {
    if (!due_ms || time_is_kept_) {
      changed_.wait(lock);
      return;
    }
    time_is_kept_ = true;
    lock.unlock();
    clock_.SleepMs(std::clamp<int64_t>(*due_ms - clock_.SteadyMs(), 1, kLongestNapMs), over_.get_token());
    lock.lock();
    time_is_kept_ = false;
    changed_.notify_all();
  }

  // What is to go stays as long as what counted on it does. The results of what a step needs are there, and stay.
  Result<StepResult> Run(size_t index, bool may_put_back) {
    const Step& step = plan_.steps[index];
    if (step.op != Op::kRemove) return runner_.Run(step, may_put_back, stop_);
    for (const size_t need : step.needs) {
      const Outcome outcome = results_[need].outcome;
      if (outcome == Outcome::kRemoved || outcome == Outcome::kUpdated) continue;
      const Step& other = plan_.steps[need];
      return StepResult{Outcome::kSkipped, step.new_id,
                        "stays, since " + KindWords(other.kind->name) + " " + other.natural_key + " could not be " +
                            (other.op == Op::kRemove ? "removed" : "updated")};
    }
    return runner_.Run(step, may_put_back, stop_);
  }

  void Note(size_t index, Result<StepResult> result) {
    ++finished_;
    if (!result.ok()) {
      error_ = std::move(result).error();
      return;
    }
    if (result->outcome == Outcome::kInterrupted) interrupted_ = true;
    if (result->outcome == Outcome::kFailed && result->no_room)
      result->reason += room_.Words(plan_.steps[index].kind, clock_.SteadyMs());
    results_[index] = std::move(*result);
    if (observer_) observer_(plan_.steps[index], results_[index], finished_, plan_.steps.size());
  }

  const Plan& plan_;
  StepRunner runner_;
  workspace::Client& client_;
  Clock& clock_;
  const ReplayObserver& observer_;
  const std::stop_token stop_;
  std::stop_source over_;  // of whoever sleeps
  const std::stop_callback<std::function<void()>> stopped_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Room room_;
  Schedule schedule_;
  bool time_is_kept_ = false;
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

bool Report::Damaged() const {
  const auto damaged = [](const ReportItem& item) { return item.reason.starts_with(kArchiveDamaged); };
  return std::any_of(Of(Outcome::kFailed).begin(), Of(Outcome::kFailed).end(), damaged);
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
