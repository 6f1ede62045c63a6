#include "cli/live_comparison.h"

#include "audit/live_side.h"
#include "base/text.h"
#include "cli/progress.h"

namespace dbxark::cli {

Result<LiveWorkspace> OpenLive(const std::string& name, const ConnectionFlags& connection, const TuningFlags& tuning,
                               const std::vector<std::string>& dbfs_roots, Console& console, std::stop_token stop) {
  auto session = Session::Open(connection, tuning, console);
  if (!session.ok()) return std::move(session).error();
  auto identity = (*session)->Introduce("live", console, stop);
  if (!identity.ok()) return std::move(identity).error();
  if (!identity->admin) console.Warn(identity->user_name + " is no administrator: what it cannot see will seem gone");
  workspace::InventoryOptions options;
  options.workers = tuning.workers;
  if (!dbfs_roots.empty()) options.dbfs_roots = dbfs_roots;
  auto side = std::make_unique<audit::LiveSide>(name.empty() ? (*session)->connection().host : name,
                                                (*session)->client(), (*session)->content(), options);
  return LiveWorkspace{std::move(*session), std::move(side)};
}

Result<audit::Tally> CompareLive(audit::Side& left, audit::Side& right, audit::CompareOptions options,
                                 const std::function<bool(const audit::Change&)>& on_change, Console& console,
                                 std::stop_token stop) {
  if (console.json()) return audit::CompareSides(left, right, options, on_change, stop);
  Progress progress(console, Clock::Real());
  progress.Begin("read");
  options.on_matched = [&](size_t more) { progress.AddTotal(more); };
  options.on_compared = [&] { progress.Step(); };
  return audit::CompareSides(left, right, options, on_change, stop);
}

void SayChange(const audit::Change& change, audit::Wording wording, Console& console) {
  if (console.quiet()) return;
  const std::vector<std::string> lines = audit::LinesOf(change, wording);
  console.Say(console.Mark(audit::SymbolOf(change)) + " " + lines.front());
  for (size_t i = 1; i < lines.size(); ++i) console.Say(lines[i]);
  if (!change.lines.patch.empty()) console.Out(change.lines.patch);
}

void SayNotCompared(const audit::Tally& tally, Console& console) {
  for (const audit::NotCompared& one : tally.not_compared) {
    console.OutLine(console.Mark("!") + " " + one.kind + "  " + Printable(one.natural_key) +
                    (one.natural_key.empty() ? "" : "  ") + "not compared: " + Printable(one.reason));
  }
}

}  // namespace dbxark::cli
