// The report of a restore for people.
#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "base/version.h"
#include "restore/plan_text.h"
#include "restore/restore_report.h"

namespace dbxark::restore {
namespace {

// Words of other people, on one line, without any meaning that Markdown or HTML would give them.
std::string Text(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|!~&$").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// As code: a backtick inside is fenced by more of them.
std::string Code(std::string_view text) {
  const std::string printable = Printable(text);
  size_t longest = 0, run = 0;
  for (const char c : printable) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return longest == 0 ? fence + printable + fence : fence + " " + printable + " " + fence;
}

std::string_view TitleOf(std::string_view outcome) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTitles = {
      {{"unknown", "Not known whether made"},
       {"failed", "Failed"},
       {"blocked", "Blocked"},
       {"conflict", "Conflict: left as it is in the target"},
       {"not_begun", "Not begun"},
       {"skipped", "Skipped"},
       {"gone", "Gone from the source, left in the target"},
       {"removed", "Removed: gone from the source"},
       {"updated", "Updated"},
       {"adopted", "Adopted: there already, by an earlier run or from before"},
       {"created", "Created"},
       {"finished", "Finished: made by an earlier run"}}};
  for (const auto& [name, title] : kTitles) {
    if (name == outcome) return title;
  }
  return outcome;
}

class Document {
 public:
  explicit Document(const RestoreReport& report) : report_(report) { text_ = kRestoreReportTitle; }

  std::string Run() {
    Head();
    ToDoList();
    Counts();
    for (const std::string_view outcome : kReportedOutcomes) Objects(outcome);
    Edits("Off until cut-over", "held_back");
    Edits("Dropped", "dropped");
    Edits("Not sent", "not_sent");
    Edits("Not sent by this version", "unknown");
    Edits("Mapped", "mapped");
    Differences();
    Losses();
    Unreads();
    Fields("Filled in by the service: not sent, and there", report_.read_back.filled_in);
    Fields("Not shown by the service: sent, and empty values or passwords", report_.read_back.not_shown);
    Secrets();
    return std::move(text_);
  }

 private:
  void Line(const std::string& line) { text_ += line + "\n"; }
  void Heading(std::string_view title) { Line("\n## " + std::string(title) + "\n"); }

  void Head() {
    const ReportFacts& facts = report_.facts;
    Line("");
    Line(report_.complete      ? "**Complete.** Everything that was asked for is there."
         : report_.interrupted ? "**Interrupted.** What is missing is listed; run the same command again to go on."
                               : "**Partly done.** What could be restored is there; the rest is listed.");
    if (!facts.error.empty()) Line("\nIt ended by: " + Text(facts.error));
    Line("");
    Line("- archive " + Code(facts.archive_path) + ", made " + Text(facts.archive_created) + ", id " +
         Text(report_.archive_id));
    Line("- from " + Text(report_.source_host) + ", workspace " + Text(report_.source_workspace_id));
    Line("- to " + Text(report_.target_host) + ", workspace " + Text(report_.target_workspace_id));
    Line("- " + FormatTime(facts.began_ms) + " to " + FormatTime(facts.ended_ms) + ", " +
         Counted(facts.requests, "request") + ", dbxark " DBXARK_VERSION);
    Line("- journal " + Code(report_.journal_path));
    for (const std::string& note : report_.notes) Line("- " + Text(note));
  }

  void ToDoList() {
    Heading("To do, in this order");
    size_t number = 0;
    for (const ManualStep& to_do : report_.to_do) {
      Line(std::to_string(++number) + ". " + to_do.what);
      for (const std::string& detail : to_do.details) Line("   - " + Text(detail));
      if (to_do.commands.empty()) continue;
      Line("\n   ```sh");
      for (const std::string& command : to_do.commands) Line("   " + Printable(command));
      Line("   ```\n");
    }
  }

  void Counts() {
    Heading("What became of every object");
    Line("| objects | |\n| ---: | --- |");
    for (const std::string_view outcome : kReportedOutcomes) {
      if (const size_t count = report_.Of(outcome).size(); count > 0) {
        Line("| " + WithSeparators(count) + " | " + Lower(TitleOf(outcome)) + " |");
      }
    }
    if (report_.read_back.begun) Line("\nRead back: " + report_.read_back.Counts() + ".");
    if (!report_.held_back.empty()) Line("\nOff until cut-over: " + Text(HeldBackText(report_.held_back)) + ".");
  }

  static std::string Lower(std::string_view title) { return ToLowerAscii(title); }

