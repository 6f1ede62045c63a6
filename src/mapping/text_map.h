// Paths, storage locations and hosts inside of texts: a path in a job's parameter, an account in a cluster's settings.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/map_rules.h"

namespace dbxark::mapping {

// What a text became, and by which rules.
struct MappedText {
  std::string text;
  std::vector<size_t> rules;  // one for each place
  std::string home_of = {};   // of a path that moved with its home folder: whose it is now
};

// The new name of the user or service principal whose home folder it is.
using HomeOwner = std::function<std::optional<RuleMatch>(const std::string& name)>;

// Immutable; safe for concurrent use.
class TextMap {
 public:
  // `rules` outlives it.
  TextMap(const MapRules& rules, HomeOwner home_owner);

  // Every place of the text is rewritten at most once, by the longest rule that fits there. A path is met in each of
  // its spellings (/Workspace/x, workspace:/x, dbfs:/x, /dbfs/x) and only at the border of its names.
  MappedText Map(std::string_view text) const;
  // Where an object of the tree ("workspace:") or of DBFS ("dbfs:") goes; `path` is without its scheme. Nothing if the
  // map has it elsewhere than there: in a volume, say.
  std::optional<MappedText> MapPath(const std::string& scheme, const std::string& path) const;

 private:
  // One spelling of one rule.
  struct Form {
    std::string from, to;
    size_t rule;
    bool is_path;
    bool only_at_start;  // too short a path to be told from other text elsewhere
  };
  void AddPathForms(size_t index, const Rule& rule);
  // How many characters of `text` from `at` on it stands for, and what takes their place.
  static std::optional<std::pair<size_t, std::string>> Fits(const Form& form, std::string_view text, size_t at);
  // A home folder: so many characters, what takes their place, and whose it becomes.
  struct Home {
    size_t length;
    std::string text, owner;
    size_t rule;
  };
  std::optional<Home> HomeAt(std::string_view text, size_t at) const;

  std::vector<Form> forms_;  // the longest first
  HomeOwner home_owner_;
};

}  // namespace dbxark::mapping
