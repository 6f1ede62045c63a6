// A plan for people, and for programs.
#pragma once

#include <string>
#include <vector>

#include "json/writer.h"
#include "restore/plan.h"
#include "restore/report.h"

namespace dbxark::restore {

struct PlanTextOptions {
  bool full = false;      // every step, not about 40 lines
  size_t max_lines = 40;  // of steps, where not full
  size_t width = 80;
  double seconds = 0;  // how long it takes at least; 0: nobody can tell
};

// One line an entry, without newline. What is risky comes first: blocked, updated, differing; then what was dropped;
// then the rest by kind. The last line counts everything, and says what it takes.
std::vector<std::string> PlanText(const Plan& plan, const PlanTextOptions& options);

// "190 schedules, 3 triggers, 12 clusters": what is off until cut-over.
std::string HeldBackText(const HeldBack& held_back);

// "  (12 more hidden: ...)"
std::string MoreHidden(uint64_t count);

// "14,038 create, 1 update, 4 adopt, 1 blocked"; kinds of steps that do not occur are left out.
std::string CountsText(const Plan& plan);

// "mapped", "dropped", "held_back", "not_sent", "unknown".
std::string_view WhyName(objects::FieldEdit::Why why);

// A member that holds JSON text as it is, and what is no JSON (shortened, or words in brackets) as text; nothing where
// the value is empty.
void WriteValue(json::Writer& out, std::string_view key, const std::string& value);

// One JSON document, "dbxark.plan.v1".
std::string PlanJson(const Plan& plan);

// What came of one step, as a line for machines ("dbxark.event.v1"); empty where there is nothing to tell.
std::string StepEventJson(const Step& step, const StepResult& result);

// What a restore did, for people: the lists of what failed, is blocked or unknown, what was read back, then the counts.
std::vector<std::string> ReportText(const Report& report, const PlanTextOptions& options);

}  // namespace dbxark::restore
