#include "workspace/pages.h"

#include <utility>

#include "base/text.h"
#include "json/edit.h"

namespace dbxark::workspace {
namespace {

json::Node Follow(json::Node node, std::string_view path) {
  for (std::string_view key : Split(path, '.')) node = node[key];
  return node;
}

}  // namespace

Result<bool> PageTokens::Advance(json::Node page) {
  next_ = page["next_page_token"].text();
  if (next_.empty()) return false;
  if (!seen_.insert(next_).second) return Error(ErrorCode::kFailed, "the same page token came twice");
  return true;
}

std::string JoinPages(const std::vector<json::Document>& pages, std::span<const std::string_view> arrays) {
  assert(!pages.empty());
  json::Editor editor(pages.front());
  for (std::string_view path : arrays) {
    std::string added;
    for (size_t i = 1; i < pages.size(); ++i) {
      for (const json::Node& element : Follow(pages[i].root(), path).elements()) {
        added += added.empty() ? "" : ",";
        added += element.raw();
      }
    }
    if (added.empty()) continue;
    const json::Node array = Follow(pages.front().root(), path);
    if (array.IsArray()) {
      std::string joined(array.raw().substr(0, array.raw().size() - 1));
      if (array.size() > 0) joined += ',';
      editor.Replace(array, joined + added + ']');
      continue;
    }
    const size_t dot = path.rfind('.');
    const json::Node parent =
        dot == path.npos ? pages.front().root() : Follow(pages.front().root(), path.substr(0, dot));
    if (parent.IsObject()) editor.Set(parent, dot == path.npos ? path : path.substr(dot + 1), '[' + added + ']');
  }
  return editor.empty() ? pages.front().text() : editor.Apply();
}

}  // namespace dbxark::workspace
