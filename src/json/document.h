// A JSON text and where everything in it stands.
//
// JSON is carried here, not owned: a Document keeps the bytes as received and knows the span of every value, so that a
// value can be read, handed on byte for byte, or replaced (edit.h) without touching the rest. Unknown members, member
// order, 19-digit ids, `2.50` and `\u00e9` survive. There is no struct per API type.
//
// A Document is immutable and may be read from any thread. A Node is a view into its Document and must not outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbxark::json {

enum class Type : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

class Node;

class Document {
 public:
  // kFailed with the byte offset if `text` is not one JSON value in UTF-8. Numbers keep their spelling, of any size.
  static Result<Document> Parse(std::string text);

  Node root() const;
  // What encloses `node`, or nothing for the root. Searches from the root.
  Node ParentOf(Node node) const;
  const std::string& text() const { return *text_; }

 private:
  friend class Node;
  struct Entry {
    uint64_t key_begin;     // of the key's opening quote; 0 where there is no key
    uint64_t begin, end;    // the value's bytes
    uint32_t key_size;      // with quotes
    uint32_t next_sibling;  // 0: none
    uint32_t first_child;   // 0: none
    uint32_t child_count;
    Type type;
  };
  class Builder;

  std::unique_ptr<const std::string> text_;  // its address stays when the Document moves
  std::vector<Entry> entries_;
};

// One value, or nothing: looking into nothing gives nothing, so that a path can be followed without asks in between.
class Node {
 public:
  Node() = default;

  bool Exists() const { return document_ != nullptr; }
  explicit operator bool() const { return Exists(); }
  Type type() const { return entry().type; }
  bool IsObject() const { return Exists() && type() == Type::kObject; }
  bool IsArray() const { return Exists() && type() == Type::kArray; }
  bool IsString() const { return Exists() && type() == Type::kString; }
  bool IsNull() const { return Exists() && type() == Type::kNull; }

  // The bytes as received; empty for nothing.
  std::string_view raw() const;
  // Where they stand in the document's text.
  size_t begin() const { return static_cast<size_t>(entry().begin); }
  size_t end() const { return static_cast<size_t>(entry().end); }
  // The member's key, unescaped, and where the key's opening quote stands; for members of objects only.
  std::string key() const;
  size_t key_begin() const { return static_cast<size_t>(entry().key_begin); }
  bool HasKey() const { return Exists() && entry().key_size > 0; }

  // A string unescaped; empty for all else.
  std::string text() const;
  // A string unescaped, or the spelling of a number or boolean: ids come as either.
  std::string TextOrNumber() const;
  std::optional<int64_t> AsInt64() const;  // numbers and strings of digits: int64 travels as both
  std::optional<bool> AsBool() const;

  // A member (the last one of that key, as most parsers have it), or nothing.
  Node operator[](std::string_view key) const;
  std::vector<Node> elements() const;  // of an array
  std::vector<Node> members() const;   // of an object
  size_t size() const { return Exists() ? entry().child_count : 0; }

  bool operator==(const Node& other) const { return document_ == other.document_ && index_ == other.index_; }

 private:
  friend class Document;
  Node(const Document* document, uint32_t index) : document_(document), index_(index) {}
  const Document::Entry& entry() const { return assert(document_), document_->entries_[index_]; }
  std::vector<Node> Children() const;

  const Document* document_ = nullptr;
  uint32_t index_ = 0;
};

// The version of the parser behind this room, for --version.
std::string ParserVersion();

}  // namespace dbxark::json
