#include "workspace/connection.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch.h"

namespace dbxark::workspace {
namespace {

// A home folder with a .databrickscfg in it.
struct Home {
  std::filesystem::path folder;
  ConnectionOptions options;

  explicit Home(const std::string& text, mode_t mode = 0600) {
    std::string name = (std::filesystem::temp_directory_path() / "dbxark-home-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    if (!text.empty()) {
      std::ofstream(folder / ".databrickscfg") << text;
      ::chmod((folder / ".databrickscfg").c_str(), mode);
    }
    options.environment["HOME"] = folder.string();
  }
  ~Home() { std::filesystem::remove_all(folder); }
  Connection Resolve() {
    auto connection = ResolveConnection(options);
    INFO((connection.ok() ? std::string() : connection.error().message()));
    REQUIRE(connection.ok());
    return *connection;
  }
  Error Refusal() {
    auto connection = ResolveConnection(options);
    REQUIRE_FALSE(connection.ok());
    return connection.error();
  }
  std::string& Env(const std::string& name) { return options.environment[name]; }
};

constexpr const char* kTwoProfiles =
    "[DEFAULT]\nhost = https://default.example/\ntoken = t-default\n"
    "[primary]\nhost = primary.example\ntoken = t-primary\n";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("without options and variables it is the profile DEFAULT") {
  const Connection connection = Home(kTwoProfiles).Resolve();
  CHECK(connection.host == "https://default.example");
  CHECK(connection.token.Reveal() == "t-default");
  CHECK(connection.profile == "DEFAULT");
  CHECK(connection.Describe() == "profile DEFAULT in ~/.databrickscfg, token");
  CHECK(connection.warnings.empty());
}

TEST_CASE("a variable names the profile, an option beats it") {
  Home home(kTwoProfiles);
  home.Env("DATABRICKS_CONFIG_PROFILE") = "primary";
  CHECK(home.Resolve().token.Reveal() == "t-primary");
  home.options.profile = "DEFAULT";
  CHECK(home.Resolve().token.Reveal() == "t-default");
}

TEST_CASE("host and token of the environment beat profiles that no option names") {
  Home home(kTwoProfiles);
  home.Env("DATABRICKS_HOST") = "env.example";
  home.Env("DATABRICKS_TOKEN") = "t-env";
  const Connection connection = home.Resolve();
  CHECK(connection.host == "https://env.example");
  CHECK(connection.token.Reveal() == "t-env");
  CHECK(connection.Describe() == "host from DATABRICKS_HOST, token from DATABRICKS_TOKEN");
  home.options.profile = "primary";
  const Connection chosen = home.Resolve();
  CHECK(chosen.host == "https://primary.example");
  CHECK(chosen.token.Reveal() == "t-primary");
  CHECK(chosen.warnings.size() == 2);
}

TEST_CASE("a token never goes to a host that it was not given for") {
  Home home(kTwoProfiles);
  home.Env("DATABRICKS_HOST") = "other.example";
  CHECK(home.Refusal().code() == ErrorCode::kUsage);
  CHECK(Has(home.Refusal().message(), "there is no token for it"));
  home.Env("DATABRICKS_HOST") = "https://default.example";
  CHECK(home.Resolve().token.Reveal() == "t-default");

  Home option(kTwoProfiles);
  option.options.host = "other.example";
  option.Env("DATABRICKS_HOST") = "env.example";
  option.Env("DATABRICKS_TOKEN") = "t-env";
  CHECK(option.Refusal().code() == ErrorCode::kUsage);
  CHECK(Has(option.Refusal().message(), "no token for https://other.example"));

  Home both(kTwoProfiles);
  both.options.profile = "primary";
  both.options.host = "other.example";
  CHECK(both.Refusal().code() == ErrorCode::kUsage);
}

TEST_CASE("--host takes its token from the environment or the profile of that host") {
  Home home(kTwoProfiles);
  home.options.host = "https://PRIMARY.example:443/?o=7";
  CHECK(home.Resolve().token.Reveal() == "t-primary");
  home.Env("DATABRICKS_TOKEN") = "t-env";
  CHECK(home.Resolve().token.Reveal() == "t-env");
  CHECK(home.Resolve().host_from == "--host");

  Home two("[a]\nhost = x.example\ntoken = 1\n[b]\nhost = x.example\ntoken = 2\n");
  two.options.host = "x.example";
  CHECK(Has(two.Refusal().message(), "a and b"));
  two.Env("DATABRICKS_CONFIG_PROFILE") = "b";
  CHECK(two.Resolve().token.Reveal() == "2");
}

TEST_CASE("a token of the environment completes a profile without one") {
  Home home("[DEFAULT]\nhost = default.example\n");
  home.Env("DATABRICKS_TOKEN") = "t-env";
  const Connection connection = home.Resolve();
  CHECK(connection.host == "https://default.example");
  CHECK(connection.token.Reveal() == "t-env");
}

TEST_CASE("a missing profile names those that are near") {
  Home home(kTwoProfiles);
  home.options.profile = "primry";
  CHECK(home.Refusal().code() == ErrorCode::kNotFound);
  CHECK(home.Refusal().message() == "~/.databrickscfg has no profile primry (did you mean primary?)");
  home.options.profile = "zzzzzz";
  CHECK(Has(home.Refusal().message(), "it has DEFAULT, primary"));
}

TEST_CASE("a missing file is said, and where it should be") {
  Home home("");
  home.options.profile = "p";
  CHECK(Has(home.Refusal().message(), "there is no ~/.databrickscfg"));
  Home named("");
  named.Env("DATABRICKS_CONFIG_FILE") = "/nonexistent/cfg";
  CHECK(Has(named.Refusal().message(), "DATABRICKS_CONFIG_FILE"));
  Home nothing("");
  CHECK(nothing.Refusal().code() == ErrorCode::kUsage);
}

TEST_CASE("another file may be named, from the home folder too") {
  Home home("");
  std::ofstream(home.folder / "other.cfg") << "[DEFAULT]\nhost = o.example\ntoken = t\n";
  home.Env("DATABRICKS_CONFIG_FILE") = "~/other.cfg";
  CHECK(home.Resolve().host == "https://o.example");
}

TEST_CASE("a profile that tools read differently is refused with file and line; another one is not") {
  Home home("[a]\nhost = a.example\n token = t\n[b]\nhost = b.example\ntoken = t\n");
  home.options.profile = "a";
  CHECK(home.Refusal().message().starts_with("~/.databrickscfg, profile a: line 3 is indented"));
  home.options.profile = "b";
  CHECK(home.Resolve().host == "https://b.example");
}

TEST_CASE("other ways to authenticate are recognised") {
  Home profile("[p]\nhost = p.example\nclient_id = c\nclient_secret = s\n");
  profile.options.profile = "p";
  CHECK(Has(profile.Refusal().message(), "client_id is set, but OAuth"));
  CHECK(Has(profile.Refusal().message(), "not yet supported"));
  Home azure("");
  azure.Env("DATABRICKS_HOST") = "a.example";
  azure.Env("ARM_CLIENT_ID") = "c";
  CHECK(Has(azure.Refusal().message(), "Azure service principal"));
  Home cli("[DEFAULT]\nhost = p.example\nauth_type = databricks-cli\n");
  CHECK(Has(cli.Refusal().message(), "auth_type is set"));
}

TEST_CASE("a file that everybody can read is a warning") {
  CHECK(Home(kTwoProfiles, 0600).Resolve().warnings.empty());
  CHECK(Home(kTwoProfiles, 0640).Resolve().warnings.empty());
  const Connection connection = Home(kTwoProfiles, 0644).Resolve();
  REQUIRE(connection.warnings.size() == 1);
  CHECK(Has(connection.warnings[0], "chmod 600"));
}

TEST_CASE("hosts are brought into one form") {
  CHECK(*NormaliseHost("adb-1.azuredatabricks.net") == "https://adb-1.azuredatabricks.net");
  CHECK(*NormaliseHost(" HTTPS://Adb-1.azuredatabricks.net:443/ ") == "https://adb-1.azuredatabricks.net");
  CHECK(*NormaliseHost("https://x.example:8443/login?o=1#y") == "https://x.example:8443");
  CHECK(*NormaliseHost("http://127.0.0.1:5000") == "http://127.0.0.1:5000");
  CHECK(*NormaliseHost("http://localhost:80/") == "http://localhost");
  CHECK(*NormaliseHost("http://[::1]:81") == "http://[::1]:81");
  for (const char* host :
       {"", "https://", "http://x.example", "ftp://x.example", "https://user:pw@x.example", "https://a b",
        "https://x.example:port", "http://127.0.0.1.evil.example", "https://accounts.cloud.databricks.com"}) {
    INFO(host);
    CHECK_FALSE(NormaliseHost(host).ok());
  }
}

TEST_CASE("a workspace's domain tells its cloud") {
  CHECK(CloudOf("https://adb-1.2.azuredatabricks.net") == "azure");
  CHECK(CloudOf("https://adb-1.2.databricks.azure.cn") == "azure");
  CHECK(CloudOf("https://dbc-1.cloud.databricks.com:8443") == "aws");
  CHECK(CloudOf("https://x.cloud.databricks.us") == "aws");
  CHECK(CloudOf("https://1.2.gcp.databricks.com") == "gcp");
  for (const char* host :
       {"", "http://127.0.0.1:80", "https://azuredatabricks.net.example", "https://x.databricks.com"}) {
    INFO(host);
    CHECK(CloudOf(host).empty());
  }
}

TEST_CASE("a token is never printed") {
  const SecretString secret("dapi-secret");
  std::ostringstream out;
  out << secret;
  CHECK(out.str() == "***");
  Home home("[DEFAULT]\nhost = a.example\ntoken = da pi\n");
  CHECK_FALSE(Has(home.Refusal().message(), "da pi"));
  PatCredentials credentials(secret);
  CHECK(*credentials.Headers({}) == http::Fields{{"Authorization", "Bearer dapi-secret"}});
}

}  // namespace
}  // namespace dbxark::workspace
