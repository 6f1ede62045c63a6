"""SIGINT and SIGTERM on the way of a restore, over real sockets.

Once: what is under way goes to its end, nothing is begun any more, and the message says how to go on. Twice: it ends at
once. After either, the same command goes on, and all is there once.
"""

import json
import random
import signal
import subprocess
import time

import export_outcome
import restore_outcome
import seeds
import support

GO_ON = "run the same command again to go on where it stopped"
READING_BACK = "interrupted after all was made, while it was read back"
CREATES = {"method": "POST", "path": "/api/2.1/clusters/create"}


class Interrupted(restore_outcome.RestoreOutcome):
    def begin(self, target, *words):
        return subprocess.Popen(self.restore_words(target, *words), cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self, process, within):
        """The exit code, and the errors."""
        began = time.monotonic()
        _, errors = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, within, errors.decode())
        return process.returncode, errors.decode()

    def wait_for(self, target, condition):
        """Until the target's requests are as that says."""
        for _ in range(600):
            if condition(target.requests()):
                return
            time.sleep(0.02)
        self.fail("it did not come to that: %s" % json.dumps(target.requests()["counts"]))

    def slow_creates(self, target, milliseconds):
        """From now on creates of clusters are answered so late; and one is under way."""
        target.post("/emulator/faults", [{"match": CREATES, "times": -1, "action": {"delay_ms": milliseconds}}])

    def fired(self, target):
        return sum(fault["fired"] for fault in target.get("/emulator/faults"))

    def wait_for_fault(self, target):
        for _ in range(1500):
            if self.fired(target):
                return
            time.sleep(0.02)
        self.fail("the fault did not fire")

    def open_creates(self, target):
        """What the journal says is under way, other than what is there and waits for others (a job of a circle)."""
        return [item for item in self.standing(target)["open"] if item["kind"] not in ("job", "dbfs_file")]

    def test_once_at_any_moment(self):
        seconds = self.seconds_undisturbed()
        count = 60 if export_outcome.whole_sweep() else 4
        interrupted = 0
        for number, seed in enumerate(seeds.of_this_commit(count, "restore interrupted")):
            share = random.Random(seed).random()
            number_of, code = ((signal.SIGINT, 130), (signal.SIGTERM, 143))[number % 2]
            with self.subTest("share %.3f, signal %d" % (share, number_of)):
                target = self.new_target("--latency-ms", "10")
                process = self.begin(target)
                self.wait_for(target, lambda requests: requests["total"] > 0)  # before, signals are the system's
                time.sleep(share * seconds)
                process.send_signal(number_of)
                ended, errors = self.end(process, 10)
                self.assertIn(ended, (code, 3), errors)  # 3: it had come to its end
                if ended == code:
                    interrupted += 1
                    last = errors.strip().splitlines()[-1]
                    self.assertTrue(last.startswith("exit %d: " % code), errors)
                    self.assertIn("interrupted", last)
                    changes = {method for method in target.methods() if method != "GET"}
                    if changes:
                        self.assertTrue(GO_ON in last or READING_BACK in last, last)
                        self.assertEqual(self.open_creates(target), [])
                self.assertEqual(self.settles(target), 0)
                target.stop()
        self.assertGreater(interrupted, 0)

    def test_once_while_requests_are_under_way(self):
        target = self.new_target()
        self.slow_creates(target, 3000)
        process = self.begin(target)
        self.wait_for_fault(target)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        ended, errors = self.end(process, 20)
        self.assertGreater(time.monotonic() - began, 1, errors)
        self.assertEqual(ended, 130, errors)
        self.assertIn(GO_ON, errors.strip().splitlines()[-1])
        # What was under way is known, and stopped: nothing of it runs on.
        self.assertEqual(self.open_creates(target), [])
        clusters = target.get("/api/2.1/clusters/list?page_size=100").get("clusters", [])
        self.assertGreater(len(clusters), 0)
        self.assertEqual([cluster["state"] for cluster in clusters if cluster["state"] not in ("TERMINATING", "TERMINATED")],
                         [])
        target.post("/emulator/faults", [])
        self.assertEqual(self.settles(target), 0)

    def test_once_while_it_waits_for_better_times(self):
        """A rate that is refused, a quota that is full: nobody waits for those after an interruption."""
        for refusal in ({"status": 429, "retry_after": "100"},
                        {"status": 400, "body": {"error_code": "QUOTA_EXCEEDED", "message": "no more"}}):
            with self.subTest(refusal):
                target = self.new_target()
                target.post("/emulator/faults", [{"match": CREATES, "times": -1, "action": refusal}])
                process = self.begin(target, "--patience", "300")
                self.wait_for_fault(target)
                time.sleep(1)
                self.assertIsNone(process.poll())
                process.send_signal(signal.SIGINT)
                ended, errors = self.end(process, 5)
                self.assertEqual(ended, 130, errors)
                self.assertIn(GO_ON, errors.strip().splitlines()[-1])
                self.assertEqual(self.open_creates(target), [])
                target.post("/emulator/faults", [])
                self.assertEqual(self.settles(target), 0)

    def test_twice(self):
        for first, second, code in ((signal.SIGINT, signal.SIGINT, 130), (signal.SIGTERM, signal.SIGTERM, 143),
                                    (signal.SIGINT, signal.SIGTERM, 143)):
            with self.subTest("%d, %d" % (first, second)):
                target = self.new_target()
                self.slow_creates(target, 6000)
                process = self.begin(target)
                self.wait_for_fault(target)
                process.send_signal(first)
                time.sleep(0.5)
                self.assertIsNone(process.poll(), "it did not wait for what was under way")
                process.send_signal(second)
                ended, errors = self.end(process, 2)
                self.assertEqual(ended, code, errors)
                self.assertEqual(errors.splitlines()[-1], "exit %d: interrupted twice, ended at once" % code)
                # The journal is whole, and says what is under way.
                self.assertGreater(len([item for item in self.standing(target)["open"] if item["kind"] == "cluster"]), 0)
                target.post("/emulator/faults", [])
                time.sleep(6)
                self.assertEqual(self.settles(target), 0)

    def test_twice_at_any_moment(self):
        count = 40 if export_outcome.whole_sweep() else 3
        for seed in seeds.of_this_commit(count, "restore interrupted twice"):
            dice = random.Random(seed)
            pauses = [dice.random() * 1.5, dice.random() * 0.05]
            with self.subTest("%r" % pauses):
                target = self.new_target("--latency-ms", "10")
                process = self.begin(target)
                self.wait_for(target, lambda requests: requests["total"] > 0)
                for pause in pauses:
                    time.sleep(pause)
                    process.send_signal(signal.SIGINT)
                ended, errors = self.end(process, 5)
                self.assertIn(ended, (130, 3), errors)
                self.assertEqual(self.settles(target), 0)
                target.stop()


if __name__ == "__main__":
    support.main()
