// Every row of the API's table of references that concerns a kind of ours: an old id is planted where the row says, and
// is seen mapped, dropped, blocking, or not sent at all; never sent as it was.
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>

#include "base/digest.h"
#include "emulator/http.h"
#include "objects/definition.h"
#include "objects/registry.h"
#include "restore/object_graph.h"
#include "restore/planner.h"
#include "restore/replayer.h"
#include "support/archive_fixture.h"
#include "support/catch.h"
#include "support/manual_clock.h"

using namespace dbxark;
using namespace dbxark::test;
using emulator::Json;
using objects::FieldEdit;
using objects::ObjectDescriptor;
using objects::ReferenceForm;

namespace {

struct TableRow {
  std::string object_type, path, target, kind;
  size_t line = 0;
};

std::vector<TableRow> ReadTable() {
  std::ifstream in(std::string(DBXARK_SOURCE_DIR) + "/tests/vectors/api_references.tsv");
  REQUIRE(in);
  std::vector<TableRow> rows;
  std::string line;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (number == 1) continue;
    TableRow row;
    row.line = number;
    std::stringstream cells(line);
    std::getline(cells, row.object_type, '\t');
    std::getline(cells, row.path, '\t');
    std::getline(cells, row.target, '\t');
    std::getline(cells, row.kind, '\t');
    rows.push_back(row);
  }
  return rows;
}

const std::map<std::string, const ObjectDescriptor*>& HandledTypes() {
  static const std::map<std::string, const ObjectDescriptor*> types = {
      {"job", &objects::kJob},
      {"job-2.0", &objects::kJob},
      {"cluster", &objects::kCluster},
      {"cluster-libraries", &objects::kClusterLibraries},
      {"cluster-policy", &objects::kClusterPolicy},
      {"instance-pool", &objects::kInstancePool},
      {"global-init-script", &objects::kGlobalInitScript},
      {"notebook", &objects::kNotebook},
      {"workspace-object", &objects::kNotebook}};
  return types;
}

// "a.{b,c[]}" -> "a.b", "a.c[]".
std::vector<std::string> Alternatives(const std::string& path) {
  for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
    if (path[open + 1] == '}') continue;
    const size_t close = path.find('}', open);
    std::vector<std::string> paths;
    std::stringstream choices(path.substr(open + 1, close - open - 1));
    for (std::string choice; std::getline(choices, choice, ',');) {
      paths.push_back(path.substr(0, open) + choice + path.substr(close + 1));
    }
    return paths;
  }
  return {path};
}

// A JSON value that has `value` where the path leads.
Json Planted(std::string_view path, const Json& value) {
  if (path.empty()) return value;
  if (path[0] == '.') return Planted(path.substr(1), value);
  if (path.substr(0, 2) == "[]") return Json::array({Planted(path.substr(2), value)});
  if (path.substr(0, 2) == "{}") return Json{{"some.key", Planted(path.substr(2), value)}};
  if (path.substr(0, 6) == "(json)") return Planted(path.substr(6), value).dump();
  if (path[0] == '(') return ToBase64("#!/bin/sh\ncat " + value.get<std::string>() + "\n");  // (base64 text)
  size_t end = path.find_first_of(".[{(");
  std::string key(path.substr(0, end));
  if (path[0] == '"') {
    end = path.find('"', 1);
    key = path.substr(1, end - 1);
    if (const size_t star = key.find('*'); star != std::string::npos) key.replace(star, 1, "0");
    ++end;
  }
  if (end == std::string_view::npos) end = path.size();
  return Json{{key, Planted(path.substr(end), value)}};
}

constexpr char kOldId[] = "0412-000001-oldold";
constexpr int64_t kOldNumber = 998877665544332;

// One place of one row.
struct Place {
  const ObjectDescriptor* kind;
  std::string path;  // concrete but for [] and {}
  std::string target;
  Json value;
  std::string text;  // of the value, as it would be seen in a body
  Json definition;
};

