// Archives made by hand, with every checksum right and everything else as a forger wants it.
#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "format/frame.h"
#include "format/index_row.h"
#include "format/layout.h"
#include "format/limits.h"
#include "format/manifest.h"
#include "format/tar_header.h"
#include "support/archive_fixture.h"

namespace dbxark::test {

struct ForgedMember {
  format::Row row;  // `at` is filled in
  std::string bytes;
  std::string header;    // empty: the right one
  std::string row_json;  // empty: the right one; "-": no row
};

inline ForgedMember FileMember(const std::string& name, const std::string& bytes) {
  ForgedMember member;
  static_cast<format::Entry&>(member.row) = MakeEntry("file", name, name, name);
  member.row.member = name;
  member.row.size = bytes.size();
  member.row.sha256_hex = ToHex(Sha256Of(bytes));
  member.bytes = bytes;
  return member;
}

// Any tar header, checksum included.
inline std::string RawHeader(const std::string& name, uint64_t size, char type, const std::string& link = {}) {
  std::string header = format::EncodeTarHeader({"x", size, 1763701140, false});
  header.replace(0, 100, std::string(100, '\0'));
  header.replace(0, std::min<size_t>(name.size(), 100), name.substr(0, 100));
  header[156] = type;
  header.replace(157, std::min<size_t>(link.size(), 100), link.substr(0, 100));
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  return header.replace(148, 7, std::string(text, 7));
}

struct ForgedArchive {
  using Bytes = std::function<void(std::string&)>;

  std::vector<ForgedMember> members;
  format::Identity identity = [] {
    format::Identity made;
    made.uuid = *format::ParseUuid(FixedOptions().archive_id);
    made.created_ms = FixedOptions().clock_ms;
    return made;
  }();
  std::string readme = std::string(format::ReadmeText());
  std::string manifest_members;
  std::string end = std::string(format::kEndBlocks, '\0');
  std::string behind_end;  // a skippable frame between the end of the tar and the footer
  // Each may change what was made, before it is hashed by what comes after it.
  Bytes change_index, change_index_header, change_manifest, change_manifest_header, change_data_frame, change_start;
  std::function<void(std::vector<format::TableEntry>&)> change_table;
  std::function<void(format::Footer&)> change_footer;
  Bytes change_footer_bytes;  // its own checksum is made right afterwards
  Bytes change_all;

  std::string Build() {
    table_.clear();
    file_.clear();
    tar_ = 0;
    std::string start = format::EncodeStart(identity);
    Apply(change_start, start);
    AddFrame(start, 0);
    std::string index;
    const std::string data = MakeData(index);
    std::string frame = Compressed(data);
    Apply(change_data_frame, frame);
    AddFrame(frame, data.size());

    Apply(change_index, index);
    format::Footer footer;
    footer.identity = identity;
    footer.object_count = static_cast<uint64_t>(std::count(index.begin(), index.end(), '\n'));
    footer.index = BeginPart(index);
    std::string header = Header(format::kIndexName, index.size());
    Apply(change_index_header, header);
    AddContent(header);
    if (!index.empty()) AddContent(Padded(index));
    footer.index.length = file_.size() - footer.index.offset;

    std::string manifest = *format::BuildManifest(
        {identity, footer.object_count, 0, index.size(), footer.index.sha256, 3}, manifest_members);
    Apply(change_manifest, manifest);
    footer.manifest = BeginPart(manifest);
    header = Header(format::kManifestName, manifest.size());
    Apply(change_manifest_header, header);
    AddSliced(header + Padded(manifest));
    footer.manifest.length = file_.size() - footer.manifest.offset;
    AddContent(end);
    if (!behind_end.empty()) AddFrame(behind_end, 0);
    return Close(footer);
  }

 private:
  static void Apply(const Bytes& change, std::string& bytes) {
    if (change) change(bytes);
  }
  static std::string Padded(std::string bytes) {
    bytes.resize(static_cast<size_t>(format::PaddedSize(bytes.size())), '\0');
    return bytes;
  }
  static std::string Compressed(const std::string& content) { return *format::FrameEncoder(3).Encode(content); }
  std::string Header(const std::string& name, uint64_t size) const {
    return format::EncodeTarHeader({name, size, identity.created_ms / 1000, false});
  }
  void AddFrame(const std::string& frame, size_t content_size) {
    table_.push_back({static_cast<uint32_t>(frame.size()), static_cast<uint32_t>(content_size)});
    file_ += frame;
    tar_ += content_size;
  }
  void AddContent(const std::string& content) { AddFrame(Compressed(content), content.size()); }
  void AddSliced(const std::string& content) {
    for (size_t at = 0; at < content.size(); at += format::kMaxFrameContent) {
      AddContent(content.substr(at, format::kMaxFrameContent));
    }
  }
  format::MetaPart BeginPart(const std::string& content) const {
    return {file_.size(), 0, tar_, content.size(), Sha256Of(content)};
  }
  std::string MakeData(std::string& index) {
    std::string data = Header(format::kReadmeName, readme.size()) + Padded(readme);
    for (ForgedMember member : members) {
      member.row.at = data.size();
      const std::string right =
          format::EncodeTarHeader({member.row.member.empty() ? "x" : member.row.member, member.row.size,
                                   identity.created_ms / 1000, member.row.folder});
      data += member.header.empty() ? right : member.header;
      data += Padded(member.bytes);
      std::string line = member.row_json.empty() ? format::EncodeRow(member.row) : member.row_json + "\n";
      if (const size_t at = line.find("@AT@"); at != std::string::npos)
        line.replace(at, 4, std::to_string(member.row.at));
      if (member.row_json != "-") index += line;
    }
    return data;
  }
  std::string Close(format::Footer& footer) {
    table_.push_back({format::kFooterSize, 0});
    if (change_table) change_table(table_);
    const std::string table = format::EncodeTable(table_);
    footer.tar_size = tar_;
    footer.sha256_before = Sha256Of(file_);
    footer.table_xxh64 = Xxh64Of(table);
    if (change_footer) change_footer(footer);
    std::string bytes = format::EncodeFooter(footer);
    if (change_footer_bytes) {
      change_footer_bytes(bytes);
      const uint64_t hash = Xxh64Of(std::string_view(bytes).substr(0, bytes.size() - 8));
      for (size_t i = 0; i < 8; ++i) bytes[bytes.size() - 8 + i] = static_cast<char>(hash >> 8 * i);
    }
    std::string all = file_ + bytes + table;
    Apply(change_all, all);
    return all;
  }

  std::vector<format::TableEntry> table_;
  std::string file_;
  uint64_t tar_ = 0;
};

}  // namespace dbxark::test
