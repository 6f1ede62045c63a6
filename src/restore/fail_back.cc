#include "restore/fail_back.h"

#include <algorithm>

#include "json/document.h"
#include "json/edit.h"
#include "json/writer.h"
#include "objects/registry.h"
#include "restore/archived.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;
using objects::ObjectDescriptor;

constexpr char kBefore[] = "as it was before the restore that brought it here";
constexpr char kChanged[] = "changed since the restore that brought it here: it stays so";

// The value at a path as edits have it ("settings.tasks[0].x"): keys may hold dots, so that all ways are tried.
json::Node NodeAt(json::Node node, std::string_view path) {
  if (path.empty()) return node;
  if (node.IsArray() && path.starts_with('[')) {
    const size_t close = path.find(']');
    if (close == std::string_view::npos) return {};
    const std::string_view rest = path.substr(close + 1);
    size_t index = 0;
    for (const json::Node& element : node.elements()) {
      if (std::to_string(index++) != path.substr(1, close - 1)) continue;
      return NodeAt(element, rest.starts_with('.') ? rest.substr(1) : rest);
    }
    return {};
  }
  for (const json::Node& member : node.members()) {
    // Keys with dots stand in quotes, or as they are.
    std::string key = member.key();
    if (path.starts_with('"')) key = "\"" + key + "\"";
    if (!path.starts_with(key)) continue;
    std::string_view rest = path.substr(key.size());
    if (!rest.empty() && rest.front() != '.' && rest.front() != '[') continue;
    if (rest.starts_with('.')) rest.remove_prefix(1);
    if (const json::Node found = NodeAt(member, rest)) return found;
  }
  return {};
}

bool IsDropped(const WrittenEdit& edit) { return !edit.reference.empty() && edit.new_value.empty(); }

bool SameValue(json::Node node, const std::string& json) {
  if (!node) return json.empty();
  if (node.raw() == json) return true;
  const auto other = json::Document::Parse(json);
  if (!other.ok()) return false;
  const json::Node value = other->root();
  return node.IsString() && value.IsString() && node.text() == value.text();
}

// Undoes the edits of one definition.
class Undoing {
 public:
  Undoing(const ObjectDescriptor& kind, const json::Document& document, const Written& written)
      : kind_(kind), document_(document), written_(written), editor_(document) {}

  std::string Run(std::vector<FieldEdit>& notes) {
    const std::vector<objects::FoundActivity> activities = objects::FindActivities(kind_, document_.root());
    for (const WrittenEdit& edit : written_.edits) {
      const auto place = std::find_if(activities.begin(), activities.end(),
                                      [&](const objects::FoundActivity& found) { return found.path == edit.path; });
      if (!edit.reference.empty()) continue;  // an id: the id map has it
      if (place != activities.end()) {
        Switch(*place, edit, notes);
      } else if (!IsSwitch(edit.path)) {
        PutBack(edit, notes);
      }
    }
    for (const std::string& path : written_.edits_left_out) {
      notes.push_back({FieldEdit::Why::kOverlaid,
                       path,
                       {},
                       {},
                       "changed by the restore that brought it here: to be changed back by hand"});
    }
    std::string text = editor_.Apply();
    for (const WrittenEdit& edit : written_.edits) {
      if (IsDropped(edit)) Insert(edit, text, notes);
    }
    return text;
  }

 private:
  // What nothing answered to on the way there is put where it was, if nothing is there now.
  static void Insert(const WrittenEdit& edit, std::string& text, std::vector<FieldEdit>& notes) {
    auto document = json::Document::Parse(text);
    if (!document.ok()) return;
    if (const json::Node now = NodeAt(document->root(), edit.path)) {
      if (SameValue(now, edit.old_value)) return;
      notes.push_back({FieldEdit::Why::kOverlaid, edit.path, edit.new_value, std::string(now.raw()), kChanged});
      return;
    }
    // The nearest thing above it that is there, and what has to come between.
    std::string path = edit.path, value = edit.old_value;
    json::Editor editor(*document);
    while (true) {
      const size_t cut = path.find_last_of(".[");
      const std::string above = cut == std::string::npos ? std::string() : path.substr(0, cut);
      const bool element = cut != std::string::npos && path[cut] == '[';
      const std::string last = path.substr(cut == std::string::npos ? 0 : cut + 1);
      const json::Node parent = NodeAt(document->root(), above);
      if (parent && parent.IsArray() == element && parent.IsObject() != element) {
        if (element) {
          editor.Replace(parent, WithElement(parent, std::move(value)));
        } else {
          editor.Set(parent, last, std::move(value));
        }
        break;
      }
      if (parent && !parent.IsNull()) return;
      value = element ? "[" + value + "]" : "{" + json::Quote(last) + ":" + value + "}";
      if (above.empty()) return;
      path = above;
    }
    text = editor.Apply();
    notes.push_back({FieldEdit::Why::kUndone, edit.path, {}, edit.old_value, kBefore});
  }

