"""Faults on the way of an export: for every kind of request, everything that a network and a service can do to its answer.

The outcome is the undisturbed archive, byte for byte; or one that names what is missing (3); or none, with one line that says
why (1, 7). Every fault proves that it fired. A slice of the cases, unless DBXARK_SWEEP is `all`.
"""

import concurrent.futures
import json
import os
import threading

import support

# What happens to one answer of a kind.
ONCE = {
    "429 at once": {"status": 429, "retry_after": "0"},
    "429": {"status": 429},
    "429 until the next life": {"status": 429, "retry_after": "86400"},
    "429 with nonsense": {"status": 429, "retry_after": "soon"},
    "500": {"status": 500},
    "502": {"status": 502, "html": True},
    "503": {"status": 503, "retry_after": "0"},
    "504": {"status": 504},
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    "cut body": {"short_body": 5},
    "wrong length": {"wrong_length": 7},
    "too short a length": {"wrong_length": -1},
    "drip": {"drip": {"bytes": 400, "interval_ms": 5}},
    "late": {"delay_ms": 300},
    "page": {"status": 200, "html": True},
    "empty 200": {"status": 200, "empty": True},
    "not JSON": {"status": 200, "body": "]["},
}
# What happens to all of them.
ALWAYS = {
    "429 for good": {"status": 429, "retry_after": "0"},
    "500 for good": {"status": 500},
    "503 for good": {"status": 503, "retry_after": "0"},
    "reset for good": {"reset": "after"},
    "page for good": {"status": 200, "html": True},
    "empty for good": {"status": 200, "empty": True},
    "403 for good": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}},
    "404 for good": {"status": 404, "body": {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}},
}
# What happens to every request, of whatever kind, from the one after so many on.
EXPIRED = {"status": 403, "body": {"error_code": "INVALID_ACCESS_TOKEN", "message": "expired"}}
REQUESTS_BEFORE = (1, 5, 40, 90, 130)
WORDS = ("--archive-id", "01890000-0000-7000-8000-000000000001", "--patience", "2", "--requests-per-second", "0",
         "--exclude", "notebooks:/Shared/big/**", "--exclude", "dbfs_files:/FileStore/tables/weather.bin")


class Faults(support.Story):
    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.free = [self.workspace("w%d" % number, "--sample", "small", "--seed", "1", "--org-id", support.SOURCE_ORG)
                     for number in range(2)]
        for number, emulator in enumerate(self.free):
            emulator.name = "w%d" % number

    def export_from(self, emulator, archive):
        return self.run_words([os.path.join(support.BIN_DIR, "dbxark"), "export", "--profile", emulator.name, "-o", archive, *WORDS],
                              environment={"SOURCE_DATE_EPOCH": "1763702340"})

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def one(self, case):
        """Runs an export under that fault; raises what is wrong with its outcome."""
        label, route, action, times, skip = case
        with self.lock:
            emulator = self.free.pop()
        archive = "%d.tar.zst" % threading.get_ident()
        try:
            emulator.post("/emulator/faults", [{"match": {"method": "GET", "path": route}, "skip": skip, "times": times,
                                                "action": action}])
            done = self.export_from(emulator, archive)
            fired = sum(fault["fired"] for fault in emulator.get("/emulator/faults"))
            self.assertGreater(fired, 0, "the fault did not fire: " + label)
            self.assertIn(done.code, (0, 1, 3, 7), str(done))
            if done.code == 0:
                gone_on = self.read(archive) == self.whole[emulator.name]
                self.assertTrue(gone_on or self.says_so(archive), "not what an undisturbed export gives\n" + str(done))
            elif done.code == 3:
                self.dbxark("verify", archive)
                self.check_named(archive, done)
            else:
                self.assertFalse(os.path.exists(self.path(archive)), str(done))
                self.assertEqual(done.errors.strip().splitlines()[-1].split(":")[0], "exit %d" % done.code, str(done))
            return done.code
        finally:
            if os.path.exists(self.path(archive)):
                os.remove(self.path(archive))
            left = [name for name in os.listdir(self.folder) if ".partial" in name]
            with self.lock:
                self.free.append(emulator)
            self.assertEqual([name for name in left if archive in name], [])

    def gaps(self, archive, gap_class):
        return self.dbxark("info", "--json", archive).json()["manifest"][gap_class]

    def says_so(self, archive):
        """A whole kind that the API does not give here stands in the manifest, and is no failure."""
        kinds = [{gap["kind"] for gap in self.gaps(name, "out_of_reach")} for name in (archive, "w0.tar.zst")]
        return kinds[0] > kinds[1]

    def objects(self, archive):
        rows = [json.loads(line) for line in self.dbxark("ls", "--json", archive).text.splitlines()]
        return {(row["kind"], row.get("natural_key", "")) for row in rows}

    def check_named(self, archive, done):
        """What an undisturbed export has, and this one not, is named: by itself, by a folder above it, or as a whole kind."""
        gaps = self.gaps(archive, "failed")
        self.assertTrue(gaps, str(done))
        for kind, key in self.objects("w0.tar.zst") - self.objects(archive):
            by_kind = any(gap["kind"] == kind and gap.get("natural_key", "") in ("", key) for gap in gaps)
            by_folder = any(gap.get("natural_key", "").startswith("/") and (key + "/").startswith(gap.get("natural_key", "").rstrip("/") + "/")
                            for gap in gaps)
            self.assertTrue(by_kind or by_folder, (kind, key, gaps, str(done)))

    def undisturbed(self):
        """What each emulator gives, and the kinds of requests that it takes."""
        self.whole = {}
        for emulator in self.free:
            name = emulator.name + ".tar.zst"
            emulator.clear_requests()
            self.assertEqual(self.export_from(emulator, name).code, 0)
            self.whole[emulator.name] = self.read(name)
        routes = sorted({route.split(" ", 1)[1] for route in self.free[0].requests()["counts"]})
        self.assertGreater(len(routes), 12, routes)
        return routes

    def check(self, every):
        stride = 1 if os.environ.get("DBXARK_SWEEP") == "all" else 29
        chosen = every[::stride]
        codes = {}
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            runs = [(case[0], threads.submit(self.one, case)) for case in chosen]
        for label, run in runs:
            with self.subTest(label):
                code = run.result()
                codes[code] = codes.get(code, 0) + 1
        print("\n%d of %d cases, exit codes: %s" % (len(chosen), len(every), json.dumps(codes, sort_keys=True)))

    def test_once(self):
        self.check([("%s: %s" % (route, label), route, action, 1, 0) for route in self.undisturbed()
                    for label, action in ONCE.items()])

    def test_for_good(self):
        self.check([("%s: %s" % (route, label), route, action, -1, 0) for route in self.undisturbed()
                    for label, action in ALWAYS.items()])

    def test_a_token_that_expires_on_the_way(self):
        self.undisturbed()
        for before in REQUESTS_BEFORE:
            with self.subTest(before):
                self.assertIn(self.one(("expired", "*", EXPIRED, -1, before)), (3, 7))


if __name__ == "__main__":
    support.main()
