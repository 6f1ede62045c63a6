#include "json/document.h"

#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <limits>

namespace dbxark::json {
namespace {

constexpr int kMaxDepth = 500;
constexpr size_t kSmallText = size_t{64} << 10;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsJsonNumber(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const size_t integer_begin = i;
  const size_t integer = digits();
  if (integer == 0 || (integer > 1 && text[integer_begin] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::optional<uint32_t> HexQuad(std::string_view text) {
  uint32_t code = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc() || end != text.data() + 4) return std::nullopt;
  return code;
}

// How many bytes `text` begins with that stand for themselves in a string: no quote, no backslash, no control
// character.
size_t PlainLength(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const auto has_zero = [](uint64_t word) { return ((word - kOnes) & ~word & kHighs) != 0; };
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {  // contents are megabytes in one string
    uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    const bool control = ((word - kOnes * 0x20) & ~word & kHighs) != 0;
    if (control || has_zero(word ^ kOnes * '"') || has_zero(word ^ kOnes * '\\')) break;
  }
  while (i < text.size() && text[i] != '"' && text[i] != '\\' && static_cast<unsigned char>(text[i]) >= 0x20) ++i;
  return i;
}

// `quoted` has its quotes. Nothing if an escape is wrong or a control character stands there bare.
std::optional<std::string> Unescape(std::string_view quoted) {
  std::string_view rest = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    const size_t plain = PlainLength(rest);
    out.append(rest.substr(0, plain));
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const char c = rest[0];
    rest.remove_prefix(1);
    if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return std::nullopt;
    const char escape = rest[0];
    rest.remove_prefix(1);
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (const size_t at = kNames.find(escape); at != std::string_view::npos) {
      out += kValues[at];
      continue;
    }
    if (escape != 'u') return std::nullopt;
    auto code = HexQuad(rest);
    if (!code) return std::nullopt;
    rest.remove_prefix(4);
    if (*code >= 0xD800 && *code < 0xDC00 && rest.starts_with("\\u")) {
      const auto low = HexQuad(rest.substr(2));
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        rest.remove_prefix(6);
      }
    }
    // A lone surrogate is no character; it reads as U+FFFD, and its bytes stay what they are.
    AppendUtf8(out, *code >= 0xD800 && *code < 0xE000 ? 0xFFFD : *code);
  }
  return out;
}

bool IsWellFormed(std::string_view quoted) {
  return PlainLength(quoted.substr(1)) + 2 == quoted.size() || Unescape(quoted).has_value();
}

}  // namespace

// Walks once with simdjson's on-demand parser, which finds the structure; spans are where its tokens point.
class Document::Builder {
 public:
  explicit Builder(Document& document) : document_(document), base_(nullptr) {}

  Status Build() {
    const std::string& text = *document_.text_;
    if (text.size() > std::numeric_limits<uint32_t>::max() - simdjson::SIMDJSON_PADDING) {
      return Error(ErrorCode::kFailed, "a JSON text over 4 GiB");
    }
    simdjson::padded_string padded(text);
    base_ = padded.data();
    // Rows and definitions are small and many: their parser's room is kept. That of a large text is given back.
    thread_local simdjson::ondemand::parser kept;
    simdjson::ondemand::parser own;
    simdjson::ondemand::parser& parser = text.size() <= kSmallText ? kept : own;
    simdjson::ondemand::document parsed;
    if (const auto error = parser.iterate(padded).get(parsed); error) return Wrong(simdjson::error_message(error));
    simdjson::ondemand::json_type type;
    if (const auto error = parsed.type().get(type); error) return Wrong(simdjson::error_message(error));
    if (type == simdjson::ondemand::json_type::array || type == simdjson::ondemand::json_type::object) {
      simdjson::ondemand::value value;
      if (const auto error = parsed.get_value().get(value); error) return Wrong(simdjson::error_message(error));
      if (auto status = Add(value, {}, 1); !status.ok()) return status;
    } else {
      if (auto status = AddLoneScalar(); !status.ok()) return status;
    }
    for (size_t i = static_cast<size_t>(document_.entries_[0].end); i < text.size(); ++i) {
      if (!IsSpace(text[i])) return WrongAt(i, "something follows the value");
    }
    return {};
  }

 private:
  Status Wrong(const char* why) { return Error(ErrorCode::kFailed, std::string("not JSON: ") + why); }
  Status WrongAt(size_t offset, std::string_view why) {
    return Error(ErrorCode::kFailed, "not JSON at byte " + std::to_string(offset) + ": " + std::string(why));
  }

