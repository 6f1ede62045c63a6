// --import-dir: a folder of this machine becomes part of the workspace tree.
#pragma once

#include <cstddef>
#include <string>

#include "emulator/workspace_family.h"

namespace emulator {

struct ImportedDir {
  size_t notebooks = 0, files = 0, directories = 0;
};

// Below `target`: `.py .sql .scala .r` files whose first line is the notebook header, and `.ipynb` files, become
// notebooks without their extension; all else becomes a workspace file. `.git` folders and links are left out. Throws
// ApiError for what cannot be read. Nobody else may be using the tree.
ImportedDir ImportDir(WorkspaceTree& tree, const std::string& folder, const std::string& target);

}  // namespace emulator
