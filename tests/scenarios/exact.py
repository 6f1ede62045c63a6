"""Stories that compare the whole of stdout and stderr, the exit code, and the files before and after.

FOLDER, ADDRESS, PORT and the like stand for what differs from run to run.
"""

import http.server
import os
import re
import subprocess
import threading

import support

FROM = ("from  ADDRESS  workspace 1111111111111111  as admin@example.com  "
        "(profile primary in FOLDER/.databrickscfg, token)\n")
LISTED = FROM + "list  114 objects, 11 kinds  TIME\n"
# How errors of the first request begin.
ME = "GET /api/2.0/preview/scim/v2/Me: "
DENIED = "exit 7: not authenticated or not allowed: "
# Of certificates: the address that emulators have.
OF_THE_EMULATOR = ("127.0.0.1", 1, "-addext", "subjectAltName=IP:127.0.0.1")


def runs(words):
    """Whether such a command can be run here at all."""
    try:
        return subprocess.run([*words, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def first_that_runs(*choices):
    """The first of these words that a command can be run behind; none if this machine allows none."""
    return next((words for words in choices if runs(words)), None)


class ExactStory(support.Story):
    def normal(self, text):
        text = text.replace(self.folder, "FOLDER").replace("~/.databrickscfg", "FOLDER/.databrickscfg")
        text = re.sub(r"https?://127\.0\.0\.1:\d+", "ADDRESS", text)
        text = re.sub(r"port \d+ after \d+ ms", "port PORT after N ms", text)
        # libcurl's words differ between releases.
        text = text.replace("Could not connect to server", "Couldn't connect to server")
        text = re.sub(r"(TLS connect error:|OpenSSL/\S+) error:[0-9A-F]+:SSL routines::", "OpenSSL: ", text)
        text = re.sub(r"request id emulator-[\d-]+", "request id ID", text)
        text = re.sub(r"(requests?)(, [\d,]+ retr(y|ies))?  +\d+(\.\d)? (s|min)\n", r"\1  TIME\n", text)
        text = re.sub(r"^(list|read|look|make)  (.*?)  +(\d+ min )?\d+ s$", r"\1  \2  TIME", text, flags=re.M)
        text = re.sub(r" -> [\d.,]+ (B|[KMG]iB),", " -> SIZE,", text)
        text = re.sub(r"sha256 [0-9a-f]{64}", "sha256 HASH", text)
        return re.sub(r"\.partial-\d+", ".partial-N", text)

    def files(self):
        return sorted(os.path.join(os.path.relpath(parent, self.folder), name)
                      for parent, folders, names in os.walk(self.folder) for name in [*names, *folders])

    def ends(self, words, code, err, out="", behind=(), **extra):
        """Runs dbxark, behind those words, and expects exactly that, and no file more or less."""
        before = self.files()
        done = self.run_words([*behind, os.path.join(support.BIN_DIR, "dbxark"), *words], **extra)
        self.assertEqual((self.normal(done.errors), self.normal(done.text), done.code), (err, out, code))
        self.assertEqual(self.files(), before)

    def export_ends(self, profile, code, err, *words, **extra):
        self.ends(["export", "--profile", profile, "-o", "a.tar.zst", "--patience", "2", *words], code, err, **extra)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def certificate(self, name, days, *more):
        """A key and a certificate of one's own; the options that give them to an emulator."""
        key, certificate = self.path("key.pem"), self.path("cert.pem")
        made = self.run_words(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                               certificate, "-days", str(days), "-subj", "/CN=" + name, *more])
        self.assertEqual(made.code, 0, str(made))
        return ["--tls-cert", certificate, "--tls-key", key]

    def serve_with(self, handler):
        """A server of one's own for as long as the story; its address."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.handle_error = lambda *connection: None  # who hangs up on it is the story's business
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d" % server.server_address[1]

    def serve(self, status, body, content_type="text/html", location=""):
        """A server that knows one answer; its address."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        return self.serve_with(Handler)