  // A text that is one scalar: on-demand values of the root have their own types, and there is no structure to find.
  Status AddLoneScalar() {
    const std::string& text = *document_.text_;
    size_t begin = 0, end = text.size();
    while (begin < end && IsSpace(text[begin])) ++begin;
    while (end > begin && IsSpace(text[end - 1])) --end;
    return AddScalar(begin, end - begin, {});
  }

  // The end of the string whose opening quote stands at `begin`, after its closing quote.
  size_t StringEnd(size_t begin) const {
    const std::string& text = *document_.text_;
    size_t i = begin + 1;
    while (true) {
      if (i >= text.size()) return i + 1;
      i += PlainLength(std::string_view(text).substr(i));
      if (i < text.size() && text[i] == '"') return i + 1;
      i += i < text.size() && text[i] == '\\' ? 2 : 1;
    }
  }

  struct Key {
    size_t begin = 0;
    uint32_t size = 0;
  };

  uint32_t Push(Type type, size_t begin, size_t end, Key key) {
    document_.entries_.push_back(Entry{key.begin, begin, end, key.size, 0, 0, 0, type});
    return static_cast<uint32_t>(document_.entries_.size() - 1);
  }

  Status AddScalar(size_t begin, size_t size, Key key) {
    const std::string_view token = std::string_view(*document_.text_).substr(begin, size);
    if (token == "null") {
      Push(Type::kNull, begin, begin + size, key);
    } else if (token == "true" || token == "false") {
      Push(Type::kBool, begin, begin + size, key);
    } else if (!token.empty() && token[0] == '"') {
      const size_t end = StringEnd(begin);
      if (end > begin + size) return WrongAt(begin, "a string that does not end");
      if (end < begin + size) return WrongAt(end, "something follows a string");
      if (!IsWellFormed(token)) return WrongAt(begin, "a string with a wrong escape or a bare control character");
      Push(Type::kString, begin, end, key);
    } else if (IsJsonNumber(token)) {
      Push(Type::kNumber, begin, begin + size, key);
    } else {
      return WrongAt(begin, "neither a string, a number, true, false nor null");
    }
    return {};
  }

  Status Add(simdjson::ondemand::value value, Key key, int depth) {
    if (depth > kMaxDepth) return Wrong("nested too deeply");
    const std::string_view token = value.raw_json_token();
    const size_t begin = static_cast<size_t>(token.data() - base_);
    simdjson::ondemand::json_type type;
    if (const auto error = value.type().get(type); error) return WrongAt(begin, simdjson::error_message(error));
    if (type == simdjson::ondemand::json_type::array) return AddArray(value, begin, key, depth);
    if (type == simdjson::ondemand::json_type::object) return AddObject(value, begin, key, depth);
    size_t size = token.size();
    while (size > 0 && IsSpace(token[size - 1])) --size;
    return AddScalar(begin, size, key);
  }

  void Link(uint32_t parent, uint32_t& last, uint32_t child) {
    Entry& entry = document_.entries_[parent];
    if (last == 0) {
      entry.first_child = child;
    } else {
      document_.entries_[last].next_sibling = child;
    }
    ++entry.child_count;
    last = child;
  }

  // Only white space lies between the last child and the bracket: simdjson has checked the structure.
  Status Close(uint32_t container, uint32_t last, char bracket) {
    const std::string& text = *document_.text_;
    Entry& entry = document_.entries_[container];
    size_t i = static_cast<size_t>(last == 0 ? entry.begin + 1 : document_.entries_[last].end);
    while (i < text.size() && IsSpace(text[i])) ++i;
    if (i >= text.size() || text[i] != bracket)
      return WrongAt(i, std::string("no '") + bracket + "' where one should be");
    entry.end = i + 1;
    return {};
  }

  Status AddArray(simdjson::ondemand::value value, size_t begin, Key key, int depth) {
    const uint32_t self = Push(Type::kArray, begin, begin, key);
    uint32_t last = 0;
    simdjson::ondemand::array array;
    if (const auto error = value.get_array().get(array); error) return WrongAt(begin, simdjson::error_message(error));
    for (auto element : array) {
      simdjson::ondemand::value child;
      if (const auto error = element.get(child); error) return WrongAt(begin, simdjson::error_message(error));
      const uint32_t index = static_cast<uint32_t>(document_.entries_.size());
      if (auto status = Add(child, {}, depth + 1); !status.ok()) return status;
      Link(self, last, index);
    }
    return Close(self, last, ']');
  }

