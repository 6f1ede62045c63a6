#include "format/frame.h"

#include <zstd.h>

#include <algorithm>
#include <optional>

#include "format/limits.h"

namespace dbxark::format {
namespace {

constexpr int kMaxWindowLog = 23;
static_assert(uint64_t{1} << kMaxWindowLog == kMaxWindow);

Error Bad(const std::string& finding) { return Error(ErrorCode::kCorruption, finding); }

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// RFC 8878, 3.1.1.1: libzstd's own function for this is not part of its stable interface.
std::optional<std::string> CheckHeader(std::string_view frame, size_t content_size) {
  if (frame.size() < 6 || LittleEndian(frame.substr(0, 4)) != ZSTD_MAGICNUMBER) return "is no zstd frame";
  const unsigned descriptor = static_cast<unsigned char>(frame[4]);
  const bool single_segment = descriptor & 0x20;
  if (descriptor & 0x18) return "reserved bits of its header are set";
  if (!(descriptor & 0x04)) return "has no checksum";
  if (descriptor & 0x03) return "wants a dictionary";
  size_t at = 5;
  if (!single_segment) {
    const unsigned window = static_cast<unsigned char>(frame[at++]);
    const uint64_t base = uint64_t{1} << (10 + (window >> 3));
    if (base + base / 8 * (window & 7) > kMaxWindow) return "wants a window of more than 8 MiB";
  }
  const unsigned size_flag = descriptor >> 6;
  if (size_flag == 0 && !single_segment) return "does not say its content size";
  const size_t width = size_flag == 0 ? 1 : size_t{1} << size_flag;
  if (frame.size() < at + width) return "ends in its header";
  const uint64_t said = LittleEndian(frame.substr(at, width)) + (size_flag == 1 ? 256 : 0);
  if (said != content_size) return "its content size is not the seek table's";
  return std::nullopt;
}

struct ContextDeleter {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct FrameEncoder::State {
  std::unique_ptr<ZSTD_CCtx, ContextDeleter> context{ZSTD_createCCtx()};
};

FrameEncoder::FrameEncoder(int level) : state_(std::make_unique<State>()) {
  if (!state_->context) return;
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_contentSizeFlag, 1);
}
FrameEncoder::~FrameEncoder() = default;

Result<std::string> FrameEncoder::Encode(std::string_view content) {
  if (!state_->context) return Error(ErrorCode::kFailed, "zstd: not enough memory");
  std::string out(ZSTD_compressBound(content.size()), '\0');
  const size_t size = ZSTD_compress2(state_->context.get(), out.data(), out.size(), content.data(), content.size());
  if (ZSTD_isError(size)) return Error(ErrorCode::kFailed, std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

Result<std::string> DecodeFrame(std::string_view frame, size_t content_size) {
  if (content_size > kMaxFrameContent) return Bad("decodes to more than 4 MiB");
  if (const auto finding = CheckHeader(frame, content_size)) return Bad(*finding);
  const size_t length = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(length)) return Bad("cannot be decoded");
  if (length != frame.size()) return Bad("has bytes behind its end");
  thread_local std::unique_ptr<ZSTD_DCtx, ContextDeleter> context;
  if (!context) {
    context.reset(ZSTD_createDCtx());
    if (!context) return Error(ErrorCode::kFailed, "zstd: not enough memory");
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }
  std::string content(content_size, '\0');
  const size_t size = ZSTD_decompressDCtx(context.get(), content.data(), content.size(), frame.data(), frame.size());
  if (ZSTD_isError(size)) return Bad(std::string("cannot be decoded: ") + ZSTD_getErrorName(size));
  if (size != content_size) return Bad("decodes to less than the seek table says");
  return content;
}

size_t MaxCompressedSize(size_t content_size) { return ZSTD_compressBound(content_size) + 64; }

std::string ZstdVersion() { return ZSTD_versionString(); }

}  // namespace dbxark::format
