// Who needs whom among the archive's objects, and the order that follows.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "restore/archived.h"

namespace dbxark::restore {

// Groups of objects, one after the other.
class Groups {
 public:
  void Add(const std::vector<uint32_t>& members) {
    members_.insert(members_.end(), members.begin(), members.end());
    ends_.push_back(static_cast<uint32_t>(members_.size()));
  }
  size_t size() const { return ends_.size(); }
  std::span<const uint32_t> operator[](size_t group) const {
    const uint32_t begin = group == 0 ? 0 : ends_[group - 1];
    return {members_.data() + begin, ends_[group] - begin};
  }

 private:
  std::vector<uint32_t> members_, ends_;
};

class ObjectGraph {
 public:
  // Reads every definition once. A definition that is not JSON leaves an object without edges and a line in `unread`.
  static Result<ObjectGraph> Build(const ArchivedWorkspace& archive, std::stop_token stop);

  // What `object` refers to by id or path, and the folder it lies in; each once, in no order.
  const std::vector<uint32_t>& Needs(size_t object) const { return needs_[object]; }
  // Of another object of its own kind, or of itself, in a circle.
  bool InCycle(size_t object) const { return in_cycle_[object]; }
  // Of a cluster: some job runs on it.
  bool NeededByJob(size_t object) const { return needed_by_job_[object]; }

  // `chosen`, everything that it needs, and what that needs.
  std::vector<bool> Closure(const std::vector<bool>& chosen) const;

  // All objects, grouped: the groups in the order of making; a group is one object, or those that need each other in
  // a circle.
  const Groups& order() const { return order_; }

  const std::vector<std::string>& unread() const { return unread_; }

 private:
  explicit ObjectGraph(size_t count) : needs_(count), in_cycle_(count), needed_by_job_(count), position_(count) {}
  void Arrange(const ArchivedWorkspace& archive);

  std::vector<std::vector<uint32_t>> needs_;
  std::vector<bool> in_cycle_, needed_by_job_;
  std::vector<int64_t> position_;  // of global init scripts
  Groups order_;
  std::vector<std::string> unread_;
};

}  // namespace dbxark::restore
