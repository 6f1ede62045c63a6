// Switching on and off what runs or costs by itself: schedules, triggers, continuous jobs, idle instances of pools,
// init scripts; whatever the kinds' tables say. For cut-over and for freezing.
//
// A look says what would change; carrying it out reads each object again, changes what is still to be changed and
// nothing else, and does no harm when it is repeated. Runs that have begun are left alone.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "objects/definition.h"
#include "workspace/client.h"

namespace dbxark::activity {

// How one place of an object is to be.
struct Wanted {
  std::string path;  // "settings.schedule.pause_status"
  bool on = true;
  std::string on_value;  // JSON text; what "on" is there
};

struct Target {
  const objects::ObjectDescriptor* kind = nullptr;
  std::string id;  // in the workspace that is changed
  std::string natural_key;
  std::vector<Wanted> wanted;
};

enum class State {
  kToDo,
  kAlready,     // is as it is wanted
  kImpossible,  // the object or the place is not there any more
  kDone,
  kFailed,
};
std::string_view StateName(State state);

// What came of one place.
struct Item {
  const objects::ObjectDescriptor* kind = nullptr;
  std::string id, natural_key, path;
  bool on = true;             // as it is wanted
  std::string on_value;       // JSON text; what switches it on
  std::string before, after;  // JSON text; empty: absent
  State state = State::kToDo;
  std::string reason;  // of impossible and failed, one line
};

// A place in the words that people use: "schedule", "trigger 0", "min idle instances".
std::string PlaceWord(const objects::ObjectDescriptor& kind, const std::string& path);

struct SwitchOptions {
  size_t workers = 16;
  // Before the requests of one object, with what they are going to change; an error ends everything. From any thread.
  std::function<Status(const std::vector<Item>&)> before;
  // After each object. One at a time, in the order of the targets.
  std::function<void(const std::vector<Item>&)> after;
};

// What is there now. Only reads. In the order of the targets; an interruption is an error, all else an item's state.
Result<std::vector<Item>> Look(workspace::Client& client, const std::vector<Target>& targets,
                               const SwitchOptions& options, std::stop_token stop);

// Does it. When `stop` is requested, requests in flight are finished, the rest stays kToDo.
Result<std::vector<Item>> Carry(workspace::Client& client, const std::vector<Target>& targets,
                                const SwitchOptions& options, std::stop_token stop);

}  // namespace dbxark::activity
