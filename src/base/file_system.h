// The seam for the disk: what is written has to survive a crash, and tests have to be able to break it.
//
// Errors name the path and what the system said; a full disk is kNoSpace. All functions may be called from any thread;
// one OutputFile belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dbxark {

class OutputFile : public ByteSink {
 public:
  // Returns once the bytes are on the disk (fsync).
  virtual Status Sync() = 0;
  // Reports what only close can find. The destructor closes without a word.
  virtual Status Close() = 0;
};

class InputFile {
 public:
  virtual ~InputFile() = default;
  virtual uint64_t size() const = 0;
  // Fills exactly `count` bytes, or fails: a file that ends before is kCorruption. Safe for concurrent use.
  virtual Status ReadAt(uint64_t offset, char* buffer, size_t count) const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // A file that must not exist yet, mode 0600 at first; kAlreadyExists if it does. Until the object goes, closed or
  // not, RemoveAbandoned leaves the file alone.
  virtual Result<std::unique_ptr<OutputFile>> CreateExclusive(const std::string& path) = 0;
  // Appends to what is there; creates it (0600) if nothing is.
  virtual Result<std::unique_ptr<OutputFile>> OpenAppend(const std::string& path) = 0;
  // kNotFound; a folder or a device is refused.
  virtual Result<std::unique_ptr<InputFile>> OpenRead(const std::string& path) = 0;
  // Atomic, and never replaces: kAlreadyExists.
  virtual Status RenameNoReplace(const std::string& from, const std::string& to) = 0;
  // Atomic, and replaces a file that is there.
  virtual Status RenameReplacing(const std::string& from, const std::string& to) = 0;
  virtual Status SyncFolder(const std::string& path) = 0;
  virtual Status Remove(const std::string& path) = 0;
  // Removes what processes left behind that were killed: files that CreateExclusive made, named `prefix` and digits,
  // that nobody has open for writing any more. What cannot be told or removed stays.
  virtual void RemoveAbandoned(const std::string& prefix) = 0;
  virtual Status Truncate(const std::string& path, uint64_t size) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // Creates parents too (0700); an existing folder is success.
  virtual Status MakeFolders(const std::string& path) = 0;

  // The machine's own. Lives for ever.
  static FileSystem& Real();
};

// The folder part of a path, "." where it has none.
std::string FolderOf(const std::string& path);

// Where dbxark keeps what it knows between two runs: $XDG_STATE_HOME/dbxark, or .local/state/dbxark in the home.
std::string StateFolder(const std::string& xdg_state_home, const std::string& home);

// A name beside `path` for a file of this process that is going to take its place, or belongs to it:
// "prod.tar.zst" -> ".prod.tar.zst.partial-4711", hidden, and telling whose it is if the machine stops. `what` is
// "partial" or the like. Files of that name that killed processes left are removed first; in a container even their
// process id may be ours.
std::string TemporaryBeside(FileSystem& files, const std::string& path, std::string_view what = "partial");

// Writes a new file, whole or not at all. kAlreadyExists.
Status WriteNewFile(FileSystem& files, const std::string& path, std::string_view bytes);

// The whole of a file that is known to be small; more than `limit_bytes` is an error.
Result<std::string> ReadSmallFile(FileSystem& files, const std::string& path, uint64_t limit_bytes);

}  // namespace dbxark
