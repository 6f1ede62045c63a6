"""A warm standby: the same target restored night after night.

What a restore made and nobody changed follows the source; what somebody changed there is a conflict; what is gone from
the source is listed, and with --prune it goes.
"""

import base64
import json
import re
import time

import support

# What the sample has and no restore can make.
BLOCKED = ("--exclude", "jobs:sales queries", "--exclude", "jobs:bronze pipeline", "--exclude", "jobs:orphan")


def content(emulator, path):
    exported = emulator.get("/api/2.0/workspace/export?format=SOURCE&path=" + path.replace(" ", "%20"))
    return base64.b64decode(exported["content"])


def write(emulator, path, text):
    emulator.post("/api/2.0/workspace/import", {
        "path": path, "format": "SOURCE", "language": "PYTHON", "overwrite": True,
        "content": base64.b64encode(text.encode()).decode()})


def dbfs(emulator, path, text):
    contents = base64.b64encode(text.encode()).decode()
    emulator.post("/api/2.0/dbfs/put", {"path": path, "contents": contents, "overwrite": True})


def names(emulator, folder):
    objects = emulator.get("/api/2.0/workspace/list?path=" + folder.replace(" ", "%20")).get("objects", [])
    return {one["path"] for one in objects}


def jobs(emulator):
    listed = emulator.get("/api/2.2/jobs/list?limit=100").get("jobs", [])
    return {one["settings"]["name"]: one["job_id"] for one in listed}


def job(emulator, name):
    return emulator.get("/api/2.2/jobs/get?job_id=%d" % jobs(emulator)[name])["settings"]


def change_job(emulator, name, **settings):
    emulator.post("/api/2.2/jobs/update", {"job_id": jobs(emulator)[name], "new_settings": settings})


def clusters(emulator):
    listed = emulator.get("/api/2.1/clusters/list?page_size=100").get("clusters", [])
    return {one["cluster_name"]: one["cluster_id"] for one in listed if one.get("cluster_source") in ("UI", "API")}


def rest(emulator):
    """Returns when no cluster is on its way down any more: until then none can be edited."""
    for _ in range(600):
        listed = emulator.get("/api/2.1/clusters/list?page_size=100").get("clusters", [])
        if all(one["state"] != "TERMINATING" for one in listed):
            return
        time.sleep(0.05)
    raise AssertionError("clusters do not come to rest")


def pools(emulator):
    listed = emulator.get("/api/2.0/instance-pools/list").get("instance_pools", [])
    return {one["instance_pool_name"]: one for one in listed}


def policies(emulator):
    return {one["name"]: one for one in emulator.get("/api/2.0/policies/clusters/list").get("policies", [])}


def scripts(emulator):
    listed = emulator.get("/api/2.0/global-init-scripts").get("scripts", [])
    return {one["name"]: emulator.get("/api/2.0/global-init-scripts/" + one["script_id"]) for one in listed}


