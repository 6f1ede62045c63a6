#include "restore/restore_report.h"

#include "objects/registry.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::restore;
using objects::FieldEdit;

namespace {

// A plan, what came of it, and what the definitions say, grown step by step.
class Story {
 public:
  Story() {
    plan.archive_id = "a-1";
    plan.target_host = "https://target";
    facts.archive_path = "my archive.tar.zst";
    facts.connection = "--profile secondary";
  }

  Step& Add(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& name, StepResult result) {
    Step step;
    step.op = Op::kCreate;
    step.kind = &kind;
    step.id = id;
    step.natural_key = name;
    step.object = plan.steps.size();
    plan.steps.push_back(step);
    results.push_back(std::move(result));
    return plan.steps.back();
  }
  void Define(const objects::ObjectDescriptor& kind, const std::string& id, const std::string& name,
              const std::string& definition) {
    const auto document = json::Document::Parse(definition);
    REQUIRE(document.ok());
    AddFacts(kind, id, name, document->root(), definitions);
  }
  RestoreReport Make() {
    for (size_t i = 0; i < plan.steps.size(); ++i) report.Add(plan.steps[i], results[i]);
    return MakeRestoreReport(plan, report, definitions, facts);
  }

  Plan plan;
  std::vector<StepResult> results;
  Report report;
  DefinitionFacts definitions;
  ReportFacts facts;
};

std::vector<std::string> Names(const RestoreReport& report) {
  std::vector<std::string> names;
  for (const ManualStep& to_do : report.to_do) names.push_back(to_do.name);
  return names;
}

const ManualStep& Find(const RestoreReport& report, const std::string& name) {
  for (const ManualStep& to_do : report.to_do) {
    if (to_do.name == name) return to_do;
  }
  static const ManualStep none;
  return none;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("what is left to do comes in the order in which it has to be done") {
  Story story;
  Step& made = story.Add(objects::kJob, "1", "made", {Outcome::kCreated, "100", ""});
  made.ran_as = "ana@example.com";
  story.plan.caller = "dr@example.com";
  made.edits = {
      {FieldEdit::Why::kHeldBack, "settings.schedule.pause_status", "", "\"PAUSED\"", "until cutover"},
      {FieldEdit::Why::kDropped, "settings.webhooks[0].id", R"({"id":"hook-1"})", "", "optional"},
      {FieldEdit::Why::kNotSent, "settings.docker_image.basic_auth.password", "", "", std::string(objects::kNotShown)}};
  story.Add(objects::kJob, "2", "needy", {Outcome::kBlocked, "", "needs warehouse 77"});
  story.Add(objects::kJob, "3", "needy too", {Outcome::kBlocked, "", "needs warehouse 77"});
  story.Add(objects::kJob, "4", "doubtful", {Outcome::kBlocked, "", std::string(kMayHaveBeenMade) + "lost"});
  story.Add(objects::kJob, "5", "refused", {Outcome::kFailed, "", "403"});
  story.Add(objects::kNotebook, "9", "/torn", {Outcome::kFailed, "", std::string(kArchiveDamaged) + "frame 6"});
  // Who is refused runs as nobody, and who restores needs no word.
  story.plan.steps.back().ran_as = "bob@example.com";
  story.Add(objects::kJob, "10", "own", {Outcome::kCreated, "101", ""}).ran_as = "dr@example.com";
  // What somebody has said since is done.
  Step& settled = story.Add(objects::kJob, "11", "settled", {Outcome::kFinished, "102", ""});
  settled.ran_as = settled.runs_as = "ana@example.com";
  story.Add(objects::kJob, "6", "lost", {Outcome::kUnknown, "", "reset"});
  story.Add(objects::kJob, "7", "other", {Outcome::kSkipped, "", "is there with other content"});
  story.Add(objects::kJob, "8", "waiting", {Outcome::kInterrupted, "", ""});
  story.report.interrupted = true;
  story.Define(objects::kJob, "1", "made", R"({"job_id":1,"settings":{"x":"{{secrets/scope/key}}"}})");
  const RestoreReport report = story.Make();
  CHECK(Names(report) == Strings{"go_on", "supply_secrets", "supply_passwords", "set_run_as", "unblock",
                                 "replace_damaged", "retry_failed", "check_unknown", "decide_differences",
                                 "put_back_dropped", "drill", "cut_over"});
  CHECK(Find(report, "go_on").details == Strings{"1 object was not begun"});
  CHECK(Find(report, "go_on").commands == Strings{"dbxark restore 'my archive.tar.zst' --profile secondary --yes"});
  CHECK(Find(report, "set_run_as").details == Strings{"job made: ran as ana@example.com, runs as dr@example.com"});
  CHECK(Find(report, "replace_damaged").details == Strings{"notebook /torn: the archive is damaged: frame 6"});
  CHECK(Find(report, "retry_failed").details == Strings{"job refused: 403"});
  CHECK(story.report.Damaged());
  CHECK(Find(report, "unblock").details == Strings{"job needy, job needy too: needs warehouse 77"});
  CHECK(Find(report, "check_unknown").details ==
        Strings{"job lost: reset", "job doubtful: an earlier restore may have made it: lost"});
  CHECK(Find(report, "supply_passwords").details == Strings{"job made: settings.docker_image.basic_auth.password"});
  CHECK(Find(report, "put_back_dropped").details == Strings{"job made: settings.webhooks[0].id \"hook-1\""});
  CHECK(report.Of("not_begun").size() == 1);
  CHECK(report.held_back == HeldBack{{"schedule", 1}});
}

TEST_CASE("a restore with nothing left over leaves a drill, and the cut-over where something was on") {
  Story story;
  story.Add(objects::kJob, "1", "a", {Outcome::kAdopted, "100", ""});
  CHECK(Names(story.Make()) == Strings{"drill"});
  // What an earlier run held back waits still.
  Story later;
  later.Add(objects::kJob, "1", "a", {Outcome::kAdopted, "100", ""});
  later.Define(objects::kJob, "1", "a",
               R"({"job_id":1,"settings":{"schedule":{"quartz_cron_expression":"0 0 * * * ?","timezone_id":"UTC"}}})");
  CHECK(Names(later.Make()) == Strings{"drill", "cut_over"});
}

TEST_CASE("ids that were still to come in the plan are in the report") {
  Story story;
  story.Add(objects::kCluster, "c1", "etl", {Outcome::kCreated, "c9", ""});
  Step& job = story.Add(objects::kJob, "1", "load", {Outcome::kCreated, "100", ""});
  job.edits = {{FieldEdit::Why::kMapped, "a", "\"c1\"", "\"(new) etl\"", "cluster"},
               {FieldEdit::Why::kMapped, "b", "7", "(new) never made", "job"}};
  const RestoreReport report = story.Make();
  const auto& edits = report.Of("created")[1]->edits;
  CHECK(edits[0].new_value == "\"c9\"");
  CHECK(edits[1].old_value == "7");
  CHECK(edits[1].new_value == "(new) never made");
}

TEST_CASE("secrets are found wherever a definition names them, once a place") {
  Story story;
  story.Define(objects::kClusterPolicy, "p", "policy",
               R"({"policy_id":"p","definition":"{\"spark_conf.x\":{\"value\":\"{{secrets/a/b}}\"}}"})");
  story.Define(
      objects::kJob, "1", "job",
      R"({"job_id":1,"settings":{"p":["{{secrets/a/b}}-{{secrets/a/b}}","{{secrets/c/d/e}}","{{secrets/bad}}",)"
      R"("{{secrets//x}}","{{secrets/y/}}","{{secrets/open"]}})");
  REQUIRE(story.definitions.secrets.size() == 2);
  const auto& uses = story.definitions.secrets.at({"a", "b"});
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].path == "definition");
  CHECK(uses[1].path == "settings.p[0]");
  CHECK(story.definitions.secrets.contains({"c", "d/e"}));
}

TEST_CASE("no credential is in a report, whoever quotes it and wherever it stands") {
  const std::string token = "dapi0123456789abcdef0123456789abcdef";
  Story story;
  Step& job = story.Add(objects::kJob, "1", "job " + token,
                        {Outcome::kFailed, "", "400: hunter2-hunter2 and " + token + " are no values"});
  job.edits = {{FieldEdit::Why::kUnknown, "settings.future", R"({"password":"hunter3"})", "", "not part of a create"},
               {FieldEdit::Why::kUnknown, "settings.api_token", "\"hunter4\"", "", "not part of a create"},
               {FieldEdit::Why::kDropped, "settings.id", "\"" + token + "\"", "", "optional"}};
  job.differences = {{"tasks[t].notebook_task.base_parameters.x", "\"hunter5\"", "\"hunter6\"", false},
                     {"max_concurrent_runs", "1", "7", false}};
  story.Define(objects::kJob, "1", "job " + token,
               R"({"job_id":1,"settings":{"new_cluster":{"spark_env_vars":{"X":"hunter2-hunter2"}}}})");
  story.facts.error = "quoted " + token;
  const RestoreReport report = story.Make();
  for (const std::string& text : {RestoreReportJson(report), RestoreReportMarkdown(report)}) {
    INFO(text);
    CHECK(text.find("hunter") == std::string::npos);
    CHECK(text.find("dapi0123") == std::string::npos);
    CHECK(text.find("400: ") != std::string::npos);
  }
  CHECK(report.interrupted);
  CHECK_FALSE(report.complete);
  const auto document = json::Document::Parse(RestoreReportJson(report));
  REQUIRE(document.ok());
  const auto differences = document->root()["failed"].elements().at(0)["differences"].elements();
  CHECK(differences.at(0)["archive"].text() == "(hidden)");
  CHECK(differences.at(1)["target"].AsInt64() == 7);
}

TEST_CASE("a name cannot end its cell, nor begin anything else") {
  Story story;
  story.Add(objects::kJob, "1", "a | b\n## c <img src=x> [l](u) `d`", {Outcome::kCreated, "100", ""});
  const std::string text = RestoreReportMarkdown(story.Make());
  INFO(text);
  CHECK(text.find("| job | a \\| b\\\\n\\#\\# c \\<img src=x\\> \\[l\\](u) \\`d\\` | 1 | 100 |\n") !=
        std::string::npos);
}
