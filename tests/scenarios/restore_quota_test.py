"""A target with room for few clusters: those that find none wait, the rest goes on, and all is there in the end."""

import threading

import restore_outcome
import support

THEIRS = {"cluster_name": "theirs", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1}


class Quota(restore_outcome.RestoreOutcome):
    def refusals(self, target):
        log = target.requests()["by_status"]
        return log.get("400", 0) + log.get("429", 0)

    def restore_patiently(self, target):
        return self.restore(target, "--patience", "60")

    def test_room_for_one_at_a_time(self):
        """However the service says that there is no room."""
        for answer in ((), ("--variant", "cluster-quota-limit-exceeded"), ("--variant", "cluster-quota-429")):
            with self.subTest(answer):
                target = self.new_target("--cluster-quota", "1", *answer)
                before = self.refusals(target)
                done = self.restore_patiently(target)
                self.assertEqual(done.code, 3, str(done))  # what no restore makes
                self.assertGreater(self.refusals(target), before)
                self.assertEqual(self.names_in(target), self.names)
                self.nothing_differs(target)
                self.assertEqual(self.settles(target), 0)
                target.stop()

    def test_room_that_somebody_makes_meanwhile(self):
        target = self.new_target("--cluster-quota", "1")
        theirs = target.post("/api/2.1/clusters/create", THEIRS)["cluster_id"]
        leaving = threading.Timer(6, target.post, ("/api/2.1/clusters/permanent-delete", {"cluster_id": theirs}))
        leaving.start()
        done = self.restore_patiently(target)
        leaving.join()
        self.assertEqual(done.code, 3, str(done))
        self.assertNotIn("QUOTA_EXCEEDED", done.text)
        self.nothing_differs(target)
        self.assertEqual(self.settles(target), 0)

    def test_no_room_at_all(self):
        target = self.new_target("--cluster-quota", "0")
        done = self.restore(target)
        self.assertEqual(done.code, 3, str(done))
        self.assertIn("QUOTA_EXCEEDED", done.text)
        self.assertIn("for room; stop what counts against it or have it raised", done.text)
        there = self.names_in(target)
        self.assertEqual({member for member, _ in (self.names - there)}, {"clusters", "jobs"})
        self.assertEqual({item["kind"] for item in self.standing(target)["failed"]}, {"cluster"})


if __name__ == "__main__":
    support.main()
