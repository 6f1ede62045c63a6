"""What may come of a restore under faults, for the tests that make them.

Whatever happens to a run, the same command again, undisturbed, ends with the target that one undisturbed run makes:
nothing twice, nothing missing. What nobody can know (an answer that was lost, and an effect that never showed) is
`unknown`, named by --status, and not made again until somebody says so.
"""

import collections
import concurrent.futures
import json
import os
import threading
import time

import support

WORDS = ("--yes", "--settle", "3", "--requests-per-second", "0")
PATIENCE = "1"  # outlasts nothing but single refusals
PARALLEL = 4  # most of the time passes in waiting


class RestoreOutcome(support.Story):
    """One archive, a new target for each run, and what an undisturbed run makes of it."""

    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.made = 0
        self.source()
        self.export("a.tar.zst", "--exclude", "notebooks:/Shared/big/**", "--exclude",
                    "dbfs_files:/FileStore/tables/weather.bin", "-q")
        target = self.new_target()
        done = self.restore(target)
        self.assertEqual(done.code, 3, str(done))  # three jobs need what no restore makes
        self.routes = {tuple(route.split(" ", 1)): count
                       for route, count in sorted(target.requests()["counts"].items())}
        self.assertGreater(len(self.routes), 20, self.routes)
        self.names = self.names_in(target)
        self.assertGreater(sum(self.names.values()), 25)
        self.nothing_differs(target)
        target.stop()

    def new_target(self, *options):
        with self.lock:
            self.made += 1
            name = "t%d" % self.made
        emulator = self.workspace(name, "--seed", str(self.made + 1), "--org-id", str(2000000000000000 + self.made), *options)
        emulator.name = name
        return emulator

    def seconds_undisturbed(self):
        """How long a restore takes by itself, at 10 ms a request: what is to disturb one comes at a share of that."""
        timed = self.new_target("--latency-ms", "10")
        began = time.monotonic()
        self.assertEqual(self.restore(timed).code, 3)
        seconds = time.monotonic() - began
        timed.stop()
        return seconds

    def restore_words(self, target, *words):
        patience = () if "--patience" in words else ("--patience", PATIENCE)
        return [os.path.join(support.BIN_DIR, "dbxark"), "restore", "a.tar.zst", "--profile", target.name, *WORDS,
                *patience, *words]

    def restore(self, target, *words):
        return self.run_words(self.restore_words(target, *words))

    @staticmethod
    def names_in(target):
        """What has a name and may come twice, with how often it is there."""
        lists = (("/api/2.2/jobs/list?limit=100", "jobs", lambda job: job["settings"]["name"]),
                 ("/api/2.1/clusters/list?page_size=100", "clusters", lambda cluster: cluster["cluster_name"]),
                 ("/api/2.0/policies/clusters/list", "policies", lambda policy: policy["name"]),
                 ("/api/2.0/instance-pools/list", "instance_pools", lambda pool: pool["instance_pool_name"]),
                 ("/api/2.0/global-init-scripts", "scripts", lambda script: script["name"]))
        return collections.Counter((member, name_of(item)) for path, member, name_of in lists
                                   for item in target.get(path).get(member, []))

    def nothing_differs(self, target):
        self.dbxark("diff", "a.tar.zst", "live:" + target.name, "--exit-code", "-q")

    def standing(self, target):
        return json.loads(self.run_words([os.path.join(support.BIN_DIR, "dbxark"), "restore", "a.tar.zst", "--profile",
                                          target.name, "--status", "--json"]).out)

    def settles(self, target):
        """The same command again, undisturbed: all is there once, or named as not known."""
        again = self.restore(target)
        self.assertEqual(again.code, 3, str(again))
        there = self.names_in(target)
        self.assertEqual(there - self.names, collections.Counter(), "made twice\n" + str(again))
        standing = self.standing(target)
        if not standing["unknown"]:
            self.assertEqual(self.names - there, collections.Counter(), "not made\n" + str(again))
            self.assertEqual(standing["open"] + standing["failed"], [], str(again))
            self.nothing_differs(target)
            return 0
        named = {item["natural_key"] for what in ("unknown", "blocked") for item in standing[what]}
        for _, name in self.names - there:
            self.assertIn(name, named, str(again))
        return len(standing["unknown"])

    def outcome(self, faults, *options):
        """Restores under these faults, then without; raises what is wrong with that. The exit code of the first, how
        often each fault fired, and how many objects stayed unknown."""
        target = self.new_target(*options)
        try:
            target.post("/emulator/faults", faults)
            done = self.restore(target)
            fired = [fault["fired"] for fault in target.get("/emulator/faults")]
            target.post("/emulator/faults", [])
            self.assertIn(done.code, (1, 3, 5, 7), str(done))
            last = done.errors.strip().splitlines()[-1]
            self.assertTrue(last.startswith("exit %d: " % done.code), str(done))
            self.assertEqual(self.names_in(target) - self.names, collections.Counter(), "made twice\n" + str(done))
            return done.code, fired, self.settles(target)
        finally:
            target.stop()

    def check_all(self, runs):
        """Each a label and what gives an outcome; prints how many ended with which exit code."""
        codes, unknown = collections.Counter(), 0
        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as threads:
            submitted = [(label, threads.submit(run)) for label, run in runs]
        for label, run in submitted:
            with self.subTest(label):
                code, _, not_known = run.result()
                codes[code] += 1
                unknown += not_known
        print("\n%d runs, exit codes: %s, objects that stayed unknown: %d" % (
            len(submitted), json.dumps(codes, sort_keys=True), unknown))
