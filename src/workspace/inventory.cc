#include "workspace/inventory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "objects/definition.h"
#include "objects/registry.h"

namespace dbxark::workspace {
namespace {

using objects::Object;
using objects::ObjectDescriptor;

// What a folder held, or why it could not be listed.
struct Listing {
  ObjectsByKind objects;
  std::vector<std::string> folders;  // to be listed next
  std::vector<Gap> gaps;
};

// Walks a tree with several workers: `list` may be called from any of them, and says which folders come next.
Result<Listing> WalkFolders(std::vector<std::string> roots, size_t workers,
                            const std::function<Result<Listing>(const std::string&)>& list) {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> open(roots.begin(), roots.end());
  size_t under_way = 0;
  std::optional<Error> failure;
  Listing all;
  const auto run = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return failure || !open.empty() || under_way == 0; });
      if (failure || open.empty()) return;
      const std::string folder = std::move(open.front());
      open.pop_front();
      ++under_way;
      lock.unlock();
      Result<Listing> listing = list(folder);
      lock.lock();
      --under_way;
      if (!listing.ok()) {
        failure = std::move(listing).error();
      } else {
        for (auto& [kind, objects] : listing->objects) {
          std::move(objects.begin(), objects.end(), std::back_inserter(all.objects[kind]));
        }
        std::move(listing->gaps.begin(), listing->gaps.end(), std::back_inserter(all.gaps));
        std::move(listing->folders.begin(), listing->folders.end(), std::back_inserter(open));
      }
      changed.notify_all();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < std::max<size_t>(1, workers); ++i) threads.emplace_back(run);
  }
  if (failure) return *failure;
  return all;
}

void SortObjects(std::vector<Object>& objects) {
  std::sort(objects.begin(), objects.end(), [](const Object& a, const Object& b) {
    const size_t rank_a = objects::RankOf(*a.kind), rank_b = objects::RankOf(*b.kind);
    return std::tie(rank_a, a.natural_key, a.id) < std::tie(rank_b, b.natural_key, b.id);
  });
}

void SortGaps(std::vector<Gap>& gaps) {
  std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) {
    return std::tie(a.kind, a.natural_key, a.id) < std::tie(b.kind, b.natural_key, b.id);
  });
}

// "/Workspace/Users/x" and "//Users/x" are "/Users/x".
std::string PlainPath(std::string_view path) {
  while (path.starts_with("//")) path.remove_prefix(1);
  if (path.starts_with("/Workspace/")) path.remove_prefix(10);
  return std::string(path);
}

const ObjectDescriptor* KindOfNode(std::string_view type) {
  if (type == "DIRECTORY") return &objects::kDirectory;
  if (type == "NOTEBOOK") return &objects::kNotebook;
  if (type == "FILE") return &objects::kWorkspaceFile;
  return nullptr;
}

Gap GapOf(const std::string& type, const std::string& id, const std::string& path) {
  Gap gap;
  gap.gap_class = Gap::Class::kExcluded;
  gap.kind = type;
  gap.id = id;
  gap.natural_key = path;
  if (type == "LIBRARY") {
    gap.gap_class = Gap::Class::kOutOfReach;
    gap.reason = "library nodes cannot be exported (Workspace API)";
  } else if (type.empty()) {
    gap.kind = "node";
    gap.gap_class = Gap::Class::kFailed;
    gap.reason = "the service names no type for it";
  } else {
    gap.reason = "this version of dbxark does not save this kind";
  }
  return gap;
}

}  // namespace

