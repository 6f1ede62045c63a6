// A file system that breaks when told to. Says whether it did, so that no test passes because its fault never came.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/file_system.h"

namespace dbxark::test {

// Passes everything on to `files` (the real one by default) until a fault is due. One thread.
class FaultyFileSystem : public FileSystem {
 public:
  enum class Call { kCreate, kWrite, kSync, kClose, kRename, kSyncFolder, kRead, kRemove };

  explicit FaultyFileSystem(FileSystem& files = FileSystem::Real()) : files_(files) {}

  // The disk takes that many more bytes, then is full.
  void LimitBytes(uint64_t bytes) { bytes_left_ = bytes; }
  // The n-th call of that kind from now (1: the next) fails.
  void Fail(Call call, int nth, ErrorCode code = ErrorCode::kFailed) { faults_[call] = {nth, code}; }
  // Runs when that kind of call is made next, before it.
  void Before(Call call, std::function<void()> action) { actions_[call] = std::move(action); }

  int fired() const { return fired_; }
  int calls(Call call) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? 0 : found->second;
  }
  // Files created, less those removed or renamed away.
  const std::set<std::string>& left() const { return left_; }

  Result<std::unique_ptr<OutputFile>> CreateExclusive(const std::string& path) override {
    if (auto error = Due(Call::kCreate)) return *error;
    return Wrap(path, files_.CreateExclusive(path));
  }
  Result<std::unique_ptr<OutputFile>> OpenAppend(const std::string& path) override {
    if (auto error = Due(Call::kCreate)) return *error;
    return Wrap(path, files_.OpenAppend(path));
  }
  Result<std::unique_ptr<InputFile>> OpenRead(const std::string& path) override {
    if (auto error = Due(Call::kRead)) return *error;
    return files_.OpenRead(path);
  }
  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    if (auto error = Due(Call::kRename)) return *error;
    auto status = files_.RenameNoReplace(from, to);
    if (status.ok() && left_.erase(from) > 0) left_.insert(to);
    return status;
  }
  Status RenameReplacing(const std::string& from, const std::string& to) override {
    if (auto error = Due(Call::kRename)) return *error;
    auto status = files_.RenameReplacing(from, to);
    if (status.ok() && left_.erase(from) > 0) left_.insert(to);
    return status;
  }
  Status SyncFolder(const std::string& path) override {
    if (auto error = Due(Call::kSyncFolder)) return *error;
    return files_.SyncFolder(path);
  }
  Status Remove(const std::string& path) override {
    if (auto error = Due(Call::kRemove)) return *error;
    auto status = files_.Remove(path);
    if (status.ok()) left_.erase(path);
    return status;
  }
  void RemoveAbandoned(const std::string& prefix) override { files_.RemoveAbandoned(prefix); }
  Status Truncate(const std::string& path, uint64_t size) override { return files_.Truncate(path, size); }
  bool Exists(const std::string& path) override { return files_.Exists(path); }
  Status MakeFolders(const std::string& path) override { return files_.MakeFolders(path); }

 private:
  class FaultyOutput : public OutputFile {
   public:
    FaultyOutput(FaultyFileSystem& files, std::unique_ptr<OutputFile> file) : files_(files), file_(std::move(file)) {}
    Status Write(std::string_view bytes) override {
      if (auto error = files_.Due(Call::kWrite)) return *error;
      const size_t room =
          static_cast<size_t>(std::min<uint64_t>(files_.bytes_left_.value_or(bytes.size()), bytes.size()));
      if (auto status = file_->Write(bytes.substr(0, room)); !status.ok()) return status;
      if (files_.bytes_left_) *files_.bytes_left_ -= room;
      if (room == bytes.size()) return {};
      ++files_.fired_;
      return Error(ErrorCode::kNoSpace, "cannot write: No space left on device");
    }
    Status Sync() override {
      if (auto error = files_.Due(Call::kSync)) return *error;
      return file_->Sync();
    }
    Status Close() override {
      if (auto error = files_.Due(Call::kClose)) return *error;
      return file_->Close();
    }

   private:
    FaultyFileSystem& files_;
    std::unique_ptr<OutputFile> file_;
  };

  struct Fault {
    int nth = 0;
    ErrorCode code = ErrorCode::kFailed;
  };

  Result<std::unique_ptr<OutputFile>> Wrap(const std::string& path, Result<std::unique_ptr<OutputFile>> file) {
    if (!file.ok()) return file;
    left_.insert(path);
    return std::unique_ptr<OutputFile>(std::make_unique<FaultyOutput>(*this, std::move(*file)));
  }
  std::optional<Error> Due(Call call) {
    ++calls_[call];
    if (const auto action = actions_.find(call); action != actions_.end()) {
      const auto run = std::move(action->second);
      actions_.erase(action);
      run();
    }
    const auto fault = faults_.find(call);
    if (fault == faults_.end() || --fault->second.nth > 0) return std::nullopt;
    const ErrorCode code = fault->second.code;
    faults_.erase(fault);
    ++fired_;
    return Error(code, "a fault that the test asked for");
  }

  FileSystem& files_;
  std::optional<uint64_t> bytes_left_;
  std::map<Call, Fault> faults_;
  std::map<Call, std::function<void()>> actions_;
  std::map<Call, int> calls_;
  std::set<std::string> left_;
  int fired_ = 0;
};

}  // namespace dbxark::test
