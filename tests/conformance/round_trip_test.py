"""What dbxark restored, read by the vendor's SDK and compared with what the SDK reads from the source.

Run as `VENV/bin/python round_trip_test.py FOLDER-OF-THE-BINARIES`.
"""

import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))
import support  # noqa: E402
from databricks.sdk import WorkspaceClient  # noqa: E402
from databricks.sdk.service.workspace import ExportFormat, ObjectType  # noqa: E402

# What the service fills in, and what differs between two workspaces by its nature.
VOLATILE = {
    "clusters": ("cluster_id", "creator_user_name", "default_tags", "start_time", "terminated_time", "termination_reason",
                 "last_state_loss_time", "last_restarted_time", "state", "state_message", "driver", "executors", "spark_context_id",
                 "jdbc_port", "cluster_cores", "cluster_memory_mb", "driver_healthy", "spec"),
    "jobs": ("job_id", "created_time", "creator_user_name", "run_as_user_name", "run_as"),
    "policies": ("policy_id", "created_at_timestamp", "creator_user_name"),
    "pools": ("instance_pool_id", "default_tags", "stats", "status"),
    "scripts": ("script_id", "created_at", "created_by", "updated_at", "updated_by"),
}
# A bundle would claim a copy of its job: announced in the plan, and left behind.
LEFT_BEHIND = ("settings.deployment", "settings.edit_mode")
RESTORED_ROOTS = ("/databricks/init", "/databricks/scripts", "/FileStore")


