#include "backup/backup.h"

#include <optional>
#include <set>

#include "backup/manifest_members.h"
#include "backup/member_layout.h"
#include "base/ordered_map.h"
#include "base/text.h"
#include "objects/no_match.h"
#include "objects/registry.h"

namespace dbxark::backup {
namespace {

using objects::Object;
using objects::ObjectDescriptor;
using workspace::Gap;

bool LiesInTree(const ObjectDescriptor& kind) {
  return kind.storage == objects::Storage::kTree || kind.storage == objects::Storage::kDbfs;
}

// What a worker brings back for one object.
struct Fetched {
  std::string definition;  // of kinds with definitions
  Body body;               // of what lies in a tree
  workspace::NotebookFormat format = workspace::NotebookFormat::kSource;
  std::string why_source;  // why the format that was asked for could not be had
};

// One export.
class Run {
 public:
  Run(workspace::Client& client, workspace::ContentSource& content, FileSystem& files, Clock& clock,
      const BackupOptions& options, BackupObserver& observer, std::stop_token stop)
      : client_(client),
        content_(content),
        files_(files),
        clock_(clock),
        options_(options),
        observer_(observer),
        stop_(std::move(stop)),
        inventory_(client, WithObserver(options.inventory, observer)),
        tally_(options.selection.include()) {}

  Result<BackupReport> Do() {
    const int64_t started_ms = clock_.NowMs();
    auto caller = client_.Me(stop_);
    if (!caller.ok()) return std::move(caller).error();
    report_.caller = std::move(*caller);
    report_.partial_view = !report_.caller.admin;
    report_.workspace_id = client_.workspace_id();
    format::WriterOptions writer_options = options_.writer;
    // A time that was set stands for every time in the archive, so that it can be made again byte for byte.
    const bool clock_set = writer_options.clock_ms != 0;
    if (!clock_set) writer_options.clock_ms = started_ms;
    auto writer = format::ArchiveWriter::Create(files_, options_.path, writer_options);
    if (!writer.ok()) return std::move(writer).error();
    writer_ = std::move(*writer);
    // All is listed first: then it is known how much there is to read.
    for (const ObjectDescriptor* kind : objects::AllKinds()) {
      if (auto status = ListKind(*kind); !status.ok()) return std::move(status).error();
    }
    size_t objects = 0;
    for (const Listed& listed : listed_) objects += listed.objects.size();
    observer_.OnListed(objects, listed_.size());
    for (Listed& listed : listed_) {
      if (auto status = SaveKind(std::move(listed)); !status.ok()) return std::move(status).error();
    }
    if (Status named = NameUnmatched(); !named.ok()) return std::move(named).error();
    report_.dangling = references_.Finish(looked_at_, options_.inventory.dbfs_roots);
    if (options_.refuse_plain_secrets && report_.credentials.count() > 0) {
      return Error(ErrorCode::kAlreadyExists,
                   Counted(report_.credentials.count(), "place looks", "places look") +
                       " like a credential in clear text, and --refuse-plain-secrets was given; no archive was made");
    }
    const int64_t ended_ms = clock_set ? writer_options.clock_ms : clock_.NowMs();
    auto summary = writer_->Finish(ManifestMembers(options_, report_, writer_options.clock_ms, ended_ms,
                                                   clock_set ? 0 : client_.clock_skew_s().value_or(0)));
    if (!summary.ok()) return std::move(summary).error();
    report_.summary = std::move(*summary);
    return std::move(report_);
  }

 private:
  struct Listed {
    const ObjectDescriptor* kind;
    std::vector<Object> objects;  // those that are wanted
    std::set<std::string> known;  // the ids of all; empty for kinds that lie in a tree
  };

  static workspace::InventoryOptions WithObserver(workspace::InventoryOptions options, BackupObserver& observer) {
    options.on_seen = [&observer](size_t objects) { observer.OnSeen(objects); };
    return options;
  }

  void AddGap(Gap gap) {
    observer_.OnGap(gap);
    report_.gaps.push_back(std::move(gap));
  }

  void Note(std::string_view kind, const std::string& id, const std::string& natural_key) {
    if (tally_.AllMatched()) return;
    tally_.See(kind, id, natural_key);
    names_.emplace_back(kind, natural_key);
  }

  // A selector that meets nothing is a misspelling, or the loss of what it meant.
  Status NameUnmatched() {
    const std::vector<objects::Selector> unmatched = tally_.UnmatchedNames();
    if (unmatched.empty()) return {};
    const bool all = unmatched.size() == options_.selection.include().size();
    if (all && report_.Of(Gap::Class::kFailed).empty()) {
      const Error nothing = objects::NothingMatches("nothing in the workspace", unmatched, objects::Each(names_), {});
      return Error(nothing.code(), nothing.message() + "; no archive was made");
    }
    for (const objects::Selector& selector : unmatched) {
      AddGap({Gap::Class::kFailed,
              std::string(selector.kind().name),
              {},
              selector.glob(),
              "nothing matches --include " + Printable(selector.text()),
              0,
              1});
    }
    return {};
  }

