"""Plans that are saved, approved and carried out; what differs, what is missing, and two of one name."""

import json
import os

import support

RESTORE = ("restore", "a.tar.zst", "--profile", "secondary")


class Plans(support.Story):
    def setUp(self):
        super().setUp()
        self.origin = self.source()
        self.there = self.target()
        self.export()

    def only_reads(self):
        self.assertLessEqual(set(self.there.methods()), {"GET"})
        self.there.clear_requests()

    def jobs(self):
        listed = self.there.get("/api/2.2/jobs/list?limit=100").get("jobs", [])
        return {job["settings"]["name"]: job["job_id"] for job in listed}

    def job_names(self):
        return sorted(job["settings"]["name"] for job in self.there.get("/api/2.2/jobs/list?limit=100")["jobs"])

    def test_a_saved_plan_is_what_is_done(self):
        saved = self.dbxark(*RESTORE, "--dry-run", "--save-plan", "plan.json")
        self.assertIn("Plan: ", saved.text)
        with open(self.path("plan.json"), encoding="utf-8") as file:
            plan = json.load(file)
        self.assertEqual(plan["schema"], "dbxark.plan.v1")
        planned = {step["natural_key"] for step in plan["steps"] if step["op"] == "create" and step["kind"] == "job"}
        self.assertIn("nightly-etl", planned)
        self.assertEqual(os.stat(self.path("plan.json")).st_mode & 0o777, 0o600)
        refused = self.dbxark(*RESTORE, "--dry-run", "--save-plan", "plan.json", code=6)
        self.assertIn("--save-plan: plan.json: exists already", refused.errors)
        self.only_reads()
        # In part, then the rest: what was done meanwhile by us is no change.
        self.dbxark(*RESTORE, "--yes", "--include", "clusters")
        self.dbxark(*RESTORE, "--yes", "--plan", "plan.json", code=3)
        self.assertEqual(set(self.jobs()), planned)
        self.there.clear_requests()
        self.dbxark(*RESTORE, "--yes", "--plan", "plan.json", code=3)
        self.only_reads()

    def test_a_target_that_changed_meanwhile_stops_it(self):
        self.dbxark(*RESTORE, "--dry-run", "--save-plan", "plan.json")
        self.there.post("/api/2.2/jobs/create", {"name": "nightly-etl", "timeout_seconds": 7})
        self.there.clear_requests()
        stopped = self.dbxark(*RESTORE, "--yes", "--plan", "plan.json", code=6)
        self.assertIn("warning: job nightly-etl: planned create; now blocked (the target has another of this name, not equal",
                      stopped.errors)
        self.assertRegex(stopped.errors, r"exit 6: in the way: since plan.json was saved, \d+ steps? ha(s|ve) changed; nothing "
                                         r"was done")
        self.only_reads()

    def test_what_is_no_plan_is_refused(self):
        self.export("b.tar.zst")
        self.dbxark("restore", "b.tar.zst", "--profile", "secondary", "--dry-run", "--save-plan", "other.json")
        self.assertIn("is the plan of another archive", self.dbxark(*RESTORE, "--yes", "--plan", "other.json", code=6).errors)
        with open(self.path("text.json"), "w", encoding="utf-8") as file:
            file.write("{}\n")
        self.assertIn("text.json: is no plan that --save-plan wrote",
                      self.dbxark(*RESTORE, "--yes", "--plan", "text.json", code=1).errors)
        self.dbxark(*RESTORE, "--yes", "--plan", "missing.json", code=5)
        self.dbxark(*RESTORE, "--dry-run", "--save-plan", "no/folder/plan.json", code=5)
        self.only_reads()

    def test_two_of_one_name_are_told_apart_or_it_stops(self):
        self.dbxark(*RESTORE, "--yes", code=3)
        before, names = self.jobs(), self.job_names()
        self.there.post("/api/2.2/jobs/update", {"job_id": before["nightly-etl"], "new_settings": {"timeout_seconds": 7}})
        lost = (*RESTORE, "--journal", "lost.journal")
        # The journal is lost, and somebody changed the job: is it ours?
        stopped = self.dbxark(*lost, "--yes", code=3)
        self.assertIn("the target has another of this name, not equal: --adopt-by-name takes it", stopped.text)
        self.assertEqual(self.job_names(), names)
        taken = self.dbxark(*lost, "--dry-run", "--adopt-by-name", "--full")
        self.assertRegex(taken.text, r"~ job +nightly-etl +is there and differs: left as it is\n +timeout_seconds +archive .*, "
                                     r"target 7\n")
        updated = self.dbxark(*lost, "--yes", "--adopt-by-name", "--on-conflict", "jobs=update", code=3)
        self.assertIn("1 updated", updated.text)
        self.assertEqual(self.job_names(), names)
        job = self.there.get("/api/2.2/jobs/get?job_id=%d" % before["nightly-etl"])
        self.assertNotEqual(job["settings"].get("timeout_seconds"), 7)
        self.assertEqual(job["settings"]["schedule"]["pause_status"], "PAUSED")

        self.there.post("/api/2.2/jobs/update", {"job_id": before["nightly-etl"], "new_settings": {"timeout_seconds": 8}})
        self.dbxark(*RESTORE, "--journal", "third.journal", "--yes", "--create-anyway", "--include", "jobs:nightly-etl")
        self.assertEqual(self.job_names(), sorted([*names, "nightly-etl"]))
        both = self.dbxark(*RESTORE, "--dry-run", "--create-anyway", "--adopt-by-name", code=2)
        self.assertIn("--create-anyway", both.errors)

    def test_what_differs_and_what_is_missing(self):
        for word, said in (("jobs=never", "adopt, update or fail"), ("cluster=fail,", "adopt, update or fail"),
                           ("jbos=fail", "did you mean jobs?"), ("jobs:x=fail", "takes a kind, not a name"), ("", "--on-conflict is empty")):
            self.assertIn(said, self.dbxark(*RESTORE, "--dry-run", "--on-conflict", word, code=2).errors)
        self.only_reads()
        blocked = self.dbxark(*RESTORE, "--dry-run", "--include", "jobs:orphan")
        self.assertRegex(blocked.text, r"! job +orphan +needs cluster [^ ]+: not in the archive, not in the target")
        dropped = self.dbxark(*RESTORE, "--dry-run", "--include", "jobs:orphan", "--on-missing", "drop")
        self.assertRegex(dropped.text, r"\+ job +orphan\n +settings.tasks\[\d+\].existing_cluster_id +dropped: cluster has no "
                                       r"counterpart")
        self.only_reads()
        self.dbxark(*RESTORE, "--yes", "--include", "jobs:orphan", "--on-missing", "drop")
        made = self.there.get("/api/2.2/jobs/get?job_id=%d" % self.jobs()["orphan"])
        self.assertNotIn("existing_cluster_id", json.dumps(made))
        # The same again: nothing to do.
        self.there.clear_requests()
        self.dbxark(*RESTORE, "--yes", "--include", "jobs:orphan", "--on-missing", "drop")
        self.only_reads()

    def test_one_job_comes_back_and_who_still_points_at_its_old_id_is_told(self):
        inner = self.origin.post("/api/2.2/jobs/create", {"name": "inner", "timeout_seconds": 5})["job_id"]
        outer = self.origin.post("/api/2.2/jobs/create", {"name": "outer", "tasks": [
            {"task_key": "run", "run_job_task": {"job_id": inner}}]})["job_id"]
        self.export("b.tar.zst")
        self.origin.post("/api/2.2/jobs/delete", {"job_id": inner})
        jobs = "/api/2.2/jobs/list?limit=100&expand_tasks=true"
        before, jobs_before = self.origin.get("/emulator/state"), self.origin.get(jobs)
        words = ("restore", "b.tar.zst", "--profile", "primary", "--same-workspace", "--include", "jobs:inner")
        told = "job %d outer points at job %d (settings.tasks[0].run_job_task.job_id), which comes back under another id" % (
            outer, inner)
        self.assertIn(told, self.dbxark(*words, "--dry-run").text)
        self.dbxark(*words, "--yes")
        listed = self.origin.get("/api/2.2/jobs/list?name=inner")["jobs"]
        self.assertEqual(len(listed), 1)
        self.assertNotEqual(listed[0]["job_id"], inner)
        # The rest is as it was.
        self.origin.post("/api/2.2/jobs/delete", {"job_id": listed[0]["job_id"]})
        self.assertEqual(self.origin.get(jobs), jobs_before)
        after = self.origin.get("/emulator/state")
        self.assertEqual([key for key in before if before[key] != after[key] and key not in ("jobs", "random")], [])


if __name__ == "__main__":
    support.main()
