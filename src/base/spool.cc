#include "base/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace dbxark {
namespace {

Error SpoolError(const std::string& folder, std::string_view action, int number) {
  const ErrorCode code = number == ENOSPC || number == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kFailed;
  return Error(code, "spool in " + Printable(folder) + ": " + std::string(action) + ": " + std::strerror(number));
}

std::string FolderOrDefault(const std::string& folder) {
  if (!folder.empty()) return folder;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

}  // namespace

struct Body::State {
  std::string memory;
  int file = -1;
  uint64_t size = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (file >= 0) ::close(file);
  }
};

class Body::Source : public ByteSource {
 public:
  explicit Source(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  Result<size_t> Read(char* buffer, size_t capacity) override {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(capacity, state_->size - offset_));
    if (wanted == 0) return size_t{0};
    if (state_->file < 0) {
      std::memcpy(buffer, state_->memory.data() + offset_, wanted);
      offset_ += wanted;
      return wanted;
    }
    while (true) {
      const ssize_t count = ::pread(state_->file, buffer, wanted, static_cast<off_t>(offset_));
      if (count > 0) {
        offset_ += static_cast<uint64_t>(count);
        return static_cast<size_t>(count);
      }
      if (count < 0 && errno == EINTR) continue;
      return Error(ErrorCode::kFailed, std::string("read from the spool: ") +
                                           (count == 0 ? "the file became shorter" : std::strerror(errno)));
    }
  }

 private:
  std::shared_ptr<const State> state_;
  uint64_t offset_ = 0;
};

Body::Body(std::string bytes) {
  auto state = std::make_shared<State>();
  state->size = bytes.size();
  state->memory = std::move(bytes);
  state_ = std::move(state);
}

uint64_t Body::size() const { return state_->size; }

std::unique_ptr<ByteSource> Body::OpenSource() const { return std::make_unique<Source>(state_); }

Result<std::string> Body::Head(size_t limit) const {
  std::string head(static_cast<size_t>(std::min<uint64_t>(limit, state_->size)), '\0');
  Source source(state_);
  for (size_t filled = 0; filled < head.size();) {
    auto count = source.Read(head.data() + filled, head.size() - filled);
    if (!count.ok()) return std::move(count).error();
    filled += *count;
  }
  return head;
}

Result<std::string> Body::ReadAll(uint64_t limit_bytes) const {
  if (state_->size > limit_bytes) {
    return Error(ErrorCode::kFailed, "larger than " + HumanSize(limit_bytes) + " (" + HumanSize(state_->size) + ")");
  }
  return Head(static_cast<size_t>(state_->size));
}

SpoolWriter::~SpoolWriter() { Restart(); }

void SpoolWriter::Restart() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  memory_.clear();
  size_ = 0;
}

Status SpoolWriter::Write(std::string_view bytes) {
  if (file_ < 0 && memory_.size() + bytes.size() <= spool_.memory_limit_bytes) {
    memory_.append(bytes);
    size_ += bytes.size();
    return {};
  }
  if (file_ < 0) {
    if (Status opened = OpenFile(); !opened.ok()) return opened;
    if (Status moved = WriteFile(memory_); !moved.ok()) return moved;
    memory_ = std::string();
  }
  if (Status written = WriteFile(bytes); !written.ok()) return written;
  size_ += bytes.size();
  return {};
}

Body SpoolWriter::Finish() {
  auto state = std::make_shared<Body::State>();
  state->size = std::exchange(size_, 0);
  state->file = std::exchange(file_, -1);
  state->memory = std::exchange(memory_, std::string());
  return Body(std::shared_ptr<const Body::State>(std::move(state)));
}

Status SpoolWriter::OpenFile() {
  const std::string folder = FolderOrDefault(spool_.folder);
  // Never with a name, where the file system can do that: nothing is left even if we are killed right here.
  file_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (file_ >= 0) return {};
  std::string path = folder + "/dbxark-spool-XXXXXX";
  file_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (file_ < 0) return SpoolError(folder, "create", errno);
  ::unlink(path.c_str());
  return {};
}

Status SpoolWriter::WriteFile(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SpoolError(FolderOrDefault(spool_.folder), "write", errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

}  // namespace dbxark
