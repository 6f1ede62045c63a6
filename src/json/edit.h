// Changes to a JSON text by splicing: what is not touched keeps its bytes, and no edits means the same bytes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace dbxark::json {

// Collects changes to one document, then applies them at once. Changes inside a value that is itself replaced or
// removed are void. Belongs to one thread; the document must outlive it.
class Editor {
 public:
  explicit Editor(const Document& document) : document_(document) {}

  // `value` is JSON text. The last replacement of a value wins.
  void Replace(Node node, std::string value);
  // Takes a member or an element out, with the comma that belongs to it.
  void Remove(Node node);
  // Adds a member at an object's end; `value` is JSON text. Replaces a member of that key.
  void Set(Node object, std::string_view key, std::string value);

  bool empty() const { return replaced_.empty() && removed_.empty() && added_.empty(); }
  // Whether the value, or one that encloses it, is taken out or replaced as a whole.
  bool IsGone(Node node) const;

  // The text of `of` (default: the whole document) with the changes made.
  std::string Apply(Node of = {}) const;

 private:
  void Write(Node node, std::string& out) const;

  const Document& document_;
  struct Replacement {
    size_t end;
    std::string value;
  };
  std::map<size_t, Replacement> replaced_;  // by where the value begins
  std::map<size_t, size_t> removed_;        // begin and end of the value
  std::map<size_t, std::vector<std::pair<std::string, std::string>>> added_;
};

// An object's text with this member, added at its end or replaced; `value` is JSON text. kFailed: it is no object.
Result<std::string> WithMember(std::string object, std::string_view key, std::string value);

}  // namespace dbxark::json
