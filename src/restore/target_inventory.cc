#include "restore/target_inventory.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>

#include "base/digest.h"
#include "base/ordered_map.h"
#include "json/document.h"
#include "objects/definition.h"
#include "objects/registry.h"
#include "restore/tree_facts.h"
#include "workspace/inventory.h"

namespace dbxark::restore {
namespace {

using objects::ObjectDescriptor;

// Runs `work` on every item with some workers; the first error ends it.
template <typename Item>
Status ForEach(size_t workers, const std::vector<Item>& items, const std::function<Status(const Item&)>& work) {
  Status outcome;
  OrderedForEach<Status>(workers, items, {}, work, [&](const Item&, Status& status) {
    if (!status.ok()) outcome = std::move(status);
    return outcome.ok();
  });
  return outcome;
}

class Collector {
 public:
  Collector(workspace::Client& client, workspace::ContentSource& content, const ArchivedWorkspace& archive,
            const std::vector<bool>& wanted, const ProgressMap& progress, const CollectOptions& options,
            std::stop_token stop)
      : client_(client),
        content_(content),
        archive_(archive),
        wanted_(wanted),
        progress_(progress),
        options_(options),
        stop_(stop) {}

  Result<TargetInventory> Run() {
    for (const ObjectDescriptor* kind : objects::AllKinds()) {
      if (kind->storage != objects::Storage::kDefinition && kind->storage != objects::Storage::kCatalogue) continue;
      if (Status listed = ListKind(*kind); !listed.ok()) return std::move(listed).error();
    }
    if (Status walked = ListFolders(objects::Storage::kTree); !walked.ok()) return std::move(walked).error();
    if (Status walked = ListFolders(objects::Storage::kDbfs); !walked.ok()) return std::move(walked).error();
    if (Status looked = LookAtContent(); !looked.ok()) return std::move(looked).error();
    // What was refused is not known to be missing.
    if (Status taken = client_.CheckToken(stop_); !taken.ok()) return std::move(taken).error();
    return std::move(target_);
  }

 private:
  void Seen() const {
    if (options_.on_seen) options_.on_seen(1);
  }

  template <typename Visit>
  void ForEachWanted(const Visit& visit) const {
    for (size_t i = 0; i < archive_.objects.size(); ++i) {
      if (wanted_[i]) visit(archive_.objects[i]);
    }
  }

  template <typename Visit>
  void ForEachVanished(const Visit& visit) const {
    if (options_.vanished == nullptr) return;
    for (const Vanished& vanished : *options_.vanished) visit(vanished);
  }