Result<std::vector<Object>> Inventory::List(const ObjectDescriptor& kind, const OnGap& on_gap, std::stop_token stop) {
  std::vector<Object> objects;
  ApiError api_error;
  const Status listed = client_.List(
      kind,
      [&](json::Node element) -> Status {
        Object object{
            &kind, objects::IdOf(kind, element), objects::NaturalKeyOf(kind, element), std::string(element.raw()), {}};
        // A list that names things otherwise than a read (a job without settings) is still an object.
        if (object.id.empty()) {
          Gap gap{Gap::Class::kFailed, std::string(kind.name), {}, object.natural_key, "listed without an id", 0, 1};
          on_gap(std::move(gap));
          return {};
        }
        // Nothing is installed on it, or it belongs to a cluster that is not saved.
        if (&kind == &objects::kClusterLibraries &&
            (element["library_statuses"].size() == 0 || owned_elsewhere_.contains(object.id))) {
          return {};
        }
        const std::string_view owner =
            kind.owned_elsewhere != nullptr ? kind.owned_elsewhere(element) : std::string_view();
        const bool pinned = element["pinned_by_user_name"].Exists();
        if (!owner.empty() && !pinned) {
          owned_elsewhere_.insert(object.id);
          on_gap(
              {Gap::Class::kExcluded, std::string(kind.name), object.id, object.natural_key, std::string(owner), 0, 1});
          return {};
        }
        if (pinned) object.facts = "{\"pinned\":true}";
        objects.push_back(std::move(object));
        Seen(1);
        return {};
      },
      stop, &api_error);
  if (!listed.ok()) {
    if (listed.error().code() == ErrorCode::kInterrupted) return listed.error();
    const bool out_of_reach = MeansOutOfReach(api_error);
    on_gap({out_of_reach ? Gap::Class::kOutOfReach : Gap::Class::kFailed,
            std::string(kind.name),
            {},
            {},
            "all " + std::string(kind.plural) + ": " + listed.error().message(),
            0,
            1});
    return std::vector<Object>();
  }
  if (!kind.pin_path.empty() && !objects.empty()) {
    if (auto status = MarkPinned(kind, objects, on_gap, stop); !status.ok()) return std::move(status).error();
  }
  SortObjects(objects);
  if (&kind == &objects::kGlobalInitScript) {
    const auto position = [](const Object& object) {
      auto definition = json::Document::Parse(object.definition);
      return definition.ok() ? definition->root()["position"].AsInt64().value_or(0) : 0;
    };
    std::stable_sort(objects.begin(), objects.end(),
                     [&](const Object& a, const Object& b) { return position(a) < position(b); });
  }
  // The same object on two pages of a list that shifted meanwhile is one object.
  std::set<std::string> seen;
  std::erase_if(objects, [&](const Object& object) { return !seen.insert(object.id).second; });
  return objects;
}

// Neither a list's element nor a read says whether a cluster is pinned; a list of the pinned ones does. A server that
// does not know the filter gives all, pinned or not: then only what names its pinner is taken for pinned.
namespace {

// Older servers say who pinned a cluster in the cluster itself. Leaves those in `pinned`; false if none says so.
bool PinnedByName(const std::vector<Object>& objects, std::set<std::string>& pinned) {
  pinned.clear();
  for (const Object& object : objects) {
    const auto definition = json::Document::Parse(object.definition);
    if (definition.ok() && definition->root()["pinned_by_user_name"]) pinned.insert(object.id);
  }
  return !pinned.empty();
}

}  // namespace

Status Inventory::MarkPinned(const ObjectDescriptor& kind, std::vector<Object>& objects, const OnGap& on_gap,
                             std::stop_token stop) {
  const auto not_told = [&](Gap::Class gap_class, const std::string& why) {
    on_gap(
        {gap_class, std::string(kind.name), {}, {}, "which " + std::string(kind.plural) + " are pinned: " + why, 0, 1});
  };
  const auto listed = [&](const std::string& asked, std::set<std::string>& ids) {
    ObjectDescriptor filtered = kind;
    const std::string query = "page_size=100&filter_by.is_pinned=" + asked;
    filtered.list.query = query;
    return client_.List(
        filtered,
        [&](json::Node element) -> Status {
          ids.insert(objects::IdOf(kind, element));
          return {};
        },
        stop);
  };
  std::set<std::string> pinned, others;
  Status asked = listed("true", pinned);
  // All of them: either that is so, or the server does not know the filter. Then those that are not pinned are the
  // same.
  const bool all =
      std::all_of(objects.begin(), objects.end(), [&](const Object& object) { return pinned.contains(object.id); });
  if (asked.ok() && all && !pinned.empty()) asked = listed("false", others);
  if (!asked.ok()) {
    if (asked.error().code() == ErrorCode::kInterrupted) return asked;
    not_told(Gap::Class::kFailed, asked.error().message());
    return {};
  }
  const bool filter_unknown =
      std::any_of(others.begin(), others.end(), [&](const std::string& id) { return pinned.contains(id); });
  if (filter_unknown && !PinnedByName(objects, pinned)) {
    not_told(Gap::Class::kOutOfReach, "this workspace does not tell");
  }
  for (Object& object : objects) {
    if (pinned.contains(object.id)) object.facts = "{\"pinned\":true}";
  }
  return {};
}

