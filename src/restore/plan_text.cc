#include "restore/plan_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;

std::string Words(std::string_view kind) {
  std::string words(kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

char SymbolOf(const Step& step) {
  switch (step.op) {
    case Op::kCreate:
    case Op::kFinish:
    case Op::kComplete:
      return '+';
    case Op::kUpdate:
      return '~';
    case Op::kAdopt:
      return step.differences.empty() ? '=' : '~';
    case Op::kSkip:
      return '-';
    case Op::kBlocked:
    case Op::kConflict:
      return '!';
    case Op::kGone:
      return '-';
    case Op::kRemove:
      return 'x';
  }
  return ' ';
}

std::string Left(const std::string& text, size_t width) {
  return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

std::string DurationText(double seconds) {
  const uint64_t minutes = static_cast<uint64_t>(seconds / 60 + 0.5);
  if (seconds < 100) return std::to_string(static_cast<uint64_t>(seconds + 0.5)) + " s";
  if (minutes < 100) return std::to_string(minutes) + " min";
  return std::to_string((minutes + 30) / 60) + " h";
}

// A value on one line; nothing is absence.
std::string Value(const std::string& json) { return json.empty() ? "(absent)" : Shorten(json, 40); }

class Printer {
 public:
  Printer(const Plan& plan, const PlanTextOptions& options) : plan_(plan), options_(options) {}

  std::vector<std::string> Run() {
    lines_.push_back(plan_.Count(Op::kRemove) == 0
                         ? "+ create  ~ update or differs  = adopt  - skip  ! blocked      never deletes"
                         : "x remove  + create  ~ update or differs  = adopt  - skip or gone  ! blocked or conflict");
    for (const std::string& line : KindCounts()) lines_.push_back(line);
    if (!plan_.held_back.empty()) lines_.push_back("off until cutover: " + HeldBackText(plan_.held_back));
    if (plan_.cluster_starts > 0) {
      lines_.push_back("costs: " + Counted(plan_.cluster_starts,
                                           "cluster starts when it is made, and is stopped at once",
                                           "clusters start when they are made, and are stopped at once"));
    }
    if (!plan_.map.empty()) AddMap();
    for (const std::string& note : plan_.notes) lines_.push_back("! " + Printable(note));
    for (const Step& step : plan_.steps) {
      if (options_.full || RankOf(step) < 4) kind_width_ = std::max(kind_width_, step.kind->name.size());
    }
    size_t shown = 0, hidden = 0;
    for (int rank = 0; rank < 5; ++rank) {
      for (const Step& step : plan_.steps) {
        if (RankOf(step) != rank) continue;
        const std::vector<std::string> text = Describe(step);
        if (!options_.full && (shown + text.size() > options_.max_lines || rank == 4)) {
          hidden += 1;
          continue;
        }
        shown += text.size();
        lines_.insert(lines_.end(), text.begin(), text.end());
      }
    }
    if (hidden > 0) {
      lines_.push_back("(" + Counted(hidden, "more step") + " hidden: --full or --json shows all)");
    }
    return std::move(lines_);
  }

 private:
  // "map: 12 rules, 310 places"
  void AddMap() {
    uint64_t places = 0;
    for (const RuleUse& use : plan_.map) places += use.count;
    lines_.push_back("map: " + Counted(plan_.map.size(), "rule") + ", " + Counted(places, "place"));
    if (!options_.full) return;
    for (const RuleUse& use : plan_.map) {
      lines_.push_back("    " + WithSeparators(use.count) + "  " + Printable(use.rule.Text()));
    }
  }

  // Blocked, changed, differing, with something left out, the rest.
  static int RankOf(const Step& step) {
    if (step.op == Op::kRemove || step.op == Op::kBlocked || step.op == Op::kConflict) return 0;
    if (step.op == Op::kUpdate) return 1;
    if (!step.differences.empty()) return 2;
    if (step.op == Op::kSkip || step.op == Op::kGone || step.look_up || step.overwrite || step.op == Op::kFinish)
      return 2;
    if (step.op == Op::kCreate && (!step.same_name_ids.empty() || HasLoss(step))) return 3;
    return 4;
  }

  static bool IsLoss(const FieldEdit& edit) {
    return edit.why == FieldEdit::Why::kDropped || edit.why == FieldEdit::Why::kUnknown;
  }
  // What every object of the kind loses is no news; a reference that goes is.
  static bool HasLoss(const Step& step) {
    return std::any_of(step.edits.begin(), step.edits.end(),
                       [](const FieldEdit& edit) { return edit.why == FieldEdit::Why::kDropped; });
  }

  // " + directory 812   + notebook 13,003   = cluster policy 4"
  std::vector<std::string> KindCounts() const {
    std::vector<std::string> lines;
    std::string line;
    for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
      for (const char symbol : std::string_view("x+~=-!")) {
        const auto count = std::count_if(plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) {
          return step.kind == kind && step.op != Op::kComplete && SymbolOf(step) == symbol;
        });
        if (count == 0) continue;
        const std::string cell =
            std::string(1, symbol) + " " + Words(kind->name) + " " + WithSeparators(static_cast<uint64_t>(count));
        if (!line.empty() && line.size() + 3 + cell.size() > options_.width) {
          lines.push_back(std::move(line));
          line.clear();
        }
        line += (line.empty() ? " " : "   ") + cell;
      }
    }
    if (!line.empty()) lines.push_back(std::move(line));
    return lines;
  }

  std::vector<std::string> Describe(const Step& step) const {
    std::vector<std::string> lines;
    const bool second_pass = step.op == Op::kComplete;
    const size_t name_width = 30;
    std::string head = std::string(1, SymbolOf(step)) + " " + Left(Words(step.kind->name), kind_width_) + "  " +
                       Left(Shorten(step.natural_key, options_.full ? 200 : name_width), 24);
    std::string tail = step.reason;
    if (step.op == Op::kUpdate && !step.differences.empty()) {
      tail = Counted(step.differences.size(), "field") + (step.differences.size() == 1 ? " differs" : " differ");
    }
    if (tail.empty() && step.op == Op::kAdopt) tail = "is there, and equal";
    if (tail.empty() && step.dependency && step.op == Op::kCreate) tail = "needed by what was asked for";
    if (second_pass) tail = "second pass: " + step.reason;
    lines.push_back(tail.empty() ? std::string(Trim(head)) : head + "  " + Printable(tail));
    for (const objects::Difference& difference : step.differences) {
      const bool update = step.op == Op::kUpdate;
      lines.push_back("    " + Left(Shorten(difference.path, 44), 24) + "  " +
                      (update ? Value(difference.right) + " -> " + Value(difference.left)
                              : "archive " + Value(difference.left) + ", target " + Value(difference.right)));
    }
    if (step.op == Op::kBlocked) AddHint(step, lines);
    for (const FieldEdit& edit : step.edits) {
      const bool shown = options_.full || edit.why == FieldEdit::Why::kDropped || edit.why == FieldEdit::Why::kOverlaid;
      if (shown) lines.push_back("    " + DescribeEdit(edit));
    }
    return lines;
  }

  void AddHint(const Step& step, std::vector<std::string>& lines) const {
    if (step.blockers.empty()) return;
    const objects::Blocker& first = step.blockers.front();
    const std::string map = mapping::IsTable(first.target)
                                ? "map it (--map: [" + first.target + "] " + json::Quote(first.id) + " = ...), or "
                                : "";
    lines.push_back("!   " + map + "leave it out: --exclude " +
                    ShellQuote(std::string(step.kind->plural) + ":" + step.natural_key));
  }

  static std::string DescribeEdit(const FieldEdit& edit) {
    const std::string path = Left(Shorten(edit.path, 44), 24);
    switch (edit.why) {
      case FieldEdit::Why::kMapped:
        return path + "  " + Value(edit.old_value) + " -> " + Value(edit.new_value);
      case FieldEdit::Why::kDropped:
        return path + "  dropped: " + edit.reason;
      case FieldEdit::Why::kHeldBack:
        return path + "  " + Value(edit.old_value) + " -> " + Value(edit.new_value) + ", " + edit.reason;
      case FieldEdit::Why::kNotSent:
        return path + "  not sent: " + edit.reason;
      case FieldEdit::Why::kUnknown:
        return path + "  not sent by this version";
      case FieldEdit::Why::kLeftOn:
      case FieldEdit::Why::kUndone:
      case FieldEdit::Why::kOverlaid:
        if (edit.old_value.empty() && edit.new_value.empty()) return path + "  " + edit.reason;
        return path + "  " + Value(edit.old_value) + " -> " + Value(edit.new_value) + ", " + edit.reason;
    }
    return path;
  }

  const Plan& plan_;
  const PlanTextOptions& options_;
  std::vector<std::string> lines_;
  size_t kind_width_ = 3;
};

void AddItems(std::vector<std::string>& lines, const Report& report, Outcome outcome, const std::string& title,
              const PlanTextOptions& options) {
  const auto& items = report.Of(outcome);
  if (items.empty()) return;
  lines.push_back(title + " " + WithSeparators(items.size()) + ":");
  size_t shown = 0;
  for (const ReportItem& item : items) {
    if (!options.full && shown == options.max_lines) {
      lines.push_back(MoreHidden(items.size() - shown));
      break;
    }
    ++shown;
    lines.push_back("  " + Left(Words(item.kind), 10) + "  " + Left(Shorten(item.natural_key, 30), 24) + "  " +
                    Printable(item.reason));
  }
}

}  // namespace

