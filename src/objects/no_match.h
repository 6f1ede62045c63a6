// What to say of selectors that nothing answers to: people mistype names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "objects/selector.h"

namespace dbxark::objects {

using NameVisitor = std::function<void(std::string_view kind, const std::string& natural_key)>;
// Shows every object that there is to its argument. An error ends it.
using EachName = std::function<Status(const NameVisitor&)>;

// Kinds and natural keys of objects, in any order.
using Names = std::vector<std::pair<std::string, std::string>>;
// `names` outlives it.
EachName Each(const Names& names);

// kNotFound: `nothing` ("nothing in a.tar.zst") matches these, with the objects whose names are nearest, as selectors
// to paste; where none is near, `otherwise`, which may be empty. Or the error of `each`, which is called once for each
// selector with a glob.
Error NothingMatches(const std::string& nothing, const std::vector<Selector>& unmatched, const EachName& each,
                     const std::string& otherwise);

// kNotFound: all that `selection` includes in `where` it excludes as well.
Error NothingLeft(const std::string& where, const Selection& selection);

// Sees every object that there is, and says which names of a selection, included or excluded, none of them bears.
class NameCheck {
 public:
  // `selection` outlives it.
  explicit NameCheck(const Selection& selection)
      : selection_(selection), included_(selection.include()), excluded_(selection.exclude()) {}
  void See(std::string_view kind, std::string_view id, const std::string& natural_key);
  // As NothingMatches, or nothing to say.
  Status Finish(const std::string& nothing) const;

 private:
  const Selection& selection_;
  MatchTally included_, excluded_;
  Names names_;
};

}  // namespace dbxark::objects
