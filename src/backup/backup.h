// Client -> Inventory -> Object -> ArchiveWriter: a whole workspace, or what is selected of it, into one new archive.
//
// Sends only reads. One object that fails never stops the rest: it stands in the manifest, and the outcome says so. The
// archive appears under its name only when it is complete.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "format/archive_writer.h"
#include "objects/credential_shapes.h"
#include "objects/dangling.h"
#include "objects/selector.h"
#include "workspace/client.h"
#include "workspace/content.h"
#include "workspace/inventory.h"

namespace dbxark::backup {

struct BackupOptions {
  std::string path;  // of the archive
  objects::Selection selection;
  workspace::NotebookFormat notebook_format = workspace::NotebookFormat::kSource;
  workspace::InventoryOptions inventory;
  size_t workers = 16;
  format::WriterOptions writer;
  std::string host;                   // for the manifest
  bool refuse_plain_secrets = false;  // stop, where a credential is seen
};

// What a person sees meanwhile. Called on the calling thread but for OnSeen.
class BackupObserver {
 public:
  virtual ~BackupObserver() = default;
  // A kind is being listed.
  virtual void OnList(const objects::ObjectDescriptor& /*kind*/) {}
  // So many more were seen, of whatever kind. From any thread.
  virtual void OnSeen(size_t /*objects*/) {}
  // All is listed; so many objects are going to be read.
  virtual void OnListed(size_t /*objects*/, size_t /*kinds*/) {}
  // A kind is being read.
  virtual void OnRead(const objects::ObjectDescriptor& /*kind*/) {}
  virtual void OnObject(const objects::Object& /*object*/, uint64_t /*bytes*/) {}
  virtual void OnGap(const workspace::Gap& /*gap*/) {}
};

struct BackupReport {
  workspace::Identity caller;
  std::string workspace_id;
  bool partial_view = false;               // the caller is no administrator
  std::map<std::string, uint64_t> counts;  // by plural
  std::vector<workspace::Gap> gaps;
  std::vector<objects::Dangling> dangling;
  objects::CredentialShapes credentials;
  uint64_t bytes = 0;  // of all contents and definitions
  format::Summary summary;

  std::vector<const workspace::Gap*> Of(workspace::Gap::Class gap_class) const;
};

Result<BackupReport> Backup(workspace::Client& client, workspace::ContentSource& content, FileSystem& files,
                            Clock& clock, const BackupOptions& options, BackupObserver& observer, std::stop_token stop);

}  // namespace dbxark::backup
