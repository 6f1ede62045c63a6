#include "restore/read_back.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>

#include "base/ordered_map.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/read_back_checks.h"
#include "restore/tree_facts.h"
#include "workspace/inventory.h"

namespace dbxark::restore {
namespace {

using objects::ObjectDescriptor;

constexpr int64_t kFirstPauseMs = 1'000;  // and twice as long each time
// A request that fails to the end has been repeated for long. After so many the workspace is taken not to answer, and
// the rest is not known.
constexpr size_t kMostFailures = 3;
constexpr char kAllSeen[] = "all were seen";

struct Item {
  size_t step = 0;
  std::string new_id;
  bool compares = true;  // its whole definition was sent, not only finished
  bool settles = false;  // it was there before it was as sent: a look may come too early

  enum class State { kMissing, kDiffers, kAsSent, kUnread } state = State::kMissing;
  Findings findings;                         // of the last look that found it
  bool pin_known = false, pin_lost = false;  // as the last list said
  size_t looks = 0;

  bool open() const { return state == State::kMissing || state == State::kDiffers; }
};

// What one request, or one list, answers for.
struct Look {
  const ObjectDescriptor* kind = nullptr;  // a list of the kind; or
  std::string folder;                      // a list of this folder
  bool tree = true;
  bool reads = false;  // one item by a read
  std::vector<Item*> items;
};

class Reader {
 public:
  Reader(const Plan& plan, const std::vector<StepResult>& results, const Workshop& shop, StepRunner& runner,
         const ReadBackOptions& options, std::stop_token stop)
      : plan_(plan), results_(results), shop_(shop), runner_(runner), options_(options), stop_(stop) {}

  ReadBack Run() {
    Gather();
    if (items_.empty()) return std::move(out_);
    out_.begun = true;
    if (options_.on_begin) options_.on_begin(LooksDue());
    const int64_t until_ms = shop_.clock.NowMs() + options_.settle_ms;
    LookAll(FirstLooks());
    // A list may be short of what a read tells.
    LookAll(Looks([&](const Item& item) { return item.open() && HasRead(KindOf(item)) && item.looks < 2; }, true));
    int64_t pause_ms = kFirstPauseMs;
    while (!Ended()) {
      const int64_t left_ms = until_ms - shop_.clock.NowMs();
      const auto may_change = [&](const Item& item) {
        if (item.state == Item::State::kMissing) return true;
        return item.state == Item::State::kDiffers && (item.settles || item.looks < 3);
      };
      if (left_ms <= 0 || std::none_of(items_.begin(), items_.end(), may_change)) break;
      if (!shop_.clock.SleepMs(std::min(pause_ms, left_ms), stop_)) {
        out_.interrupted = true;
        break;
      }
      pause_ms *= 2;
      LookAll(Looks(may_change, false));
    }
    if (options_.level == ReadBackLevel::kContent) LookAtContent();
    Settle();
    return std::move(out_);
  }

 private:
  const Step& StepOf(const Item& item) const { return plan_.steps[item.step]; }
  const ObjectDescriptor& KindOf(const Item& item) const { return *StepOf(item).kind; }
  static bool HasRead(const ObjectDescriptor& kind) {
    return HasDefinition(kind) && workspace::Inventory::IsReadAgain(kind);
  }
  bool Ended() const { return out_.interrupted || ended_; }

  void Gather() {
    std::set<std::pair<std::string_view, std::string>> completed;
    for (size_t i = 0; i < results_.size(); ++i) {
      const bool done = results_[i].outcome == Outcome::kNothing && !results_[i].new_id.empty();
      if (plan_.steps[i].op == Op::kComplete && done) completed.insert({plan_.steps[i].kind->name, plan_.steps[i].id});
    }
    for (size_t i = 0; i < results_.size(); ++i) {
      const Outcome outcome = results_[i].outcome;
      const Step& step = plan_.steps[i];
      if (outcome != Outcome::kCreated && outcome != Outcome::kFinished && outcome != Outcome::kUpdated) continue;
      const bool second_pass = completed.contains({step.kind->name, step.id});
      if (step.first_of_two && !second_pass) continue;  // it is known to be short of something, and said to be
      Item item;
      item.step = i;
      item.new_id = results_[i].new_id;
      item.compares = step.op != Op::kFinish || second_pass;
      item.settles = step.op != Op::kCreate || step.first_of_two || step.overwrite || !step.follow.empty() ||
                     step.kind == &objects::kClusterLibraries;
      items_.push_back(std::move(item));
    }
  }

