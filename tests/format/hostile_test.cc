// Archives that somebody made to do harm. Each is refused, with a line that names the fraud, and nothing is written
// where it does not belong.
#include <zstd.h>

#include "format/extractor.h"
#include "support/forged_archive.h"
#include "support/one_file_system.h"

using namespace dbxark;
using namespace dbxark::format;
using namespace dbxark::test;

namespace {

std::string FindingIn(const std::string& bytes, bool quick = false) {
  OneFileSystem files;
  files.bytes = bytes;
  const auto reader = ArchiveReader::Open(files, "x");
  if (!reader.ok()) return reader.error().message();
  const Status status = (*reader)->Verify(quick, 2, nullptr);
  return status.ok() ? "" : status.error().message();
}

ForgedArchive WithMember(const ForgedMember& member) {
  ForgedArchive archive;
  archive.members = {FileMember("before", "1"), member, FileMember("behind", "2")};
  return archive;
}

// What verify says, and that extraction writes nothing of it outside or instead of it.
std::string Refused(const ForgedMember& member) {
  const std::string bytes = WithMember(member).Build();
  const TempFolder folder;
  WriteFile(folder / "x", bytes);
  std::filesystem::create_directory(folder / "out");
  const auto reader = ArchiveReader::Open(FileSystem::Real(), folder / "x");
  if (reader.ok()) {
    ExtractOptions options;
    options.keep_going = true;
    const auto summary = Extract(**reader, folder / "out", options);
    if (summary.ok()) CHECK(summary->failed == 1);
    CHECK(folder.List() == std::vector<std::string>{"out", "x"});
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "out")) {
      const std::string name = entry.path().filename().string();
      INFO(name);
      CHECK((name == "before" || name == "behind"));
    }
  }
  return FindingIn(bytes);
}

bool RefusedAs(const ForgedMember& member, const std::string& part) {
  const std::string finding = Refused(member);
  INFO(finding);
  CHECK(Contains(finding, part));
  return Contains(finding, part);
}

std::string FindingWith(const std::function<void(ForgedArchive&)>& forge) {
  ForgedArchive archive;
  archive.members = {FileMember("a", "1"), FileMember("b/c", "22")};
  forge(archive);
  return FindingIn(archive.Build());
}

void CheckFinding(const std::string& part, const std::function<void(ForgedArchive&)>& forge) {
  const std::string finding = FindingWith(forge);
  INFO("\"" << finding << "\" should say \"" << part << "\"");
  CHECK(Contains(finding, part));
}

std::string FrameWith(const std::string& content, const std::function<void(ZSTD_CCtx*)>& set, bool pledge = true) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  set(context);
  if (pledge) ZSTD_CCtx_setPledgedSrcSize(context, content.size());
  std::string out(ZSTD_compressBound(content.size()) + 100, '\0');
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  ZSTD_inBuffer input{content.data(), content.size(), 0};
  // In two steps, or libzstd would find the content size out by itself.
  ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue);
  ZSTD_compressStream2(context, &output, &input, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  out.resize(output.pos);
  return out;
}

}  // namespace

TEST_CASE("a forged archive without a fraud is taken") {
  CHECK(FindingWith([](ForgedArchive&) {}).empty());
  CHECK(FindingIn(ForgedArchive().Build()).empty());
}

TEST_CASE("links, devices and sparse files are refused") {
  const auto with = [](char type, const std::string& link) {
    ForgedMember member = FileMember("evil", "");
    member.header = RawHeader("evil", 0, type, link);
    return member;
  };
  RefusedAs(with('2', "/etc/passwd"), "file evil: is a symbolic link");
  RefusedAs(with('1', "../../etc/passwd"), "hard link");
  RefusedAs(with('3', ""), "device");
  RefusedAs(with('4', ""), "device");
  RefusedAs(with('6', ""), "pipe");
  RefusedAs(with('S', ""), "sparse");
  RefusedAs(with('x', ""), "of a type");
  RefusedAs(with('g', ""), "of a type");
  RefusedAs(with('K', "x"), "of a type");
  RefusedAs(with('5', ""), "not the one");
}

