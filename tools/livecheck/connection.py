"""Which workspace, and as whom: from options, environment and .databrickscfg, by the rules that dbxark has.

A token is never sent to a host that it was not given for, and a file that two of the vendor's readers would understand
differently is refused, not guessed at.
"""

import os
import re
import stat

MOST_BYTES = 1 << 20
OTHER_WAYS = ("client_id", "client_secret", "azure_client_id", "azure_client_secret", "azure_workspace_resource_id",
              "username", "google_credentials", "metadata_service_url", "auth_type")
OTHER_VARIABLES = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET",
                   "DATABRICKS_AZURE_RESOURCE_ID", "DATABRICKS_USERNAME", "GOOGLE_CREDENTIALS",
                   "DATABRICKS_METADATA_SERVICE_URL", "DATABRICKS_AUTH_TYPE")


class Stop(Exception):
    """Ends the check with a plain line and an exit code."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class Connection:
    def __init__(self, host, token, source, warnings, ca_file):
        self.host, self.token, self.source, self.warnings, self.ca_file = host, token, source, warnings, ca_file


def printable(text, most=200):
    """One line that a terminal can take."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(str(text).split()))
    return line if len(line) <= most else line[:most - 1] + "\u2026"


def normalise_host(text):
    """"adb-1.azuredatabricks.net/" -> "https://adb-1.azuredatabricks.net"; ValueError says what is wrong."""
    rest, scheme = text.strip(), "https"
    if "://" in rest:
        scheme, rest = rest.split("://", 1)
        scheme = scheme.lower()
    if scheme not in ("http", "https"):
        raise ValueError("has a scheme that is not https")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].lower()
    if "@" in host:
        raise ValueError("holds a user name or a password")
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?", host)
    if not match:
        raise ValueError("is no host name" if host else "is empty")
    name, port = match.group(1), match.group(2) or ""
    loopback = name in ("localhost", "[::1]") or name.endswith(".localhost") or re.fullmatch(r"127\.[0-9.]+", name)
    if scheme == "http" and not loopback:
        raise ValueError("would send the token unencrypted: use https (http is for this machine alone)")
    if name.startswith("accounts.") and "databricks" in name:
        raise ValueError("is the account console, not a workspace")
    if port and (scheme, port) not in (("https", "443"), ("http", "80")):
        name += ":" + port
    return scheme + "://" + name


