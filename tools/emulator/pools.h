// Instance pools. No instance exists; what idle ones would have been started is counted.
#pragma once

#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/record_table.h"

namespace emulator {

class PoolTable {
 public:
  explicit PoolTable(Emulator& emulator) : emulator_(emulator) {}

  void AddRoutes(std::vector<Route>& routes);
  Json Save() const;
  void Load(const Json& state);

  const Json* Find(const std::string& pool_id) const { return pools_.Find(pool_id); }
  // 400 where there is no such pool.
  void CheckExists(const std::string& pool_id) const;
  // How many idle instances were ever started, by creates and edits. They are what costs money.
  int64_t idle_instances_started() const { return idle_instances_started_; }

 private:
  Response List(Context& context) const;
  Response Get(Context& context) const;
  Response Create(Context& context);
  Response Edit(Context& context);
  Response Delete(Context& context);

  Json& Require(Context& context);
  void CheckName(const std::string& name, const std::string& except_id) const;
  void StartIdle(Json& pool, int64_t before);

  Emulator& emulator_;
  RecordTable pools_;
  int64_t idle_instances_started_ = 0;
};

}  // namespace emulator
