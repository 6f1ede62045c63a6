// Jobs in the three versions of their API. Nothing runs, but what would have run is counted: see fired().
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

class Jobs : public Family {
 public:
  explicit Jobs(Emulator& emulator) : emulator_(emulator) {}

  std::string name() const override { return "jobs"; }
  void AddRoutes(std::vector<Route>& routes) override;
  Json Save() const override;
  void Load(const Json& state) override;

  bool Has(int64_t job_id) const;
  // One entry for each time a job became able to start by itself: {"job_id", "name", "cause", "time"}, where the cause
  // is schedule, trigger, triggers or continuous. A test of a restore wants this empty.
  const Json& fired() const { return fired_; }
  void ForgetFired() { fired_ = Json::array(); }

 private:
  enum class Version { k20, k21, k22 };

  Response List(Context& context, Version version);
  Response List20(Context& context);
  Response Get(Context& context, Version version);
  Response Create(Context& context, Version version);
  Response Reset(Context& context, Version version);
  Response Update(Context& context, Version version);
  Response Delete(Context& context);
  Response RunNow(Context& context);
  Response ListRuns(Context& context) const;

  // The job that the request names. The service asks for the right before it asks whether the job is there.
  Json& Find(Context& context, bool reading);
  bool MaySee(const Context& context, const Json& job) const;
  // Checked and filled in as the service keeps it.
  Json Settle(Context& context, const Json& settings, Version version, const Json* before);
  void Arm(Context& context, const Json& job, const Json* before);
  Json Listed(const Json& job, bool expand) const;
  int64_t StartRun(Context& context, const Json& job, const std::string& trigger);

  Emulator& emulator_;
  RecordTable jobs_;  // {"job_id", "created_time", "creator_user_name", "run_as_user_name", "settings", "hidden"}
  RecordTable runs_;
  Json fired_ = Json::array();
};

std::vector<std::pair<std::string, std::string>> JobsVariants();

}  // namespace emulator
