// One walk over the registry: every kind goes through the emulator and back.
#include <map>
#include <set>

#include "json/document.h"
#include "objects/registry.h"
#include "support/restore_fixture.h"
#include "support/sweep.h"

using namespace dbxark;
using namespace dbxark::test;
using restore::Op;
using restore::Outcome;

namespace {

// What an archive holds of one kind: natural keys (ids of clusters stand for nothing in another workspace).
std::multiset<std::string> KeysOf(const std::string& archive, const objects::ObjectDescriptor& kind) {
  std::multiset<std::string> keys;
  for (const format::Row& row : RowsOf(*OpenArchive(archive))) {
    if (row.kind == kind.name) keys.insert(&kind == &objects::kClusterLibraries ? "a cluster" : row.natural_key);
  }
  return keys;
}

void CheckEveryKind(workspace::NotebookFormat format, std::set<std::string> variants = {}) {
  TempFolder folder;
  EmulatedWorkspace source(1, variants), target(2, variants);
  emulator::FillSmallSample(source.emulator());
  Export(source, folder / "before", format);
  std::multiset<std::string> blocked;
  {
    RestoreRun run(folder / "before", target, folder / "journal");
    run.options.workers = 4;
    const restore::Report report = run.Run();
    INFO(Complaints(report));
    CHECK(report.Count(Outcome::kFailed) == 0);
    CHECK(report.Count(Outcome::kUnknown) == 0);
    for (const auto& item : report.Of(Outcome::kBlocked)) blocked.insert(item.kind + " " + item.natural_key);
  }
  target.clock().Advance(60'000);
  Export(target, folder / "after", format);
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    INFO("kind " << kind->name);
    std::multiset<std::string> expected = KeysOf(folder / "before", *kind);
    REQUIRE(!expected.empty());
    for (const std::string& key : std::multiset<std::string>(expected)) {
      const auto gone = blocked.find(std::string(kind->name) + " " + key);
      if (gone == blocked.end()) continue;
      expected.erase(expected.find(key));
      blocked.erase(gone);
    }
    const std::multiset<std::string> found = KeysOf(folder / "after", *kind);
    for (const std::string& key : expected) {
      INFO(key);
      CHECK(found.count(key) == expected.count(key));
    }
  }
  CHECK(blocked.empty());
  // The copy of the copy is the copy: what comes back says the same of itself.
  EmulatedWorkspace third(3, variants);
  RestoreRun(folder / "after", third, folder / "journal 2").Run();
  RestoreRun again(folder / "after", third, folder / "no journal");
  const restore::Plan& plan = again.MustPlan();
  INFO(Describe(plan));
  CHECK(plan.ChangesNothing());
  for (const restore::Step& step : plan.steps) {
    INFO(step.kind->name << " " << step.natural_key);
    CHECK(step.op == Op::kAdopt);
    CHECK(step.differences.empty());
  }
}

}  // namespace

TEST_CASE("every kind goes through the workspace and back") { CheckEveryKind(workspace::NotebookFormat::kSource); }

TEST_CASE("every kind goes through and back with Jupyter notebooks") {
  CheckEveryKind(workspace::NotebookFormat::kJupyter);
}

TEST_CASE("every variant of what is unconfirmed can be restored into") {
  TempFolder folder;
  EmulatedWorkspace source(1);
  emulator::FillSmallSample(source.emulator());
  Export(source, folder / "archive");
  const auto& variants = emulator::Emulator::Variants();
  for (size_t i = 0; i < variants.size(); i += SweepStride(31, 3)) {
    const auto& [variant, meaning] = variants[i];
    INFO("variant " << variant << ": " << meaning);
    EmulatedWorkspace target(2, {variant});
    const std::string journal = folder / ("journal " + variant);
    RestoreRun run(folder / "archive", target, journal);
    run.options.workers = 2;
    const restore::Report report = run.Run();
    INFO(Complaints(report));
    CHECK(report.Count(Outcome::kUnknown) == 0);
    CHECK(target.fired().empty());
    run.Close();
    // What the workspace refused is tried again, and nothing else.
    RestoreRun again(folder / "archive", target, journal);
    CHECK(again.MustPlan().Count(Op::kCreate) == report.Count(Outcome::kFailed));
  }
}
