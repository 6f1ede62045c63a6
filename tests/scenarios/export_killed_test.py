"""`kill -9` of an export at random moments, by seed: nothing half-written under the final name, and the next run works.

What is left is the hidden file that was being written; the next export of that name takes it away. Seeds follow from
the commit: a few, or hundreds where DBXARK_SWEEP is `all`.
"""

import os
import random
import signal
import subprocess
import time

import exact
import export_outcome
import seeds
import support

# What failed once: the share of the undisturbed time after which it was killed. None has so far.
KEPT_SHARES = ()


class Killed(export_outcome.ExportOutcome):
    WORKSPACES = 1

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("tmp"))
        self.emulator = self.free[0]
        self.environment.update(SOURCE_DATE_EPOCH="1763702340", TMPDIR=self.path("tmp"))
        self.before = self.names()
        self.export_whole()

    def names(self):
        return sorted(os.path.join(os.path.relpath(parent, self.folder), name)
                      for parent, folders, names in os.walk(self.folder) for name in [*names, *folders])

    def export_whole(self, behind=()):
        """The export works, gives what it always gives, and leaves nothing but its archive."""
        began = time.monotonic()
        done = self.run_words([*behind, *self.export_words(self.emulator, "a.tar.zst")])
        self.seconds = time.monotonic() - began  # that the next one will take, more or less
        self.assertEqual(done.code, 0, str(done))
        self.assertEqual(self.read("a.tar.zst"), self.whole[self.emulator.name])
        os.remove(self.path("a.tar.zst"))
        self.assertEqual(self.names(), self.before)

    def kill_after(self, seconds, behind=()):
        """How the process ended, and the files that are left of it."""
        process = subprocess.Popen([*behind, *self.export_words(self.emulator, "a.tar.zst")], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)  # until all who could write there are gone, those of a container too
        left = sorted(set(self.names()) - set(self.before))
        if "./a.tar.zst" in left:  # killed when all was done
            self.assertEqual(self.read("a.tar.zst"), self.whole[self.emulator.name])
            os.remove(self.path("a.tar.zst"))
            left.remove("./a.tar.zst")
        return process.returncode, left

    def test_killed_at_any_moment(self):
        count = 500 if export_outcome.whole_sweep() else 10
        shares = [random.Random(seed).random() for seed in seeds.of_this_commit(count, "killed")]
        killed, leavings = 0, 0
        for share in [*KEPT_SHARES, *shares]:
            with self.subTest("\n    %r,  # to be kept in KEPT_SHARES" % share):
                code, left = self.kill_after(share * self.seconds)
                killed += code == -signal.SIGKILL
                leavings += len(left)
                for name in left:
                    self.assertRegex(name, r"^\./\.a\.tar\.zst\.(partial|index)-\d+$")
                self.assertLessEqual(len(left), 2)
                self.export_whole()
        # Some come too late, or before there is a file; not all of them, however unsteady the machine.
        self.assertGreater(killed, 1)
        self.assertGreater(leavings, 0)

    def test_killed_in_a_container_where_every_process_has_the_same_id(self):
        behind = exact.first_that_runs(*(["unshare", option, "--fork", "--kill-child"] for option in ("-p", "-rp")))
        if not behind:
            self.skipTest("no process namespace can be made here")
        # Only what is written of the archive has a name: until it has, it is too early to kill.
        left = []
        for share in (0.5, 0.7, 0.9, 0.3):
            left = left or self.kill_after(share * self.seconds, behind)[1]
        self.assertEqual(left, ["./.a.tar.zst.partial-1"])
        self.export_whole(behind)


if __name__ == "__main__":
    support.main()
