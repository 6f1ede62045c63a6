// Goes through a whole archive once and tells what is wrong with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "format/container.h"
#include "format/entry.h"
#include "format/member_name.h"
#include "format/row_cursor.h"

namespace dbxark::format {

// For an archive whose index and manifest are known to be whole (ArchiveReader::Open). Use once.
class Verifier {
 public:
  using OnFinding = std::function<void(const std::string& finding)>;

  Verifier(const Container& container, OnFinding on_finding);

  // Both return how many findings there were, or why the file could not be read.
  Result<uint64_t> CheckRows();
  Result<uint64_t> CheckAll(size_t threads);

 private:
  // A member on its way past: README.txt, then what the rows tell.
  struct Item {
    std::optional<Row> row;
    std::string header;  // as far as it was seen
    uint64_t header_end = 0, content_end = 0, end = 0;
    Sha256 hash;
    bool lost = false, dirty_padding = false;
  };

  void Find(const std::string& finding);
  bool NextRow();
  bool NextItem();
  void Feed(std::string_view bytes, uint64_t size, bool lost);
  void Consume(std::string_view piece);
  void CloseItem();
  void CheckItem();
  void CheckReadme();
  void TakeFrame(size_t frame, const Result<std::string>& content);

  const Container& container_;
  const OnFinding on_finding_;
  RowCursor cursor_;
  std::optional<Row> next_row_;
  std::unique_ptr<Item> item_;
  uint64_t position_ = 0;  // in the tar
  uint64_t findings_ = 0;
  HashSet64 names_, ids_;
};

}  // namespace dbxark::format
