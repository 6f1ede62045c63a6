"""Fail-back: what was restored, cut over and worked with in the secondary comes back to the primary: the same objects,
with the primary's own ids and switches, what changed and what is new; and nothing is deleted."""

import json

import support
from cutover_test import switches
from standby_test import change_job, clusters, content, job, jobs, names, policies, pools, write

BLOCKED = ("--exclude", "jobs:sales queries", "--exclude", "jobs:bronze pipeline", "--exclude", "jobs:orphan")


def everything(emulator):
    """What a fail-back may change, without ids that the emulator gives and times."""
    found = {("script", name): value for name, value in switches(emulator).items()}
    for one in emulator.get("/api/2.2/jobs/list?limit=100").get("jobs", []):
        settings = emulator.get("/api/2.2/jobs/get?job_id=%d" % one["job_id"])["settings"]
        found["job", one["job_id"]] = json.dumps(settings, sort_keys=True)
    for name, cluster in clusters(emulator).items():
        spec = emulator.get("/api/2.1/clusters/get?cluster_id=" + cluster)["spec"]
        found["cluster", cluster] = name + json.dumps(spec, sort_keys=True)
    for name, pool in pools(emulator).items():
        found["pool", name] = {key: value for key, value in pool.items() if key not in ("stats", "state")}
    found.update((("policy", name), policy) for name, policy in policies(emulator).items())
    return found