  // --- what to look at

  static bool HasContent(const ObjectDescriptor& kind) { return !HasDefinition(kind) && &kind != &objects::kDirectory; }

  size_t LooksDue() const {
    if (options_.level != ReadBackLevel::kContent) return items_.size();
    const auto contents =
        std::count_if(items_.begin(), items_.end(), [&](const Item& item) { return HasContent(KindOf(item)); });
    return items_.size() + static_cast<size_t>(contents);
  }

  std::vector<Look> FirstLooks() {
    std::vector<Look> looks = Looks([](const Item&) { return true; }, false);
    // One alone is read at once, unless only a list tells whether it is pinned.
    for (Look& look : looks) {
      if (look.kind != nullptr && look.items.size() == 1 && HasRead(*look.kind) && look.kind->pin_path.empty()) {
        look.reads = true;
      }
    }
    return looks;
  }

  // `reads`: by reads alone. Otherwise each in the way that tells most.
  std::vector<Look> Looks(const std::function<bool(const Item&)>& wanted, bool reads) {
    std::map<const ObjectDescriptor*, Look> lists;
    std::map<std::pair<bool, std::string>, Look> folders;
    std::vector<Look> looks;
    for (Item& item : items_) {
      if (!wanted(item)) continue;
      const ObjectDescriptor& kind = KindOf(item);
      if (!HasDefinition(kind)) {
        const bool tree = IsInTree(kind);
        const std::string folder = ParentOf(StepOf(item).natural_key);
        Look& look = folders[{tree, folder}];
        look.tree = tree;
        look.folder = folder;
        look.items.push_back(&item);
      } else if (reads || (item.looks > 0 && HasRead(kind) && !item.pin_lost)) {
        looks.push_back({&kind, {}, true, true, {&item}});
      } else {
        Look& look = lists[&kind];
        look.kind = &kind;
        look.items.push_back(&item);
      }
    }
    // Lists of many pages take longest.
    std::vector<Look> all;
    for (auto& [kind, look] : lists) all.push_back(std::move(look));
    for (auto& [folder, look] : folders) all.push_back(std::move(look));
    std::move(looks.begin(), looks.end(), std::back_inserter(all));
    return all;
  }

  void LookAll(const std::vector<Look>& looks) {
    if (Ended()) return;
    OrderedForEach<Status>(
        std::max<size_t>(1, options_.workers), looks, stop_, [&](const Look& look) { return LookOnce(look); },
        [&](const Look& look, Status& status) {
          if (status.ok()) return true;
          if (status.error().code() == ErrorCode::kInterrupted) {
            out_.interrupted = true;
          } else if (workspace::ConcernsOneObject(status.error())) {
            Refused(look, status.error());
            return true;
          } else {
            Refused(look, status.error());
            why_ = status.error().message();
            ended_ = ++failures_ == kMostFailures;
            return !ended_;
          }
          return false;
        });
    if (stop_.stop_requested()) out_.interrupted = true;
  }

  void Refused(const Look& look, const Error& error) {
    const auto open =
        std::count_if(look.items.begin(), look.items.end(), [](const Item* item) { return item->open(); });
    if (open == 0 && !look.reads) return;
    Unread unread{look.folder.empty() ? std::string(look.kind->name)
                  : look.tree         ? "directory"
                                      : "dbfs_file",
                  look.folder, error.message(), look.reads ? 1 : static_cast<uint64_t>(open)};
    if (look.reads) unread.natural_key = StepOf(*look.items.front()).natural_key;
    for (Item* item : look.items) {
      if (item->open()) item->state = Item::State::kUnread;
    }
    std::lock_guard lock(mutex_);
    out_.unread.push_back(std::move(unread));
  }

  Status LookOnce(const Look& look) {
    for (Item* item : look.items) ++item->looks;
    Status looked = look.reads                    ? Read(*look.items.front())
                    : !look.folder.empty()        ? ListFolder(look)
                    : look.kind->pin_path.empty() ? ListKind(look)
                                                  : ListKindWithPins(look);
    return looked;
  }

  void Seen() const {
    if (options_.on_seen) options_.on_seen(1);
  }

