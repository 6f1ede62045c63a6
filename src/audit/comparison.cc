#include "audit/comparison.h"

#include <algorithm>
#include <set>

#include "audit/listing.h"
#include "audit/pair_comparison.h"
#include "base/ordered_map.h"
#include "json/document.h"
#include "objects/no_match.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

using objects::ObjectDescriptor;

// The whole of one comparison, kind after kind.
class Run {
 public:
  Run(Side& left, Side& right, const CompareOptions& options, const std::function<bool(const Change&)>& on_change,
      std::stop_token stop)
      : left_(left),
        right_(right),
        options_(options),
        on_change_(on_change),
        stop_(stop),
        same_workspace_(!left.workspace_id().empty() && left.workspace_id() == right.workspace_id()),
        selectors_(options.selection.include()),
        matcher_(same_workspace_, options.id_map),
        pairs_(left, right, options, matcher_, same_workspace_, stop) {}

  Result<Tally> Go() {
    for (const ObjectDescriptor* kind : objects::AllKinds()) {
      if (stopped_) break;
      if (stop_.stop_requested()) return Error(ErrorCode::kInterrupted, "asked to stop");
      if (!IsNeeded(*kind)) continue;
      if (Status status = CompareKind(*kind); !status.ok()) return std::move(status).error();
    }
    SettlePins();
    CheckSelectors();
    for (const auto& [why, kinds] : uncovered_) tally_.notes.push_back(why + kinds);
    for (const Side* side : {&left_, &right_}) {
      for (const Missing& missing : side->failures()) {
        tally_.not_compared.push_back(
            {missing.kind, missing.id, missing.natural_key, side->name() + ": " + missing.reason});
      }
    }
    return std::move(tally_);
  }

 private:
  // A kind that is not selected is still matched if one that is may refer to it.
  bool IsNeeded(const ObjectDescriptor& kind) const {
    // Which families there are is the vendor's affair.
    if (kind.storage == objects::Storage::kCatalogue && !same_workspace_) return false;
    if (options_.selection.MayMatch(kind.name)) return true;
    if (kind.storage != objects::Storage::kDefinition) return false;
    for (const ObjectDescriptor* other : objects::AllKinds()) {
      if (objects::RankOf(*other) > objects::RankOf(kind) && other->storage == objects::Storage::kDefinition &&
          options_.selection.MayMatch(other->name)) {
        return true;
      }
    }
    return false;
  }

  // What is misspelt differs nowhere.
  void CheckSelectors() {
    std::vector<objects::Selector> unmatched = selectors_.UnmatchedNames();
    std::erase_if(unmatched,
                  [&](const objects::Selector& selector) { return !seen_kinds_.contains(&selector.kind()); });
    const bool all_seen = !stopped_ && left_.failures().empty() && right_.failures().empty();
    if (!all_seen || unmatched.empty()) return;
    tally_.nothing_matches = objects::NothingMatches("nothing in " + left_.name() + " and " + right_.name(), unmatched,
                                                     objects::Each(names_), {});
  }

  void See(const ObjectDescriptor& kind, const std::vector<Item>& items) {
    seen_kinds_.insert(&kind);
    for (const Item& item : items) {
      if (selectors_.AllMatched()) return;
      selectors_.See(kind.name, item.id, item.natural_key);
      names_.emplace_back(kind.name, item.natural_key);
    }
  }

  Status CompareKind(const ObjectDescriptor& kind) {
    // What an archive left out by its options needs no look at the other side.
    for (const Side* side : {&left_, &right_}) {
      if (side == &right_ && options_.account_for_left) break;
      if (const std::string why = side->coverage().WhyNot(kind); !why.empty()) {
        if (options_.selection.MayMatch(kind.name)) NoteKind(kind, *side, why);
        return {};
      }
    }
    auto left = left_.Load(kind, stop_);
    if (!left.ok()) return std::move(left).error();
    auto right = right_.Load(kind, stop_);
    if (!right.ok()) return std::move(right).error();
    const std::vector<Pair> matched = matcher_.Match(
        kind, *left, *right, [&](const Item& a, const Item& b) { return pairs_.CountDifferences(kind, a, b); });
    if (!options_.selection.MayMatch(kind.name)) return {};
    See(kind, *left);
    See(kind, *right);
    if (NoteUncovered(kind, *left, *right)) return {};
    ComparePositions(kind, *left, *right, matched);
    if (options_.on_matched) options_.on_matched(matched.size());

    size_t next = 0;
    OrderedMap<Pair, PairOutcome>(
        options_.workers, options_.workers * 4,
        [&]() -> std::optional<Pair> {
          while (next < matched.size() && !IsSelected(kind, *left, *right, matched[next])) ++next;
          return next < matched.size() && !stop_.stop_requested() ? std::optional(matched[next++]) : std::nullopt;
        },
        [&](Pair& pair) {
          if (pair.left == kNobody || pair.right == kNobody) return PairOutcome();
          return pairs_.Compare(kind, (*left)[pair.left], (*right)[pair.right]);
        },
        [&](Pair& pair, PairOutcome& outcome) {
          if (options_.on_compared) options_.on_compared();
          if (pair.left == kNobody) {
            TakeSingle(kind, (*right)[pair.right], right_, left_, Change::What::kNew);
          } else if (pair.right == kNobody) {
            TakeSingle(kind, (*left)[pair.left], left_, right_, Change::What::kGone);
          } else {
            TakePair(kind, (*left)[pair.left], outcome);
          }
          return !stopped_;
        });
    if (stop_.stop_requested() && !stopped_) return Error(ErrorCode::kInterrupted, "asked to stop");
    return {};
  }