Result<std::string> Inventory::Read(const Object& listed, std::stop_token stop) {
  if (!IsReadAgain(*listed.kind)) return listed.definition;
  return client_.Read(*listed.kind, listed.id, stop);
}

Result<ObjectsByKind> Inventory::WalkTree(const OnGap& on_gap, std::stop_token stop) {
  const auto list = [&](const std::string& folder) -> Result<Listing> {
    Listing listing;
    const Status listed = client_.ListFolder(
        objects::Storage::kTree, folder,
        [&](json::Node node) -> Status {
          const std::string path = PlainPath(node["path"].text());
          const std::string type = node["object_type"].text();
          const std::string id = node["object_id"].TextOrNumber();
          if (path == folder) return {};  // a list of a notebook or file is itself
          const ObjectDescriptor* kind = KindOfNode(type);
          const bool git = node["directory_info"]["is_git_folder"].AsBool().value_or(false);
          if (kind == nullptr || git) {
            listing.gaps.push_back(GapOf(git ? "REPO" : type, id, path));
            return {};
          }
          if (kind == &objects::kDirectory) {
            if (path.ends_with("/Trash") && std::count(path.begin(), path.end(), '/') == 3 &&
                path.starts_with("/Users/")) {
              listing.gaps.push_back({Gap::Class::kExcluded, "directory", id, path, "a user's trash", 0, 1});
              return {};
            }
            listing.folders.push_back(path);
          }
          listing.objects[kind].push_back({kind, id, path, std::string(node.raw()), {}});
          Seen(1);
          return {};
        },
        stop);
    if (!listed.ok()) {
      if (listed.error().code() == ErrorCode::kInterrupted) return listed.error();
      listing.gaps.push_back(
          {Gap::Class::kFailed, "directory", {}, folder, "cannot be listed: " + listed.error().message(), 0, 1});
    }
    return listing;
  };
  auto walked = WalkFolders({options_.tree_root}, options_.workers, list);
  if (!walked.ok()) return std::move(walked).error();
  for (auto& [kind, objects] : walked->objects) SortObjects(objects);
#ifdef __GLIBC__
  malloc_trim(0);  // what parsing left free lies between what is kept, in each worker's own arena
#endif
  SortGaps(walked->gaps);
  for (Gap& gap : walked->gaps) on_gap(std::move(gap));
  return std::move(walked->objects);
}