  // --- what has a definition

  Status Read(Item& item) {
    const ObjectDescriptor& kind = KindOf(item);
    auto definition = shop_.client.Read(kind, item.new_id, stop_);
    if (!definition.ok()) {
      if (definition.error().code() != ErrorCode::kNotFound) return std::move(definition).error();
      item.state = Item::State::kMissing;
      return {};
    }
    // A list that shows it late has not told of its pin.
    if (PinDue(item) && !item.pin_known && !pins_untold_) item.pin_lost = true;
    Compare(item, *definition);
    return {};
  }

  Status ListKind(const Look& look) {
    std::map<std::string, Item*, std::less<>> due;
    for (Item* item : look.items) due[item->new_id] = item;
    ObjectDescriptor whole = *look.kind;
    if (!whole.list.whole_query.empty()) whole.list.query = whole.list.whole_query;
    Status listed = shop_.client.List(
        whole,
        [&](json::Node element) -> Status {
          const auto found = due.find(objects::IdOf(whole, element));
          if (found == due.end()) return {};
          Compare(*found->second, std::string(element.raw()));
          due.erase(found);
          // What follows is older, or somebody else's.
          if (due.empty()) return Error(ErrorCode::kFailed, kAllSeen);
          return {};
        },
        stop_);
    return due.empty() ? Status() : listed;
  }

  Status ListKindWithPins(const Look& look) {
    workspace::Inventory inventory(shop_.client, {});
    std::string refused, pins_untold;
    auto listed = inventory.List(
        *look.kind,
        [&](const workspace::Gap& gap) {
          if (!gap.id.empty() || !gap.natural_key.empty()) return;
          // Of the kind as a whole: that it cannot be listed, or that its pins cannot.
          (gap.reason.starts_with("all ") ? refused : pins_untold) = gap.reason;
        },
        stop_);
    if (!listed.ok()) return std::move(listed).error();
    if (!refused.empty()) return Error(ErrorCode::kFailed, refused);
    std::map<std::string, const objects::Object*, std::less<>> there;
    for (const objects::Object& object : *listed) there[object.id] = &object;
    for (Item* item : look.items) {
      const auto found = there.find(item->new_id);
      if (found == there.end()) continue;
      item->pin_known = true;
      item->pin_lost = PinDue(*item) && pins_untold.empty() && !IsPinned(found->second->facts);
      Compare(*item, found->second->definition);
    }
    const bool due = std::any_of(look.items.begin(), look.items.end(), [&](const Item* item) { return PinDue(*item); });
    if (due && !pins_untold.empty() && !pins_untold_.exchange(true)) {
      std::lock_guard lock(mutex_);
      out_.unread.push_back({std::string(look.kind->name), {}, pins_untold, 0});
    }
    return {};
  }

  bool PinDue(const Item& item) const {
    const std::vector<std::string>& follow = StepOf(item).follow;
    return std::find(follow.begin(), follow.end(), "pin") != follow.end();
  }

  // Nothing can be said where what was sent cannot be made again, or the answer is no such object.
  void NotComparable(Item& item, const Error& error) {
    item.state = Item::State::kUnread;
    std::lock_guard lock(mutex_);
    out_.unread.push_back({std::string(KindOf(item).name), StepOf(item).natural_key, error.message(), 1});
  }

  void Compare(Item& item, const std::string& definition) {
    Findings findings;
    if (item.compares) {
      auto sent = runner_.BodyOf(StepOf(item));
      if (!sent.ok()) return NotComparable(item, sent.error());
      auto compared = CompareSent(KindOf(item), *sent, definition);
      if (!compared.ok()) return NotComparable(item, compared.error());
      findings = std::move(*compared);
    }
    CheckStopped(StepOf(item), definition, findings);
    if (item.pin_lost) findings.lost.push_back({"pinned", "true", "false"});
    Found(item, std::move(findings));
  }

  void Found(Item& item, Findings findings) {
    item.findings = std::move(findings);
    item.state = item.findings.lost.empty() ? Item::State::kAsSent : Item::State::kDiffers;
    if (item.state == Item::State::kAsSent) Count(item);
  }

  // Once for each object, when nothing of it is looked at any more.
  void Count(const Item& item) {
    std::lock_guard lock(mutex_);
    const std::string kind(KindOf(item).name);
    for (const std::string& path : item.findings.filled_in) ++out_.filled_in[{kind, path}];
    for (const std::string& path : item.findings.not_shown) ++out_.not_shown[{kind, path}];
    Seen();
  }

