#include "restore/plan.h"

#include <algorithm>

#include "base/text.h"

namespace dbxark::restore {

std::string KindWords(std::string_view kind) {
  std::string words(kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string HeldBackWord(std::string_view path, const objects::ObjectDescriptor& kind) {
  const std::vector<std::string_view> parts = Split(path, '.');
  std::string what(parts.size() > 1 ? parts[parts.size() - 2] : kind.name);
  what = what.substr(0, what.find('['));
  return what == "triggers" ? "trigger" : what;
}

uint64_t Plan::Count(Op op) const {
  return static_cast<uint64_t>(
      std::count_if(steps.begin(), steps.end(), [&](const Step& step) { return step.op == op; }));
}

uint64_t Plan::Requests() const {
  uint64_t all = 0;
  for (const auto& [family, count] : requests) all += count;
  return all;
}

bool Plan::ChangesNothing() const {
  return Count(Op::kCreate) + Count(Op::kFinish) + Count(Op::kComplete) + Count(Op::kUpdate) + Count(Op::kRemove) == 0;
}

std::string_view OpName(Op op) {
  switch (op) {
    case Op::kCreate:
      return "create";
    case Op::kFinish:
      return "finish";
    case Op::kComplete:
      return "complete";
    case Op::kUpdate:
      return "update";
    case Op::kAdopt:
      return "adopt";
    case Op::kSkip:
      return "skip";
    case Op::kBlocked:
      return "blocked";
    case Op::kConflict:
      return "conflict";
    case Op::kGone:
      return "gone";
    case Op::kRemove:
      return "remove";
  }
  return "";
}

}  // namespace dbxark::restore
