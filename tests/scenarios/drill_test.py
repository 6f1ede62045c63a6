"""A drill: does the target hold what the archive has? One verdict, told right whatever the restore went through."""

import os

import support

RESTORE = ("restore", "a.tar.zst", "--profile", "secondary", "--yes")
QUICK = ("--settle", "0", "--patience", "1")


def job_of(emulator, name):
    jobs = emulator.get("/api/2.2/jobs/list?limit=100").get("jobs", [])
    return next(job["job_id"] for job in jobs if job["settings"]["name"] == name)


class Drill(support.Story):
    def both(self, *words, code=3):
        self.primary, self.secondary = self.source(), self.target()
        self.export()
        self.objects = sum(self.dbxark("info", "--json", "a.tar.zst").json()["manifest"]["counts"].values())
        return self.dbxark(*RESTORE, *words, code=code)

    def drill(self, *words, code=0, profile="secondary"):
        return self.dbxark("drill", "a.tar.zst", "--profile", profile, *words, code=code)

    def document(self, *words, code=0, **extra):
        document = self.drill("--json", *words, code=code, **extra).json()
        self.assertEqual(document["schema"], "dbxark.drill.v1")
        return document

    @staticmethod
    def changes(document):
        return sorted((change["change"], change["kind"], change["natural_key"]) for change in document["changes"])

    def test_a_restore_that_said_what_it_could_not_make_passes(self):
        done = self.both("--json").json()
        self.secondary.clear_requests()
        passed = self.drill()
        self.assertLessEqual(set(self.secondary.methods()), {"GET"})
        lines = passed.text.splitlines()
        self.assertEqual(sum(line.startswith("Drill ") for line in lines), 1)
        self.assertRegex(lines[-1], r"^Drill passed: \d+ objects are as in the archive, 3 missing as announced$")
        self.assertIn("off until cutover: ", passed.text)
        self.assertIn("dropped, no counterpart: ", passed.text)
        self.assertNotIn("exit ", passed.errors)

        document = self.document()
        self.assertEqual((document["verdict"], document["matched_by"]), ("holds", "journal"))
        self.assertEqual(self.changes(document),
                         sorted(("announced", item["kind"], item["natural_key"]) for item in done["blocked"]))
        counts = document["counts"]
        self.assertEqual(counts["same"] + counts["announced"], self.compared())
        self.assertEqual((counts["gone"], counts["changed"], document["unseen"]), (0, 0, 0))
        # All of it, with the restore's own words.
        full = self.drill("--full").text
        for item in done["blocked"]:
            self.assertIn("the restore: blocked: " + item["reason"][:20], full)
        self.assertIn("Drill passed: ", self.drill("-q").text)

    def compared(self):
        """All but the vendor's families, which are not compared between two workspaces."""
        families = self.dbxark("ls", "--json", "a.tar.zst", "policy_families", code=None).out.splitlines()
        return self.objects - len(families)

    def dbxark(self, *words, code=0, **extra):
        if code is not None:
            return super().dbxark(*words, code=code, **extra)
        return self.run_words([os.path.join(support.BIN_DIR, "dbxark"), *words], **extra)

    def test_what_is_missing_or_changed_fails_and_what_is_new_does_not(self):
        self.both()
        self.secondary.post("/api/2.2/jobs/create", {"name": "made here"})
        passed = self.drill()
        self.assertIn("only in the target: 1\n", passed.text)
        self.assertNotIn("made here", passed.text)
        self.assertRegex(self.drill("--full").text, r"\+ job +made here +only in the target, id ")

        self.secondary.post("/api/2.2/jobs/delete", {"job_id": job_of(self.secondary, "stream-ingest")})
        self.secondary.post("/api/2.2/jobs/update", {"job_id": job_of(self.secondary, "nightly-etl"),
                                                     "new_settings": {"name": "renamed", "max_concurrent_runs": 7}})
        failed = self.drill(code=10)
        self.assertRegex(failed.text, r"- job +stream-ingest +missing, id ")
        self.assertRegex(failed.text, r"~ job +nightly-etl +2 fields differ\n")
        self.assertRegex(failed.text.splitlines()[-1], r"^Drill failed: 1 missing, 1 changed, \d+ objects are as in")
        self.assertTrue(failed.errors.endswith("exit 10: the target does not hold what the archive has\n"), failed.errors)
        document = self.document(code=10)
        self.assertEqual(document["verdict"], "differs")
        self.assertEqual([change for change in self.changes(document) if change[0] != "announced"],
                         [("changed", "job", "nightly-etl"), ("gone", "job", "stream-ingest"),
                          ("new", "job", "made here")])
        # A part of it may well be there.
        self.assertIn("Drill passed: ", self.drill("--include", "notebooks").text)
        self.assertIn("Drill passed: ", self.drill("--exclude", "jobs:stream-*", "--exclude", "jobs:nightly-etl").text)
        # The next restore makes what is missing, and says that it leaves alone what differs.
        self.dbxark(*RESTORE, code=3)
        self.assertIn("Drill failed: 1 changed, ", self.drill(code=10).text)

    def test_refused_unknown_and_unfinished_are_no_announcements(self):
        self.primary, self.secondary = self.source(), self.target()
        self.export()
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "POST", "path": "/api/2.2/jobs/create", "body_contains": "landing-files"}, "times": -1,
             "action": {"reset": "before"}},
            {"match": {"method": "POST", "path": "/api/2.2/jobs/create", "body_contains": "stream-ingest"}, "times": 1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}},
            {"match": {"method": "POST", "path": "/api/2.1/clusters/delete"}, "times": 1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "not yours"}}}])
        done = self.dbxark(*RESTORE, *QUICK, "--json", code=3).json()
        self.assertEqual([fault["fired"] > 0 for fault in self.secondary.get("/emulator/faults")], [True] * 3)
        cluster = next(item["natural_key"] for item in done["failed"] if item["kind"] == "cluster")
        expected = [("changed", "cluster", cluster), ("gone", "job", "landing-files"), ("gone", "job", "stream-ingest")]
        self.check_differences(expected, done)
        text = self.drill(code=10).text
        self.assertIn("the restore: failed: ", text)
        self.assertIn("the restore: not known whether made: ", text)
        self.assertIn("the restore: made, and still to do: stop", text)
        # The next run leaves alone what may have been made, and calls that blocked: it is missing all the same.
        self.secondary.post("/emulator/faults", [])
        again = self.dbxark(*RESTORE, *QUICK, "--json", code=3).json()
        self.assertIn("landing-files", [item["natural_key"] for item in again["blocked"]])
        self.check_differences([("gone", "job", "landing-files")], again)
        self.dbxark(*RESTORE, *QUICK, "--retry-unknown", code=3)
        self.assertIn("Drill passed: ", self.drill().text)

    def check_differences(self, expected, done):
        document = self.document(code=10)
        found = self.changes(document)
        # What needs something that was refused was blocked for that, and said so.
        blocked = {("announced", item["kind"], item["natural_key"]) for item in done["blocked"]}
        self.assertEqual([change for change in found if change[0] != "announced"], expected)
        self.assertEqual({change for change in found if change[0] == "announced"},
                         {one for one in blocked if one[2] != "landing-files"})

    def test_without_the_journal_names_decide_and_nothing_is_announced(self):
        self.both()
        journal = self.document()["journal"]
        os.rename(journal, self.path("kept"))
        self.assertEqual(self.document("--journal", self.path("kept"))["journal"], self.path("kept"))
        failed = self.drill(code=10)
        self.assertIn("no journal of a restore (" + journal + "): by name, and what it announced is not known", failed.errors)
        self.assertRegex(failed.text.splitlines()[-1], r"^Drill failed: 3 missing, .* \(by name, without a journal\)$")
        document = self.document(code=10)
        self.assertEqual((document["matched_by"], document["counts"]["gone"]), ("name", 3))
        self.assertEqual((document["counts"]["announced"], document["counts"]["changed"]), (0, 0))
        # A target in which nothing was restored.
        self.workspace("empty", "--seed", "3", "--org-id", "3333333333333333")
        self.assertEqual(self.document(profile="empty", code=10)["verdict"], "differs")

    def test_scripts_that_run_in_another_order_are_a_difference(self):
        self.primary, self.secondary = self.source(), self.target()
        self.export()
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "POST", "path": "/api/2.0/global-init-scripts"}, "times": 1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}}])
        self.dbxark(*RESTORE, code=3)
        self.assertEqual([change[:2] for change in self.changes(self.document(code=10)) if change[0] != "announced"],
                         [("gone", "global_init_script")])
        # The second run makes it where it was; then somebody moves it.
        self.dbxark(*RESTORE, code=3)
        self.assertEqual({change[0] for change in self.changes(self.document())}, {"announced"})
        first = self.secondary.get("/api/2.0/global-init-scripts")["scripts"][0]
        script = self.secondary.get("/api/2.0/global-init-scripts/" + first["script_id"])
        self.secondary.post("/api/2.0/global-init-scripts/" + first["script_id"], method="PATCH", body={
            "name": script["name"], "script": script["script"], "enabled": script["enabled"], "position": 2})
        document = self.document(code=10)
        fields = {field["path"] for change in document["changes"] for field in change.get("fields", [])}
        self.assertEqual(fields, {"position"})

    def test_what_was_made_again_in_its_own_workspace_is_there(self):
        primary = self.source()
        self.export()
        primary.post("/api/2.2/jobs/delete", {"job_id": job_of(primary, "nightly-etl")})
        self.assertIn("Drill failed: 1 missing", self.drill(profile="primary", code=10).text)
        self.dbxark("restore", "a.tar.zst", "--profile", "primary", "--same-workspace", "--include", "jobs:nightly-etl", "--yes")
        document = self.document(profile="primary")
        self.assertEqual(document["verdict"], "holds")
        self.assertGreater(document["counts"]["off_until_cutover"], 0)

    def test_what_cannot_be_compared_leaves_it_open(self):
        self.both()
        self.secondary.post("/emulator/faults", [
            {"match": {"method": "GET", "path": "/api/2.2/jobs/get"}, "times": 1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}}])
        undecided = self.drill(code=3)
        self.assertEqual([fault["fired"] for fault in self.secondary.get("/emulator/faults")], [1])
        self.assertRegex(undecided.text.splitlines()[-1], r"^Drill undecided: 1 could not be compared, ")
        self.assertRegex(undecided.text, r"! job  .*not compared: ")

    def test_wrong_input(self):
        self.both()
        self.assertIn("nothing in a.tar.zst matches jobs:nightly-elt; near: jobs:nightly-etl",
                      self.drill("--include", "notebooks", "--include", "jobs:nightly-elt", code=5).errors)
        self.assertIn("no profile", self.drill(profile="third", code=5).errors)
        self.drill("--journal", "none", code=5)
        # A journal of other workspaces.
        other = self.workspace("third", "--seed", "3", "--org-id", "3333333333333333")
        refused = self.drill("--journal", self.document()["journal"], profile="third", code=6)
        self.assertIn("belongs to", refused.errors)
        self.assertNotIn("Drill", refused.text)
        with open(self.document()["journal"], "r+b") as journal:
            journal.seek(200)
            journal.write(b"\xff" * 8)
        self.drill(code=4)
        # A damaged archive costs no request.
        with open(self.path("a.tar.zst"), "r+b") as archive:
            archive.truncate(os.path.getsize(self.path("a.tar.zst")) - 1)
        other.clear_requests()
        self.drill(profile="third", code=4)
        self.assertEqual(other.methods(), {})
        self.dbxark("drill", code=2)
        self.dbxark("drill", "a.tar.zst", "--yes", code=2)


if __name__ == "__main__":
    support.main()
