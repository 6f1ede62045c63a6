#include "audit/listing.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "json/writer.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

constexpr size_t kKindWidth = 18;  // "global_init_script"

std::string PadRight(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string PadLeft(const std::string& text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

// An id says something only where names do not.
bool ShowsId(std::string_view kind_name) {
  const objects::ObjectDescriptor* kind = objects::FindKind(kind_name);
  return kind != nullptr && !kind->unique_key;
}

// The nearest few of many words, without keeping the many.
class Nearest {
 public:
  explicit Nearest(std::string word) : word_(ToLowerAscii(word)) {}

  void Offer(const std::string& name, std::string selector) {
    const std::string lower = ToLowerAscii(name);
    // The distance costs the product of both lengths.
    if (lower.size() > 400 || word_.size() > 400) return;
    const size_t limit = std::max<size_t>(2, word_.size() / 3);
    const size_t gap = lower.size() > word_.size() ? lower.size() - word_.size() : word_.size() - lower.size();
    const std::string tail = Tail(lower);
    size_t distance = limit + 1;
    if (gap <= limit) distance = EditDistance(word_, lower);
    if (!tail.empty() && tail == Tail(word_)) distance = std::min<size_t>(distance, 2);
    if (word_.size() >= 3 && lower.find(word_) != std::string::npos) distance = std::min(distance, limit);
    if (distance > limit) return;
    best_.emplace_back(distance, std::move(selector));
    std::stable_sort(best_.begin(), best_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (best_.size() > 3) best_.pop_back();
  }

  const std::vector<std::pair<size_t, std::string>>& best() const { return best_; }

 private:
  static std::string Tail(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(slash + 1);
  }

  const std::string word_;
  std::vector<std::pair<size_t, std::string>> best_;
};

}  // namespace

std::string RowLine(const format::Row& row, bool long_format) {
  std::string line = PadRight(row.kind, kKindWidth) + "  ";
  const std::string name = Printable(row.natural_key);
  if (!long_format) return line + name + (ShowsId(row.kind) ? "  " + Printable(row.id) : "");
  line += PadLeft(row.folder ? "-" : WithSeparators(row.size), 11) + "  ";
  line += PadRight(row.modified_ms > 0 ? FormatTime(row.modified_ms) : "-", 20) + "  ";
  return line + PadRight(Printable(row.id), 18) + "  " + name;
}

std::string LongHeader() {
  return PadRight("KIND", kKindWidth) + "  " + PadLeft("BYTES", 11) + "  " + PadRight("MODIFIED", 20) + "  " +
         PadRight("ID", 18) + "  NAME";
}

std::string RowJson(const format::Row& row) {
  json::Writer out;
  out.BeginObject().Member("schema", "dbxark.ls.v1").Member("kind", row.kind).Member("id", row.id);
  out.Member("natural_key", row.natural_key).Member("member", row.member).Member("size", row.size);
  if (!row.sha256_hex.empty()) out.Member("sha256", row.sha256_hex);
  if (row.modified_ms > 0) out.Member("modified", FormatTime(row.modified_ms));
  if (row.read_ms > 0) out.Member("read", FormatTime(row.read_ms));
  if (!row.origin_archive.empty()) out.Member("origin_archive", row.origin_archive);
  if (!row.info.empty()) out.Key("info").Raw(row.info);
  return out.EndObject().Take();
}

std::string NameOf(std::string_view kind, std::string_view id, std::string_view natural_key) {
  std::string name(kind);
  if ((ShowsId(kind) || natural_key.empty()) && !id.empty()) name.append(" ").append(Printable(id));
  if (!natural_key.empty()) name.append(" ").append(Printable(natural_key));
  return name;
}

Result<uint64_t> ForEachSelected(const format::ArchiveReader& reader, const objects::Selection& selection,
                                 const std::function<bool(const format::Row&)>& visit) {
  uint64_t count = 0;
  Status status = reader.ForEachRow([&](const format::Row& row) {
    if (!selection.Matches(row.kind, row.id, row.natural_key)) return true;
    ++count;
    return visit(row);
  });
  if (!status.ok()) return std::move(status).error();
  return count;
}

Error NothingMatches(const format::ArchiveReader& reader, const std::vector<objects::Selector>& include) {
  std::vector<std::string> texts;
  for (const objects::Selector& selector : include) texts.push_back(ShellQuote(selector.text()));
  std::string message = "nothing in " + reader.path() + " matches " + (texts.empty() ? "that" : Join(texts, ", "));
  std::vector<std::string> near;
  for (const objects::Selector& selector : include) {
    if (selector.glob().empty()) continue;
    Nearest nearest(selector.glob());
    const Status status = reader.ForEachRow([&](const format::Row& row) {
      if (row.kind == selector.kind().name || selector.kind().storage == objects::Storage::kTree) {
        const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
        if (kind == nullptr || (row.kind != selector.kind().name && kind->storage != objects::Storage::kTree))
          return true;
        nearest.Offer(row.natural_key, ShellQuote(std::string(kind->plural) + ":" + row.natural_key));
      }
      return true;
    });
    if (!status.ok()) return status.error();
    for (const auto& [distance, name] : nearest.best()) near.push_back(name);
  }
  if (!near.empty()) {
    message += "; near: " + Join(near, ", ");
  } else if (!include.empty()) {
    message += "; dbxark ls " + ShellQuote(reader.path()) + " " + std::string(include[0].kind().plural) +
               " lists what there is";
  }
  return Error(ErrorCode::kNotFound, std::move(message));
}

}  // namespace dbxark::audit
