"""What people get wrong, and what networks and disks do: each ends in one clear line and the right code, with nothing half-written.

Each story compares the whole of stdout and stderr, the exit code, and the files before and after. FOLDER, PORT and ADDRESS stand
for what differs from run to run.
"""

import http.server
import os
import re
import signal
import socket
import subprocess
import threading
import time

import support

FROM = "from  ADDRESS  workspace 1111111111111111  as admin@example.com  (profile primary in FOLDER/.databrickscfg, token)\n"
LISTED = FROM + "list  114 objects, 11 kinds  ELAPSED\n"


def in_mount_namespace():
    """Words that run a shell where it may mount; none if that is not allowed here."""
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            return words
    return None


class WrongInput(support.Story):
    def normal(self, text):
        text = text.replace(self.folder, "FOLDER").replace("~/.databrickscfg", "FOLDER/.databrickscfg")
        text = re.sub(r"https?://127\.0\.0\.1:\d+", "ADDRESS", text)
        text = re.sub(r"port \d+ after \d+ ms", "port PORT after N ms", text)
        # libcurl's words differ between releases.
        text = text.replace("Could not connect to server", "Couldn't connect to server")
        text = re.sub(r"(TLS connect error:|OpenSSL/\S+) error:[0-9A-F]+:SSL routines::", "OpenSSL: ", text)
        text = re.sub(r"request id emulator-[\d-]+", "request id ID", text)
        text = re.sub(r"^(\w+  .*?) +(?:\d+ min )?\d+ s$", r"\1  ELAPSED", text, flags=re.M)
        return re.sub(r"\.partial-\d+", ".partial-N", text)

    def files(self):
        return sorted(os.path.join(os.path.relpath(parent, self.folder), name)
                      for parent, folders, names in os.walk(self.folder) for name in [*names, *folders])

    def ends(self, words, code, err, out="", **extra):
        """Runs dbxark, and expects exactly that, and no file more or less."""
        before = self.files()
        done = self.run_words([os.path.join(support.BIN_DIR, "dbxark"), *words], **extra)
        self.assertEqual((self.normal(done.errors), self.normal(done.text), done.code), (err, out, code))
        self.assertEqual(self.files(), before)

    def export_ends(self, profile, code, err, *words, **extra):
        self.ends(["export", "--profile", profile, "-o", "a.tar.zst", "--patience", "2", *words], code, err, **extra)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return name

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

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d" % server.server_address[1]

    # Whom to ask

    def test_unknown_profile(self):
        self.profile("production", "http://127.0.0.1:1", "t")
        self.export_ends("prod", 5, "exit 5: not found: FOLDER/.databrickscfg has no profile prod (did you mean production?)\n")

    def test_no_configuration_at_all(self):
        self.export_ends("prod", 5, "exit 5: not found: FOLDER/.databrickscfg, which DATABRICKS_CONFIG_FILE names, is not there\n")

    def test_host_without_scheme(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def refuse():
            """A server that speaks no TLS."""
            while True:
                try:
                    client = listener.accept()[0]
                except OSError:
                    return
                client.recv(16)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                client.close()

        threading.Thread(target=refuse, daemon=True).start()
        self.profile("bare", "127.0.0.1:%d" % listener.getsockname()[1], "t")
        self.export_ends("bare", 1, "exit 1: failed: GET /api/2.0/preview/scim/v2/Me: ADDRESS: OpenSSL: wrong version number: "
                         "no TLS is spoken there (a host without scheme means https)\n")

    def test_wrong_token(self):
        source = self.emulator()
        self.profile("wrong", source.url, "dapi-of-long-ago")
        self.export_ends("wrong", 7, "exit 7: not authenticated or not allowed: ADDRESS: GET /api/2.0/preview/scim/v2/Me: "
                         "403 SCIM_403: Invalid access token. (request id ID)\n")

    def test_login_page_instead_of_an_answer(self):
        self.profile("login", self.serve(302, b"", location="/login.html?next_url=%2Fapi"), "t")
        self.export_ends("login", 7, "exit 7: not authenticated or not allowed: ADDRESS: GET /api/2.0/preview/scim/v2/Me: "
                         "302: redirected to a login page: the credentials or this network are not accepted\n")
        self.profile("page", self.serve(200, b"<!doctype html><html><title>Sign in</title></html>"), "t")
        self.export_ends("page", 7, "exit 7: not authenticated or not allowed: ADDRESS: GET /api/2.0/preview/scim/v2/Me: 200 with "
                         "a web page: Sign in\n")

    def test_a_proxys_page(self):
        self.profile("proxy", self.serve(502, b"<html><head><title>502 Bad Gateway</title></head></html>"), "t")
        self.export_ends("proxy", 1, "exit 1: failed: ADDRESS: GET /api/2.0/preview/scim/v2/Me: 502: a web page: "
                         "502 Bad Gateway\n")
        self.profile("blocked", self.serve(403, b"<html><head><title>Blocked by policy</title></head></html>"), "t")
        self.export_ends("blocked", 7, "exit 7: not authenticated or not allowed: ADDRESS: GET /api/2.0/preview/scim/v2/Me: 403: "
                         "a web page: Blocked by policy\n")

    def test_unreachable_host(self):
        self.profile("gone", "http://127.0.0.1:1", "t")
        self.export_ends("gone", 1, "exit 1: failed: GET /api/2.0/preview/scim/v2/Me: ADDRESS: Failed to connect to 127.0.0.1 "
                         "port PORT after N ms: Couldn't connect to server\n")
        self.profile("nowhere", "https://nowhere.invalid", "t")
        self.export_ends("nowhere", 1, "exit 1: failed: GET /api/2.0/preview/scim/v2/Me: https://nowhere.invalid: Could not "
                         "resolve host: nowhere.invalid\n")

    def test_certificate_that_does_not_verify(self):
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("key.pem"), "-out",
                               self.path("cert.pem"), "-days", "2", "-subj", "/CN=somebody-else.example.com"],
                              capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        source = self.emulator("--tls-cert", self.path("cert.pem"), "--tls-key", self.path("key.pem"))
        self.profile("tls", source.url, source.token)
        self.export_ends("tls", 7, "exit 7: not authenticated or not allowed: GET /api/2.0/preview/scim/v2/Me: ADDRESS: SSL "
                         "certificate problem: self-signed certificate: a certificate authority of your own goes into "
                         "SSL_CERT_FILE\n")

    # What to read

    def test_what_is_no_archive(self):
        os.mkdir(self.path("folder"))
        self.write("empty", b"")
        self.write("text", b"hello\n" * 100)
        for words in (["info"], ["ls"], ["verify"], ["show"], ["extract", "-C", "out"]):
            tail = ["jobs"] if words[0] == "show" else []
            for name, code, err in (
                    ("nothing", 5, "exit 5: not found: nothing: cannot open: No such file or directory\n"),
                    ("folder", 1, "exit 1: failed: folder: is a folder, not a file\n"),
                    ("empty", 4, "exit 4: damaged: empty: is empty\n"),
                    ("text", 4, "exit 4: damaged: text: is not a dbxark archive, or its first 16 bytes are damaged\n")):
                with self.subTest(words[0] + " " + name):
                    self.ends([words[0], name, *tail, *words[1:]], code, err)

    def test_a_cut_archive(self):
        self.source()
        self.export()
        with open(self.path("a.tar.zst"), "rb") as file:
            whole = file.read()
        self.write("cut", whole[:len(whole) // 2])
        for words in (["info"], ["ls"], ["verify"]):
            self.ends([*words, "cut"], 4, "exit 4: damaged: cut: is incomplete or cut short at byte %s: it does not end in a "
                      "seek table\n" % format(len(whole) // 2, ","))

    def test_a_selector_that_matches_nothing(self):
        self.source()
        self.export()
        for words in (["ls", "a.tar.zst", "jobs:nightly-*-old"], ["show", "a.tar.zst", "jobs:nightly-*-old"],
                      ["extract", "a.tar.zst", "jobs:nightly-*-old", "-C", "out"]):
            with self.subTest(words[0]):
                self.ends(words, 5, "exit 5: not found: nothing in a.tar.zst matches 'jobs:nightly-*-old'; near: jobs:nightly-etl\n")

    def test_an_export_of_what_is_not_there(self):
        self.source()
        self.export_ends("primary", 5, FROM + "list  0 objects, 1 kind  ELAPSED\nexit 5: not found: export: nothing in the workspace matches jobs:nightly-*-old; "
                         "no archive was made\n", "--include", "jobs:nightly-*-old")
        # One of several: the others are saved, and the loss is told.
        partly = self.dbxark("export", "--profile", "primary", "-o", "a.tar.zst", "--include", "jobs:nightly-*-old", "--include",
                             "jobs:nightly-etl", code=3)
        self.assertIn("nothing matches --include jobs:nightly-*-old", partly.text + partly.errors)
        self.assertEqual(self.dbxark("ls", "a.tar.zst", "jobs").text.count("nightly-etl"), 1)

    # Where to write

    def test_an_output_that_exists(self):
        self.source()
        self.write("a.tar.zst", b"precious")
        self.export_ends("primary", 6, "exit 6: in the way: a.tar.zst exists already, and an archive is never overwritten: choose "
                         "another name (-o)\n")

    def test_a_folder_that_is_not_there(self):
        self.source()
        self.ends(["export", "--profile", "primary", "-o", "backups/a.tar.zst"], 5, FROM +
                  "exit 5: not found: export: backups/.a.tar.zst.partial-N: cannot create: No such file or directory\n")
        self.write("file", b"")
        self.ends(["export", "--profile", "primary", "-o", "file/a.tar.zst"], 5, FROM +
                  "exit 5: not found: export: file/.a.tar.zst.partial-N: cannot create: Not a directory\n")

    def mounted(self, options, words, code, err, out):
        """Runs dbxark with a small file system at `small`."""
        namespace = in_mount_namespace()
        if not namespace:
            if os.environ.get("CI"):
                self.fail("no mount namespace can be made here")
            self.skipTest("no mount namespace can be made here")
        os.makedirs(self.path("small"))
        script = 'mount -t tmpfs -o "$1" tmpfs small && shift && "$@"; code=$?; ls -A small; exit $code'
        done = self.run_words([*namespace, "sh", "-c", script, "sh", options, os.path.join(support.BIN_DIR, "dbxark"), *words])
        self.assertEqual((self.normal(done.errors), self.normal(done.text), done.code), (err, out, code))

    def test_a_full_disk(self):
        self.source()
        self.mounted("size=1m", ["export", "--profile", "primary", "-o", "small/a.tar.zst"], 1, LISTED +
                     "exit 1: failed: export: the archive is not finished and is removed: small/.a.tar.zst.partial-N: cannot write: "
                     "No space left on device\n", "")

    def test_a_disk_that_cannot_be_written(self):
        self.source()
        self.mounted("ro", ["export", "--profile", "primary", "-o", "small/a.tar.zst"], 1, FROM +
                     "exit 1: failed: export: small/.a.tar.zst.partial-N: cannot create: Read-only file system\n", "")

    def test_a_spool_that_fills(self):
        self.source()
        self.mounted("size=1m", ["export", "--profile", "primary", "-o", "a.tar.zst", "--spool", "small"], 1, LISTED +
                     "exit 1: failed: export: export /Shared/big/generated table: GET /api/2.0/workspace/export: spool in small: "
                     "write: No space left on device\n", "")
        self.assertFalse(os.path.exists(self.path("a.tar.zst")))

    # In the middle

    def test_signals(self):
        source = self.source("--latency-ms", "200")
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            before = self.files()
            source.clear_requests()
            process = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", "primary", "-o", "a.tar.zst"],
                                       cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while source.requests()["total"] < 20:
                time.sleep(0.02)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            self.assertEqual((self.normal(err.decode()), out.decode(), process.returncode),
                             (FROM + "exit %d: interrupted: export: GET /api/2.0/workspace/list: interrupted\n" % code, "", code))
            self.assertEqual(self.files(), before)

    def test_a_stdout_that_is_full_or_closed(self):
        self.source()
        self.export()
        dbxark = os.path.join(support.BIN_DIR, "dbxark")
        full = self.run_words(["sh", "-c", '"$1" ls a.tar.zst >/dev/full', "sh", dbxark])
        self.assertEqual((full.code, full.errors),
                         (1, "exit 1: failed: cannot write to standard output: No space left on device\n"))
        closed = self.run_words(["sh", "-c", '"$1" ls a.tar.zst >&-', "sh", dbxark])
        self.assertEqual((closed.code, closed.errors),
                         (1, "exit 1: failed: cannot write to standard output: Bad file descriptor\n"))
        head = self.run_words(["sh", "-c", '"$1" ls a.tar.zst | head -n 1 >/dev/null', "sh", dbxark])
        self.assertEqual((head.code, head.errors), (0, ""))


if __name__ == "__main__":
    support.main()
