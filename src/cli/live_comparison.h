// What commands share that compare with a live workspace.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/change_text.h"
#include "audit/comparison.h"
#include "cli/console.h"
#include "cli/session.h"

namespace dbxark::cli {

// A workspace as a side: connected, asked who we are, and a warning given where not all of it can be seen.
// `dbfs_roots`: where in DBFS to look; empty: everywhere.
struct LiveWorkspace {
  std::unique_ptr<Session> session;
  std::unique_ptr<audit::Side> side;
};
Result<LiveWorkspace> OpenLive(const std::string& name, const ConnectionFlags& connection, const TuningFlags& tuning,
                               const std::vector<std::string>& dbfs_roots, Console& console, std::stop_token stop);

// Compares, and shows how far it is while it reads from a live workspace.
Result<audit::Tally> CompareLive(audit::Side& left, audit::Side& right, audit::CompareOptions options,
                                 const std::function<bool(const audit::Change&)>& on_change, Console& console,
                                 std::stop_token stop);

// Lines for people: a symbol and what differs; with --patch the lines that do.
void SayChange(const audit::Change& change, audit::Wording wording, Console& console);
// What could not be compared, a line each.
void SayNotCompared(const audit::Tally& tally, Console& console);

}  // namespace dbxark::cli
