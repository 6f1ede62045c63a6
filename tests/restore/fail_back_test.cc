#include "restore/fail_back.h"

#include "json/writer.h"
#include "mapping/mapping.h"
#include "objects/credential_shapes.h"
#include "objects/fingerprint.h"
#include "objects/registry.h"
#include "restore/written.h"
#include "support/catch.h"

using namespace dbxark;
using objects::FieldEdit;
using restore::FailBack;
using restore::Progress;
using restore::ProgressMap;
using restore::WrittenEdit;

namespace {

constexpr char kPause[] = "settings.schedule.pause_status";

Progress Made(const std::string& new_id, std::vector<WrittenEdit> edits = {}) {
  Progress progress;
  progress.new_id = new_id;
  progress.natural_key = "nightly";
  progress.how = "created";
  progress.done = true;
  progress.written.edits = std::move(edits);
  return progress;
}

// What becomes of a job of the secondary, once job 7 of the primary was made as 99 there with that edit.
struct Undone {
  explicit Undone(const WrittenEdit& edit, const std::string& settings) {
    ProgressMap forward;
    forward[{"job", "7"}] = Made("99", {edit});
    FailBack back(forward);
    auto made = back.Undo("job", "99", R"({"job_id":99,"settings":)" + settings + "}");
    REQUIRE(made.ok());
    const std::string head = R"({"job_id":99,"settings":)";
    REQUIRE(made->starts_with(head));
    text = made->substr(head.size(), made->size() - head.size() - 1);
    edits = back.EditsOf("job", "99");
  }
  std::string text;
  std::vector<FieldEdit> edits;
};

}  // namespace

TEST_CASE("what was off until cut-over is on again on the way back") {
  const WrittenEdit held{kPause, R"("UNPAUSED")", R"("PAUSED")", {}};
  const Undone off(held, R"({"schedule":{"pause_status":"PAUSED"}})");
  CHECK(off.text == R"({"schedule":{"pause_status":"UNPAUSED"}})");
  REQUIRE(off.edits.size() == 1);
  CHECK(off.edits[0].why == FieldEdit::Why::kUndone);
  // Cut over, or its schedule taken away: there is nothing to undo.
  for (const char* text : {R"({"schedule":{"pause_status":"UNPAUSED"}})", R"({"schedule":{}})", R"({"name":"x"})"}) {
    const Undone now(held, text);
    CHECK(now.text == text);
    CHECK(now.edits.empty());
  }
  // It said nothing, which meant that it was on.
  const WrittenEdit silent{kPause, {}, R"("PAUSED")", {}};
  CHECK(Undone(silent, R"({"schedule":{"pause_status":"PAUSED"}})").text ==
        R"({"schedule":{"pause_status":"UNPAUSED"}})");
}

