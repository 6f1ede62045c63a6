"""The vendor's own disaster recovery procedure, driven by the vendor's legacy command-line tool, beside dbxark.

Step by step as in "Regional disaster recovery for Azure Databricks clusters": two profiles; notebooks of each folder under
/Users; clusters with allow-listed fields, job clusters skipped, old ids mapped to new; jobs without their schedule, on the
mapped clusters; init scripts. What the procedure brings over, dbxark brings over too; what it brings beyond is printed.

Run as `VENV/bin/python disaster_recovery_test.py FOLDER-OF-THE-BINARIES`. The legacy tool drops the port of a host, so all
this happens on port 80 in a network namespace of its own.
"""

import base64
import collections
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
import support  # noqa: E402

CLUSTER_FIELDS = ("num_workers", "autoscale", "cluster_name", "spark_version", "spark_conf", "node_type_id",
                  "driver_node_type_id", "custom_tags", "cluster_log_conf", "spark_env_vars",
                  "autotermination_minutes", "enable_elastic_disk")
INSIDE = "DBXARK_TEST_NAMESPACE"
LEGACY = os.path.join(os.path.dirname(sys.executable), "databricks")  # of the environment that runs this


def enter_namespace():
    """Runs this file again where port 80 is ours; exits with 77 where that is not allowed."""
    if os.environ.get(INSIDE):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            up_and_running = struct.pack("16sh", b"lo", 0x1 | 0x40)
            fcntl.ioctl(device, 0x8914, up_and_running)  # SIOCSIFFLAGS
        return
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            os.environ[INSIDE] = "1"
            os.execvp(words[0], [*words, sys.executable, *sys.argv])
    print("skipped: no network namespace can be made here, and the legacy tool knows port 80 alone")
    sys.exit(1 if os.environ.get("CI") else 77)


class Workspace(support.Emulator):
    """An emulated workspace on port 80 of a loopback address, looked at through plain requests."""

    def __init__(self, story, name, address, *options):
        super().__init__(*options, listen=address + ":80")
        story.addCleanup(self.stop)
        self.url = self.url.removesuffix(":80")
        story.profile(name, self.url, self.token)

    def get(self, route, **query):
        return super().get(route + ("?" + urllib.parse.urlencode(query) if query else ""))

    def tree(self, folder="/"):
        """Every path below, with its type."""
        found = {}
        for node in self.get("/api/2.0/workspace/list", path=folder).get("objects", []):
            found[node["path"]] = node["object_type"]
            if node["object_type"] == "DIRECTORY":
                found.update(self.tree(node["path"]))
        return found

    def content(self, path):
        return base64.b64decode(self.get("/api/2.0/workspace/export", path=path, format="SOURCE")["content"])

    def dbfs(self, folder="/"):
        """The DBFS files below, with the first MiB of each, in base64."""
        files = {}
        for entry in self.get("/api/2.0/dbfs/list", path=folder).get("files", []):
            if entry.get("is_dir"):
                files.update(self.dbfs(entry["path"]))
            else:
                files[entry["path"]] = self.get("/api/2.0/dbfs/read", path=entry["path"], length=1 << 20).get("data", "")
        return files

    def clusters(self):
        """Those that people made."""
        return [cluster for cluster in self.get("/api/2.0/clusters/list").get("clusters", [])
                if cluster["cluster_source"] in ("UI", "API")]

    def jobs(self):
        jobs, query = [], {}
        while True:
            page = self.get("/api/2.2/jobs/list", limit=100, **query)
            jobs += [self.get("/api/2.2/jobs/get", job_id=job["job_id"]) for job in page.get("jobs", [])]
            if not page.get("next_page_token"):
                return jobs
            query = {"page_token": page["next_page_token"]}


def chosen(cluster):
    """What the procedure carries of a cluster."""
    return {field: cluster[field] for field in CLUSTER_FIELDS if field in cluster}


