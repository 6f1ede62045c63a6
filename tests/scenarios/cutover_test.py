"""Cut-over, its way back, freezing and thawing: what was on is on again, and nothing else was touched."""

import json
import os

import support


def switches(emulator):
    """Everything that can run or cost by itself, by name: whether it is on."""
    found = {}
    for script in emulator.get("/api/2.0/global-init-scripts").get("scripts", []):
        found["script " + script["name"]] = script["enabled"]
    for pool in emulator.get("/api/2.0/instance-pools/list").get("instance_pools", []):
        found["pool " + pool["instance_pool_name"]] = pool.get("min_idle_instances", 0)
    for job in emulator.get("/api/2.2/jobs/list?limit=100").get("jobs", []):
        settings = emulator.get("/api/2.2/jobs/get?job_id=%d" % job["job_id"])["settings"]
        for place in ("schedule", "trigger", "continuous"):
            if place in settings:
                found["job %s %s" % (settings["name"], place)] = settings[place].get("pause_status", "UNPAUSED")
    return found


def jobs(emulator):
    """All settings of all jobs, without what a cut-over is about."""
    found = []
    for job in emulator.get("/api/2.2/jobs/list?limit=100").get("jobs", []):
        settings = emulator.get("/api/2.2/jobs/get?job_id=%d" % job["job_id"])["settings"]
        for place in ("schedule", "trigger", "continuous"):
            settings.get(place, {}).pop("pause_status", None)
        found.append(json.dumps(settings, sort_keys=True))
    return sorted(found)


