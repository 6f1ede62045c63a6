#include "json/writer.h"

#include <cstdio>

#include "base/text.h"

namespace dbxark::json {

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  quoted.reserve(text.size() + 2);
  const bool valid = IsValidUtf8(text);
  size_t plain = 0;  // from here on nothing was written yet
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && (c < 0x80 || valid)) continue;
    quoted += text.substr(plain, i - plain);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += text[i];
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c < 0x80) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      quoted += escape;
    } else {
      // Take the longest valid run from here; a byte that begins none is replaced.
      size_t length = 0;
      for (size_t take = 2; take <= 4 && i + take <= text.size(); ++take) {
        if (IsValidUtf8(text.substr(i, take))) {
          length = take;
          break;
        }
      }
      if (length == 0) {
        quoted += "\xEF\xBF\xBD";
      } else {
        quoted += text.substr(i, length);
        i += length - 1;
      }
    }
    plain = i + 1;
  }
  quoted += text.substr(plain);
  return quoted + '"';
}

void Writer::Separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (first_.empty()) return;
  if (!first_.back()) text_ += ',';
  first_.back() = false;
}

Writer& Writer::BeginObject() {
  Separate();
  text_ += '{';
  first_.push_back(true);
  return *this;
}
Writer& Writer::EndObject() {
  text_ += '}';
  first_.pop_back();
  return *this;
}
Writer& Writer::BeginArray() {
  Separate();
  text_ += '[';
  first_.push_back(true);
  return *this;
}
Writer& Writer::EndArray() {
  text_ += ']';
  first_.pop_back();
  return *this;
}
Writer& Writer::Key(std::string_view key) {
  Separate();
  text_ += Quote(key);
  text_ += ':';
  after_key_ = true;
  return *this;
}
Writer& Writer::String(std::string_view text) { return Raw(Quote(text)); }
Writer& Writer::Int(int64_t number) { return Raw(std::to_string(number)); }
Writer& Writer::Uint(uint64_t number) { return Raw(std::to_string(number)); }
Writer& Writer::Bool(bool truth) { return Raw(truth ? "true" : "false"); }
Writer& Writer::Null() { return Raw("null"); }
Writer& Writer::Raw(std::string_view json) {
  Separate();
  text_ += json;
  return *this;
}

std::string Pretty(std::string_view json) {
  std::string out;
  size_t depth = 0;
  const auto line = [&] {
    out += '\n';
    out.append(depth * 2, ' ');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      const size_t from = i++;
      while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
      out += json.substr(from, i + 1 - from);
    } else if (c == '{' || c == '[') {
      size_t next = i + 1;
      while (next < json.size() && std::string_view(" \t\r\n").find(json[next]) != std::string_view::npos) ++next;
      if (next < json.size() && (json[next] == '}' || json[next] == ']')) {
        out += c;
        out += json[next];
        i = next;
        continue;
      }
      out += c;
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else if (c == ':') {
      out += ": ";
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      out += c;
    }
  }
  return out;
}

}  // namespace dbxark::json
