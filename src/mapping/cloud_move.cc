#include "mapping/cloud_move.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "json/edit.h"
#include "json/path.h"
#include "json/path_pattern.h"
#include "json/writer.h"
#include "objects/cluster_spec.h"
#include "objects/registry.h"

namespace dbxark::mapping {
namespace {

using json::Node;
using objects::FieldEdit;

constexpr std::array<std::string_view, 3> kClouds = {"aws", "azure", "gcp"};

std::string BlockOf(std::string_view cloud) { return std::string(cloud) + "_attributes"; }

// The same kind of instances, by the names of each cloud; in the order of kClouds.
using Names = std::array<std::string_view, 3>;
constexpr Names kAvailabilities[] = {
    {"ON_DEMAND", "ON_DEMAND_AZURE", "ON_DEMAND_GCP"},
    {"SPOT", "SPOT_AZURE", "PREEMPTIBLE_GCP"},
    {"SPOT_WITH_FALLBACK", "SPOT_WITH_FALLBACK_AZURE", "PREEMPTIBLE_WITH_FALLBACK_GCP"},
};
// Fast disks and slow ones.
constexpr Names kDiskMembers = {"ebs_volume_type", "azure_disk_volume_type", ""};
constexpr Names kDisks[] = {{"GENERAL_PURPOSE_SSD", "PREMIUM_LRS", ""},
                            {"THROUGHPUT_OPTIMIZED_HDD", "STANDARD_LRS", ""}};

size_t IndexOf(std::string_view cloud) {
  return static_cast<size_t>(std::find(kClouds.begin(), kClouds.end(), cloud) - kClouds.begin());
}

template <size_t N>
std::optional<std::string> Translated(const Names (&table)[N], std::string_view word, size_t target) {
  for (const Names& names : table) {
    if (std::find(names.begin(), names.end(), word) == names.end()) continue;
    if (!names[target].empty()) return std::string(names[target]);
  }
  return std::nullopt;
}

// In which storage's form a location of a script or a log stands.
std::string_view StorageOf(const std::string& destination) {
  if (destination.starts_with("s3://") || destination.starts_with("s3a://")) return "s3";
  if (destination.starts_with("abfss://")) return "abfss";
  if (destination.starts_with("gs://")) return "gcs";
  switch (objects::PlaceOf(destination)) {
    case objects::PathPlace::kVolume:
      return "volumes";
    case objects::PathPlace::kDbfs:
      return "dbfs";
    case objects::PathPlace::kWorkspace:
      return "workspace";
    case objects::PathPlace::kContainer:
      return "file";
    default:
      return {};
  }
}

class Mover {
 public:
  Mover(const objects::ObjectDescriptor& kind, const CloudMove& move, const json::Document& document,
        std::vector<FieldEdit>& edits)
      : kind_(kind),
        move_(move),
        target_(IndexOf(move.target)),
        document_(document),
        sent_(kind, document.root()),
        editor_(document),
        edits_(edits) {}

  Status Run() {
    for (const std::string_view place : objects::ClusterSpecPlaces(kind_)) {
      json::PathPattern(place).Match(document_.root(), [&](Node spec, const std::string& path) {
        if (spec.IsObject() && sent_.Has(spec)) MoveSpec(spec, path);
      });
    }
    if (&kind_ == &objects::kInstancePool) MovePool();
    if (&kind_ == &objects::kClusterPolicy) {
      for (const std::string_view member : {"definition", "policy_family_definition_overrides"}) MoveRules(member);
    }
    if (error_) return *error_;
    return {};
  }

  bool changed() const { return !editor_.empty(); }
  std::string Apply() const { return editor_.Apply(); }

 private:
  bool Moves() const { return !move_.target.empty(); }

  void Note(FieldEdit::Why why, const std::string& path, Node old, const std::string& new_value,
            std::string_view reason) {
    edits_.push_back({why, path, std::string(old.raw()), new_value, std::string(reason)});
  }

