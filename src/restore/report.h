// What a restore has done, object by object.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "json/writer.h"
#include "restore/plan.h"
#include "restore/read_back.h"
#include "restore/step_runner.h"

namespace dbxark::restore {

struct ReportItem {
  std::string kind, id, natural_key;
  std::string new_id;
  std::string reason;
};

struct Report {
  std::map<Outcome, std::vector<ReportItem>> items;  // each in the plan's order
  HeldBack held_back;                                // what was made and is off until cut-over
  bool interrupted = false;
  std::string journal_path;
  ReadBack read_back;

  const std::vector<ReportItem>& Of(Outcome outcome) const {
    static const std::vector<ReportItem> none;
    const auto found = items.find(outcome);
    return found == items.end() ? none : found->second;
  }
  size_t Count(Outcome outcome) const { return Of(outcome).size(); }
  // Steps have to come in the plan's order, where that matters.
  void Add(const Step& step, const StepResult& result);
  // Something failed since the archive is damaged.
  bool Damaged() const;
  // Everything that was asked for is there, and nothing of it was lost on the way.
  bool Complete() const {
    return !interrupted &&
           Count(Outcome::kConflict) + Count(Outcome::kBlocked) + Count(Outcome::kFailed) + Count(Outcome::kUnknown) ==
               0 &&
           read_back.losses.empty();
  }
};

// "created"; empty for what is no outcome of its own.
std::string_view OutcomeName(Outcome outcome);

// As a JSON array; what is empty of new id and reason is left out.
void WriteItems(json::Writer& out, const std::vector<ReportItem>& items);

// One JSON document, "dbxark.restore.v1".
std::string ReportJson(const Report& report, const Plan& plan);

}  // namespace dbxark::restore
