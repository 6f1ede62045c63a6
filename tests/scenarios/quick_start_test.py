"""The main job: a workspace into an archive, read, and into another workspace, where nothing differs and nothing fires."""

import os
import subprocess

import support


class MainJob(support.Story):
    def test_export_read_restore_compare(self):
        self.source()
        target = self.target()
        self.export()
        for words in (["info", "a.tar.zst"], ["ls", "a.tar.zst"], ["verify", "a.tar.zst"]):
            self.assertTrue(self.dbxark(*words).text)

        target.clear_requests()
        plan = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--dry-run")
        self.assertIn("create", plan.text)
        self.assertLessEqual(set(target.methods()), {"GET", "HEAD"})
        self.assertIn("schema", self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--dry-run", "--json").json())
        self.assertLessEqual(set(target.methods()), {"GET", "HEAD"})

        restored = self.run_words([os.path.join(support.BIN_DIR, "dbxark"), "restore", "a.tar.zst", "--profile", "secondary",
                                   "--yes"])
        self.assertIn(restored.code, (0, 3), str(restored))
        difference = self.dbxark("diff", "a.tar.zst", "live:secondary", "--exit-code")
        self.assertIn("no differences", difference.text)

        self.nothing_runs(target)
        self.restored_twice_is_restored_once(target, restored.code)

    def nothing_runs(self, target):
        for job in target.get("/api/2.2/jobs/list?limit=100").get("jobs", []):
            for part in ("schedule", "trigger", "continuous"):
                if part in job["settings"]:
                    self.assertEqual(job["settings"][part].get("pause_status"), "PAUSED", job["settings"]["name"])
        for pool in target.get("/api/2.0/instance-pools/list").get("instance_pools", []):
            self.assertEqual(pool.get("min_idle_instances", 0), 0)
        for script in target.get("/api/2.0/global-init-scripts").get("scripts", []):
            self.assertFalse(script.get("enabled", False), script["name"])
        for cluster in target.get("/api/2.1/clusters/list").get("clusters", []):
            self.assertIn(cluster["state"], ("TERMINATED", "TERMINATING"), cluster["cluster_id"])

    def restored_twice_is_restored_once(self, target, code):
        jobs = len(target.get("/api/2.2/jobs/list?limit=100").get("jobs", []))
        target.clear_requests()
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", code=code)
        self.assertEqual(len(target.get("/api/2.2/jobs/list?limit=100").get("jobs", [])), jobs)
        self.assertLessEqual(set(target.methods()), {"GET", "HEAD"}, "the second run changed something")
        self.dbxark("diff", "a.tar.zst", "live:secondary", "--exit-code")

    def test_the_source_is_no_target_by_accident(self):
        source = self.source()
        self.export()
        source.clear_requests()
        refused = self.dbxark("restore", "a.tar.zst", "--profile", "primary", "--yes", code=6)
        self.assertIn("--same-workspace", refused.errors)
        self.assertLessEqual(set(source.methods()), {"GET", "HEAD"})

    def test_without_a_terminal_and_without_yes_nothing_is_changed(self):
        self.source()
        target = self.target()
        self.export()
        target.clear_requests()
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", code=2)
        self.assertLessEqual(set(target.methods()), {"GET", "HEAD"})

    def test_the_target_must_be_named(self):
        source = self.source()
        self.export()
        refused = self.dbxark("restore", "a.tar.zst", "--yes", code=2,
                              environment={"DATABRICKS_HOST": source.url, "DATABRICKS_TOKEN": source.token})
        self.assertIn("--profile", refused.errors)

    def test_a_change_in_the_target_is_found(self):
        self.source()
        target = self.target()
        self.export()
        self.run_words([os.path.join(support.BIN_DIR, "dbxark"), "restore", "a.tar.zst", "--profile", "secondary", "--yes"])
        job = target.get("/api/2.2/jobs/list?limit=1")["jobs"][0]
        target.post("/api/2.2/jobs/update", {"job_id": job["job_id"], "new_settings": {"timeout_seconds": 12345}})
        difference = self.dbxark("diff", "a.tar.zst", "live:secondary", "--exit-code", code=10)
        self.assertIn("timeout_seconds", difference.text)
        self.assertIn("12345", difference.text)
        self.assertIn("1 changed", difference.text)

    def test_tools_quickstart_tells_the_same_story_twice(self):
        script = os.path.join(support.SOURCE_DIR, "tools", "quickstart")
        for _ in range(2):
            done = subprocess.run([script], stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
                                  env=dict(self.environment, DBXARK_BIN=support.BIN_DIR,
                                           DBXARK_QUICKSTART=self.path("quickstart")))
            self.assertEqual(done.returncode, 0, done.stdout.decode()[-6000:] + done.stderr.decode()[-2000:])
            self.assertIn(b"dbxark diff", done.stdout)


if __name__ == "__main__":
    support.main()