std::string MoreHidden(uint64_t count) {
  return "  (" + WithSeparators(count) + " more hidden: --full or --json shows all)";
}

std::vector<std::string> PlanText(const Plan& plan, const PlanTextOptions& options) {
  std::vector<std::string> lines = Printer(plan, options).Run();
  std::string last = "Plan: " + CountsText(plan) + "; about " + Counted(plan.Requests(), "request");
  if (options.seconds >= 1) last += ", " + DurationText(options.seconds) + " or more at the service's rates";
  lines.push_back(last + ".");
  return lines;
}

std::string HeldBackText(const HeldBack& held_back) {
  std::vector<std::string> parts;
  for (const auto& [what, count] : held_back) {
    if (what == "instance_pool") {
      parts.push_back(Counted(count, "pool's idle instances", "pools' idle instances"));
    } else {
      const objects::ObjectDescriptor* kind = objects::FindKind(what);
      parts.push_back(kind == nullptr
                          ? what == "continuous" ? Counted(count, "continuous job") : Counted(count, what, what + "s")
                          : Counted(count, Words(kind->name), Words(kind->plural)));
    }
  }
  return Join(parts, ", ");
}

std::string CountsText(const Plan& plan) {
  std::vector<std::string> parts;
  for (const Op op : {Op::kRemove, Op::kCreate, Op::kFinish, Op::kUpdate, Op::kAdopt, Op::kSkip, Op::kBlocked,
                      Op::kConflict, Op::kGone}) {
    if (const uint64_t count = plan.Count(op); count > 0) {
      parts.push_back(WithSeparators(count) + " " + std::string(OpName(op)));
    }
  }
  return parts.empty() ? "nothing to do" : Join(parts, ", ");
}

