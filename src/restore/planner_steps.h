// The planner's work, one object at a time; planner.cc runs it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "json/document.h"
#include "restore/matcher.h"
#include "restore/planner.h"
#include "restore/written.h"

namespace dbxark::restore {

inline constexpr size_t kNoStep = static_cast<size_t>(-1);
inline constexpr char kLeftOut[] = "left out, and not in the target";

class Planner {
 public:
  Planner(const PlanInputs& inputs, const PlanOptions& options, IdMap& ids)
      : in_(inputs),
        options_(options),
        ids_(ids),
        matcher_(inputs.archive, inputs.target, inputs.progress, inputs.counterparts, MayBeMade(inputs),
                 options.same_workspace),
        written_(inputs.progress),
        step_of_(inputs.archive.objects.size(), kNoStep) {}

  Result<Plan> Run(std::stop_token stop);

 private:
  static std::vector<bool> MayBeMade(const PlanInputs& inputs) {
    std::vector<bool> chosen = inputs.wanted;
    for (size_t i = 0; i < chosen.size(); ++i) chosen[i] = chosen[i] && !inputs.refused[i];
    return chosen;
  }

  const ArchivedObject& Object(size_t index) const { return in_.archive.objects[index]; }

  const Progress* ProgressOf(const ArchivedObject& object) const;

  // In its own workspace, an id that nothing in the archive bears is still good if it is there.
  void KnowOwnIds();

  Step NewStep(size_t index) const;

  void AddStep(size_t index, Step step);

  // What the map made of it.
  void AddMapEdits(Step& step) const;

  OnConflict OnConflictOf(const Step& step) const { return options_.on_conflict.Of(step.kind->name); }
  bool MayUpdate(const Step& step) const;

  // --- what lies in trees

  void PlanNode(size_t index);

  // Why the target's folder that the object belongs in cannot be looked into; empty if it can, or is not there.
  std::string ClosedFolderAbove(const ArchivedObject& object) const;

  void PlanNewNode(Step& step) const;

  void PlanDifferentNode(Step& step) const;

  // --- what has a definition

  Status PlanOne(size_t index);

  // A damaged archive is the whole restore's affair; one definition that makes no sense is its own.
  Status PlanUnreadable(size_t index, const Error& error);

  void PlanCatalogue(size_t index);

  Status PlanDefinition(size_t index, const json::Document& document);

  // Of names that several may bear. After a request whose fate is open, only what was not there before can be its.
  const TargetObject* EqualCounterpart(const ArchivedObject& object, const std::string& body);

  void PlanCounterpart(Step& step, const TargetObject& counterpart, const std::string& body,
                       const json::Document& document);

  std::vector<std::string> FollowOf(const Step& step) const;
  // What is there is what the first of two passes would have made.
  bool IsFirstOfTwo(const Step& step, const TargetObject& counterpart, const json::Document& document) const;

  void PlanNew(Step& step, const std::string& body, const json::Document& document);
  // Others of its name are there, and none is equal: whether the step is done with.
  bool PlanTwin(Step& step, const std::string& body, const json::Document& document);

  // What will be sent, what stands in the way, and whether others may count on it.
  void Settle(Step& step, const json::Document& document);

  void Block(Step& step, std::string reason);

  std::string DescribeBlockers(const Step& step) const;

  std::string WhyMissing(const objects::Blocker& blocker) const;

  // --- libraries: a part of their cluster

  Status PlanLibraries(size_t index, Step step, const json::Document& document);

  bool MadeByUs(const std::string& old_id, const std::string& cluster) const;

  void PlanLibrariesThere(Step& step, const std::string& body, const std::string& cluster) const;

  // --- objects that need each other

  struct Member {
    size_t index;
    json::Document document;
    Step step;
    const TargetObject* counterpart = nullptr;
  };

  Status PlanCycle(const std::vector<uint32_t>& indices);

  // Equality of one hangs on which object the others are: those of the same names are tried for each, in all ways up to
  // a limit. They are counterparts only if all fit.
  void MatchCycle(std::vector<Member>& members);
  // Whether each is equal to the guess made for it, if all are.
  bool AllEqual(const std::vector<Member*>& open, const std::vector<const TargetObject*>& guesses);

  // All count on each other, until one turns out to be blocked; then those that need it are too.
  void ExpectCycle(const std::vector<Member>& members);

  void FinishMember(Member& member);

  // Where a first step leaves "complete" to be done, it becomes a step of its own, behind all of its circle.
  void AddSecondPass(size_t first_index, const std::vector<size_t>& circle);

  // --- a standby: what is there was put there by an earlier restore (plan_standby.cc)

  // Of an update: what is on in the target stays on. Of a standby, that is no difference either.
  void LeaveSwitches(Step& step, const TargetObject& counterpart, const json::Document& document,
                     std::vector<objects::Difference>& differences) const;
  // What becomes of what is there and differs.
  void PlanChanged(Step& step, const TargetObject& counterpart) const;
  void PlanChangedNode(Step& step, const TargetNode& node) const;
  // Not empty: some of what differs is changed by no update.
  static std::string WhyFixed(const Step& step);
  // It differs: updated, a conflict, or blocked. `trace` is of no matter where it is to be updated.
  void Decide(Step& step, const Trace* trace, bool updates, std::string why_updated) const;
  // What is there is equal to the archive's, whatever the journal knew of it: that it is to know now.
  void NoteEqual(Step& step, const TargetObject& counterpart) const;
  void NoteEqualNode(Step& step, const TargetNode& node) const;
  std::string WhyConflict(const Trace* trace) const;

  // --- what the archive has no more (plan_vanished.cc)

  void PlanVanished();
  void PlanOneVanished(const Vanished& vanished);
  std::string WhyKept(const Vanished& vanished, Step& step);
  std::string WhyFolderKept(const Vanished& vanished, Step& step) const;
  // Who refers to what in the target, by what is referred to: kind and place.
  void CollectReferrers();

  struct Referrer {
    const objects::ObjectDescriptor* kind;
    std::string id, natural_key;  // in the target
  };
  using Place = std::pair<std::string, std::string>;

  std::map<Place, std::vector<Referrer>> referrers_;
  std::set<Place> equal_;                       // to what the archive has
  std::map<Place, size_t> removals_, updates_;  // steps, by kind and place in the target

  const PlanInputs& in_;
  const PlanOptions& options_;
  IdMap& ids_;
  Matcher matcher_;
  const WrittenIndex written_;
  Plan plan_;
  std::vector<size_t> step_of_;
};

}  // namespace dbxark::restore
