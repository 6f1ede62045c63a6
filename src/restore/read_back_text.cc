// What was read back, for programs and for people.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "restore/plan_text.h"
#include "restore/read_back.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {
namespace {

constexpr uint64_t kPage = 100;  // objects that a list gives at once

void WriteCounts(json::Writer& out, std::string_view key,
                 const std::map<std::pair<std::string, std::string>, uint64_t>& counts) {
  out.Key(key).BeginArray();
  for (const auto& [field, count] : counts) {
    out.BeginObject().Member("kind", field.first).Member("path", field.second).Member("objects", count).EndObject();
  }
  out.EndArray();
}

void WriteLoss(json::Writer& out, const Loss& loss) {
  out.BeginObject().Member("kind", loss.kind).Member("id", loss.id).Member("natural_key", loss.natural_key);
  if (!loss.new_id.empty()) out.Member("new_id", loss.new_id);
  out.Member("vanished", loss.vanished).Key("fields").BeginArray();
  for (const LostField& field : loss.fields) {
    out.BeginObject().Member("path", field.path);
    WriteValue(out, "sent", field.sent);
    WriteValue(out, "there", field.there);
    out.EndObject();
  }
  out.EndArray().EndObject();
}

void AddCounts(std::vector<std::string>& lines, const std::string& title,
               const std::map<std::pair<std::string, std::string>, uint64_t>& counts) {
  if (counts.empty()) return;
  lines.push_back(title + ":");
  for (const auto& [field, count] : counts) {
    lines.push_back("  " + KindWords(field.first) + "  " + Printable(field.second) + "  " + WithSeparators(count));
  }
}

}  // namespace

uint64_t ReadBack::Vanished() const {
  return static_cast<uint64_t>(
      std::count_if(losses.begin(), losses.end(), [](const Loss& loss) { return loss.vanished; }));
}

uint64_t ReadBack::ObjectsUnread() const {
  uint64_t objects = 0;
  for (const Unread& one : unread) objects += one.objects;
  return objects;
}

std::string ReadBack::Counts() const {
  std::string text = WithSeparators(as_sent) + " as sent";
  if (const uint64_t differ = losses.size() - Vanished(); differ > 0) {
    text += ", " + WithSeparators(differ) + " not as sent";
  }
  if (Vanished() > 0) text += ", " + WithSeparators(Vanished()) + " not there";
  if (ObjectsUnread() > 0) text += ", " + WithSeparators(ObjectsUnread()) + " could not be read";
  return text;
}

void EstimateReadBack(Plan& plan, ReadBackLevel level) {
  if (level == ReadBackLevel::kNone) return;
  std::map<const objects::ObjectDescriptor*, uint64_t> made;
  std::set<std::pair<bool, std::string>> folders;
  uint64_t contents = 0, dbfs_contents = 0;
  for (const Step& step : plan.steps) {
    if (step.op != Op::kCreate && step.op != Op::kFinish && step.op != Op::kUpdate) continue;
    if (HasDefinition(*step.kind)) {
      ++made[step.kind];
      continue;
    }
    const bool tree = IsInTree(*step.kind);
    folders.insert({tree, ParentOf(step.natural_key)});
    if (NodeTypeOf(*step.kind) != "DIRECTORY") ++(tree ? contents : dbfs_contents);
  }
  for (const auto& [kind, count] : made) plan.requests[std::string(kind->family)] += 1 + count / kPage;
  for (const auto& [tree, folder] : folders) ++plan.requests[tree ? "workspace" : "dbfs"];
  if (level != ReadBackLevel::kContent) return;
  if (contents > 0) plan.requests["workspace/export"] += contents;
  if (dbfs_contents > 0) plan.requests["dbfs"] += 2 * dbfs_contents;
}

void WriteReadBack(json::Writer& out, const ReadBack& read_back) {
  if (!read_back.begun) return;
  out.Key("read_back").BeginObject().Member("as_sent", read_back.as_sent);
  out.Member("not_as_sent", static_cast<uint64_t>(read_back.losses.size()) - read_back.Vanished());
  out.Member("vanished", read_back.Vanished()).Member("unread", read_back.ObjectsUnread());
  out.Member("interrupted", read_back.interrupted).Key("losses").BeginArray();
  for (const Loss& loss : read_back.losses) WriteLoss(out, loss);
  out.EndArray().Key("not_read").BeginArray();
  for (const Unread& unread : read_back.unread) {
    out.BeginObject().Member("kind", unread.kind);
    if (!unread.natural_key.empty()) out.Member("natural_key", unread.natural_key);
    out.Member("objects", unread.objects).Member("reason", unread.reason).EndObject();
  }
  out.EndArray();
  WriteCounts(out, "filled_in", read_back.filled_in);
  WriteCounts(out, "not_shown", read_back.not_shown);
  out.EndObject();
}

std::string DescribeLoss(const LostField& field) {
  return field.path + ": sent " + field.sent + (field.there.empty() ? ", not there" : ", there " + field.there);
}

std::vector<std::string> ReadBackText(const ReadBack& read_back, size_t max_lines, bool full) {
  std::vector<std::string> lines;
  if (!read_back.begun) return lines;
  std::vector<std::string> details;
  for (const Loss& loss : read_back.losses) {
    const std::string name =
        "  " + KindWords(loss.kind) + "  " + Shorten(loss.natural_key.empty() ? loss.id : loss.natural_key, 40) + "  ";
    if (loss.vanished) details.push_back(name + "not there any more");
    for (const LostField& field : loss.fields) details.push_back(name + Printable(DescribeLoss(field)));
  }
  if (!read_back.losses.empty()) lines.push_back("sent, and not kept " + WithSeparators(read_back.losses.size()) + ":");
  for (size_t i = 0; i < details.size(); ++i) {
    if (!full && i == max_lines) {
      lines.push_back(MoreHidden(details.size() - i));
      break;
    }
    lines.push_back(details[i]);
  }
  if (!read_back.unread.empty()) lines.push_back("not read back:");
  for (size_t i = 0; i < read_back.unread.size(); ++i) {
    if (!full && i == max_lines) {
      lines.push_back(MoreHidden(read_back.unread.size() - i));
      break;
    }
    const Unread& unread = read_back.unread[i];
    lines.push_back("  " + KindWords(unread.kind) +
                    (unread.natural_key.empty() ? "" : "  " + Shorten(unread.natural_key, 40)) + "  " +
                    Printable(unread.reason));
  }
  if (full) {
    AddCounts(lines, "not sent, and filled in by the service", read_back.filled_in);
    AddCounts(lines, "sent, and not shown by the service (empty values, passwords)", read_back.not_shown);
  }
  lines.push_back((read_back.interrupted ? "read back, until it was interrupted: " : "read back: ") +
                  read_back.Counts());
  return lines;
}

}  // namespace dbxark::restore
