#include "workspace/connection.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "workspace/profile_file.h"

extern char** environ;

namespace dbxark::workspace {
namespace {

constexpr uint64_t kProfileFileLimit = uint64_t{1} << 20;

std::string Lookup(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : std::string(Trim(found->second));
}

// A file that is read at most once, and only if somebody needs it.
class Profiles {
 public:
  Profiles(FileSystem& files, const Environment& environment) : files_(files) {
    const std::string home = Lookup(environment, "HOME");
    path_ = Lookup(environment, "DATABRICKS_CONFIG_FILE");
    named_ = !path_.empty();
    if (!named_) path_ = "~/.databrickscfg";
    shown_ = path_;
    if (path_.starts_with("~/") && !home.empty()) path_ = home + path_.substr(1);
    if (!home.empty() && path_.starts_with(home + "/")) shown_ = "~" + path_.substr(home.size());
    shown_ = Printable(shown_);
  }

  const std::string& shown() const { return shown_; }

  // Null without an error: there is no file at the default place.
  Result<const ProfileFile*> Load() {
    if (loaded_) return &*file_;
    if (!files_.Exists(path_)) {
      if (!named_) return static_cast<const ProfileFile*>(nullptr);
      return Error(ErrorCode::kNotFound, shown_ + ", which DATABRICKS_CONFIG_FILE names, is not there");
    }
    auto text = ReadSmallFile(files_, path_, kProfileFileLimit);
    if (!text.ok()) return std::move(text).error();
    auto file = ParseProfileFile(*text);
    if (!file.ok()) return std::move(file).error().Within(shown_);
    file_ = std::move(*file);
    loaded_ = true;
    return &*file_;
  }

  // Null without an error: it is not there and was not asked for by name.
  Result<const Profile*> Find(const std::string& name, bool required) {
    auto file = Load();
    if (!file.ok()) return std::move(file).error();
    if (*file == nullptr) {
      if (!required) return static_cast<const Profile*>(nullptr);
      return Error(ErrorCode::kNotFound, "profile " + Printable(name) + ": there is no " + shown_);
    }
    const auto found = (*file)->profiles.find(name);
    if (found == (*file)->profiles.end()) {
      if (!required) return static_cast<const Profile*>(nullptr);
      return Error(ErrorCode::kNotFound, shown_ + " has no profile " + Printable(name) + Near(name, **file));
    }
    if (!found->second.problem.empty()) {
      return Error(ErrorCode::kFailed, shown_ + ", profile " + Printable(name) + ": " + found->second.problem);
    }
    return &found->second;
  }

  // Others can read the tokens in it.
  std::optional<std::string> Warning() const {
    if (!loaded_) return std::nullopt;
    std::error_code ignored;
    const auto permissions = std::filesystem::status(path_, ignored).permissions();
    if (ignored || (permissions & std::filesystem::perms::others_read) == std::filesystem::perms::none) {
      return std::nullopt;
    }
    return shown_ + " can be read by every user of this machine (chmod 600 " + ShellQuote(path_) + ")";
  }

 private:
  static std::string Near(const std::string& name, const ProfileFile& file) {
    std::vector<std::string> near, all;
    const std::string lower = ToLowerAscii(name);
    for (const auto& [candidate, profile] : file.profiles) {
      all.push_back(Printable(candidate));
      const std::string other = ToLowerAscii(candidate);
      const size_t tolerated = std::max<size_t>(1, name.size() / 3);
      if (EditDistance(lower, other) <= tolerated || other.starts_with(lower)) near.push_back(Printable(candidate));
    }
    if (!near.empty()) return " (did you mean " + Join(near, " or ") + "?)";
    if (all.empty()) return " (it has none at all)";
    if (all.size() <= 8) return " (it has " + Join(all, ", ") + ")";
    return {};
  }

