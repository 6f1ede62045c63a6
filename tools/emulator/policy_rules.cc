#include <algorithm>
#include <array>
#include <optional>
#include <regex>

#include "emulator/family_support.h"
#include "emulator/policies.h"

namespace emulator {
namespace {

Json ParseDefinition(const std::string& text) {
  Json definition = Json::parse(text, nullptr, false);
  if (!definition.is_object()) {
    throw ApiError{400, "INVALID_PARAMETER_VALUE", "Policy definition is not a valid JSON object."};
  }
  return definition;
}

// The steps from the spec's root: keys of a map keep their dots.
std::vector<std::string> Steps(const std::string& path) {
  static constexpr std::array<std::string_view, 3> kMaps = {"spark_conf.", "spark_env_vars.", "custom_tags."};
  for (std::string_view map : kMaps) {
    if (path.rfind(map, 0) == 0) return {std::string(map.substr(0, map.size() - 1)), path.substr(map.size())};
  }
  std::vector<std::string> steps;
  size_t begin = 0;
  for (size_t dot; (dot = path.find('.', begin)) != std::string::npos; begin = dot + 1) {
    steps.push_back(path.substr(begin, dot - begin));
  }
  steps.push_back(path.substr(begin));
  return steps;
}

// Rules for elements of arrays and for what is no field of a cluster are kept, not enforced.
bool IsEnforced(const std::string& path) {
  return path.rfind("init_scripts", 0) != 0 && path.rfind("ssh_public_keys", 0) != 0 && path != "cluster_type" &&
         path != "dbus_per_hour" && path != "workload_type" && path.find('*') == std::string::npos;
}

const Json* Look(const Json& spec, const std::vector<std::string>& steps) {
  const Json* here = &spec;
  for (const std::string& step : steps) {
    if (!here->is_object() || !here->contains(step)) return nullptr;
    here = &here->at(step);
  }
  return here;
}

void Set(Json& spec, const std::vector<std::string>& steps, const Json& value) {
  Json* here = &spec;
  for (const std::string& step : steps) {
    if (!here->is_object()) *here = Json::object();
    here = &(*here)[step];
  }
  *here = value;
}

std::string Plain(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

bool Among(const Json& values, const Json& value) {
  return std::any_of(values.begin(), values.end(), [&](const Json& each) { return Plain(each) == Plain(value); });
}

std::optional<std::string> Objection(const Json& rule, const Json& value) {
  std::string type = TextOf(rule, "type");
  if (type == "forbidden") return "the value must not be present";
  if (type == "fixed" && Plain(MemberOf(rule, "value")) != Plain(value)) {
    return "the value must be " + Plain(MemberOf(rule, "value"));
  }
  if (type == "allowlist" && !Among(MemberOf(rule, "values"), value))
    return "the value must be one of the allowed ones";
  if (type == "blocklist" && Among(MemberOf(rule, "values"), value)) return "the value is not allowed";
  if (type == "regex" && !std::regex_match(Plain(value), std::regex(TextOf(rule, "pattern", ".*")))) {
    return "the value must match " + TextOf(rule, "pattern");
  }
  if (type == "range" && value.is_number()) {
    if (rule.contains("minValue") && value < rule.at("minValue"))
      return "the value must be at least " + rule.at("minValue").dump();
    if (rule.contains("maxValue") && value > rule.at("maxValue"))
      return "the value must be at most " + rule.at("maxValue").dump();
  }
  return std::nullopt;
}

// A size is given in one of two forms; a value for the other one must not be added.
bool WouldClash(const Json& spec, const std::string& path) {
  if (path == "num_workers") return spec.contains("autoscale");
  if (path.rfind("autoscale.", 0) == 0) return spec.contains("num_workers");
  if (path == "node_type_id" || path == "driver_node_type_id") return spec.contains("instance_pool_id");
  return false;
}

}  // namespace

void CheckDefinition(const std::string& text) {
  static constexpr std::array<std::string_view, 7> kTypes = {"fixed", "forbidden", "allowlist", "blocklist",
                                                             "regex", "range",     "unlimited"};
  const Json definition = ParseDefinition(text);
  for (const auto& [path, rule] : definition.items()) {
    std::string type = TextOf(rule, "type");
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
      RefuseParameter("Policy definition: '" + path + "' has the unknown type '" + type + "'.");
    }
    if (type == "fixed" && !rule.contains("value")) {
      RefuseParameter("Policy definition: '" + path + "' is fixed and has no value.");
    }
  }
}

std::string MergeDefinitions(const std::string& family, const std::string& overrides) {
  Json merged = ParseDefinition(family);
  if (overrides.empty()) return merged.dump();
  const Json changes = ParseDefinition(overrides);
  for (const auto& [path, rule] : changes.items()) merged[path] = rule;
  return merged.dump();
}

void ApplyPolicy(const Json& policy, Json& spec, bool with_defaults) {
  const Json definition = ParseDefinition(TextOf(policy, "definition", "{}"));
  for (const auto& [path, rule] : definition.items()) {
    if (!IsEnforced(path)) continue;
    std::vector<std::string> steps = Steps(path);
    if (const Json* value = Look(spec, steps)) {
      if (auto objection = Objection(rule, *value)) {
        RefuseParameter("Cluster validation error: Validation failed for " + path + ", " + *objection + " (is \"" +
                        Plain(*value) + "\")");
      }
      continue;
    }
    if (WouldClash(spec, path)) continue;
    if (TextOf(rule, "type") == "fixed") {
      Set(spec, steps, rule.at("value"));
    } else if (with_defaults && rule.contains("defaultValue")) {
      Set(spec, steps, rule.at("defaultValue"));
    }
  }
}

}  // namespace emulator