  Status ListKind(const ObjectDescriptor& kind) {
    if (!options_.selection.MayMatch(kind.name)) return {};
    observer_.OnList(kind);
    // Gaps of a walk that are not selected were not asked for.
    const auto on_gap = [&](Gap gap) {
      Note(gap.kind, gap.id, gap.natural_key);
      const ObjectDescriptor* gap_kind = objects::FindKind(gap.kind);
      if (gap_kind == nullptr || gap.natural_key.empty() ||
          options_.selection.Matches(gap.kind, gap.id, gap.natural_key) || gap.gap_class == Gap::Class::kFailed) {
        AddGap(std::move(gap));
      }
    };
    auto listed = inventory_.ListAny(kind, on_gap, stop_);
    if (!listed.ok()) return std::move(listed).error();
    looked_at_.insert(std::string(kind.name));
    report_.counts[std::string(kind.plural)] += 0;
    std::set<std::string> known;
    if (!LiesInTree(kind)) {
      for (const Object& object : *listed) known.insert(object.id);
    }
    listed_.push_back({&kind, Selected(kind, std::move(*listed)), std::move(known)});
    return {};
  }

  // Those that are wanted. What the list says of an object that is read again is not kept: it is long.
  std::vector<Object> Selected(const ObjectDescriptor& kind, std::vector<Object> objects) {
    for (Object& object : objects) {
      references_.AddObject(kind, object.id, object.natural_key);
      Note(kind.name, object.id, object.natural_key);
      if (!LiesInTree(kind) && workspace::Inventory::IsReadAgain(kind)) std::string().swap(object.definition);
    }
    uint64_t left_out = 0;
    std::erase_if(objects, [&](const Object& object) {
      const bool out = !options_.selection.Matches(kind.name, object.id, object.natural_key);
      left_out += out ? 1 : 0;
      return out;
    });
    if (left_out > 0) {
      AddGap(
          {Gap::Class::kExcluded, std::string(kind.name), {}, {}, "not selected (--include, --exclude)", 0, left_out});
    }
    return objects;
  }

  Status SaveKind(Listed listed) {
    const ObjectDescriptor& kind = *listed.kind;
    observer_.OnRead(kind);
    if (LiesInTree(kind)) return SaveObjects(kind, std::move(listed.objects));
    one_is_gone_ = false;
    Status saved = SaveObjects(kind, std::move(listed.objects));
    if (!saved.ok() || !one_is_gone_) return saved;
    // Where pages are counted, another one slipped onto a page that had been read when this one went.
    // What is left out on purpose was told the first time.
    const auto on_failure = [&](Gap gap) {
      if (gap.gap_class == Gap::Class::kFailed) AddGap(std::move(gap));
    };
    auto again = inventory_.ListAny(kind, on_failure, stop_);
    if (!again.ok()) return std::move(again).error();
    std::erase_if(*again, [&](const Object& object) { return listed.known.contains(object.id); });
    return again->empty() ? Status() : SaveObjects(kind, Selected(kind, std::move(*again)));
  }

