"""Requests to the workspace: few, slow, bounded, and with answers in every shape that the service is known for.

Without `write`, nothing but GET and HEAD leaves this file.
"""

import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

from livecheck.connection import Stop, printable

USER_AGENT = "dbxark-live-check/1 (python)"
SECONDS_BETWEEN = 0.2  # five requests a second at most
MOST_REQUESTS = 250
MOST_BODY = 4 << 20
TIMEOUT = 60
MOST_REPEATS = 4  # of one request that the service puts off


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the token goes nowhere else."""

    def redirect_request(self, *_):
        return None


class Answer:
    def __init__(self, status, headers, body, cut):
        self.status, self.headers, self.body, self.cut = status, headers, body, cut
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def fields(self):
        """The JSON object that it is; {} for anything else."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def code(self):
        """The error's code where it is a word: "RESOURCE_DOES_NOT_EXIST"; "" where it is none."""
        code = self.fields.get("error_code")
        return code if isinstance(code, str) else ""

    @property
    def message(self):
        text = self.fields.get("message") or self.fields.get("detail") or ""
        return text if isinstance(text, str) and text else self.body[:4096].decode("utf-8", "replace")

    @property
    def outcome(self):
        """"200", "400 INVALID_PARAMETER_VALUE", "404" where no code is named."""
        return ("%d %s" % (self.status, "" if self.ok else self.code)).strip()

    @property
    def disabled(self):
        return not self.ok and (self.code == "FEATURE_DISABLED" or "feature is not enabled" in self.message)

    @property
    def no_endpoint(self):
        return not self.ok and (self.code == "ENDPOINT_NOT_FOUND" or "No API found" in self.message)


class Service:
    def __init__(self, connection, write):
        self.connection, self.write = connection, write
        handlers = [NoRedirects()]
        if connection.host.startswith("https:"):
            try:
                context = ssl.create_default_context(cafile=connection.ca_file)
            except OSError as error:
                raise Stop(1, "certificates in %s: %s" % (connection.ca_file, printable(error))) from None
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self.opener = urllib.request.build_opener(*handlers)
        self.requests, self.last = 0, 0.0
        self.workspace_id = ""
        self.put_off = []  # of each 429: whether it said how long
        self.disabled_statuses = []  # of each FEATURE_DISABLED
        self.cleaning = False  # then the bound on requests no longer holds

    def get(self, path, /, most=MOST_BODY, token=None, **query):
        return self.send("GET", path, query, None, None, most, token)

    def post(self, path, body, method="POST"):
        return self.send(method, path, {}, json.dumps(body).encode(), "application/json")

    def send(self, method, path, query=None, body=None, content_type=None, most=MOST_BODY, token=None):
        """One request. `token` "" sends none. Raises Stop where no answer comes."""
        if not self.write and method not in ("GET", "HEAD"):
            raise RuntimeError("a read-only check was about to send " + method)
        url = self.connection.host + urllib.parse.quote(path)
        if query:
            url += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*"}
        secret = self.connection.token if token is None else token
        if secret:
            headers["Authorization"] = "Bearer " + secret
        if content_type:
            headers["Content-Type"] = content_type
        for attempt in range(MOST_REPEATS + 1):
            request = urllib.request.Request(url, body, headers, method=method)
            answer = self._exchange(request, most, method + " " + path)
            if answer.status == 429:
                self.put_off.append("Retry-After" in answer.headers)
            if answer.status not in (429, 503) or attempt == MOST_REPEATS:
                break
            wait = answer.headers.get("Retry-After", "")
            time.sleep(min(30, int(wait)) if wait.isdigit() else attempt + 1)
        if answer.disabled:
            self.disabled_statuses.append(answer.status)
        return answer

    def _exchange(self, request, most, what):
        if self.requests >= MOST_REQUESTS and not self.cleaning:
            raise Stop(1, "more than %d requests: this cannot be right, and ends here" % MOST_REQUESTS)
        wait = self.last + SECONDS_BETWEEN - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self.requests += 1
        self.last = time.monotonic()
        try:
            try:
                response = self.opener.open(request, timeout=TIMEOUT)
            except urllib.error.HTTPError as error:
                response = error
            with response:
                body = response.read(most)
                cut = len(body) == most
                answer = Answer(response.status, response.headers, body, cut)
        except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise Stop(1, "%s: no answer from %s: %s" % (what, self.connection.host, printable(reason))) from None
        self.workspace_id = printable(answer.headers.get("X-Databricks-Org-Id") or self.workspace_id, 40)
        return answer

    def masked(self, text):
        """Of a message of the service: no token, no address, nothing long."""
        text = str(text).replace(self.connection.token, "[token]")
        text = re.sub(r"\b(dapi|dose|dkea)[0-9a-zA-Z-]{8,}", "[token]", text)
        text = re.sub(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "[address]", text)
        text = re.sub(r"[A-Za-z0-9+/_=-]{48,}", "[\u2026]", text)
        return printable(text, 160)


def shape(value, depth=3):
    """What a JSON value is made of, without what is in it: {"path": text, "size": number}."""
    if isinstance(value, dict):
        if depth == 0:
            return "{\u2026}"
        return "{" + ", ".join("%s: %s" % (printable(key, 40), shape(member, depth - 1))
                               for key, member in list(value.items())[:24]) + "}"
    if isinstance(value, list):
        return "[%s%s]" % (shape(value[0], depth - 1) if value and depth else "", ", \u2026" if len(value) > 1 else "")
    if value is None:
        return "null"
    return {bool: "true or false", int: "number", float: "number", str: "text"}[type(value)]
