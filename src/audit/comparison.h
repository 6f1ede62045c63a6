// What differs between two sides, as the service would see it.
//
// Definitions are compared as what a create would take, with the left side's ids replaced by their counterparts on the
// right: what the server fills in, spelling and order do not count. Contents are compared by their SHA-256. Memory is
// about 600 bytes an object, and two definitions or contents a worker.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/matching.h"
#include "audit/side.h"
#include "audit/text_diff.h"
#include "objects/selector.h"

namespace dbxark::audit {

struct FieldChange {
  std::string path;         // relative to what a create takes: "tasks[load].timeout_seconds"
  std::string left, right;  // JSON text; empty where it is absent
};

// What a restore from left to right has said of an object of the left side that is not done.
struct Told {
  enum class How {
    kBlocked,     // it was not going to be made: its absence is announced
    kUnfinished,  // begun or made, and something is left to do: it differs even where it looks equal
    kFailed,      // refused, or not known whether made: what is missing is missing
  } how = How::kFailed;
  std::string why;  // one line
};

struct Change {
  // `kAnnounced`: gone, and the restore has said so.
  enum class What { kNew, kGone, kChanged, kAnnounced } what = What::kChanged;
  const objects::ObjectDescriptor* kind = nullptr;
  std::string left_id, right_id;
  std::string natural_key;  // the left one where there is one
  std::string creator;      // of what is new, where the definition says
  std::string told;         // what the restore said of it
  std::vector<FieldChange> fields;
  bool content_changed = false;  // or, with `raw`, the bytes
  bool is_text = false;          // then `lines` is meant
  TextDiff lines;
  uint64_t left_size = 0, right_size = 0;
};

// Something that could not be compared.
struct NotCompared {
  std::string kind, id, natural_key, reason;
};

struct Tally {
  uint64_t added = 0, gone = 0, changed = 0, same = 0;
  // Between two workspaces, and not counted as changed:
  uint64_t held_back = 0;                   // activities that are on at the left and off at the right
  uint64_t dropped = 0;                     // optional references that have no counterpart
  uint64_t pinned_for_jobs = 0;             // clusters that a restore pins, since jobs need them
  uint64_t announced = 0;                   // gone, and the restore has said so
  std::map<std::string, uint64_t> outside;  // by kind: objects of one side that the other could not have
  uint64_t left_outside = 0;                // objects of the left side that the right one does not show
  std::vector<std::string> notes;           // kinds that one side does not have at all, and why
  std::vector<NotCompared> not_compared;    // failures
  std::optional<Error> nothing_matches;     // kNotFound: a selector with a glob matches nothing on either side

  bool Differs() const { return added + gone + changed > 0; }
};

struct CompareOptions {
  objects::Selection selection;
  bool raw = false;    // bytes
  bool patch = false;  // unified differences of texts and definitions
  size_t workers = 4;
  IdMap id_map;                                              // of a restore from left to right; may be empty
  std::map<std::pair<std::string, std::string>, Told> told;  // by kind and left id
  // Every object of the left side is accounted for: what is announced is a change of its own, and what the right side
  // does not show is counted, at the price of listing it.
  bool account_for_left = false;
  // The left side is what a restore has made of the right one: it pinned clusters, since jobs need them.
  bool pins_may_be_ours = false;
  // What is in the right side alone is of no interest: its names are not those of the selection.
  bool left_selects = false;
  // For a person who waits; called on the calling thread, may be empty: so many more to compare, one is compared.
  std::function<void(size_t)> on_matched;
  std::function<void()> on_compared;
};

// Calls `on_change` on the calling thread, kind after kind in the registry's order, by natural key; it returns false to
// stop. The error is one side's end; what could not be read of single objects stands in the tally.
Result<Tally> CompareSides(Side& left, Side& right, const CompareOptions& options,
                           const std::function<bool(const Change&)>& on_change, std::stop_token stop);

}  // namespace dbxark::audit