  static std::string WithElement(json::Node array, std::string value) {
    std::string text = "[";
    for (const json::Node& element : array.elements()) text += std::string(element.raw()) + ",";
    return text + value + "]";
  }

  // What was switched off on the way there, and on again by nobody, is not off for its own sake. What is on now was
  // switched on there: then it is as it was, or has a value of its own.
  void Switch(const objects::FoundActivity& place, const WrittenEdit& edit, std::vector<FieldEdit>& notes) {
    if (place.on) return;
    const std::string on = edit.old_value.empty() ? std::string(place.activity->on) : edit.old_value;
    if (on.empty()) return;
    notes.push_back({FieldEdit::Why::kUndone, edit.path, place.value, on, "off only until cut-over"});
    editor_.Set(place.container, place.activity->member, on);
  }

  // Of a schedule that is not there any more there is nothing to switch.
  bool IsSwitch(const std::string& path) const {
    return std::any_of(kind_.activities.begin(), kind_.activities.end(), [&](const objects::Activity& activity) {
      return path == activity.member || path.ends_with("." + std::string(activity.member));
    });
  }

  void PutBack(const WrittenEdit& edit, std::vector<FieldEdit>& notes) {
    const json::Node node = NodeAt(document_.root(), edit.path);
    if (SameValue(node, edit.old_value)) return;
    if (!SameValue(node, edit.new_value) || !node) {
      const std::string now(node.raw());
      notes.push_back({FieldEdit::Why::kOverlaid, edit.path, edit.new_value, now, kChanged});
      return;
    }
    notes.push_back({FieldEdit::Why::kUndone, edit.path, std::string(node.raw()), edit.old_value, kBefore});
    if (edit.old_value.empty()) {
      editor_.Remove(node);
    } else {
      editor_.Replace(node, edit.old_value);
    }
  }

  const ObjectDescriptor& kind_;
  const json::Document& document_;
  const Written& written_;
  json::Editor editor_;
};

}  // namespace

FailBack::FailBack(const ProgressMap& forward) {
  for (const auto& [key, known] : forward) {
    const ObjectDescriptor* kind = objects::FindKind(key.kind);
    if (kind == nullptr || known.removed || known.how.empty()) continue;
    if (!HasDefinition(*kind)) {
      nodes_[key] = known;
    } else if (!known.new_id.empty()) {
      known_.try_emplace({key.kind, known.new_id}, key.id, known);
    }
  }
}

void FailBack::AddTo(ProgressMap& progress) const {
  for (const auto& [key, value] : known_) {
    Progress& known = progress[{key.first, key.second}];
    if (!known.new_id.empty() || known.open || !known.unknown.empty()) continue;
    known.natural_key = value.second.natural_key;
    known.new_id = value.first;
    known.how = "adopted";
    known.done = true;
    known.removed = false;
  }
  for (const auto& [key, value] : nodes_) {
    // By their ids there, which the archive does not have: for what it lacks. All else is found by its path.
    Progress& known = progress[key];
    if (!known.how.empty() || known.open) continue;
    known.natural_key = value.natural_key;
    known.how = "adopted";
    known.done = true;
  }
}

void FailBack::AddForeignIds(IdMap& ids) const {
  for (const auto& [key, value] : known_) {
    for (const WrittenEdit& edit : value.second.written.edits) {
      if (edit.reference.empty()) continue;
      const auto before = json::Document::Parse(edit.old_value);
      if (before.ok() && IsDropped(edit)) {
        // It has its own ids again.
        for (const json::Node& member : before->root().members()) {
          if (const std::string id = member.TextOrNumber(); !id.empty()) ids.Set(edit.reference, id, id);
        }
        if (const std::string id = before->root().TextOrNumber(); !id.empty()) ids.Set(edit.reference, id, id);
        continue;
      }
      const auto after = json::Document::Parse(edit.new_value);
      if (!before.ok() || !after.ok()) continue;
      ids.Set(edit.reference, after->root().TextOrNumber(), before->root().TextOrNumber());
    }
  }
}

Result<std::string> FailBack::Undo(std::string_view kind, const std::string& id, std::string definition) {
  const auto found = known_.find({std::string(kind), id});
  if (found == known_.end()) return definition;
  const Written& written = found->second.second.written;
  if (written.edits.empty() && written.edits_left_out.empty()) return definition;
  auto document = json::Document::Parse(std::move(definition));
  if (!document.ok()) return std::move(document).error();
  std::vector<FieldEdit> notes;
  std::string undone = Undoing(*objects::FindKind(kind), *document, written).Run(notes);
  std::lock_guard lock(mutex_);
  edits_[{std::string(kind), id}] = std::move(notes);
  return undone;
}

std::vector<FieldEdit> FailBack::EditsOf(std::string_view kind, const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = edits_.find({std::string(kind), id});
  return found == edits_.end() ? std::vector<FieldEdit>() : found->second;
}

}  // namespace dbxark::restore
