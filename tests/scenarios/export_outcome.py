"""What may come of an export under faults, for the tests that make them.

The undisturbed archive, byte for byte; or one that names what is missing (3); or none, and one line says why (1, 7).
"""

import concurrent.futures
import json
import os
import threading

import support

# What can happen to an answer, and not to the next one.
ONCE = {
    "429 at once": {"status": 429, "retry_after": "0"},
    "429": {"status": 429},
    "429 until the next life": {"status": 429, "retry_after": "86400"},
    "429 until no life": {"status": 429, "retry_after": "99999999999999999999"},
    "429 until a date": {"status": 429, "retry_after": "Fri, 31 Dec 9999 23:59:59 GMT"},
    "429 with nonsense": {"status": 429, "retry_after": "soon"},
    "500": {"status": 500},
    "502": {"status": 502, "html": True},
    "503": {"status": 503, "retry_after": "0"},
    "504": {"status": 504},
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    "reset after the headers": {"reset": "headers"},
    "reset in the body": {"reset": "headers", "short_body": 9},
    "cut body": {"short_body": 5},
    "wrong length": {"wrong_length": 7},
    "too short a length": {"wrong_length": -1},
    "drip": {"drip": {"bytes": 400, "interval_ms": 5}},
    "late": {"delay_ms": 300},
    "page": {"status": 200, "html": True},
    "empty 200": {"status": 200, "empty": True},
    "not JSON": {"status": 200, "body": "]["},
}
# A body of plain bytes, under a length that fits what arrives, is whole to everybody who speaks HTTP.
UNSEEN = {"too short a length"}
PLAIN = ("/api/2.0/workspace/export", "*")
# A patience that outlasts nothing but single refusals: what goes wrong for good is waited for in many tests.
WORDS = ("--archive-id", "01890000-0000-7000-8000-000000000001", "--patience", "1", "--requests-per-second", "0",
         "--exclude", "notebooks:/Shared/big/**", "--exclude", "dbfs_files:/FileStore/tables/weather.bin")


def once(route):
    """What can happen to an answer of that kind so that it can be told."""
    return {label: action for label, action in ONCE.items() if not (route in PLAIN and label in UNSEEN)}


def whole_sweep():
    return os.environ.get("DBXARK_SWEEP") == "all"


class ExportOutcome(support.Story):
    """Workspaces that are alike, and an export from each at once."""

    WORKSPACES = 4  # most of the time passes in waiting

    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.free = [self.workspace("w%d" % number, "--sample", "small", "--seed", "1", "--org-id", support.SOURCE_ORG)
                     for number in range(self.WORKSPACES)]
        for number, emulator in enumerate(self.free):
            emulator.name = "w%d" % number
        self.undisturbed()

    def export_words(self, emulator, archive):
        return [os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", emulator.name, "-o", archive, *WORDS]

    def export_from(self, emulator, archive):
        return self.run_words(self.export_words(emulator, archive), environment={"SOURCE_DATE_EPOCH": "1763702340"})

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def undisturbed(self):
        """What each emulator gives, and how often each kind of request is sent for that."""
        self.whole = {}
        for emulator in self.free:
            name = emulator.name + ".tar.zst"
            emulator.clear_requests()
            self.assertEqual(self.export_from(emulator, name).code, 0)
            self.whole[emulator.name] = self.read(name)
        self.routes = {route.split(" ", 1)[1]: count
                       for route, count in sorted(self.free[0].requests()["counts"].items())}
        self.assertGreater(len(self.routes), 12, self.routes)

    def outcome(self, faults):
        """Exports under these faults and raises what is wrong with the outcome; exit code, and how often each fired."""
        with self.lock:
            emulator = self.free.pop()
        archive = "%d.tar.zst" % threading.get_ident()
        try:
            emulator.post("/emulator/faults", faults)
            done = self.export_from(emulator, archive)
            fired = [fault["fired"] for fault in emulator.get("/emulator/faults")]
            no_workspace = done.code == 5 and "/scim/v2/Me: 404 " in done.errors
            self.assertTrue(no_workspace or done.code in (0, 1, 3, 7), str(done))
            if done.code == 0:
                gone_on = self.read(archive) == self.whole[emulator.name]
                self.assertTrue(gone_on or self.says_so(archive), "not what an undisturbed export gives\n" + str(done))
            elif done.code == 3:
                self.dbxark("verify", archive)
                self.check_named(archive, done)
            else:
                self.assertFalse(os.path.exists(self.path(archive)), str(done))
                self.assertEqual(done.errors.strip().splitlines()[-1].split(":")[0], "exit %d" % done.code, str(done))
            self.assertEqual([name for name in os.listdir(self.folder) if archive in name and name != archive], [])
            return done.code, fired
        finally:
            if os.path.exists(self.path(archive)):
                os.remove(self.path(archive))
            with self.lock:
                self.free.append(emulator)

    def gaps(self, archive, gap_class):
        return self.dbxark("info", "--json", archive).json()["manifest"][gap_class]

    def says_so(self, archive):
        """What is no failure, and stands in the manifest: a whole kind that the API does not give here, and what is not
        meant to be saved, but could not be counted either."""
        if any("at least, not all of it could be listed" in gap["reason"] for gap in self.gaps(archive, "excluded")):
            return True
        kinds = [{gap["kind"] for gap in self.gaps(name, "out_of_reach")} for name in (archive, "w0.tar.zst")]
        return kinds[0] > kinds[1]

    def objects(self, archive):
        rows = [json.loads(line) for line in self.dbxark("ls", "--json", archive).text.splitlines()]
        return {(row["kind"], row.get("natural_key", "")) for row in rows}

    def check_named(self, archive, done):
        """What an undisturbed export has, and this one not, is named: itself, a folder above it, or the whole kind."""
        failed = self.gaps(archive, "failed")
        self.assertTrue(failed, str(done))
        gaps = failed + self.gaps(archive, "out_of_reach")
        for kind, key in self.objects("w0.tar.zst") - self.objects(archive):
            by_kind = any(gap["kind"] == kind and gap.get("natural_key", "") in ("", key) for gap in gaps)
            folders = [gap.get("natural_key", "") for gap in gaps]
            by_folder = any(folder.startswith("/") and (key + "/").startswith(folder.rstrip("/") + "/")
                            for folder in folders)
            self.assertTrue(by_kind or by_folder, (kind, key, gaps, str(done)))

    def check_all(self, runs):
        """Each a label and what gives an exit code; prints how many ended with which."""
        codes = {}
        with concurrent.futures.ThreadPoolExecutor(len(self.free)) as threads:
            submitted = [(label, threads.submit(run)) for label, run in runs]
        for label, run in submitted:
            with self.subTest(label):
                code = run.result()
                codes[code] = codes.get(code, 0) + 1
        print("\n%d runs, exit codes: %s" % (len(submitted), json.dumps(codes, sort_keys=True)))