  FileSystem& files_;
  std::string path_, shown_;
  bool named_ = false, loaded_ = false;
  std::optional<ProfileFile> file_;
};

constexpr std::string_view kLater = " is not yet supported: use a token (DATABRICKS_TOKEN, or `token` in a profile)";

// Ways to authenticate that are recognised, so that the answer is not "no token".
std::optional<Error> RefuseOtherAuth(const std::string& place, const std::map<std::string, std::string>& values,
                                     bool is_environment) {
  struct Way {
    const char* variable;
    const char* key;
    const char* name;
  };
  static constexpr Way kWays[] = {
      {"DATABRICKS_CLIENT_ID", "client_id", "OAuth for service principals (client id and secret)"},
      {"DATABRICKS_CLIENT_SECRET", "client_secret", "OAuth for service principals (client id and secret)"},
      {"ARM_CLIENT_ID", "azure_client_id", "an Azure service principal"},
      {"ARM_CLIENT_SECRET", "azure_client_secret", "an Azure service principal"},
      {"DATABRICKS_AZURE_RESOURCE_ID", "azure_workspace_resource_id", "an Azure service principal"},
      {"DATABRICKS_USERNAME", "username", "a user name with password"},
      {"GOOGLE_CREDENTIALS", "google_credentials", "a Google service account"},
      {"DATABRICKS_METADATA_SERVICE_URL", "metadata_service_url", "a metadata service"},
      {"DATABRICKS_AUTH_TYPE", "auth_type", "this way to authenticate"},
  };
  for (const Way& way : kWays) {
    const std::string name = is_environment ? way.variable : way.key;
    const std::string value = Lookup(values, name);
    if (value.empty() || ((name == "auth_type" || name == "DATABRICKS_AUTH_TYPE") && value == "pat")) continue;
    return Error(ErrorCode::kUsage, place + ": " + name + " is set, but " + way.name + std::string(kLater));
  }
  return std::nullopt;
}

std::string ProfilePlace(const std::string& name, const Profiles& profiles) {
  return "profile " + Printable(name) + " in " + profiles.shown();
}

class Resolver {
 public:
  explicit Resolver(const ConnectionOptions& options)
      : options_(options),
        environment_(options.environment),
        profiles_(options.files != nullptr ? *options.files : FileSystem::Real(), options.environment) {}

  Result<Connection> Resolve() {
    Status resolved = options_.profile ? FromProfileOption() : options_.host ? FromHostOption() : FromEnvironment();
    if (!resolved.ok()) return std::move(resolved).error();
    if (Status checked = Check(); !checked.ok()) return std::move(checked).error();
    return std::move(result_);
  }

 private:
  std::string Env(const std::string& name) const { return Lookup(environment_, name); }

  // --profile: all of it comes from there. Variables that would say something else are named.
  Status FromProfileOption() {
    if (Trim(*options_.profile).empty()) return Error(ErrorCode::kUsage, "--profile is empty");
    if (Status taken = TakeProfile(*options_.profile, true); !taken.ok()) return taken;
    if (options_.host) {
      auto asked = NormaliseHost(*options_.host);
      if (!asked.ok()) return std::move(asked).error().Within("--host");
      auto from_profile = NormaliseHost(result_.host);
      if (!result_.host.empty() && from_profile.ok() && *asked != *from_profile) {
        return Error(ErrorCode::kUsage, "--host " + *asked + " is not the host of " + result_.host_from + " (" +
                                            *from_profile + "): leave one of them out");
      }
      result_.host = *asked;
      if (result_.host_from.empty()) result_.host_from = "--host";
    }
    for (const char* name : {"DATABRICKS_HOST", "DATABRICKS_TOKEN"}) {
      if (!Env(name).empty())
        result_.warnings.push_back(std::string(name) + " is set but not used: --profile is given");
    }
    return {};
  }

  // --host: the token from the environment, or from the profile that names this host.
  Status FromHostOption() {
    auto host = NormaliseHost(*options_.host);
    if (!host.ok()) return std::move(host).error().Within("--host");
    const std::string beside = Env("DATABRICKS_HOST");
    if (!Env("DATABRICKS_TOKEN").empty()) {
      auto other = NormaliseHost(beside);
      if (beside.empty() || (other.ok() && *other == *host)) {
        result_.token = SecretString(Env("DATABRICKS_TOKEN"));
        result_.token_from = "DATABRICKS_TOKEN";
      } else {
        result_.warnings.push_back("DATABRICKS_TOKEN is not used: DATABRICKS_HOST beside it names another host");
      }
    }
    if (result_.token.empty()) {
      if (Status taken = TakeTokenOfHost(*host); !taken.ok()) return taken;
    }
    result_.host = *host;
    result_.host_from = "--host";
    return {};
  }