std::vector<std::string> ReportText(const Report& report, const PlanTextOptions& options) {
  std::vector<std::string> lines;
  AddItems(lines, report, Outcome::kUnknown, "not known whether made", options);
  AddItems(lines, report, Outcome::kFailed, "failed", options);
  AddItems(lines, report, Outcome::kBlocked, "blocked", options);
  AddItems(lines, report, Outcome::kConflict, "conflict, left as it is in the target", options);
  AddItems(lines, report, Outcome::kSkipped, "skipped", options);
  AddItems(lines, report, Outcome::kGone, "gone from the source", options);
  if (!report.held_back.empty()) lines.push_back("off until cutover: " + HeldBackText(report.held_back));
  for (std::string& line : ReadBackText(report.read_back, options.max_lines, options.full)) {
    lines.push_back(std::move(line));
  }
  static constexpr std::array<std::pair<Outcome, std::string_view>, 11> kWords = {
      {{Outcome::kCreated, "created"},
       {Outcome::kFinished, "finished"},
       {Outcome::kUpdated, "updated"},
       {Outcome::kAdopted, "adopted"},
       {Outcome::kSkipped, "skipped"},
       {Outcome::kBlocked, "blocked"},
       {Outcome::kFailed, "failed"},
       {Outcome::kUnknown, "unknown"},
       {Outcome::kConflict, "in conflict"},
       {Outcome::kGone, "gone from the source"},
       {Outcome::kRemoved, "removed"}}};
  std::vector<std::string> parts;
  for (const auto& [outcome, word] : kWords) {
    if (const size_t count = report.Count(outcome); count > 0) {
      parts.push_back(WithSeparators(count) + " " + std::string(word));
    }
  }
  lines.push_back((report.interrupted ? "Interrupted: " : "Done: ") +
                  (parts.empty() ? std::string("nothing to do") : Join(parts, ", ")));
  return lines;
}

}  // namespace dbxark::restore