TEST_CASE("names that lead elsewhere are refused in the index and in the tar") {
  for (const char* name : {"../evil", "/tmp/evil", "a/../../evil", "..", "./evil", "a//evil", "ev\\il"}) {
    INFO(name);
    ForgedMember member = FileMember(name, "x");
    RefusedAs(member, "index, row 2: has ");
    // The row is harmless, the header is not.
    member = FileMember("evil", "x");
    member.header = RawHeader(name, 1, '0');
    RefusedAs(member, "another name");
  }
  ForgedMember member = FileMember("evil", "x");
  member.row_json = R"({"kind":"file","id":"e","key":"e","member":"e\u0000vil","size":1,"sha256":")" +
                    ToHex(Sha256Of("x")) + R"(","at":@AT@})";
  RefusedAs(member, "unescaped characters");
  member.row_json = R"({"kind":"file","id":"e","key":"e","member":")" + std::string(5000, 'e') +
                    R"(","size":1,"sha256":")" + ToHex(Sha256Of("x")) + R"(","at":@AT@})";
  RefusedAs(member, "over 4,000 bytes");
}

TEST_CASE("rows that are none are refused") {
  const auto with = [](const std::string& json) {
    ForgedMember member = FileMember("evil", "x");
    member.row_json = json;
    return member;
  };
  const std::string hash = ToHex(Sha256Of("x"));
  for (const std::string& json : std::vector<std::string>{
           " ", "[]", "{", "null", R"({"kind":"file"})",
           "{\"kind\":\"f\",\"id\":\"e\",\"key\":\"e\",\"member\":\"\xff\"}",
           R"({"kind":"f","id":"e","member":"evil","size":1,"sha256":")" + hash + R"(","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":-1,"sha256":")" + hash + R"(","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1e3,"sha256":")" + hash + R"(","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":9223372036854775807,"sha256":")" + hash +
               R"(","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":4611686018427387904,"sha256":")" + hash +
               R"(","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1,"sha256":"00","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1,"at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1,"sha256":")" + hash + R"("})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1,"sha256":")" + hash + R"(","at":0})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1,"sha256":")" + hash + R"(","at":1000000})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":600,"sha256":")" + hash + R"(","at":@AT@})",
           R"({"kind":"f","id":"e","key":"e","member":"evil","size":1,"sha256":")" + hash +
               R"(","at":@AT@,"origin":"x"})"}) {
    INFO(json);
    CHECK(Contains(Refused(with(json)), "index, row"));
  }
  CHECK(Contains(Refused(with("-")), "neighbours"));
  // As deep as a row may be long: no parser's stack may give way.
  CHECK(!Refused(with(std::string(1 << 20, '['))).empty());
  CHECK(!Refused(with("{\"info\":" + std::string(1 << 19, '[') + std::string(1 << 19, ']') + "}")).empty());
}

TEST_CASE("rows that disagree with their members are refused") {
  ForgedMember member = FileMember("evil", "x");
  member.row.sha256_hex = ToHex(Sha256Of("y"));
  RefusedAs(member, "file evil: its bytes do not have the SHA-256");
  member = FileMember("evil", "x");
  member.header = RawHeader("evil", 2, '0');
  RefusedAs(member, "not the one");
  member = FileMember("evil", "x");
  member.header = RawHeader("evil", 1, '0');
  member.header[148] = '7';
  RefusedAs(member, "wrong checksum");
  member = FileMember("evil", std::string("x\0\0y", 4));
  member.row.size = 1;
  member.row.sha256_hex = ToHex(Sha256Of("x"));
  CHECK(Contains(FindingIn(WithMember(member).Build()), "zeros behind it"));
}

TEST_CASE("names and ids that occur twice are found") {
  ForgedMember member = FileMember("before", "x");
  member.row.id = "other";
  CHECK(Contains(FindingIn(WithMember(member).Build()), "name occurs twice"));
  CHECK(Contains(FindingIn(WithMember(member).Build(), true), "name occurs twice"));
  member = FileMember("evil", "x");
  member.row.id = "before";
  CHECK(Contains(FindingIn(WithMember(member).Build()), "kind and id occur twice"));

  const TempFolder folder;
  member = FileMember("before", "x");
  member.row.id = "other";
  WriteFile(folder / "x", WithMember(member).Build());
  const auto summary = Extract(*OpenArchive(folder / "x"), folder / "out", {});
  REQUIRE(!summary.ok());
  CHECK(summary.error().code() == ErrorCode::kAlreadyExists);
  CHECK(ReadFile(folder / "out/before") == "1");
}

