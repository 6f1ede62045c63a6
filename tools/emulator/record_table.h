// JSON records by id, in the order in which they came.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "emulator/http.h"

namespace emulator {

class RecordTable {
 public:
  // A later record has a higher sequence number, for ever.
  Json& Put(const std::string& id, Json record) {
    if (auto found = sequences_.find(id); found != sequences_.end()) {
      return records_.at(found->second) = std::move(record);
    }
    sequences_[id] = ++last_sequence_;
    return records_[last_sequence_] = std::move(record);
  }

  Json* Find(const std::string& id) {
    auto found = sequences_.find(id);
    return found == sequences_.end() ? nullptr : &records_.at(found->second);
  }
  const Json* Find(const std::string& id) const { return const_cast<RecordTable*>(this)->Find(id); }
  bool Has(const std::string& id) const { return sequences_.contains(id); }

  bool Erase(const std::string& id) {
    auto found = sequences_.find(id);
    if (found == sequences_.end()) return false;
    records_.erase(found->second);
    sequences_.erase(found);
    return true;
  }

  // By sequence number: oldest first.
  std::map<int64_t, Json>& records() { return records_; }
  const std::map<int64_t, Json>& records() const { return records_; }
  size_t size() const { return records_.size(); }

  Json Save() const {
    Json rows = Json::array();
    for (const auto& [id, sequence] : sequences_)
      rows.push_back({{"id", id}, {"sequence", sequence}, {"record", records_.at(sequence)}});
    return {{"last_sequence", last_sequence_}, {"rows", std::move(rows)}};
  }

  void Load(const Json& state) {
    sequences_.clear();
    records_.clear();
    last_sequence_ = state.at("last_sequence");
    for (const Json& row : state.at("rows")) {
      sequences_[row.at("id")] = row.at("sequence");
      records_[row.at("sequence")] = row.at("record");
    }
  }

 private:
  std::map<std::string, int64_t> sequences_;
  std::map<int64_t, Json> records_;
  int64_t last_sequence_ = 0;
};

}  // namespace emulator
