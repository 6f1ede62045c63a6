"""`kill -9` of a restore at random moments, by seed: the next run goes on, and all is there once.

Killed three times in a row, then left to end. Seeds follow from the commit: a few, or hundreds where DBXARK_SWEEP is
`all`.
"""

import os
import random
import signal
import subprocess
import time

import export_outcome
import restore_outcome
import seeds
import support

# What failed once: the shares of the undisturbed time after which it was killed.
KEPT_SHARES = (
    (0.766, 0.172, 0.146),  # files that were uploaded, and found again: the journal called them open for good
)
KILLS = 3


class Killed(restore_outcome.RestoreOutcome):
    def kill_after(self, target, seconds):
        """Whether it was killed before its end."""
        process = subprocess.Popen(self.restore_words(target), cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        return process.returncode == -signal.SIGKILL

    def test_killed_at_any_moments(self):
        seconds = self.seconds_undisturbed()
        count = 100 if export_outcome.whole_sweep() else 3
        chosen = [[random.Random(seed + kill).random() for kill in range(KILLS)]
                  for seed in seeds.of_this_commit(count, "restore killed")]
        killed = 0
        for shares in [*KEPT_SHARES, *chosen]:
            with self.subTest("\n    %r,  # to be kept in KEPT_SHARES" % (shares,)):
                target = self.new_target("--latency-ms", "10")
                for share in shares:
                    killed += self.kill_after(target, share * seconds)
                self.assertEqual(self.settles(target), 0)
                target.stop()
        self.assertGreater(killed, 1)
        # Nothing stays behind but the journals.
        left = [name for _, _, names in os.walk(self.path("state")) for name in names if not name.endswith(".journal")]
        self.assertEqual(left, [])


if __name__ == "__main__":
    support.main()