Json ValueFor(const TableRow& row) {
  const std::string& target = row.target;
  if (row.kind == "id") return target == "job" ? Json(kOldNumber) : Json(kOldId);
  if (row.kind == "principal") return "old.user@example.com";
  if (row.kind == "name") return "old_name_of_it";
  if (target == "secret") return "{{secrets/oldscope/oldkey}}";
  if (target == "dbfs-path") return "dbfs:/old/place/x";
  if (target == "volume-path") return "/Volumes/old/place/x";
  if (target == "cloud-storage" || target == "external-location") return "s3://old-bucket/x";
  if (row.kind == "path") return "/Workspace/Users/old@example.com/x";
  return "old-text-of-it";
}

void NameIt(const ObjectDescriptor& kind, Json& definition) {
  if (&kind == &objects::kJob) {
    definition["job_id"] = 5550001;
    definition["settings"]["name"] = "planted";
  } else if (&kind == &objects::kCluster) {
    definition["cluster_id"] = "planted-cluster";
    definition["cluster_source"] = "UI";
    definition["cluster_name"] = "planted";
    if (definition.contains("spec")) definition["spec"]["cluster_name"] = "planted";
  } else if (&kind == &objects::kClusterLibraries) {
    if (!definition.contains("cluster_id")) definition["cluster_id"] = "planted-cluster";
    if (!definition.contains("library_statuses")) {
      definition["library_statuses"] = Json::array({{{"library", {{"jar", "s3://x/y.jar"}}}, {"status", "INSTALLED"}}});
    }
  } else if (&kind == &objects::kClusterPolicy) {
    definition["policy_id"] = "planted-policy";
    definition["name"] = "planted";
  } else if (&kind == &objects::kInstancePool) {
    definition["instance_pool_id"] = "planted-pool";
    definition["instance_pool_name"] = "planted";
  } else {
    definition["script_id"] = "planted-script";
    definition["name"] = "planted";
  }
}

// A driver pool is taken only beside a workers' pool.
void AddCompanion(Json& node, const std::string& id) {
  if (node.is_object() && node.contains("driver_instance_pool_id")) {
    node["instance_pool_id"] = id;
    return;
  }
  for (auto& child : node) {
    if (child.is_structured()) AddCompanion(child, id);
  }
}

std::vector<Place> PlacesOf(const TableRow& row) {
  std::vector<Place> places;
  std::string whole = row.path;
  // We hold one cluster's libraries at a time.
  if (row.object_type == "cluster-libraries" && whole.starts_with("statuses[].")) whole = whole.substr(11);
  for (const std::string& path : Alternatives(whole)) {
    Place place;
    place.kind = HandledTypes().at(row.object_type);
    place.path = path;
    place.target = row.target;
    place.value = ValueFor(row);
    place.text = place.value.is_string() ? place.value.get<std::string>() : place.value.dump();
    const bool pattern = path.ends_with(".pattern") && row.kind == "id";
    place.definition = Planted(path, pattern ? Json("^(" + place.text + ")$") : place.value);
    NameIt(*place.kind, place.definition);
    if (path.ends_with(".driver_instance_pool_id") || path == "driver_instance_pool_id") {
      AddCompanion(place.definition, place.text);
    }
    places.push_back(std::move(place));
  }
  return places;
}

// Everything of one kind has this new id; or nothing has.
class OneResolver : public objects::Resolver {
 public:
  OneResolver(std::string kind, std::string new_id) : kind_(std::move(kind)), new_id_(std::move(new_id)) {}
  std::optional<std::string> Resolve(std::string_view kind, const std::string& old_id) const override {
    if (old_id != kOldId && old_id != std::to_string(kOldNumber)) return "other-" + old_id;
    if (new_id_.empty() || kind != kind_) return std::nullopt;
    return new_id_;
  }

 private:
  std::string kind_, new_id_;
};