def parse_profiles(text):
    """{name: {"values": {key: value}, "problem": text}}, by the Go reader's rules.

    What other readers would take otherwise is a `problem` of its profile. ValueError for what is no such file at all.
    """
    profiles, current, after_key = {}, None, False

    def disagree(number, what):
        if current is not None and not current["problem"]:
            current["problem"] = "line %d %s" % (number, what)

    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = line.removesuffix("\r")
        bare = line.strip(" \t")
        if "\0" in line:
            raise ValueError("line %d: a NUL byte" % number)
        if not bare or bare[0] in "#;":
            continue
        indented = line[0] in " \t" and after_key
        if indented:
            disagree(number, "is indented: some tools take it as the end of the value above")
        if bare[0] == "[":
            inner, closed, rest = bare[1:].rpartition("]")
            name = inner.strip()
            if not closed or not name or (rest.strip() and rest.strip()[0] not in "#;"):
                raise ValueError("line %d: no [profile] with a name and nothing behind it" % number)
            again = name in profiles
            current = profiles.setdefault(name, {"values": {}, "problem": ""})
            if again:
                disagree(number, "begins this profile a second time")
            if inner != name:
                disagree(number, "has spaces around the profile's name")
            if indented:
                disagree(number, "is indented: some tools take it as the end of the value above")
            after_key = False
            continue
        match = re.match(r"([^=:]*)[=:](.*)$", bare)
        if not match or not match.group(1).strip():
            raise ValueError("line %d: neither a [profile] nor key = value" % number)
        if current is None:
            current = profiles.setdefault("DEFAULT", {"values": {}, "problem": ""})
            disagree(number, "stands before any [profile]")
        key, value, after_key = match.group(1).strip(), match.group(2).strip(), True
        comment = re.search(r"[ \t][#;]", value)
        if comment:
            disagree(number, "has a comment behind the value of %s" % key)
            value = value[:comment.start()].strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`":
            disagree(number, "has quotes around the value of %s" % key)
        if value.endswith("\\"):
            disagree(number, "ends in a backslash")
        if key != key.lower():
            disagree(number, "spells %s as %s" % (key.lower(), key))
        if key in current["values"]:
            disagree(number, "gives %s a second time" % key)
        current["values"][key] = value
    return profiles


class Profiles:
    """The file, read when somebody needs it."""

    def __init__(self, environment):
        home = environment.get("HOME", "")
        named = environment.get("DATABRICKS_CONFIG_FILE", "").strip()
        self.named = bool(named)
        path = named or "~/.databrickscfg"
        self.path = home + path[1:] if path.startswith("~/") and home else path
        self.shown = printable("~" + self.path[len(home):] if home and self.path.startswith(home + "/") else path)
        self.loaded = None
        self.warnings = []

    def load(self):
        """All profiles; None where there is no file at the default place."""
        if self.loaded is None:
            try:
                with open(self.path, "rb") as file:
                    data = file.read(MOST_BYTES + 1)
                    if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                        self.warnings.append("%s can be read by every user of this machine" % self.shown)
            except FileNotFoundError:
                if self.named:
                    raise Stop(5, "%s, which DATABRICKS_CONFIG_FILE names, is not there" % self.shown) from None
                return None
            except OSError as error:
                raise Stop(1, "%s: %s" % (self.shown, error.strerror)) from None
            if len(data) > MOST_BYTES:
                raise Stop(1, "%s is larger than 1 MiB" % self.shown)
            try:
                self.loaded = parse_profiles(data.decode("utf-8"))
            except ValueError as error:
                raise Stop(1, "%s: %s" % (self.shown, error)) from None
        return self.loaded

    def find(self, name, required):
        profiles = self.load()
        if profiles is None or name not in profiles:
            if not required:
                return None
            there = "" if not profiles else " (it has %s)" % printable(", ".join(sorted(profiles)))
            raise Stop(5, "%s has no profile %s%s" % (self.shown, printable(name), there) if profiles is not None
                       else "profile %s: there is no %s" % (printable(name), self.shown))
        if profiles[name]["problem"]:
            raise Stop(1, "%s, profile %s: %s" % (self.shown, printable(name), profiles[name]["problem"]))
        return profiles[name]["values"]


def refuse_other_ways(place, values, names):
    for name in names:
        value = values.get(name, "").strip()
        if value and not (name.lower().endswith("auth_type") and value == "pat"):
            raise Stop(2, "%s: %s is set, but only personal access tokens are supported here" % (place, name))


def resolve(profile, environment=None):
    """The connection that dbxark would make. Raises Stop."""
    environment = os.environ if environment is None else environment
    profiles = Profiles(environment)
    host, token = (environment.get(name, "").strip() for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"))
    host_from = token_from = ""
    warnings = []
    named = profile if profile is not None else environment.get("DATABRICKS_CONFIG_PROFILE", "").strip() or None
    if profile is not None and not profile.strip():
        raise Stop(2, "--profile is empty")
    values, place = {}, ""
    if profile is not None:
        warnings += ["%s is set but not used: --profile is given" % name
                     for name, value in (("DATABRICKS_HOST", host), ("DATABRICKS_TOKEN", token)) if value]
        host = token = ""
    if not (host and token):
        values = profiles.find(named or "DEFAULT", bool(named)) or {}
        place = "profile %s in %s" % (printable(named or "DEFAULT"), profiles.shown)
    if host and not token:
        # The profile's token belongs to the profile's host.
        try:
            same = normalise_host(values.get("host", "")) == normalise_host(host)
        except ValueError:
            same = False
        if not same:
            refuse_other_ways("environment", environment, OTHER_VARIABLES)
            raise Stop(2, "DATABRICKS_HOST is set, but there is no token for it: set DATABRICKS_TOKEN, or use a "
                       "profile")
    host, host_from = (host, "DATABRICKS_HOST") if host else (values.get("host", "").strip(), place)
    token, token_from = (token, "DATABRICKS_TOKEN") if token else (values.get("token", "").strip(), place)
    if not host:
        raise Stop(2, "%s has no host" % place if values else
                   "no workspace given: use --profile, or set DATABRICKS_HOST and DATABRICKS_TOKEN")
    try:
        host = normalise_host(host)
    except ValueError as error:
        raise Stop(2, "%s: the host %s" % (host_from, error)) from None
    if not token:
        refuse_other_ways(place, values, OTHER_WAYS)
        raise Stop(2, "%s has no token" % place)
    if not all(" " < c < "\x7f" for c in token):
        raise Stop(2, "the token from %s has characters that no token has" % token_from)
    source = host_from if host_from == token_from else "host from %s, token from %s" % (host_from, token_from)
    ca_file = environment.get("SSL_CERT_FILE", "").strip() or environment.get("CURL_CA_BUNDLE", "").strip()
    return Connection(host, token, source, warnings + profiles.warnings, ca_file or None)
