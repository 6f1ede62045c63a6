#include "restore/fail_back.h"

#include <algorithm>
#include <cstdlib>

#include "json/document.h"
#include "json/edit.h"
#include "json/path.h"
#include "json/writer.h"
#include "objects/registry.h"
#include "restore/archived.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;
using objects::ObjectDescriptor;

constexpr char kBefore[] = "as it was before the restore that brought it here";
constexpr char kChanged[] = "changed since the restore that brought it here: it stays so";

bool IsDropped(const WrittenEdit& edit) { return !edit.old_value.empty() && edit.new_value.empty(); }

// Whether it is this value, or that and what the service filled in.
bool SameValue(json::Node node, const std::string& json) {
  if (!node || json.empty()) return !node && json.empty();
  const auto wrapped = [](std::string_view value) { return "{\"value\":" + std::string(value) + "}"; };
  const auto differences = objects::CompareJson(wrapped(json), wrapped(node.raw()));
  return differences.ok() && std::all_of(differences->begin(), differences->end(), [](const auto& difference) {
           return difference.left.empty() && !difference.path.ends_with(']');
         });
}

// Undoes the edits of one definition: each in the text that the one before has left.
class Undoing {
 public:
  Undoing(const ObjectDescriptor& kind, const Written& written, std::string definition, std::vector<FieldEdit>& notes)
      : kind_(kind), written_(written), text_(std::move(definition)), notes_(notes) {}

  std::string Run() {
    // Names first: paths have the old ones. Then what went, which what is left was counted with. Ids are the id map's.
    for (auto edit = written_.edits.rbegin(); edit != written_.edits.rend(); ++edit) {
      if (IsName(*edit)) text_ = Inside(*edit, text_, &Undoing::Rename);
    }
    for (const WrittenEdit& edit : written_.edits) {
      if (!IsName(edit) && IsDropped(edit) && !IsSwitch(edit.path)) text_ = Inside(edit, text_, &Undoing::Insert);
    }
    for (auto edit = written_.edits.rbegin(); edit != written_.edits.rend(); ++edit) {
      if (IsName(*edit) || !edit->reference.empty()) continue;
      if (IsSwitch(edit->path)) {
        Switch(*edit);
      } else if (!IsDropped(*edit)) {
        text_ = Inside(*edit, text_, &Undoing::PutBack);
      }
    }
    for (const std::string& path : written_.edits_left_out) {
      notes_.push_back({FieldEdit::Why::kOverlaid,
                        path,
                        {},
                        {},
                        "changed by the restore that brought it here: to be changed back by hand"});
    }
    return std::move(text_);
  }

 private:
  // What becomes of a JSON text in which one edit, with a path from its root, is undone. `at`: the edit's path from
  // the definition's.
  using Work = std::string (Undoing::*)(const WrittenEdit& edit, const std::string& at, const json::Document& document);

  // Does it where the path leads: in the definition, or in JSON that stands in one of its strings.
  std::string Inside(const WrittenEdit& edit, const std::string& text, Work work) {
    auto document = json::Document::Parse(text);
    if (!document.ok()) return text;
    const auto split = json::SplitEmbedded(edit.path);
    if (!split) return (this->*work)(edit, edit.path, *document);
    const json::Node outer = json::NodeAt(document->root(), split->first);
    const auto inner = json::Document::Parse(outer.text());
    if (!inner.ok()) {
      NoteChanged(edit, edit.path, outer);
      return text;
    }
    WrittenEdit inside = edit;
    inside.path = split->second;
    const std::string undone = (this->*work)(inside, edit.path, *inner);
    if (undone == inner->text()) return text;
    json::Editor editor(*document);
    editor.Replace(outer, json::Quote(undone));
    return editor.Apply();
  }

  void NoteChanged(const WrittenEdit& edit, const std::string& at, json::Node now) {
    notes_.push_back({FieldEdit::Why::kOverlaid, at, edit.new_value, std::string(now.raw()), kChanged});
  }

  static bool IsName(const WrittenEdit& edit) { return edit.path.ends_with(objects::kNameOf); }

