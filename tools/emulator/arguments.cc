#include "emulator/arguments.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <numeric>

namespace emulator {
namespace {

[[noreturn]] void Refuse(const std::string& message) { throw ApiError{2, "", message}; }

// Edit distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t k = 0; k < b.size(); ++k) {
      const size_t replaced = diagonal + (a[i] != b[k] ? 1 : 0);
      diagonal = row[k + 1];
      row[k + 1] = std::min({replaced, row[k] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string Likely(const std::string& word, const std::vector<std::string>& known) {
  size_t best = word.size() / 2 + 1;
  std::string likely;
  for (const std::string& candidate : known) {
    if (const size_t distance = Distance(word, candidate); distance < best) {
      best = distance;
      likely = candidate;
    }
  }
  return likely.empty() ? "" : "; did you mean " + likely + "?";
}

int64_t Number(const std::string& option, const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) {
    Refuse(option + " takes a number, not '" + text + "'");
  }
  return number;
}

void SetListen(Arguments& arguments, const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) Refuse("--listen takes ADDRESS:PORT, not '" + text + "'");
  arguments.host = text.substr(0, colon);
  if (arguments.host.starts_with('[') && arguments.host.ends_with(']')) {
    arguments.host = arguments.host.substr(1, arguments.host.size() - 2);
  }
  const int64_t port = Number("--listen", text.substr(colon + 1));
  if (port > 65535) Refuse("--listen: no such port: " + std::to_string(port));
  arguments.port = static_cast<int>(port);
}

void SetRate(Arguments& arguments, const std::string& text) {
  if (text == "published") {
    for (const auto& [family, rate] : std::map<std::string, double>{
             {"dbfs", 30}, {"jobs/create", 20}, {"workspace/export", 60}, {"workspace/import", 30}}) {
      arguments.options.rates[family] = rate;
    }
    return;
  }
  const size_t equals = text.find('=');
  char* end = nullptr;
  const double rate = equals == std::string::npos ? -1 : std::strtod(text.c_str() + equals + 1, &end);
  if (equals == 0 || rate < 0 || end == nullptr || *end != '\0' || end == text.c_str() + equals + 1) {
    Refuse("--rate takes FAMILY=N or 'published', not '" + text + "'");
  }
  arguments.options.rates[text.substr(0, equals)] = rate;
}

void AddVariant(Arguments& arguments, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [variant, meaning] : Emulator::Variants()) known.push_back(variant);
  if (std::find(known.begin(), known.end(), name) == known.end())
    Refuse("no variant '" + name + "'" + Likely(name, known));
  arguments.options.variants.insert(name);
}

void AddImportDir(Arguments& arguments, const std::string& text) {
  const size_t colon = text.rfind(":/");
  if (colon == std::string::npos || colon == 0) {
    std::string folder = text;
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    arguments.import_dirs.emplace_back(folder, "/Shared/" + folder.substr(folder.rfind('/') + 1));
  } else {
    arguments.import_dirs.emplace_back(text.substr(0, colon), text.substr(colon + 1));
  }
}

void SetSample(Arguments& arguments, const std::string& name) {
  if (name != "small" && name != "large" && name != "hostile") {
    Refuse("no sample '" + name + "'; there are: small, large, hostile");
  }
  arguments.sample = name;
}

void SetObjects(Arguments& arguments, const std::string& text) {
  const int64_t objects = Number("--objects", text);
  if (objects < 100 || objects > 1'000'000) Refuse("--objects takes 100 to 1000000, not '" + text + "'");
  arguments.objects = static_cast<size_t>(objects);
}

void SetCloud(Arguments& arguments, const std::string& name) {
  if (name != "aws" && name != "azure") Refuse("--cloud is aws or azure, not '" + name + "'");
  arguments.options.cloud = name;
}

using Setter = std::function<void(const std::string&)>;

std::map<std::string, Setter> Setters(Arguments& a) {
  return {{"--listen", [&a](const std::string& text) { SetListen(a, text); }},
          {"--token", [&a](const std::string& text) { a.options.token = text; }},
          {"--second-token", [&a](const std::string& text) { a.options.second_token = text; }},
          {"--user", [&a](const std::string& text) { a.options.user_name = text; }},
          {"--second-user", [&a](const std::string& text) { a.options.second_user_name = text; }},
          {"--state", [&a](const std::string& text) { a.state_file = text; }},
          {"--sample", [&a](const std::string& text) { SetSample(a, text); }},
          {"--objects", [&a](const std::string& text) { SetObjects(a, text); }},
          {"--seed", [&a](const std::string& text) { a.options.seed = static_cast<uint64_t>(Number("--seed", text)); }},
          {"--import-dir", [&a](const std::string& text) { AddImportDir(a, text); }},
          {"--latency-ms", [&a](const std::string& text) { a.options.latency_ms = Number("--latency-ms", text); }},
          {"--read-after-write-delay-ms",
           [&a](const std::string& text) {
             a.options.read_after_write_delay_ms = Number("--read-after-write-delay-ms", text);
           }},
          {"--cluster-quota", [&a](const std::string& text) { a.cluster_quota = Number("--cluster-quota", text); }},
          {"--rate", [&a](const std::string& text) { SetRate(a, text); }},
          {"--faults", [&a](const std::string& text) { a.faults_file = text; }},
          {"--org-id", [&a](const std::string& text) { a.options.org_id = Number("--org-id", text); }},
          {"--cloud", [&a](const std::string& text) { SetCloud(a, text); }},
          {"--variant", [&a](const std::string& text) { AddVariant(a, text); }},
          {"--tls-cert", [&a](const std::string& text) { a.tls_cert = text; }},
          {"--tls-key", [&a](const std::string& text) { a.tls_key = text; }}};
}

}  // namespace