TEST_CASE("frames that decode to more, or want more, than they may are refused") {
  const auto with_frame = [](const std::string& frame) {
    return [frame](ForgedArchive& archive) { archive.change_data_frame = [=](std::string& bytes) { bytes = frame; }; };
  };
  const std::string bomb(64 << 20, '\0');
  CheckFinding("content size is not the seek table's", with_frame(*FrameEncoder(3).Encode(bomb)));
  CheckFinding("decodes to more than 4 MiB", [&](ForgedArchive& archive) {
    archive.change_data_frame = [&](std::string& bytes) { bytes = *FrameEncoder(3).Encode(bomb); };
    archive.change_table = [&](std::vector<TableEntry>& table) { table[1].content_size = 64 << 20; };
  });
  // Its header tells the truth about a small content, its blocks do not.
  std::string liar = *FrameEncoder(3).Encode(std::string(100000, 'x'));
  CheckFinding("frame 1 at byte 48", [&](ForgedArchive& archive) {
    archive.change_data_frame = [&](std::string& bytes) {
      const size_t width = static_cast<size_t>(1) << (static_cast<unsigned char>(bytes[4]) >> 6);
      liar.replace(5, 4, bytes.substr(5, width));
      liar[4] = bytes[4];
      bytes = liar;
    };
  });
  const std::string content(3000, 'x');
  CheckFinding("does not say its content size", with_frame(FrameWith(
                                                    content, [](ZSTD_CCtx*) {}, false)));
  CheckFinding("has no checksum", with_frame(FrameWith(content, [](ZSTD_CCtx* context) {
                 ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0);
               })));
  CheckFinding("window of more than 8 MiB",
               with_frame(FrameWith(
                   content, [](ZSTD_CCtx* context) { ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27); }, false)));
  CheckFinding("reserved bits", [](ForgedArchive& archive) {
    archive.change_data_frame = [](std::string& bytes) { bytes[4] = static_cast<char>(bytes[4] | 0x10); };
  });
  CheckFinding("wants a dictionary", [](ForgedArchive& archive) {
    archive.change_data_frame = [](std::string& bytes) { bytes[4] = static_cast<char>(bytes[4] | 0x01); };
  });
  CheckFinding("bytes behind its end", [](ForgedArchive& archive) {
    archive.change_data_frame = [](std::string& bytes) { bytes += *FrameEncoder(3).Encode(""); };
  });
  CheckFinding("is no zstd frame", with_frame(std::string("\x5d\x2a\x4d\x18\x04\0\0\0abcd", 12)));
  CheckFinding("is no zstd frame", with_frame("12345678"));
}

TEST_CASE("a seek table that does not add up is refused") {
  using Table = std::vector<TableEntry>;
  const auto with = [](std::function<void(Table&)> change) {
    return [change](ForgedArchive& archive) { archive.change_table = change; };
  };
  CheckFinding("frames end at byte", with([](Table& table) { ++table[1].compressed_size; }));
  CheckFinding("frames end at byte", with([](Table& table) { table.erase(table.begin() + 1); }));
  CheckFinding("do not add up", with([](Table& table) { ++table[1].content_size; }));
  CheckFinding("first entry", with([](Table& table) { table[0].content_size = 1; }));
  CheckFinding("last entry", with([](Table& table) { table.back().content_size = 1; }));
  CheckFinding("larger than its content", with([](Table& table) { table[1].compressed_size = 0xFFFFFFFF; }));
  CheckFinding("too small", with([](Table& table) { table[1].compressed_size = 0; }));
  CheckFinding("has no content", with([](Table& table) { table.insert(table.begin() + 1, {100, 0}); }));
  CheckFinding("cannot have", with([](Table& table) { table.resize(2); }));
  CheckFinding("cannot have", with([](Table& table) { table.clear(); }));
  CheckFinding("larger than the file", [](ForgedArchive& archive) {
    archive.change_all = [](std::string& bytes) { bytes[bytes.size() - 7] = 1; };  // the entry count, third byte
  });
  CheckFinding("cannot have", [](ForgedArchive& archive) {
    archive.change_all = [](std::string& bytes) { bytes[bytes.size() - 6] = '\x7F'; };
  });
  CheckFinding("does not end in a seek table", [](ForgedArchive& archive) {
    archive.change_all = [](std::string& bytes) { bytes[bytes.size() - 5] = '\x80'; };  // per-entry checksums
  });
  CheckFinding("seek table",
               [](ForgedArchive& archive) { archive.change_all = [](std::string& bytes) { bytes += "x"; }; });
}

