// Global init scripts, in the order of their positions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

class InitScripts : public Family {
 public:
  explicit InitScripts(Emulator& emulator) : emulator_(emulator) {}

  std::string name() const override { return "init_scripts"; }
  void AddRoutes(std::vector<Route>& routes) override;
  Json Save() const override;
  void Load(const Json& state) override;

 private:
  Response List(Context& context);
  Response Get(Context& context);
  Response Create(Context& context);
  Response Change(Context& context);
  Response Delete(Context& context);

  size_t IndexOf(const Context& context, bool reading) const;
  void Place(Json script, int64_t position);

  Emulator& emulator_;
  std::vector<Json> scripts_;  // a script's position is its index
};

std::vector<std::pair<std::string, std::string>> InitScriptsVariants();

}  // namespace emulator