Arguments ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  const auto setters = Setters(arguments);
  std::vector<std::string> known{"--help", "--list-variants"};
  for (const auto& [option, setter] : setters) known.push_back(option);
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t equals = words[i].starts_with("--") ? words[i].find('=') : std::string::npos;
    const std::string option = words[i].substr(0, equals);
    if (option == "--help" || option == "-h") {
      arguments.help = true;
      continue;
    }
    if (option == "--list-variants") {
      arguments.list_variants = true;
      continue;
    }
    const auto setter = setters.find(option);
    if (setter == setters.end()) Refuse("unknown option " + option + Likely(option, known));
    if (equals == std::string::npos && i + 1 == words.size()) Refuse(option + " needs a value");
    setter->second(equals == std::string::npos ? words[++i] : words[i].substr(equals + 1));
  }
  if (arguments.objects != 0 && arguments.sample != "large") Refuse("--objects goes with --sample large");
  if (arguments.sample == "large" && arguments.objects == 0) arguments.objects = 10000;
  if (arguments.tls_cert.empty() != arguments.tls_key.empty()) Refuse("--tls-cert and --tls-key go together");
  return arguments;
}

std::string Usage() {
  return R"(usage: dbxark-emulator [OPTIONS]

A Databricks workspace on one port, for trying out and testing. Prints `listening on http://...` and serves until
SIGTERM or SIGINT.

  --listen ADDRESS:PORT     where to listen (127.0.0.1:0; port 0 is any free one)
  --token TOKEN             an administrator's token (dapi-emulator)
  --second-token TOKEN      a token of a caller that is no administrator
  --user, --second-user NAME  their user names
  --state FILE              load the workspace from FILE if it is there, and save it there at the end
  --sample NAME             fill a workspace that is new: `small` with what people usually have, `hostile` with what
                            tools fall over, `large` with as many objects as --objects says
  --objects N               of the large sample, 100 to 1000000 (10000)
  --seed N                  ids and the sample depend on it (1)
  --import-dir DIR[:/PATH]  load a folder of notebooks and files to /Shared/<its name>, or PATH; repeatable
  --cloud NAME              aws or azure: node types and attributes of another cloud are refused (AWS, anything goes)
  --latency-ms N            answer no sooner than after N milliseconds
  --rate FAMILY=N           at most N requests a second of an API family (workspace/export, dbfs, jobs/create, ...,
                            * for all others); `--rate published` sets the published ones; repeatable
  --cluster-quota N         at most N clusters that are not terminated; one more is refused
  --read-after-write-delay-ms N  a new object answers 404 for so long
  --faults FILE             a script of faults (README.md)
  --org-id N                the workspace's id
  --variant NAME            an unconfirmed behaviour of the real service; repeatable
  --list-variants           name them all
  --tls-cert, --tls-key FILE  serve https with this PEM certificate and key
)";
}

}  // namespace emulator