TEST_CASE("a footer that does not fit is refused") {
  const auto with = [](std::function<void(Footer&)> change) {
    return [change](ForgedArchive& archive) { archive.change_footer = change; };
  };
  CheckFinding("do not add up", with([](Footer& footer) { footer.tar_size += 512; }));
  CheckFinding("not in their places", with([](Footer& footer) { footer.index.offset = ~uint64_t{0}; }));
  CheckFinding("not in their places", with([](Footer& footer) { std::swap(footer.index, footer.manifest); }));
  CheckFinding("not on frames", with([](Footer& footer) { ++footer.index.offset; }));
  CheckFinding("not on frames", with([](Footer& footer) { footer.index.length = ~uint64_t{0}; }));
  CheckFinding("not on frames", with([](Footer& footer) { ++footer.manifest.length; }));
  CheckFinding("does not fit its size", with([](Footer& footer) { footer.index.size = ~uint64_t{0}; }));
  CheckFinding("does not fit its size", with([](Footer& footer) { footer.index.tar_offset = ~uint64_t{0}; }));
  CheckFinding("does not fit its size", with([](Footer& footer) { footer.manifest.size = 0; }));
  CheckFinding("SHA-256 is not the footer's", with([](Footer& footer) { footer.index.sha256[0] ^= 1; }));
  CheckFinding("SHA-256 is not the footer's", with([](Footer& footer) { footer.manifest.sha256[0] ^= 1; }));
  CheckFinding("not those that were written", with([](Footer& footer) { footer.sha256_before[31] ^= 1; }));
  CheckFinding("count of objects", with([](Footer& footer) { ++footer.object_count; }));
  CheckFinding("more objects than the index", with([](Footer& footer) { footer.object_count = ~uint64_t{0}; }));
  CheckFinding("do not agree", with([](Footer& footer) { footer.identity.uuid[0] ^= 1; }));
  CheckFinding("do not agree", with([](Footer& footer) { ++footer.identity.created_ms; }));
  CheckFinding("reserved bytes", [](ForgedArchive& archive) {
    archive.change_footer_bytes = [](std::string& bytes) { bytes[300] = 1; };
  });
  CheckFinding("checksum is wrong", with([](Footer& footer) { ++footer.table_xxh64; }));
}

