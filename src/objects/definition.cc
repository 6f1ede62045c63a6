#include "objects/definition.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "json/path_pattern.h"
#include "json/writer.h"
#include "objects/reference_tables.h"

namespace dbxark::objects {
namespace {

using json::Node;
using json::PathPattern;

std::string Joined(std::string_view a, std::string_view b) {
  return std::string(a) + (a.empty() || b.empty() ? "" : ".") + std::string(b);
}

Node BodyOf(const ObjectDescriptor& kind, Node definition) {
  for (const std::string_view path : kind.bodies) {
    if (const Node body = Follow(definition, path); body.IsObject()) return body;
  }
  return definition;
}

// An optional reference may be an id or a path, decided by its form (a base environment).
bool IsPathNotId(const FoundReference& found) {
  return found.value.find('/') != std::string::npos && found.reference->target == "workspace_base_environment";
}

// One run of Prepare.
class Preparation {
 public:
  Preparation(const ObjectDescriptor& kind, const json::Document& document, const Resolver& resolver,
              const PrepareOptions& options)
      : kind_(kind),
        document_(document),
        resolver_(resolver),
        options_(options),
        editor_(document),
        definition_(document.root()),
        body_(BodyOf(kind, definition_)) {}

  Prepared Run() {
    body_path_ = BodyPath();
    for (const FieldList& list : kind_.create_fields) FilterFields(list);
    if (kind_.prepare != nullptr) RunHook();
    if (options_.first_of_two) StandIn();
    MapReferences();
    if (options_.hold_back) HoldBack();
    prepared_.body = editor_.Apply(body_);
    return std::move(prepared_);
  }

 private:
  class HookContext : public PrepareContext {
   public:
    HookContext(Preparation& run) : PrepareContext(run.definition_, run.body_, run.editor_), run_(run) {}
    void NotSent(const std::string& path, const std::string& reason) override {
      run_.Note(FieldEdit::Why::kNotSent, path, {}, {}, reason);
    }

   private:
    Preparation& run_;
  };

  std::string BodyPath() const {
    for (const std::string_view path : kind_.bodies) {
      if (!path.empty() && Follow(definition_, path) == body_) return std::string(path);
    }
    return {};
  }

  void Note(FieldEdit::Why why, std::string path, std::string_view old_value, std::string new_value,
            std::string reason) {
    prepared_.edits.push_back({why, std::move(path), std::string(old_value), std::move(new_value), std::move(reason)});
  }

  void StandIn() {
    for (const CycleMember& cycle : kind_.cycle_members) {
      const Node member = body_[cycle.member];
      if (!member || editor_.IsGone(member)) continue;
      if (cycle.stand_in.empty()) {
        editor_.Remove(member);
      } else {
        editor_.Replace(member, std::string(cycle.stand_in));
      }
      Note(FieldEdit::Why::kNotSent, Joined(body_path_, cycle.member), member.raw(), std::string(cycle.stand_in),
           "sent once all that it refers to is there");
    }
  }

  void RunHook() {
    HookContext context(*this);
    kind_.prepare(context);
  }

  void FilterFields(const FieldList& list) {
    PathPattern(list.at).Match(body_, [&](Node object, const std::string& path) {
      if (editor_.IsGone(object)) return;
      for (const Node& member : object.members()) {
        const std::string key = member.key();
        if (std::find(list.fields.begin(), list.fields.end(), key) != list.fields.end()) continue;
        editor_.Remove(member);
        Note(FieldEdit::Why::kUnknown, Joined(body_path_, Joined(path, key)), member.raw(), {}, "not part of a create");
      }
    });
  }

  bool InBody(Node node) const { return body_.begin() <= node.begin() && node.end() <= body_.end(); }

  void MapReferences() {
    for (const CompiledReference& compiled : CompiledReferences(kind_)) {
      if (compiled.reference->form != ReferenceForm::kId) continue;
      if (compiled.pattern.HasEmbedded()) {
        compiled.pattern.Outer().Match(definition_, [&](Node text, const std::string& path) {
          if (InBody(text) && !editor_.IsGone(text)) MapEmbedded(text, path);
        });
        continue;
      }
      compiled.pattern.Match(definition_, [&](Node node, const std::string& path) {
        if (InBody(node) && !editor_.IsGone(node)) {
          MapOne(document_, editor_, *compiled.reference, node, path);
        }
      });
    }
  }

  // JSON inside a string: all its references at once, then the string is written anew.
  void MapEmbedded(Node text, const std::string& path) {
    if (!embedded_done_.insert(text.begin()).second) return;  // another row of the table has led here before
    auto inner = json::Document::Parse(text.text());
    if (!inner.ok()) return;  // not JSON: carried as it is, and the service will judge it
    json::Editor inner_editor(*inner);
    for (const CompiledReference& compiled : CompiledReferences(kind_)) {
      if (compiled.reference->form != ReferenceForm::kId || !compiled.pattern.HasEmbedded()) continue;
      bool here = false;
      compiled.pattern.Outer().Match(definition_, [&](Node node, const std::string&) { here = here || node == text; });
      if (!here) continue;
      compiled.pattern.Inner().Match(inner->root(), [&](Node node, const std::string& inner_path) {
        if (!inner_editor.IsGone(node)) {
          MapOne(*inner, inner_editor, *compiled.reference, node, path + "(json)." + inner_path);
        }
      });
    }
    if (!inner_editor.empty()) editor_.Replace(text, json::Quote(inner_editor.Apply()));
  }

