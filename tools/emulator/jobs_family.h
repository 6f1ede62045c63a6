// Jobs in the three versions of their API. Nothing runs, but what would have run is counted: see fired().
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

enum class JobsVersion { k20, k21, k22 };

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
  Response List(Context& context, JobsVersion version);
  Response Get(Context& context, JobsVersion version);
  Response Create(Context& context, JobsVersion version);
  Response Reset(Context& context, JobsVersion version);
  Response Update(Context& context, JobsVersion version);
  Response Delete(Context& context);
  Response RunNow(Context& context);
  Response ListRuns(Context& context);

  std::vector<const Json*> Selected(Context& context, JobsVersion version) const;
  // The job that the request names. The service asks for the right before it asks whether the job is there.
  Json& Find(Context& context);
  bool MaySee(const Context& context, const Json& job) const;
  // What a read shows of the job. `arrays` is where its paged arrays begin; none of them where it is negative.
  Json Shown(const Json& job, JobsVersion version, int64_t arrays, bool& more) const;
  // Settings as the service keeps them, in place of the old ones.
  void Settle(Context& context, Json& job, const Json& settings, JobsVersion version);
  void CheckRunAs(const Context& context, const Json& settings) const;
  void Arm(const Context& context, const Json& job, const Json& before);
  int64_t StartRun(const Context& context, const Json& job, const std::string& trigger);

  Emulator& emulator_;
  // {"job_id", "created_time", "creator_user_name", "run_as_user_name", "settings", "single_task", "acl"}
  RecordTable jobs_;
  RecordTable runs_;
  Json fired_ = Json::array();
};

std::vector<std::pair<std::string, std::string>> JobsVariants();

}  // namespace emulator