  // Blocks of the other clouds go; what has a name in the target's cloud is gathered.
  using Members = std::map<std::string, std::string>;  // name -> JSON text
  bool TakeBlocks(Node spec, const std::string& path, Members& members) {
    bool any = false;
    for (const std::string_view cloud : kClouds) {
      if (cloud == move_.target) continue;
      const Node block = spec[BlockOf(cloud)];
      if (!block) continue;
      any = true;
      for (const std::string_view name : {"availability", "gcp_availability"}) {
        if (auto availability = Translated(kAvailabilities, block[name].text(), target_)) {
          members["availability"] = json::Quote(*availability);
        }
      }
      if (const Node count = block["first_on_demand"]) members["first_on_demand"] = std::string(count.raw());
      editor_.Remove(block);
      Note(FieldEdit::Why::kDropped, json::PathOfMember(path, BlockOf(cloud)), block, {}, objects::kOfAnotherCloud);
    }
    return any;
  }

  void PutBlock(Node spec, const std::string& path, const Members& members) {
    const std::string name = BlockOf(move_.target);
    if (members.empty() || spec[name]) return;
    json::Writer writer;
    writer.BeginObject();
    for (const auto& [key, value] : members) writer.Key(key).Raw(value);
    const std::string block = writer.EndObject().Take();
    editor_.Set(spec, name, block);
    Note(FieldEdit::Why::kMapped, json::PathOfMember(path, name), {}, block, "what the map says of the target's cloud");
  }

  void MoveSpec(Node spec, const std::string& path) {
    if (Moves()) {
      Members members;
      TakeBlocks(spec, path, members);
      if (!spec["instance_pool_id"] && spec["node_type_id"]) {
        for (const auto& [name, value] : move_.attributes) members[name] = value;
        PutBlock(spec, path, members);
      }
    }
    size_t index = 0;
    for (const Node& script : spec["init_scripts"].elements()) {
      MoveStorage(script, json::PathOfMember(path, "init_scripts") + "[" + std::to_string(index++) + "]");
    }
    if (const Node logs = spec["cluster_log_conf"]) MoveStorage(logs, json::PathOfMember(path, "cluster_log_conf"));
  }

  // {"abfss": {"destination": "s3://..."}} -> {"s3": {"destination": "s3://...", "region": ...}}
  void MoveStorage(Node place, const std::string& path) {
    const std::vector<Node> members = place.members();
    if (members.size() != 1 || !members.front().IsObject()) return;
    const std::string destination = members.front()["destination"].text();
    const std::string_view storage = StorageOf(destination);
    if (storage.empty() || storage == members.front().key()) return;
    json::Writer writer;
    writer.BeginObject().Key(storage).BeginObject().Member("destination", destination);
    if (storage == "s3") {
      if (move_.s3_region.empty()) {
        error_ = Error(ErrorCode::kFailed, path + " moves to S3, and the map says no region ([cloud] s3_region)");
        return;
      }
      writer.Member("region", move_.s3_region);
    }
    const std::string form = writer.EndObject().EndObject().Take();
    editor_.Replace(place, form);
    Note(FieldEdit::Why::kMapped, path, place, form, "the form of the storage that it moved to");
  }

  void MovePool() {
    if (!Moves()) return;
    const Node pool = document_.root();
    Members members;
    TakeBlocks(pool, "", members);
    members.erase("first_on_demand");
    if (const auto availability = members.find("availability"); availability != members.end()) {
      // A pool has no fallback, and another name for it on one cloud.
      if (availability->second == "\"SPOT_WITH_FALLBACK\"") availability->second = "\"SPOT\"";
      if (availability->second == "\"SPOT_WITH_FALLBACK_AZURE\"") availability->second = "\"SPOT_AZURE\"";
      if (move_.target == "gcp") members = {{"gcp_availability", availability->second}};
    }
    PutBlock(pool, "", members);
    const Node type = pool["disk_spec"]["disk_type"];
    for (const std::string_view member : kDiskMembers) {
      if (member.empty() || member == kDiskMembers[target_]) continue;
      const Node disk = type[member];
      if (!disk) continue;
      const auto translated = Translated(kDisks, disk.text(), target_);
      const std::string form =
          translated ? json::Writer().BeginObject().Member(kDiskMembers[target_], *translated).EndObject().Take()
                     : "{}";
      editor_.Replace(type, form);
      Note(FieldEdit::Why::kMapped, "disk_spec.disk_type", type, form, objects::kOfAnotherCloud);
    }
  }

