// Two objects that are one, compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/comparison.h"

namespace dbxark::audit {

struct PairOutcome {
  Change change;  // only if it differs
  bool differs = false;
  bool counts_only = false;  // the change is not shown to anybody: no patch
  uint64_t held_back = 0, dropped = 0;
  std::vector<std::string> clusters_needed;  // right ids of clusters that a job runs on
  bool pin_only_right = false;               // the cluster is pinned at the right alone
  std::optional<Error> error;
};

// Safe for concurrent use, as long as nobody matches.
class PairComparison {
 public:
  PairComparison(Side& left, Side& right, const CompareOptions& options, const Matcher& matcher, bool same_workspace,
                 std::stop_token stop)
      : left_(left),
        right_(right),
        options_(options),
        matcher_(matcher),
        same_workspace_(same_workspace),
        stop_(stop) {}

  PairOutcome Compare(const objects::ObjectDescriptor& kind, const Item& left, const Item& right) const;
  // Of one kind and name: 0 if they are equal. What cannot be read differs in everything.
  size_t CountDifferences(const objects::ObjectDescriptor& kind, const Item& left, const Item& right) const;

 private:
  Status CompareDefinitions(const objects::ObjectDescriptor& kind, const Item& left, const Item& right,
                            PairOutcome& outcome) const;
  Status ComparePrepared(const objects::ObjectDescriptor& kind, const std::string& left, const std::string& right,
                         bool made_by_restore, PairOutcome& outcome) const;
  // Whether it may have been changed as a restore changes what it makes: held back, pinned, references dropped.
  bool MadeByRestore(const Item& left, const Item& right) const { return !same_workspace_ || left.id != right.id; }
  Status CompareRaw(const std::string& left, const std::string& right, PairOutcome& outcome) const;
  Status CompareContents(const objects::ObjectDescriptor& kind, const Item& left, const Item& right,
                         PairOutcome& outcome) const;
  void CompareFacts(const objects::ObjectDescriptor& kind, const Item& left, const Item& right,
                    PairOutcome& outcome) const;
  void DescribeContents(const std::string& left, const std::string& right, Change& change) const;
  std::string PatchName(const Side& side, const Change& change) const;

  Side& left_;
  Side& right_;
  const CompareOptions& options_;
  const Matcher& matcher_;
  const bool same_workspace_;
  const std::stop_token stop_;
};

}  // namespace dbxark::audit