  Status TakeTokenOfHost(const std::string& host) {
    auto file = profiles_.Load();
    if (!file.ok()) return std::move(file).error();
    std::vector<std::string> matching;
    if (*file != nullptr) {
      for (const auto& [name, profile] : (*file)->profiles) {
        auto candidate = NormaliseHost(Lookup(profile.values, "host"));
        if (candidate.ok() && *candidate == host) matching.push_back(name);
      }
    }
    const std::string preferred = Env("DATABRICKS_CONFIG_PROFILE");
    if (std::find(matching.begin(), matching.end(), preferred) != matching.end()) matching = {preferred};
    if (matching.size() > 1) {
      return Error(ErrorCode::kUsage, "--host " + host + ": " + Join(matching, " and ") + " in " + profiles_.shown() +
                                          " both name it: choose one with --profile");
    }
    if (matching.empty()) return {};
    return TakeProfile(matching.front(), true);
  }

  // No option: the environment, completed by the profile that it names, or DEFAULT.
  Status FromEnvironment() {
    const std::string host = Env("DATABRICKS_HOST"), token = Env("DATABRICKS_TOKEN");
    const std::string named = Env("DATABRICKS_CONFIG_PROFILE");
    if (host.empty() || token.empty()) {
      const bool required = !named.empty();
      if (Status taken = TakeProfile(required ? named : "DEFAULT", required); !taken.ok()) return taken;
    } else if (!named.empty()) {
      result_.warnings.push_back("DATABRICKS_CONFIG_PROFILE is not used: DATABRICKS_HOST and DATABRICKS_TOKEN are set");
    }
    if (!host.empty()) {
      auto ours = NormaliseHost(host);
      if (!ours.ok()) return std::move(ours).error().Within("DATABRICKS_HOST");
      auto theirs = NormaliseHost(result_.host);
      // The profile's token belongs to the profile's host.
      if (token.empty() && (!theirs.ok() || *theirs != *ours)) {
        if (auto refused = RefuseOtherAuth("environment", environment_, true)) return std::move(*refused);
        return Error(ErrorCode::kUsage, "DATABRICKS_HOST is set to " + *ours +
                                            ", but there is no token for it: set DATABRICKS_TOKEN, or use a profile");
      }
      result_.host = *ours;
      result_.host_from = "DATABRICKS_HOST";
    }
    if (!token.empty()) {
      result_.token = SecretString(token);
      result_.token_from = "DATABRICKS_TOKEN";
    }
    return {};
  }

  Status TakeProfile(const std::string& name, bool required) {
    auto profile = profiles_.Find(name, required);
    if (!profile.ok()) return std::move(profile).error();
    if (*profile == nullptr) return {};
    const auto& values = (*profile)->values;
    const std::string place = ProfilePlace(name, profiles_);
    result_.profile = name;
    result_.host = Lookup(values, "host");
    if (!result_.host.empty()) result_.host_from = place;
    result_.token = SecretString(Lookup(values, "token"));
    if (!result_.token.empty()) {
      result_.token_from = place;
      return {};
    }
    // A token from the environment may complete a profile that has none; with --profile it may not.
    if (!options_.profile && !options_.host && !Env("DATABRICKS_TOKEN").empty()) return {};
    if (auto refused = RefuseOtherAuth(place, values, false)) return std::move(*refused);
    if (required) {
      return Error(ErrorCode::kUsage, place + " (line " + std::to_string((*profile)->line) + ") has no token");
    }
    return {};
  }

