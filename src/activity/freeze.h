// Freezing a workspace: whatever runs or costs by itself is switched off, what was on is remembered on disk before it
// is changed, and thawing switches exactly that on again. format/record_log_format.md has the records.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "activity/switcher.h"
#include "base/file_system.h"
#include "base/result.h"
#include "format/record_log.h"
#include "objects/selector.h"
#include "workspace/client.h"
#include "workspace/inventory.h"

namespace dbxark::activity {

// What freezes of one workspace have switched off and nobody has thawed since.
class FreezeLog {
 public:
  struct Place {
    std::string natural_key, on_value;
    int64_t frozen_ms = 0;  // since 1970; 0: not known
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // kind, id, path
  using Places = std::map<Key, Place>;
  static Key KeyOf(const Item& item);

  // Where it lies if nobody says otherwise. `folder` is StateFolder(...).
  static std::string DefaultPath(const std::string& folder, const std::string& workspace_id);
  // Makes it if it is not there. kLocked, kAlreadyExists (of another workspace), kCorruption.
  static Result<std::unique_ptr<FreezeLog>> Open(FileSystem& files, const std::string& path,
                                                 const std::string& workspace_id);
  // What freezes switched off: what nobody has thawed since, and what somebody has.
  struct State {
    Places frozen, thawed;
    Places Ever() const;  // both
  };
  // Only reads. kNotFound, kAlreadyExists (of another workspace), kCorruption.
  static Result<State> Read(FileSystem& files, const std::string& path, const std::string& workspace_id);

  // On the disk when they return. Safe for concurrent use.
  Status RecordFrozen(const Item& item, int64_t now_ms);
  Status RecordThawed(const Key& place);
  bool IsFrozen(const Key& place) const;
  State state() const;

 private:
  Status Append(uint8_t type, const std::string& payload);

  std::unique_ptr<format::RecordLog> log_;
  mutable std::mutex mutex_;
  State state_;
};

// What is known of a place that is off because a freeze switched it off; null if it is `on`, or off for its own sake.
const FreezeLog::Place* WhatFroze(const FreezeLog::Key& key, bool on, const FreezeLog::Places& frozen);

// A definition in which what freezes switched off is on.
Result<std::string> WithFrozenOn(const objects::ObjectDescriptor& kind, const std::string& id, std::string definition,
                                 const FreezeLog::Places& frozen);

// Everything selected that is on in a workspace, to be switched off. What cannot be listed or read goes to `on_gap`.
// kNotFound: a selector of names matches nothing.
Result<std::vector<Target>> FreezeTargets(workspace::Client& client, const objects::Selection& selection,
                                          const workspace::InventoryOptions& options,
                                          const std::function<void(const workspace::Gap&)>& on_gap,
                                          std::stop_token stop);

// What freezes have switched off and nobody has thawed since, to be switched on again. kNotFound: a selector of names
// matches nothing that ever was frozen.
Result<std::vector<Target>> ThawTargets(const FreezeLog::State& state, const objects::Selection& selection);

}  // namespace dbxark::activity
