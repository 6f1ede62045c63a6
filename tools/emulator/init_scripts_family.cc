#include "emulator/init_scripts_family.h"

#include <algorithm>
#include <optional>

#include "emulator/codec.h"
#include "emulator/family_support.h"

namespace emulator {
namespace {

constexpr size_t kMostBytes = 64 * 1024;

const std::vector<std::string_view> kFields = {"name", "script", "enabled", "position"};

void CheckScript(const std::string& script) {
  std::optional<std::string> bytes = Base64Decode(script);
  if (!bytes) RefuseParameter("The script is not valid Base64.");
  if (bytes->size() > kMostBytes) {
    RefuseParameter("The script has " + std::to_string(bytes->size()) + " bytes; at most " +
                    std::to_string(kMostBytes) + " are allowed.");
  }
}

Json Shown(const Json& script, size_t position, bool with_content) {
  Json shown = {{"script_id", script.at("script_id")},
                {"name", script.at("name")},
                {"position", position},
                {"enabled", script.at("enabled")}};
  for (const char* name : {"created_by", "created_at", "updated_by", "updated_at"}) shown[name] = script.at(name);
  if (with_content) shown["script"] = script.at("script");
  return shown;
}

}  // namespace

void InitScripts::AddRoutes(std::vector<Route>& routes) {
  auto add = [&](const char* method, const char* path, Response (InitScripts::*handler)(Context&)) {
    Handler answer = [this, handler](Context& context) {
      RequireAdmin(context, "manage global init scripts");
      return (this->*handler)(context);
    };
    routes.push_back({method, std::string("/api/2.0/global-init-scripts") + path, "init-scripts",
                      Guarded(std::move(answer), "init-scripts-absent", "init-scripts-disabled")});
  };
  add("GET", "", &InitScripts::List);
  add("GET", "/{}", &InitScripts::Get);
  add("POST", "", &InitScripts::Create);
  add("PATCH", "/{}", &InitScripts::Change);
  add("DELETE", "/{}", &InitScripts::Delete);
}

size_t InitScripts::IndexOf(const Context& context, bool reading) const {
  const std::string& id = context.request.path_arguments.at(0);
  for (size_t at = 0; at < scripts_.size(); ++at) {
    if (scripts_[at].at("script_id") != id) continue;
    if (reading && IsTooNew(context, IntegerOf(scripts_[at], "created_at"))) break;
    return at;
  }
  RefuseMissing("Global init script with id " + id + " does not exist.");
}

// A place that is taken is cleared by moving what follows; a place beyond the end is the end.
void InitScripts::Place(Json script, int64_t position) {
  int64_t last = static_cast<int64_t>(scripts_.size());
  scripts_.insert(scripts_.begin() + (position < 0 ? last : std::min(position, last)), std::move(script));
}

Response InitScripts::List(Context& context) {
  Json scripts = Json::array();
  for (size_t at = 0; at < scripts_.size(); ++at) {
    if (emulator_.Has("late-in-list") && IsTooNew(context, IntegerOf(scripts_[at], "created_at"))) continue;
    scripts.push_back(Shown(scripts_[at], at, false));
  }
  if (emulator_.Has("init-scripts-unordered")) std::reverse(scripts.begin(), scripts.end());
  if (scripts.empty()) return Empty();
  return Answer(context, {{"scripts", std::move(scripts)}});
}

Response InitScripts::Get(Context& context) {
  size_t at = IndexOf(context, true);
  return Answer(context, Shown(scripts_[at], at, true));
}

Response InitScripts::Create(Context& context) {
  CheckFields(emulator_, context.Arguments(), kFields);
  std::string name = context.RequiredText("name"), content = context.RequiredText("script");
  CheckScript(content);
  if (emulator_.Has("init-script-names-unique")) {
    for (const Json& script : scripts_) {
      if (script.at("name") == name) {
        RefuseTaken(emulator_, "A global init script with the name '" + name + "' already exists.",
                    "RESOURCE_ALREADY_EXISTS");
      }
    }
  }
  std::string id = UpperHex(emulator_, 16);
  Json script = {{"script_id", id},
                 {"name", name},
                 {"script", content},
                 {"enabled", context.Boolean("enabled", false)},
                 {"created_by", context.caller.user_name},
                 {"created_at", context.now_ms},
                 {"updated_by", context.caller.user_name},
                 {"updated_at", context.now_ms}};
  Place(std::move(script), context.Integer("position", -1));
  return JsonResponse({{"script_id", id}});
}

Response InitScripts::Change(Context& context) {
  CheckFields(emulator_, context.Arguments(), kFields);
  size_t at = IndexOf(context, false);
  if (emulator_.Has("init-script-patch-whole")) {
    context.RequiredText("name");
    context.RequiredText("script");
  }
  Json script = scripts_[at];
  std::string content = context.Text("script");
  if (!content.empty()) CheckScript(content);
  script["name"] = context.Text("name", TextOf(script, "name"));
  script["script"] = content.empty() ? TextOf(script, "script") : content;
  script["enabled"] = context.Boolean("enabled", BooleanOf(script, "enabled"));
  script["updated_by"] = context.caller.user_name;
  script["updated_at"] = context.now_ms;
  scripts_.erase(scripts_.begin() + static_cast<std::ptrdiff_t>(at));
  Place(std::move(script), context.Integer("position", static_cast<int64_t>(at)));
  return Empty();
}

Response InitScripts::Delete(Context& context) {
  scripts_.erase(scripts_.begin() + static_cast<std::ptrdiff_t>(IndexOf(context, false)));
  return Empty();
}

Json InitScripts::Save() const { return {{"scripts", Json(scripts_)}}; }

void InitScripts::Load(const Json& state) { scripts_ = state.at("scripts").get<std::vector<Json>>(); }

std::vector<std::pair<std::string, std::string>> InitScriptsVariants() {
  return {
      {"init-scripts-absent", "global-init-scripts is 404 ENDPOINT_NOT_FOUND"},
      {"init-scripts-disabled", "global-init-scripts is FEATURE_DISABLED, as where only serverless compute exists"},
      {"init-scripts-unordered", "the list is not in the order of positions"},
      {"init-script-names-unique", "a second script of one name is refused"},
      {"init-script-patch-whole", "PATCH wants name and script and does not keep what is not given"},
  };
}

}  // namespace emulator
