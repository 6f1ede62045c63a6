#include "objects/registry.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "json/path_pattern.h"
#include "support/catch.h"

using namespace dbxark;
using namespace dbxark::objects;

TEST_CASE("every kind is found by its name and by its plural, and every name is of one kind") {
  std::set<std::string> names;
  for (const ObjectDescriptor* kind : AllKinds()) {
    INFO(std::string(kind->name));
    CHECK(FindKind(kind->name) == kind);
    CHECK(FindKind(kind->plural) == kind);
    CHECK(names.insert(std::string(kind->name)).second);
    if (kind->name != kind->plural) CHECK(names.insert(std::string(kind->plural)).second);
    CHECK(ToLowerAscii(kind->plural) == kind->plural);
    CHECK_FALSE(kind->family.empty());
    CHECK_FALSE(kind->id.empty());
    CHECK_FALSE(kind->natural_key.empty());
  }
  CHECK(FindKind("nothing") == nullptr);
  CHECK(FindKind("") == nullptr);
}

TEST_CASE("a kind with definitions says how it is listed and created, and what a create takes") {
  for (const ObjectDescriptor* kind : AllKinds()) {
    if (kind->storage != Storage::kDefinition) continue;
    INFO(std::string(kind->name));
    CHECK_FALSE(kind->list.path.empty());
    CHECK_FALSE(kind->list.items.empty());
    CHECK_FALSE(kind->create.path.empty());
    CHECK_FALSE(kind->bodies.empty());
    CHECK(std::any_of(kind->create_fields.begin(), kind->create_fields.end(),
                      [](const FieldList& l) { return l.at.empty(); }));
    const bool versioned = kind->list.path.find("{v}") != std::string_view::npos;
    CHECK(versioned == !kind->versions.empty());
  }
}

TEST_CASE("what an object refers to is made before it") {
  for (const ObjectDescriptor* kind : AllKinds()) {
    for (const ReferenceMount& mount : kind->references) {
      for (const Reference& reference : mount.references) {
        const ObjectDescriptor* target = FindKind(reference.target);
        if (target == nullptr || target == kind) continue;
        INFO(std::string(kind->name) << " refers to " << std::string(reference.target));
        CHECK(RankOf(*target) < RankOf(*kind));
      }
    }
  }
}

TEST_CASE("references, activities, keyed arrays and defaults are well-formed paths, and ids have a target") {
  for (const ObjectDescriptor* kind : AllKinds()) {
    INFO(std::string(kind->name));
    for (const ReferenceMount& mount : kind->references) {
      json::PathPattern at(mount.at);
      for (const Reference& reference : mount.references) {
        json::PathPattern path(reference.path);
        CHECK_FALSE(reference.path.empty());
        CHECK_FALSE(reference.target.empty());
      }
    }
    for (const Activity& activity : kind->activities) {
      json::PathPattern container(activity.container);
      CHECK(json::Document::Parse(std::string(activity.off)).ok());
    }
    for (const KeyedArray& keyed : kind->keyed_arrays) json::PathPattern at(keyed.at);
    for (const ServerDefault& value : kind->server_defaults) {
      json::PathPattern path(value.path);
      CHECK((value.value.empty() || json::Document::Parse(std::string(value.value)).ok()));
    }
  }
}

TEST_CASE("no kind is both looked at and said not to be") {
  for (const std::string_view name : KindsNotLookedAt()) {
    INFO(std::string(name));
    CHECK(FindKind(name) == nullptr);
  }
  CHECK(std::is_sorted(KindsNotLookedAt().begin(), KindsNotLookedAt().end()));
}

TEST_CASE("clusters of jobs, pipelines and SQL belong to their owner") {
  const auto owned = [](const std::string& text) {
    auto definition = json::Document::Parse(text);
    REQUIRE(definition.ok());
    return std::string(kCluster.owned_elsewhere(definition->root()));
  };
  CHECK(owned(R"({"cluster_source":"UI","cluster_name":"job-1-run-2"})").empty());
  CHECK(owned(R"({"cluster_source":"API"})").empty());
  CHECK_FALSE(owned(R"({"cluster_source":"JOB"})").empty());
  CHECK_FALSE(owned(R"({"cluster_source":"PIPELINE_MAINTENANCE"})").empty());
  CHECK_FALSE(owned(R"({"cluster_source":"SQL"})").empty());
  CHECK_FALSE(owned(R"({"cluster_name":"job-12-run-3"})").empty());
  CHECK_FALSE(owned(R"({"cluster_name":"dlt-execution-1"})").empty());
  CHECK(owned(R"({"cluster_name":"job-market"})").empty());
}

TEST_CASE("a default policy exists in every workspace") {
  const auto built_in = [](const std::string& text) {
    auto definition = json::Document::Parse(text);
    REQUIRE(definition.ok());
    return kClusterPolicy.built_in(definition->root());
  };
  CHECK(built_in(R"({"is_default":true})"));
  CHECK_FALSE(built_in(R"({"is_default":false})"));
  CHECK_FALSE(built_in("{}"));
}
