"""What a restore made is read back: losses end with 3 and are listed with what to do; what the service adds is none."""

import json
import os
import signal
import subprocess
import threading

import support

RESTORE = ("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--settle", "2")
NOTHING = {"status": 200, "body": "{}"}  # a success that did nothing


class ReadBack(support.Story):
    def setUp(self):
        super().setUp()
        self.primary = self.workspace("primary", "--seed", "1", "--org-id", support.SOURCE_ORG)
        self.secondary = self.target()
        self.primary.post("/api/2.0/workspace/mkdirs", {"path": "/Shared/etl"})
        self.primary.post("/api/2.0/workspace/import", {
            "path": "/Shared/etl/load", "format": "SOURCE", "language": "PYTHON",
            "content": "IyBEYXRhYnJpY2tzIG5vdGVib29rIHNvdXJjZQpwcmludCgxKQo="})
        cluster = self.primary.post("/api/2.1/clusters/create", {
            "cluster_name": "etl", "spark_version": "15.4.x-scala2.12", "node_type_id": "Standard_DS3_v2",
            "num_workers": 1})["cluster_id"]
        for number in range(5):
            self.primary.post("/api/2.2/jobs/create", {
                "name": "job-%d" % number, "max_concurrent_runs": 4, "tags": {"password": "hunter2-tag"},
                "tasks": [{"task_key": "t", "existing_cluster_id": cluster,
                           "notebook_task": {"notebook_path": "/Shared/etl/load"}}]})
        self.dbxark("export", "--profile", "primary", "-o", "a.tar.zst")

    def faults(self, *faults):
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "POST", "path": path, **match}, "times": times, "action": action}
            for path, action, match, times in faults])

    def fired(self):
        return [fault["fired"] for fault in self.secondary.get("/emulator/faults")]

    def report(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def test_what_was_made_is_read_back_with_few_requests(self):
        """One line says so, and it costs a list for each kind and folder."""
        without = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--read-back", "none")
        self.assertNotIn("read back", without.text)
        asked = self.secondary.requests()["total"]
        again = self.workspace("third", "--seed", "3", "--org-id", "3333333333333333")
        done = self.dbxark("restore", "a.tar.zst", "--profile", "third", "--yes")
        self.assertRegex(done.text, r"\nread back: \d+ as sent\nDone: ")
        # Lists of jobs, of clusters and their pins (two), and of two folders; a job's own read is not among them.
        self.assertLessEqual(again.requests()["total"], asked + 7)
        self.assertNotIn("GET /api/2.2/jobs/get", again.requests()["counts"])

    def test_losses_end_with_3_and_are_listed(self):
        """As text, as JSON and in both reports, with what was sent, what is there, and what to do."""
        self.faults(("/api/2.2/jobs/create", {"forget": ["/max_concurrent_runs", "/tags"]}, {"body_contains": "job-3"},
                     1), ("/api/2.1/clusters/delete", NOTHING, {}, -1))
        done = self.dbxark(*RESTORE, "--report", "report.md", code=3)
        self.assertGreater(min(self.fired()), 0)
        self.assertIn("sent, and not kept 2:\n", done.text)
        self.assertRegex(done.text, r"job  job-3  max_concurrent_runs: sent 4, there 1\n")
        self.assertRegex(done.text, r"cluster  etl  state: sent \(stopped\), there \"(PENDING|RUNNING)\"\n")
        self.assertRegex(done.text, r"\nread back: \d+ as sent, 2 not as sent\n")
        self.assertIn("exit 3: ", done.errors)
        self.assertIn("did not keep all that was sent", done.errors)
        text = self.report("report.md")
        self.assertIn("\n## Sent, and not kept\n", text)
        self.assertIn("databricks clusters delete ", text)
        self.assertNotIn("hunter2-tag", text + done.text)
        # The next run finds the difference in its plan; the service keeps it now.
        done = self.dbxark(*RESTORE, "--on-conflict", "update", "--report", "report.json", "--json")
        document = json.loads(self.report("report.json"))
        self.assertEqual(document["read_back"]["losses"], [])
        self.assertEqual(document["read_back"]["as_sent"], 1)
        self.assertEqual(done.json()["read_back"]["as_sent"], 1)
        job, = (job for job in self.secondary.get("/api/2.2/jobs/list")["jobs"] if job["settings"]["name"] == "job-3")
        self.assertEqual(job["settings"]["max_concurrent_runs"], 4)

    def test_losses_are_told_to_programs(self):
        """Each with kind, ids, path and both values; what the service filled in is counted beside them."""
        self.faults(("/api/2.2/jobs/create", {"forget": ["/max_concurrent_runs"]}, {}, -1))
        done = self.dbxark(*RESTORE, "--json", "--report", "report.json", code=3).json()
        self.assertFalse(done["complete"])
        for read_back in (done["read_back"], json.loads(self.report("report.json"))["read_back"]):
            self.assertEqual(read_back["not_as_sent"], 5)
            self.assertEqual(read_back["vanished"] + read_back["unread"], 0)
            names = sorted(loss["natural_key"] for loss in read_back["losses"])
            self.assertEqual(names, ["job-%d" % number for number in range(5)])
            self.assertEqual([loss["fields"] for loss in read_back["losses"]],
                             [[{"path": "max_concurrent_runs", "sent": 4, "there": 1}]] * 5)
            self.assertTrue(all(count["objects"] > 0 for count in read_back["filled_in"]))
            self.assertTrue(read_back["filled_in"])
        names = [to_do["name"] for to_do in json.loads(self.report("report.json"))["to_do"]]
        self.assertLess(names.index("set_lost"), names.index("drill"))

    def test_what_was_made_and_is_gone_is_said_and_made_again(self):
        """A success that did nothing: the notebook is missed, and a second run makes it."""
        self.faults(("/api/2.0/workspace/import", NOTHING, {}, 1))
        done = self.dbxark(*RESTORE, "--report", "report.json", code=3)
        self.assertIn("notebook  /Shared/etl/load  not there any more\n", done.text)
        self.assertIn("1 not there", done.text)
        names = [to_do["name"] for to_do in json.loads(self.report("report.json"))["to_do"]]
        self.assertIn("make_vanished_again", names)
        self.dbxark(*RESTORE)
        self.secondary.get("/api/2.0/workspace/get-status?path=/Shared/etl/load")

    def test_content_is_read_back_on_request(self):
        """As it was sent, whole."""
        done = self.dbxark(*RESTORE, "--read-back", "content")
        self.assertRegex(done.text, r"\nread back: \d+ as sent\n")
        self.assertEqual(self.secondary.requests()["counts"]["GET /api/2.0/workspace/export"], 1)

    def test_what_cannot_be_read_back_fails_nothing(self):
        """It is said, and left to a drill."""
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "GET", "path": "/api/2.2/jobs/list", "query_contains": "expand_tasks"}, "times": -1,
             "action": {"status": 403}}])
        done = self.dbxark(*RESTORE, "--report", "report.json")
        self.assertIn("not read back:\n  job  ", done.text)
        self.assertIn("5 could not be read", done.text)
        document = json.loads(self.report("report.json"))
        self.assertTrue(document["complete"])
        self.assertIn("look_at_unread", [to_do["name"] for to_do in document["to_do"]])

    def test_an_interruption_while_reading_back_says_that_all_was_made(self):
        """Nothing is left to do but to look; a drill does that too."""
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "GET", "path": "/api/2.2/jobs/list", "query_contains": "expand_tasks"}, "times": 1,
             "action": {"delay_ms": 5000}}])
        process = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), *RESTORE, "--report", "report.json"],
                                   cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        for _ in range(1200):
            if self.fired() == [1]:
                break
            threading.Event().wait(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"after all was made, while it was read back", err)
        self.assertIn(b"read back, until it was interrupted: ", out)
        document = json.loads(self.report("report.json"))
        self.assertEqual((document["interrupted"], document["read_back"]["interrupted"]), (False, True))
        self.assertEqual(document["read_back"]["losses"], [])
        self.assertIn("look_at_unread", [to_do["name"] for to_do in document["to_do"]])
        self.assertIn("Done: ", self.dbxark(*RESTORE).text)


if __name__ == "__main__":
    support.main()
