#include "mapping/text_map.h"

#include <algorithm>
#include <cctype>

#include "objects/definition.h"

namespace dbxark::mapping {
namespace {

using objects::PathPlace;

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }
bool IsInName(char c) { return IsWord(c) || c == '.' || c == '@'; }

// A name in a path, a host or an account ends there.
bool EndsName(char c) {
  return std::isspace(static_cast<unsigned char>(c)) ||
         std::string_view("/\"'`,;:=@<>|").find(c) != std::string_view::npos;
}

PathPlace PlaceOf(const std::string& path) {
  const PathPlace place = objects::PlaceOf(path.ends_with('/') ? path : path + "/");
  return place == PathPlace::kNone ? PathPlace::kWorkspace : place;
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path == "/" ? "" : path;
}

}  // namespace

TextMap::TextMap(const MapRules& rules, HomeOwner home_owner) : home_owner_(std::move(home_owner)) {
  for (size_t i = 0; i < rules.rules().size(); ++i) {
    const Rule& rule = rules.rules()[i];
    if (rule.table == "path") AddPathForms(i, rule);
    if (rule.table == "location") forms_.push_back({rule.from, rule.to, i, false, false});
  }
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const Form& a, const Form& b) { return a.from.size() > b.from.size(); });
}

void TextMap::AddPathForms(size_t index, const Rule& rule) {
  const std::string from = WithoutSlash(objects::BarePath(rule.from)), to = WithoutSlash(objects::BarePath(rule.to));
  const PathPlace from_place = PlaceOf(rule.from), to_place = PlaceOf(rule.to);
  // Within one place the spelling stays; in another it is as the rule writes it.
  const auto add = [&](const std::string& prefix, bool only_at_start) {
    forms_.push_back(
        {prefix + from, from_place == to_place ? prefix + to : WithoutSlash(rule.to), index, true, only_at_start});
  };
  if (from_place == PathPlace::kDbfs) {
    add("dbfs:", false);
    add("/dbfs", false);
  } else if (from_place == PathPlace::kVolume) {
    add("dbfs:", false);
    add("/dbfs", false);
    add("", false);
  } else {
    add("workspace:", false);
    add("/Workspace", false);
    add("", objects::PlaceOf(from + "/") == PathPlace::kNone);
  }
}

std::optional<std::pair<size_t, std::string>> TextMap::Fits(const Form& form, std::string_view text, size_t at) {
  const auto previous = [&] { return at == 0 ? ' ' : text[at - 1]; };
  if (form.only_at_start && at > 0) return std::nullopt;
  if (form.from.empty() && !text.substr(at).starts_with('/')) return std::nullopt;  // the tree's root
  if (form.is_path &&
      (IsInName(previous()) || previous() == '/' || (previous() == ':' && form.from.starts_with('/')))) {
    return std::nullopt;
  }
  if (!form.is_path && IsWord(form.from.front()) && IsWord(previous())) return std::nullopt;
  std::vector<std::string_view> captured;
  size_t end = at;
  for (size_t i = 0; i < form.from.size(); ++i) {
    if (form.from[i] != '*') {
      if (end == text.size() || text[end] != form.from[i]) return std::nullopt;
      ++end;
      continue;
    }
    // Up to what follows, within one name.
    const std::string_view rest = std::string_view(form.from).substr(i + 1);
    const std::string_view next = rest.substr(0, rest.find('*'));
    size_t stop = end;
    while (stop < text.size() && !EndsName(text[stop]) &&
           (stop == end || next.empty() || !text.substr(stop).starts_with(next))) {
      ++stop;
    }
    if (stop == end) return std::nullopt;
    captured.push_back(text.substr(end, stop - end));
    end = stop;
  }
  if (end < text.size()) {
    if (form.is_path ? IsInName(text[end]) : IsWord(form.from.back()) && IsWord(text[end])) return std::nullopt;
  }
  return std::pair(end - at, Filled(form.to, captured));
}

// "/Users/ana@old.example/x": whose folder it is.
std::optional<TextMap::Home> TextMap::HomeAt(std::string_view text, size_t at) const {
  const char previous = at == 0 ? ' ' : text[at - 1];
  if (IsInName(previous) || previous == '/') return std::nullopt;
  for (const std::string_view prefix : {"", "/Workspace", "workspace:"}) {
    for (const std::string_view root : {"/Users/", "/Repos/"}) {
      const std::string start = std::string(prefix) + std::string(root);
      if (!text.substr(at).starts_with(start)) continue;
      if (prefix.empty() && previous == ':') return std::nullopt;
      size_t end = at + start.size();
      while (end < text.size() && (text[end] == '@' || !EndsName(text[end]))) ++end;
      const std::string name(text.substr(at + start.size(), end - at - start.size()));
      auto owner = name.empty() ? std::nullopt : home_owner_(name);
      if (!owner) return std::nullopt;
      return Home{end - at, start + owner->text, owner->text, owner->rule};
    }
  }
  return std::nullopt;
}

MappedText TextMap::Map(std::string_view text) const {
  MappedText mapped;
  for (size_t at = 0; at < text.size();) {
    size_t taken = 0;
    for (const Form& form : forms_) {
      auto fits = Fits(form, text, at);
      if (!fits) continue;
      const bool nothing_left = fits->second.empty() && at + fits->first == text.size();
      mapped.text += nothing_left ? "/" : fits->second;  // the root itself
      mapped.rules.push_back(form.rule);
      // The root's own name is empty: what follows it is its slash.
      if (fits->first == 0) mapped.text += text[at];
      taken = std::max<size_t>(1, fits->first);
      break;
    }
    at += taken;
    if (taken > 0) continue;
    if (auto home = HomeAt(text, at)) {
      mapped.text += home->text;
      mapped.rules.push_back(home->rule);
      at += home->length;
      continue;
    }
    mapped.text += text[at++];
  }
  return mapped;
}

std::optional<MappedText> TextMap::MapPath(const std::string& scheme, const std::string& path) const {
  // With its scheme, so that a folder called dbfs is no DBFS.
  const std::string text = scheme + path;
  MappedText mapped{text, {}};
  for (const Form& form : forms_) {
    if (!form.is_path || !form.from.starts_with(scheme)) continue;
    if (auto fits = Fits(form, text, 0)) {
      mapped = {fits->second + text.substr(fits->first), {form.rule}};
      break;
    }
  }
  if (mapped.rules.empty()) {
    if (auto home = HomeAt(text, 0)) mapped = {home->text + text.substr(home->length), {home->rule}, home->owner};
  }
  const PathPlace here = PlaceOf(text), there = PlaceOf(mapped.text);
  if (here != there || !mapped.text.starts_with(scheme)) return std::nullopt;
  mapped.text.erase(0, scheme.size());
  while (mapped.text.size() > 1 && mapped.text.ends_with('/')) mapped.text.pop_back();  // the root's new name
  if (mapped.text.empty()) mapped.text = "/";
  return mapped;
}

}  // namespace dbxark::mapping