class Procedure:
    """The steps, each by commands of the legacy tool; what it could not do is kept in `failures`."""

    def __init__(self, story):
        self.story = story
        self.failures = []
        self.cluster_ids = {}
        self.folder = story.path("procedure")
        os.makedirs(self.folder)

    def databricks(self, *words, profile):
        done = subprocess.run([LEGACY, *words, "--profile", profile], cwd=self.folder, env=self.story.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if done.returncode != 0 or "Error" in done.stdout.split("\n", 1)[0]:
            self.failures.append("%s: %s" % (" ".join(words)[:100], (done.stderr or done.stdout).strip()[:300]))
            return None
        return done.stdout

    def users(self):
        return (self.databricks("workspace", "ls", "/Users", profile="primary") or "").splitlines()

    def notebooks(self):
        for user in self.users():
            local = os.path.join(self.folder, user)
            self.databricks("workspace", "export_dir", "/Users/" + user, local, profile="primary")
            self.databricks("workspace", "import_dir", local, "/Users/" + user, profile="manual")

    def clusters(self):
        listed = self.databricks("clusters", "list", profile="primary")
        self.story.assertTrue(listed, self.failures)
        for line in listed.splitlines():
            old_id = line.split()[0]
            definition = json.loads(self.databricks("clusters", "get", "--cluster-id", old_id, profile="primary"))
            if definition["cluster_source"] in ("JOB", "PIPELINE"):
                continue
            made = self.databricks("clusters", "create", "--json", json.dumps(chosen(definition)), profile="manual")
            if made:
                self.cluster_ids[old_id] = json.loads(made)["cluster_id"]
                self.databricks("clusters", "delete", "--cluster-id", self.cluster_ids[old_id], profile="manual")

    def jobs(self):
        listed = self.databricks("jobs", "list", "--version=2.1", "--all", profile="primary")
        self.story.assertTrue(listed, self.failures)
        for line in listed.splitlines():
            job_id = line.split()[0]
            read = self.databricks("jobs", "get", "--version=2.1", "--job-id", job_id, profile="primary")
            if read is None:
                continue
            settings = json.loads(read)["settings"]
            settings.pop("schedule", None)
            for task in settings.get("tasks", []):
                if "existing_cluster_id" not in task:
                    continue
                if task["existing_cluster_id"] not in self.cluster_ids:
                    self.failures.append("job %s: no mapping for cluster %s" % (job_id, task["existing_cluster_id"]))
                    break
                task["existing_cluster_id"] = self.cluster_ids[task["existing_cluster_id"]]
            else:
                self.databricks("jobs", "create", "--version=2.1", "--json", json.dumps(settings), profile="manual")

    def init_scripts(self):
        self.databricks("fs", "cp", "-r", "dbfs:/databricks/init", "init-scripts", profile="primary")
        self.databricks("fs", "cp", "-r", "init-scripts", "dbfs:/databricks/init", profile="manual")

    def run(self):
        self.notebooks()
        self.clusters()
        self.jobs()
        self.init_scripts()


class DisasterRecovery(support.Story):
    def setUp(self):
        super().setUp()
        self.source = Workspace(self, "primary", "127.0.0.1", "--sample", "small", "--seed", "1", "--org-id",
                                support.SOURCE_ORG)
        self.by_hand = Workspace(self, "manual", "127.0.0.2", "--seed", "2", "--org-id", "3333333333333333")
        self.by_dbxark = Workspace(self, "secondary", "127.0.0.3", "--seed", "3", "--org-id", support.TARGET_ORG)
        self.beyond = []

    def test_what_the_procedure_brings_dbxark_brings_too(self):
        procedure = Procedure(self)
        procedure.run()
        print("\nThe procedure could not do, and said so:")
        for failure in procedure.failures:
            print("  " + failure.replace("\n", " "))
        self.export()
        # 3: the sample has objects that need what no target has; each is named.
        report = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--json", code=3).json()
        self.blocked = [entry["natural_key"] for entry in report["blocked"] if entry["kind"] == "job"]
        self.compare_trees()
        self.compare_clusters(procedure)
        self.compare_jobs()
        self.compare_init_scripts()
        self.compare_the_rest()
        print("dbxark brings beyond the procedure (%d):" % len(self.beyond))
        for line in self.beyond:
            print("  " + line)
        self.assertTrue(self.beyond)

    def compare_trees(self):
        source, by_hand, by_dbxark = self.source.tree(), self.by_hand.tree(), self.by_dbxark.tree()
        brought = [path for path in source if path in by_hand]
        # Something came by hand, or nothing is compared here.
        self.assertTrue([path for path in brought if source[path] == "NOTEBOOK"])
        for path in brought:
            with self.subTest(path):
                self.assertEqual(by_dbxark.get(path), source[path])
                if source[path] == "NOTEBOOK":
                    self.assertEqual(self.by_dbxark.content(path), self.source.content(path))
                    if self.by_hand.content(path) != self.source.content(path):
                        self.beyond.append("notebook %s unchanged" % path)
        for path, kind in sorted(source.items()):
            if path in by_dbxark and path not in by_hand:
                self.beyond.append("%s %s" % (kind.lower(), path))

    def compare_clusters(self, procedure):
        """Each cluster made by hand has its counterpart, equal in every field that the procedure carries."""
        self.assertTrue(procedure.cluster_ids)
        originals = {cluster["cluster_id"]: cluster for cluster in self.source.clusters()}
        there = [json.dumps(chosen(cluster), sort_keys=True) for cluster in self.by_dbxark.clusters()]
        for old_id in procedure.cluster_ids:
            with self.subTest("cluster " + originals[old_id]["cluster_name"]):
                wanted = json.dumps(chosen(originals[old_id]), sort_keys=True)
                self.assertIn(wanted, there)
                there.remove(wanted)
        by_hand = {cluster["cluster_id"]: cluster for cluster in self.by_hand.clusters()}
        for old_id, original in originals.items():
            made = by_hand.get(procedure.cluster_ids.get(old_id), {})
            missing = sorted(field for field in original if field not in made and field in
                             ("policy_id", "instance_pool_id", "driver_instance_pool_id", "init_scripts",
                              "single_user_name", "data_security_mode", "runtime_engine", "aws_attributes",
                              "ssh_public_keys", "docker_image"))
            if not made:
                self.beyond.append("cluster '%s'" % original["cluster_name"])
            elif missing:
                self.beyond.append("cluster '%s': its %s" % (original["cluster_name"], ", ".join(missing)))
        # Neither leaves a cluster running.
        for workspace in (self.by_hand, self.by_dbxark):
            for cluster in workspace.clusters():
                self.assertIn(cluster["state"], ("TERMINATING", "TERMINATED"), cluster)

    def compare_jobs(self):
        def tasks(job):
            return sorted((task["task_key"], sorted(key for key in task if key.endswith("_task")))
                          for task in job["settings"].get("tasks", []))

        by_hand = collections.Counter(job["settings"]["name"] for job in self.by_hand.jobs())
        self.assertTrue(by_hand)
        by_dbxark = collections.defaultdict(list)
        for job in self.by_dbxark.jobs():
            by_dbxark[job["settings"]["name"]].append(job)
        for job in self.by_hand.jobs():
            name = job["settings"]["name"]
            with self.subTest("job " + name):
                if not by_dbxark[name]:
                    # By hand, ids of the old workspace came along; dbxark leaves out what would call another's objects.
                    self.assertIn(name, self.blocked)
                    continue
                self.assertIn(tasks(job), [tasks(other) for other in by_dbxark[name]])
        for name, jobs in sorted(by_dbxark.items()):
            more = len(jobs) - by_hand.get(name, 0)
            for _ in range(max(0, more)):
                self.beyond.append("job '%s'" % name)
            for job in jobs:
                held = [key for key in ("schedule", "continuous", "trigger") if key in job["settings"]]
                for key in held:
                    self.assertEqual(job["settings"][key].get("pause_status"), "PAUSED", name)
                if held and more <= 0:
                    self.beyond.append("job '%s': its %s, paused" % (name, " and ".join(held)))

    def compare_init_scripts(self):
        scripts = self.by_hand.dbfs("/databricks/init")
        self.assertTrue(scripts)
        there = self.by_dbxark.dbfs()
        for path, data in scripts.items():
            self.assertEqual(data, self.source.dbfs(os.path.dirname(path))[path], path)
            self.assertEqual(there.get(path), data, path)
        by_hand = self.by_hand.dbfs()
        for path in sorted(there):
            if path not in by_hand:
                self.beyond.append("DBFS file " + path)

    def compare_the_rest(self):
        """Kinds that the procedure knows nothing of."""
        for kind, path, items, name in (
                ("cluster policy", "/api/2.0/policies/clusters/list", "policies", "name"),
                ("instance pool", "/api/2.0/instance-pools/list", "instance_pools", "instance_pool_name"),
                ("global init script", "/api/2.0/global-init-scripts", "scripts", "name")):
            by_hand = [item[name] for item in self.by_hand.get(path).get(items, [])]
            for item in self.by_dbxark.get(path).get(items, []):
                if item[name] not in by_hand:
                    self.beyond.append("%s '%s'" % (kind, item[name]))
        for status in self.by_dbxark.get("/api/2.0/libraries/all-cluster-statuses").get("statuses", []):
            self.beyond.append("%d libraries of a cluster" % len(status["library_statuses"]))


if __name__ == "__main__":
    enter_namespace()
    support.main()
