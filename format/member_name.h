// From an object's true path to the name of its archive member: escaped, cut where too long, unique.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/entry.h"

namespace dbxark::format {

// One component with everything percent-escaped that a file system, a shell or a tar may stumble over: control
// characters, '%', '\', bytes that are no UTF-8, "." and "..", a trailing dot or space.
std::string EscapeComponent(std::string_view component);

// What file systems that ignore letter case take for the same (ASCII, Latin, Greek, Cyrillic).
std::string FoldCase(std::string_view text);

// A set of 64-bit hashes without pointers: at most 15 bytes an element.
class HashSet64 {
 public:
  // False if it was there.
  bool Insert(uint64_t hash);
  bool Contains(uint64_t hash) const;
  size_t size() const { return count_; }

 private:
  size_t SlotOf(uint64_t hash) const;
  void Grow();
  std::vector<uint64_t> slots_;
  size_t count_ = 0;
};

// Gives each member a name that no other has, letter case aside. The first to come gets the plain name; names depend on
// what came before, so the order of Assign decides them. Remembers 8 bytes a file and 16 a folder.
class MemberNamer {
 public:
  // kUsage where `entry.name` has no component. A folder is given the name it was given when it was implied by a member
  // inside it, and the other way round. Ends in '/' for a folder.
  Result<std::string> Assign(const Entry& entry);

 private:
  struct Piece {
    std::string plain;  // escaped and cut
    std::string truth;  // the true path up to here
  };
  std::string AssignFolder(const std::vector<Piece>& pieces, size_t count);
  std::string Claim(const std::string& parent, const Piece& piece, bool folder, std::string_view salt);

  HashSet64 taken_;
  std::string last_truth_, last_folder_;  // most members follow a sibling
};

}  // namespace dbxark::format