  Status SaveObjects(const ObjectDescriptor& kind, std::vector<Object> objects) {
    Status failure;
    size_t next = 0;
    OrderedMap<Object, Result<Fetched>>(
        options_.workers, options_.workers * 4,
        [&]() -> std::optional<Object> {
          if (next == objects.size() || stop_.stop_requested()) return std::nullopt;
          return std::move(objects[next++]);
        },
        [&](Object& object) { return Fetch(object); },
        [&](Object& object, Result<Fetched>& fetched) {
          failure = Save(kind, object, fetched);
          return failure.ok();
        });
    if (failure.ok() && stop_.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
    return failure;
  }

  // On a worker.
  Result<Fetched> Fetch(const Object& object) {
    Fetched fetched;
    if (!LiesInTree(*object.kind)) {
      auto definition = inventory_.Read(object, stop_);
      if (!definition.ok()) return std::move(definition).error();
      fetched.definition = std::move(*definition);
      return fetched;
    }
    if (object.kind == &objects::kDirectory) return fetched;
    workspace::ContentRequest request;
    request.path = object.natural_key;
    request.kind = object.kind == &objects::kNotebook        ? workspace::ContentKind::kNotebook
                   : object.kind == &objects::kWorkspaceFile ? workspace::ContentKind::kWorkspaceFile
                                                             : workspace::ContentKind::kDbfsFile;
    request.format = options_.notebook_format;
    auto body = FetchOne(request);
    // Outputs may make the Jupyter form too large where the source is not.
    if (!body.ok() && body.error().code() == ErrorCode::kFailed && request.kind == workspace::ContentKind::kNotebook &&
        request.format == workspace::NotebookFormat::kJupyter) {
      request.format = workspace::NotebookFormat::kSource;
      if (auto source = FetchOne(request); source.ok()) {
        fetched.why_source = body.error().message();
        body = std::move(source);
      }
    }
    if (!body.ok()) return std::move(body).error();
    fetched.format = request.format;
    fetched.body = std::move(*body);
    return fetched;
  }

  Result<Body> FetchOne(const workspace::ContentRequest& request) {
    std::optional<Result<Body>> answer;
    content_.Fetch(
        {&request, 1}, [&](size_t, Result<Body> body) { answer.emplace(std::move(body)); }, stop_);
    if (!answer) return Error(ErrorCode::kInterrupted, "interrupted");
    return std::move(*answer);
  }

  // On the calling thread, in order. An error is final; what concerns the object alone is a gap.
  Status Save(const ObjectDescriptor& kind, const Object& object, Result<Fetched>& fetched) {
    if (!fetched.ok()) {
      const ErrorCode code = fetched.error().code();
      if (code == ErrorCode::kInterrupted || code == ErrorCode::kNoSpace) return std::move(fetched).error();
      const std::string reason = code == ErrorCode::kNotFound ? "gone since it was listed: " : "";
      one_is_gone_ = one_is_gone_ || code == ErrorCode::kNotFound;
      AddGap({Gap::Class::kFailed, std::string(kind.name), object.id, object.natural_key,
              reason + fetched.error().message(), 0, 1});
      return {};
    }
    format::Entry entry = EntryOf(object, fetched->format);
    uint64_t size = 0;
    Status added;
    if (LiesInTree(kind)) {
      size = fetched->body.size();
      LookAtContent(object, fetched->body);
      if (entry.folder) {
        added = writer_->Add(entry, std::string_view());
      } else {
        auto source = fetched->body.OpenSource();
        added = writer_->Add(entry, *source, size);
      }
    } else {
      size = fetched->definition.size();
      if (!LookAtDefinition(kind, object, fetched->definition, entry)) return {};
      added = writer_->Add(entry, fetched->definition);
    }
    if (!added.ok()) {
      const ErrorCode code = added.error().code();
      if (code != ErrorCode::kUsage && code != ErrorCode::kAlreadyExists) return added;
      AddGap(
          {Gap::Class::kFailed, std::string(kind.name), object.id, object.natural_key, added.error().message(), 0, 1});
      return {};
    }
    if (!fetched->why_source.empty()) {
      AddGap({Gap::Class::kFailed, std::string(kind.name), object.id, object.natural_key,
              "saved as source, without its outputs: " + fetched->why_source, 0, 1});
    }
    ++report_.counts[std::string(kind.plural)];
    report_.bytes += size;
    observer_.OnObject(object, size);
    return {};
  }

  bool LookAtDefinition(const ObjectDescriptor& kind, const Object& object, const std::string& text,
                        format::Entry& entry) {
    auto definition = json::Document::Parse(text);
    if (!definition.ok() || !definition->root().IsObject()) {
      AddGap({Gap::Class::kFailed, std::string(kind.name), object.id, object.natural_key,
              "its definition is no JSON object", 0, 1});
      return false;
    }
    // What was read may name the object better than the list did.
    if (const std::string name = objects::NaturalKeyOf(kind, definition->root()); !name.empty()) {
      entry.natural_key = name;
    }
    references_.AddDefinition(kind, object.id, entry.natural_key, definition->root());
    report_.credentials.LookAtDefinition(definition->root());
    return true;
  }

  // The beginning is enough: people write credentials where they are used, not after a megabyte.
  void LookAtContent(const Object& object, const Body& body) {
    if (object.kind == &objects::kDirectory) return;
    constexpr size_t kLook = size_t{1} << 20;
    if (auto head = body.Head(kLook); head.ok()) report_.credentials.LookAtText(*head);
  }

  workspace::Client& client_;
  workspace::ContentSource& content_;
  FileSystem& files_;
  Clock& clock_;
  const BackupOptions& options_;
  BackupObserver& observer_;
  std::stop_token stop_;
  workspace::Inventory inventory_;
  objects::ReferenceCheck references_;
  std::vector<Listed> listed_;
  std::set<std::string> looked_at_;
  bool one_is_gone_ = false;  // of the kind that is being saved
  objects::MatchTally tally_;
  objects::Names names_;  // of what was seen while a selector had matched nothing
  BackupReport report_;
  std::unique_ptr<format::ArchiveWriter> writer_;
};

}  // namespace

std::vector<const Gap*> BackupReport::Of(Gap::Class gap_class) const {
  std::vector<const Gap*> found;
  for (const Gap& gap : gaps) {
    if (gap.gap_class == gap_class) found.push_back(&gap);
  }
  return found;
}

Result<BackupReport> Backup(workspace::Client& client, workspace::ContentSource& content, FileSystem& files,
                            Clock& clock, const BackupOptions& options, BackupObserver& observer,
                            std::stop_token stop) {
  return Run(client, content, files, clock, options, observer, std::move(stop)).Do();
}

}  // namespace dbxark::backup