  Status Check() {
    if (result_.host.empty()) {
      if (!result_.profile.empty()) {
        return Error(ErrorCode::kUsage, ProfilePlace(result_.profile, profiles_) + " has no host");
      }
      return Error(ErrorCode::kUsage,
                   "no workspace given: use --profile, or --host, or set DATABRICKS_HOST and "
                   "DATABRICKS_TOKEN");
    }
    auto host = NormaliseHost(result_.host);
    if (!host.ok()) return std::move(host).error().Within(result_.host_from);
    result_.host = *host;
    if (result_.token.empty()) {
      if (auto refused = RefuseOtherAuth("environment", environment_, true)) return std::move(*refused);
      return Error(ErrorCode::kUsage, "no token for " + result_.host +
                                          ": set DATABRICKS_TOKEN, or add it to a profile in " + profiles_.shown());
    }
    const std::string& token = result_.token.Reveal();
    const bool plain = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; });
    if (!plain) {
      return Error(ErrorCode::kUsage, "the token from " + result_.token_from + " has characters that no token has");
    }
    if (auto warning = profiles_.Warning()) result_.warnings.push_back(std::move(*warning));
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
      if (result_.ca_file.empty()) result_.ca_file = Env(name);
    }
    return {};
  }

  const ConnectionOptions& options_;
  const Environment& environment_;
  Profiles profiles_;
  Connection result_;
};

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.ends_with(".localhost") ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

}  // namespace

Environment ProcessEnvironment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != text.npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::string Connection::Describe() const {
  if (host_from == token_from) return host_from + ", " + auth;
  return "host from " + host_from + ", " + auth + " from " + token_from;
}

Result<Connection> ResolveConnection(const ConnectionOptions& options) { return Resolver(options).Resolve(); }

Result<std::string> NormaliseHost(const std::string& text) {
  std::string_view rest = Trim(text);
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::kUsage, "the host \"" + Shorten(text, 80) + "\" " + why);
  };
  std::string scheme = "https";
  if (const size_t end = rest.find("://"); end != rest.npos) {
    scheme = ToLowerAscii(rest.substr(0, end));
    rest.remove_prefix(end + 3);
  }
  if (scheme != "https" && scheme != "http") return refuse("has a scheme that is not https");
  // What a browser's address bar adds to it.
  rest = rest.substr(0, rest.find_first_of("/?#"));
  std::string host = ToLowerAscii(rest);
  if (host.find('@') != host.npos) return refuse("holds a user name or a password");
  if (host.empty()) return refuse("is empty");
  if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != host.npos) {
    return refuse("has characters that no host name has");
  }
  std::string port;
  const size_t colon = host.starts_with('[') ? host.find(':', host.find(']')) : host.find(':');
  if (colon != host.npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) {
      return refuse("has a port that is no number");
    }
  }
  if (scheme == "http" && !IsLoopback(host)) {
    return refuse("would send the token unencrypted: use https (http is for this machine alone)");
  }
  if (host.starts_with("accounts.") && host.find("databricks") != host.npos) {
    return refuse("is the account console, not a workspace");
  }
  if ((scheme == "https" && port == "443") || (scheme == "http" && port == "80")) port.clear();
  return scheme + "://" + host + (port.empty() ? "" : ":" + port);
}

std::string_view CloudOf(const std::string& host) {
  struct Zone {
    std::string_view domain, cloud;
  };
  constexpr Zone kZones[] = {{".gcp.databricks.com", "gcp"},    {".cloud.databricks.com", "aws"},
                             {".cloud.databricks.us", "aws"},   {".azuredatabricks.net", "azure"},
                             {".databricks.azure.us", "azure"}, {".databricks.azure.cn", "azure"}};
  std::string_view name = host;
  if (const size_t scheme = name.find("://"); scheme != name.npos) name.remove_prefix(scheme + 3);
  name = name.substr(0, name.find(':'));
  for (const Zone& zone : kZones) {
    if (name.ends_with(zone.domain)) return zone.cloud;
  }
  return {};
}

Result<http::Fields> PatCredentials::Headers(std::stop_token) {
  return http::Fields{{"Authorization", "Bearer " + token_.Reveal()}};
}

std::unique_ptr<http::Credentials> MakeCredentials(const Connection& connection) {
  return std::make_unique<PatCredentials>(connection.token);
}

}  // namespace dbxark::workspace
