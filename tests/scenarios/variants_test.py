"""Export, restore and diff against workspaces that behave in each way that public sources leave open.

Every variant of the emulator by itself (a slice of them, unless DBXARK_SWEEP is `all`), and all of them at once: in as many
runs as the largest group of those that exclude each other has members.
"""

import collections
import concurrent.futures
import os
import subprocess

import support

# Variants that give two answers to one question.
EXCLUSIVE = (
    ("error-html", "error-plain-text", "error-code-integer", "error-details"),
    ("unauthenticated-empty-body", "unauthenticated-text", "login-redirect"),
    ("source-final-newline", "source-no-final-newline"),
    ("already-exists-409", "already-exists-invalid-parameter"),
    ("jobs-21-limit-26", "jobs-21-truncates"),
    ("export-limit-as-import", "export-limit-notebook-size"),
    ("pinned-by-user-name", "pinned-by-user-name-too", "pin-filter-unknown"),
    ("import-file-limit-10mb", "import-file-limit-200mb"),
)
# Under these some of what is there cannot be had, or cannot be brought back: the kinds that may be missing then. What
# needs a missing one is blocked, and named.
UNAVAILABLE = {
    "export-disabled": {"notebook", "workspace_file"},
    "export-disabled-bad-request": {"notebook", "workspace_file"},
    "git-folders-unmarked": set(),  # what is in them is saved, and cannot be made below /Repos
    "run-as-checked": {"job"},
    "users-protected": {"directory", "notebook", "workspace_file"},
    "dbfs-disabled": {"dbfs_file"},
    "clusters-disabled": {"cluster", "cluster_libraries"},
    "terminated-clusters-vanish": {"cluster", "cluster_libraries"},
    "libraries-absent": {"cluster_libraries"},
    "libraries-disabled": {"cluster_libraries"},
    "policies-absent": {"cluster_policy"},
    "policies-disabled": {"cluster_policy", "policy_family"},
    "policy-families-absent": {"policy_family", "cluster_policy"},
    "few-built-in-policies": {"cluster_policy"},
    "pools-absent": {"instance_pool"},
    "pools-disabled": {"instance_pool"},
    "jobs-22-absent": {"job"},
    "jobs-disabled": {"job"},
    "init-scripts-absent": {"global_init_script"},
    "init-scripts-disabled": {"global_init_script"},
    "me-without-groups": set(),
}
# Under these the sample itself has less: nothing is missing that could be named.
SMALLER_SAMPLE = {"terminated-clusters-vanish", "few-built-in-policies", "policy-families-absent"}
ALWAYS = ("--requests-per-second", "0", "--patience", "5")


def variants():
    listed = subprocess.run([os.path.join(support.BIN_DIR, "dbxark-emulator"), "--list-variants"], capture_output=True,
                            text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines()]


def slice_of(items):
    return items if os.environ.get("DBXARK_SWEEP") == "all" else items[::9]


def at_once(names):
    """Sets of variants that can all hold at once; together they are all of `names`."""
    rounds = []
    for turn in range(max(len(group) for group in EXCLUSIVE)):
        left_out = {name for group in EXCLUSIVE for name in group if name != group[turn % len(group)]}
        rounds.append([name for name in names if name not in left_out])
    return rounds


