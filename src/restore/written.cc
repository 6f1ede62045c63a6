#include "restore/written.h"

#include <algorithm>

#include "json/document.h"
#include "json/path.h"
#include "json/writer.h"
#include "objects/credential_shapes.h"
#include "objects/registry.h"

namespace dbxark::restore {
namespace {

using objects::FieldEdit;

// The kind whose ids these are, if the edit put one id in the place of another.
std::string_view ReferenceOf(const objects::ObjectDescriptor& kind, const FieldEdit& edit) {
  for (const objects::ReferenceMount& mount : kind.references) {
    for (const objects::Reference& reference : mount.references) {
      if (reference.form == objects::ReferenceForm::kId && reference.target == edit.reason) return reference.target;
    }
  }
  return {};
}

// Of a reference that went with what encloses it: where that was ("on_failure[0].id" -> "on_failure[0]").
const objects::Reference* DroppedReference(const objects::ObjectDescriptor& kind, const FieldEdit& edit) {
  for (const objects::ReferenceMount& mount : kind.references) {
    for (const objects::Reference& reference : mount.references) {
      if (reference.form == objects::ReferenceForm::kId && objects::WhyDropped(reference) == edit.reason) {
        return &reference;
      }
    }
  }
  return nullptr;
}

std::string Above(std::string path, int levels) {
  for (; levels > 0; --levels) path = json::LastPartOf(path).above;
  return path;
}

bool IsWhole(const std::string& value) { return value.empty() || json::Document::Parse(value).ok(); }

}  // namespace

WrittenIndex::WrittenIndex(const ProgressMap& progress) {
  const auto add = [&](const std::string& kind, const std::string& place, bool ours, const std::string& fingerprint) {
    if (place.empty()) return;
    Trace& trace = traces_[{kind, place}];
    trace.ours = trace.ours || ours;
    if (!fingerprint.empty()) trace.fingerprints.insert(fingerprint);
  };
  for (const auto& [key, known] : progress) {
    const objects::ObjectDescriptor* kind = objects::FindKind(key.kind);
    if (kind == nullptr) continue;
    for (const FormerPlace& place : known.former) add(key.kind, place.natural_key, place.ours, place.fingerprint);
    if (known.removed) continue;
    add(key.kind, HasDefinition(*kind) ? known.new_id : known.natural_key, known.ours, known.written.fingerprint);
  }
}

const Trace* WrittenIndex::Find(std::string_view kind, const std::string& place) const {
  const auto found = traces_.find({std::string(kind), place});
  return found == traces_.end() ? nullptr : &found->second;
}

Written WrittenBy(const Step& step, std::string fingerprint) {
  Written written;
  written.fingerprint = std::move(fingerprint);
  for (const FieldEdit& edit : step.edits) {
    std::string reference, path = edit.path;
    const bool of_another_cloud = edit.reason == objects::kOfAnotherCloud;
    if (edit.why == FieldEdit::Why::kDropped && !of_another_cloud) {
      const objects::Reference* dropped = DroppedReference(*step.kind, edit);
      if (dropped == nullptr) continue;
      reference = dropped->target;
      path = Above(std::move(path), dropped->drop_levels);
    } else if (edit.why == FieldEdit::Why::kMapped) {
      reference = ReferenceOf(*step.kind, edit);
      // Of kinds that are restored, the journal itself says which id became which.
      if (!reference.empty() && objects::FindKind(reference) != nullptr) continue;
    } else if (edit.why != FieldEdit::Why::kHeldBack && !of_another_cloud) {
      continue;
    }
    // The plan shortens what is long.
    const bool whole = IsWhole(edit.old_value) && IsWhole(edit.new_value);
    if (!whole || objects::LooksSecret(edit.path, edit.old_value) || objects::LooksSecret(edit.path, edit.new_value)) {
      written.edits_left_out.push_back(edit.path);
    } else {
      written.edits.push_back({path, edit.old_value, edit.new_value, reference});
    }
  }
  return written;
}

}  // namespace dbxark::restore
