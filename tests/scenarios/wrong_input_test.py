"""What people get wrong, and what networks and disks do: each ends in one clear line and the right code, with nothing half-written.

Each story compares the whole of stdout and stderr, the exit code, and the files before and after (exact.py).
"""

import hashlib
import os
import signal
import socket
import struct
import subprocess
import threading
import time

import exact
import support
from exact import DENIED, FROM, LISTED, ME

EXPIRED = {"status": 403, "body": {"error_code": "INVALID_ACCESS_TOKEN", "message": "The access token has expired."}}

ONE_FAILURE = "exit 3: the archive is valid; 1 failure is listed in it   (dbxark info --failed a.tar.zst)\n"
# What is said of one job that is meant, where its token expires on the way; and where another selector meets nothing.
CUT_OFF = """           0  jobs
not saved  job  16
failed 1:
  job  nightly-etl  GET /api/2.2/jobs/get: 403 INVALID_ACCESS_TOKEN: The access token has expired. (request id ID)
      -> the token is no longer taken: get a new one, and export again
done  0 of 1 objects, 0 B -> SIZE, 4 requests  TIME
      a.tar.zst  sha256 HASH
"""
PARTLY = """           1  jobs
not saved  job  16
failed 1:
  job  nightly-*-old  nothing matches --include jobs:nightly-*-old
      -> correct the selector, or leave it out
done  1 of 2 objects, 1.6 KiB -> SIZE, 4 requests  TIME
      a.tar.zst  sha256 HASH
"""

MASK = (1 << 64) - 1
PRIMES = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261)