  // --- what lies in trees

  Status ListFolder(const Look& look) {
    std::map<std::string, Item*, std::less<>> due;
    for (Item* item : look.items) due[StepOf(*item).natural_key] = item;
    const Status listed = shop_.client.ListFolder(
        look.tree ? objects::Storage::kTree : objects::Storage::kDbfs, look.folder,
        [&](json::Node node) -> Status {
          const auto found = due.find(objects::BarePath(node["path"].text()));
          if (found == due.end()) return {};
          Item& item = *found->second;
          Found(item, CheckNode(shop_.archive.objects[StepOf(item).object], node, look.tree));
          return {};
        },
        stop_);
    // Then all of it is missing.
    if (!listed.ok() && listed.error().code() == ErrorCode::kNotFound) return {};
    return listed;
  }

  void LookAtContent() {
    std::vector<Look> looks;
    for (Item& item : items_) {
      const ObjectDescriptor& kind = KindOf(item);
      if (HasContent(kind) && item.state == Item::State::kAsSent)
        looks.push_back({&kind, {}, IsInTree(kind), true, {&item}});
    }
    if (Ended()) return;
    OrderedForEach<Status>(
        std::max<size_t>(1, options_.workers), looks, stop_,
        [&](const Look& look) { return CheckContent(*look.items.front()); },
        [&](const Look& look, Status& status) {
          if (status.ok()) return true;
          if (status.error().code() == ErrorCode::kInterrupted) out_.interrupted = true;
          if (!out_.interrupted) Refused(look, status.error());
          return !out_.interrupted;
        });
    if (stop_.stop_requested()) out_.interrupted = true;
  }

  Status CheckContent(Item& item) {
    const ArchivedObject& object = shop_.archive.objects[StepOf(item).object];
    const workspace::ContentRequest request = RequestFor(object);
    Status outcome;
    shop_.content.Fetch(
        std::span(&request, 1),
        [&](size_t, Result<Body> body) {
          Result<bool> same = body.ok() ? IsArchivedContent(shop_.archive, object, *body) : Result<bool>(body.error());
          if (!same.ok() && same.error().code() == ErrorCode::kNotFound) {
            item.state = Item::State::kMissing;
          } else if (!same.ok()) {
            outcome = std::move(same).error();
          } else if (!*same) {
            item.state = Item::State::kDiffers;
            item.findings.lost.push_back({"content", "(as archived)", "(something else)"});
          }
        },
        stop_);
    Seen();
    return outcome;
  }

  // --- the end

  void Settle() {
    std::map<std::string, uint64_t> not_reached;
    for (const Item& item : items_) {
      if (item.state == Item::State::kAsSent) {
        ++out_.as_sent;
      } else if (item.open() && !Ended()) {
        const Step& step = StepOf(item);
        const bool gone = item.state == Item::State::kMissing;
        if (!gone) Count(item);
        out_.losses.push_back({std::string(step.kind->name), step.id, step.natural_key, item.new_id, gone,
                               gone ? std::vector<LostField>() : item.findings.lost});
      } else if (ended_ && item.open()) {
        ++not_reached[std::string(KindOf(item).name)];
      }
    }
    for (const auto& [kind, count] : not_reached) out_.unread.push_back({kind, {}, why_, count});
  }

  const Plan& plan_;
  const std::vector<StepResult>& results_;
  const Workshop& shop_;
  StepRunner& runner_;
  const ReadBackOptions& options_;
  const std::stop_token stop_;
  std::vector<Item> items_;  // each belongs to one look at a time
  std::mutex mutex_;         // of what workers add to `out_`
  std::atomic<bool> pins_untold_ = false;
  size_t failures_ = 0;
  bool ended_ = false;
  std::string why_;  // of the last failure
  ReadBack out_;
};

}  // namespace

ReadBack ReadBackWritten(const Plan& plan, const std::vector<StepResult>& results, const Workshop& shop,
                         StepRunner& runner, const ReadBackOptions& options, std::stop_token stop) {
  if (options.level == ReadBackLevel::kNone) return {};
  return Reader(plan, results, shop, runner, options, stop).Run();
}

}  // namespace dbxark::restore
