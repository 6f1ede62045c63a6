#include "format/index_spool.h"

namespace dbxark::format {

Status IndexSpool::Open() {
  auto out = files_.CreateExclusive(path_);
  if (!out.ok()) return std::move(out).error();
  auto in = files_.OpenRead(path_);
  // Without a name nobody else finds it, and it is gone whatever ends this process.
  const Status removed = files_.Remove(path_);
  if (!in.ok()) return std::move(in).error();
  if (!removed.ok()) return removed;
  out_ = std::move(*out);
  in_ = std::move(*in);
  return {};
}

Status IndexSpool::Append(std::string_view frame, size_t content_size) {
  if (!out_) {
    if (auto status = Open(); !status.ok()) return status;
  }
  if (auto status = out_->Write(frame); !status.ok()) return status;
  frames_.push_back({static_cast<uint32_t>(frame.size()), static_cast<uint32_t>(content_size)});
  return {};
}

Status IndexSpool::ForEach(const std::function<Status(std::string_view frame, size_t content_size)>& take) {
  uint64_t offset = 0;
  for (const TableEntry& entry : frames_) {
    std::string frame(entry.compressed_size, '\0');
    if (auto status = in_->ReadAt(offset, frame.data(), frame.size()); !status.ok()) return status;
    if (auto status = take(frame, entry.content_size); !status.ok()) return status;
    offset += frame.size();
  }
  return {};
}

}  // namespace dbxark::format