class Cutover(support.Story):
    def both(self):
        source, target = self.source(), self.target()
        self.export()
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", code=3)
        return source, target

    def test_what_was_on_is_on_and_the_way_back(self):
        source, target = self.both()
        there, held, settings = switches(source), switches(target), jobs(target)
        on = {name for name, value in there.items() if value not in ("PAUSED", False, 0)}
        self.assertEqual({held[name] for name in on if name in held}, {"PAUSED", False, 0})
        target.clear_requests()
        shown = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--dry-run")
        self.assertTrue(shown.text.endswith("Plan: 6 to switch on. Nothing was changed.\n"), shown.text)
        self.assertLessEqual(set(target.methods()), {"GET"})

        done = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
        self.assertIn("Done: 6 switched on; ", done.text)
        after = switches(target)
        self.assertEqual({name: after[name] for name in held if name in there}, {name: there[name] for name in held if name in there})
        self.assertEqual(jobs(target), settings)
        self.assertIn("Done: 6 on already; ", self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes").text)
        # A nightly restore does not take it back.
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", code=3)
        self.assertEqual(switches(target), after)

        self.assertIn("Done: 6 switched off; ", self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--off", "--yes").text)
        self.assertEqual(switches(target), held)
        self.assertEqual(jobs(target), settings)

    def test_what_cannot_be_meant(self):
        source, target = self.both()
        there = ("a.tar.zst", "--profile", "secondary")
        # Nor is one of several passed over.
        wrong = ("--include", "jobs:nightly-etl", "--include", "jobs:nightly-elt")
        for words in (("restore", "--dry-run", *there), ("cutover", "--dry-run", *there), ("drill", *there),
                      ("map", "--template", *there), ("diff", "a.tar.zst", "live:secondary"),
                      ("freeze", "--dry-run", "--profile", "primary")):
            with self.subTest(words[0]):
                self.assertIn(" matches jobs:nightly-elt; near: jobs:nightly-etl", self.dbxark(*words, *wrong, code=5).errors)
        # Nor what is to stay as it is.
        wrong = "matches jobs:nightly-elt; near: jobs:nightly-etl"
        for words in (("cutover", "--dry-run", *there), ("freeze", "--dry-run", "--profile", "primary")):
            with self.subTest(words[0]):
                self.assertIn(wrong, self.dbxark(*words, "--exclude", "jobs:nightly-elt", code=5).errors)
        # A plan is read before anything happens.
        plan = self.dbxark("restore", "--dry-run", *there, "--exclude", "jobs:nightly-elt")
        self.assertIn("! --exclude: nothing in a.tar.zst " + wrong, plan.text)
        # What the archive was made without is no misspelling.
        self.export("b.tar.zst", "--exclude", "jobs:nightly-etl")
        self.dbxark("cutover", "b.tar.zst", "--profile", "secondary", "--dry-run", "--exclude", "jobs:nightly-etl")
        here = self.dbxark("cutover", "a.tar.zst", "--profile", "primary", "--dry-run", code=6)
        self.assertIn("the archive was made of this very workspace", here.errors)

    def test_after_the_journal_was_lost(self):
        source, target = self.both()
        held = switches(target)
        os.rename(self.path("state", "dbxark"), self.path("lost"))
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", code=3)
        cutover = ("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
        done = self.dbxark(*cutover).text
        self.assertNotIn("nothing that was selected is on", done)
        self.assertIn("Done: nothing to switch on", done)
        self.assertIn("is switched, too, with --also-adopted", done)
        self.assertIn("Done: 6 switched on; ", self.dbxark(*cutover, "--also-adopted").text)
        # It is known what was switched on, and that alone is taken back.
        self.assertIn("Done: 6 switched off; ", self.dbxark(*cutover, "--off").text)
        self.assertEqual(switches(target), held)
        self.assertIn("Done: nothing to switch off", self.dbxark(*cutover, "--off").text)
        self.assertIn("Done: 6 off already", self.dbxark(*cutover, "--also-adopted", "--off").text)

    def test_the_way_back_takes_back_what_a_later_archive_has_off(self):
        source, target = self.both()
        held = switches(target)
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
        job = source.get("/api/2.2/jobs/list?limit=100&name=nightly-etl")["jobs"][0]["job_id"]
        schedule = source.get("/api/2.2/jobs/get?job_id=%d" % job)["settings"]["schedule"]
        source.post("/api/2.2/jobs/update", {"job_id": job, "new_settings": {"schedule": {**schedule, "pause_status": "PAUSED"}}})
        self.export("b.tar.zst")
        cutover = ("cutover", "b.tar.zst", "--profile", "secondary", "--yes")
        self.assertIn("Done: 5 on already", self.dbxark(*cutover).text)
        self.assertIn("Done: 6 switched off; ", self.dbxark(*cutover, "--off").text)
        self.assertEqual(switches(target), held)

    def test_the_journal_of_other_workspaces_is_refused(self):
        self.both()
        self.dbxark("export", "--profile", "secondary", "-o", "b.tar.zst")
        journal = os.path.join("state", "dbxark", "restore-%s-to-%s.journal" % (support.SOURCE_ORG, support.TARGET_ORG))
        for words in (("--dry-run",), ("--yes",)):
            refused = self.dbxark("cutover", "b.tar.zst", "--profile", "primary", "--journal", journal, *words, code=6)
            self.assertIn("belongs to", refused.errors)

    def test_one_job_alone_and_what_is_gone(self):
        source, target = self.both()
        held = switches(target)
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes", "--include", "jobs:nightly-etl")
        changed = {name for name, value in switches(target).items() if held[name] != value}
        self.assertEqual(changed, {"job nightly-etl schedule"})

        by_name = {job["settings"]["name"]: job["job_id"] for job in target.get("/api/2.2/jobs/list?limit=100")["jobs"]}
        target.post("/api/2.2/jobs/delete", {"job_id": by_name["stream-ingest"]})
        target.post("/api/2.2/jobs/update", {"job_id": by_name["landing-files"], "fields_to_remove": ["trigger"]})
        done = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes", code=3)
        self.assertRegex(done.text, r"! job +stream-ingest +continuous +is not in the workspace any more\n")
        self.assertRegex(done.text, r"! job +landing-files +trigger +is not there any more\n")
        self.assertIn("Done: 3 switched on, 1 on already, 2 not there any more; ", done.text)
        self.assertTrue(done.errors.endswith("exit 3: what could be switched is; the rest is listed above\n"), done.errors)

    def test_what_the_restore_has_not_finished_is_told(self):
        self.source()
        target = self.target()
        self.export()
        restore = ("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--include", "jobs:landing-files",
                   "--include", "jobs:stream-ingest", "--settle", "0", "--patience", "1")
        target.post("/emulator/faults", [
            {"match": {"method": "POST", "path": "/api/2.2/jobs/create", "body_contains": "landing-files"}, "times": -1,
             "action": {"reset": "before"}}])
        self.dbxark(*restore, code=3)
        self.assertGreater(target.get("/emulator/faults")[0]["fired"], 0)
        cutover = ("cutover", "a.tar.zst", "--profile", "secondary", "--yes", "--include", "jobs:landing-files",
                   "--include", "jobs:stream-ingest")
        done = self.dbxark(*cutover, code=3)
        self.assertIn("left alone: job landing-files  whether it was made is not known: ", done.text)
        self.assertIn("! the restore is not finished with 1 object that was selected: run it again, then this\n", done.text)
        self.assertIn("Done: 1 switched on; ", done.text)
        document = self.dbxark(*cutover, "--json", code=3).json()
        self.assertTrue([note for note in document["notes"] if note.startswith("the restore is not finished with 1 ")], document)
        # The way back has nothing to wait for: what was never made is not on.
        back = self.dbxark(*cutover, "--off")
        self.assertNotIn("not finished", back.text)
        self.assertIn("Done: 1 switched off; ", back.text)
        target.post("/emulator/faults", [])
        self.dbxark(*restore, "--retry-unknown")
        self.assertIn("Done: 2 switched on; ", self.dbxark(*cutover).text)

    def test_what_was_there_before_is_left_alone(self):
        self.source()
        target = self.target()
        self.export()
        restore = ["restore", "a.tar.zst", "--profile", "secondary", "--yes", "--include", "jobs:stream-ingest"]
        self.dbxark(*restore)
        held = switches(target)
        # For another journal this job was there already, and paused by whoever made it.
        self.dbxark(*restore, "--journal", "other.journal")
        done = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes", "--journal", "other.journal")
        self.assertIn("left alone: job stream-ingest  was in the target before the restore\n", done.text)
        self.assertIn("left alone: job nightly-etl  was not restored\n", done.text)
        self.assertEqual(switches(target), held)

    def test_a_cut_over_goes_on_where_it_was_stopped(self):
        source, target = self.both()
        there = switches(source)
        for route, method in (("/api/2.2/jobs/update", "POST"), ("/api/2.0/instance-pools/edit", "POST"),
                              ("/api/2.0/global-init-scripts/{}", "PATCH")):
            target.post("/emulator/faults", [{"match": {"method": method, "path": route}, "times": -1,
                                              "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}}])
            failed = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes", code=3)
            self.assertRegex(failed.text, r"! .* PERMISSION_DENIED")
            self.assertGreater(sum(fault["fired"] for fault in target.get("/emulator/faults")), 0)
            # A lost answer does no harm: what is sent again is the same.
            target.post("/emulator/faults", [{"match": {"method": method, "path": route}, "action": {"reset": "after"}}])
            self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
            self.assertEqual([fault["fired"] for fault in target.get("/emulator/faults")], [1])
            after = switches(target)
            self.assertEqual({name: after[name] for name in after if name in there}, {name: there[name] for name in after if name in there})
            target.post("/emulator/faults", [])
            self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--off", "--yes")

    def test_without_a_restore_there_is_nothing_to_cut_over(self):
        self.source()
        target = self.target()
        self.export("a.tar.zst", "--include", "jobs")
        refused = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes", code=5)
        self.assertIn("restore first, or name it with --journal", refused.errors)
        unasked = self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", code=2)
        self.assertIn("add --yes, or look first with --dry-run", unasked.errors)
        self.assertLessEqual(set(target.methods()), {"GET"})


class Freeze(support.Story):
    def test_what_is_on_goes_off_and_comes_back(self):
        source = self.source()
        before, settings = switches(source), jobs(source)
        source.clear_requests()
        self.dbxark("freeze", "--profile", "primary", "--dry-run")
        self.assertLessEqual(set(source.methods()), {"GET"})
        self.assertFalse(os.path.exists(self.path("state")))
        self.assertIn("Done: 6 switched off; ", self.dbxark("freeze", "--profile", "primary", "--yes").text)
        frozen = switches(source)
        self.assertLessEqual(set(frozen.values()), {"PAUSED", False, 0})
        self.assertIn("nothing to switch off", self.dbxark("freeze", "--profile", "primary", "--yes").text)
        # What somebody switches on meanwhile is on already, what somebody takes away is not there.
        job = source.get("/api/2.2/jobs/list?limit=100&name=nightly-etl")["jobs"][0]
        source.post("/api/2.2/jobs/delete", {"job_id": job["job_id"]})
        thawed = self.dbxark("freeze", "--profile", "primary", "--off", "--yes", code=3)
        self.assertIn("Done: 5 switched on, 1 not there any more; ", thawed.text)
        del before["job nightly-etl schedule"]
        self.assertEqual(switches(source), before)
        self.assertLess(len(jobs(source)), len(settings))
        again = self.dbxark("freeze", "--profile", "primary", "--off", "--yes")
        self.assertIn("nothing is frozen by the journal", again.text)
        self.assertIn("Done: nothing to switch on", again.text)
        self.dbxark("freeze", "--profile", "primary", "--off", "--yes", "--include", "jobs:nightly-etl")
        wrong = self.dbxark("freeze", "--profile", "primary", "--off", "--yes", "--include", "jobs:nightly-elt", code=5)
        self.assertIn("nothing that a freeze has switched off matches jobs:nightly-elt; near: jobs:nightly-etl", wrong.errors)
        never = self.dbxark("freeze", "--profile", "primary", "--off", "--yes", "--journal", "none.journal", code=5)
        self.assertIn("there is no journal none.journal of a freeze", never.errors)
        self.assertFalse(os.path.exists(self.path("none.journal")))

    def test_who_does_not_see_all_cannot_freeze_all(self):
        source = self.source()
        before = switches(source)
        for words in (("--include", "jobs"), ("--exclude", "global_init_scripts")):
            done = self.dbxark("freeze", "--profile", "primary-user", "--yes", *words, code=3)
            self.assertIn("is no administrator: what other people have on is not seen here, and stays on", done.text)
        self.assertEqual(switches(source), before)

    def test_an_administrator_whose_groups_are_not_told_sees_all(self):
        self.source("--variant", "me-without-groups")
        done = self.dbxark("freeze", "--profile", "primary", "--yes", "--exclude", "jobs:nightly-etl", "--exclude", "instance_pools")
        self.assertNotIn("is no administrator", done.text)
        # What is left out as a whole needs no name of its own.
        self.dbxark("freeze", "--profile", "primary", "--dry-run", "--exclude", "jobs", "--exclude", "jobs:nightly-elt")
        wrong = self.dbxark("freeze", "--profile", "primary", "--off", "--dry-run", "--exclude", "jobs:stream-ingst", code=5)
        self.assertIn("near: jobs:stream-ingest", wrong.errors)

    def test_a_freeze_whose_answers_are_lost_is_thawed_whole(self):
        source = self.source()
        before = switches(source)
        source.post("/emulator/faults", [{"match": {"method": "POST", "path": "/api/2.2/jobs/update"}, "skip": 1, "times": -1,
                                          "action": {"status": 500}}])
        self.dbxark("freeze", "--profile", "primary", "--yes", "--patience", "1", code=3)
        self.assertGreater(source.get("/emulator/faults")[0]["fired"], 0)
        self.assertNotEqual(switches(source), before)
        source.post("/emulator/faults", [])
        self.dbxark("freeze", "--profile", "primary", "--off", "--yes")
        self.assertEqual(switches(source), before)

    def test_an_archive_made_after_the_freeze(self):
        """A planned failover in the order in which nothing is lost: freeze, the last archive, restore, cut over."""
        source, target = self.source(), self.target()
        before = switches(source)
        self.dbxark("freeze", "--profile", "primary", "--yes")
        self.export()
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", code=3)
        held = switches(target)
        cutover = ("cutover", "a.tar.zst", "--profile", "secondary")
        shown = self.dbxark(*cutover, "--dry-run").text
        self.assertRegex(shown, r"\n  off in the archive, and on in the source before a freeze of \S+Z: 6 of these\n")
        self.assertIn("Plan: 6 to switch on. Nothing was changed.", shown)
        log = self.path("state", "dbxark", "freeze-%s.journal" % support.SOURCE_ORG)
        os.rename(log, self.path("kept.journal"))
        without = self.dbxark(*cutover, "--yes")
        self.assertRegex(without.text, r"! nothing that was selected is on in the archive, and \d+ schedules and the like are off\n"
                                       r"  if it was made after a freeze of its workspace, --freeze-journal tells what was on before\n")
        self.assertEqual(switches(target), held)
        self.assertIn("none.journal", self.dbxark(*cutover, "--yes", "--freeze-journal", "none.journal", code=5).errors)
        done = self.dbxark(*cutover, "--yes", "--freeze-journal", "kept.journal")
        self.assertIn("Done: 6 switched on; ", done.text)
        after = switches(target)
        restored = {name for name in after if name in before}
        self.assertEqual({name: after[name] for name in restored}, {name: before[name] for name in restored})
        self.assertIn("Drill passed", self.dbxark("drill", "a.tar.zst", "--profile", "secondary", "--freeze-journal",
                                                  "kept.journal").text)
        self.dbxark(*cutover, "--yes", "--freeze-journal", "kept.journal", "--off")
        self.assertEqual(switches(target), held)
        # The source runs again: that is no reason to forget what the cut-over had switched on.
        self.dbxark(*cutover, "--yes", "--freeze-journal", "kept.journal")
        self.dbxark("freeze", "--profile", "primary", "--off", "--yes", "--journal", "kept.journal")
        self.assertEqual(switches(source), before)
        done = self.dbxark(*cutover, "--yes", "--freeze-journal", "kept.journal", "--off")
        self.assertIn("Done: 6 switched off; ", done.text)
        self.assertEqual(switches(target), held)
        # The journal of another workspace's freeze is refused.
        self.dbxark("freeze", "--profile", "secondary", "--yes")
        other = os.path.join("state", "dbxark", "freeze-%s.journal" % support.TARGET_ORG)
        self.assertIn("belongs to", self.dbxark(*cutover, "--dry-run", "--freeze-journal", other, code=6).errors)
        self.assertIn("belongs to", self.dbxark("freeze", "--profile", "secondary", "--off", "--dry-run", "--journal",
                                                "kept.journal", code=6).errors)


if __name__ == "__main__":
    support.main()
