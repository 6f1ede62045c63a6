// Which objects are meant: `kind` or `kind:glob`, as people type it.
//
//   jobs                               every job
//   jobs:nightly*                      by name; a job, cluster, pool, policy or script also by its whole id
//   notebooks:/Users/ana@example.com/**
//
// Kinds may be plural or singular. In a path, * and ? stop at '/'; in a name they do not. A glob that is exactly the
// natural key matches it, whatever characters are in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "objects/descriptor.h"

namespace dbxark::objects {

class Selector {
 public:
  // kUsage, naming the kind that is near to a misspelt one.
  static Result<Selector> Parse(std::string_view text);

  const ObjectDescriptor& kind() const { return *kind_; }
  // Empty: all of the kind.
  const std::string& glob() const { return glob_; }
  // As it was given, for messages.
  const std::string& text() const { return text_; }

  // `kind` is a kind's name, as in an archive's row.
  bool Matches(std::string_view kind, std::string_view id, std::string_view natural_key) const;

 private:
  const ObjectDescriptor* kind_ = nullptr;
  std::string glob_, text_;
};

// Several of them: what is included (everything, if nothing is named) without what is excluded.
class Selection {
 public:
  Selection() = default;
  static Result<Selection> Parse(const std::vector<std::string>& include, const std::vector<std::string>& exclude);

  bool Matches(std::string_view kind, std::string_view id, std::string_view natural_key) const;
  bool Excludes(std::string_view kind, std::string_view id, std::string_view natural_key) const;
  // False only if no object of the kind can match: then it need not be looked at.
  bool MayMatch(std::string_view kind) const;
  bool Everything() const { return include_.empty() && exclude_.empty(); }

  const std::vector<Selector>& include() const { return include_; }
  const std::vector<Selector>& exclude() const { return exclude_; }

 private:
  std::vector<Selector> include_, exclude_;
};

// Which selectors have matched nothing: what people type is not passed over in silence.
class MatchTally {
 public:
  // `include` outlives it.
  explicit MatchTally(const std::vector<Selector>& include);
  void See(std::string_view kind, std::string_view id, std::string_view natural_key);
  bool AllMatched() const { return unmatched_.empty(); }
  // In their order.
  std::vector<Selector> Unmatched() const;
  // Those of them that name something: of a kind as a whole a workspace may have none.
  std::vector<Selector> UnmatchedNames() const;

 private:
  std::vector<const Selector*> unmatched_;
};

}  // namespace dbxark::objects