  std::string Rename(const WrittenEdit& edit, const std::string& at, const json::Document& document) {
    const std::string path = edit.path.substr(0, edit.path.size() - objects::kNameOf.size());
    const auto before = json::Document::Parse(edit.old_value), after = json::Document::Parse(edit.new_value);
    if (!before.ok() || !after.ok()) return document.text();
    const std::string name = before->root().text();
    const json::Node parent = json::NodeAt(document.root(), json::LastPartOf(path).above);
    if (parent[name]) return document.text();
    const json::Node member = parent[after->root().text()];
    if (!member) {
      NoteChanged(edit, at, {});
      return document.text();
    }
    notes_.push_back({FieldEdit::Why::kUndone, at, edit.new_value, edit.old_value, kBefore});
    json::Editor editor(document);
    editor.Remove(member);
    editor.Set(parent, name, std::string(member.raw()));
    return editor.Apply();
  }

  // What had to go on the way there is put where it was, beside what is there now.
  std::string Insert(const WrittenEdit& edit, const std::string& at, const json::Document& document) {
    const json::PathPart place = json::LastPartOf(edit.path);
    const json::Node above = json::NodeAt(document.root(), place.above);
    if (place.is_element && above.IsArray()) return InsertElement(edit, at, document, above, place.last);
    if (const json::Node now = json::NodeAt(document.root(), edit.path)) {
      if (!SameValue(now, edit.old_value)) NoteChanged(edit, at, now);
      return document.text();
    }
    const bool embedded = at != edit.path;
    if (edit.reference.empty() && (!above.IsObject() || (!embedded && !StandsWhatWasPut(place.above, above)))) {
      NoteChanged(edit, at, {});
      return document.text();
    }
    // The nearest thing above it that is there, and what has to come between: members, and what was an array's only
    // element, but nothing of an array that is another now.
    std::string path = edit.path, value = edit.old_value;
    json::Editor editor(document);
    while (true) {
      const json::PathPart part = json::LastPartOf(path);
      const json::Node parent = json::NodeAt(document.root(), part.above);
      if (parent && !parent.IsNull() && (part.is_element || !parent.IsObject())) {
        NoteChanged(edit, at, {});
        return document.text();
      }
      if (parent && !parent.IsNull()) {
        editor.Set(parent, part.last, std::move(value));
        break;
      }
      if (part.above.empty() || (part.is_element && path != edit.path)) {
        NoteChanged(edit, at, {});
        return document.text();
      }
      value = part.is_element ? "[" + value + "]" : "{" + json::Quote(part.last) + ":" + value + "}";
      path = part.above;
    }
    notes_.push_back({FieldEdit::Why::kUndone, at, {}, edit.old_value, kBefore});
    return editor.Apply();
  }

  std::string InsertElement(const WrittenEdit& edit, const std::string& at, const json::Document& document,
                            json::Node array, const std::string& index) {
    std::vector<std::string> texts;
    for (const json::Node& element : array.elements()) {
      if (SameValue(element, edit.old_value)) return document.text();
      texts.emplace_back(element.raw());
    }
    const size_t place = std::min(static_cast<size_t>(std::strtoul(index.c_str(), nullptr, 10)), texts.size());
    texts.insert(texts.begin() + static_cast<ptrdiff_t>(place), edit.old_value);
    std::string whole = "[";
    for (const std::string& text : texts) whole += (whole.size() > 1 ? "," : "") + text;
    notes_.push_back({FieldEdit::Why::kUndone, at, {}, edit.old_value, kBefore});
    json::Editor editor(document);
    editor.Replace(array, whole + "]");
    return editor.Apply();
  }

  // Whether what was put beside, or instead of, a block of another cloud still stands: tasks may have changed their
  // places.
  bool StandsWhatWasPut(const std::string& above, json::Node node) const {
    return std::all_of(written_.edits.begin(), written_.edits.end(), [&](const WrittenEdit& other) {
      const json::PathPart place = json::LastPartOf(other.path);
      const bool put = other.old_value.empty() && !other.new_value.empty() && place.above == above;
      return !put || SameValue(node[place.last], other.new_value);
    });
  }