Result<std::vector<Object>> Inventory::WalkDbfs(const OnGap& on_gap, std::stop_token stop) {
  const auto leads_to_root = [&](const std::string& path) {
    return std::any_of(options_.dbfs_roots.begin(), options_.dbfs_roots.end(),
                       [&](const std::string& root) { return path == "/" || root.starts_with(path + "/"); });
  };
  const auto below_root = [&](const std::string& path) {
    return std::any_of(options_.dbfs_roots.begin(), options_.dbfs_roots.end(), [&](const std::string& root) {
      return root == "/" || path == root || path.starts_with(root + "/");
    });
  };
  const auto list = [&](const std::string& folder) -> Result<Listing> {
    Listing listing;
    ApiError api_error;
    const Status listed = client_.ListFolder(
        objects::Storage::kDbfs, folder,
        [&](json::Node file) -> Status {
          const std::string path = file["path"].text();
          const uint64_t size = static_cast<uint64_t>(file["file_size"].AsInt64().value_or(0));
          const bool is_folder = file["is_dir"].AsBool().value_or(false);
          const bool chosen = below_root(path);
          if (is_folder && (chosen || leads_to_root(path))) {
            listing.folders.push_back(path);
          } else if (!chosen) {
            listing.gaps.push_back({Gap::Class::kExcluded,
                                    "dbfs_file",
                                    {},
                                    path + (is_folder ? "/" : ""),
                                    "not under the chosen roots",
                                    size,
                                    1});
          } else if (size > options_.dbfs_max_bytes) {
            listing.gaps.push_back({Gap::Class::kExcluded,
                                    "dbfs_file",
                                    {},
                                    path,
                                    "larger than " + HumanSize(options_.dbfs_max_bytes) + " (--dbfs-max-file)",
                                    size,
                                    1});
          } else if (!is_folder) {
            listing.objects[&objects::kDbfsFile].push_back(
                {&objects::kDbfsFile, path, path, std::string(file.raw()), {}});
            Seen(1);
          }
          return {};
        },
        stop, &api_error);
    if (!listed.ok()) {
      if (listed.error().code() == ErrorCode::kInterrupted) return listed.error();
      const bool out_of_reach = MeansOutOfReach(api_error);
      listing.gaps.push_back({out_of_reach ? Gap::Class::kOutOfReach : Gap::Class::kFailed,
                              "dbfs_file",
                              {},
                              folder == "/" ? "" : folder,
                              "cannot be listed: " + listed.error().message(),
                              0,
                              1});
    }
    return listing;
  };
  // From the top, so that a chosen root that is not there is never asked for, and one that is must be listed.
  auto walked = WalkFolders({"/"}, options_.workers, list);
  if (!walked.ok()) return std::move(walked).error();
  if (auto status = SizeExcluded(walked->gaps, stop); !status.ok()) return std::move(status).error();
  std::vector<Object> files = std::move(walked->objects[&objects::kDbfsFile]);
  SortObjects(files);
  SortGaps(walked->gaps);
  for (Gap& gap : walked->gaps) on_gap(std::move(gap));
  return files;
}

// How much lies in the folders that are not saved. Public data sets, mounts and volumes are not DBFS's own and may be
// endless; what is looked into is bounded, and then said to be at least so much.
Status Inventory::SizeExcluded(std::vector<Gap>& gaps, std::stop_token stop) {
  constexpr size_t kMostCalls = 200;
  for (Gap& gap : gaps) {
    if (gap.gap_class != Gap::Class::kExcluded || !gap.natural_key.ends_with('/')) continue;
    gap.count = 0;
    for (const std::string_view foreign : {"/databricks-datasets/", "/mnt/", "/Volumes/", "/databricks-results/"}) {
      if (gap.natural_key == foreign) gap.reason = "not DBFS's own storage; not looked into";
    }
    if (gap.reason.starts_with("not DBFS")) continue;
    std::deque<std::string> open{gap.natural_key.substr(0, gap.natural_key.size() - 1)};
    size_t calls = 0;
    bool all_listed = true;
    while (!open.empty() && calls++ < kMostCalls) {
      const Status listed = client_.ListFolder(
          objects::Storage::kDbfs, open.front(),
          [&](json::Node file) -> Status {
            if (file["is_dir"].AsBool().value_or(false)) {
              open.push_back(file["path"].text());
            } else {
              ++gap.count;
              gap.size_bytes += static_cast<uint64_t>(file["file_size"].AsInt64().value_or(0));
            }
            return {};
          },
          stop);
      if (!listed.ok() && listed.error().code() == ErrorCode::kInterrupted) return listed.error();
      all_listed = all_listed && listed.ok();
      open.pop_front();
    }
    if (!all_listed) gap.reason += "; at least, not all of it could be listed";
    if (!open.empty()) gap.reason += "; at least, not looked into further";
  }
  return {};
}

Result<std::vector<Object>> Inventory::ListAny(const ObjectDescriptor& kind, const OnGap& on_gap,
                                               std::stop_token stop) {
  if (kind.storage == objects::Storage::kDbfs) return WalkDbfs(on_gap, stop);
  if (kind.storage != objects::Storage::kTree) return List(kind, on_gap, stop);
  if (!walked_) {
    auto tree = WalkTree(on_gap, stop);
    if (!tree.ok()) return std::move(tree).error();
    tree_ = std::move(*tree);
    walked_ = true;
  }
  return std::exchange(tree_[&kind], {});
}

}  // namespace dbxark::workspace
