#include "restore/planner.h"

#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "objects/registry.h"
#include "restore/matcher.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;
using objects::ObjectDescriptor;

constexpr size_t kNoStep = static_cast<size_t>(-1);
constexpr char kLeftOut[] = "left out, and not in the target";
constexpr size_t kLongestValue = 400;  // of a plan's values: it is there to be read

std::string KindWords(std::string_view kind) {
  std::string words(kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

class Planner {
 public:
  Planner(const PlanInputs& inputs, const PlanOptions& options, IdMap& ids)
      : in_(inputs),
        options_(options),
        ids_(ids),
        matcher_(inputs.archive, inputs.target, inputs.progress, options.same_workspace),
        step_of_(inputs.archive.objects.size(), kNoStep) {}

  Result<Plan> Run(std::stop_token stop) {
    if (options_.same_workspace) KnowOwnIds();
    for (const auto& group : in_.graph.order()) {
      if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
      std::vector<uint32_t> members;
      for (const uint32_t member : group) {
        if (in_.wanted[member]) members.push_back(member);
      }
      if (members.empty()) continue;
      const bool cycle = in_.graph.InCycle(members.front());
      if (Status planned = cycle ? PlanCycle(members) : PlanOne(members.front()); !planned.ok()) {
        return std::move(planned).error();
      }
    }
    return std::move(plan_);
  }

 private:
  const ArchivedObject& Object(size_t index) const { return in_.archive.objects[index]; }

  const Progress* ProgressOf(const ArchivedObject& object) const {
    const auto found = in_.progress.find({object.row.kind, object.row.id});
    return found == in_.progress.end() ? nullptr : &found->second;
  }

  // In its own workspace, an id that nothing in the archive bears is still good if it is there.
  void KnowOwnIds() {
    ids_.KeepForeignIds();
    for (const auto& [kind, objects] : in_.target.objects) {
      for (const TargetObject& object : objects) ids_.Set(kind, object.id, object.id);
    }
  }

  Step NewStep(size_t index) const {
    const ArchivedObject& object = Object(index);
    Step step;
    step.kind = object.kind;
    step.object = index;
    step.id = object.row.id;
    step.natural_key = object.row.natural_key;
    step.dependency = !in_.asked[index];
    for (const uint32_t need : in_.graph.Needs(index)) {
      if (step_of_[need] != kNoStep) step.needs.push_back(step_of_[need]);
    }
    return step;
  }

  void AddStep(size_t index, Step step) {
    step_of_[index] = plan_.steps.size();
    plan_.steps.push_back(std::move(step));
  }

  bool MayUpdate(const Step& step) const {
    return options_.on_conflict == OnConflict::kUpdate && !step.dependency && !step.kind->update.path.empty();
  }

  // --- what lies in trees

  void PlanNode(size_t index) {
    const ArchivedObject& object = Object(index);
    Step step = NewStep(index);
    const auto& nodes = IsInTree(*object.kind) ? in_.target.tree : in_.target.dbfs;
    const Progress* progress = ProgressOf(object);
    const auto node = nodes.find(object.row.natural_key);
    if (object.row.natural_key == "/") {
      step.op = Op::kAdopt;
    } else if (const std::string closed = ClosedFolderAbove(object); !closed.empty()) {
      step.op = Op::kBlocked;
      step.reason = "what is there is not known: " + closed;
    } else if (node == nodes.end() && in_.refused[index] && object.kind != &objects::kDirectory) {
      step.reason = kLeftOut;
    } else if (node == nodes.end()) {
      PlanNewNode(step);
    } else if (node->second.type != NodeTypeOf(*object.kind)) {
      step.op = Op::kBlocked;
      step.reason = "a " + ToLowerAscii(node->second.type) + " of this name is in the way";
    } else if (object.kind == &objects::kDirectory || node->second.sha256_hex == object.row.sha256_hex) {
      step.op = Op::kAdopt;
    } else if (object.kind == &objects::kDbfsFile && progress != nullptr && progress->open) {
      step.op = Op::kCreate;
      step.overwrite = true;
      step.reason = "an earlier upload was interrupted";
    } else if (options_.on_conflict == OnConflict::kUpdate && !step.dependency) {
      step.op = Op::kUpdate;
      step.reason = "its content differs";
    } else {
      PlanDifferentNode(step);
    }
    if (step.op != Op::kBlocked && IsInTree(*object.kind)) ids_.Set(object.kind->name, step.id, step.natural_key);
    AddStep(index, std::move(step));
  }

  // Why the target's folder that the object belongs in cannot be looked into; empty if it can, or is not there.
  std::string ClosedFolderAbove(const ArchivedObject& object) const {
    const auto& closed = IsInTree(*object.kind) ? in_.target.closed_folders : in_.target.closed_dbfs_folders;
    if (closed.empty()) return {};
    std::string folder = object.row.natural_key;
    do {
      folder = ParentOf(folder);
      if (const auto found = closed.find(folder); found != closed.end()) return found->second;
    } while (folder != "/");
    return {};
  }

  void PlanNewNode(Step& step) const {
    step.op = Op::kCreate;
    const std::string folder = ParentOf(step.natural_key);
    bool folder_planned = !IsInTree(*step.kind) || folder == "/" || in_.target.tree.contains(folder);
    for (const size_t need : step.needs) {
      const Step& parent = plan_.steps[need];
      if (parent.kind != &objects::kDirectory || parent.natural_key != folder) continue;
      folder_planned = true;
      if (parent.op == Op::kBlocked) {
        step.op = Op::kBlocked;
        step.reason = "its folder " + folder + " is blocked";
      }
    }
    step.make_parent = !folder_planned;
  }

  void PlanDifferentNode(Step& step) const {
    const bool fail = options_.on_conflict == OnConflict::kFail && !step.dependency;
    step.op = fail ? Op::kBlocked : Op::kSkip;
    step.reason = "is there with other content";
    if (fail) step.reason += " (--on-conflict fail)";
  }

  // --- what has a definition

  Status PlanOne(size_t index) {
    const ArchivedObject& object = Object(index);
    const ObjectDescriptor& kind = *object.kind;
    if (kind.storage == objects::Storage::kCatalogue) {
      PlanCatalogue(index);
      return {};
    }
    if (!HasDefinition(kind)) {
      PlanNode(index);
      return {};
    }
    auto text = in_.archive.read(object.row);
    if (!text.ok()) return PlanUnreadable(index, text.error());
    auto document = json::Document::Parse(std::move(*text));
    if (!document.ok()) return PlanUnreadable(index, document.error());
    return PlanDefinition(index, *document);
  }

  // A damaged archive is the whole restore's affair; one definition that makes no sense is its own.
  Status PlanUnreadable(size_t index, const Error& error) {
    if (error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kInterrupted) return error;
    Step step = NewStep(index);
    step.op = Op::kBlocked;
    step.reason = error.message();
    AddStep(index, std::move(step));
    return {};
  }

  void PlanCatalogue(size_t index) {
    Step step = NewStep(index);
    if (matcher_.ById(step.kind->name, step.id) != nullptr) {
      step.op = Op::kAdopt;
      step.new_id = step.id;
      ids_.Set(step.kind->name, step.id, step.id);
    } else {
      step.op = Op::kSkip;
      step.reason = "comes with the workspace, and this one does not have it";
    }
    AddStep(index, std::move(step));
  }

  Status PlanDefinition(size_t index, const json::Document& document) {
    const ArchivedObject& object = Object(index);
    const ObjectDescriptor& kind = *object.kind;
    Step step = NewStep(index);
    if (const auto why = in_.target.unreadable.find(kind.name); why != in_.target.unreadable.end()) {
      step.op = Op::kBlocked;
      step.reason = "what is there is not known: " + why->second;
      AddStep(index, std::move(step));
      return {};
    }
    if (&kind == &objects::kClusterLibraries && !in_.refused[index])
      return PlanLibraries(index, std::move(step), document);
    auto body = objects::Prepare(kind, document, ids_, {.hold_back = false});
    if (!body.ok()) return PlanUnreadable(index, body.error());
    const TargetObject* counterpart = matcher_.ByIdentity(object);
    if (counterpart == nullptr && body->blockers.empty()) counterpart = EqualCounterpart(object, body->body);
    if (counterpart != nullptr) {
      PlanCounterpart(step, *counterpart, body->body, document);
    } else {
      PlanNew(step, document);
    }
    Settle(step, document);
    AddStep(index, std::move(step));
    AddSecondPass(step_of_[index], {});
    return {};
  }

  // Of names that several may bear. After a request whose fate is open, only what was not there before can be its.
  const TargetObject* EqualCounterpart(const ArchivedObject& object, const std::string& body) {
    std::vector<const TargetObject*> candidates = matcher_.ByKey(object.kind->name, object.row.natural_key, false);
    if (const Progress* progress = ProgressOf(object); progress != nullptr && progress->open) {
      const auto& known = progress->open->known_ids;
      std::erase_if(candidates, [&](const TargetObject* candidate) {
        return std::find(known.begin(), known.end(), candidate->id) != known.end();
      });
    }
    const auto equal = Matcher::Equal(*object.kind, body, std::move(candidates));
    const Progress* progress = ProgressOf(object);
    const bool ambiguous = equal.size() > 1 && progress != nullptr && progress->open;
    if (equal.empty() || ambiguous) return nullptr;
    matcher_.Take(object.kind->name, equal.front()->id);
    return equal.front();
  }

  void PlanCounterpart(Step& step, const TargetObject& counterpart, const std::string& body,
                       const json::Document& document) {
    step.new_id = counterpart.id;
    ids_.Set(step.kind->name, step.id, counterpart.id);
    const Progress* progress = ProgressOf(Object(step.object));
    const bool made_by_us = progress != nullptr && !progress->done && progress->new_id == counterpart.id;
    auto differences = Matcher::Compare(*step.kind, body, counterpart);
    // Its answer was lost, and this is it.
    const bool found = progress != nullptr && progress->open && differences.ok() && OnlyHeldBack(*differences);
    if (made_by_us || found) {
      step.op = Op::kFinish;
      step.follow = made_by_us ? progress->follow : FollowOf(step);
      step.reason = "made by an earlier restore that was interrupted";
      return;
    }
    step.op = Op::kAdopt;
    if (!counterpart.unreadable.empty()) {
      step.reason = "is there, and cannot be compared: " + counterpart.unreadable;
      return;
    }
    const bool built_in = step.kind->built_in != nullptr && step.kind->built_in(document.root());
    if (built_in) step.reason = "comes with the workspace";
    if (!differences.ok()) {
      step.reason = "cannot be compared: " + differences.error().message();
      return;
    }
    std::erase_if(*differences, [](const objects::Difference& difference) { return difference.held_back; });
    if (differences->empty() || built_in) return;
    step.differences = std::move(*differences);
    if (MayUpdate(step)) {
      step.op = Op::kUpdate;
    } else if (options_.on_conflict == OnConflict::kFail && !step.dependency) {
      step.op = Op::kBlocked;
      step.reason = "is there and differs (--on-conflict fail)";
    } else {
      step.reason = "is there and differs: left as it is";
    }
  }

  std::vector<std::string> FollowOf(const Step& step) const {
    std::vector<std::string> follow;
    if (step.first_of_two) follow.push_back("complete");
    if (!step.kind->stop_path.empty()) follow.push_back("stop");
    const ArchivedObject& object = Object(step.object);
    if (!step.kind->pin_path.empty() && (IsPinned(object.row.info) || in_.graph.NeededByJob(step.object))) {
      follow.push_back("pin");
    }
    return follow;
  }

  void PlanNew(Step& step, const json::Document& document) {
    const Progress* progress = ProgressOf(Object(step.object));
    if (in_.refused[step.object]) {
      step.op = Op::kSkip;
      step.reason = kLeftOut;
      return;
    }
    if (step.kind->built_in != nullptr && step.kind->built_in(document.root())) {
      step.op = Op::kSkip;
      step.reason = "comes with the workspace, and this one does not have it";
      return;
    }
    if (progress != nullptr && !progress->unknown.empty() && !options_.retry_unknown) {
      step.op = Op::kBlocked;
      step.reason = "an earlier restore may have made it: " + progress->unknown +
                    " (--retry-unknown makes it, perhaps a second time)";
      return;
    }
    for (const TargetObject* other : matcher_.ByKey(step.kind->name, step.natural_key, false)) {
      if (other->unreadable.empty()) continue;
      step.op = Op::kBlocked;
      step.reason = "one of this name is there, and cannot be read: " + other->unreadable;
      return;
    }
    step.op = Op::kCreate;
    step.follow = FollowOf(step);
    step.look_up = progress != nullptr && progress->open && progress->unknown.empty();
    for (const TargetObject* other : matcher_.ByKey(step.kind->name, step.natural_key, true)) {
      step.same_name_ids.push_back(other->id);
    }
    if (!step.same_name_ids.empty()) {
      step.reason = "the target has " +
                    (step.same_name_ids.size() == 1 ? std::string("another")
                                                    : std::to_string(step.same_name_ids.size()) + " others") +
                    " of this name";
    }
  }

  // What will be sent, what stands in the way, and whether others may count on it.
  void Settle(Step& step, const json::Document& document) {
    const bool sends = step.op == Op::kCreate || step.op == Op::kUpdate || step.op == Op::kFinish;
    if (!sends) {
      if (step.new_id.empty()) ids_.Forget(step.kind->name, step.id);
      return;
    }
    auto prepared = objects::Prepare(*step.kind, document, ids_, {});
    if (!prepared.ok()) {
      Block(step, prepared.error().message());
      return;
    }
    if (!prepared->blockers.empty() && step.op != Op::kFinish) {
      step.blockers = std::move(prepared->blockers);
      Block(step, DescribeBlockers(step));
      return;
    }
    for (FieldEdit& edit : prepared->edits) {
      edit.old_value = Utf8Prefix(edit.old_value, kLongestValue);
      edit.new_value = Utf8Prefix(ids_.Explain(edit.new_value), kLongestValue);
    }
    step.edits = std::move(prepared->edits);
    if (step.op == Op::kCreate) ids_.Expect(step.kind->name, step.id, step.natural_key);
  }

  void Block(Step& step, std::string reason) {
    step.op = Op::kBlocked;
    step.reason = std::move(reason);
    step.follow.clear();
    if (step.new_id.empty()) ids_.Forget(step.kind->name, step.id);
  }

  std::string DescribeBlockers(const Step& step) const {
    const objects::Blocker& first = step.blockers.front();
    std::string text = "needs " + KindWords(first.target) + " " + first.id + ": " + WhyMissing(first);
    if (step.blockers.size() > 1) text += " (and " + Counted(step.blockers.size() - 1, "more thing") + ")";
    return text;
  }

  std::string WhyMissing(const objects::Blocker& blocker) const {
    if (objects::FindKind(blocker.target) == nullptr) return "this version does not restore that kind";
    for (size_t i = 0; i < in_.archive.objects.size(); ++i) {
      if (Object(i).kind->name != blocker.target || Object(i).row.id != blocker.id) continue;
      if (in_.refused[i]) return kLeftOut;
      return "which cannot be restored itself";
    }
    return "not in the archive, not in the target";
  }

  // --- libraries: a part of their cluster

  Status PlanLibraries(size_t index, Step step, const json::Document& document) {
    auto prepared = objects::Prepare(*step.kind, document, ids_, {});
    if (!prepared.ok()) return PlanUnreadable(index, prepared.error());
    const Progress* progress = ProgressOf(Object(index));
    const auto cluster = ids_.ResolveExisting("cluster", step.id);
    if (!prepared->blockers.empty()) {
      step.blockers = std::move(prepared->blockers);
      Block(step, DescribeBlockers(step));
    } else if (auto body = json::Document::Parse(prepared->body); body.ok() && body->root()["libraries"].size() == 0) {
      step.op = Op::kSkip;
      step.reason = "nothing is left to install";
    } else if (cluster && progress != nullptr && progress->done && progress->new_id == *cluster) {
      step.op = Op::kAdopt;
      step.new_id = *cluster;
    } else if (!cluster || MadeByUs(step.id, *cluster)) {
      step.op = Op::kCreate;
    } else {
      PlanLibrariesThere(step, prepared->body, *cluster);
    }
    if (step.op == Op::kCreate) Settle(step, document);
    AddStep(index, std::move(step));
    return {};
  }

  bool MadeByUs(const std::string& old_id, const std::string& cluster) const {
    const auto found = in_.progress.find({"cluster", old_id});
    if (found == in_.progress.end()) return false;
    const Progress& progress = found->second;
    return progress.open || (progress.new_id == cluster && progress.how != "adopted");
  }

  void PlanLibrariesThere(Step& step, const std::string& body, const std::string& cluster) const {
    step.new_id = cluster;
    step.op = Op::kAdopt;
    size_t missing = 0;
    const TargetObject* there = matcher_.ById(step.kind->name, cluster);
    if (there == nullptr) {
      missing = 1;
    } else if (auto differences = Matcher::Compare(*step.kind, body, *there); differences.ok()) {
      for (const objects::Difference& difference : *differences) missing += !difference.left.empty();
    }
    if (missing == 0) return;
    if (options_.on_conflict == OnConflict::kUpdate && !step.dependency) {
      step.op = Op::kCreate;  // an install adds to what is there
      return;
    }
    step.op = options_.on_conflict == OnConflict::kFail && !step.dependency ? Op::kBlocked : Op::kSkip;
    step.reason = "the cluster was there before, without all of these libraries";
  }

  // --- objects that need each other

  struct Member {
    size_t index;
    json::Document document;
    Step step;
    const TargetObject* counterpart = nullptr;
  };

  Status PlanCycle(const std::vector<uint32_t>& indices) {
    std::vector<Member> members;
    for (const uint32_t index : indices) {
      const ArchivedObject& object = Object(index);
      auto text = in_.archive.read(object.row);
      auto document = text.ok() ? json::Document::Parse(std::move(*text)) : Result<json::Document>(text.error());
      if (!document.ok()) {
        if (Status planned = PlanUnreadable(index, document.error()); !planned.ok()) return planned;
        continue;
      }
      if (in_.target.unreadable.contains(object.kind->name) || object.kind->cycle_member.empty()) {
        // No list to look at, or no way to make it in two passes: by itself, and its circle may block it.
        if (Status planned = PlanDefinition(index, *document); !planned.ok()) return planned;
        continue;
      }
      Step step = NewStep(index);
      step.first_of_two = true;
      members.push_back({index, std::move(*document), std::move(step), matcher_.ByIdentity(object)});
    }
    MatchCycle(members);
    ExpectCycle(members);
    for (Member& member : members) FinishMember(member);
    std::vector<size_t> firsts;
    for (const Member& member : members) firsts.push_back(step_of_[member.index]);
    for (const size_t first : firsts) AddSecondPass(first, firsts);
    return {};
  }

  // Equality of one hangs on which object the others are. The one of the same name, where there is exactly one, is
  // tried for each; they are counterparts only if all fit.
  void MatchCycle(std::vector<Member>& members) {
    std::vector<Member*> open;
    std::vector<const TargetObject*> guesses;
    for (Member& member : members) {
      if (member.counterpart != nullptr) {
        ids_.Set(member.step.kind->name, member.step.id, member.counterpart->id);
        continue;
      }
      const auto candidates = matcher_.ByKey(member.step.kind->name, member.step.natural_key, false);
      open.push_back(&member);
      guesses.push_back(candidates.size() == 1 ? candidates.front() : nullptr);
    }
    const bool complete = std::find(guesses.begin(), guesses.end(), nullptr) == guesses.end();
    if (!complete || open.empty()) return;
    for (size_t i = 0; i < open.size(); ++i) ids_.Set(open[i]->step.kind->name, open[i]->step.id, guesses[i]->id);
    bool all_equal = true;
    for (size_t i = 0; i < open.size(); ++i) {
      auto body = objects::Prepare(*open[i]->step.kind, open[i]->document, ids_, {.hold_back = false});
      all_equal = all_equal && body.ok() && body->blockers.empty() &&
                  !Matcher::Equal(*open[i]->step.kind, body->body, {guesses[i]}).empty();
    }
    for (size_t i = 0; i < open.size(); ++i) {
      if (all_equal) {
        open[i]->counterpart = guesses[i];
        matcher_.Take(open[i]->step.kind->name, guesses[i]->id);
      } else {
        ids_.Forget(open[i]->step.kind->name, open[i]->step.id);
      }
    }
  }

  // All count on each other, until one turns out to be blocked; then those that need it are too.
  void ExpectCycle(const std::vector<Member>& members) {
    for (const Member& member : members) {
      if (member.counterpart == nullptr) {
        ids_.Expect(member.step.kind->name, member.step.id, member.step.natural_key);
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (const Member& member : members) {
        if (member.counterpart != nullptr || !ids_.Resolve(member.step.kind->name, member.step.id)) continue;
        auto prepared = objects::Prepare(*member.step.kind, member.document, ids_, {});
        if (prepared.ok() && prepared->blockers.empty()) continue;
        ids_.Forget(member.step.kind->name, member.step.id);
        changed = true;
      }
    }
  }

  void FinishMember(Member& member) {
    Step& step = member.step;
    auto body = objects::Prepare(*step.kind, member.document, ids_, {.hold_back = false});
    if (!body.ok()) {
      Block(step, body.error().message());
    } else if (member.counterpart != nullptr) {
      PlanCounterpart(step, *member.counterpart, body->body, member.document);
    } else {
      PlanNew(step, member.document);
    }
    Settle(step, member.document);
    AddStep(member.index, step);
  }

  // Where a first step leaves "complete" to be done, it becomes a step of its own, behind all of its circle.
  void AddSecondPass(size_t first_index, const std::vector<size_t>& circle) {
    Step& first = plan_.steps[first_index];
    auto& follow = first.follow;
    const auto complete = std::find(follow.begin(), follow.end(), "complete");
    first.first_of_two = (first.op == Op::kCreate || first.op == Op::kFinish) && complete != follow.end();
    if (!first.first_of_two) return;
    follow.erase(complete);
    Step second;
    second.op = Op::kComplete;
    second.kind = first.kind;
    second.object = first.object;
    second.id = first.id;
    second.natural_key = first.natural_key;
    second.new_id = first.new_id;
    second.dependency = first.dependency;
    second.reason = "with all members, now that what it refers to is there";
    second.needs = first.needs;
    second.needs.push_back(first_index);
    for (const size_t other : circle) {
      if (other != first_index) second.needs.push_back(other);
    }
    plan_.steps.push_back(std::move(second));
  }

  const PlanInputs& in_;
  const PlanOptions& options_;
  IdMap& ids_;
  Matcher matcher_;
  Plan plan_;
  std::vector<size_t> step_of_;
};

void CountHeldBack(Plan& plan) {
  for (const Step& step : plan.steps) {
    if (step.op != Op::kCreate && step.op != Op::kUpdate) continue;
    if (!step.kind->stop_path.empty() && step.op == Op::kCreate) ++plan.held_back[std::string(step.kind->name)];
    for (const FieldEdit& edit : step.edits) {
      if (edit.why == FieldEdit::Why::kHeldBack) ++plan.held_back[HeldBackWord(edit, *step.kind)];
    }
  }
}

void EstimateRequests(Plan& plan) {
  for (const Step& step : plan.steps) {
    switch (step.op) {
      case Op::kCreate:
        plan.requests += 1 + step.follow.size() + step.make_parent;
        break;
      case Op::kFinish:
        plan.requests += step.follow.size();
        break;
      case Op::kUpdate:
      case Op::kComplete:
        plan.requests += 1;
        break;
      default:
        break;
    }
  }
}

}  // namespace

Result<Plan> BuildPlan(const PlanInputs& inputs, const PlanOptions& options, IdMap& ids, std::stop_token stop) {
  auto plan = Planner(inputs, options, ids).Run(stop);
  if (!plan.ok()) return plan;
  plan->archive_id = inputs.archive.archive_id;
  plan->source_host = inputs.archive.host;
  plan->source_workspace_id = inputs.archive.workspace_id;
  for (const std::string& kind : inputs.archive.unknown_kinds) {
    plan->notes.push_back("the archive has objects of kind " + kind + ", which this version does not know");
  }
  for (const std::string& text : inputs.graph.unread()) plan->notes.push_back(text);
  CountHeldBack(*plan);
  EstimateRequests(*plan);
  return plan;
}

}  // namespace dbxark::restore
