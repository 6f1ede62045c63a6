#include "emulator/sample_maker.h"

#include "emulator/compute_family.h"
#include "emulator/family_support.h"

namespace emulator {

Json ComputeMaker::Post(const std::string& call, const Json& body) {
  Json answer = CallRoute(emulator_, "POST", "/api/2.0/" + call, body, now_ms_ += 61000);
  Wait(30000);
  return answer;
}

void ComputeMaker::Wait(int64_t ms) { emulator_.compute().Tick(now_ms_ += ms); }

}  // namespace emulator