def xxh64(data):
    """XXH64 with seed 0, as its public specification has it."""
    one, two, three, four, five = PRIMES

    def rotated(value, by):
        return (value << by | value >> (64 - by)) & MASK

    def mixed(value, word):
        return rotated((value + word * two) & MASK, 31) * one & MASK

    at, size = 0, len(data)
    if size >= 32:
        lanes = [(one + two) & MASK, two, 0, -one & MASK]
        while at + 32 <= size:
            lanes = [mixed(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, at))]
            at += 32
        value = sum(rotated(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            value = ((value ^ mixed(0, lane)) * one + four) & MASK
    else:
        value = five
    value = (value + size) & MASK
    while at + 8 <= size:
        value = (rotated(value ^ mixed(0, struct.unpack_from("<Q", data, at)[0]), 27) * one + four) & MASK
        at += 8
    if at + 4 <= size:
        value = (rotated(value ^ struct.unpack_from("<I", data, at)[0] * one & MASK, 23) * two + three) & MASK
        at += 4
    for byte in data[at:]:
        value = rotated(value ^ byte * five & MASK, 11) * one & MASK
    value = (value ^ value >> 33) * two & MASK
    value = (value ^ value >> 29) * three & MASK
    return value ^ value >> 32


def of_version(archive, major, minor):
    """The same archive as a program of that version might have written it: every checksum is right."""
    table = archive.rindex(b"\x5e\x2a\x4d\x18")
    footer = table - 384
    assert archive[footer + 8:footer + 16] == b"DBXARK-F"
    version = struct.pack("<HH", major, minor)
    before = archive[:16] + version + archive[20:footer]
    new = archive[footer:footer + 16] + version + archive[footer + 20:footer + 208] + hashlib.sha256(before).digest()
    new += archive[footer + 240:footer + 376]
    return before + new + struct.pack("<Q", xxh64(new)) + archive[table:]


class WrongInput(exact.ExactStory):
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

    def test_an_expired_token(self):
        source = self.source()
        for before, code, out, who, err in (
                (0, 7, "", "", DENIED + "ADDRESS: " + ME + "403 INVALID_ACCESS_TOKEN: The access token has expired. "
                 "(request id ID)\n"),
                (3, 3, CUT_OFF, FROM + "list  1 object, 1 kind  TIME\nread  0 objects, 0 B  TIME\n", ONE_FAILURE)):
            with self.subTest(before):
                source.post("/emulator/faults", [{"skip": before, "times": -1, "action": EXPIRED}])
                files = self.files()
                done = self.run_words([os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", "primary", "-o",
                                       "a.tar.zst", "--include", "jobs:nightly-etl"])
                self.assertEqual((self.normal(done.errors), self.normal(done.text), done.code), (who + err, out, code))
                self.assertEqual(self.files(), sorted([*files, *(["./a.tar.zst"] if code == 3 else [])]))
                self.assertGreater(source.get("/emulator/faults")[0]["fired"], 0)

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
        source = self.emulator(*self.certificate("somebody-else.example.com", 2))
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

    def test_an_archive_of_a_newer_version(self):
        self.source()
        self.target()
        self.export("a.tar.zst", "--include", "jobs")
        whole = self.read("a.tar.zst")
        self.assertEqual((xxh64(b""), xxh64(b"abc")), (0xef46db3751d8e999, 0x44bc2cf5ad770999))
        self.assertEqual(of_version(whole, 1, 0), whole)
        self.write("next", of_version(whole, 2, 0))
        for words in (["info"], ["ls"], ["verify"], ["show", "jobs"], ["extract", "-C", "out"],
                      ["restore", "--profile", "secondary", "--yes"]):
            with self.subTest(words[0]):
                self.ends([words[0], "next", *words[1:]], 1, "exit 1: failed: next: was made in format 2.0, this dbxark reads "
                          "up to 1.x: use a newer one\n")
        # A minor one is for all readers.
        self.write("minor", of_version(whole, 1, 7))
        self.ends(["diff", "a.tar.zst", "minor", "--exit-code"], 0, "by id: both are workspace 1111111111111111\n",
                  "not in a.tar.zst, left out by the options of the export: directories,\n  notebooks, workspace_files, dbfs_files, "
                  "global_init_scripts, policy_families,\n  instance_pools, cluster_policies, clusters, cluster_libraries\n"
                  "no differences: 17 objects are the same\n")

    def test_a_selector_that_matches_nothing(self):
        self.source()
        self.export()
        for words in (["ls", "a.tar.zst", "jobs:nightly-*-old"], ["show", "a.tar.zst", "jobs:nightly-*-old"],
                      ["extract", "a.tar.zst", "jobs:nightly-*-old", "-C", "out"]):
            with self.subTest(words[0]):
                self.ends(words, 5, "exit 5: not found: nothing in a.tar.zst matches 'jobs:nightly-*-old'; near: jobs:nightly-etl\n")
        # Of several, one is enough.
        wrong = "exit 5: not found: nothing in a.tar.zst matches jobs:nightly-elt; near: jobs:nightly-etl\n"
        for words in (["ls", "a.tar.zst"], ["show", "a.tar.zst"], ["extract", "-C", "out", "a.tar.zst"]):
            with self.subTest(words[0]):
                self.ends([*words, "jobs:nightly-etl", "jobs:nightly-elt"], 5, wrong)
        self.assertFalse(os.path.exists(self.path("out")))
        # What is misspelt differs nowhere.
        both = ["diff", "--exit-code", "a.tar.zst", "a.tar.zst", "--include", "jobs:nightly-etl"]
        by_id = "by id: both are workspace 1111111111111111\n"
        self.ends(both, 0, by_id, "no differences: 1 object is the same\n")
        self.ends([*both, "--include", "jobs:nightly-elt"], 5,
                  by_id + "exit 5: not found: nothing in a.tar.zst and a.tar.zst matches jobs:nightly-elt; near: jobs:nightly-etl\n")

        # What one side was made without may be in the other.
        self.dbxark("export", "--profile", "primary", "-o", "jobs.tar.zst", "--include", "jobs")
        self.dbxark("diff", "a.tar.zst", "jobs.tar.zst", "--include", "clusters:no such", "--include", "jobs:nightly-etl")

    def test_an_export_of_what_is_not_there(self):
        self.source()
        self.export_ends("primary", 5, FROM + "list  0 objects, 1 kind  TIME\nexit 5: not found: export: nothing in the workspace matches 'jobs:nightly-*-old'; near: jobs:nightly-etl; "
                         "no archive was made\n", "--include", "jobs:nightly-*-old")
        # One of several: the others are saved, and the loss is told.
        before = self.files()
        partly = self.dbxark("export", "--profile", "primary", "-o", "a.tar.zst", "--include", "jobs:nightly-*-old", "--include",
                             "jobs:nightly-etl", code=3)
        self.assertEqual(self.normal(partly.errors), FROM + "list  1 object, 1 kind  TIME\nread  1 object, 1.6 KiB  TIME\n" + ONE_FAILURE)
        self.assertEqual(self.normal(partly.text), PARTLY)
        self.assertEqual(self.files(), sorted([*before, "./a.tar.zst"]))
        self.assertEqual(self.dbxark("ls", "a.tar.zst", "jobs").text.count("nightly-etl"), 1)

    # Where to write

    def test_an_output_that_exists(self):
        self.source()
        self.write("a.tar.zst", b"precious")
        self.export_ends("primary", 6, "exit 6: in the way: a.tar.zst exists already, and an archive is never overwritten: choose "
                         "another name (-o)\n")
        self.assertEqual(self.read("a.tar.zst"), b"precious")

    def test_a_folder_that_is_not_there(self):
        self.source()
        self.ends(["export", "--profile", "primary", "-o", "backups/a.tar.zst"], 5, FROM +
                  "exit 5: not found: export: backups/.a.tar.zst.partial-N: cannot create: No such file or directory\n")
        self.write("file", b"")
        self.ends(["export", "--profile", "primary", "-o", "file/a.tar.zst"], 5, FROM +
                  "exit 5: not found: export: file/.a.tar.zst.partial-N: cannot create: Not a directory\n")

    def mounted(self, options, words, code, err, out):
        """Runs dbxark with a small file system at `small`."""
        namespace = exact.first_that_runs(["unshare", "-m"], ["unshare", "-rm"])
        if not namespace:
            self.not_here("no mount namespace can be made here")
        os.makedirs(self.path("small"))
        before = self.files()
        script = 'mount -t tmpfs -o "$1" tmpfs small && shift && "$@"; code=$?; ls -A small; exit $code'
        done = self.run_words([*namespace, "sh", "-c", script, "sh", options, os.path.join(support.BIN_DIR, "dbxark"), *words])
        # What is left in it would be in `out`.
        self.assertEqual((self.normal(done.errors), self.normal(done.text), done.code), (err, out, code))
        self.assertEqual(self.files(), before)

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

    def test_a_folder_that_may_not_be_written(self):
        self.source()
        os.mkdir(self.path("theirs"), 0o500)
        # The rights of root go beyond those of files.
        behind = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
        if not exact.runs(behind):
            self.not_here("no rights can be given up here")
        self.ends(["export", "--profile", "primary", "-o", "theirs/a.tar.zst"], 1, FROM +
                  "exit 1: failed: export: theirs/.a.tar.zst.partial-N: cannot create: Permission denied\n", behind=behind)
        self.ends(["export", "--profile", "primary", "-o", "a.tar.zst", "--spool", "theirs"], 1,
                  "exit 1: failed: spool in theirs: create: Permission denied\n", behind=behind)

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
        self.export("a.tar.zst", "--include", "jobs")
        before = self.files()
        dbxark = os.path.join(support.BIN_DIR, "dbxark")
        full = self.run_words(["sh", "-c", '"$1" ls a.tar.zst >/dev/full', "sh", dbxark])
        self.assertEqual((full.code, full.errors),
                         (1, "exit 1: failed: cannot write to standard output: No space left on device\n"))
        closed = self.run_words(["sh", "-c", '"$1" ls a.tar.zst >&-', "sh", dbxark])
        self.assertEqual((closed.code, closed.errors),
                         (1, "exit 1: failed: cannot write to standard output: Bad file descriptor\n"))
        head = self.run_words(["sh", "-c", '"$1" ls a.tar.zst | head -n 1 >/dev/null', "sh", dbxark])
        self.assertEqual((head.code, head.errors), (0, ""))
        self.assertEqual(self.files(), before)
        # The archive is whole, but who asked for the document has not got it.
        export = '"$1" export --json --profile primary --include jobs -o b.tar.zst >&-'
        told = self.run_words(["sh", "-c", export, "sh", dbxark])
        self.assertEqual((told.code, told.text, self.normal(told.errors)),
                         (1, "", FROM + "exit 1: failed: cannot write to standard output: Bad file descriptor\n"))
        self.assertEqual(self.files(), sorted([*before, "./b.tar.zst"]))
        self.dbxark("diff", "a.tar.zst", "b.tar.zst", "--exit-code")


if __name__ == "__main__":
    support.main()
