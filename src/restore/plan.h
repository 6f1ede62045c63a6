// What a restore is going to do: a value that can be printed, compared and carried out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/map_rules.h"
#include "objects/definition.h"
#include "objects/descriptor.h"

namespace dbxark::restore {

// "cluster_policy" -> "cluster policy".
std::string KindWords(std::string_view kind);

inline constexpr size_t kLongestValue = 400;  // of a plan's values: it is there to be read

enum class Op {
  kCreate,
  kFinish,    // an earlier restore made it and was interrupted: what is left is done
  kComplete,  // the second of two passes: it exists, and gets the members that need others
  kUpdate,
  kAdopt,
  kSkip,
  kBlocked,
  kConflict,  // of a standby: somebody changed it in the target since, so that it is left as it is
  kGone,      // the archive has it no more: it stays in the target, and is listed
  kRemove,    // the same, and it goes from the target
};

// Of a step about something that the archive does not have.
inline constexpr size_t kNotArchived = static_cast<size_t>(-1);

struct Step {
  Op op = Op::kSkip;
  const objects::ObjectDescriptor* kind = nullptr;
  size_t object = 0;  // in the archive, or kNotArchived
  std::string id;     // in the source
  std::string natural_key;
  std::string new_id;               // of adopt, finish, update: in the target
  std::string reason;               // one line: why skipped, blocked or adopted
  bool dependency = false;          // not asked for itself, but what was asked for needs it
  std::vector<size_t> needs;        // steps that come before this one
  std::vector<std::string> follow;  // after a create: "stop", "pin", "complete"

  bool first_of_two = false;  // created without its cycle member
  bool look_up = false;       // an earlier request may have made it: look before creating
  bool overwrite = false;     // an earlier upload was interrupted: what is there is its torso
  bool make_parent = false;   // the folder above is in neither archive nor target

  // Of a job that does not say whom it runs as: as whom it ran in the source, and as whom it runs in the target (empty:
  // it is not there, and will run as whoever makes it).
  std::string ran_as, runs_as;
  std::vector<objects::FieldEdit> edits;
  std::vector<objects::Difference> differences;  // between archive and target
  std::vector<std::string> off_there;  // of adopt: activities that are on in the archive and off in the target
  std::vector<objects::ActivityChange> stay_on;  // of update: activities that are on in the target, and stay so
  // Of what is in the target: of remove, what it must still be; of adopt, not empty: what the journal is to know it by.
  std::string fingerprint;
  std::string was_written;  // of update: what the journal knew it by
  std::vector<objects::Blocker> blockers;
  std::vector<std::string> runs_before;    // of a script: in the target, those that are there and come after it
  std::vector<std::string> same_name_ids;  // in the target, of other objects that bear the name
};

// Whatever is off until cut-over, in words people count in: "schedule", "trigger", "cluster".
using HeldBack = std::map<std::string, uint64_t>;

// "settings.triggers[0].pause_status" -> "trigger"; what has no place inside of its object is counted by kind.
std::string HeldBackWord(std::string_view path, const objects::ObjectDescriptor& kind);

// A rule of the map, and at how many places it applied.
struct RuleUse {
  mapping::Rule rule;
  uint64_t count = 0;
};

struct Plan {
  std::string archive_id;
  std::string source_host, source_workspace_id;
  std::string target_host, target_workspace_id;
  // In the order of making: what a step needs comes before it.
  std::vector<Step> steps;
  HeldBack held_back;
  std::vector<RuleUse> map;                  // in the order of its file; empty without a map
  std::vector<std::string> notes;            // what concerns no single object
  std::string caller;                        // who restores, by the user name; empty: not known
  std::map<std::string, uint64_t> requests;  // about so many, by the family of API calls that they count for
  uint64_t cluster_starts = 0;               // each is stopped again as soon as it is made

  uint64_t Count(Op op) const;
  uint64_t Requests() const;
  bool ChangesNothing() const;
};

std::string_view OpName(Op op);  // "create"

// As whom a job runs that `caller` makes, or that is there.
inline const std::string& RunsAs(const Step& step, const std::string& caller) {
  return step.runs_as.empty() ? caller : step.runs_as;
}
// Where that is known, and it ran as somebody else in the source.
inline bool RunsAsAnother(const Step& step, const std::string& caller) {
  return !step.ran_as.empty() && !RunsAs(step, caller).empty() && step.ran_as != RunsAs(step, caller);
}

// How the reason begins where an earlier restore has left open whether it made something.
inline constexpr std::string_view kMayHaveBeenMade = "an earlier restore may have made it: ";
// And where no restore of this archive can make it.
inline constexpr std::string_view kArchiveDamaged = "the archive is damaged: ";

}  // namespace dbxark::restore
