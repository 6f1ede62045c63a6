"""Maps: what is called otherwise in the target, from the template to a restore in another cloud."""

import json
import os
import re

import support

RESTORE = ("restore", "a.tar.zst", "--profile", "secondary")


def readme_map():
    """The map that README.md shows, from Azure to AWS."""
    with open(os.path.join(support.SOURCE_DIR, "README.md"), encoding="utf-8") as file:
        return re.search(r"^```toml\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL).group(1)


class Maps(support.Story):
    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def jobs(self, emulator):
        listed = emulator.get("/api/2.2/jobs/list?limit=100").get("jobs", [])
        return {job["settings"]["name"]: emulator.get("/api/2.2/jobs/get?job_id=%d" % job["job_id"])["settings"]
                for job in listed}

    def clusters(self, emulator):
        return {cluster["cluster_name"]: cluster
                for cluster in emulator.get("/api/2.1/clusters/list?page_size=100").get("clusters", [])}

    def only_reads(self, emulator):
        self.assertLessEqual(set(emulator.methods()), {"GET"})
        emulator.clear_requests()

    def user(self, emulator, name):
        emulator.post("/api/2.0/preview/scim/v2/Users", {"userName": name})

    def azure(self):
        """A workspace on Azure with what differs between the clouds."""
        source = self.workspace("primary", "--cloud", "azure", "--seed", "1", "--org-id", support.SOURCE_ORG)
        self.user(source, "ana@prod.example.com")
        source.post("/api/2.0/workspace/mkdirs", {"path": "/Users/ana@prod.example.com"})
        source.post("/api/2.0/workspace/import", {
            "path": "/Users/ana@prod.example.com/load", "format": "SOURCE", "language": "PYTHON",
            "content": "IyBEYXRhYnJpY2tzIG5vdGVib29rIHNvdXJjZQpwcmludCgxKQo="})
        pool = source.post("/api/2.0/instance-pools/create", {
            "instance_pool_name": "small pool", "node_type_id": "Standard_DS3_v2",
            "azure_attributes": {"availability": "SPOT_AZURE"},
            "disk_spec": {"disk_type": {"azure_disk_volume_type": "PREMIUM_LRS"}, "disk_count": 1, "disk_size": 100},
        })["instance_pool_id"]
        source.post("/api/2.0/policies/clusters/create", {"name": "team", "definition": json.dumps({
            "node_type_id": {"type": "allowlist", "values": ["Standard_DS3_v2", "Standard_E8ds_v4"]},
            "azure_attributes.availability": {"type": "fixed", "value": "SPOT_WITH_FALLBACK_AZURE"},
            "azure_attributes.spot_bid_max_price": {"type": "fixed", "value": 100}})})
        cluster = source.post("/api/2.1/clusters/create", {
            "cluster_name": "etl", "spark_version": "10.4.x-scala2.12", "node_type_id": "Standard_E8ds_v4",
            "num_workers": 2, "azure_attributes": {"availability": "SPOT_WITH_FALLBACK_AZURE", "first_on_demand": 2},
            "spark_conf": {"fs.azure.account.auth.type.prodlake.dfs.core.windows.net": "OAuth",
                           "spark.sql.warehouse.dir": "abfss://warehouse@prodlake.dfs.core.windows.net/x"},
            "spark_env_vars": {"LAKE": "abfss://raw@prodlake.dfs.core.windows.net",
                               "DB": "postgresql://bob:hunter22@db.prod.example.com:5432/sales"},
            "init_scripts": [{"abfss": {"destination": "abfss://init@prodlake.dfs.core.windows.net/a.sh"}}],
        })["cluster_id"]
        source.post("/api/2.1/clusters/create", {"cluster_name": "pooled", "spark_version": "15.4.x-scala2.12",
                                                 "instance_pool_id": pool, "num_workers": 1})
        source.post("/api/2.2/jobs/create", {
            "name": "nightly", "max_concurrent_runs": 1,
            "email_notifications": {"on_failure": ["ana@prod.example.com"]},
            "tasks": [
                {"task_key": "load", "existing_cluster_id": cluster, "notebook_task": {
                    "notebook_path": "/Users/ana@prod.example.com/load", "source": "WORKSPACE",
                    "base_parameters": {"in": "dbfs:/mnt/raw/in.csv",
                                        "out": "abfss://out@prodlake.dfs.core.windows.net/out"}}},
                {"task_key": "report", "depends_on": [{"task_key": "load"}],
                 "sql_task": {"warehouse_id": "77aa77aa77aa77aa", "file": {"path": "/Shared/report.sql", "source": "WORKSPACE"}}}]})
        return source

    def test_from_azure_to_aws(self):
        self.azure()
        there = self.workspace("secondary", "--cloud", "aws", "--seed", "2", "--org-id", support.TARGET_ORG)
        self.user(there, "ana@dr.example.com")
        there.clear_requests()
        self.export()
        # Without a map the target refuses what is Azure's, and the warehouse blocks the job.
        plan = self.dbxark(*RESTORE, "--dry-run")
        self.assertIn("needs warehouse 77aa77aa77aa77aa: this version does not restore that kind", plan.text)
        self.only_reads(there)

        # The template names everything that has no counterpart, and changes nothing as it is.
        made = self.dbxark("map", "--template", "a.tar.zst", "--profile", "secondary", "-o", "map.toml")
        self.assertRegex(made.text, r"\d+ names without counterpart in the target, \d+ that only you can judge -> map.toml")
        template = self.read("map.toml")
        for table, name in (("user", "ana@prod.example.com"), ("node_type", "Standard_DS3_v2"),
                            ("node_type", "Standard_E8ds_v4"), ("warehouse", "77aa77aa77aa77aa"),
                            ("location", "abfss://raw@prodlake.dfs.core.windows.net"),
                            ("location", "prodlake.dfs.core.windows.net"), ("path", "dbfs:/mnt/raw")):
            block = template.split("\n[%s]\n" % table)[1].split("\n\n")[0]
            self.assertIn('# "%s" = ""   # ' % name, block)
        self.assertNotIn("[spark_version]", template)  # the target has it
        self.assertIn('the target has: "i3.xlarge"', template)
        self.assertIn('# [cloud]\n# target = "aws"\n', template)
        self.assertIn('"db.prod.example.com:5432"', template)
        self.assertNotIn("hunter22", template + made.text)
        self.assertEqual(self.dbxark(*RESTORE, "--dry-run", "--map", "map.toml").text, plan.text)
        self.assertIn("exists already", self.dbxark("map", "--template", "a.tar.zst", "--profile", "secondary", "-o", "map.toml",
                                                    code=6).errors)
        self.only_reads(there)

        self.write("aws.toml", readme_map())
        plan = self.dbxark(*RESTORE, "--dry-run", "--full", "--map", "aws.toml")
        self.assertIn("map: 9 rules, ", plan.text)
        self.assertRegex(plan.text, r"azure_attributes +dropped: of another cloud")
        self.assertRegex(plan.text, r'node_type_id +"Standard_E8ds_v4" -> "r5.xlarge"')
        self.assertNotIn("was never used", plan.text)
        self.assertRegex(plan.text, r"spark_env_vars\S* +\(hidden\) -> \(hidden\)")
        self.assertNotIn("hunter22", plan.text)
        self.assertIn("not checked whether the target has what [warehouse] of the map leads to", plan.text)
        used = self.dbxark(*RESTORE, "--dry-run", "--json", "--map", "aws.toml").json()["map"]
        self.assertEqual({(rule["table"], rule["old"]): rule["applied"] for rule in used}[("node_type", "Standard_DS3_v2")], 2)
        self.only_reads(there)

        self.dbxark(*RESTORE, "--yes", "--map", "aws.toml", "--report", "report.md")
        self.assertIn("--map aws.toml", self.read("report.md"))
        etl = self.clusters(there)["etl"]
        self.assertEqual(etl["node_type_id"], "r5.xlarge")
        self.assertEqual(etl["spark_version"], "15.4.x-scala2.12")
        self.assertNotIn("azure_attributes", etl)
        self.assertEqual({key: etl["aws_attributes"][key] for key in ("availability", "first_on_demand", "zone_id", "ebs_volume_count")},
                         {"availability": "SPOT_WITH_FALLBACK", "first_on_demand": 2, "zone_id": "auto", "ebs_volume_count": 1})
        self.assertEqual(etl["spark_conf"], {"fs.azure.account.auth.type.dr-lake.s3.eu-west-1.amazonaws.com": "OAuth",
                                             "spark.sql.warehouse.dir": "s3://dr-lake-warehouse/x"})
        self.assertEqual(etl["spark_env_vars"], {"LAKE": "s3://dr-lake-raw",
                                                 "DB": "postgresql://bob:hunter22@db.dr.example.com:5432/sales"})
        self.assertEqual(etl["init_scripts"], [{"s3": {"destination": "s3://dr-lake-init/a.sh", "region": "eu-west-1"}}])
        pool = there.get("/api/2.0/instance-pools/list")["instance_pools"][0]
        self.assertEqual((pool["node_type_id"], pool["aws_attributes"]["availability"]), ("i3.xlarge", "SPOT"))
        self.assertEqual(pool["disk_spec"]["disk_type"], {"ebs_volume_type": "GENERAL_PURPOSE_SSD"})
        team = [policy for policy in there.get("/api/2.0/policies/clusters/list")["policies"] if policy["name"] == "team"][0]
        self.assertEqual(json.loads(team["definition"]), {
            "node_type_id": {"type": "allowlist", "values": ["i3.xlarge", "r5.xlarge"]},
            "aws_attributes.availability": {"type": "fixed", "value": "SPOT_WITH_FALLBACK"}})
        nightly = self.jobs(there)["nightly"]
        load, report = nightly["tasks"]
        self.assertEqual(load["existing_cluster_id"], etl["cluster_id"])
        self.assertEqual(load["notebook_task"]["notebook_path"], "/Users/ana@dr.example.com/load")
        self.assertEqual(load["notebook_task"]["base_parameters"],
                         {"in": "/Volumes/main/raw/files/in.csv", "out": "s3://dr-lake-out/out"})
        self.assertEqual(report["sql_task"]["warehouse_id"], "b1c2b1c2b1c2b1c2")
        self.assertEqual(nightly["email_notifications"], {"on_failure": ["ana@dr.example.com"]})
        listed = there.get("/api/2.0/workspace/list?path=/Users/ana@dr.example.com")["objects"]
        self.assertEqual([node["path"] for node in listed], ["/Users/ana@dr.example.com/load"])

        # Again: nothing to do. And a drill knows the map.
        there.clear_requests()
        again = self.dbxark(*RESTORE, "--yes", "--map", "aws.toml")
        self.assertNotIn("created", again.text.splitlines()[-2])
        self.only_reads(there)
        self.dbxark("drill", "a.tar.zst", "--profile", "secondary", code=10)
        drill = self.dbxark("drill", "a.tar.zst", "--profile", "secondary", "--map", "aws.toml")
        self.assertIn("Drill passed", drill.text)

    def test_what_comes_with_every_workspace_needs_no_rule(self):
        self.source()
        self.target("--cloud", "azure")
        self.export()
        template = self.dbxark("map", "--template", "a.tar.zst", "--profile", "secondary").text
        self.assertIn('# "i3.xlarge" = ""', template)
        # In the vendor's own policies alone.
        self.assertNotIn("g4dn.xlarge", template)
        self.write("map.toml", '[node_type]\n"g4dn.xlarge" = "Standard_NC4as_T4_v3"\n')
        self.assertIn("was never used: [node_type] g4dn.xlarge", self.dbxark(*RESTORE, "--dry-run", "--map", "map.toml").text)

    def test_a_map_is_checked_before_anything_is_sent(self):
        self.source()
        there = self.target()
        self.export()
        for text, code, message in (
                ('[warehous]\n"a" = "b"\n', 2, "map.toml line 1: there is no table [warehous]; did you mean [warehouse]?"),
                ('[user\n', 2, "map.toml line 1: "),
                ('[user]\n"a" = ""\n', 2, "map.toml line 2: a has no counterpart yet"),
                ('[cluster]\n"x" = "nobody"\n', 5, "map.toml line 2: the target has no cluster nobody"),
                ('[node_type]\n"i3.xlarge" = "i9.huge"\n', 5, "map.toml line 2: the target has no node type i9.huge"),
                ('[path]\n"/Shared" = "dbfs:/x"\n', 2, "map.toml line 2: what lies in the workspace stays in it"),
                ('[path]\n"/Shared" = "/Users/../x"\n', 2, "map.toml line 2: /Users/../x: . and .. are no folders"),
                ('[path]\n"/Users" = "/Shared"\n"/Shared" = "s3://x"\n', 2, "that is a [location]")):
            self.write("map.toml", text)
            for words in (("--dry-run",), ("--yes",)):
                refused = self.dbxark(*RESTORE, *words, "--map", "map.toml", code=code)
                self.assertIn(message, refused.errors)
            self.only_reads(there)
        self.assertIn("missing.toml", self.dbxark(*RESTORE, "--yes", "--map", "missing.toml", code=5).errors)

    def test_a_rule_that_never_applied_is_a_warning(self):
        self.source()
        self.target()
        self.export()
        self.write("map.toml", '[location]\n"nowhere.example" = "somewhere.example"\n')
        plan = self.dbxark(*RESTORE, "--dry-run", "--map", "map.toml")
        self.assertIn("! the map's line 2 was never used: [location] nowhere.example = somewhere.example", plan.text)

    def test_a_home_whose_owner_the_target_lacks_is_told(self):
        self.source()
        self.target()
        self.export()
        self.write("map.toml", '[user]\n"admin@example.com" = "nobody@dr.example.com"\n')
        home = ("--include", "notebooks:/Users/admin@example.com/**")
        plan = self.dbxark(*RESTORE, "--dry-run", "--map", "map.toml", *home)
        self.assertIn("! the target lacks 1 person whose home folder the map has there: nobody@dr.example.com\n", plan.text)

    def test_an_object_is_what_the_map_says_it_is(self):
        self.source()
        there = self.target()
        shared = there.post("/api/2.1/clusters/create", {"cluster_name": "ours", "spark_version": "15.4.x-scala2.12",
                                                         "node_type_id": "i3.xlarge", "num_workers": 1})["cluster_id"]
        self.export()
        name = "shared-analytics"
        self.write("map.toml", '[cluster]\n"%s" = "ours"\n' % name)
        self.dbxark(*RESTORE, "--yes", "--map", "map.toml", code=3)
        self.assertNotIn(name, self.clusters(there))
        users = [job for job in self.jobs(there).values() if shared in json.dumps(job)]
        self.assertTrue(users, "no job runs on the named cluster")

    def test_what_is_gone_from_the_source_is_what_the_map_says(self):
        self.source()
        there = self.target()
        ours = there.post("/api/2.1/clusters/create", {"cluster_name": "ours", "spark_version": "15.4.x-scala2.12",
                                                       "node_type_id": "i3.xlarge", "num_workers": 1})["cluster_id"]
        self.export()
        blocked = self.dbxark(*RESTORE, "--dry-run").text
        gone = re.search(r"needs cluster (\S+): not in the archive, not in the target", blocked).group(1)
        self.assertIn('!   map it (--map: [cluster] "%s" = ...), or leave it out: --exclude jobs:orphan' % gone, blocked)
        self.write("map.toml", '[cluster]\n"%s" = "ours"\n' % gone)
        plan = self.dbxark(*RESTORE, "--dry-run", "--map", "map.toml").text
        self.assertIn("map: 1 rule, 1 place", plan)
        self.assertNotIn("was never used", plan)
        self.dbxark(*RESTORE, "--yes", "--include", "jobs:orphan", "--map", "map.toml")
        self.assertEqual(self.jobs(there)["orphan"]["tasks"][0]["existing_cluster_id"], ours)

    def test_content_goes_under_another_folder(self):
        self.source()
        there = self.target()
        self.export()
        self.dbxark(*RESTORE, "--yes", "--to", "/Restored", "--include", "notebooks", "--include", "jobs:nightly-etl")
        def walk(folder):
            for node in there.get("/api/2.0/workspace/list?path=" + folder.replace(" ", "%20")).get("objects", []):
                yield node["path"]
                if node["object_type"] == "DIRECTORY":
                    yield from walk(node["path"])
        paths = [path for path in walk("/")]
        moved = [path for path in paths if path.startswith("/Restored/")]
        self.assertGreater(len(moved), 5)
        listed = [json.loads(line)["natural_key"] for line in self.dbxark("ls", "a.tar.zst", "notebooks", "--json").text.splitlines()]
        self.assertLessEqual({"/Restored" + path for path in listed}, set(paths))
        self.assertFalse({path for path in listed} & set(paths))
        job = self.jobs(there)["nightly-etl"]
        used = re.findall(r'"notebook_path": "([^"]*)"', json.dumps(job))
        self.assertTrue(used)
        for path in used:
            self.assertTrue(path.startswith(("/Restored/", "/Workspace/Restored/")), path)
        for folder in ("Restored", "/Restored/../x", "/Volumes/a/b/c", "dbfs:/x"):
            self.assertIn("--to", self.dbxark(*RESTORE, "--dry-run", "--to", folder, code=2).errors)
        for option in ("--to", "--map", "--plan", "--journal", "--report"):
            self.assertIn(option + " is empty", self.dbxark(*RESTORE, "--yes", option, "", code=2).errors)
        drill = ("drill", "a.tar.zst", "--profile", "secondary", "--to", "/Restored", "--json", "--include",
                 "notebooks:/Shared/**", "--include", "jobs:nightly-etl")
        shared = [path for path in listed if path.startswith("/Shared/")]
        self.assertEqual(self.dbxark(*drill).json()["counts"]["same"], len(shared) + 1)
        # What is left out is neither missing nor new, nor is what only the target has: which of the archive's names it
        # would have is not known.
        self.assertEqual(there.post("/api/2.0/workspace/import", {"path": "/Restored/born here", "format": "SOURCE",
                                                                  "language": "SQL", "content": "c2VsZWN0IDE="}), {})
        left_out = self.dbxark("drill", "a.tar.zst", "--profile", "secondary", "--to", "/Restored", "--json", "--include",
                               "notebooks", "--exclude", "notebooks:/Shared/**").json()
        self.assertEqual({key: left_out["counts"][key] for key in ("same", "gone", "changed", "new")},
                         {"same": len(listed) - len(shared), "gone": 0, "changed": 0, "new": 0}, left_out["counts"])
        self.assertEqual(left_out["changes"], [])
        there.post("/api/2.0/workspace/delete", {"path": "/Restored" + shared[0]})
        self.assertEqual(self.dbxark(*drill, code=10).json()["counts"]["gone"], 1)
        # Nothing can lie below a notebook: the plan says so, before anything is sent.
        taken = "/Restored" + shared[1]
        blocked = self.dbxark(*RESTORE, "--dry-run", "--to", taken, "--include", "notebooks:" + shared[0]).text
        self.assertIn("the notebook %s is in the way" % taken, blocked)


if __name__ == "__main__":
    support.main()
