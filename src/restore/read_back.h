// What a restore wrote, read back and compared with what was sent.
//
// A service may answer a create with success and keep only a part of it, or nothing. Whatever was created, updated or
// finished is read again, by lists wherever a list tells as much as a read; what was sent and is not there is a loss,
// what was not sent and is there was filled in by the service. What steps did beside (libraries, pins, stopping) counts
// as sent. Sends only reads. What a run before this one made is not read back: the plan has compared it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/writer.h"
#include "restore/plan.h"
#include "restore/step_runner.h"

namespace dbxark::restore {

enum class ReadBackLevel {
  kNone,
  kLists,    // definitions whole; of what lies in trees that it is there, its type, language and size
  kContent,  // content too
};

struct ReadBackOptions {
  ReadBackLevel level = ReadBackLevel::kLists;
  size_t workers = 16;
  // What does not show yet, or shows what was before, is looked at again for so long.
  int64_t settle_ms = 60'000;
  std::function<void(size_t)> on_begin = {};  // so many looks are due, some of them perhaps twice
  std::function<void(size_t)> on_seen = {};   // so many more are done; from any thread
};

// A field that was sent. Values as a report may show them: JSON text, or words in brackets.
struct LostField {
  std::string path;         // relative to what was sent; "state", "pinned", "type", "size", "content"
  std::string sent, there;  // `there` is empty where it is missing
};

struct Loss {
  std::string kind, id, natural_key, new_id;
  bool vanished = false;  // it is not there at all
  std::vector<LostField> fields;
};

// What could not be read back, and why.
struct Unread {
  std::string kind;         // "job"; of folders "directory" or "dbfs_file"
  std::string natural_key;  // empty: all of the kind
  std::string reason;
  uint64_t objects = 1;
};

struct ReadBack {
  bool begun = false;        // there was something to read back, and it was wished
  bool interrupted = false;  // what was not reached is in none of these
  uint64_t as_sent = 0;      // so many objects
  std::vector<Loss> losses;  // in the plan's order
  std::vector<Unread> unread;
  // By kind and path ("tasks[].run_if"), how often: not sent, and there.
  std::map<std::pair<std::string, std::string>, uint64_t> filled_in;
  // Sent, and not shown: empty values, which many services leave out, passwords, and what a create only acts on. Nobody
  // can tell them from losses.
  std::map<std::pair<std::string, std::string>, uint64_t> not_shown;

  uint64_t Vanished() const;
  uint64_t ObjectsUnread() const;
  std::string Counts() const;  // "14,038 as sent, 3 not as sent, 1 gone, 2 could not be read"
};

// `results`: what became of each step of the plan. `runner` knows what each of them sent.
ReadBack ReadBackWritten(const Plan& plan, const std::vector<StepResult>& results, const Workshop& shop,
                         StepRunner& runner, const ReadBackOptions& options, std::stop_token stop);

// About so many requests it will take, added to the plan's.
void EstimateReadBack(Plan& plan, ReadBackLevel level);

// As the member "read_back" of a JSON document; nothing if there was nothing to read back.
void WriteReadBack(json::Writer& out, const ReadBack& read_back);

// What was lost and what could not be read, for people; with `full`, also what the service filled in.
std::vector<std::string> ReadBackText(const ReadBack& read_back, size_t max_lines, bool full);

// "max_concurrent_runs: sent 4, there 1"
std::string DescribeLoss(const LostField& field);

}  // namespace dbxark::restore
