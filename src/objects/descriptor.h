// What a workspace consists of, as data: one ObjectDescriptor a kind, one file each. No I/O here.
//
// A descriptor says how to list, read and create its kind, which fields a create takes, what refers to what, and what
// would run or cost by itself. Discovery, ordering, remapping, holding back and comparing are all driven by it, so that
// a new kind is one file and its line in registry.cc.
//
// Field names and paths are those of the public API reference (SDK modules compute, jobs, workspace, files).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "json/document.h"
#include "json/edit.h"

namespace dbxark::objects {

enum class ReferenceForm {
  kId,         // opaque, differs between workspaces: mapped, dropped or blocking, never sent as it was
  kName,       // a natural key: the same in every workspace
  kPath,       // a path in the workspace's tree, in DBFS, or elsewhere: stays, and orders the plan
  kPrincipal,  // a user name, group name or application id: stays
  kText,       // text that may name something ({{secrets/..}}, a path in a parameter): stays
};

enum class Need {
  kRequired,  // without counterpart, the object is blocked
  kOptional,  // without counterpart, the reference is dropped and listed
  kPart,      // the object is a part of that, and nothing without it: blocked, whatever is asked for
};

struct Reference {
  std::string_view path = {};    // json::PathPattern, relative to where the table is mounted
  std::string_view target = {};  // a kind's name ("cluster"), handled or not, or what else it names ("cloud_storage")
  ReferenceForm form = ReferenceForm::kId;
  Need need = Need::kRequired;
  // What goes when an optional reference is dropped: the value itself (0), what encloses it (1), ...
  int drop_levels = 0;
};

// A table of references that holds at several places is written once and mounted.
struct ReferenceMount {
  std::string_view at = {};  // path pattern prefix; "" is the definition's root
  std::span<const Reference> references = {};
};

// Which members an object at a place may have in a create. Anything else stays in the archive and is not sent.
struct FieldList {
  std::string_view at = {};  // relative to the body
  std::span<const std::string_view> fields = {};
};

// Whatever can run or cost by itself: `member` of every `container` is held at `off` until cut-over.
struct Activity {
  std::string_view container = {};  // path pattern, relative to the definition
  std::string_view member = {};
  std::string_view off = {};  // JSON text
  bool absent_is_on = false;  // then `off` is inserted where the member is missing
  std::string_view on = {};   // JSON text: what an absent member means, where that is on
};

// Elements of these arrays are compared as sets, keyed by a member ("" compares whole elements).
struct KeyedArray {
  std::string_view at = {};  // path pattern of the array, relative to the body
  std::string_view key = {};
};

// A value that the service fills in where nothing was sent: absent and this are the same. Where it chooses the value
// itself (""), what is there and was not sent is the same.
struct ServerDefault {
  std::string_view path = {};   // path pattern, relative to the body
  std::string_view value = {};  // JSON text
};

// A member that may refer to objects of its own kind, and what stands for it in the first of two passes.
struct CycleMember {
  std::string_view member = {};    // of the body
  std::string_view stand_in = {};  // JSON text; "" leaves the member out
};

enum class Paging { kNone, kPageToken };

struct ListCall {
  std::string_view path = {};   // "{v}" is replaced by a version
  std::string_view items = {};  // the member that holds the objects
  Paging paging = Paging::kNone;
  std::string_view query = {};  // "limit=100&expand_tasks=false", to be sent as it is
  // Instead, where it makes the list say (nearly) what a read says.
  std::string_view whole_query = {};
};

struct ReadCall {
  std::string_view path = {};          // empty: the list already gives all. May hold "{id}"
  std::string_view id_parameter = {};  // else the query parameter that takes the id
  // Arrays that come in pages inside of the object, joined by `next_page_token` ("settings.tasks").
  std::span<const std::string_view> paged_arrays = {};
};

struct CreateCall {
  std::string_view method = "POST";
  std::string_view path = {};
  std::string_view answer_id = {};  // the member of the answer that holds the new id
};

// A member of the body that no update changes.
struct FixedField {
  std::string_view member = {};
  bool required = false;  // it is sent all the same, as it is
};

// How objects of a kind come and go.
enum class Storage {
  kDefinition,  // a JSON definition, through list, read and create
  kTree,        // a node of the workspace's tree
  kDbfs,        // a file in DBFS
  kCatalogue,   // the vendor's own, the same everywhere: kept for reference, never created
};

// Why a password that is needed was not sent: the service shows none.
inline constexpr std::string_view kNotShown = "was not shown by the source: to be set by hand";

// What a hook sees: the definition, and edits to it. See ObjectDescriptor::prepare.
struct PrepareContext {
  json::Node definition;
  json::Node body;
  json::Editor& editor;
  // Says what was not sent and why: (path relative to the definition, reason).
  virtual void NotSent(const std::string& path, const std::string& reason) = 0;
  virtual ~PrepareContext() = default;

 protected:
  PrepareContext(json::Node definition, json::Node body, json::Editor& editor)
      : definition(definition), body(body), editor(editor) {}
};

struct ObjectDescriptor {
  std::string_view name = {};    // "cluster_policy": one word per thing, singular
  std::string_view plural = {};  // "cluster_policies": in selectors, member names and counts
  Storage storage = Storage::kDefinition;
  std::string_view family = {};  // rate budget of its calls

  ListCall list = {};
  ReadCall read = {};
  CreateCall create = {};
  std::span<const std::string_view> versions =
      {};  // newest first; a version that the server does not know gives the next

  std::string_view id = {};           // member of a listed or read definition
  std::string_view natural_key = {};  // path of the member that names it
  bool unique_key = true;             // two objects of one natural key cannot be

  // The first of these that is there is the body of a create; "" is the whole definition.
  std::span<const std::string_view> bodies = {};
  std::span<const FieldList> create_fields = {};
  std::span<const ReferenceMount> references = {};
  std::span<const Activity> activities = {};
  std::span<const KeyedArray> keyed_arrays = {};
  std::span<const ServerDefault> server_defaults = {};
  // Path patterns of texts that may come back in other letter case.
  std::span<const std::string_view> case_blind = {};

  // In an update: the call, and the member that takes the id; "" where there is none. The body is nested under
  // `update_nest` where that is set.
  CreateCall update = {};
  std::string_view update_id = {};
  std::string_view update_nest = {};
  std::span<const FixedField> fixed_fields = {};
  // An update of single members, nested and with its id as above.
  CreateCall partial_update = {};
  // Takes it away for good: "{id}" in the path, or the id as the only member of the body. Empty: never removed.
  CreateCall remove = {};

  // After a create: stop it (it runs by itself), pin it where it was pinned or must stay.
  std::string_view stop_path = {};
  std::string_view pin_path = {};
  std::string_view unpin_path = {};  // before it is removed
  // What is stopped: the member that says whether it runs, and what it says then.
  std::string_view state = {};
  std::span<const std::string_view> running_states = {};
  bool idempotency_token = false;

  // Objects may refer to others of this kind, or to themselves, in a cycle: create with stand-ins for these members,
  // then update with all.
  std::span<const CycleMember> cycle_members = {};

  // For what data cannot say; each implementation has a sentence why.
  void (*prepare)(PrepareContext&) = nullptr;
  // Exists in every workspace: adopted by natural key, never created.
  bool (*built_in)(json::Node definition) = nullptr;
  // Belongs to another object and cannot be created by a person (a job's cluster): not saved. Says why, or nothing.
  std::string_view (*owned_elsewhere)(json::Node definition) = nullptr;
};

}  // namespace dbxark::objects
