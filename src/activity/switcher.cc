#include "activity/switcher.h"

#include <algorithm>
#include <optional>

#include "base/ordered_map.h"
#include "restore/plan.h"

namespace dbxark::activity {
namespace {

Item ItemOf(const Target& target, const Wanted& wanted, State state, std::string reason = {}) {
  Item item;
  item.kind = target.kind;
  item.id = target.id;
  item.natural_key = target.natural_key;
  item.path = wanted.path;
  item.on = wanted.on;
  item.state = state;
  item.reason = std::move(reason);
  return item;
}

std::vector<Item> All(const Target& target, State state, const std::string& reason) {
  std::vector<Item> items;
  for (const Wanted& wanted : target.wanted) items.push_back(ItemOf(target, wanted, state, reason));
  return items;
}

// The places as a definition has them now.
std::vector<Item> Judge(const Target& target, json::Node definition) {
  const auto found = objects::FindActivities(*target.kind, definition);
  std::vector<Item> items;
  for (const Wanted& wanted : target.wanted) {
    const auto place = std::find_if(found.begin(), found.end(), [&](const objects::FoundActivity& activity) {
      return activity.path == wanted.path;
    });
    if (place == found.end()) {
      items.push_back(ItemOf(target, wanted, State::kImpossible, "is not there any more"));
      continue;
    }
    Item item = ItemOf(target, wanted, place->on == wanted.on ? State::kAlready : State::kToDo);
    item.on_value = wanted.on ? wanted.on_value : place->OnValue();
    item.before = place->value;
    item.after = item.state == State::kAlready ? place->value
                 : wanted.on                   ? item.on_value
                                               : std::string(place->activity->off);
    items.push_back(std::move(item));
  }
  return items;
}

struct Seen {
  std::vector<Item> items;
  std::optional<json::Document> definition;  // where there is something to do
};

Result<Seen> See(workspace::Client& client, const Target& target, std::stop_token stop) {
  auto text = client.Read(*target.kind, target.id, stop);
  if (!text.ok()) {
    const ErrorCode code = text.error().code();
    if (code == ErrorCode::kInterrupted) return std::move(text).error();
    const bool gone = code == ErrorCode::kNotFound;
    return Seen{All(target, gone ? State::kImpossible : State::kFailed,
                    gone ? "is not in the workspace any more" : text.error().message()),
                std::nullopt};
  }
  auto definition = json::Document::Parse(std::move(*text));
  if (!definition.ok()) return Seen{All(target, State::kFailed, definition.error().message()), std::nullopt};
  Seen seen{Judge(target, definition->root()), std::nullopt};
  const auto to_do = [](const Item& item) { return item.state == State::kToDo; };
  if (std::any_of(seen.items.begin(), seen.items.end(), to_do)) seen.definition = std::move(*definition);
  return seen;
}

// Requests that change something go to their end.
Status Change(workspace::Client& client, const Target& target, const Seen& seen) {
  std::vector<objects::ActivityChange> changes;
  for (const Item& item : seen.items) {
    if (item.state == State::kToDo) changes.push_back({item.path, item.after});
  }
  auto body = objects::SwitchBody(*target.kind, *seen.definition, changes);
  if (!body.ok()) return std::move(body).error();
  const json::Node id = objects::Follow(seen.definition->root(), target.kind->id);
  const bool numeric = id && id.type() == json::Type::kNumber;
  const objects::CreateCall& call =
      target.kind->partial_update.path.empty() ? target.kind->update : target.kind->partial_update;
  return client.Update(*target.kind, call, target.id, *body, numeric, {});
}

Result<std::vector<Item>> SwitchOne(workspace::Client& client, const Target& target, const SwitchOptions& options,
                                    std::stop_token stop) {
  auto seen = See(client, target, stop);
  if (!seen.ok()) return std::move(seen).error();
  if (!seen->definition || stop.stop_requested()) return std::move(seen->items);
  if (options.before) {
    std::vector<Item> to_do;
    std::copy_if(seen->items.begin(), seen->items.end(), std::back_inserter(to_do),
                 [](const Item& item) { return item.state == State::kToDo; });
    if (Status noted = options.before(to_do); !noted.ok()) return std::move(noted).error();
  }
  const Status changed = Change(client, target, *seen);
  for (Item& item : seen->items) {
    if (item.state != State::kToDo) continue;
    item.state = changed.ok() ? State::kDone : State::kFailed;
    if (!changed.ok()) item.reason = changed.error().message();
  }
  return std::move(seen->items);
}

using Work = std::function<Result<std::vector<Item>>(const Target&)>;

// Targets that a stop came before stay to be done.
Result<std::vector<Item>> ForEach(const std::vector<Target>& targets, const SwitchOptions& options, const Work& work,
                                  std::stop_token stop) {
  std::vector<Item> items;
  std::optional<Error> failure;
  size_t taken = 0;
  OrderedForEach<Result<std::vector<Item>>>(
      options.workers, targets, stop, work, [&](const Target& target, Result<std::vector<Item>>& result) {
        if (!result.ok() && result.error().code() != ErrorCode::kInterrupted) {
          failure = std::move(result).error();
          return false;
        }
        const std::vector<Item> done = result.ok() ? std::move(*result) : All(target, State::kToDo, "not begun");
        ++taken;
        if (options.after) options.after(done);
        items.insert(items.end(), done.begin(), done.end());
        return true;
      });
  if (failure) return std::move(*failure);
  for (; taken < targets.size(); ++taken) {
    for (Item& item : All(targets[taken], State::kToDo, "not begun")) items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kToDo:
      return "to_do";
    case State::kAlready:
      return "already";
    case State::kImpossible:
      return "impossible";
    case State::kDone:
      return "done";
    case State::kFailed:
      break;
  }
  return "failed";
}

std::string PlaceWord(const objects::ObjectDescriptor& kind, const std::string& path) {
  std::string word = restore::HeldBackWord(path, kind);
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) {
    word = path;
    std::replace(word.begin(), word.end(), '_', ' ');
  } else if (path[dot - 1] == ']') {  // one of several
    const size_t bracket = path.rfind('[', dot);
    word += " " + path.substr(bracket + 1, dot - bracket - 2);
  }
  return word;
}

Result<std::vector<Item>> Look(workspace::Client& client, const std::vector<Target>& targets,
                               const SwitchOptions& options, std::stop_token stop) {
  auto items = ForEach(
      targets, options,
      [&](const Target& target) -> Result<std::vector<Item>> {
        auto seen = See(client, target, stop);
        if (!seen.ok()) return std::move(seen).error();
        return std::move(seen->items);
      },
      stop);
  if (items.ok() && stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
  return items;
}

Result<std::vector<Item>> Carry(workspace::Client& client, const std::vector<Target>& targets,
                                const SwitchOptions& options, std::stop_token stop) {
  return ForEach(
      targets, options, [&](const Target& target) { return SwitchOne(client, target, options, stop); }, stop);
}

}  // namespace dbxark::activity
