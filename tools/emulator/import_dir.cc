#include "emulator/import_dir.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace emulator {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) throw ApiError{400, "IO_ERROR", "cannot read " + path.string()};
  return bytes;
}

void ImportFile(WorkspaceTree& tree, const fs::path& file, const std::string& target, ImportedDir& done) {
  std::string bytes = ReadFile(file);
  const std::string stem = target + "/" + file.stem().string();
  const std::string extension = file.extension().string(), language = LanguageOf(extension);
  // `etl.py` beside a folder `etl`, or beside `etl.ipynb`: the path of the notebook is taken, so it stays a file.
  const bool taken = tree.Find(stem) != nullptr;
  if (extension == ".ipynb" && !taken) {
    try {
      tree.PutJupyter(stem, bytes);
      ++done.notebooks;
      return;
    } catch (const ApiError&) {
      // Not every .ipynb is a notebook; the others are files like any other.
    }
  } else if (!taken && !language.empty() && extension.size() > 1 && HasSourceHeader(bytes, language)) {
    tree.PutNotebook(stem, language, bytes);
    ++done.notebooks;
    return;
  }
  tree.PutFile(target + "/" + file.filename().string(), std::move(bytes));
  ++done.files;
}

void Import(WorkspaceTree& tree, const fs::path& folder, const std::string& target, ImportedDir& done) {
  tree.Mkdirs(target);
  ++done.directories;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!entry.is_symlink() && entry.path().filename() != ".git") entries.push_back(entry.path());
  }
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry)) {
      Import(tree, entry, target + "/" + entry.filename().string(), done);
    } else if (fs::is_regular_file(entry)) {
      ImportFile(tree, entry, target, done);
    }
  }
}

}  // namespace

ImportedDir ImportDir(WorkspaceTree& tree, const std::string& folder, const std::string& target) {
  ImportedDir done;
  try {
    Import(tree, folder, target, done);
  } catch (const fs::filesystem_error& error) {
    throw ApiError{400, "IO_ERROR", error.what()};
  }
  return done;
}

}  // namespace emulator