  void Objects(std::string_view outcome) {
    const auto objects = report_.Of(outcome);
    if (objects.empty()) return;
    Heading(TitleOf(outcome));
    const bool reasons = std::any_of(objects.begin(), objects.end(),
                                     [](const ReportedObject* object) { return !object->item.reason.empty(); });
    const bool new_ids = std::any_of(objects.begin(), objects.end(),
                                     [](const ReportedObject* object) { return !object->item.new_id.empty(); });
    Line(std::string("| kind | name | id in the source |") + (new_ids ? " id in the target |" : "") +
         (reasons ? " why |" : ""));
    Line(std::string("| --- | --- | --- |") + (new_ids ? " --- |" : "") + (reasons ? " --- |" : ""));
    for (const ReportedObject* object : objects) {
      const ReportItem& item = object->item;
      Line("| " + KindWords(item.kind) + " | " + Text(item.natural_key) + " | " + Text(item.id) + " |" +
           (new_ids ? " " + Text(item.new_id) + " |" : "") + (reasons ? " " + Text(item.reason) + " |" : ""));
    }
  }

  void Edits(std::string_view title, std::string_view why) {
    bool begun = false;
    for (const ReportedObject& object : report_.objects) {
      if (object.outcome == "not_begun" || object.outcome == "blocked") continue;
      for (const ReportedField& edit : object.edits) {
        if (edit.why != why) continue;
        if (!begun) {
          Heading(title);
          Line("| kind | name | field | old | new | why |\n| --- | --- | --- | --- | --- | --- |");
        }
        begun = true;
        Line("| " + KindWords(object.item.kind) + " | " + Text(object.item.natural_key) + " | " + Text(edit.path) +
             " | " + Text(edit.old_value) + " | " + Text(edit.new_value) + " | " + Text(edit.reason) + " |");
      }
    }
  }

  void Differences() {
    bool begun = false;
    for (const ReportedObject& object : report_.objects) {
      for (const ReportedField& field : object.differences) {
        if (!begun) {
          Heading("What was there and differed");
          Line("| kind | name | outcome | field | archive | target |\n| --- | --- | --- | --- | --- | --- |");
        }
        begun = true;
        Line("| " + KindWords(object.item.kind) + " | " + Text(object.item.natural_key) + " | " + object.outcome +
             " | " + Text(field.path) + " | " + Text(field.old_value) + " | " + Text(field.new_value) + " |");
      }
    }
  }

  void Losses() {
    if (report_.read_back.losses.empty()) return;
    Heading("Sent, and not kept");
    Line("| kind | name | id in the target | field | sent | there |\n| --- | --- | --- | --- | --- | --- |");
    for (const Loss& loss : report_.read_back.losses) {
      const std::string head =
          "| " + KindWords(loss.kind) + " | " + Text(loss.natural_key) + " | " + Text(loss.new_id) + " | ";
      if (loss.vanished) Line(head + "(all of it) | | (not there) |");
      for (const LostField& field : loss.fields) {
        Line(head + Text(field.path) + " | " + Text(field.sent) + " | " +
             (field.there.empty() ? "(not there)" : Text(field.there)) + " |");
      }
    }
  }

  void Unreads() {
    if (report_.read_back.unread.empty()) return;
    Heading("Not read back");
    Line("| kind | name | objects | why |\n| --- | --- | ---: | --- |");
    for (const Unread& unread : report_.read_back.unread) {
      Line("| " + KindWords(unread.kind) + " | " + Text(unread.natural_key) + " | " + WithSeparators(unread.objects) +
           " | " + Text(unread.reason) + " |");
    }
  }

  void Fields(std::string_view title, const std::map<std::pair<std::string, std::string>, uint64_t>& fields) {
    if (fields.empty()) return;
    Heading(title);
    Line("| kind | field | objects |\n| --- | --- | ---: |");
    for (const auto& [field, count] : fields) {
      Line("| " + KindWords(field.first) + " | " + Text(field.second) + " | " + WithSeparators(count) + " |");
    }
  }

  void Secrets() {
    if (!report_.secrets.empty()) {
      Heading("Secrets that definitions refer to");
      Line("| scope | key | kind | name | field |\n| --- | --- | --- | --- | --- |");
      for (const auto& [name, uses] : report_.secrets) {
        for (const FieldOf& use : uses) {
          Line("| " + Text(name.scope) + " | " + Text(name.key) + " | " + KindWords(use.kind) + " | " +
               Text(use.natural_key) + " | " + Text(use.path) + " |");
        }
      }
    }
  }

  const RestoreReport& report_;
  std::string text_;
};

}  // namespace

std::string RestoreReportMarkdown(const RestoreReport& report) { return Document(report).Run(); }

}  // namespace dbxark::restore