  void MapOne(const json::Document& document, json::Editor& editor, const Reference& reference, Node node,
              const std::string& path) {
    const std::string value = node.TextOrNumber();
    if (value.empty() || IsPathNotId({&reference, path, value})) return;
    if (path.ends_with(".pattern")) {
      MapPattern(editor, reference, node, path, value);
      return;
    }
    const auto counterpart = resolver_.Resolve(reference.target, value);
    if (counterpart) {
      if (*counterpart == value) return;
      // A number stays a number, a string a string.
      std::string text = node.IsString() ? json::Quote(*counterpart) : *counterpart;
      Note(FieldEdit::Why::kMapped, path, node.raw(), text, std::string(reference.target));
      editor.Replace(node, std::move(text));
      return;
    }
    if (reference.need == Need::kPart ||
        (reference.need == Need::kRequired && !resolver_.DropsMissing(reference.target, value))) {
      prepared_.blockers.push_back({path, std::string(reference.target), value});
      return;
    }
    Node gone = node;
    for (int level = 0; level < reference.drop_levels; ++level) gone = document.ParentOf(gone);
    editor.Remove(gone);
    Note(FieldEdit::Why::kDropped, path, gone.raw(), {}, WhyDropped(reference));
  }

  void MapPattern(json::Editor& editor, const Reference& reference, Node node, const std::string& path,
                  const std::string& pattern) {
    std::string mapped;
    size_t from = 0;
    for (const auto& [begin, size] : WordsOfChoice(pattern)) {
      const std::string id = pattern.substr(begin, size);
      const auto counterpart = resolver_.Resolve(reference.target, id);
      if (!counterpart) {
        prepared_.blockers.push_back({path, std::string(reference.target), id});
        return;
      }
      mapped += pattern.substr(from, begin - from) + *counterpart;
      from = begin + size;
    }
    mapped += pattern.substr(from);
    if (mapped == pattern) return;
    Note(FieldEdit::Why::kMapped, path, node.raw(), json::Quote(mapped), std::string(reference.target));
    editor.Replace(node, json::Quote(mapped));
  }

  bool StaysOn(const FoundActivity& found) {
    if (options_.stay_on == nullptr) return false;
    for (const ActivityChange& place : *options_.stay_on) {
      if (place.path != found.path) continue;
      if (place.value != found.value) {
        if (!found.on) Note(FieldEdit::Why::kLeftOn, found.path, found.value, place.value, "on in the target");
        editor_.Set(found.container, found.activity->member, place.value);
      }
      return true;
    }
    return false;
  }

  void HoldBack() {
    for (const FoundActivity& found : FindActivities(kind_, definition_)) {
      if (editor_.IsGone(found.container) || StaysOn(found) || !found.on) continue;
      Note(FieldEdit::Why::kHeldBack, found.path, found.value, std::string(found.activity->off), "off until cut-over");
      editor_.Set(found.container, found.activity->member, std::string(found.activity->off));
    }
  }

