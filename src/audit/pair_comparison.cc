#include "audit/pair_comparison.h"

#include <algorithm>

#include "json/document.h"
#include "json/writer.h"
#include "objects/definition.h"
#include "objects/notebook_content.h"
#include "objects/registry.h"

namespace dbxark::audit {
namespace {

using objects::ObjectDescriptor;

constexpr uint64_t kMostForLines = uint64_t{32} << 20;  // larger contents are compared, but not line by line

bool IsEmbeddedJson(const json::Node& node) { return node.IsString() && node.text().starts_with('{'); }

// Where both are texts that hold JSON (a policy's definition): what differs in there.
void AddField(const objects::Difference& difference, std::vector<FieldChange>& fields) {
  if (!difference.left.empty() && !difference.right.empty()) {
    const auto left = json::Document::Parse(difference.left), right = json::Document::Parse(difference.right);
    if (left.ok() && right.ok() && IsEmbeddedJson(left->root()) && IsEmbeddedJson(right->root())) {
      const auto inner = objects::CompareJson(left->root().text(), right->root().text());
      if (inner.ok() && !inner->empty()) {
        for (const objects::Difference& one : *inner) {
          fields.push_back({difference.path + "(json)." + one.path, one.left, one.right});
        }
        return;
      }
    }
  }
  fields.push_back({difference.path, difference.left, difference.right});
}

Result<Sha256Digest> DigestOf(const Body& body) {
  Sha256 digest;
  const auto source = body.OpenSource();
  std::vector<char> buffer(size_t{1} << 16);
  while (true) {
    const auto count = source->Read(buffer.data(), buffer.size());
    if (!count.ok()) return count.error();
    if (*count == 0) return digest.Finish();
    digest.Update({buffer.data(), *count});
  }
}

// The clusters that a job needs, by their ids as the left side has them.
std::vector<std::string> ClustersOf(const ObjectDescriptor& kind, json::Node definition) {
  std::vector<std::string> ids;
  if (&kind != &objects::kJob) return ids;
  for (const objects::FoundReference& found : objects::FindReferences(kind, definition)) {
    if (found.reference->form == objects::ReferenceForm::kId && found.reference->target == "cluster") {
      ids.push_back(found.value);
    }
  }
  return ids;
}

std::string QuotedOrAbsent(std::string_view text) { return text.empty() ? std::string() : json::Quote(text); }

}  // namespace

PairOutcome PairComparison::Compare(const ObjectDescriptor& kind, const Item& left, const Item& right) const {
  PairOutcome outcome;
  Change& change = outcome.change;
  change.kind = &kind;
  change.left_id = left.id;
  change.right_id = right.id;
  change.natural_key = left.natural_key;
  Status status;
  if (!IsTree(kind)) {
    status = CompareDefinitions(kind, left, right, outcome);
  } else if (&kind != &objects::kDirectory) {
    status = CompareContents(kind, left, right, outcome);
  }
  if (!status.ok()) {
    outcome.error = std::move(status).error();
    return outcome;
  }
  CompareFacts(kind, left, right, outcome);
  outcome.differs = change.content_changed || !change.fields.empty();
  return outcome;
}

size_t PairComparison::CountDifferences(const ObjectDescriptor& kind, const Item& left, const Item& right) const {
  PairOutcome outcome;
  outcome.counts_only = true;
  if (!CompareDefinitions(kind, left, right, outcome).ok()) return kNobody;
  CompareFacts(kind, left, right, outcome);
  // What a restore may have changed by itself still tells namesakes apart, but weighs less than any real difference.
  return outcome.change.fields.size() * 1000 + (outcome.change.content_changed ? 1000 : 0) +
         static_cast<size_t>(std::min<uint64_t>(outcome.held_back + outcome.dropped, 500)) +
         (outcome.pin_only_right ? 1 : 0);
}

Status PairComparison::CompareDefinitions(const ObjectDescriptor& kind, const Item& left, const Item& right,
                                          PairOutcome& outcome) const {
  const bool same_bytes = left.has_digest && right.has_digest && left.sha256 == right.sha256;
  if (same_bytes && ((same_workspace_ && !options_.id_map) || options_.raw)) return {};
  auto a = left_.Definition(kind, left, stop_);
  if (!a.ok()) return std::move(a).error().Within(left_.name());
  auto b = right_.Definition(kind, right, stop_);
  if (!b.ok()) return std::move(b).error().Within(right_.name());
  outcome.change.left_size = a->size();
  outcome.change.right_size = b->size();
  return options_.raw ? CompareRaw(*a, *b, outcome)
                      : ComparePrepared(kind, *a, *b, MadeByRestore(left, right), outcome);
}

Status PairComparison::ComparePrepared(const ObjectDescriptor& kind, const std::string& left, const std::string& right,
                                       bool made_by_restore, PairOutcome& outcome) const {
  const auto a = json::Document::Parse(left);
  if (!a.ok()) return a.error().Within(left_.name());
  const auto b = json::Document::Parse(right);
  if (!b.ok()) return b.error().Within(right_.name());
  objects::PrepareOptions options;
  options.hold_back = false;
  const auto body_a = objects::Prepare(kind, *a, matcher_, options);
  if (!body_a.ok()) return body_a.error().Within(left_.name());
  const auto body_b = objects::Prepare(kind, *b, objects::Identity(), options);
  if (!body_b.ok()) return body_b.error().Within(right_.name());
  const auto differences = objects::Compare(kind, body_a->body, body_b->body);
  if (!differences.ok()) return differences.error();

  if (made_by_restore) {
    for (const std::string& id : ClustersOf(kind, a->root())) {
      if (const auto counterpart = matcher_.Resolve("cluster", id)) outcome.clusters_needed.push_back(*counterpart);
    }
    outcome.dropped = static_cast<uint64_t>(
        std::count_if(body_a->edits.begin(), body_a->edits.end(),
                      [](const objects::FieldEdit& edit) { return edit.why == objects::FieldEdit::Why::kDropped; }));
  }
  for (const objects::Difference& difference : *differences) {
    if (difference.held_back && made_by_restore) {
      ++outcome.held_back;
    } else {
      AddField(difference, outcome.change.fields);
    }
  }
  if (options_.patch && !outcome.counts_only && !outcome.change.fields.empty()) {
    const auto pretty_a = json::Document::Parse(body_a->body), pretty_b = json::Document::Parse(body_b->body);
    if (pretty_a.ok() && pretty_b.ok()) {
      outcome.change.lines = DiffTexts(SortedPretty(pretty_a->root()), SortedPretty(pretty_b->root()), true,
                                       PatchName(left_, outcome.change), PatchName(right_, outcome.change));
    }
  }
  return {};
}

Status PairComparison::CompareRaw(const std::string& left, const std::string& right, PairOutcome& outcome) const {
  if (left == right) return {};
  outcome.change.content_changed = true;
  if (const auto differences = objects::CompareJson(left, right); differences.ok()) {
    for (const objects::Difference& difference : *differences) AddField(difference, outcome.change.fields);
  }
  if (options_.patch && !outcome.counts_only) {
    outcome.change.lines =
        DiffTexts(left, right, true, PatchName(left_, outcome.change), PatchName(right_, outcome.change));
  }
  return {};
}

Status PairComparison::CompareContents(const ObjectDescriptor& kind, const Item& left, const Item& right,
                                       PairOutcome& outcome) const {
  if (left.has_digest && right.has_digest && left.sha256 == right.sha256) return {};
  if (!left.format.empty() && !right.format.empty() && left.format != right.format) {
    return Error(ErrorCode::kFailed, "saved as " + std::string(left.format) + " at the left and as " +
                                         std::string(right.format) + " at the right");
  }
  const std::string_view format = !left.format.empty() ? left.format : right.format;
  // A digest that is known costs no second reading, unless the contents differ.
  std::optional<Body> bodies[2];
  Sha256Digest digests[2];
  Side* const sides[2] = {&left_, &right_};
  const Item* const items[2] = {&left, &right};
  const auto read = [&](size_t side) -> Status {
    if (bodies[side]) return {};
    auto body = sides[side]->Content(kind, *items[side], format, stop_);
    if (!body.ok()) return std::move(body).error().Within(sides[side]->name());
    bodies[side].emplace(std::move(*body));
    return {};
  };
  for (size_t side = 0; side < 2; ++side) {
    digests[side] = items[side]->sha256;
    if (items[side]->has_digest) continue;
    if (Status status = read(side); !status.ok()) return status;
    const auto digest = DigestOf(*bodies[side]);
    if (!digest.ok()) return digest.error();
    digests[side] = *digest;
  }
  if (digests[0] == digests[1]) return {};

  Change& change = outcome.change;
  change.content_changed = true;
  for (size_t side = 0; side < 2; ++side) {
    if (Status status = read(side); !status.ok()) return status;
  }
  change.left_size = bodies[0]->size();
  change.right_size = bodies[1]->size();
  if (change.left_size > kMostForLines || change.right_size > kMostForLines) return {};
  const auto a = bodies[0]->ReadAll(kMostForLines), b = bodies[1]->ReadAll(kMostForLines);
  if (!a.ok()) return a.error();
  if (!b.ok()) return b.error();
  if (format == "JUPYTER" && objects::ComparableJupyter(*a) == objects::ComparableJupyter(*b)) {
    change.content_changed = false;  // only what the service writes in of the workspace itself
    return {};
  }
  DescribeContents(*a, *b, change);
  return {};
}

void PairComparison::DescribeContents(const std::string& left, const std::string& right, Change& change) const {
  change.is_text = LooksLikeText(left) && LooksLikeText(right);
  if (!change.is_text) return;
  change.lines = DiffTexts(left, right, options_.patch, PatchName(left_, change), PatchName(right_, change));
}

void PairComparison::CompareFacts(const ObjectDescriptor& kind, const Item& left, const Item& right,
                                  PairOutcome& outcome) const {
  std::vector<FieldChange>& fields = outcome.change.fields;
  if (left.natural_key != right.natural_key && IsTree(kind)) {
    fields.push_back({"path", json::Quote(left.natural_key), json::Quote(right.natural_key)});
  }
  if (left.language != right.language && !left.language.empty() && !right.language.empty()) {
    fields.push_back({"language", QuotedOrAbsent(left.language), QuotedOrAbsent(right.language)});
  }
  if (left.pinned == right.pinned || (left.pinned && options_.pins_may_be_ours)) return;
  if (right.pinned && MadeByRestore(left, right)) {
    outcome.pin_only_right = true;
  } else {
    fields.push_back({"pinned", left.pinned ? "true" : "false", right.pinned ? "true" : "false"});
  }
}

std::string PairComparison::PatchName(const Side& side, const Change& change) const {
  std::string name = side.name() + "/" + std::string(change.kind->plural) + ":" + change.natural_key;
  std::replace(name.begin(), name.end(), '\n', ' ');
  return name;
}

}  // namespace dbxark::audit