  // What was switched off on the way there, and on again by nobody, is not off for its own sake. What is on now was
  // switched on there: then it is as it was, or has a value of its own. Of a schedule that is not there any more there
  // is nothing to switch.
  void Switch(const WrittenEdit& edit) {
    const auto document = json::Document::Parse(text_);
    if (!document.ok()) return;
    for (const objects::FoundActivity& place : objects::FindActivities(kind_, document->root())) {
      if (place.path != edit.path || place.on) continue;
      const std::string on = edit.old_value.empty() ? std::string(place.activity->on) : edit.old_value;
      if (on.empty()) return;
      notes_.push_back({FieldEdit::Why::kUndone, edit.path, place.value, on, "off only until cut-over"});
      json::Editor editor(*document);
      editor.Set(place.container, place.activity->member, on);
      text_ = editor.Apply();
      return;
    }
  }

  bool IsSwitch(const std::string& path) const {
    return std::any_of(kind_.activities.begin(), kind_.activities.end(), [&](const objects::Activity& activity) {
      return path == activity.member || path.ends_with("." + std::string(activity.member));
    });
  }

  std::string PutBack(const WrittenEdit& edit, const std::string& at, const json::Document& document) {
    const json::Node node = json::NodeAt(document.root(), edit.path);
    if (SameValue(node, edit.old_value)) return document.text();
    if (!node || !SameValue(node, edit.new_value)) {
      NoteChanged(edit, at, node);
      return document.text();
    }
    notes_.push_back({FieldEdit::Why::kUndone, at, std::string(node.raw()), edit.old_value, kBefore});
    json::Editor editor(document);
    if (edit.old_value.empty()) {
      editor.Remove(node);
    } else {
      editor.Replace(node, edit.old_value);
    }
    return editor.Apply();
  }

  const ObjectDescriptor& kind_;
  const Written& written_;
  std::string text_;
  std::vector<FieldEdit>& notes_;
};

}  // namespace

FailBack::FailBack(const ProgressMap& forward) {
  for (const auto& [key, known] : forward) {
    const ObjectDescriptor* kind = objects::FindKind(key.kind);
    if (kind == nullptr || known.removed || known.how.empty()) continue;
    if (!HasDefinition(*kind)) {
      nodes_[key] = known;
    } else if (!known.new_id.empty()) {
      const auto [there, added] = known_.try_emplace({key.kind, known.new_id}, key.id, known);
      // What was on there and is off now was switched off by somebody.
      if (added) {
        std::erase_if(there->second.second.written.edits,
                      [&](const WrittenEdit& edit) { return known.cut_over.contains(edit.path); });
      }
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

size_t FailBack::moved() const {
  return static_cast<size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const auto& node) { return IsMoved(node.second.written); }));
}

Result<std::string> FailBack::Undo(std::string_view kind, const std::string& id, std::string definition) {
  const auto found = known_.find({std::string(kind), id});
  if (found == known_.end()) return definition;
  const Written& written = found->second.second.written;
  if (written.edits.empty() && written.edits_left_out.empty()) return definition;
  if (auto document = json::Document::Parse(definition); !document.ok()) return std::move(document).error();
  std::vector<FieldEdit> notes;
  std::string undone = Undoing(*objects::FindKind(kind), written, std::move(definition), notes).Run();
  std::lock_guard lock(mutex_);
  edits_[{std::string(kind), id}] = std::move(notes);
  return undone;
}

std::vector<FieldEdit> FailBack::EditsOf(std::string_view kind, const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = edits_.find({std::string(kind), id});
  return found == edits_.end() ? std::vector<FieldEdit>() : found->second;
}

Result<ForwardJournal> ReadForwardJournal(FileSystem& files, const std::string& path, bool must_exist,
                                          const std::string& source_workspace_id,
                                          const std::string& target_workspace_id) {
  ForwardJournal forward;
  if (path.empty() || source_workspace_id == target_workspace_id) return forward;
  const auto state = FindJournal(files, path, must_exist, target_workspace_id, source_workspace_id);
  if (!state.ok()) return state.error();
  if (!state->has_value()) return forward;
  forward.fail_back = std::make_shared<FailBack>((*state)->progress);
  if (!forward.fail_back->empty()) forward.path = path;
  return forward;
}

}  // namespace dbxark::restore