  const ObjectDescriptor& kind_;
  const json::Document& document_;
  const Resolver& resolver_;
  const PrepareOptions& options_;
  json::Editor editor_;
  Node definition_, body_;
  std::string body_path_;
  std::set<size_t> embedded_done_;  // where strings begin whose JSON has been looked at
  Prepared prepared_;
};

class IdentityResolver : public Resolver {
 public:
  std::optional<std::string> Resolve(std::string_view, const std::string& old_id) const override { return old_id; }
};

}  // namespace

std::vector<FoundReference> FindReferences(const ObjectDescriptor& kind, Node definition) {
  std::vector<FoundReference> found;
  for (const CompiledReference& compiled : CompiledReferences(kind)) {
    compiled.pattern.Match(definition, [&](Node node, const std::string& path) {
      const std::string value = node.TextOrNumber();
      if (value.empty()) return;
      FoundReference reference{compiled.reference, path, value};
      if (compiled.reference->form == ReferenceForm::kId && IsPathNotId(reference)) return;
      if (path.ends_with(".pattern") && compiled.reference->form == ReferenceForm::kId) {
        for (const auto& [begin, size] : WordsOfChoice(value)) {
          found.push_back({compiled.reference, path, value.substr(begin, size)});
        }
        return;
      }
      found.push_back(std::move(reference));
    });
  }
  return found;
}

SentPart::SentPart(const ObjectDescriptor& kind, Node definition) : body_(BodyOf(kind, definition)) {
  for (const FieldList& list : kind.create_fields) {
    PathPattern(list.at).Match(body_, [&](Node object, const std::string&) {
      for (const Node& member : object.members()) {
        const std::string key = member.key();
        if (std::find(list.fields.begin(), list.fields.end(), key) == list.fields.end()) {
          left_out_.emplace_back(member.begin(), member.end());
        }
      }
    });
  }
}

bool SentPart::Has(Node node) const {
  if (node.begin() < body_.begin() || body_.end() < node.end()) return false;
  return std::none_of(left_out_.begin(), left_out_.end(),
                      [&](const auto& span) { return span.first <= node.begin() && node.end() <= span.second; });
}

PathPlace PlaceOf(std::string_view path) {
  const auto starts = [&](std::string_view prefix) { return path.starts_with(prefix); };
  if (starts("dbfs:/Volumes/") || starts("/Volumes/") || starts("/dbfs/Volumes/")) return PathPlace::kVolume;
  if (starts("dbfs:/") || starts("/dbfs/")) return PathPlace::kDbfs;
  if (starts("workspace:/") || starts("/Workspace/") || starts("/Users/") || starts("/Shared/") || starts("/Repos/")) {
    return PathPlace::kWorkspace;
  }
  if (starts("file:/")) return PathPlace::kContainer;
  if (path.find("://") != std::string_view::npos) return PathPlace::kCloud;
  return PathPlace::kNone;
}

std::string BarePath(std::string_view path) {
  for (const std::string_view scheme : {"workspace:", "dbfs:"}) {
    if (path.starts_with(scheme)) path.remove_prefix(scheme.size());
  }
  if (path.starts_with("/dbfs/")) path.remove_prefix(5);
  if (path.starts_with("/Workspace/")) path.remove_prefix(10);
  return std::string(path);
}

const Resolver& Identity() {
  static const IdentityResolver identity;
  return identity;
}

Result<Prepared> Prepare(const ObjectDescriptor& kind, const json::Document& definition, const Resolver& resolver,
                         const PrepareOptions& options) {
  if (!definition.root().IsObject()) {
    return Error(ErrorCode::kFailed, "the definition is not a JSON object");
  }
  return Preparation(kind, definition, resolver, options).Run();
}

Node Follow(Node root, std::string_view dotted) {
  if (dotted.empty()) return root;
  for (const std::string_view key : Split(dotted, '.')) root = root[key];
  return root;
}

std::string NaturalKeyOf(const ObjectDescriptor& kind, Node definition) {
  std::string key = Follow(definition, kind.natural_key).TextOrNumber();
  const size_t dot = kind.natural_key.rfind('.');
  if (!key.empty() || dot == std::string_view::npos) return key;
  // Named by the service, the copy that a restore makes is to be found again.
  const std::string_view body = kind.natural_key.substr(0, dot), name = kind.natural_key.substr(dot + 1);
  if (!Follow(definition, body).IsObject()) return key;
  for (const ServerDefault& filled_in : kind.server_defaults) {
    if (filled_in.path == name) key = filled_in.value.substr(1, filled_in.value.size() - 2);  // without its quotes
  }
  return key;
}

std::string IdOf(const ObjectDescriptor& kind, Node definition) { return Follow(definition, kind.id).TextOrNumber(); }

std::vector<FoundActivity> FindActivities(const ObjectDescriptor& kind, Node definition) {
  std::vector<FoundActivity> found;
  for (const Activity& activity : kind.activities) {
    PathPattern(activity.container).Match(definition, [&](Node container, const std::string& path) {
      if (!container.IsObject()) return;
      const Node member = container[activity.member];
      const bool on = member ? member.raw() != activity.off : activity.absent_is_on;
      found.push_back({&activity, container, Joined(path, activity.member), std::string(member.raw()), on});
    });
  }
  return found;
}

Result<std::string> SwitchBody(const ObjectDescriptor& kind, const json::Document& definition,
                               const std::vector<ActivityChange>& changes) {
  json::Editor editor(definition);
  const std::vector<FoundActivity> found = FindActivities(kind, definition.root());
  for (const ActivityChange& change : changes) {
    const auto place = std::find_if(found.begin(), found.end(),
                                    [&](const FoundActivity& activity) { return activity.path == change.path; });
    if (place == found.end()) return Error(ErrorCode::kFailed, "there is no " + change.path + " any more");
    editor.Set(place->container, place->activity->member, change.value);
  }
  auto changed = json::Document::Parse(editor.Apply());
  if (!changed.ok()) return std::move(changed).error();
  if (kind.partial_update.path.empty()) {
    auto prepared = Prepare(kind, *changed, Identity(), {.hold_back = false});
    if (!prepared.ok()) return std::move(prepared).error();
    return std::move(prepared->body);
  }
  // The members of the body that hold a change: "settings.triggers[0].pause_status" lies in "triggers".
  json::Writer body;
  body.BeginObject();
  const std::string prefix = kind.bodies.empty() ? "" : std::string(kind.bodies.front()) + ".";
  const Node root = Follow(changed->root(), kind.bodies.empty() ? "" : kind.bodies.front());
  std::set<std::string> members;
  for (const ActivityChange& change : changes) {
    const std::string inside = change.path.substr(prefix.size());
    members.insert(inside.substr(0, inside.find_first_of(".[")));
  }
  for (const std::string& member : members) body.Key(member).Raw(root[member].raw());
  return body.EndObject().Take();
}

}  // namespace dbxark::objects