class Standby(support.Story):
    def setUp(self):
        super().setUp()
        self.primary, self.secondary = self.source(), self.target()
        self.nights = 0
        self.night()

    def night(self, *words, code=0):
        """Exports the source and restores it; the plan, as it was shown and saved, and how it ended."""
        self.nights += 1
        archive, plan = "%d.tar.zst" % self.nights, "%d.json" % self.nights
        self.export(archive)
        restore = ("restore", archive, "--profile", "secondary", "--standby", *BLOCKED, *words)
        self.dbxark(*[word for word in restore if not word.startswith(("--report", "report."))], "--dry-run",
                    "--save-plan", plan)
        done = self.dbxark(*restore, "--yes", "--plan", plan, "--json", code=code).json()
        with open(self.path(plan), encoding="utf-8") as file:
            self.plan = json.load(file)
        self.archive = archive
        return done

    @staticmethod
    def of(done, outcome):
        return {(one["kind"], one["natural_key"]) for one in done.get(outcome, [])}

    def only_reads(self):
        self.assertLessEqual(set(self.secondary.methods()), {"GET"})

    def calm(self):
        """A night in which nothing has changed sends only reads."""
        self.secondary.clear_requests()
        done = self.night()
        self.only_reads()
        self.assertEqual({step["op"] for step in self.plan["steps"]} - {"adopt", "skip"}, set())
        return done

    def test_what_changed_in_the_source_changes_in_the_standby(self):
        self.calm()
        primary, secondary = self.primary, self.secondary
        change_job(primary, "nightly-etl", timeout_seconds=77, schedule={
            "quartz_cron_expression": "0 0 5 * * ?", "timezone_id": "UTC", "pause_status": "UNPAUSED"})
        change_job(primary, "ping", description="calls pong")
        write(primary, "/Shared/empty notebook", "# Databricks notebook source\nprint('no more')\n")
        dbfs(primary, "/databricks/scripts/pip.sh", "#!/bin/bash\necho new\n")
        policy = policies(primary)["data-engineering"]
        primary.post("/api/2.0/policies/clusters/edit", {"policy_id": policy["policy_id"], "name": policy["name"],
                                                         "definition": policy["definition"], "description": "new words"})
        pool = pools(primary)["shared-workers"]
        primary.post("/api/2.0/instance-pools/edit", {
            "instance_pool_id": pool["instance_pool_id"], "instance_pool_name": "shared-workers",
            "node_type_id": pool["node_type_id"], "max_capacity": 60, "min_idle_instances": 2})
        cluster = clusters(primary)["restricted"]
        spec = primary.get("/api/2.1/clusters/get?cluster_id=" + cluster)["spec"]
        primary.post("/api/2.1/clusters/edit", {**spec, "cluster_id": cluster, "autotermination_minutes": 33})
        write(primary, "/Shared/tools/born later", "# Databricks notebook source\n")
        done = self.night()
        updated = {("job", "nightly-etl"), ("job", "ping"), ("notebook", "/Shared/empty notebook"),
                   ("dbfs_file", "/databricks/scripts/pip.sh"), ("cluster_policy", "data-engineering"),
                   ("instance_pool", "shared-workers"), ("cluster", "restricted")}
        self.assertEqual(self.of(done, "updated"), updated)
        self.assertEqual(self.of(done, "created"), {("notebook", "/Shared/tools/born later")})
        settings = job(secondary, "nightly-etl")
        self.assertEqual(settings["timeout_seconds"], 77)
        self.assertEqual(settings["schedule"]["quartz_cron_expression"], "0 0 5 * * ?")
        # Nothing fires early, the second night as little as the first.
        self.assertEqual(settings["schedule"]["pause_status"], "PAUSED")
        self.assertEqual(pools(secondary)["shared-workers"].get("min_idle_instances", 0), 0)
        self.assertEqual(pools(secondary)["shared-workers"]["max_capacity"], 60)
        self.assertEqual(policies(secondary)["data-engineering"]["description"], "new words")
        self.assertEqual(content(secondary, "/Shared/empty notebook"), content(primary, "/Shared/empty notebook"))
        there = secondary.get("/api/2.1/clusters/get?cluster_id=" + clusters(secondary)["restricted"])
        self.assertEqual((there["autotermination_minutes"], there["state"]), (33, "TERMINATED"))
        self.assertIn("Drill passed", self.dbxark("drill", self.archive, "--profile", "secondary", *BLOCKED).text)
        self.calm()

    def test_what_somebody_changed_in_the_standby_is_a_conflict(self):
        primary, secondary = self.primary, self.secondary
        change_job(secondary, "stream-ingest", timeout_seconds=5)
        change_job(secondary, "ping", description="mine")
        write(secondary, "/Shared/empty notebook", "# Databricks notebook source\n# mine\n")
        change_job(primary, "ping", description="theirs")
        conflicts = {("job", "stream-ingest"), ("job", "ping"), ("notebook", "/Shared/empty notebook")}
        for words in ((), ("--on-conflict", "fail")):
            done = self.night(*words, code=3)
            self.assertEqual(self.of(done, "blocked" if words else "conflict"), conflicts)
            self.assertEqual(self.of(done, "updated"), set())
        self.assertEqual(job(secondary, "stream-ingest")["timeout_seconds"], 5)
        self.assertEqual(job(secondary, "ping")["description"], "mine")
        shown = self.dbxark("restore", self.archive, "--profile", "secondary", "--standby", *BLOCKED, "--dry-run").text
        self.assertRegex(shown, r"! +job +ping +changed in the target since it was restored: left as it is\n"
                                r" +description +archive \"theirs\", target \"mine\"\n")
        self.assertRegex(shown, r"! notebook +/Shared/empty notebook +changed in the target since")
        self.assertIn(" 3 conflict;", shown)
        # Only if that is asked for; and then it is the restore's again.
        self.assertEqual(self.of(self.night("--on-conflict", "update"), "updated"), conflicts)
        self.assertEqual(job(secondary, "ping")["description"], "theirs")
        change_job(primary, "ping", description="theirs again")
        self.assertEqual(self.of(self.night(), "updated"), {("job", "ping")})

    def test_what_was_there_before_is_nobodys_to_update(self):
        primary, secondary = self.primary, self.secondary
        secondary.post("/api/2.0/policies/clusters/create", {"name": "shared name", "definition": "{}"})
        write(secondary, "/Shared/there before", "# Databricks notebook source\n")
        primary.post("/api/2.0/policies/clusters/create", {"name": "shared name", "definition": "{}"})
        write(primary, "/Shared/there before", "# Databricks notebook source\n")
        self.calm()
        policy = policies(primary)["shared name"]
        primary.post("/api/2.0/policies/clusters/edit", {"policy_id": policy["policy_id"], "name": policy["name"],
                                                         "definition": "{}", "description": "changed"})
        write(primary, "/Shared/there before", "# Databricks notebook source\nchanged\n")
        done = self.night(code=3)
        self.assertEqual(self.of(done, "conflict"),
                         {("cluster_policy", "shared name"), ("notebook", "/Shared/there before")})
        self.assertIn("was in the target before any restore", done["conflict"][0]["reason"])
        # Nor to remove.
        primary.post("/api/2.0/policies/clusters/delete", {"policy_id": policy["policy_id"]})
        primary.post("/api/2.0/workspace/delete", {"path": "/Shared/there before"})
        done = self.night("--prune")
        self.assertEqual(self.of(done, "removed"), set())
        self.assertEqual(self.of(done, "gone"), {("cluster_policy", "shared name")})
        self.assertIn("shared name", policies(secondary))
        self.assertIn("/Shared/there before", names(secondary, "/Shared"))

    def libraries(self, emulator, call, *packages):
        cluster = clusters(emulator)["shared-analytics"]
        if call:
            emulator.post("/api/2.0/libraries/" + call, {
                "cluster_id": cluster, "libraries": [{"pypi": {"package": package}} for package in packages]})
        status = emulator.get("/api/2.0/libraries/cluster-status?cluster_id=" + cluster)
        return {one["library"]["pypi"]["package"] for one in status["library_statuses"] if "pypi" in one["library"]}

    def test_libraries_are_added_and_never_taken_away(self):
        self.libraries(self.primary, "install", "requests==2.32.3")
        done = self.night()
        self.assertEqual({kind for kind, _ in self.of(done, "created")}, {"cluster_libraries"})
        both = {"requests==2.32.3", "great-expectations==0.18.19"}
        self.assertEqual(self.libraries(self.secondary, None), both)
        self.calm()
        self.libraries(self.secondary, "install", "mine==1.0")
        done = self.night(code=3)
        self.assertEqual([one["reason"] for one in done["conflict"]],
                         ["has 1 more library than the source, and restores uninstall none"])
        self.assertEqual(self.libraries(self.secondary, None), both | {"mine==1.0"})

    def test_a_cut_over_stays_on_and_what_is_off_stays_off(self):
        primary, secondary = self.primary, self.secondary
        self.dbxark("cutover", self.archive, "--profile", "secondary", "--yes", "--include", "jobs:nightly-etl",
                    "--include", "instance_pools")
        change_job(primary, "nightly-etl", timeout_seconds=78)
        change_job(primary, "landing-files", timeout_seconds=79)
        self.assertEqual(self.of(self.night(), "updated"), {("job", "nightly-etl"), ("job", "landing-files")})
        self.assertEqual(job(secondary, "nightly-etl")["schedule"]["pause_status"], "UNPAUSED")
        self.assertEqual(job(secondary, "landing-files")["trigger"]["pause_status"], "PAUSED")
        self.assertEqual(pools(secondary)["shared-workers"]["min_idle_instances"], 2)
        # The source is switched off: that is no reason to switch off what runs here.
        self.dbxark("freeze", "--profile", "primary", "--yes")
        self.calm()
        change_job(primary, "nightly-etl", timeout_seconds=80)
        self.assertEqual(self.of(self.night(), "updated"), {("job", "nightly-etl")})
        settings = job(secondary, "nightly-etl")
        self.assertEqual((settings["schedule"]["pause_status"], settings["timeout_seconds"]), ("UNPAUSED", 80))

    def shrink(self):
        """What vanishes from the source in the tests that follow."""
        primary = self.primary
        primary.post("/api/2.0/workspace/delete", {"path": "/Shared/tools", "recursive": True})
        primary.post("/api/2.0/workspace/delete", {"path": "/Shared/empty notebook"})
        primary.post("/api/2.0/dbfs/delete", {"path": "/databricks/scripts/pip.sh"})
        for name in ("ping", "pong", "fan-out", "stream-ingest"):
            primary.post("/api/2.2/jobs/delete", {"job_id": jobs(primary)[name]})
        primary.post("/api/2.1/clusters/permanent-delete", {"cluster_id": clusters(primary)["restricted"]})
        restricted = policies(primary)["restricted \"small\""]
        primary.post("/api/2.0/policies/clusters/delete", {"policy_id": restricted["policy_id"]})
        return {("job", "ping"), ("job", "pong"), ("job", "fan-out"), ("job", "stream-ingest"), ("cluster", "restricted"),
                ("cluster_policy", "restricted \"small\""), ("dbfs_file", "/databricks/scripts/pip.sh"),
                ("notebook", "/Shared/tools/Aggregations"), ("notebook", "/Shared/tools/forecast"),
                ("notebook", "/Shared/empty notebook"), ("directory", "/Shared/tools")}

    def test_what_is_gone_from_the_source_is_listed_and_pruned(self):
        secondary = self.secondary
        gone = self.shrink()
        change_job(secondary, "stream-ingest", timeout_seconds=5)
        secondary.clear_requests()
        done = self.night()
        self.assertEqual(self.of(done, "gone"), gone)
        self.only_reads()
        # A prune is planned, shown first, and asked for.
        restore = ("restore", self.archive, "--profile", "secondary", "--standby", *BLOCKED)
        self.assertIn("--prune goes with --standby",
                      self.dbxark("restore", self.archive, "--profile", "secondary", "--prune", "--yes", code=2).errors)
        shown = self.dbxark(*restore, "--prune", "--dry-run").text
        self.assertRegex(shown, r"^x remove  \+ create")
        order = [re.search(r"\nx %s +%s" % words, shown).start() for words in (
            ("job", "p"), ("cluster", "restricted"), ("cluster policy", "restricted"), ("dbfs file", "/databricks"),
            ("notebook", "/Shared/tools/forecast"))]
        self.assertEqual(order, sorted(order))
        self.assertIn("/Shared/tools/Aggregations  gone from the source, and stays: job stream-ingest in the target "
                      "refers to it", shown)
        self.assertRegex(shown, r"- job +stream-ingest +gone from the source, and stays: changed in the target since it "
                                r"was restored")
        self.assertIn("Plan: 8 remove, 100 adopt, 3 gone; ", shown)
        # Of everything that has vanished, those alone that are selected.
        done = self.night("--prune", "--include", "jobs:pi*", "--include", "jobs:po*")
        self.assertEqual(self.of(done, "removed"), {("job", "ping")})  # fan-out still calls the other
        done = self.night("--prune", "--exclude", "dbfs_files")
        stays = {("job", "stream-ingest"), ("notebook", "/Shared/tools/Aggregations"), ("directory", "/Shared/tools")}
        kept = stays | {("job", "ping"), ("dbfs_file", "/databricks/scripts/pip.sh")}
        self.assertEqual(self.of(done, "removed"), gone - kept)
        self.assertEqual(self.of(self.night("--prune"), "removed"), {("dbfs_file", "/databricks/scripts/pip.sh")})
        self.assertIn("stream-ingest", jobs(secondary))
        self.assertNotIn("ping", jobs(secondary))
        self.assertNotIn("restricted", clusters(secondary))
        self.assertEqual(names(secondary, "/Shared/tools"), {"/Shared/tools/Aggregations"})
        # What comes back is made again.
        write(self.primary, "/Shared/empty notebook", "# Databricks notebook source\n")
        done = self.night()
        self.assertEqual(self.of(done, "created"), {("notebook", "/Shared/empty notebook")})
        self.assertEqual(self.of(done, "gone"), stays)

    def test_an_older_archive_is_not_followed_unasked(self):
        secondary, older = self.secondary, self.archive
        write(self.primary, "/Shared/born later", "# Databricks notebook source\n")
        self.night()
        restore = ("restore", older, "--profile", "secondary", "--standby", "--prune", *BLOCKED)
        secondary.clear_requests()
        refused = self.dbxark(*restore, "--yes", code=6)
        self.assertRegex(refused.errors, r"this archive is of \S+Z, and the target has had a newer one, of \S+Z: what came "
                                         r"between is taken for changed or gone; --allow-older goes back to it")
        self.only_reads()
        self.assertRegex(self.dbxark(*restore, "--dry-run").text, r"! this archive is of \S+Z, and the target has had a newer")
        self.only_reads()
        # No restore but a standby takes back anything.
        self.dbxark("restore", older, "--profile", "secondary", *BLOCKED, "--yes")
        self.assertIn("/Shared/born later", names(secondary, "/Shared"))
        self.assertIn("--allow-older goes with --standby",
                      self.dbxark("restore", older, "--profile", "secondary", "--allow-older", "--yes", code=2).errors)
        done = self.dbxark(*restore, "--yes", "--allow-older", "--json").json()
        self.assertEqual(self.of(done, "removed"), {("notebook", "/Shared/born later")})
        # That is what the target follows now.
        self.dbxark(*restore, "--yes")
        self.assertEqual(self.of(self.night(), "created"), {("notebook", "/Shared/born later")})

    def test_what_no_update_changes_is_a_conflict(self):
        pool = pools(self.primary)["shared-workers"]
        with open(self.path("map.toml"), "w", encoding="utf-8") as file:
            file.write('[node_type]\n"%s" = "i3.2xlarge"\n' % pool["node_type_id"])
        for words in (("--map", "map.toml"), ("--map", "map.toml", "--on-conflict", "update")):
            done = self.night(*words, code=3)
            self.assertEqual([(one["natural_key"], one["reason"]) for one in done["conflict"] if one["kind"] == "instance_pool"],
                             [("shared-workers", "differs, and no update changes node_type_id: delete it in the target, "
                                                 "and the next restore makes it anew")])
        self.assertEqual(pools(self.secondary)["shared-workers"]["node_type_id"], pool["node_type_id"])

    def test_a_map_that_moves_paths_does_not_make_them_gone(self):
        secondary = self.secondary
        secondary.post("/api/2.0/preview/scim/v2/Users", {"userName": "dr@example.com"})
        with open(self.path("map.toml"), "w", encoding="utf-8") as file:
            file.write('[user]\n"ana@example.com" = "dr@example.com"\n')
        done = self.night("--map", "map.toml", "--prune")
        moved = {key for kind, key in self.of(done, "created") if kind == "notebook"}
        self.assertTrue(moved and all(path.startswith("/Users/dr@example.com/") for path in moved), moved)
        self.assertEqual(self.of(done, "removed") | self.of(done, "gone"), set())
        self.assertIn("which notebooks and files are gone from the source is not known: the map, or --to, moves paths",
                      self.plan["notes"])
        # Left out of tonight's archive, and not gone all the same.
        self.shrink()
        self.export("part.tar.zst", "--exclude", "notebooks:/Users/ana@example.com/**")
        self.dbxark("restore", "part.tar.zst", "--profile", "secondary", "--standby", "--prune", "--map", "map.toml",
                    *BLOCKED, "--yes")
        self.night("--map", "map.toml", "--prune")
        self.assertNotIn("ping", jobs(secondary))
        for path in moved:
            self.assertTrue(content(secondary, path))

    def test_what_was_put_elsewhere_does_not_go(self):
        secondary = self.secondary
        self.dbxark("restore", self.archive, "--profile", "secondary", "--yes", "--to", "/Restored", "--include",
                    "notebooks:/Shared/**")
        beside = names(secondary, "/Restored/Shared")
        self.assertTrue(beside)
        for _ in range(2):
            done = self.night("--prune")
            self.assertEqual(self.of(done, "removed"), set())
            self.assertEqual(names(secondary, "/Restored/Shared"), beside)

    def test_one_of_two_that_call_each_other_comes_back_in_one_night(self):
        secondary = self.secondary
        secondary.post("/api/2.2/jobs/delete", {"job_id": jobs(secondary)["ping"]})
        self.assertEqual(self.of(self.night(), "created"), {("job", "ping")})
        self.assertIn(str(jobs(secondary)["ping"]), json.dumps(job(secondary, "pong")))
        self.calm()

    def test_what_others_count_on_is_not_pruned(self):
        secondary = self.secondary
        self.shrink()
        write(secondary, "/Shared/tools/somebody's own", "# Databricks notebook source\n")
        policy = policies(secondary)["restricted \"small\""]["policy_id"]
        rest(secondary)
        secondary.post("/api/2.1/clusters/edit", {
            "cluster_id": clusters(secondary)["bi photon"], "cluster_name": "bi photon", "spark_version": "15.4.x-scala2.12",
            "node_type_id": "m5.large", "num_workers": 1, "policy_id": policy, "autotermination_minutes": 20})
        done = self.night("--prune", code=3)
        reasons = {one["natural_key"]: one["reason"] for one in done["gone"]}
        self.assertEqual(reasons["/Shared/tools"], "gone from the source, and stays: holds /Shared/tools/somebody's own")
        self.assertEqual(reasons["restricted \"small\""],
                         "gone from the source, and stays: cluster bi photon in the target refers to it")
        self.assertIn("restricted \"small\"", policies(secondary))
        self.assertIn("/Shared/tools/somebody's own", names(secondary, "/Shared/tools"))

    def test_a_part_of_the_source_says_nothing_of_the_rest(self):
        self.secondary.clear_requests()
        for words in (("--include", "jobs"), ("--exclude", "clusters"), ("--include", "notebooks:/Shared/**")):
            archive = "part%d.tar.zst" % len(" ".join(words))
            self.export(archive, *words)
            done = self.dbxark("restore", archive, "--profile", "secondary", "--standby", "--prune", "--yes", "--json",
                               "--exclude", "jobs", "--exclude", "clusters", "--exclude", "cluster_libraries").json()
            self.assertEqual((self.of(done, "gone"), self.of(done, "removed")), (set(), set()), words)
        # Nor does one whose export could not look everywhere.
        self.shrink()
        self.primary.post("/emulator/faults", [
            {"match": {"method": "GET", "path": "/api/2.0/policies/clusters/list"}, "times": -1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}},
            {"match": {"method": "GET", "path": "/api/2.0/workspace/list", "query_contains": "path=/Shared"}, "times": -1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}}])
        self.export("holes.tar.zst", code=3)
        self.primary.post("/emulator/faults", [])
        shown = self.dbxark("restore", "holes.tar.zst", "--profile", "secondary", "--standby", "--prune", "--dry-run",
                            "--json").json()
        going = {(step["kind"], step["natural_key"]) for step in shown["steps"] if step["op"] in ("gone", "remove")}
        self.assertEqual({kind for kind, name in going}, {"job", "cluster", "dbfs_file"})
        self.only_reads()

    def test_a_prune_goes_on_where_it_was_stopped(self):
        gone = self.shrink()
        secondary = self.secondary
        secondary.post("/emulator/faults", [
            {"match": {"method": "POST", "path": "/api/2.2/jobs/delete"}, "skip": 1, "action": {"reset": "after"}},
            {"match": {"method": "POST", "path": "/api/2.1/clusters/permanent-delete"}, "times": -1,
             "action": {"status": 403, "body": {"error_code": "PERMISSION_DENIED", "message": "no"}}}])
        done = self.night("--prune", "--report", "report.md", code=3)
        with open(self.path("report.md"), encoding="utf-8") as file:
            report = file.read()
        self.assertIn("## Removed: gone from the source", report)
        self.assertIn("| %d | removed: gone from the source |" % len(done["removed"]), report)
        self.assertTrue(all(fault["fired"] for fault in secondary.get("/emulator/faults")))
        self.assertEqual(self.of(done, "failed"), {("cluster", "restricted")})
        # What the cluster that stays still needs stays too.
        self.assertEqual(self.of(done, "skipped"), {("cluster_policy", "restricted \"small\"")})
        secondary.post("/emulator/faults", [])
        again = self.dbxark("restore", self.archive, "--profile", "secondary", "--standby", *BLOCKED, "--prune", "--yes",
                            "--plan", "%d.json" % self.nights, "--json").json()
        self.assertEqual(self.of(done, "removed") | self.of(again, "removed"), gone)
        self.assertEqual(self.of(done, "removed") & self.of(again, "removed"), set())

    def test_a_notebook_that_moved_in_the_source_moves_in_the_standby(self):
        write(self.primary, "/Shared/moved here", "# Databricks notebook source\n")
        self.night()
        self.primary.post("/api/2.0/workspace/delete", {"path": "/Shared/moved here"})
        write(self.primary, "/Shared/lib/moved here", "# Databricks notebook source\n")
        done = self.night("--prune")
        self.assertEqual(self.of(done, "created"), {("notebook", "/Shared/lib/moved here")})
        self.assertEqual(self.of(done, "removed"), {("notebook", "/Shared/moved here")})
        # A new one at the place of an old one is still the restores' own.
        self.primary.post("/api/2.0/workspace/delete", {"path": "/Shared/lib/moved here"})
        write(self.primary, "/Shared/lib/moved here", "# Databricks notebook source\nprint('new')\n")
        done = self.night("--prune")
        self.assertEqual(self.of(done, "updated"), {("notebook", "/Shared/lib/moved here")})
        self.assertEqual(self.of(done, "removed"), set())


if __name__ == "__main__":
    support.main()
