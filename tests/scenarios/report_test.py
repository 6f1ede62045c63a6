"""The report of a restore: what became of every object and what is left to do, however the restore ended; no secrets."""

import json
import os
import shlex
import signal
import stat
import subprocess
import threading

import support

RESTORE = ("restore", "a.tar.zst", "--profile", "secondary", "--yes")
QUICK = ("--settle", "0", "--patience", "1")
OUTCOMES = ("created", "adopted", "updated", "finished", "skipped", "blocked", "failed", "unknown", "not_begun")
REFUSED = {"status": 400, "body": {"error_code": "INVALID_PARAMETER_VALUE",
                                   "message": "hunter2-environment is no value; nor is dapi" + "0123456789abcdef" * 2}}
SECRETS = ("hunter2-environment", "hunter3-parameter", "hunter4-registry", "hunter5-config", "hunter6-target",
           "dapi" + "0123456789abcdef" * 2)


def cluster_spec(**more):
    return dict(spark_version="15.4.x-scala2.12", node_type_id="Standard_DS3_v2", num_workers=1, **more)


class Report(support.Story):
    def both(self, *options):
        self.primary, self.secondary = self.source(*options), self.target()

    def fill_with_secrets(self):
        """A job in which people wrote credentials wherever they can."""
        self.primary.post("/api/2.2/jobs/create", {
            "name": "careless", "git_source": {"git_url": "https://ana:hunter4-registry@example.com/x",
                                               "git_provider": "gitHub", "git_branch": "main"},
            "job_clusters": [{"job_cluster_key": "c", "new_cluster": cluster_spec(
                spark_env_vars={"PW": "hunter2-environment", "FROM": "{{secrets/careful/key}}"},
                spark_conf={"spark.my.pw": "hunter5-config"},
                docker_image={"url": "registry.example.com/x",
                              "basic_auth": {"username": "ana", "password": "hunter4-registry"}})}],
            "tasks": [{"task_key": "t", "job_cluster_key": "c", "notebook_task": {
                "notebook_path": "/Shared/x", "base_parameters": {"password": "hunter3-parameter"}}}]})

    def restore(self, *words, code=3, report="report.json"):
        done = self.dbxark(*RESTORE, "--report", report, *words, code=code)
        self.assertIn("report  " + report, done.text)
        return self.report(report)

    def report(self, name="report.json"):
        path = self.path(name)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual([one for one in os.listdir(self.folder) if "partial" in one], [])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for secret in SECRETS:
            self.assertNotIn(secret, text)
        if not name.endswith(".json"):
            return text
        document = json.loads(text)
        self.assertEqual(document["schema"], "dbxark.restore_report.v1")
        for outcome in OUTCOMES:
            self.assertEqual(document["counts"][outcome], len(document[outcome]), outcome)
        return document

    @staticmethod
    def to_dos(document):
        return [to_do["name"] for to_do in document["to_do"]]

    @staticmethod
    def named(items):
        return sorted((item["kind"], item["natural_key"]) for item in items)

    def fault(self, path, action, body_contains=None, times=-1):
        match = {"method": "POST", "path": path}
        if body_contains:
            match["body_contains"] = body_contains
        self.secondary.post("/emulator/faults", [{"match": match, "times": times, "action": action}])

    def fired(self):
        return [fault["fired"] for fault in self.secondary.get("/emulator/faults")]

    def test_every_object_every_edit_and_what_is_left_to_do(self):
        self.both("--variant", "docker-password-omitted")
        self.fill_with_secrets()
        self.export()
        planned = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--dry-run", "--json").json()
        document = self.restore()
        objects = [item for outcome in OUTCOMES for item in document[outcome]]
        steps = [step for step in planned["steps"] if step["op"] != "complete"]
        self.assertEqual(self.named(objects), self.named(steps))
        self.assertEqual((document["complete"], document["interrupted"]), (False, False))
        self.assertEqual(document["counts"]["blocked"], 3)
        self.assertEqual(document["target"]["workspace_id"], support.TARGET_ORG)
        # Every edit that the plan announced, with the ids that came of it.
        made = {(item["kind"], item["id"]): item for item in objects}
        mapped = 0
        for step in steps:
            edits = made[step["kind"], step["id"]].get("edits", [])
            self.assertEqual([(edit["why"], edit["path"]) for edit in edits],
                             [(edit["why"], edit["path"]) for edit in step.get("edits", [])])
            for edit in edits:
                self.assertNotIn("(new)", str(edit.get("new")))
                if edit["why"] == "mapped" and (edit["reason"], str(edit["old"])) in made:
                    mapped += 1
                    self.assertEqual(str(edit["new"]), made[edit["reason"], str(edit["old"])]["new_id"])
        self.assertGreater(mapped, 5)
        held = {(edit["natural_key"], edit["path"]): edit for edit in document["held_back"]}
        self.assertEqual(held["nightly-etl", "settings.schedule.pause_status"]["new"], "PAUSED")
        self.assertGreater(len(document["dropped"]), 0)
        self.check_secrets(document)
        self.check_later_run(document)
        self.assertEqual(self.to_dos(document), ["supply_secrets", "supply_passwords", "unblock", "put_back_dropped", "drill",
                                                 "cut_over"])
        self.assertIn(["job", "careless"], [[one["kind"], one["natural_key"]] for one in document["passwords"]])
        self.check_commands(document)

    def check_secrets(self, document):
        secrets = {(one["scope"], one["key"]): one["used_by"] for one in document["secrets"]}
        self.assertEqual(sorted(secrets), [("careful", "key"), ("partners", "api-key"), ("storage", "s3-key"),
                                           ("warehouse", "password")])
        self.assertEqual([one["natural_key"] for one in secrets["careful", "key"]], ["careless"])
        self.assertEqual(secrets["careful", "key"][0]["path"],
                         "settings.job_clusters[0].new_cluster.spark_env_vars.FROM")
        commands = document["to_do"][0]["commands"]
        self.assertIn("databricks secrets create-scope careful --profile secondary", commands)
        self.assertIn("databricks secrets put-secret careful key --profile secondary", commands)

    def check_later_run(self, first):
        """A report that takes the place of another has lost nothing that is still to be done."""
        later = self.restore()
        self.assertEqual(later["counts"]["created"], 0)
        for what in ("dropped", "held_back", "passwords", "secrets"):
            self.assertEqual(sorted(map(str, first[what])), sorted(map(str, later[what])), what)
        self.assertEqual(self.to_dos(later), self.to_dos(first))
        # What is switched on meanwhile is not held back any more.
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
        self.assertEqual(self.restore()["held_back"], [])
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--off", "--yes")

    def check_commands(self, document):
        """What is to be pasted runs as it is, and does what it says."""
        commands = {to_do["name"]: to_do["commands"] for to_do in document["to_do"]}
        for name, codes in (("unblock", [0, 3]), ("drill", [0]), ("cut_over", [0, 0])):
            ran = [self.run_words(shlex.split(command)) for command in commands[name]]
            self.assertEqual([done.code for done in ran], codes, "\n".join(map(str, ran)))

    def test_markdown_for_people_has_the_same(self):
        self.both()
        self.fill_with_secrets()
        self.primary.post("/api/2.2/jobs/create", {"name": "a|b *c* <script>`x`\n# d", "tasks": []})
        self.export()
        text = self.restore(report="report.md")
        self.assertTrue(text.startswith("# dbxark restore report\n\n**Partly done.**"), text[:200])
        headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
        self.assertEqual(headings[:2], ["To do, in this order", "What became of every object"])
        self.assertLess(headings.index("Blocked"), headings.index("Created"))
        for heading in ("Off until cut-over", "Dropped", "Mapped", "Secrets that definitions refer to"):
            self.assertIn(heading, headings)
        # Whatever a name is made of, it is one cell, and means nothing.
        self.assertIn("| a\\|b \\*c\\* \\<script\\>\\`x\\`\\\\n\\# d |", text)
        self.assertNotIn("<script>", text)
        rows = [line for line in text.splitlines() if line.startswith("| job |") and "dashboard" not in line]
        self.assertGreater(len(rows), 10)
        for number in range(1, 5):
            self.assertRegex(text, r"(?m)^%d\. \w" % number)
        self.assertIn("   dbxark cutover a.tar.zst --profile secondary --dry-run\n", text)
        # Again: everything is there; the report takes the place of the first.
        again = self.restore(report="report.md")
        self.assertNotIn("## Created", again)
        self.assertIn("## Adopted: there already, by an earlier run or from before", again)
        self.assertRegex(again, r"(?m)^\d+\. Cut over")

    def test_refused_and_unknown_with_nothing_that_was_quoted(self):
        self.both()
        self.fill_with_secrets()
        self.export()
        self.fault("/api/2.2/jobs/create", REFUSED, "careless")
        document = self.restore()
        self.assertEqual(self.fired(), [1])
        self.assertEqual(self.named(document["failed"]), [("job", "careless")])
        self.assertIn("(hidden) is no value; nor is (hidden)", document["failed"][0]["reason"])
        self.assertIn("retry_failed", self.to_dos(document))
        self.fault("/api/2.2/jobs/create", {"reset": "before"}, "careless")
        document = self.restore(*QUICK)
        self.assertEqual(self.named(document["unknown"]), [("job", "careless")])
        self.assertEqual(document["counts"]["failed"], 0)
        self.assertLess(self.to_dos(document).index("unblock"), self.to_dos(document).index("check_unknown"))
        # The next run leaves it alone: it is to be looked at still, and not among what something must be supplied for.
        self.secondary.post("/emulator/faults", [])
        document = self.restore(*QUICK)
        to_do = {one["name"]: one for one in document["to_do"]}
        self.assertIn("job careless: ", " ".join(to_do["check_unknown"]["details"]))
        self.assertNotIn("careless", " ".join(to_do["unblock"]["details"]))
        self.assertEqual(self.run_words(shlex.split(to_do["check_unknown"]["commands"][0])).code, 3)
        self.assertEqual(self.to_dos(self.report()), ["supply_secrets", "unblock", "put_back_dropped", "drill", "cut_over"])

    def test_what_differs_is_shown_without_values_that_may_be_secret(self):
        self.both()
        self.export()
        self.restore()
        jobs = self.secondary.get("/api/2.2/jobs/list?limit=100")["jobs"]
        job = next(job["job_id"] for job in jobs if job["settings"]["name"] == "nightly-etl")
        settings = self.secondary.get("/api/2.2/jobs/get?job_id=%d" % job)["settings"]
        self.secondary.post("/api/2.2/jobs/update", {"job_id": job, "new_settings": {
            "max_concurrent_runs": 7, "parameters": [{"name": "password", "default": "hunter6-target"}],
            "tags": {"note": "dapi" + "0123456789abcdef" * 2}}})
        document = self.restore()
        adopted = next(item for item in document["adopted"] if item["natural_key"] == "nightly-etl")
        fields = {field["path"]: field for field in adopted["differences"]}
        self.assertEqual((fields["max_concurrent_runs"]["archive"], fields["max_concurrent_runs"]["target"]), (1, 7))
        self.assertTrue(any(path.startswith("parameters") for path in fields), fields)
        self.assertIn("decide_differences", self.to_dos(document))
        updated = self.restore("--on-conflict", "update", "--include", "jobs:nightly-etl", code=0)
        self.assertEqual(self.named(updated["updated"]), [("job", "nightly-etl")])
        self.assertTrue(updated["complete"])
        now = self.secondary.get("/api/2.2/jobs/get?job_id=%d" % job)["settings"]
        self.assertEqual(now["max_concurrent_runs"], settings["max_concurrent_runs"])
        drill = next(to_do for to_do in updated["to_do"] if to_do["name"] == "drill")
        self.assertEqual(drill["commands"], ["dbxark drill a.tar.zst --profile secondary --include jobs:nightly-etl"])

    def test_what_the_archive_cannot_give_any_more_is_to_come_from_another(self):
        self.both()
        self.export("a.tar.zst", "--include", "dbfs_files", "--include", "notebooks:/Shared/**")
        with open(self.path("a.tar.zst"), "r+b") as archive:
            middle = os.path.getsize(archive.name) // 2  # most of it is that one file
            archive.seek(middle)
            byte = archive.read(1)[0]
            archive.seek(middle)
            archive.write(bytes([byte ^ 1]))
        done = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--report", "r.json", code=4)
        self.assertRegex(done.text, r"weather.bin.*the archive is damaged: ")
        self.assertIn("exit 4: the archive is damaged: what else could be restored is there", done.errors)
        with open(self.path("r.json"), encoding="utf-8") as file:
            document = json.load(file)
        self.assertEqual([item["natural_key"] for item in document["failed"]], ["/FileStore/tables/weather.bin"])
        self.assertTrue(document["created"])
        step = next(step for step in document["to_do"] if step["name"] == "replace_damaged")
        self.assertEqual(step["commands"], ["dbxark verify a.tar.zst"])
        self.assertNotIn("retry_failed", [step["name"] for step in document["to_do"]])

    def test_an_interrupted_restore_says_what_was_not_begun(self):
        self.both()
        self.export()
        self.fault("/api/2.0/instance-pools/create", {"delay_ms": 3000}, times=1)
        process = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), *RESTORE, "--report", "report.json",
                                    "--workers", "1"], cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        for _ in range(600):
            if self.requested("instance-pools/create"):
                break
            threading.Event().wait(0.05)
        # Until it is written, nothing stands under the name.
        self.assertFalse(os.path.exists(self.path("report.json")))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, err)
        document = self.report()
        self.assertEqual((document["interrupted"], document["complete"]), (True, False))
        self.assertGreater(document["counts"]["not_begun"], 10)
        self.assertEqual(self.to_dos(document)[0], "go_on")
        self.assertEqual(document["to_do"][0]["commands"],
                         ["dbxark restore a.tar.zst --profile secondary --report report.json --yes"])
        self.assertEqual(self.run_words(shlex.split(document["to_do"][0]["commands"][0])).code, 3)
        self.assertEqual(self.report()["counts"]["not_begun"], 0)

    def requested(self, path):
        return any(path in route for route in self.secondary.requests()["counts"])

    def test_a_killed_restore_leaves_the_old_report_and_the_next_clears_up(self):
        self.both()
        self.export()
        self.restore("--include", "directories", code=0)
        before = self.report()
        self.fault("/api/2.0/instance-pools/create", {"delay_ms": 5000}, times=1)
        process = subprocess.Popen([os.path.join(support.BIN_DIR, "dbxark"), *RESTORE, "--report", "report.json"],
                                   cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if self.requested("instance-pools/create"):
                break
            threading.Event().wait(0.05)
        process.kill()
        process.wait()
        left = [one for one in os.listdir(self.folder) if ".partial-" in one]
        self.assertEqual(len(left), 1)
        with open(self.path("report.json")) as file:
            self.assertEqual(json.load(file), before)
        self.restore("--settle", "2")

    def test_a_file_that_cannot_be_written_is_found_before_anything_is_sent(self):
        self.both()
        self.export()
        self.secondary.clear_requests()
        with open(self.path("notes.md"), "w") as file:
            file.write("# my own notes\n")
        os.mkdir(self.path("folder"))
        os.mkdir(self.path("closed"), 0o500)
        cases = [("notes.md", 6, "is there, and is no report of a restore: not replaced"),
                 ("folder", 1, "is a folder, not a file"), ("none/report.md", 5, "No such file or directory"),
                 ("folder/", 2, "--report takes the name of a file"), ("/dev/full", 1, "is not a regular file")]
        if os.geteuid() != 0:
            cases.append(("closed/report.md", 1, "Permission denied"))
        for name, code, words in cases:
            with self.subTest(name):
                refused = self.dbxark(*RESTORE, "--report", name, code=code)
                self.assertIn(words, refused.errors)
        self.assertEqual(self.secondary.methods(), {})
        with open(self.path("notes.md")) as file:
            self.assertEqual(file.read(), "# my own notes\n")
        for words in (("--dry-run",), ("--status",)):
            refused = self.dbxark(*RESTORE, "--report", "report.md", *words, code=2)
            self.assertIn("--report tells what a restore did", refused.errors)
        # A restore that never came to its changes leaves no file behind.
        self.dbxark("restore", "a.tar.zst", "--profile", "primary", "--yes", "--report", "report.md", code=6)
        self.assertEqual([one for one in os.listdir(self.folder) if "report" in one], [])


if __name__ == "__main__":
    support.main()