  // By either name, where it has two; and what is excluded by either is out.
  bool IsSelected(const ObjectDescriptor& kind, const std::vector<Item>& left, const std::vector<Item>& right,
                  const Pair& pair) const {
    if (pair.left == kNobody && options_.left_selects) return false;
    bool included = false;
    for (const Item* item :
         {pair.left == kNobody ? nullptr : &left[pair.left], pair.right == kNobody ? nullptr : &right[pair.right]}) {
      if (item == nullptr) continue;
      if (item->aside) return false;
      included = included || options_.selection.Matches(kind.name, item->id, item->natural_key);
      for (const objects::Selector& selector : options_.selection.exclude()) {
        if (selector.Matches(kind.name, item->id, item->natural_key)) return false;
      }
    }
    return included;
  }

  void NoteKind(const ObjectDescriptor& kind, const Side& side, const std::string& why) {
    std::string& kinds = uncovered_["not in " + side.name() + ", " + why];
    kinds += (kinds.empty() ? ": " : ", ") + std::string(kind.plural);
  }

  // Nothing can be said of a kind that one side did not look at.
  bool NoteUncovered(const ObjectDescriptor& kind, const std::vector<Item>& left, const std::vector<Item>& right) {
    if (left.empty() && right.empty()) return true;
    for (const auto& [side, other_items] : {std::pair(&left_, &right), std::pair(&right_, &left)}) {
      const std::string why = side->coverage().WhyNot(kind);
      if (why.empty()) continue;
      NoteKind(kind, *side, why);
      tally_.outside[std::string(kind.name)] += other_items->size();
      if (side == &right_) NoteUnseen(kind, left);
      return true;
    }
    return false;
  }

  // Of a kind that the right side does not show.
  void NoteUnseen(const ObjectDescriptor& kind, const std::vector<Item>& left) {
    for (const Item& item : left) {
      if (item.aside || !options_.selection.Matches(kind.name, item.id, item.natural_key)) continue;
      if (!Announced(kind, item)) ++tally_.left_outside;
    }
  }

  const Told* ToldOf(const ObjectDescriptor& kind, const Item& left) const {
    const auto told = options_.told.find({std::string(kind.name), left.id});
    return told == options_.told.end() ? nullptr : &told->second;
  }

  // Whether the restore has said that it would not be there; if so, it is counted, and told where that is wished.
  bool Announced(const ObjectDescriptor& kind, const Item& left) {
    const Told* told = ToldOf(kind, left);
    if (told == nullptr || told->how != Told::How::kBlocked) return false;
    ++tally_.announced;
    if (!options_.account_for_left || stopped_) return true;
    Change change;
    change.what = Change::What::kAnnounced;
    change.kind = &kind;
    change.left_id = left.id;
    change.natural_key = left.natural_key;
    change.told = told->why;
    stopped_ = !on_change_(change);
    return true;
  }

  // The service runs global init scripts by position; what is compared is their order, since numbers may have gaps.
  void ComparePositions(const ObjectDescriptor& kind, const std::vector<Item>& left, const std::vector<Item>& right,
                        const std::vector<Pair>& matched) {
    positions_.clear();
    if (&kind != &objects::kGlobalInitScript || options_.raw) return;
    std::vector<Pair> both;
    std::copy_if(matched.begin(), matched.end(), std::back_inserter(both),
                 [](const Pair& pair) { return pair.left != kNobody && pair.right != kNobody; });
    const auto rank = [&](const auto& position_of) {
      std::stable_sort(both.begin(), both.end(),
                       [&](const Pair& a, const Pair& b) { return position_of(a) < position_of(b); });
      std::map<size_t, size_t> ranks;
      for (size_t i = 0; i < both.size(); ++i) ranks[both[i].left] = i;
      return ranks;
    };
    const auto in_left = rank([&](const Pair& pair) { return left[pair.left].position; });
    const auto in_right = rank([&](const Pair& pair) { return right[pair.right].position; });
    for (const auto& [index, place] : in_left) {
      if (in_right.at(index) != place) positions_[left[index].id] = {place, in_right.at(index)};
    }
  }

