// What is done to a definition between reading it here and sending it there: finding what it refers to, taking out what
// a create does not take, mapping ids, holding back what would run; and comparing two of them. Pure functions of text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "objects/descriptor.h"

namespace dbxark::objects {

struct FoundReference {
  const Reference* reference;
  std::string path;   // "settings.tasks[2].existing_cluster_id"
  std::string value;  // the id, name or path as text
};

// Every value that some table says refers to something, in the order of the tables.
std::vector<FoundReference> FindReferences(const ObjectDescriptor& kind, json::Node definition);

// What of a definition a create takes: inside of its body, and in no field that is on no list. Of the document's nodes;
// good as long as the document.
class SentPart {
 public:
  SentPart(const ObjectDescriptor& kind, json::Node definition);
  bool Has(json::Node node) const;

 private:
  json::Node body_;
  std::vector<std::pair<size_t, size_t>> left_out_;  // begin and end
};

// Where a path lies, told by its form.
enum class PathPlace { kWorkspace, kDbfs, kVolume, kCloud, kContainer, kNone };
PathPlace PlaceOf(std::string_view path);
// "workspace:/Workspace/Users/a/x" and "/Workspace/Users/a/x" -> "/Users/a/x"; "dbfs:/a" and "/dbfs/a" -> "/a".
std::string BarePath(std::string_view path);

// Finds the counterpart of an id. Implemented by the id map of a restore.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // The new id of what `old_id` was, or nothing if it has no counterpart.
  virtual std::optional<std::string> Resolve(std::string_view kind, const std::string& old_id) const = 0;
  // Whether a reference to what has no counterpart is left out also where the object needs it.
  virtual bool DropsMissing(std::string_view /*kind*/, const std::string& /*old_id*/) const { return false; }
};

// Every id stays what it is: for reading a workspace's own definitions.
const Resolver& Identity();

inline constexpr std::string_view kNameOf = "(name)";
// Why what says something of a cloud went, or changed.
inline constexpr std::string_view kOfAnotherCloud = "of another cloud";

struct FieldEdit {
  enum class Why {
    kMapped,
    kDropped,
    kHeldBack,
    kNotSent,
    kUnknown,
    kLeftOn,   // on in the target, and an update does not switch it off
    kUndone,   // what an earlier restore in the other direction had made of it
    kOverlaid  // changed since that restore: it stays as it is now
  } why;
  // Relative to the definition. One that ends with kNameOf is of a member's name and not of its value, whose edits,
  // also those that come after, have the path that it had under the old name.
  std::string path;
  std::string old_value;  // JSON text
  std::string new_value;  // JSON text, empty where the value went
  std::string reason;
};

// The reason of an edit that drops what has no counterpart.
inline std::string WhyDropped(const Reference& reference) {
  return std::string(reference.target) + " has no counterpart";
}

struct Blocker {
  std::string path;
  std::string target;  // "cluster"
  std::string id;
};

struct Prepared {
  std::string body;  // JSON text of what a create takes
  std::vector<FieldEdit> edits;
  std::vector<Blocker> blockers;  // not empty: the body must not be sent
};

struct ActivityChange {
  std::string path;   // as FindActivities gives it
  std::string value;  // JSON text
};

struct PrepareOptions {
  bool hold_back = true;      // set activities to off
  bool first_of_two = false;  // stand-ins for the kind's cycle members
  // Of an update: places that are on in the target and stay on, with what they are to be there.
  const std::vector<ActivityChange>* stay_on = nullptr;
};

Result<Prepared> Prepare(const ObjectDescriptor& kind, const json::Document& definition, const Resolver& resolver,
                         const PrepareOptions& options);

struct Difference {
  std::string path;  // relative to the body
  std::string left;  // JSON text, empty where it is absent
  std::string right;
  bool held_back = false;  // an activity that is on at the left and off at the right
};

// Compares two bodies as the service would see them: members in any order, keyed arrays as sets, what the service fills
// in the same as absent, JSON inside strings as JSON.
Result<std::vector<Difference>> Compare(const ObjectDescriptor& kind, const std::string& left,
                                        const std::string& right);

// The same of any JSON, as it is.
Result<std::vector<Difference>> CompareJson(const std::string& left, const std::string& right);

// The natural key as text; empty where there is none.
std::string NaturalKeyOf(const ObjectDescriptor& kind, json::Node definition);
std::string IdOf(const ObjectDescriptor& kind, json::Node definition);
// Follows a dotted path of members.
json::Node Follow(json::Node root, std::string_view dotted);

// One place where something can run or cost by itself.
struct FoundActivity {
  const Activity* activity;
  json::Node container;  // the object that has the member, or could have it
  std::string path;      // "settings.triggers[0].pause_status"
  std::string value;     // JSON text; empty where the member is absent
  bool on = false;

  // What switches it on, as JSON text: the value itself, or what an absent one means.
  std::string OnValue() const { return value.empty() ? std::string(activity->on) : value; }
};

// All of them, on or off, in the order of the table.
std::vector<FoundActivity> FindActivities(const ObjectDescriptor& kind, json::Node definition);

// The body of an update that makes these changes and no other: kinds with a partial update get the members that change,
// the others all that a create takes, as it stands. kFailed if a place is not there.
Result<std::string> SwitchBody(const ObjectDescriptor& kind, const json::Document& definition,
                               const std::vector<ActivityChange>& changes);

}  // namespace dbxark::objects