objects::Prepared MustPrepare(const Place& place, const objects::Resolver& resolver) {
  auto document = json::Document::Parse(place.definition.dump());
  REQUIRE(document.ok());
  auto prepared = objects::Prepare(*place.kind, *document, resolver, {});
  REQUIRE(prepared.ok());
  return std::move(*prepared);
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool Mentions(const objects::Prepared& prepared, const std::string& text, std::initializer_list<FieldEdit::Why> whys) {
  for (const FieldEdit& edit : prepared.edits) {
    for (const FieldEdit::Why why : whys) {
      if (edit.why == why && Has(edit.old_value, text)) return true;
    }
  }
  return false;
}

// --- a service that takes everything and writes down what was sent

class RecordingTransport : public http::Transport {
 public:
  Result<http::Response> Send(const http::Request& request, std::stop_token) override {
    http::Response response;
    response.status = 200;
    response.headers.emplace_back("x-databricks-org-id", "222");
    response.body = "{}";
    if (request.method == "GET") return response;
    bodies.push_back(request.path + " " + request.body);
    if (request.open_body) {
      auto source = request.open_body();
      if (!source.ok()) return std::move(source).error();
      std::string bytes(request.body_size, '\0');
      size_t filled = 0;
      while (filled < bytes.size()) {
        auto count = (*source)->Read(bytes.data() + filled, bytes.size() - filled);
        if (!count.ok() || *count == 0) break;
        filled += *count;
      }
      bodies.back() += bytes;
    }
    if (request.path.ends_with("/create") || request.path.ends_with("global-init-scripts")) {
      ++made_;
      const std::string id = "made-" + std::to_string(made_);
      response.body = Json{
          {"job_id", 7000000 + made_},
          {"cluster_id", id},
          {"policy_id", id},
          {"instance_pool_id", id},
          {"script_id",
           id}}.dump();
    }
    return response;
  }

  std::vector<std::string> bodies;

 private:
  int64_t made_ = 0;
};

class WholeRestore {
 public:
  void Add(const ObjectDescriptor& kind, const std::string& id, const std::string& key, std::string bytes,
           std::string info = {}) {
    format::Row row;
    row.kind = kind.name;
    row.id = id;
    row.natural_key = key;
    row.info = std::move(info);
    row.size = bytes.size();
    row.sha256_hex = ToHex(Sha256Of(bytes));
    bytes_[row.kind + " " + id] = std::move(bytes);
    archive_.objects.push_back({&kind, std::move(row)});
  }
  void Add(const ObjectDescriptor& kind, const Json& definition) {
    const auto document = *json::Document::Parse(definition.dump());
    Add(kind, objects::IdOf(kind, document.root()), objects::NaturalKeyOf(kind, document.root()), definition.dump());
  }

  void Run() {
    archive_.workspace_id = "111";
    archive_.read = [this](const format::Row& row) { return Result<std::string>(bytes_.at(row.kind + " " + row.id)); };
    archive_.read_content = [this](const format::Row& row) {
      return Result<Body>(Body(bytes_.at(row.kind + " " + row.id)));
    };
    TempFolder folder;
    ManualClock clock;
    workspace::Client client(transport, clock);
    workspace::ApiContentSource content(client, {});
    workspace::ContentWriter writer(client);
    auto journal = restore::Journal::Open(FileSystem::Real(), folder / "journal", "111", "222");
    REQUIRE(journal.ok());
    auto graph = restore::ObjectGraph::Build(archive_, {});
    REQUIRE(graph.ok());
    const std::vector<bool> all(archive_.objects.size(), true), none(archive_.objects.size(), false);
    auto target = restore::CollectTarget(client, content, archive_, all, {}, {.workers = 1}, {});
    INFO((target.ok() ? "" : target.error().message()));
    REQUIRE(target.ok());
    auto made = restore::BuildPlan({archive_, *graph, *target, {}, {}, all, all, none}, {}, ids, {});
    REQUIRE(made.ok());
    plan = std::move(*made);
    restore::OwnedIds owned;
    auto replayed = restore::Replay(plan, {archive_, client, content, writer, clock, **journal, ids, owned},
                                    // What answers here keeps nothing.
                                    {.workers = 1, .read_back = {.level = restore::ReadBackLevel::kNone}}, {}, {});
    REQUIRE(replayed.ok());
    report = std::move(*replayed);
  }

  const restore::Step* StepOf(const std::string& key) const {
    for (const restore::Step& step : plan.steps) {
      if (step.natural_key == key) return &step;
    }
    return nullptr;
  }

  RecordingTransport transport;
  restore::IdMap ids;
  restore::Plan plan;
  restore::Report report;

 private:
  restore::ArchivedWorkspace archive_;
  std::map<std::string, std::string> bytes_;
};

// The archived object that the old id is of, where it is of a kind of ours.
std::optional<Json> CounterpartOf(const std::string& target) {
  if (target == "cluster") {
    return Json{{"cluster_id", kOldId}, {"cluster_name", "counterpart"}, {"cluster_source", "UI"}};
  }
  if (target == "cluster-policy") return Json{{"policy_id", kOldId}, {"name", "counterpart"}, {"definition", "{}"}};
  if (target == "instance-pool") return Json{{"instance_pool_id", kOldId}, {"instance_pool_name", "counterpart"}};
  if (target == "job") return Json{{"job_id", kOldNumber}, {"settings", {{"name", "counterpart"}}}};
  return std::nullopt;
}

const ObjectDescriptor* KindOf(std::string target) {
  std::replace(target.begin(), target.end(), '-', '_');
  return objects::FindKind(target);
}

bool AnyBodyHas(const RecordingTransport& transport, const std::string& text) {
  for (const std::string& body : transport.bodies) {
    if (Has(body, text)) return true;
  }
  return false;
}

// The last body that is not a stop or a pin.
std::string LastMade(const RecordingTransport& transport) {
  std::string last;
  for (const std::string& body : transport.bodies) {
    const std::string path = body.substr(0, body.find(' '));
    if (!path.ends_with("/delete") && !path.ends_with("/pin")) last = body;
  }
  return last;
}

// --- the rows

// Of ids: mapped with a counterpart; without one, blocking or dropped.
bool CheckId(const Place& place) {
  auto document = json::Document::Parse(place.definition.dump());
  REQUIRE(document.ok());
  const objects::Reference* reference = nullptr;
  for (const auto& found : objects::FindReferences(*place.kind, document->root())) {
    if (found.value == place.text && found.reference->form == ReferenceForm::kId) reference = found.reference;
  }
  CHECK(reference != nullptr);
  if (reference == nullptr) return false;

  const std::string new_id = place.value.is_number() ? "112233445566778" : "0923-999999-newnew";
  const auto with = MustPrepare(place, OneResolver(std::string(reference->target), new_id));
  const bool illegal = Mentions(with, place.text, {FieldEdit::Why::kUnknown, FieldEdit::Why::kNotSent});
  bool good = with.blockers.empty() && !Has(with.body, place.text) && (illegal || Has(with.body, new_id));

  const auto without = MustPrepare(place, OneResolver("", ""));
  INFO("without counterpart: " << without.body);
  if (illegal) {
    good = good && without.blockers.empty() && !Has(without.body, place.text);
  } else if (reference->need != objects::Need::kOptional) {
    good = good && !without.blockers.empty() && without.blockers.front().id == place.text;
  } else {
    good = good && without.blockers.empty() && !Has(without.body, place.text) &&
           Mentions(without, place.text, {FieldEdit::Why::kDropped});
  }

  // The whole way, nothing there that answers the id: a required one blocks, and nothing of it is sent.
  WholeRestore alone;
  alone.Add(*place.kind, place.definition);
  alone.Run();
  good = good && !AnyBodyHas(alone.transport, place.text);
  const bool blocks = !illegal && reference->need != objects::Need::kOptional;
  good = good && blocks == (alone.report.Count(restore::Outcome::kBlocked) == 1);
  good = good && blocks == alone.transport.bodies.empty();

  // The whole way, with what it refers to.
  if (const auto counterpart = CounterpartOf(place.target); counterpart && !illegal) {
    const ObjectDescriptor& kind = *KindOf(place.target);
    WholeRestore both;
    both.Add(kind, *counterpart);
    both.Add(*place.kind, place.definition);
    both.Run();
    const auto mapped = both.ids.ResolveExisting(kind.name, place.text);
    const std::string sent = LastMade(both.transport);
    good = good && both.report.Complete() && mapped && !AnyBodyHas(both.transport, place.text) && Has(sent, *mapped);
    INFO("sent: " << sent);
    CHECK(good);
  }
  CHECK(good);
  return good;
}

// Of names, paths, principals and texts: found, and sent as they are where a create takes the field.
bool CheckText(const Place& place) {
  auto document = json::Document::Parse(place.definition.dump());
  REQUIRE(document.ok());
  const std::string sought =
      place.path.ends_with("(base64 text)") ? ToBase64("#!/bin/sh\ncat " + place.text + "\n") : place.text;
  bool found = false;
  for (const auto& reference : objects::FindReferences(*place.kind, document->root())) {
    found = found || (reference.value == sought && reference.reference->form != ReferenceForm::kId);
  }
  const auto prepared = MustPrepare(place, OneResolver("", ""));
  const bool in_body = place.kind != &objects::kJob || place.path.starts_with("settings.");
  const bool sent = Has(prepared.body, sought);
  const bool listed = Mentions(prepared, sought, {FieldEdit::Why::kUnknown, FieldEdit::Why::kNotSent});
  INFO("body: " << prepared.body);
  CHECK(found);
  CHECK(prepared.blockers.empty());
  CHECK(sent == (in_body && !listed));
  return found && prepared.blockers.empty() && sent == (in_body && !listed);
}

// Content is never rewritten: what it refers to is carried.
bool CheckContent(const TableRow& row) {
  const std::string content = "# Databricks notebook source\n# " + row.path + "\n%run ./old_helper\n/dbfs/old/x\n";
  WholeRestore restore;
  restore.Add(objects::kNotebook, "4711", "/Shared/x", content, R"({"format":"SOURCE","language":"PYTHON"})");
  restore.Run();
  const bool good = restore.report.Complete() &&
                    (AnyBodyHas(restore.transport, content) || AnyBodyHas(restore.transport, ToBase64(content)));
  CHECK(good);
  return good;
}

// What describes a node is not sent; its path is, as it was.
bool CheckNode(const TableRow& row) {
  const std::string path = "/Users/old.user@example.com/x";
  Json node = {{"path", path}, {"object_type", "NOTEBOOK"}, {"object_id", 4711}, {"resource_id", kOldId}};
  WholeRestore restore;
  restore.Add(objects::kNotebook, "4711", path, "# Databricks notebook source\n",
              Json{{"node", node}, {"format", "SOURCE"}, {"language", "PYTHON"}}.dump());
  restore.Run();
  const bool good =
      restore.report.Complete() && AnyBodyHas(restore.transport, path) && !AnyBodyHas(restore.transport, kOldId);
  INFO(row.path);
  CHECK(good);
  return good;
}

bool CheckRow(const TableRow& row) {
  if (row.object_type == "notebook") return CheckContent(row);
  if (row.object_type == "workspace-object") return CheckNode(row);
  bool good = true;
  for (const Place& place : PlacesOf(row)) {
    INFO(place.path << " in " << place.definition.dump());
    good = (row.kind == "id" ? CheckId(place) : CheckText(place)) && good;
  }
  return good;
}

}  // namespace

TEST_CASE("no row of the reference table lets an old id through") {
  size_t total = 0, covered = 0;
  std::map<std::string, size_t> by_kind;
  for (const TableRow& row : ReadTable()) {
    if (!HandledTypes().contains(row.object_type)) continue;
    ++total;
    INFO("line " << row.line << ": " << row.object_type << " " << row.path << " -> " << row.target << " (" << row.kind
                 << ")");
    if (!CheckRow(row)) continue;
    ++covered;
    ++by_kind[row.kind];
  }
  std::cout << "reference table: " << covered << " of " << total << " rows covered";
  for (const auto& [kind, count] : by_kind) std::cout << ", " << count << " " << kind;
  std::cout << "\n";
  CHECK(total == 552);
  CHECK(covered == total);
}