  void TakeSingle(const ObjectDescriptor& kind, const Item& item, Side& owner, Side& other, Change::What what) {
    const bool gone = what == Change::What::kGone;
    if (gone && Announced(kind, item)) return;
    if (!other.coverage().Covers(kind, item.id, item.natural_key)) {
      ++tally_.outside[std::string(kind.name)];
      tally_.left_outside += gone;
      return;
    }
    Change change;
    change.what = what;
    change.kind = &kind;
    (what == Change::What::kNew ? change.right_id : change.left_id) = item.id;
    change.natural_key = item.natural_key;
    if (const Told* told = gone ? ToldOf(kind, item) : nullptr) change.told = told->why;
    if (!IsTree(kind)) {
      auto definition = owner.Definition(kind, item, stop_);
      if (!definition.ok()) {
        Fail(kind, item, std::move(definition).error());
        return;
      }
      const auto document = json::Document::Parse(std::move(*definition));
      // A cluster without libraries may be listed among the states of libraries, or not.
      if (&kind == &objects::kClusterLibraries && document.ok() && document->root()["library_statuses"].size() == 0) {
        ++tally_.same;
        return;
      }
      if (document.ok() && what == Change::What::kNew) {
        change.creator = document->root()["creator_user_name"].text();
        if (change.creator.empty()) change.creator = document->root()["created_by"].text();
      }
    }
    ++(what == Change::What::kNew ? tally_.added : tally_.gone);
    stopped_ = !on_change_(change);
  }

  void TakePair(const ObjectDescriptor& kind, const Item& left, PairOutcome& outcome) {
    if (outcome.error) {
      Fail(kind, left, std::move(*outcome.error));
      return;
    }
    tally_.held_back += outcome.held_back;
    tally_.dropped += outcome.dropped;
    clusters_needed_.insert(outcome.clusters_needed.begin(), outcome.clusters_needed.end());
    if (const auto moved = positions_.find(left.id); moved != positions_.end()) {
      outcome.change.fields.push_back(
          {"position", std::to_string(moved->second.first), std::to_string(moved->second.second)});
      outcome.differs = true;
    }
    if (const Told* told = ToldOf(kind, left); told != nullptr && told->how == Told::How::kUnfinished) {
      outcome.change.told = told->why;
      outcome.differs = true;
    }
    if (outcome.pin_only_right) {
      // Whether a restore had a reason to pin it is known once the jobs were seen.
      open_pins_.push_back(std::move(outcome.change));
      return;
    }
    if (!outcome.differs) {
      ++tally_.same;
      return;
    }
    ++tally_.changed;
    stopped_ = !on_change_(outcome.change);
  }

  void SettlePins() {
    for (Change& change : open_pins_) {
      if (clusters_needed_.contains(change.right_id) || !options_.selection.MayMatch("job")) {
        ++tally_.pinned_for_jobs;
        if (change.fields.empty() && change.told.empty()) {
          ++tally_.same;
          continue;
        }
      } else {
        change.fields.push_back({"pinned", "false", "true"});
      }
      ++tally_.changed;
      if (!stopped_) stopped_ = !on_change_(change);
    }
  }

  void Fail(const ObjectDescriptor& kind, const Item& item, Error error) {
    if (error.code() == ErrorCode::kInterrupted) return;  // said once, for all
    tally_.not_compared.push_back({std::string(kind.name), item.id, item.natural_key, error.message()});
  }

  Side& left_;
  Side& right_;
  const CompareOptions& options_;
  const std::function<bool(const Change&)>& on_change_;
  const std::stop_token stop_;
  const bool same_workspace_;
  objects::MatchTally selectors_;
  std::set<const ObjectDescriptor*> seen_kinds_;
  objects::Names names_;  // of what was seen while a selector had matched nothing
  Matcher matcher_;
  PairComparison pairs_;
  Tally tally_;
  std::map<std::string, std::pair<size_t, size_t>> positions_;  // by left id: places in the order, left and right
  std::map<std::string, std::string> uncovered_;                // why, and the kinds
  std::set<std::string> clusters_needed_;
  std::vector<Change> open_pins_;
  bool stopped_ = false;
};

}  // namespace

Result<Tally> CompareSides(Side& left, Side& right, const CompareOptions& options,
                           const std::function<bool(const Change&)>& on_change, std::stop_token stop) {
  return Run(left, right, options, on_change, stop).Go();
}

}  // namespace dbxark::audit