TEST_CASE("index and manifest that are not what the footer means are refused") {
  CheckFinding("index: has 2 rows, the footer says 3", [](ForgedArchive& archive) {
    archive.change_footer = [](Footer& footer) { footer.object_count = 3; };
    archive.change_manifest = [](std::string& text) {
      text.replace(text.find("\"objects\": 2"), 12, "\"objects\": 3");
    };
  });
  CheckFinding("does not end where its frame ends", [](ForgedArchive& archive) {
    archive.change_index = [](std::string& text) { text.pop_back(); };
    archive.change_footer = [](Footer& footer) { footer.object_count = 2; };
    archive.change_manifest = [](std::string& text) {
      text.replace(text.find("\"objects\": 1"), 12, "\"objects\": 2");
    };
  });
  CheckFinding("index: is a symbolic link", [](ForgedArchive& archive) {
    archive.change_index_header = [](std::string& header) { header = RawHeader("META/index.ndjson", 0, '2', "/etc"); };
  });
  CheckFinding("manifest: its tar header bears another name", [](ForgedArchive& archive) {
    archive.change_manifest_header = [](std::string& header) { header = RawHeader("../evil", 0, '0'); };
  });
  for (const std::string& text : {std::string("[]"), std::string("{"), std::string(), std::string(1 << 20, '[')}) {
    CheckFinding("manifest: is not a JSON object",
                 [&](ForgedArchive& archive) { archive.change_manifest = [&](std::string& bytes) { bytes = text; }; });
  }
  CheckFinding("over 4 million values", [](ForgedArchive& archive) {
    archive.change_manifest = [](std::string& bytes) {
      bytes = "{\"x\":[0";
      for (int i = 0; i < 5000000; ++i) bytes += ",0";
      bytes += "]}";
    };
  });
  CheckFinding("another archive's id", [](ForgedArchive& archive) {
    archive.change_manifest = [](std::string& bytes) { bytes = R"({"objects":2})"; };
  });
  CheckFinding("README.txt", [](ForgedArchive& archive) { archive.readme.assign(100000, 'x'); });
  CheckFinding("the end of the tar", [](ForgedArchive& archive) { archive.end[5] = 'x'; });
  CheckFinding("not the end of a tar", [](ForgedArchive& archive) { archive.end += archive.end; });
}

TEST_CASE("a higher minor is read, a higher major and unknown necessary flags are not") {
  CHECK(FindingWith([](ForgedArchive& archive) {
          archive.identity.minor = 7;
          archive.identity.flags = 0x8000;
          archive.members[0].row.info = R"({"later":1})";
          archive.manifest_members = R"({"later":{"x":[]}})";
          archive.change_footer_bytes = [](std::string& bytes) { bytes[300] = 1; };
        }).empty());
  CheckFinding("do not agree",
               [](ForgedArchive& archive) { archive.change_start = [](std::string& bytes) { bytes[16] = 2; }; });
  const auto code_of = [](ForgedArchive archive, const std::string& part) {
    OneFileSystem files;
    files.bytes = archive.Build();
    const auto reader = ArchiveReader::Open(files, "x");
    REQUIRE(!reader.ok());
    INFO(reader.error().message());
    CHECK(Contains(reader.error().message(), part));
    return reader.error().code();
  };
  ForgedArchive archive;
  archive.identity.major = 2;
  CHECK(code_of(archive, "use a newer one") == ErrorCode::kFailed);
  archive.identity = ForgedArchive().identity;
  archive.identity.flags = 0x10000;
  CHECK(code_of(archive, "use a newer one") == ErrorCode::kFailed);
}

TEST_CASE("extraction follows no link that stands in the folder, and overwrites nothing") {
  const TempFolder folder;
  ForgedArchive archive;
  archive.members = {FileMember("a/file", "1"), FileMember("b", "2"), FileMember("c", "3"),
                     FileMember("d/x/y", "4"),  FileMember("e", "5"), FileMember("e/f", "6")};
  WriteFile(folder / "x", archive.Build());
  std::filesystem::create_directories(folder / "outside");
  std::filesystem::create_directories(folder / "out/d");
  WriteFile(folder / "target", "safe");
  WriteFile(folder / "out/c", "old");
  std::filesystem::create_symlink("../outside", folder / "out/a");
  std::filesystem::create_symlink("../target", folder / "out/b");
  std::filesystem::create_symlink("../../outside", folder / "out/d/x");
  ExtractOptions options;
  options.keep_going = true;
  std::vector<std::string> failed;
  options.on_failed = [&](const Row& row, const Error& error) {
    CHECK(error.code() == ErrorCode::kAlreadyExists);
    failed.push_back(row.member);
  };
  const auto summary = Extract(*OpenArchive(folder / "x"), folder / "out", options);
  REQUIRE(summary.ok());
  CHECK(summary->failed == 5);
  CHECK(failed == std::vector<std::string>{"a/file", "b", "c", "d/x/y", "e/f"});
  CHECK(ReadFile(folder / "target") == "safe");
  CHECK(ReadFile(folder / "out/c") == "old");
  CHECK(ReadFile(folder / "out/e") == "5");
  CHECK(std::filesystem::is_empty(folder / "outside"));
}
