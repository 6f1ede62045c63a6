#include "audit/archive_facts.h"

#include <algorithm>

#include "json/document.h"

namespace dbxark::audit {
namespace {

using json::Node;

uint64_t Count(Node node, uint64_t otherwise = 0) {
  const auto number = node ? node.AsInt64() : std::nullopt;
  return number && *number >= 0 ? static_cast<uint64_t>(*number) : otherwise;
}

std::vector<Node> Elements(Node node) { return node.IsArray() ? node.elements() : std::vector<Node>(); }
std::vector<Node> Members(Node node) { return node.IsObject() ? node.members() : std::vector<Node>(); }

std::vector<std::string> Texts(Node array) {
  std::vector<std::string> texts;
  for (const Node& element : Elements(array)) texts.push_back(element.TextOrNumber());
  return texts;
}

std::vector<Missing> MissingOf(Node array) {
  std::vector<Missing> all;
  for (const Node& element : Elements(array)) {
    // A kind alone may stand as a plain string.
    if (!element.IsObject()) {
      all.push_back({element.TextOrNumber(), {}, {}, {}, 0, 1});
      continue;
    }
    all.push_back({element["kind"].text(), element["id"].TextOrNumber(), element["natural_key"].text(),
                   element["reason"].text(), Count(element["size_bytes"]), Count(element["count"], 1)});
  }
  return all;
}

std::vector<std::pair<std::string, uint64_t>> CountsOf(Node object) {
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (const Node& member : Members(object)) counts.emplace_back(member.key(), Count(member));
  return counts;
}

std::vector<objects::Dangling> DanglingOf(Node array) {
  std::vector<objects::Dangling> all;
  for (const Node& element : Elements(array)) {
    all.push_back({element["kind"].text(), element["id"].TextOrNumber(), element["natural_key"].text(),
                   element["path"].text(), element["target"].text(), element["value"].TextOrNumber(),
                   element["saved_kind"].AsBool().value_or(true)});
  }
  return all;
}

}  // namespace

objects::Selection ArchiveFacts::Scope() const {
  const auto known = [](const std::vector<std::string>& texts) {
    std::vector<std::string> selectors;
    std::copy_if(texts.begin(), texts.end(), std::back_inserter(selectors),
                 [](const std::string& text) { return objects::Selector::Parse(text).ok(); });
    return selectors;
  };
  auto selection = objects::Selection::Parse(known(include), known(exclude));
  return selection.ok() ? std::move(*selection) : objects::Selection();
}

ArchiveFacts FactsOf(const std::string& manifest) {
  ArchiveFacts facts;
  const auto document = json::Document::Parse(manifest);
  if (!document.ok() || !document->root().IsObject()) return facts;
  const Node root = document->root();
  facts.archive_id = root["archive_id"].text();
  facts.created = root["created"].text();
  facts.format_major = root["format"]["major"].AsInt64().value_or(0);
  facts.format_minor = root["format"]["minor"].AsInt64().value_or(0);
  facts.tool_version = root["tool"]["version"].text();
  const Node source = root["source"], caller = root["caller"], scope = root["scope"];
  facts.host = source["host"].text();
  facts.workspace_id = source["workspace_id"].TextOrNumber();
  facts.cloud = source["cloud"].text();
  facts.user_name = caller["user_name"].text();
  facts.admin = caller["admin"].AsBool().value_or(true);
  facts.partial = caller["partial"].AsBool().value_or(!facts.admin);
  facts.crawl_started = root["crawl"]["started"].text();
  facts.crawl_ended = root["crawl"]["ended"].text();
  facts.include = Texts(scope["include"]);
  facts.exclude = Texts(scope["exclude"]);
  facts.dbfs_roots = Texts(scope["dbfs_roots"]);
  if (scope["notebook_format"].IsString()) facts.notebook_format = scope["notebook_format"].text();
  facts.objects = Count(root["objects"]);
  facts.content_bytes = Count(root["content_bytes"]);
  facts.counts = CountsOf(root["counts"]);
  facts.failed = MissingOf(root["failed"]);
  facts.out_of_reach = MissingOf(root["out_of_reach"]);
  facts.excluded = MissingOf(root["excluded"]);
  facts.not_looked_at = Texts(root["not_looked_at"]);
  facts.left_behind = Texts(root["left_behind"]);
  facts.dangling = DanglingOf(root["dangling"]);
  facts.credential_count = Count(root["credential_shapes"]["count"]);
  facts.credential_shapes = CountsOf(root["credential_shapes"]["shapes"]);
  return facts;
}

}  // namespace dbxark::audit