class Reader:
    """Everything that dbxark handles, as the SDK sees it: kind -> [(id, name, object as a dict)]."""

    def __init__(self, emulator):
        self.client = WorkspaceClient(host=emulator.url, token=emulator.token, auth_type="pat")
        self.names = {}  # id -> "kind:name"
        self.tree = {}
        self.files = {}
        self.objects = collections.defaultdict(list)
        self.read_tree()
        self.read_dbfs()
        self.read_definitions()

    def read_tree(self):
        for node in self.client.workspace.list("/", recursive=True):
            kind = node.object_type
            if kind == ObjectType.NOTEBOOK:
                with self.client.workspace.download(node.path, format=ExportFormat.SOURCE) as content:
                    self.tree[node.path] = (kind.value, node.language.value, content.read())
            elif kind == ObjectType.FILE:
                with self.client.workspace.download(node.path, format=ExportFormat.AUTO) as content:
                    self.tree[node.path] = (kind.value, None, content.read())
            elif kind == ObjectType.DIRECTORY:
                self.tree[node.path] = (kind.value, None, None)

    def read_dbfs(self):
        for root in RESTORED_ROOTS:
            if not self.client.dbfs.exists(root):
                continue
            for entry in self.client.dbfs.list(root, recursive=True):
                if not entry.is_dir:
                    with self.client.dbfs.download(entry.path) as content:
                        self.files[entry.path] = content.read()

    def add(self, kind, object_id, name, value):
        self.names[str(object_id)] = "%s:%s" % (kind, name)
        self.objects[kind].append((str(object_id), name, value.as_dict()))

    def read_definitions(self):
        client = self.client
        for policy in client.cluster_policies.list():
            self.add("policies", policy.policy_id, policy.name, policy)
        for pool in client.instance_pools.list():
            self.add("pools", pool.instance_pool_id, pool.instance_pool_name, client.instance_pools.get(pool.instance_pool_id))
        for script in client.global_init_scripts.list():
            self.add("scripts", script.script_id, script.name, client.global_init_scripts.get(script.script_id))
        for cluster in client.clusters.list():
            if cluster.cluster_source.value in ("UI", "API"):
                self.add("clusters", cluster.cluster_id, cluster.cluster_name, client.clusters.get(cluster.cluster_id))
        for job in client.jobs.list():
            self.add("jobs", job.job_id, job.settings.name, client.jobs.get(job.job_id))
        for status in client.libraries.all_cluster_statuses():
            name = self.names.get(status.cluster_id, "").partition(":")[2]
            libraries = [library.library.as_dict() for library in status.library_statuses or []]
            self.objects["libraries"].append((status.cluster_id, name, {"libraries": libraries}))

    def named(self, value):
        """The same value with ids replaced by what they name, also inside of texts."""
        if isinstance(value, dict):
            return {key: self.named(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.named(element) for element in value]
        if isinstance(value, str):
            return re.sub(r"[0-9A-Za-z-]{9,}", lambda word: self.names.get(word[0], word[0]), value)
        return self.names.get(str(value), value)

    def canonical(self, kind):
        """Objects of a kind as comparable values, without what is volatile, by their ids."""
        return [(key, self.named({field: member for field, member in value.items()
                                  if field not in VOLATILE.get(kind, ())})) for key, _, value in self.objects[kind]]

    def leave_out(self, kind, key, edit):
        """Takes out what the plan announced that it would not bring back; says whether it was there."""
        for other, _, value in self.objects[kind]:
            if other == key:
                return removed(value, re.findall(r"[^.\[\]]+", edit["path"]), edit["old"])
        return False


def removed(value, path, old):
    """Removes the value that equals `old` and holds what `path` leads to; an emptied list goes, too."""
    key = int(path[0]) if isinstance(value, list) else path[0]
    if value[key] == old:
        del value[key]
        return True
    done = len(path) > 1 and removed(value[key], path[1:], old)
    if done and value[key] == []:
        del value[key]
    return done


def held_back(kind, value):
    """What a restore leaves off until cut-over."""
    if kind == "jobs":
        settings = value["settings"]
        settings.setdefault("queue", {"enabled": False})  # said in a create: newer workspaces queue unless told
        for activity in [settings.get(key) for key in ("schedule", "trigger", "continuous")] + settings.get("triggers", []):
            if activity:
                activity["pause_status"] = "PAUSED"
    if kind == "pools":
        value["min_idle_instances"] = 0
    if kind == "scripts":
        value["enabled"] = False
    return value


class RoundTrip(support.Story):
    def setUp(self):
        super().setUp()
        for name in [name for name in os.environ if name.startswith("DATABRICKS_")]:
            del os.environ[name]
        os.environ["DATABRICKS_CONFIG_FILE"] = self.path("none")  # the SDK's own settings are not ours to find

    def test_what_was_restored_reads_as_the_source_does(self):
        source, target = self.source(), self.target()
        self.export()
        # 3: the sample has objects that need what no target has; the report names each.
        plan = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--dry-run", "--json").json()
        report = self.dbxark("restore", "a.tar.zst", "--profile", "secondary", "--yes", "--json", code=3).json()
        blocked = {(entry["kind"], entry["id"]) for entry in report["blocked"]}
        before, after = Reader(source), Reader(target)
        compared = self.compare_tree(before, after)
        self.assertEqual(after.files, before.files)
        for kind, one in (("policies", "cluster_policy"), ("pools", "instance_pool"), ("scripts", "global_init_script"),
                          ("clusters", "cluster"), ("jobs", "job"), ("libraries", "cluster_libraries")):
            for step in plan["steps"]:
                for edit in step.get("edits", []) if step["kind"] == one else []:
                    if edit["why"] == "dropped" or edit["path"] in LEFT_BEHIND:
                        self.assertTrue(before.leave_out(kind, step["id"], edit), edit)
            expected = [held_back(kind, value) for key, value in before.canonical(kind) if (one, key) not in blocked]
            found = [value for _, value in after.canonical(kind)]
            self.assertTrue(expected, kind)
            compared += len(expected)
            for value in expected:
                with self.subTest(kind):
                    self.assertIn(value, found)
                    found.remove(value)
            with self.subTest(kind):
                self.assertEqual(found, [])
        print("\ncompared through the SDK: %d objects and %d DBFS files" % (compared, len(before.files)))

    def compare_tree(self, before, after):
        self.assertGreater(len(before.tree), 20)
        for path, facts in before.tree.items():
            with self.subTest(path):
                self.assertEqual(after.tree.get(path), facts)
        self.assertEqual(sorted(set(after.tree) - set(before.tree)), [])
        return len(before.tree)


if __name__ == "__main__":
    support.main()