class Variants(support.Story):
    def round_trip(self, label, names):
        """Export, restore and diff where both workspaces behave so: how each of the two commands accounts for objects."""
        options = [word for name in names for word in ("--variant", name)]
        source = self.workspace("source-" + label, "--sample", "small", "--seed", "3", "--org-id", support.SOURCE_ORG,
                                *options)
        target = self.workspace("target-" + label, "--seed", "4", "--org-id", support.TARGET_ORG, *options)
        try:
            return self.commands(label)
        finally:
            source.stop()
            target.stop()

    def commands(self, label):
        archive, journal = label + ".tar.zst", ["--journal", self.path(label + ".journal")]
        exported = self.any_code("export", "--profile", "source-" + label, "-o", archive, *ALWAYS)
        self.assertIn(exported.code, (0, 3), str(exported))
        restored = self.any_code("restore", archive, "--profile", "target-" + label, "--yes", "--json", "--settle", "2",
                                 *journal, *ALWAYS)
        self.assertIn(restored.code, (0, 3), str(restored))
        compared = self.any_code("diff", archive, "live:target-" + label, "--exit-code", *journal, *ALWAYS)
        return exported, restored, compared

    def any_code(self, *words):
        return self.run_words([os.path.join(support.BIN_DIR, "dbxark"), *words])

    @staticmethod
    def accounted(restored):
        """(kind, natural key) -> what became of those of that name. Ids depend on how the sample was made."""
        report = restored.json()
        outcomes = collections.defaultdict(list)
        for outcome in ("adopted", "blocked", "created", "failed"):
            for entry in report.get(outcome, []):
                # Libraries are named after their cluster's id.
                name = "" if entry["kind"] == "cluster_libraries" else entry["natural_key"]
                outcomes[entry["kind"], name].append(outcome)
        return dict(outcomes)

    def check(self, label, names, baseline):
        exported, restored, compared = self.round_trip(label, names)
        there = self.accounted(restored)
        missing = set().union(*(UNAVAILABLE.get(name, set()) for name in names))
        if not any(name in UNAVAILABLE for name in names):
            self.assertEqual(exported.code, 0, str(exported))
            self.assertEqual(compared.code, 0, str(compared))
            self.assertEqual(there, baseline)
            return
        manifest = self.dbxark("info", "--json", label + ".tar.zst").json()["manifest"]
        named = {gap["kind"] for gap_class in ("failed", "out_of_reach") for gap in manifest[gap_class]}
        for key, outcomes in baseline.items():
            found = there.get(key, [])
            if len(found) < len(outcomes) and not SMALLER_SAMPLE & set(names):
                self.assertIn(key[0], named, (key, manifest["failed"], manifest["out_of_reach"]))
            if found != outcomes and key[0] not in missing:
                # Not as usual, because of something that it needs: then it says so.
                self.assertEqual(len(found), len(outcomes), (key, str(restored)))
                self.assertTrue(set(found) <= {*outcomes, "blocked"}, (key, found, str(restored)))
        for key in set(there) - set(baseline):
            self.assertIn("git-folders-unmarked", names, key)
            self.assertTrue(set(there[key]) <= {"failed", "blocked"}, (key, there[key]))

    def baseline(self):
        exported, restored, compared = self.round_trip("none", [])
        self.assertEqual((exported.code, restored.code, compared.code), (0, 3, 0), str(compared))
        there = self.accounted(restored)
        self.assertGreater(sum(outcomes.count("created") for outcomes in there.values()), 80)
        return there

    def check_each(self, cases):
        baseline = self.baseline()

        def one(case):
            self.check(*case, baseline)

        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            runs = [(label, threads.submit(one, (label, names))) for label, names in cases]
        for label, run in runs:
            with self.subTest(label):
                run.result()

    def test_each_by_itself(self):
        names = slice_of(variants())
        print("\n%d variants: %s" % (len(names), ", ".join(names)))
        self.check_each([(name, [name]) for name in names])

    def test_all_at_once(self):
        names = [name for name in variants() if name not in UNAVAILABLE]
        rounds = at_once(names)
        self.assertEqual(set().union(*rounds), set(names))
        print("\n%d variants at once, in %d runs" % (len(names), len(rounds)))
        self.check_each([("at-once-%d" % number, some) for number, some in enumerate(rounds)])

    def test_those_that_take_something_away_at_once(self):
        names = [name for name in variants() if name in UNAVAILABLE]
        self.assertEqual(sorted(names), sorted(UNAVAILABLE))
        self.check_each([("less", names)])


if __name__ == "__main__":
    support.main()