  Status ListKind(const ObjectDescriptor& kind) {
    std::set<std::string> keys, ids;
    ForEachWanted([&](const ArchivedObject& object) {
      if (object.kind != &kind) return;
      keys.insert(object.row.natural_key);
      ids.insert(object.row.id);  // where the target is the source itself
      const auto known = progress_.find({object.row.kind, object.row.id});
      if (known != progress_.end()) ids.insert(known->second.new_id);
    });
    const auto sought = options_.sought.find(kind.name);
    if (sought != options_.sought.end()) {
      keys.insert(sought->second.begin(), sought->second.end());
      ids.insert(sought->second.begin(), sought->second.end());
    }
    ForEachVanished([&](const Vanished& vanished) {
      if (vanished.kind == &kind) ids.insert(vanished.place);
    });
    // Whoever may count on what is to be removed, selected or not.
    const bool removes = options_.vanished_content && options_.vanished != nullptr && !options_.vanished->empty();
    for (const auto& [key, known] : progress_) {
      if (removes && key.kind == kind.name && !known.new_id.empty()) ids.insert(known.new_id);
    }
    const bool named = sought != options_.sought.end();
    if (keys.empty() && ids.empty() && !named && !options_.every_kind) return {};
    workspace::InventoryOptions options;
    options.workers = options_.workers;
    options.on_seen = options_.on_seen;
    workspace::Inventory inventory(client_, options);
    std::string whole_kind;
    auto listed = inventory.List(
        kind,
        [&](const workspace::Gap& gap) {
          if (gap.id.empty() && gap.natural_key.empty()) whole_kind = gap.reason;
        },
        stop_);
    if (!listed.ok()) return std::move(listed).error();
    if (listed->empty() && !whole_kind.empty()) {
      target_.unreadable[std::string(kind.name)] = whole_kind;
      return {};
    }
    std::vector<TargetObject>& found = target_.objects[std::string(kind.name)];
    std::vector<size_t> to_read;
    for (size_t i = 0; i < listed->size(); ++i) {
      const objects::Object& object = (*listed)[i];
      found.push_back({object.id, object.natural_key, object.definition, false, IsPinned(object.facts), {}});
      if (keys.contains(object.natural_key) || ids.contains(object.id)) to_read.push_back(i);
    }
    return ForEach<size_t>(options_.workers, to_read, [&](const size_t& i) -> Status {
      auto definition = inventory.Read((*listed)[i], stop_);
      if (!definition.ok()) {
        if (!workspace::ConcernsOneObject(definition.error())) return std::move(definition).error();
        found[i].unreadable = definition.error().message();
        return {};
      }
      found[i].definition = std::move(*definition);
      found[i].read = true;
      Seen();
      return {};
    });
  }

  // From the root downwards, only where archived objects lie.
  Status ListFolders(objects::Storage storage) {
    std::set<std::string> folders;
    const auto add = [&](const ObjectDescriptor& kind, const std::string& path) {
      if (kind.storage != storage) return;
      for (std::string folder = ParentOf(path); folders.insert(folder).second && folder != "/";) {
        folder = ParentOf(folder);
      }
      if (&kind == &objects::kDirectory) folders.insert(path);
    };
    ForEachWanted([&](const ArchivedObject& object) { add(*object.kind, object.row.natural_key); });
    ForEachVanished([&](const Vanished& vanished) { add(*vanished.kind, vanished.place); });
    auto& nodes = storage == objects::Storage::kTree ? target_.tree : target_.dbfs;
    std::vector<std::string> level;
    if (folders.contains("/")) level = {"/"};
    while (!level.empty()) {
      std::mutex mutex;
      Status listed = ForEach<std::string>(options_.workers, level, [&](const std::string& folder) {
        return ListFolder(storage, folder, mutex, nodes);
      });
      if (!listed.ok()) return listed;
      const std::set<std::string> above(level.begin(), level.end());
      std::vector<std::string> next;
      for (const std::string& folder : folders) {
        const auto node = nodes.find(folder);
        if (folder == "/" || node == nodes.end() || node->second.type != "DIRECTORY") continue;
        if (above.contains(ParentOf(folder))) next.push_back(folder);
      }
      level = std::move(next);
    }
    return {};
  }

  Status ListFolder(objects::Storage storage, const std::string& folder, std::mutex& mutex,
                    std::map<std::string, TargetNode, std::less<>>& nodes) {
    const Status listed = client_.ListFolder(
        storage, folder,
        [&](json::Node node) -> Status {
          const std::string path = objects::BarePath(node["path"].text());
          if (path == folder) return {};
          const bool tree = storage == objects::Storage::kTree;
          std::string type = tree ? node["object_type"].text() : node["is_dir"].AsBool() == true ? "DIRECTORY" : "FILE";
          if (node["directory_info"]["is_git_folder"].AsBool() == true) type = "REPO";
          std::lock_guard lock(mutex);
          nodes[path] = {type, {}, {}};
          Seen();
          return {};
        },
        stop_);
    // Gone since its parent was listed, or a DBFS that is empty.
    if (listed.ok() || listed.error().code() == ErrorCode::kNotFound) return {};
    if (!workspace::ConcernsOneObject(listed.error())) return listed;
    std::lock_guard lock(mutex);
    (storage == objects::Storage::kTree ? target_.closed_folders : target_.closed_dbfs_folders)[folder] =
        listed.error().message();
    return {};
  }

