#include "format/frame_pipeline.h"

#include <algorithm>
#include <utility>

#include "format/frame.h"
#include "format/limits.h"

namespace dbxark::format {
namespace {

Result<FramePipeline::Packed> Pack(FrameEncoder& encoder, std::string_view piece,
                                   const std::vector<FramePipeline::Span>& members) {
  FramePipeline::Packed packed;
  packed.content_size = piece.size();
  for (const FramePipeline::Span& member : members) {
    packed.members.push_back(Sha256Of(piece.substr(member.at, member.size)));
  }
  auto frame = encoder.Encode(piece);
  if (!frame.ok()) return std::move(frame).error();
  packed.frame = std::move(*frame);
  return packed;
}

}  // namespace

FramePipeline::FramePipeline(size_t threads, int level, Sink sink)
    : max_threads_(std::max<size_t>(threads, 1)), level_(level), sink_(std::move(sink)) {}

FramePipeline::~FramePipeline() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    first_untaken_ = jobs_.size();
  }
  work_ready_.notify_all();
}

void FramePipeline::Work() {
  FrameEncoder encoder(level_);
  std::unique_lock lock(mutex_);
  while (true) {
    work_ready_.wait(lock, [&] { return closed_ || first_untaken_ < jobs_.size(); });
    if (closed_) return;
    Job& job = jobs_[first_untaken_++];
    lock.unlock();
    Result<Packed> packed = Pack(encoder, job.piece, job.members);
    lock.lock();
    job.packed.emplace(std::move(packed));
    frame_ready_.notify_one();
  }
}

Status FramePipeline::PassOn(bool wait_for_all) {
  while (!error_) {
    std::unique_lock lock(mutex_);
    if (jobs_.empty()) break;
    const bool full = pending_bytes_ > (max_threads_ + 1) * kMaxFrameContent || jobs_.size() > 4 * max_threads_ + 4;
    if (wait_for_all || full) {
      frame_ready_.wait(lock, [&] { return jobs_.front().packed.has_value(); });
    } else if (!jobs_.front().packed) {
      break;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    --first_untaken_;
    pending_bytes_ -= job.piece.size();
    lock.unlock();
    Status status = job.packed->ok() ? sink_(**job.packed) : Status(job.packed->error());
    if (!status.ok()) error_ = std::move(status).error();
  }
  if (error_) return *error_;
  return {};
}

Status FramePipeline::Submit(std::string piece, std::vector<Span> members) {
  if (error_) return *error_;
  {
    std::lock_guard lock(mutex_);
    pending_bytes_ += piece.size();
    jobs_.push_back({std::move(piece), std::move(members), std::nullopt});
    if (threads_.size() < max_threads_ && jobs_.size() > threads_.size()) threads_.emplace_back([this] { Work(); });
  }
  work_ready_.notify_one();
  return PassOn(false);
}

Status FramePipeline::Drain() { return PassOn(true); }

}  // namespace dbxark::format
