#include "restore/object_graph.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "json/document.h"
#include "objects/definition.h"
#include "objects/registry.h"
#include "restore/tree_facts.h"

namespace dbxark::restore {
namespace {

using objects::ReferenceForm;

// Where the archive has what: by kind and id, and by path.
class Lookup {
 public:
  explicit Lookup(const ArchivedWorkspace& archive) {
    for (uint32_t i = 0; i < archive.objects.size(); ++i) {
      const ArchivedObject& object = archive.objects[i];
      ids_.emplace(std::string(object.kind->name) + '\0' + object.row.id, i);
      if (IsInTree(*object.kind)) tree_.emplace(object.row.natural_key, i);
      if (object.kind->storage == objects::Storage::kDbfs) dbfs_.emplace(object.row.natural_key, i);
    }
  }

  const uint32_t* ById(std::string_view kind, const std::string& id) const {
    return Find(ids_, std::string(kind) + '\0' + id);
  }
  const uint32_t* ByTreePath(const std::string& path) const { return Find(tree_, path); }

  const uint32_t* ByReference(const objects::FoundReference& found) const {
    if (found.reference->form == ReferenceForm::kId) return ById(found.reference->target, found.value);
    if (found.reference->form != ReferenceForm::kPath) return nullptr;
    const std::string path = objects::BarePath(found.value);
    if (objects::PlaceOf(found.value) == objects::PathPlace::kDbfs) return Find(dbfs_, path);
    return Find(tree_, path);
  }

 private:
  using Table = std::unordered_map<std::string, uint32_t>;
  static const uint32_t* Find(const Table& table, const std::string& key) {
    const auto found = table.find(key);
    return found == table.end() ? nullptr : &found->second;
  }
  Table ids_, tree_, dbfs_;
};

// Tarjan's strongly connected components within one kind, without recursion: a chain of jobs may be long. A component
// comes out after all that it needs.
class Components {
 public:
  Components(const std::vector<std::vector<uint32_t>>& needs, const std::vector<uint32_t>& members) : needs_(needs) {
    for (const uint32_t member : members) states_[member] = {};
  }

  void Visit(uint32_t root, Groups& out) {
    if (states_[root].index != 0) return;
    std::vector<std::pair<uint32_t, size_t>> path;
    Enter(root, path);
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next < needs_[node].size()) {
        const uint32_t need = needs_[node][next++];
        const auto state = states_.find(need);
        if (state == states_.end()) continue;  // of another kind
        if (state->second.index == 0) {
          Enter(need, path);
        } else if (state->second.on_stack) {
          states_[node].low = std::min(states_[node].low, state->second.index);
        }
        continue;
      }
      const uint32_t finished = node;
      path.pop_back();
      if (!path.empty()) {
        State& parent = states_[path.back().first];
        parent.low = std::min(parent.low, states_[finished].low);
      }
      if (states_[finished].low == states_[finished].index) Close(finished, out);
    }
  }

 private:
  struct State {
    uint32_t index = 0, low = 0;
    bool on_stack = false;
  };

  void Enter(uint32_t node, std::vector<std::pair<uint32_t, size_t>>& path) {
    State& state = states_[node];
    state.index = state.low = ++count_;
    state.on_stack = true;
    stack_.push_back(node);
    path.emplace_back(node, 0);
  }

  void Close(uint32_t root, Groups& out) {
    std::vector<uint32_t> component;
    while (true) {
      const uint32_t member = stack_.back();
      stack_.pop_back();
      states_[member].on_stack = false;
      component.push_back(member);
      if (member == root) break;
    }
    std::sort(component.begin(), component.end());
    out.Add(component);
  }

  const std::vector<std::vector<uint32_t>>& needs_;
  std::unordered_map<uint32_t, State> states_;
  std::vector<uint32_t> stack_;
  uint32_t count_ = 0;
};

}  // namespace

Result<ObjectGraph> ObjectGraph::Build(const ArchivedWorkspace& archive, std::stop_token stop) {
  const Lookup lookup(archive);
  ObjectGraph graph(archive.objects.size());
  for (uint32_t i = 0; i < archive.objects.size(); ++i) {
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
    const ArchivedObject& object = archive.objects[i];
    std::vector<uint32_t>& needs = graph.needs_[i];
    if (IsInTree(*object.kind)) {
      const uint32_t* folder = lookup.ByTreePath(ParentOf(object.row.natural_key));
      if (folder != nullptr && *folder != i) needs.push_back(*folder);
    }
    if (!HasDefinition(*object.kind)) continue;
    auto text = archive.read(object.row);
    if (!text.ok()) {
      graph.unread_.push_back(text.error().message());
      continue;
    }
    auto document = json::Document::Parse(std::move(*text));
    if (!document.ok()) {
      graph.unread_.push_back(object.row.kind + " " + object.row.id + ": " + document.error().message());
      continue;
    }
    graph.position_[i] = document->root()["position"].AsInt64().value_or(0);
    for (const objects::FoundReference& found : objects::FindReferences(*object.kind, document->root())) {
      const uint32_t* need = lookup.ByReference(found);
      if (need == nullptr) continue;
      if (*need == i) {
        graph.in_cycle_[i] = true;
        continue;
      }
      needs.push_back(*need);
      if (object.kind == &objects::kJob && archive.objects[*need].kind == &objects::kCluster) {
        graph.needed_by_job_[*need] = true;
      }
    }
    std::sort(needs.begin(), needs.end());
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  }
  graph.Arrange(archive);
  return graph;
}

void ObjectGraph::Arrange(const ArchivedWorkspace& archive) {
  for (const objects::ObjectDescriptor* kind : objects::AllKinds()) {
    std::vector<uint32_t> members;
    for (uint32_t i = 0; i < archive.objects.size(); ++i) {
      if (archive.objects[i].kind == kind) members.push_back(i);
    }
    std::sort(members.begin(), members.end(), [&](uint32_t a, uint32_t b) {
      const format::Row &left = archive.objects[a].row, &right = archive.objects[b].row;
      return std::tie(position_[a], left.natural_key, left.id) < std::tie(position_[b], right.natural_key, right.id);
    });
    Components components(needs_, members);
    for (const uint32_t member : members) components.Visit(member, order_);
  }
  for (size_t group = 0; group < order_.size(); ++group) {
    if (order_[group].size() == 1) continue;
    for (const uint32_t member : order_[group]) in_cycle_[member] = true;
  }
}

std::vector<bool> ObjectGraph::Closure(const std::vector<bool>& chosen) const {
  std::vector<bool> reached = chosen;
  std::vector<uint32_t> open;
  for (uint32_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) open.push_back(i);
  }
  while (!open.empty()) {
    const uint32_t object = open.back();
    open.pop_back();
    for (const uint32_t need : needs_[object]) {
      if (reached[need]) continue;
      reached[need] = true;
      open.push_back(need);
    }
  }
  return reached;
}

}  // namespace dbxark::restore