  // Rules of a policy are keyed by what they limit: "azure_attributes.availability".
  void MoveRules(std::string_view member) {
    const Node text = document_.root()[member];
    if (!Moves() || !text.IsString()) return;
    auto inner = json::Document::Parse(text.text());
    if (!inner.ok() || !inner->root().IsObject()) return;
    json::Editor rules(*inner);
    std::set<std::string> given;
    for (const Node& rule : inner->root().members()) {
      const std::string key = rule.key();
      for (const std::string_view cloud : kClouds) {
        const std::string prefix = BlockOf(cloud) + ".";
        if (cloud == move_.target || !key.starts_with(prefix)) continue;
        rules.Remove(rule);
        const std::string field = key.substr(prefix.size());
        const std::string new_key = BlockOf(move_.target) + "." + field;
        const bool common = (field == "availability" || field == "first_on_demand") && !inner->root()[new_key] &&
                            given.insert(new_key).second;
        const std::string new_rule = TranslatedRule(rule);
        const std::string path = json::PathOfMember(std::string(member) + "(json)", key);
        if (!common) {
          Note(FieldEdit::Why::kDropped, path, rule, {}, objects::kOfAnotherCloud);
          continue;
        }
        rules.Set(inner->root(), new_key, new_rule);
        edits_.push_back({FieldEdit::Why::kMapped, path + std::string(objects::kNameOf), json::Quote(key),
                          json::Quote(new_key), std::string(objects::kOfAnotherCloud)});
        if (new_rule != rule.raw()) Note(FieldEdit::Why::kMapped, path, rule, new_rule, objects::kOfAnotherCloud);
      }
    }
    if (!rules.empty()) editor_.Replace(text, json::Quote(rules.Apply()));
  }

  std::string TranslatedRule(Node rule) const {
    auto document = json::Document::Parse(std::string(rule.raw()));
    if (!document.ok()) return std::string(rule.raw());
    json::Editor editor(*document);
    json::PathPattern("{value,values[],defaultValue}").Match(document->root(), [&](Node word, const std::string&) {
      if (auto translated = Translated(kAvailabilities, word.text(), target_)) {
        editor.Replace(word, json::Quote(*translated));
      }
    });
    return editor.Apply();
  }

  const objects::ObjectDescriptor& kind_;
  const CloudMove& move_;
  const size_t target_;
  const json::Document& document_;
  const objects::SentPart sent_;  // of a cluster that says what was asked for, that alone
  json::Editor editor_;
  std::vector<FieldEdit>& edits_;
  std::optional<Error> error_;
};

}  // namespace

std::vector<std::string_view> CloudsIn(const std::string& definition) {
  std::vector<std::string_view> clouds;
  for (const std::string_view cloud : kClouds) {
    // In a policy's definition, which is JSON in a string, too.
    if (definition.find("\"" + BlockOf(cloud)) != std::string::npos) clouds.push_back(cloud);
  }
  return clouds;
}

Status MoveToCloud(const objects::ObjectDescriptor& kind, const CloudMove& move, objects::Rewritten& moved) {
  auto document = json::Document::Parse(moved.text);
  if (!document.ok()) return std::move(document).error();
  Mover mover(kind, move, *document, moved.edits);
  if (Status done = mover.Run(); !done.ok()) return done;
  if (mover.changed()) moved.text = mover.Apply();
  return {};
}

}  // namespace dbxark::mapping
