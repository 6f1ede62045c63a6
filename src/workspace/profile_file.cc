#include "workspace/profile_file.h"

#include <utility>

#include "base/text.h"

namespace dbxark::workspace {
namespace {

Error LineError(int line, std::string_view what) {
  return Error(ErrorCode::kFailed, "line " + std::to_string(line) + ": " + std::string(what));
}

bool IsComment(std::string_view trimmed) { return trimmed.starts_with('#') || trimmed.starts_with(';'); }

// Where a comment begins behind a value: at a space before # or ;.
size_t InlineComment(std::string_view value) {
  for (size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') && (value[i - 1] == ' ' || value[i - 1] == '\t')) return i - 1;
  }
  return std::string_view::npos;
}

class Parser {
 public:
  Result<ProfileFile> Parse(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (std::string_view line : Split(text, '\n')) {
      ++line_;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (Status taken = TakeLine(line); !taken.ok()) return std::move(taken).error();
    }
    return std::move(file_);
  }

 private:
  Status TakeLine(std::string_view line) {
    if (line.find('\0') != line.npos) return LineError(line_, "a NUL byte");
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty() || IsComment(trimmed)) return {};
    const bool indented = line.front() == ' ' || line.front() == '\t';
    if (indented && after_key_) {
      Disagree("is indented: some tools take it as the end of the value above");
    }
    if (trimmed.front() == '[') return TakeHeader(trimmed, indented);
    return TakeKey(trimmed);
  }

  Status TakeHeader(std::string_view line, bool indented) {
    const size_t end = line.rfind(']');
    if (end == line.npos) return LineError(line_, "a [profile] without its closing bracket");
    const std::string_view rest = Trim(line.substr(end + 1));
    if (!rest.empty() && !IsComment(rest)) return LineError(line_, "text behind a [profile]");
    const std::string_view inner = line.substr(1, end - 1);
    const std::string name(Trim(inner));
    if (name.empty()) return LineError(line_, "a profile without a name");
    const auto [position, added] = file_.profiles.try_emplace(name);
    profile_ = &position->second;
    if (added) profile_->line = line_;
    if (!added) Disagree("begins this profile a second time");
    if (inner.size() != name.size()) Disagree("has spaces around the profile's name");
    if (indented && after_key_) Disagree("is indented: some tools take it as the end of the value above");
    after_key_ = false;
    return {};
  }

  Status TakeKey(std::string_view line) {
    const size_t delimiter = line.find_first_of("=:");
    if (delimiter == line.npos) return LineError(line_, "neither a [profile] nor key = value");
    const std::string key(Trim(line.substr(0, delimiter)));
    std::string_view value = Trim(line.substr(delimiter + 1));
    if (key.empty()) return LineError(line_, "a value without a key");
    if (profile_ == nullptr) {
      profile_ = &file_.profiles["DEFAULT"];
      profile_->line = line_;
      Disagree("stands before any [profile]");
    }
    after_key_ = true;
    if (const size_t comment = InlineComment(value); comment != value.npos) {
      Disagree("has a comment behind the value of " + Printable(key) + ": some tools take it as part of the value");
      value = Trim(value.substr(0, comment));
    }
    if (value.size() >= 2 && value.front() == value.back() && std::string_view("\"'`").find(value.front()) < 3) {
      Disagree("has quotes around the value of " + Printable(key) + ": some tools keep them");
    }
    if (value.ends_with('\\')) Disagree("ends in a backslash: some tools continue with the line below");
    if (const std::string lower = ToLowerAscii(key); lower != key) {
      Disagree("spells " + Printable(lower) + " as " + Printable(key) + ": some tools do not see it");
    }
    const auto [position, added] = profile_->values.insert_or_assign(key, std::string(value));
    if (!added) Disagree("gives " + Printable(key) + " a second time");
    return {};
  }

  // The first one is what gets reported.
  void Disagree(std::string_view what) {
    if (profile_ == nullptr || !profile_->problem.empty()) return;
    profile_->problem = "line " + std::to_string(line_) + ' ' + std::string(what);
  }

  ProfileFile file_;
  Profile* profile_ = nullptr;
  int line_ = 0;
  bool after_key_ = false;
};

}  // namespace

Result<ProfileFile> ParseProfileFile(std::string_view text) { return Parser().Parse(text); }

}  // namespace dbxark::workspace