  Status AddObject(simdjson::ondemand::value value, size_t begin, Key key, int depth) {
    const uint32_t self = Push(Type::kObject, begin, begin, key);
    uint32_t last = 0;
    simdjson::ondemand::object object;
    if (const auto error = value.get_object().get(object); error) return WrongAt(begin, simdjson::error_message(error));
    for (auto result : object) {
      simdjson::ondemand::field field;
      if (const auto error = std::move(result).get(field); error) return WrongAt(begin, simdjson::error_message(error));
      const size_t key_begin = static_cast<size_t>(field.key().raw() - base_) - 1;
      const size_t key_end = StringEnd(key_begin);
      if (key_end > document_.text_->size()) return WrongAt(key_begin, "a key that does not end");
      const std::string_view quoted = std::string_view(*document_.text_).substr(key_begin, key_end - key_begin);
      if (!IsWellFormed(quoted)) return WrongAt(key_begin, "a key with a wrong escape or a bare control character");
      const uint32_t index = static_cast<uint32_t>(document_.entries_.size());
      simdjson::ondemand::value child = field.value();
      const Key child_key{key_begin, static_cast<uint32_t>(key_end - key_begin)};
      if (auto status = Add(child, child_key, depth + 1); !status.ok()) return status;
      Link(self, last, index);
    }
    return Close(self, last, '}');
  }

  Document& document_;
  const char* base_;
};

Result<Document> Document::Parse(std::string text) {
  Document document;
  document.text_ = std::make_unique<const std::string>(std::move(text));
  if (auto status = Builder(document).Build(); !status.ok()) return std::move(status).error();
  document.entries_.shrink_to_fit();
  return document;
}

Node Document::root() const { return Node(this, 0); }

Node Document::ParentOf(Node node) const {
  Node parent, at = root();
  while (at && !(at == node)) {
    Node next;
    for (const Node& child : at.Children()) {
      if (child.begin() <= node.begin() && node.end() <= child.end()) next = child;
    }
    parent = at;
    at = next;
  }
  return at ? parent : Node();
}

std::string_view Node::raw() const {
  if (!Exists()) return {};
  return std::string_view(document_->text()).substr(begin(), end() - begin());
}

std::string Node::key() const {
  if (!HasKey()) return {};
  return Unescape(std::string_view(document_->text()).substr(key_begin(), entry().key_size)).value_or("");
}

std::string Node::text() const {
  if (!IsString()) return {};
  return Unescape(raw()).value_or("");
}

std::string Node::TextOrNumber() const {
  if (!Exists()) return {};
  if (type() == Type::kString) return text();
  if (type() == Type::kNumber || type() == Type::kBool) return std::string(raw());
  return {};
}

std::optional<int64_t> Node::AsInt64() const {
  const std::string spelling = TextOrNumber();
  int64_t value = 0;
  const char* last = spelling.data() + spelling.size();
  const auto [end, error] = std::from_chars(spelling.data(), last, value);
  if (spelling.empty() || error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::optional<bool> Node::AsBool() const {
  if (!Exists() || type() != Type::kBool) return std::nullopt;
  return raw() == "true";
}

Node Node::operator[](std::string_view key) const {
  Node found;
  if (!IsObject()) return found;
  for (uint32_t child = entry().first_child; child != 0; child = document_->entries_[child].next_sibling) {
    const Document::Entry& member = document_->entries_[child];
    const std::string_view quoted = std::string_view(document_->text()).substr(member.key_begin, member.key_size);
    const bool plain = quoted.find('\\') == std::string_view::npos;
    if (plain ? quoted.substr(1, quoted.size() - 2) == key : Unescape(quoted) == key) found = Node(document_, child);
  }
  return found;
}

std::vector<Node> Node::Children() const {
  std::vector<Node> children;
  children.reserve(entry().child_count);
  for (uint32_t child = entry().first_child; child != 0; child = document_->entries_[child].next_sibling) {
    children.push_back(Node(document_, child));
  }
  return children;
}

std::vector<Node> Node::elements() const { return IsArray() ? Children() : std::vector<Node>(); }
std::vector<Node> Node::members() const { return IsObject() ? Children() : std::vector<Node>(); }

std::string ParserVersion() {
  return "simdjson " + std::to_string(simdjson::SIMDJSON_VERSION_MAJOR) + "." +
         std::to_string(simdjson::SIMDJSON_VERSION_MINOR) + "." + std::to_string(simdjson::SIMDJSON_VERSION_REVISION);
}

}  // namespace dbxark::json
