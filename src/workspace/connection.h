// Which workspace, and as whom: from options, environment and .databrickscfg, as every Databricks tool has it.
//
// An option beats the environment, the environment beats the profile named there, and that beats the profile DEFAULT.
// A token is never sent to a host that it was not given for: a host from one place goes with a token from another one
// only if both name the same host, or no host stands beside the token.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/authorized_transport.h"

namespace dbxark::workspace {

using Environment = std::map<std::string, std::string>;

// Of this process.
Environment ProcessEnvironment();

struct ConnectionOptions {
  std::optional<std::string> host;     // --host
  std::optional<std::string> profile;  // --profile
  Environment environment;
  FileSystem* files = nullptr;  // the machine's own, where null
};

struct Connection {
  std::string host;  // "https://adb-1.azuredatabricks.net"
  SecretString token;
  std::string auth = "token";  // the kind of credentials, for people
  std::string profile;         // empty: none was read
  std::string host_from;       // "profile primary in ~/.databrickscfg", "DATABRICKS_HOST", "--host"
  std::string token_from;
  std::string ca_file;  // from SSL_CERT_FILE or CURL_CA_BUNDLE, where set
  std::vector<std::string> warnings;

  // "profile primary in ~/.databrickscfg, token", or both sources where they differ.
  std::string Describe() const;
};

// kUsage where something is missing or contradictory, kNotFound for a profile that is not there (with those that are
// near), kFailed for a file that cannot be read or could be read in two ways (with its line).
Result<Connection> ResolveConnection(const ConnectionOptions& options);

// "adb-1.azuredatabricks.net/" -> "https://adb-1.azuredatabricks.net". http is for this machine alone.
Result<std::string> NormaliseHost(const std::string& text);

// "aws", "azure" or "gcp", by the domain of a workspace; empty where it does not tell. Source: SDK module environments.
std::string_view CloudOf(const std::string& host);

// A personal access token, or any other bearer token that does not need renewal.
class PatCredentials : public http::Credentials {
 public:
  explicit PatCredentials(SecretString token) : token_(std::move(token)) {}
  Result<http::Fields> Headers(std::stop_token stop) override;

 private:
  SecretString token_;
};

// The credentials of a resolved connection.
std::unique_ptr<http::Credentials> MakeCredentials(const Connection& connection);

}  // namespace dbxark::workspace