  // What lies where an archived object belongs, and did not come from this archive by the journal's word.
  Status LookAtContent() {
    struct Look {
      workspace::ContentRequest request;
      TargetNode* node;
      const ArchivedObject* object;  // none of what vanished
    };
    std::vector<Look> looks;
    Status outcome;
    const auto node_of = [&](const ObjectDescriptor& kind, const std::string& path) -> TargetNode* {
      if (HasDefinition(kind) || kind.storage == objects::Storage::kCatalogue) return nullptr;
      if (&kind == &objects::kDirectory) return nullptr;
      auto& nodes = IsInTree(kind) ? target_.tree : target_.dbfs;
      const auto node = nodes.find(path);
      return node == nodes.end() || node->second.type != NodeTypeOf(kind) ? nullptr : &node->second;
    };
    ForEachWanted([&](const ArchivedObject& object) {
      TargetNode* node = node_of(*object.kind, object.row.natural_key);
      if (node == nullptr) return;
      auto came = CameFromThis(object);
      if (!came.ok()) outcome = came.error();
      if (came.ok() && *came) {
        node->sha256_hex = object.row.sha256_hex;
      } else {
        looks.push_back({RequestFor(object), node, &object});
      }
    });
    if (!outcome.ok()) return outcome;
    if (options_.vanished_content) {
      ForEachVanished([&](const Vanished& vanished) {
        TargetNode* node = node_of(*vanished.kind, vanished.place);
        if (node != nullptr) looks.push_back({RequestFor(vanished), node, nullptr});
      });
    }
    return ForEach<Look>(options_.workers, looks, [&](const Look& look) -> Status {
      Status looked;
      Seen();
      content_.Fetch(
          std::span(&look.request, 1),
          [&](size_t, Result<Body> body) {
            if (!body.ok()) {
              // It cannot be read, so that it is not known to be equal.
              if (body.error().code() == ErrorCode::kInterrupted) looked = std::move(body).error();
              return;
            }
            if (look.object != nullptr) {
              const auto same = IsArchivedContent(archive_, *look.object, *body);
              if (same.ok() && *same) look.node->sha256_hex = look.object->row.sha256_hex;
            }
            if (auto print = FingerprintOfContent(look.request.kind, look.request.format, *body); print.ok()) {
              look.node->fingerprint = std::move(*print);
            }
          },
          stop_);
      return looked;
    });
  }

  // By the journal's word it was put there, and what was put there is what this archive has.
  Result<bool> CameFromThis(const ArchivedObject& object) const {
    const auto known = progress_.find({object.row.kind, object.row.id});
    if (options_.all_content || known == progress_.end()) return false;
    const Progress& progress = known->second;
    if (!progress.done || progress.how == "adopted" || progress.natural_key != object.row.natural_key) return false;
    if (progress.written.fingerprint.empty()) return false;
    auto archived = ArchivedFingerprint(archive_, object);
    if (!archived.ok()) return std::move(archived).error();
    return *archived == progress.written.fingerprint;
  }

  workspace::Client& client_;
  workspace::ContentSource& content_;
  const ArchivedWorkspace& archive_;
  const std::vector<bool>& wanted_;
  const ProgressMap& progress_;
  const CollectOptions options_;
  const std::stop_token stop_;
  TargetInventory target_;
};

}  // namespace

Result<TargetInventory> CollectTarget(workspace::Client& client, workspace::ContentSource& content,
                                      const ArchivedWorkspace& archive, const std::vector<bool>& wanted,
                                      const ProgressMap& progress, const CollectOptions& options,
                                      std::stop_token stop) {
  return Collector(client, content, archive, wanted, progress, options, stop).Run();
}

}  // namespace dbxark::restore
