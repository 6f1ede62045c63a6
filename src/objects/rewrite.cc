#include "objects/rewrite.h"

#include <set>
#include <utility>

#include "json/writer.h"
#include "objects/reference_tables.h"

namespace dbxark::objects {
namespace {

using json::Node;

// One document: a definition, or the JSON inside of one of its strings.
class Pass {
 public:
  Pass(const json::Document& document, std::string path_prefix, const Rewriter& rewriter, Rewritten& out)
      : document_(document), editor_(document), prefix_(std::move(path_prefix)), rewriter_(rewriter), out_(out) {}

  void Offer(const Reference& reference, Node node, const std::string& path) {
    if ((reference.path.ends_with("{}") || reference.path.ends_with("*\"")) && OfferKey(reference, node, path)) return;
    if (done_.contains(node.begin())) return;
    const std::string value = node.TextOrNumber();
    if (value.empty()) return;
    const auto next = path.ends_with(".pattern") ? OfferChoice(reference, path, value)
                                                 : rewriter_({reference, prefix_ + path, value});
    if (!next || next->text == value) return;
    done_.insert(node.begin());
    std::string text = node.IsString() ? json::Quote(next->text) : next->text;
    Note(path, std::string(node.raw()), text, next->reason);
    editor_.Replace(node, std::move(text));
  }

  // A string whose JSON was rewritten.
  void ReplaceEmbedded(Node node, const std::string& json) { editor_.Replace(node, json::Quote(json)); }

  bool changed() const { return !editor_.empty(); }
  const std::optional<Error>& error() const { return error_; }
  std::string Apply() const { return editor_.Apply(); }

 private:
  void Note(const std::string& path, std::string old_value, std::string new_value, std::string reason) {
    out_.edits.push_back(
        {FieldEdit::Why::kMapped, prefix_ + path, std::move(old_value), std::move(new_value), std::move(reason)});
  }

  // A regular expression that is a choice of words: each of them.
  std::optional<NewText> OfferChoice(const Reference& reference, const std::string& path, const std::string& pattern) {
    NewText whole;
    size_t from = 0;
    for (const auto& [begin, size] : WordsOfChoice(pattern)) {
      const std::string word = pattern.substr(begin, size);
      const auto next = rewriter_({reference, prefix_ + path, word});
      if (next) whole.reason = next->reason;
      whole.text += pattern.substr(from, begin - from) + (next ? next->text : word);
      from = begin + size;
    }
    whole.text += pattern.substr(from);
    return whole;
  }

  // The keys of a map are text as well: an account's name stands in that of its setting. True if the member is done
  // with, its value too: what is in that has been offered before.
  bool OfferKey(const Reference& reference, Node node, const std::string& path) {
    if (!keys_done_.insert(node.key_begin()).second) return false;
    const std::string key = node.key();
    const auto next = rewriter_({reference, prefix_ + path, key});
    if (!next || next->text == key) return false;
    const Node map = document_.ParentOf(node);
    if (map[next->text] || !names_given_.emplace(map.begin(), next->text).second) {
      error_ = Error(ErrorCode::kFailed, prefix_ + path + " would be called " + next->text + ", which is there too");
      return true;
    }
    // The name; what it holds is an edit of its own.
    Note(path + std::string(kNameOf), json::Quote(key), json::Quote(next->text), next->reason);
    std::string value = editor_.Apply(node);
    if (const auto other = rewriter_({reference, prefix_ + path, node.TextOrNumber()}); other && node.IsString()) {
      value = json::Quote(other->text);
      Note(path, std::string(node.raw()), value, other->reason);
    }
    done_.insert(node.begin());
    editor_.Remove(node);
    editor_.Set(map, next->text, value);
    return true;
  }

  const json::Document& document_;
  json::Editor editor_;
  const std::string prefix_;
  const Rewriter& rewriter_;
  Rewritten& out_;
  std::set<size_t> done_, keys_done_;                     // where values and keys begin
  std::set<std::pair<size_t, std::string>> names_given_;  // by where their map begins
  std::optional<Error> error_;
};

}  // namespace

Result<Rewritten> RewriteReferences(const ObjectDescriptor& kind, const json::Document& definition,
                                    const Rewriter& rewriter) {
  Rewritten out;
  Pass pass(definition, "", rewriter, out);
  const SentPart sent(kind, definition.root());
  std::set<size_t> embedded_done;
  std::optional<Error> error;
  for (const CompiledReference& compiled : CompiledReferences(kind)) {
    if (!compiled.pattern.HasEmbedded()) {
      compiled.pattern.Match(definition.root(), [&](Node node, const std::string& path) {
        if (sent.Has(node)) pass.Offer(*compiled.reference, node, path);
      });
      continue;
    }
    // JSON inside of a string: all rows that lead into it at once, then it is written anew.
    compiled.pattern.Outer().Match(definition.root(), [&](Node text, const std::string& path) {
      if (!sent.Has(text) || !embedded_done.insert(text.begin()).second) return;
      auto inner = json::Document::Parse(text.text());
      if (!inner.ok()) return;  // carried as it is, and the service will judge it
      Pass inside(*inner, path + "(json).", rewriter, out);
      for (const CompiledReference& other : CompiledReferences(kind)) {
        if (!other.pattern.HasEmbedded()) continue;
        bool here = false;
        other.pattern.Outer().Match(definition.root(),
                                    [&](Node node, const std::string&) { here = here || node == text; });
        if (!here) continue;
        other.pattern.Inner().Match(inner->root(), [&](Node node, const std::string& inner_path) {
          inside.Offer(*other.reference, node, inner_path);
        });
      }
      if (inside.error() && !error) error = inside.error();
      if (inside.changed()) pass.ReplaceEmbedded(text, inside.Apply());
    });
  }
  if (pass.error()) error = pass.error();
  if (error) return std::move(*error);
  out.text = pass.changed() ? pass.Apply() : definition.text();
  return out;
}

}  // namespace dbxark::objects
