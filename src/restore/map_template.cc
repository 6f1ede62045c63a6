#include "restore/map_template.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <vector>

#include "base/text.h"
#include "json/document.h"
#include "json/writer.h"
#include "mapping/cloud_move.h"
#include "objects/credential_shapes.h"
#include "objects/definition.h"
#include "objects/registry.h"
#include "objects/rewrite.h"
#include "restore/archived.h"
#include "restore/plan.h"
#include "workspace/offers.h"

namespace dbxark::restore {
namespace {

using objects::ReferenceForm;

constexpr size_t kMostExamples = 12;  // of what the target has

// Where a name was met.
struct Use {
  uint64_t count = 0;
  std::string example;
};

using Names = std::map<std::string, Use>;

// The part of a text that says on which storage something lies: "abfss://raw@prod.dfs.core.windows.net" of a path
// there, an account's host in the key of a setting, a mount.
std::vector<std::string> LocationsIn(std::string_view text) {
  std::vector<std::string> found;
  const auto ends = [](char c) {
    return std::isspace(static_cast<unsigned char>(c)) ||
           std::string_view("/\"'`,;<>|{}()").find(c) != std::string_view::npos;
  };
  for (size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    size_t begin = at, end = at + 3;
    while (begin > 0 && std::isalnum(static_cast<unsigned char>(text[begin - 1]))) --begin;
    while (end < text.size() && !ends(text[end])) ++end;
    if (end > at + 3 && begin < at) found.emplace_back(text.substr(begin, end - begin));
  }
  for (const std::string_view suffix : {".core.windows.net", ".amazonaws.com", ".database.windows.net"}) {
    const size_t at = text.find(suffix);
    if (at == std::string_view::npos || !found.empty()) continue;
    size_t begin = at;
    const auto in_host = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.'; };
    while (begin > 0 && in_host(text[begin - 1])) --begin;
    // Of "fs.azure.account.key.prod.dfs.core.windows.net" what comes after the setting's own name.
    const std::string_view host = text.substr(begin, at + suffix.size() - begin);
    const size_t dots = static_cast<size_t>(std::count(host.begin(), host.end(), '.'));
    size_t skip = 0;
    for (size_t left = dots; left > 4; --left) skip = host.find('.', skip) + 1;
    found.emplace_back(host.substr(skip));
  }
  return found;
}

class Collector {
 public:
  Status Read(const format::ArchiveReader& reader, const objects::Selection& selection, std::stop_token stop) {
    Status failed;
    std::vector<format::Row> rows;
    const Status read = reader.ForEachRow([&](const format::Row& row) {
      const objects::ObjectDescriptor* kind = objects::FindKind(row.kind);
      if (kind == nullptr) return true;
      if (HasDefinition(*kind) || kind->storage == objects::Storage::kCatalogue) ids_[row.kind].insert(row.id);
      if (!selection.Matches(row.kind, row.id, row.natural_key)) return true;
      if (IsInTree(*kind)) AddHome(row.natural_key);
      if (HasDefinition(*kind)) rows.push_back(row);
      return true;
    });
    if (!read.ok()) return read;
    for (const format::Row& row : rows) {
      if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
      auto text = reader.Read(row);
      if (!text.ok()) {
        if (text.error().code() == ErrorCode::kCorruption) return std::move(text).error();
        continue;
      }
      auto document = json::Document::Parse(std::move(*text));
      if (document.ok()) AddDefinition(*objects::FindKind(row.kind), row, *document);
    }
    return {};
  }

  std::map<std::string, Names>& tables() { return tables_; }
  // Whose settings the definitions have.
  const std::set<std::string>& clouds() const { return clouds_; }

 private:
  void Add(const std::string& table, std::string value, const std::string& where) {
    // A template is there to be read: of an address with a login, the host.
    if (objects::WithoutCredentials(value) != value) value = value.substr(value.rfind('@') + 1);
    if (value.empty() || objects::WithoutCredentials(value) != value) return;
    Use& use = tables_[table][value];
    if (use.count++ == 0) use.example = where;
  }

  void AddHome(const std::string& path) {
    constexpr std::string_view kRoot = "/Users/";
    if (!path.starts_with(kRoot)) return;
    const std::string name = path.substr(kRoot.size(), path.find('/', kRoot.size()) - kRoot.size());
    if (!name.empty())
      Add(LooksLikeId(name) ? "service_principal" : "user", name,
          "home folder " + path.substr(0, kRoot.size() + name.size()));
  }

  // An application id.
  static bool LooksLikeId(const std::string& name) {
    return name.size() == 36 && name.find('@') == std::string::npos && std::count(name.begin(), name.end(), '-') == 4;
  }

  void AddDefinition(const objects::ObjectDescriptor& kind, const format::Row& row, const json::Document& document) {
    if (IsBuiltIn(kind, document.root())) return;
    for (const std::string_view cloud : mapping::CloudsIn(document.text())) clouds_.emplace(cloud);
    // A dry rewriting offers every place that is sent, each once a row.
    std::set<std::string> seen;
    const std::string where = KindWords(row.kind) + " " + row.natural_key;
    const auto rewritten = objects::RewriteReferences(
        kind, document, [&](const objects::ReferencePlace& place) -> std::optional<objects::NewText> {
          AddPlace(place, where, seen);
          return std::nullopt;
        });
    (void)rewritten;  // nothing was changed
  }

