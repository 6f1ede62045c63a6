#include "json/edit.h"

#include "json/writer.h"

namespace dbxark::json {

void Editor::Replace(Node node, std::string value) {
  replaced_[node.begin()] = Replacement{node.end(), std::move(value)};
}

void Editor::Remove(Node node) { removed_[node.begin()] = node.end(); }

bool Editor::IsGone(Node node) const {
  for (const auto& [begin, end] : removed_) {
    if (begin <= node.begin() && node.end() <= end) return true;
  }
  for (const auto& [begin, replacement] : replaced_) {
    if (begin <= node.begin() && node.end() <= replacement.end) return true;
  }
  return false;
}

void Editor::Set(Node object, std::string_view key, std::string value) {
  if (const Node member = object[key]) {
    removed_.erase(member.begin());
    Replace(member, std::move(value));
    return;
  }
  auto& members = added_[object.begin()];
  for (auto& [name, text] : members) {
    if (name == key) {
      text = std::move(value);
      return;
    }
  }
  members.emplace_back(key, std::move(value));
}

std::string Editor::Apply(Node of) const {
  const std::string_view text = document_.text();
  std::string out;
  if (of) {
    Write(of, out);
    return out;
  }
  const Node root = document_.root();
  out += text.substr(0, root.begin());
  Write(root, out);
  out += text.substr(root.end());
  return out;
}

void Editor::Write(Node node, std::string& out) const {
  const std::string_view text = document_.text();
  if (const auto replacement = replaced_.find(node.begin()); replacement != replaced_.end()) {
    out += replacement->second.value;
    return;
  }
  const bool object = node.IsObject();
  if (!object && !node.IsArray()) {
    out += node.raw();
    return;
  }
  // Nothing changes inside: the bytes as they are.
  const auto touched = [&](const auto& map) {
    const auto at = map.lower_bound(node.begin());
    return at != map.end() && at->first < node.end();
  };
  if (!touched(replaced_) && !touched(removed_) && !touched(added_)) {
    out += node.raw();
    return;
  }
  const std::vector<Node> children = object ? node.members() : node.elements();
  out += text[node.begin()];
  size_t from = node.begin() + 1;  // where the bytes begin that lead to the next child: white space, comma, key
  bool any = false;
  for (const Node& child : children) {
    const size_t lead_end = child.begin();
    if (!removed_.contains(child.begin())) {
      std::string_view lead = text.substr(from, lead_end - from);
      if (!any && from != node.begin() + 1) {
        // The first that stays follows only removed ones: their comma goes with them.
        lead.remove_prefix(lead.find(',') + 1);
      }
      out += lead;
      Write(child, out);
      any = true;
    }
    from = child.end();
  }
  const std::string_view tail = text.substr(from, node.end() - 1 - from);
  if (const auto added = added_.find(node.begin()); added != added_.end()) {
    for (const auto& [key, value] : added->second) {
      if (any) out += ',';
      out += Quote(key);
      out += ':';
      out += value;
      any = true;
    }
  }
  out += tail;
  out += text[node.end() - 1];
}

Result<std::string> WithMember(std::string object, std::string_view key, std::string value) {
  auto document = Document::Parse(std::move(object));
  if (!document.ok()) return std::move(document).error();
  if (!document->root().IsObject()) return Error(ErrorCode::kFailed, "not a JSON object");
  Editor editor(*document);
  editor.Set(document->root(), key, std::move(value));
  return editor.Apply();
}

}  // namespace dbxark::json