TEST_CASE("what was mapped goes back where it still stands, and stays where somebody changed it") {
  const std::string path = "settings.job_clusters[0].new_cluster.spark_conf.spark.hadoop.fs.endpoint";
  const auto conf = [](const std::string& value) {
    return R"({"job_clusters":[{"new_cluster":{"spark_conf":{"spark":"x","spark.hadoop.fs.endpoint":)" + value +
           "}}}]}";
  };
  const WrittenEdit mapped{path, R"("https://eu.example.com")", R"("https://us.example.com")", {}};
  const Undone same(mapped, conf(R"("https:\/\/us.example.com")"));
  CHECK(same.text == conf(R"("https://eu.example.com")"));
  REQUIRE(same.edits.size() == 1);
  CHECK(same.edits[0].why == FieldEdit::Why::kUndone);

  const Undone changed(mapped, conf(R"("https://asia.example.com")"));
  CHECK(changed.text == conf(R"("https://asia.example.com")"));
  REQUIRE(changed.edits.size() == 1);
  CHECK(changed.edits[0].why == FieldEdit::Why::kOverlaid);
  CHECK(changed.edits[0].new_value == R"("https://asia.example.com")");
  CHECK(Undone(mapped, conf(R"("https://eu.example.com")")).edits.empty());
  const Undone gone(mapped, R"({"job_clusters":[]})");
  REQUIRE(gone.edits.size() == 1);
  CHECK(gone.edits[0].why == FieldEdit::Why::kOverlaid);
  // What the mapping had added goes.
  const WrittenEdit added{"settings.tags.region", {}, R"("us")", {}};
  CHECK(Undone(added, R"({"tags":{"region":"us","a":"b"}})").text == R"({"tags":{"a":"b"}})");
}

TEST_CASE("what was dropped on the way is back, where nothing else is there now") {
  const WrittenEdit dropped{
      "settings.webhook_notifications.on_failure[0]", R"({"id":"d1"})", {}, "notification_destination"};
  const std::string back = R"({"name":"x","webhook_notifications":{"on_failure":[{"id":"d1"}]}})";
  CHECK(Undone(dropped, R"({"name":"x"})").text == back);
  CHECK(Undone(dropped, R"({"name":"x","webhook_notifications":{}})").text == back);
  CHECK(Undone(dropped, R"({"name":"x","webhook_notifications":{"on_failure":[]}})").text == back);
  CHECK(Undone(dropped, back).edits.empty());
  const std::string other = R"({"webhook_notifications":{"on_failure":[{"id":"of the secondary"}]}})";
  // What is there now stays beside it.
  CHECK(Undone(dropped, other).text ==
        R"({"webhook_notifications":{"on_failure":[{"id":"d1"},{"id":"of the secondary"}]}})");
  ProgressMap forward;
  forward[{"job", "7"}] = Made("99", {dropped});
  restore::IdMap ids;
  FailBack(forward).AddForeignIds(ids);
  CHECK(ids.ResolveExisting("notification_destination", "d1") == "d1");

  restore::Step step;
  step.kind = &objects::kJob;
  step.edits.push_back({FieldEdit::Why::kDropped,
                        "settings.webhook_notifications.on_failure[0].id",
                        R"({"id":"d1"})",
                        {},
                        "notification_destination has no counterpart"});
  CHECK(restore::WrittenBy(step, {}).edits == std::vector<WrittenEdit>{dropped});
}

namespace {

// What a map makes of a definition, as a restore writes it down.
restore::Written WrittenByMap(const objects::ObjectDescriptor& kind, const objects::Rewritten& mapped) {
  restore::Step step;
  step.kind = &kind;
  step.edits = mapped.edits;
  return restore::WrittenBy(step, "print");
}

std::string UndoneBy(const objects::ObjectDescriptor& kind, const restore::Written& written, const std::string& text) {
  ProgressMap forward;
  Progress& made = forward[{std::string(kind.name), "here"}] = Made("there");
  made.written = written;
  auto undone = FailBack(forward).Undo(kind.name, "there", text);
  REQUIRE(undone.ok());
  return *undone;
}

}  // namespace

TEST_CASE("all that a map and a move to another cloud have made is undone") {
  auto rules = mapping::MapRules::Parse(
      "[cloud]\ntarget = \"aws\"\ns3_region = \"eu-west-1\"\n[cloud.attributes]\nebs_volume_count = 1\n"
      "[node_type]\nD3 = \"m5\"\nm5 = \"m6\"\n[location]\n\"abfss://raw@lake\" = \"s3://raw\"\n\"lake.example\" = "
      "\"dr.example\"\n"
      "[path]\n\"/Shared/etl\" = \"/Shared/dr\"\n",
      "map.toml");
  REQUIRE(rules.ok());
  const mapping::Mapping mapping(std::move(*rules));
  const std::string spec =
      R"({"spark_version":"v","node_type_id":"D3","azure_attributes":{"availability":"SPOT_AZURE","first_on_demand":2},)"
      R"("spark_conf":{"a.lake.example":"x","plain":"abfss://raw@lake/in","b.lake.example":"abfss://raw@lake/b"},)"
      R"("init_scripts":[{"abfss":{"destination":"abfss://raw@lake/i.sh"}}]})";
  const std::pair<const objects::ObjectDescriptor*, std::string> samples[] = {
      {&objects::kCluster, R"({"cluster_id":"C",)" + spec.substr(1)},
      {&objects::kJob, R"({"job_id":1,"settings":{"tasks":[{"task_key":"a","new_cluster":)" + spec +
                           R"(,"notebook_task":{"notebook_path":"/Shared/etl"}},{"task_key":"b","new_cluster":)" +
                           spec + "}]}}"},
      {&objects::kInstancePool, R"({"instance_pool_id":"I","node_type_id":"D3","disk_spec":{"disk_type":)"
                                R"({"azure_disk_volume_type":"PREMIUM_LRS"},"disk_count":1}})"},
      {&objects::kClusterPolicy,
       R"({"policy_id":"P","definition":"{\"node_type_id\":{\"type\":\"allowlist\",\"values\":[\"D3\",\"other\"]},)"
       R"(\"azure_attributes.availability\":{\"type\":\"fixed\",\"value\":\"SPOT_AZURE\"},)"
       R"(\"azure_attributes.spot_bid_max_price\":{\"type\":\"fixed\",\"value\":1}}"})"}};
  for (const auto& [kind, original] : samples) {
    INFO(kind->name);
    const auto mapped = mapping.Apply(*kind, original, nullptr);
    REQUIRE(mapped.ok());
    REQUIRE(mapped->text != original);
    const restore::Written written = WrittenByMap(*kind, *mapped);
    CHECK(written.edits_left_out.empty());
    const std::string undone = UndoneBy(*kind, written, mapped->text);
    CHECK(*objects::FingerprintOfDefinition(*kind, undone) == *objects::FingerprintOfDefinition(*kind, original));
    CHECK(*objects::FingerprintOfDefinition(*kind, undone) != *objects::FingerprintOfDefinition(*kind, mapped->text));
    // Twice is once.
    CHECK(UndoneBy(*kind, written, undone) == undone);
  }
}

TEST_CASE("what a block was taken out of has to be there still") {
  const std::string path = "settings.tasks[1].new_cluster.";
  restore::Written written{"print",
                           {{path + "azure_attributes", R"({"availability":"SPOT_AZURE"})", {}, {}},
                            {path + "aws_attributes", {}, R"({"availability":"SPOT"})", {}}},
                           {}};
  const auto job = [](const std::string& second) {
    return R"({"settings":{"tasks":[{"task_key":"a"})" + second + "]}}";
  };
  const auto undo = [&](const std::string& second) { return UndoneBy(objects::kJob, written, job(second)); };
  const auto cluster = [](const std::string& members) {
    return R"(,{"task_key":"b","new_cluster":{"num_workers":1)" + members + "}}";
  };
  CHECK(undo(cluster(R"(,"aws_attributes":{"availability":"SPOT","zone_id":"auto"})")) ==
        job(cluster(R"(,"azure_attributes":{"availability":"SPOT_AZURE"})")));
  // The task is gone, runs elsewhere, or it is another one now.
  for (const std::string& second : {std::string(), std::string(R"(,{"task_key":"b","existing_cluster_id":"c"})"),
                                    cluster(R"(,"aws_attributes":{"availability":"ON_DEMAND"})"), cluster("")}) {
    CHECK(undo(second) == job(second));
  }
}

TEST_CASE("of several that were dropped each is back at its place") {
  const std::string at = "settings.webhook_notifications.on_failure";
  restore::Written written{"print",
                           {{at + "[0]", R"({"id":"d0"})", {}, "notification_destination"},
                            {at + "[2]", R"({"id":"d2"})", {}, "notification_destination"}},
                           {}};
  const auto job = [](const std::string& list) {
    return R"({"settings":{"webhook_notifications":{"on_failure":[)" + list + "]}}}";
  };
  CHECK(UndoneBy(objects::kJob, written, job(R"({"id":"e1"})")) == job(R"({"id":"d0"},{"id":"e1"},{"id":"d2"})"));
}

TEST_CASE("what somebody changed in JSON inside of a string stays") {
  const WrittenEdit renamed{"definition(json).\"a.b\"(name)", R"("a.b")", R"("c.d")", {}};
  const WrittenEdit value{"definition(json).\"a.b\".value", R"("old")", R"("new")", {}};
  restore::Written written{"print", {renamed, value}, {}};
  const auto policy = [](const std::string& rules) { return R"({"definition":)" + json::Quote(rules) + "}"; };
  const auto undo = [&](const std::string& rules) { return UndoneBy(objects::kClusterPolicy, written, policy(rules)); };
  CHECK(undo(R"({"x":1,"c.d":{"value":"new"}})") == policy(R"({"x":1,"a.b":{"value":"old"}})"));
  CHECK(undo(R"({"c.d":{"value":"mine"}})") == policy(R"({"a.b":{"value":"mine"}})"));
  for (const char* other : {R"({"a.b":{"value":"old"},"c.d":{"value":"new"}})", R"({})", "no JSON"}) {
    CHECK(undo(other) == policy(other));
  }
  CHECK(UndoneBy(objects::kClusterPolicy, written, R"({"name":"x"})") == R"({"name":"x"})");
}

TEST_CASE("ids go back by the journal, those that no restore handles too") {
  ProgressMap forward;
  forward[{"job", "7"}] =
      Made("99", {{"settings.tasks[0].sql_task.warehouse_id", R"("w-eu")", R"("w-us")", "warehouse"}});
  Progress notebook;
  notebook.natural_key = "/Shared/a";
  notebook.how = "created";
  notebook.done = true;
  forward[{"notebook", "5"}] = notebook;
  FailBack back(forward);
  ProgressMap progress;
  progress[{"job", "98"}].new_id = "8";
  back.AddTo(progress);
  CHECK(progress.at({"job", "99"}).new_id == "7");
  CHECK(progress.at({"job", "99"}).how == "adopted");  // nobody made it there for us to change or take away
  CHECK(!progress.at({"job", "99"}).ours);
  CHECK(progress.at({"job", "98"}).new_id == "8");
  CHECK(progress.at({"notebook", "5"}).natural_key == "/Shared/a");
  restore::IdMap ids;
  back.AddForeignIds(ids);
  CHECK(ids.ResolveExisting("warehouse", "w-us") == "w-eu");
  // The way back's own journal is believed first.
  progress[{"job", "99"}].new_id = "1007";
  back.AddTo(progress);
  CHECK(progress.at({"job", "99"}).new_id == "1007");
}

TEST_CASE("no credential gets into a journal by way of an edit") {
  restore::Step step;
  step.kind = &objects::kCluster;
  const auto mapped = [&](const std::string& path, const std::string& value, const std::string& reason) {
    step.edits.push_back({FieldEdit::Why::kMapped, path, value, R"("new")", reason});
  };
  mapped("spark_conf.fs.endpoint", R"("https://eu.example.com")", "line 3");
  mapped("spark_conf.token", "\"dapi" + std::string(32, 'a') + "\"", "line 4");
  mapped("spark_conf.db.password", R"("hunter2hunter2")", "line 5");
  mapped("spark_conf.long", R"("cut in the mid)", "line 6");
  mapped("policy_id", R"("p")", "cluster_policy");  // the journal's own ids say that
  mapped("docker.x", R"("w")", "cloud_storage");    // no id of any kind
  step.edits.push_back({FieldEdit::Why::kUnknown, "state", R"("RUNNING")", {}, "not part of a create"});
  const restore::Written written = restore::WrittenBy(step, "f");
  CHECK(written.fingerprint == "f");
  std::vector<std::string> paths;
  for (const WrittenEdit& edit : written.edits) paths.push_back(edit.path);
  CHECK(paths == std::vector<std::string>{"spark_conf.fs.endpoint", "docker.x"});
  CHECK(written.edits_left_out ==
        std::vector<std::string>{"spark_conf.token", "spark_conf.db.password", "spark_conf.long"});
  // And the way back says so.
  ProgressMap forward;
  forward[{"cluster", "c"}] = Made("99");
  forward[{"cluster", "c"}].written = written;
  FailBack back(forward);
  REQUIRE(back.Undo("cluster", "99", "{}").ok());
  const auto edits = back.EditsOf("cluster", "99");
  CHECK(edits.size() == 5);  // the two whose values are gone, and three that were not kept
  for (const FieldEdit& edit : edits) CHECK(edit.why == FieldEdit::Why::kOverlaid);
}