  void AddPlace(const objects::ReferencePlace& place, const std::string& where, std::set<std::string>& seen) {
    const objects::Reference& reference = place.reference;
    const std::string table(reference.target);
    const std::string at = where + ", " + place.path;
    if (reference.form == ReferenceForm::kText || reference.form == ReferenceForm::kPath) {
      for (const std::string& location : LocationsIn(place.value)) {
        if (seen.insert(place.path + '\n' + location).second) Add("location", location, at);
      }
      AddMount(place, at, seen);
      return;
    }
    if (reference.form == ReferenceForm::kId) {
      if (place.value.find('/') != std::string::npos) return;  // a path in the place of an id
      const auto known = ids_.find(table);
      if (known != ids_.end() && known->second.contains(place.value)) return;
    } else if (!workspace::CanListOffers(table)) {
      return;  // a name of the metastore's: the same there, unless a person says otherwise
    }
    if (table == "spark_version" && place.value.find(':') != std::string::npos)
      return;  // "auto:latest-ml", "custom:..."
    // One place may be a user's or a service principal's name: the form tells.
    if (reference.form == ReferenceForm::kPrincipal && !seen.insert(place.path).second) return;
    const bool program = reference.form == ReferenceForm::kPrincipal && table == "user" && LooksLikeId(place.value);
    Add(program ? "service_principal" : table, place.value, at);
  }

  void AddMount(const objects::ReferencePlace& place, const std::string& at, std::set<std::string>& seen) {
    constexpr std::string_view kMounts = "/mnt/";
    if (objects::PlaceOf(place.value) != objects::PathPlace::kDbfs) return;
    const std::string bare = objects::BarePath(place.value);
    if (!bare.starts_with(kMounts) || bare.size() == kMounts.size()) return;
    const std::string mount = "dbfs:" + bare.substr(0, bare.find('/', kMounts.size()));
    if (seen.insert(place.path + '\n' + mount).second) Add("path", mount, at);
  }

  std::map<std::string, std::set<std::string>> ids_;  // of the archive, by kind
  std::map<std::string, Names> tables_;
  std::set<std::string> clouds_;
};

class Template {
 public:
  explicit Template(workspace::Client& client, std::stop_token stop) : client_(client), stop_(stop) {}

  Status AddTable(const std::string& table, Names names) {
    std::vector<workspace::Offer> offers;
    std::string unknown;
    if (workspace::CanListOffers(table)) {
      auto listed = workspace::ListOffers(client_, table, stop_);
      if (listed.ok()) {
        offers = std::move(*listed);
      } else if (listed.error().code() == ErrorCode::kInterrupted) {
        return std::move(listed).error();
      } else {
        unknown = "the target does not tell which it has: " + listed.error().message();
      }
    } else if (table == "location" || table == "path") {
      unknown = table == "location" ? "storage and hosts that definitions name" : "mounts that definitions name";
    } else {
      unknown = objects::FindKind(table) != nullptr ? "neither in the archive nor restored by it"
                                                    : "this version cannot ask the target for them";
    }
    std::set<std::string> offered;
    for (const workspace::Offer& offer : offers) offered.insert(offer.id);
    std::erase_if(names, [&](const auto& name) { return offered.contains(name.first); });
    if (names.empty()) return {};
    made_.toml += "\n[" + table + "]\n";
    if (!unknown.empty()) made_.toml += "# " + Printable(unknown) + "\n";
    for (const auto& [name, use] : names) {
      made_.toml +=
          "# " + Quoted(name) + " = \"\"   # " + Counted(use.count, "place") + ", " + Printable(use.example) + "\n";
    }
    AddExamples(offers);
    (unknown.empty() ? made_.open : made_.to_judge) += names.size();
    other_machines_ = other_machines_ || (table == "node_type" && unknown.empty());
    return {};
  }

  // A target that lacks node types may lie in another cloud.
  void AddCloud(const std::set<std::string>& clouds) {
    if (clouds.empty() || !other_machines_) return;
    const std::string theirs = Join({clouds.begin(), clouds.end()}, ", ");
    made_.toml +=
        "\n# Definitions have settings of " + theirs +
        ". Where the target is in another cloud, say in which: they are translated, or go.\n# [cloud]\n# target = \"" +
        std::string(clouds.contains("aws") ? "azure" : "aws") + "\"\n";
  }

  MapTemplate Take() { return std::move(made_); }

 private:
  // TOML's basic strings escape as JSON's do.
  static std::string Quoted(const std::string& name) { return json::Quote(name); }

  void AddExamples(const std::vector<workspace::Offer>& offers) {
    if (offers.empty()) return;
    std::string line = "# the target has: ";
    for (size_t i = 0; i < std::min(kMostExamples, offers.size()); ++i) {
      const workspace::Offer& offer = offers[i];
      line += (i == 0 ? "" : ", ") + Quoted(offer.id);
      if (!offer.label.empty() && offer.label != offer.id) line += " (" + Printable(offer.label) + ")";
    }
    if (offers.size() > kMostExamples) line += ", and " + std::to_string(offers.size() - kMostExamples) + " more";
    made_.toml += line + "\n";
  }

  workspace::Client& client_;
  const std::stop_token stop_;
  bool other_machines_ = false;
  MapTemplate made_;
};

}  // namespace

Result<MapTemplate> MakeMapTemplate(const format::ArchiveReader& reader, const objects::Selection& selection,
                                    workspace::Client& client, std::stop_token stop) {
  Collector collector;
  if (Status read = collector.Read(reader, selection, stop); !read.ok()) return std::move(read).error();
  Template made(client, stop);
  for (auto& [table, names] : collector.tables()) {
    if (Status added = made.AddTable(table, std::move(names)); !added.ok()) return std::move(added).error();
  }
  made.AddCloud(collector.clouds());
  return made.Take();
}

}  // namespace dbxark::restore
