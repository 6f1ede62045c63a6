// A file system with one file, in memory, for sweeps that read the same file a hundred thousand times.
#pragma once

#include <memory>
#include <string>

#include "base/file_system.h"

namespace dbxark::test {

// Whatever the path, it is this file. Only reading works.
class OneFileSystem : public FileSystem {
 public:
  std::string bytes;

  Result<std::unique_ptr<OutputFile>> CreateExclusive(const std::string&) override { return Refusal(); }
  Result<std::unique_ptr<OutputFile>> OpenAppend(const std::string&) override { return Refusal(); }
  Result<std::unique_ptr<InputFile>> OpenRead(const std::string&) override {
    return std::unique_ptr<InputFile>(std::make_unique<Input>(bytes));
  }
  Status RenameNoReplace(const std::string&, const std::string&) override { return Refusal(); }
  Status RenameReplacing(const std::string&, const std::string&) override { return Refusal(); }
  Status SyncFolder(const std::string&) override { return Refusal(); }
  Status Remove(const std::string&) override { return Refusal(); }
  void RemoveAbandoned(const std::string&) override {}
  Status Truncate(const std::string&, uint64_t) override { return Refusal(); }
  bool Exists(const std::string&) override { return true; }
  Status MakeFolders(const std::string&) override { return Refusal(); }

 private:
  class Input : public InputFile {
   public:
    explicit Input(const std::string& bytes) : bytes_(bytes) {}
    uint64_t size() const override { return bytes_.size(); }
    Status ReadAt(uint64_t offset, char* buffer, size_t count) const override {
      if (offset > bytes_.size() || count > bytes_.size() - offset)
        return Error(ErrorCode::kCorruption, "read past the end");
      bytes_.copy(buffer, count, static_cast<size_t>(offset));
      return {};
    }

   private:
    const std::string& bytes_;
  };
  static Error Refusal() { return Error(ErrorCode::kFailed, "read only"); }
};

}  // namespace dbxark::test