class FailBack(support.Story):
    def there(self, *words):
        """The primary is restored into the secondary, and a part of it is cut over."""
        self.primary, self.secondary = self.source(), self.target()
        self.export()
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", *BLOCKED, *words)
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes", "--include", "jobs:nightly-etl")

    def come_back(self, *words, code=0):
        archive = "back%d.tar.zst" % getattr(self, "backs", 0)
        self.backs = getattr(self, "backs", 0) + 1
        self.dbxark("export", "--profile", "secondary", "-o", archive)
        self.archive = archive
        return self.dbxark("restore", archive, "--profile", "primary", "--yes", "--json", *words, code=code).json()

    def plan(self, *words):
        return self.dbxark("restore", self.archive, "--profile", "primary", "--dry-run", "--json", *words).json()

    @staticmethod
    def of(done, outcome):
        return {(one["kind"], one["natural_key"]) for one in done.get(outcome, [])}

    def test_what_nobody_touched_comes_back_as_nothing(self):
        self.there()
        before = everything(self.primary)
        done = self.come_back("--on-conflict", "update")
        self.assertEqual(set(done["counts"]) - {"adopted", "skipped"}, set(), done["counts"])
        self.assertEqual(everything(self.primary), before)
        drill = self.dbxark("drill", self.archive, "--profile", "primary", code=0)
        self.assertIn("Drill passed", drill.text)
        self.assertRegex(drill.errors, r"back  on the way of \d+ objects that came from there, by \S*restore-%s-to-%s\.journal"
                         % (support.SOURCE_ORG, support.TARGET_ORG))
        self.assertIn("-to-%s.journal" % support.TARGET_ORG,
                      self.dbxark("drill", self.archive, "--profile", "primary", "--json").json()["forward_journal"])
        # Restores pin what they make: in the secondary, not here.
        cluster = sorted(clusters(self.primary).values())[0]
        self.primary.post("/api/2.1/clusters/unpin", {"cluster_id": cluster})
        self.assertIn("Drill passed", self.dbxark("drill", self.archive, "--profile", "primary").text)
        self.primary.post("/api/2.1/clusters/pin", {"cluster_id": cluster})
        # Without what the first restore noted, each pause would seem to be somebody's.
        steps = {step["natural_key"]: step for step in self.plan()["steps"] if step["kind"] in ("job", "instance_pool")}
        undone = {name: edit["new"] for name, step in steps.items() for edit in step.get("edits", [])
                  if edit["why"] == "undone"}
        self.assertEqual(undone["stream-ingest"], "UNPAUSED")
        self.assertEqual(undone["shared-workers"], 2)
        self.assertNotIn("nightly-etl", undone)  # cut over: there was nothing to undo
        # The journal of this way back now knows both sides by itself.
        done = self.come_back("--on-conflict", "update")
        self.assertEqual(set(done["counts"]) - {"adopted", "skipped"}, set(), done["counts"])

    def test_what_a_map_renamed_comes_back_as_it_was(self):
        with open(self.path("map.toml"), "w", encoding="utf-8") as file:
            file.write('[node_type]\n"i3.xlarge" = "i3.2xlarge"\n[location]\n"s3://example-landing" = "s3://dr-landing"\n')
        self.there("--map", "map.toml")
        self.assertEqual(pools(self.secondary)["shared-workers"]["node_type_id"], "i3.2xlarge")
        self.assertIn("s3://dr-landing", json.dumps(job(self.secondary, "landing-files")))
        before = everything(self.primary)
        done = self.come_back("--on-conflict", "update")
        self.assertEqual(set(done["counts"]) - {"adopted", "skipped"}, set(), done["counts"])
        self.assertTrue(everything(self.primary) == before, "something was changed")
        edits = [edit for step in self.plan()["steps"] for edit in step.get("edits", []) if edit["why"] == "undone"]
        self.assertIn(("i3.2xlarge", "i3.xlarge"), [(edit.get("old"), edit["new"]) for edit in edits])

    def test_what_a_map_moved_comes_back_beside_the_original_and_is_told(self):
        with open(self.path("map.toml"), "w", encoding="utf-8") as file:
            file.write('[path]\n"/Shared" = "/Moved"\n')
        self.there("--map", "map.toml")
        self.dbxark("export", "--profile", "secondary", "-o", "back.tar.zst")
        restore = ("restore", "back.tar.zst", "--profile", "primary", "--dry-run")
        self.assertRegex(self.dbxark(*restore).text, r"\d+ notebooks and files lie on another path in the source than here")
        with open(self.path("back.toml"), "w", encoding="utf-8") as file:
            file.write('[path]\n"/Moved" = "/Shared"\n')
        self.assertNotIn("another path", self.dbxark(*restore, "--map", "back.toml").text)

    def test_what_went_to_another_cloud_comes_back_as_it_was(self):
        self.primary = self.workspace("primary", "--cloud", "azure", "--seed", "1", "--org-id", support.SOURCE_ORG)
        self.secondary = self.workspace("secondary", "--cloud", "aws", "--seed", "2", "--org-id", support.TARGET_ORG)
        pool = self.primary.post("/api/2.0/instance-pools/create", {
            "instance_pool_name": "spot", "node_type_id": "Standard_DS3_v2", "max_capacity": 3,
            "azure_attributes": {"availability": "SPOT_AZURE", "spot_bid_max_price": -1},
            "disk_spec": {"disk_type": {"azure_disk_volume_type": "PREMIUM_LRS"}, "disk_count": 1, "disk_size": 20}})
        self.primary.post("/api/2.0/policies/clusters/create", {"name": "small and cheap", "definition": json.dumps({
            "node_type_id": {"type": "allowlist", "values": ["Standard_DS3_v2"], "defaultValue": "Standard_DS3_v2"},
            "azure_attributes.availability": {"type": "fixed", "value": "SPOT_WITH_FALLBACK_AZURE"},
            "azure_attributes.spot_bid_max_price": {"type": "fixed", "value": -1},
            "spark_conf.fs.azure.account.auth.type.lake.dfs.core.windows.net": {
                "type": "fixed", "value": "abfss://raw@lake.dfs.core.windows.net/x"}})})
        spec = {"spark_version": "15.4.x-scala2.12", "node_type_id": "Standard_DS3_v2", "num_workers": 1,
                "azure_attributes": {"availability": "ON_DEMAND_AZURE", "first_on_demand": 1},
                "spark_conf": {"fs.azure.account.auth.type.lake.dfs.core.windows.net": "OAuth",
                               "spark.lake": "abfss://raw@lake.dfs.core.windows.net/in"},
                "init_scripts": [{"abfss": {"destination": "abfss://raw@lake.dfs.core.windows.net/init.sh"}}]}
        self.primary.post("/api/2.1/clusters/create", {"cluster_name": "azure one", **spec})
        self.primary.post("/api/2.2/jobs/create", {"name": "azure job", "tasks": [
            {"task_key": "a", "new_cluster": spec, "notebook_task": {"notebook_path": "/Shared/etl"}},
            {"task_key": "b", "new_cluster": {"spark_version": "15.4.x-scala2.12", "num_workers": 1,
                                              "instance_pool_id": pool["instance_pool_id"]},
             "notebook_task": {"notebook_path": "/Shared/etl"}}]})
        with open(self.path("map.toml"), "w", encoding="utf-8") as file:
            file.write('[cloud]\ntarget = "aws"\ns3_region = "eu-west-1"\n[cloud.attributes]\nebs_volume_count = 1\n'
                       'ebs_volume_size = 100\nebs_volume_type = "GENERAL_PURPOSE_SSD"\n'
                       '[node_type]\n"Standard_DS3_v2" = "m5.xlarge"\n[location]\n'
                       '"abfss://raw@lake.dfs.core.windows.net" = "s3://raw-dr"\n'
                       '"lake.dfs.core.windows.net" = "dr.example.com"\n')
        self.export()
        mine = ("--include", "instance_pools:spot", "--include", "cluster_policies:small*", "--include", "clusters:azure one",
                "--include", "jobs:azure job")
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", *mine, "--map", "map.toml")
        text = json.dumps(list(everything(self.secondary).values()), default=str)
        self.assertNotIn("Standard_DS3_v2", text)
        self.assertNotIn("lake.dfs", text)
        self.assertIn("s3://raw-dr/init.sh", text)
        before = everything(self.primary)
        done = self.come_back("--on-conflict", "update", *mine)
        self.assertEqual(set(done["counts"]) - {"adopted", "skipped"}, set(), done)
        self.assertEqual({key for key, value in everything(self.primary).items() if before.get(key) != value}, set())
        self.assertEqual(set(before) - set(everything(self.primary)), set())
        edits = [edit for step in self.plan(*mine)["steps"] for edit in step.get("edits", [])]
        self.assertEqual([edit for edit in edits if edit["why"] == "changed_since"], [])
        undone = {edit["path"] for edit in edits if edit["why"] == "undone"}
        self.assertLessEqual({
            "azure_attributes", "aws_attributes", "node_type_id", "disk_spec.disk_type",
            'definition(json)."azure_attributes.availability"', 'definition(json)."azure_attributes.availability"(name)',
            'definition(json)."azure_attributes.spot_bid_max_price"', "definition(json).node_type_id.values[0]",
            'definition(json)."spark_conf.fs.azure.account.auth.type.lake.dfs.core.windows.net"(name)',
            'spec.spark_conf."fs.azure.account.auth.type.lake.dfs.core.windows.net"(name)'}, undone)

    def test_changes_come_back_with_the_primarys_ids_and_what_was_born_is_made(self):
        self.there()
        primary, secondary = self.primary, self.secondary
        before, own = everything(primary), jobs(primary)
        change_job(secondary, "nightly-etl", timeout_seconds=99)
        change_job(secondary, "pong", description="changed in DR")
        write(secondary, "/Shared/empty notebook", "# Databricks notebook source\nprint('DR')\n")
        write(secondary, "/Shared/born in DR", "# Databricks notebook source\n")
        secondary.post("/api/2.2/jobs/create", {
            "name": "born in DR", "schedule": {"quartz_cron_expression": "0 0 1 * * ?", "timezone_id": "UTC"},
            "tasks": [{"task_key": "a", "existing_cluster_id": clusters(secondary)["shared-analytics"],
                       "notebook_task": {"notebook_path": "/Shared/born in DR"}},
                      {"task_key": "b", "run_job_task": {"job_id": jobs(secondary)["nightly-etl"]}}]})
        secondary.post("/api/2.2/jobs/delete", {"job_id": jobs(secondary)["landing-files"]})
        secondary.post("/api/2.0/workspace/delete", {"path": "/Shared/tools/forecast"})

        # What differs is shown and left, what is new is made, what was deleted is listed.
        done = self.come_back()
        self.assertEqual(self.of(done, "created"), {("job", "born in DR"), ("notebook", "/Shared/born in DR")})
        self.assertEqual(self.of(done, "updated"), set())
        self.assertEqual(self.of(done, "gone"), {("job", "landing-files"), ("notebook", "/Shared/tools/forecast")})
        after = everything(primary)
        born = ("job", jobs(primary)["born in DR"])
        self.assertEqual({key: value for key, value in after.items() if key in before}, before)
        self.assertIn(born, after)
        settings = job(primary, "born in DR")
        self.assertEqual(settings["tasks"][0]["existing_cluster_id"], clusters(primary)["shared-analytics"])
        self.assertEqual(settings["tasks"][1]["run_job_task"]["job_id"], own["nightly-etl"])
        self.assertEqual(settings["schedule"]["pause_status"], "PAUSED")
        differing = {step["natural_key"]: [one["path"] for one in step["differences"]]
                     for step in self.plan()["steps"] if step.get("differences")}
        self.assertEqual(differing, {"nightly-etl": ["timeout_seconds"], "pong": ["description"]})

        done = self.come_back("--on-conflict", "update")
        self.assertEqual(self.of(done, "updated"),
                         {("job", "nightly-etl"), ("job", "pong"), ("notebook", "/Shared/empty notebook")})
        self.assertEqual(jobs(primary)["nightly-etl"], own["nightly-etl"])
        self.assertEqual(job(primary, "nightly-etl")["timeout_seconds"], 99)
        self.assertEqual(job(primary, "pong")["tasks"][0]["run_job_task"]["job_id"], own["ping"])
        self.assertEqual(job(primary, "pong")["description"], "changed in DR")
        self.assertEqual(content(primary, "/Shared/empty notebook"), content(secondary, "/Shared/empty notebook"))
        # What ran in the primary runs there, and what was only held back in the secondary is no pause.
        switched = {key: value for key, value in everything(primary).items() if key[0] == "script"}
        self.assertEqual({key: value for key, value in switched.items() if key in before},
                         {key: value for key, value in before.items() if key[0] == "script"})
        self.assertIn("landing-files", jobs(primary))
        self.assertIn("/Shared/tools/forecast", names(primary, "/Shared/tools"))
        # And it is over.
        done = self.come_back("--on-conflict", "update")
        self.assertEqual(set(done["counts"]) - {"adopted", "skipped", "gone"}, set(), done["counts"])

    def test_a_frozen_primary_stays_frozen_until_it_is_thawed(self):
        self.primary, self.secondary = self.source(), self.target()
        before = switches(self.primary)
        self.export()
        self.dbxark("freeze", "--profile", "primary", "--yes")
        frozen = switches(self.primary)
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", *BLOCKED)
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
        change_job(self.secondary, "stream-ingest", timeout_seconds=9)
        self.dbxark("freeze", "--profile", "secondary", "--yes", "--include", "jobs:nightly-etl")
        done = self.come_back("--on-conflict", "update")
        self.assertEqual(self.of(done, "updated"), {("job", "stream-ingest")})
        self.assertEqual(switches(self.primary), frozen)
        cutover = ("cutover", self.archive, "--profile", "primary", "--yes")
        # What a freeze of ours switched off is ours to switch on: as it was in the secondary, where one was frozen, too.
        self.assertIn("Done: 6 switched on; ", self.dbxark(*cutover).text)
        self.assertEqual(switches(self.primary), before)
        self.assertIn("nothing is frozen", self.dbxark("freeze", "--profile", "primary", "--off", "--yes").text)
        self.assertIn("Drill passed", self.dbxark("drill", self.archive, "--profile", "primary").text)
        self.assertIn("Done: 6 switched off; ", self.dbxark(*cutover, "--off").text)
        self.assertEqual(switches(self.primary), frozen)
        self.dbxark("freeze", "--profile", "primary", "--off", "--yes")
        self.assertEqual(switches(self.primary), before)

    def test_what_was_paused_in_the_secondary_is_paused_in_the_primary(self):
        self.primary, self.secondary = self.source(), self.target()
        before = switches(self.primary)
        self.export()
        self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", *BLOCKED)
        self.dbxark("freeze", "--profile", "primary", "--yes")
        self.dbxark("cutover", "a.tar.zst", "--profile", "secondary", "--yes")
        schedule = job(self.secondary, "nightly-etl")["schedule"]
        change_job(self.secondary, "nightly-etl", schedule={**schedule, "pause_status": "PAUSED"})
        self.come_back("--on-conflict", "update")
        self.dbxark("freeze", "--profile", "secondary", "--yes")
        self.dbxark("cutover", self.archive, "--profile", "primary", "--yes")
        after = switches(self.primary)
        self.assertEqual({name for name in before if before[name] != after[name]}, {"job nightly-etl schedule"})
        # And to the secondary again, with the same commands: what runs there is what ran here.
        self.export("again.tar.zst")
        self.dbxark("restore", "again.tar.zst", "--profile", "secondary", "--yes", *BLOCKED)
        self.dbxark("freeze", "--profile", "primary", "--yes")
        self.dbxark("cutover", "again.tar.zst", "--profile", "secondary", "--yes")
        there = switches(self.secondary)
        self.assertEqual({name: there[name] for name in there if name in before}, {name: after[name] for name in there if name in before})

    def test_the_journal_is_named_or_found_or_told_to_be_missing(self):
        self.there()
        self.dbxark("export", "--profile", "secondary", "-o", "back.tar.zst")
        restore = ("restore", "back.tar.zst", "--profile", "primary", "--dry-run")
        found = self.dbxark(*restore)
        self.assertRegex(found.errors, r"back  on the way of \d+ objects that came from here, by \S*restore-%s-to-%s\.journal"
                         % (support.SOURCE_ORG, support.TARGET_ORG))
        journal = self.path("state", "dbxark", "restore-%s-to-%s.journal" % (support.SOURCE_ORG, support.TARGET_ORG))
        with open(journal, "rb") as file, open(self.path("copy.journal"), "wb") as copy:
            copy.write(file.read())
        named = self.dbxark(*restore, "--forward-journal", "copy.journal")
        self.assertEqual(named.text, found.text)
        self.assertIn("no.journal", self.dbxark(*restore, "--forward-journal", "no.journal", code=5).errors)
        # One of other workspaces is refused.
        wrong = ("restore", "a.tar.zst", "--profile", "secondary", "--dry-run", "--forward-journal", "copy.journal")
        self.assertIn("belongs to", self.dbxark(*wrong, code=6).errors)


if __name__ == "__main__":
    support.main()
