// DBFS: files and directories under dbfs:/, block-wise uploads through handles.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

class Dbfs : public Family {
 public:
  explicit Dbfs(Emulator& emulator);

  std::string name() const override { return "dbfs"; }
  void AddRoutes(std::vector<Route>& routes) override;
  Json Save() const override;
  void Load(const Json& state) override;
  void Tick(int64_t now_ms) override;

  // For the sample and tests: parents are made, what is there is replaced. `path` is absolute, without "dbfs:".
  void PutFile(std::string_view path, std::string bytes);
  void Mkdirs(std::string_view path);
  // Whoever writes to that file: it becomes longer by so many bytes after each of the next `reads` (-1: all) reads of
  // it.
  void Grow(std::string_view path, int64_t bytes, int64_t reads);
  // nullptr where there is no such file.
  const std::string* File(std::string_view path) const;
  bool Exists(std::string_view path) const;

 private:
  struct Node {
    bool is_dir = true;
    std::string bytes;
    int64_t modified_at = 0;
    int64_t grows_by = 0, growing_reads = 0;  // see Grow
    std::map<std::string, std::unique_ptr<Node>> children;
  };
  struct Upload {
    std::vector<std::string> parts;
    std::string bytes;
    bool overwrite = false;
    int64_t last_used = 0;
  };
  using Parts = std::vector<std::string>;

  Response List(Context& context);
  Response GetStatus(Context& context);
  Response Read(Context& context);
  Response Create(Context& context);
  Response AddBlock(Context& context);
  Response Close(Context& context);
  Response Put(Context& context);
  Response MkdirsRoute(Context& context);
  Response Delete(Context& context);
  Response Move(Context& context);

  Parts Parse(const Context& context, std::string_view field) const;
  const Node* Walk(const Parts& parts) const;
  Node* Walk(const Parts& parts) { return const_cast<Node*>(static_cast<const Dbfs*>(this)->Walk(parts)); }
  Node& Directory(const Parts& parts, size_t count);
  Node& Reach(const Parts& parts);
  void Store(const Parts& parts, std::string bytes, int64_t now_ms);
  void RefuseExisting(const Parts& parts, bool overwrite) const;
  Upload& Open(Context& context);
  Json Info(const std::string& path, const Node& node) const;
  Json SaveNode(const Node& node) const;
  static std::unique_ptr<Node> LoadNode(const Json& saved);

  Emulator& emulator_;
  std::unique_ptr<Node> root_;
  std::map<int64_t, Upload> uploads_;
};

std::vector<std::pair<std::string, std::string>> DbfsVariants();

}  // namespace emulator
