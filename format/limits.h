// The numbers of the format that writer and reader share; archive_format.md says why each is what it is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dbxark::format {

constexpr uint16_t kMajor = 1;
constexpr uint16_t kMinor = 0;

constexpr size_t kGroupBytes = 256 * 1024;      // a group of members closes at this many bytes of tar
constexpr size_t kLargeMember = 1024 * 1024;    // from here on a member has frames of its own
constexpr size_t kMaxFrameContent = 4 << 20;    // what a frame may decode to
constexpr uint64_t kMaxWindow = 8 << 20;        // what a frame may ask a decoder to remember
constexpr uint64_t kMaxFrames = 1 << 23;        // bounds the reader's memory for the seek table
constexpr size_t kIndexChunk = 1024 * 1024;     // a frame of index rows closes at this many bytes
constexpr size_t kMaxRow = 2 * 1024 * 1024;     // one line of the index
constexpr uint64_t kMaxManifest = 64 << 20;     // the manifest is kept in memory
constexpr size_t kMaxManifestValues = 4 << 20;  // and so is what a parser makes of it, at 50 bytes a value
constexpr size_t kMaxReadme = 64 * 1024;
constexpr size_t kMaxComponent = 200;               // bytes of one component of a member name
constexpr size_t kMaxName = 1000;                   // bytes of a member name before its suffixes
constexpr size_t kMaxStoredName = 4000;             // what a reader takes
constexpr uint64_t kMaxMember = uint64_t{1} << 62;  // so that no sum of two can overflow

constexpr size_t kTarBlock = 512;
constexpr size_t kEndBlocks = 2 * kTarBlock;
constexpr char kReadmeName[] = "README.txt";
constexpr char kIndexName[] = "META/index.ndjson";
constexpr char kManifestName[] = "META/manifest.json";

}  // namespace dbxark::format
