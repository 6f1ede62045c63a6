// A small language for tests of restoring: two emulated workspaces, an archive of the one, restores into the other.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backup/backup.h"
#include "emulator/emulator.h"
#include "emulator/jobs_family.h"
#include "restore/restore.h"
#include "support/archive_fixture.h"
#include "support/catch.h"
#include "support/emulator_transport.h"
#include "support/manual_clock.h"
#include "workspace/client.h"
#include "workspace/content.h"

namespace dbxark::test {

// An emulated workspace that a test speaks to as the service is spoken to.
class EmulatedWorkspace {
 public:
  explicit EmulatedWorkspace(uint64_t seed, std::set<std::string> variants = {}, int64_t read_after_write_ms = 0)
      : emulator_(OptionsOf(seed, std::move(variants), read_after_write_ms)) {
    emulator_.SetClock([this] { return clock_.NowMs(); });
  }

  emulator::Emulator& emulator() { return emulator_; }
  ManualClock& clock() { return clock_; }

  emulator::Json Call(const std::string& method, const std::string& path, const emulator::Json& body = nullptr) {
    emulator::Request request;
    request.method = method;
    request.path = path.substr(0, path.find('?'));
    if (const size_t mark = path.find('?'); mark != std::string::npos) {
      const std::string query = path.substr(mark + 1);
      request.query.emplace_back(query.substr(0, query.find('=')), query.substr(query.find('=') + 1));
    }
    request.headers["authorization"] = "Bearer " + emulator_.options().token;
    if (!body.is_null()) {
      request.headers["content-type"] = "application/json";
      request.body = body.dump();
    }
    const emulator::Response response = emulator_.Answer(request);
    INFO(method << " " << path << " " << request.body << ": " << response.body);
    REQUIRE(response.status / 100 == 2);
    return response.body.empty() ? emulator::Json::object() : emulator::Json::parse(response.body);
  }

  std::vector<emulator::Json> List(const std::string& path, const std::string& items) {
    const emulator::Json answer = Call("GET", path);
    std::vector<emulator::Json> list;
    if (answer.contains(items)) {
      for (const auto& item : answer.at(items)) list.push_back(item);
    }
    return list;
  }
  std::vector<emulator::Json> Jobs() { return List("/api/2.2/jobs/list?limit=100", "jobs"); }
  std::vector<emulator::Json> Clusters() { return List("/api/2.1/clusters/list?page_size=100", "clusters"); }
  emulator::Json Job(const std::string& name) {
    for (const auto& job : Jobs()) {
      if (job.at("settings").at("name") == name) {
        return Call("GET", "/api/2.2/jobs/get?job_id=" + job.at("job_id").dump());
      }
    }
    return {};
  }
  // One entry for each time that something began by itself.
  const emulator::Json& fired() { return emulator_.jobs().fired(); }

 private:
  static emulator::Options OptionsOf(uint64_t seed, std::set<std::string> variants, int64_t read_after_write_ms) {
    emulator::Options options;
    options.seed = seed;
    options.variants = std::move(variants);
    options.read_after_write_delay_ms = read_after_write_ms;
    return options;
  }

  ManualClock clock_;
  emulator::Emulator emulator_;
};

// Exports a workspace into `path`.
inline void Export(EmulatedWorkspace& source, const std::string& path,
                   workspace::NotebookFormat format = workspace::NotebookFormat::kSource,
                   const std::string& host = "https://source.example.com") {
  EmulatorTransport transport(source.emulator());
  workspace::Client client(transport, source.clock());
  workspace::ApiContentSource content(client, {});
  backup::BackupOptions options;
  options.path = path;
  options.host = host;
  options.notebook_format = format;
  options.workers = options.inventory.workers = 2;
  backup::BackupObserver observer;
  auto report = backup::Backup(client, content, FileSystem::Real(), source.clock(), options, observer, {});
  INFO((report.ok() ? "" : report.error().message()));
  REQUIRE(report.ok());
}

// One restore of an archive into a workspace, with everything that it lives on.
class RestoreRun {
 public:
  // `wrap` may put something between the restore and the workspace.
  RestoreRun(const std::string& archive, EmulatedWorkspace& target, const std::string& journal,
             http::Transport* transport = nullptr)
      : direct_(target.emulator()),
        reader_(OpenArchive(archive)),
        client_(transport != nullptr ? *transport : direct_, target.clock()),
        content_(client_, {}),
        writer_(client_),
        clock_(target.clock()) {
    options.journal_path = journal;
    options.workers = 1;
  }

  Status Plan() {
    auto prepared =
        restore::Restore::Prepare(*reader_, client_, content_, writer_, FileSystem::Real(), clock_, options, {});
    if (!prepared.ok()) return std::move(prepared).error();
    restore_ = std::move(*prepared);
    return {};
  }
  const restore::Plan& MustPlan() {
    const Status planned = Plan();
    INFO((planned.ok() ? "" : planned.error().message()));
    REQUIRE(planned.ok());
    return restore_->plan();
  }
  restore::Report Replay() {
    auto report = restore_->Replay({}, {});
    INFO((report.ok() ? "" : report.error().message()));
    REQUIRE(report.ok());
    return std::move(*report);
  }
  restore::Report Run() {
    MustPlan();
    return Replay();
  }
  const restore::Plan& plan() const { return restore_->plan(); }
  // Lets go of the journal.
  void Close() { restore_.reset(); }

  restore::RestoreOptions options;

 private:
  EmulatorTransport direct_;
  std::unique_ptr<format::ArchiveReader> reader_;
  workspace::Client client_;
  workspace::ApiContentSource content_;
  workspace::ContentWriter writer_;
  Clock& clock_;
  std::unique_ptr<restore::Restore> restore_;
};

// What went otherwise than wished, for messages.
inline std::string Complaints(const restore::Report& report) {
  std::string text;
  for (const auto& [outcome, items] : report.items) {
    if (outcome == restore::Outcome::kCreated || outcome == restore::Outcome::kAdopted) continue;
    for (const auto& item : items) {
      text += std::to_string(static_cast<int>(outcome)) + " " + item.kind + " " + item.natural_key + ": " +
              item.reason + "\n";
    }
  }
  return text;
}

inline std::string Describe(const restore::Plan& plan) {
  std::string text;
  for (const restore::Step& step : plan.steps) {
    text += std::string(restore::OpName(step.op)) + " " + std::string(step.kind->name) + " " + step.natural_key + ": " +
            step.reason + "\n";
    for (const auto& difference : step.differences) {
      text += "    " + difference.path + ": " + difference.left + " -> " + difference.right + "\n";
    }
  }
  return text;
}

}  // namespace dbxark::test
