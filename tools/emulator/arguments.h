// dbxark-emulator's command line.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator.h"

namespace emulator {

struct Arguments {
  Options options;
  std::string host = "127.0.0.1";
  int port = 0;
  std::string state_file, faults_file, sample;
  size_t objects = 0;                                            // of the large sample
  std::vector<std::pair<std::string, std::string>> import_dirs;  // folder, path in the workspace
  std::optional<int64_t> cluster_quota;  // of clusters that are not TERMINATED; the sample's are made before it counts
  std::string tls_cert, tls_key;
  bool help = false, list_variants = false;
};

// Throws ApiError with status 2 and a message for what is wrong, with the likely word where one is near.
Arguments ParseArguments(const std::vector<std::string>& words);
std::string Usage();

}  // namespace emulator
